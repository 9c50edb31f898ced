/**
 * Every command that can be a client takes the same credentials, from the same places.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import {
  allowKeys,
  allowPasswords,
  type CommonOptions,
  curveKeyPair,
  Reply,
} from '../../src/index.ts';
import { run } from './run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'zmtp-credentials-'));
afterAll(() => rmSync(folder, { recursive: true }));

const [server, client] = [curveKeyPair(), curveKeyPair()];
// As long as a key, where the folder's name is not longer.
const serverFile = file('s'.padEnd(39 - folder.length, 's'), JSON.stringify(server));
const clientFile = file('client', `public ${client.publicKey}\nsecret ${client.secretKey}\n`);

const sockets: Reply[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
  delete process.env['ZMTP_PLAIN_PASSWORD'];
  delete process.env['ZMTP_CURVE_SECRET_KEY'];
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Binds an echo. */
async function bind(options: Partial<CommonOptions>): Promise<string> {
  const socket = new Reply({ ...options, linger: 0 });
  sockets.push(socket);
  await socket.bind('tcp://127.0.0.1:*');
  void (async () => {
    for await (const message of socket) await socket.send(message);
  })();
  return socket.lastEndpoint ?? '';
}

const COMMANDS: readonly (readonly [name: string, line: (endpoint: string) => string[]])[] = [
  ['req', (endpoint) => ['req', '--connect', endpoint, 'hello']],
  ['bench', (endpoint) => ['bench', 'req', '--connect', endpoint, '--count', '1']],
  ['ping', (endpoint) => ['ping', endpoint]],
  ['conform', (endpoint) => ['conform', endpoint, '--only', 'T1']],
  ['fuzz', (endpoint) => ['fuzz', endpoint, '--type', 'REP', '--time', '0', '--patience', '2000']],
];

test.each(COMMANDS)(
  '%s: keys from options, from files and from the environment',
  async (_, line) => {
    const endpoint = await bind({
      curveServer: true,
      curveSecretKey: server.secretKey,
      authenticate: allowKeys([client.publicKey]),
    });
    const options = [
      '--curve-server-key',
      server.publicKey,
      '--curve-secret-key',
      client.secretKey,
    ];
    const files = ['--curve-server-key', serverFile, '--curve-secret-key', clientFile];
    expect(await run([...line(endpoint), ...options])).toMatchObject({ err: '', code: 0 });
    expect(await run([...line(endpoint), ...files])).toMatchObject({ err: '', code: 0 });
    process.env['ZMTP_CURVE_SECRET_KEY'] = clientFile;
    const known = [...line(endpoint), '--curve-server-key', serverFile];
    expect(await run(known)).toMatchObject({ err: '', code: 0 });
    // Another key than that is refused: it is what has let them in.
    expect((await run([...known, '--curve-secret-key', serverFile])).code).toBe(1);
  },
);

test.each(COMMANDS)('%s: a password from the environment', async (_, line) => {
  const endpoint = await bind({
    plainServer: true,
    authenticate: allowPasswords({ joe: 'secret' }),
  });
  process.env['ZMTP_PLAIN_PASSWORD'] = 'secret';
  const joe = [...line(endpoint), '--plain-username', 'joe'];
  expect(await run(joe)).toMatchObject({ err: '', code: 0 });
  expect((await run([...joe, '--plain-password', 'other'])).code).toBe(1);
});

test.each(COMMANDS)('%s: what makes no sense, in the same words', async (name, line) => {
  const command = line('tcp://127.0.0.1:1');
  const key = ['--curve-server-key', server.publicKey];
  for (const [args, reason] of [
    [
      ['--plain-username', 'joe'],
      '--plain-username needs --plain-password, or ZMTP_PLAIN_PASSWORD',
    ],
    [['--plain-password', 'x'], '--plain-password needs --plain-username'],
    [
      ['--plain-username', 'a', '--plain-password', 'b', ...key],
      'a socket has either PLAIN or CURVE',
    ],
    [
      ['--curve-server-key', join(folder, 'none')],
      '--curve-server-key: neither a key (40 characters of Z85) nor a file that can be read (ENOENT)',
    ],
    [['--curve-server-key', file('empty', '')], '--curve-server-key: the file has no public key'],
    [
      [...key, '--curve-secret-key', file('empty', '')],
      '--curve-secret-key: the file has no secret key',
    ],
  ] as const) {
    const { out, err, code } = await run([...command, ...args]);
    expect({ out, err, code }).toEqual({
      out: '',
      err: `zmtp: ${name}: ${reason}: see \`zmtp ${name} --help\`\n`,
      code: 2,
    });
  }
});
