/**
 * The socket commands with PLAIN, CURVE and TLS.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import * as zeromq from 'zeromq';
import { issue, makeAuthority } from '../support/certificates.ts';
import { run, type RunningCommand, start } from './run-command.ts';

const ANY = 'tcp://127.0.0.1:*';
const ours = zeromq.curveKeyPair();
const theirs = zeromq.curveKeyPair();
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zmtp-cat-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

let client: zeromq.Request | undefined;
afterEach(() => {
  client?.close();
  delete process.env['ZMTP_PLAIN_PASSWORD'];
});

async function ask(
  options: zeromq.SocketOptions<zeromq.Request>,
  endpoint: string,
): Promise<string> {
  client = new zeromq.Request({ ...options, linger: 0 });
  client.connect(endpoint);
  await client.send('hello');
  return String((await client.receive())[0]);
}

async function startEcho(...args: readonly string[]): Promise<[RunningCommand, string]> {
  const command = start('rep', '--echo', '--bind', ANY, ...args);
  const [, endpoint = ''] = await command.prints(/bound to (\S+)\n/);
  return [command, endpoint];
}

test('a server of CURVE with a key from `zmtp keygen --json` lets in whom it knows', async () => {
  const server = file('server.json', (await run(['keygen', '--json'])).out);
  const known = file('client', (await run(['keygen'])).out);
  const [command, endpoint] = await startEcho(
    '--curve-server',
    '--curve-secret-key',
    server,
    '--curve-allow',
    known,
    '--curve-allow',
    theirs.publicKey,
  );
  const request = ['req', '--connect', endpoint, '--curve-server-key', server, 'hello'];
  expect(await run([...request, '--curve-secret-key', known])).toMatchObject({ out: 'hello\n' });
  // Without a key of its own a client makes one up.
  const stranger = await run(request);
  expect(stranger).toMatchObject({ out: '', code: 1 });
  expect(stranger.err).toMatch(/^zmtp req: handshake:error:auth .*Authentication failure/);
  expect(await command.prints(/handshake:error:auth/)).toBeTruthy();
});

test('CURVE with npm zeromq on either side', async () => {
  const [, endpoint] = await startEcho('--curve-server', '--curve-secret-key', ours.secretKey);
  const keys = {
    curveServerKey: ours.publicKey,
    curvePublicKey: theirs.publicKey,
    curveSecretKey: theirs.secretKey,
  };
  expect(await ask(keys, endpoint)).toBe('hello');

  const server = new zeromq.Pull({ curveServer: true, curveSecretKey: ours.secretKey });
  await server.bind(ANY);
  const args = ['push', '--connect', server.lastEndpoint ?? '', 'sealed'];
  const ending = run([...args, '--curve-server-key', ours.publicKey]);
  expect(String((await server.receive())[0])).toBe('sealed');
  expect(await ending).toEqual({ out: '', err: '', code: 0 });
  const wrong = await run([...args, '--curve-server-key', theirs.publicKey, '--timeout', '2000']);
  expect(wrong.code).toBe(3);
  expect(wrong.err).toMatch(/^zmtp push: handshake:error:other /);
  server.close();
});

test('PLAIN, with the password in the environment', async () => {
  process.env['ZMTP_PLAIN_PASSWORD'] = 'secret';
  const [, endpoint] = await startEcho('--plain-server', '--plain-username', 'admin');
  expect(await ask({ plainUsername: 'admin', plainPassword: 'secret' }, endpoint)).toBe('hello');
  const args = ['req', '--connect', endpoint, '--plain-username', 'admin', 'hello'];
  expect(await run(args)).toEqual({ out: 'hello\n', err: '', code: 0 });
  expect(await run([...args, '--plain-password', 'other'])).toMatchObject({ out: '', code: 1 });
});

test('TLS, with certificates from files', async () => {
  const authority = await makeAuthority('somebody');
  const identity = await issue(authority, '127.0.0.1');
  const [cert, key] = [file('cert.pem', identity.cert), file('key.pem', identity.key)];
  const listening = ['--bind', 'tls://127.0.0.1:*', '--tls-cert', cert, '--tls-key', key];
  const command = start('pull', ...listening, '--number', '1');
  const [, endpoint = ''] = await command.prints(/bound to (tls:\S+)\n/);
  const args = [
    'push',
    '--connect',
    endpoint,
    '--tls-ca',
    file('ca.pem', authority.cert),
    'sealed',
  ];
  expect(await run(args)).toEqual({ out: '', err: '', code: 0 });
  expect(await command.ended).toMatchObject({ out: 'sealed\n', code: 0 });
});

test.each([
  [['--curve-server'], '--curve-server needs --curve-secret-key'],
  [['--curve-secret-key', ours.secretKey], 'needs --curve-server or --curve-server-key'],
  [['--curve-server-key', '/nowhere'], 'nor a file that can be read (ENOENT)'],
  [['--plain-username', 'x'], '--plain-username needs --plain-password'],
  [['--plain-server'], '--plain-server needs --plain-username'],
  [['--tls-ca', '/nowhere'], '--tls-ca: no file that can be read (ENOENT)'],
])('%j makes no sense', async (args, reason) => {
  const { err, code } = await run(['push', '--bind', ANY, ...args]);
  expect(err).toContain(reason);
  expect(code).toBe(2);
});
