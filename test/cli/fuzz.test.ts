/**
 * `zmtp fuzz`, against a peer that is broken on purpose, against sockets of this package and of libzmq, and against nobody.
 */
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import * as zeromq from 'zeromq';
import { allowKeys, allowPasswords, curveKeyPair, Reply } from '../../src/index.ts';
import { run, start } from './run-command.ts';

vi.setConfig({ testTimeout: 90_000 });

const folder = mkdtempSync(join(tmpdir(), 'zmtp-cli-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const BROKEN = join(import.meta.dirname, 'broken-peer.mjs');

const command = (port: number, fault = ''): string =>
  `'${process.execPath}' '${BROKEN}' ${port} ${fault}`;

/** The faults of the broken peer that are found here, and how each shows. */
const SHOWS: Readonly<Record<string, RegExp>> = {
  'crash-at-unknown-command':
    /FOUND at REP, NULL: the process died: code 1\n[^]*TypeError: no such command/,
  'hang-at-an-empty-ready': /FOUND at REP, NULL: a good peer is not served/,
  'leak-bodies': /FOUND at REP, NULL: \d+ MB more are held/,
  'wrong-pong':
    /FOUND at REP, NULL: what came is not right: a PONG with a context that no PING had/,
};

const QUICK = ['--seed', '1', '--time', '30', '--patience', '2000', '--shrink', '0'];

test('a peer that crashes, hangs, leaks or tells of its memory is found', async () => {
  await Promise.all(
    Object.entries(SHOWS).map(async ([fault, shown]) => {
      const port = await freePort();
      const { out, code } = await run([
        ...['fuzz', `tcp://127.0.0.1:${port}`, '--run', command(port, fault), ...QUICK],
        ...['--max-growth', '30', '--out', folder],
      ]);
      expect(out, fault).toMatch(/^seed 1\nREP, NULL at tcp:.*: a good peer gets an answer\n/);
      expect(out, fault).toMatch(shown);
      expect(code, fault).toBe(1);
    }),
  );
});

test('a find becomes a few steps in a file, and a command that shows it again', async () => {
  const port = await freePort();
  const own = mkdtempSync(join(folder, 'find-'));
  const broken = ['--run', command(port, 'crash-at-unknown-command'), '--patience', '3000'];
  const endpoint = `tcp://127.0.0.1:${port}`;
  // From a fresh seed, within the minute that it goes on when nothing else is said.
  const found = await run(['fuzz', endpoint, ...broken, '--shrink', '3', '--out', own]);
  expect(found.code).toBe(1);
  const [, seed] = /^seed (\d+)\n/.exec(found.out) ?? [];
  const [, path = ''] = /--replay (\S+)\n$/.exec(found.out) ?? [];
  expect(readdirSync(own).map((name) => join(own, name))).toEqual([path]);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
    target: { type: 'REP', mechanism: 'NULL' },
    seed: Number(seed),
  });

  const again = await run(['fuzz', endpoint, ...broken, '--replay', path]);
  expect(again.out).toContain('FOUND: the process died: code 1');
  expect(again.out).toMatch(/^ {2}send a greeting: ff/m);
  expect(again.code).toBe(1);

  const sound = await run([
    'fuzz',
    endpoint,
    '--run',
    command(port),
    '--patience',
    '3000',
    '--replay',
    path,
  ]);
  expect(sound.out).toMatch(/nothing found\n$/);
  expect(sound.code).toBe(0);
});

type Echoing = {
  readonly closed: boolean;
  close(): void;
  receive(): Promise<Buffer[]>;
  send(frames: Buffer[]): Promise<void>;
};

const sockets: Echoing[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

/** Gives back what comes. */
async function echo(socket: Echoing): Promise<void> {
  sockets.push(socket);
  while (!socket.closed) {
    try {
      await socket.send(await socket.receive());
    } catch {
      // A peer that has gone gets nothing, and a socket that is closed receives nothing.
    }
  }
}

test('where nothing is wrong nothing is found: sockets of this package, by every mechanism', async () => {
  const [ours, theirs] = [curveKeyPair(), curveKeyPair()];
  const kinds: readonly (readonly [string, Reply, readonly string[]])[] = [
    ['NULL', new Reply({ linger: 0 }), ['--pid', String(process.pid), '--type', 'rep']],
    [
      'PLAIN',
      new Reply({ linger: 0, plainServer: true, authenticate: allowPasswords({ joe: 'x' }) }),
      ['--plain-username', 'joe', '--plain-password', 'x'],
    ],
    [
      'CURVE',
      new Reply({
        linger: 0,
        curveServer: true,
        curveSecretKey: ours.secretKey,
        authenticate: allowKeys([theirs.publicKey]),
      }),
      ['--curve-server-key', ours.publicKey, '--curve-secret-key', theirs.secretKey],
    ],
  ];
  await Promise.all(
    kinds.map(async ([mechanism, socket, options]) => {
      await socket.bind(
        mechanism === 'PLAIN' && process.platform !== 'win32'
          ? `ipc://${join(folder, 'rep')}`
          : 'tcp://127.0.0.1:*',
      );
      void echo(socket);
      const { out, err, code } = await run([
        ...['fuzz', socket.lastEndpoint ?? '', '--seed', '2', '--time', '2', ...options],
      ]);
      expect(out, err).toMatch(
        new RegExp(`^seed 2\nREP, ${mechanism} at .*: a good peer gets an answer\n`),
      );
      expect(out).toMatch(/nothing found\n$/);
      // They have got in: the columns are those of handshakes done, and of answers.
      expect(out).toMatch(/^traffic .* [1-9]\d* +\d+$/m);
      expect(code).toBe(0);
    }),
  );
});

test("libzmq's ROUTER is found to tell of its memory, and nothing else", async () => {
  const router = new zeromq.Router({ linger: 0 });
  await router.bind('tcp://127.0.0.1:*');
  void echo(router);
  const fuzz = ['fuzz', router.lastEndpoint ?? '', '--seed', '3', '--time', '2', '--shrink', '0'];
  const first = await run([...fuzz, '--out', folder]);
  expect(first.out).toMatch(/FOUND at ROUTER, NULL: .*a PONG with a context that no PING had/);
  expect(first.code).toBe(1);
  const { out, code } = await run([...fuzz, '--ignore', 'a PONG with a context']);
  expect(out).toMatch(/nothing found\n$/);
  expect(code).toBe(0);
});

const isWindows = process.platform === 'win32'; // where there is no signal to send

test.skipIf(isWindows)('Ctrl-C ends with the summary, and takes the peer along', async () => {
  const port = await freePort();
  const fuzz = start('fuzz', `tcp://127.0.0.1:${port}`, '--run', command(port), '--time', '600');
  await fuzz.prints(/a good peer gets an answer\n/);
  fuzz.child.kill('SIGINT');
  const { out, code } = await fuzz.ended;
  expect(out).toMatch(/^\d+ sessions in \d+ batches/m);
  expect(out).toMatch(/interrupted; nothing found\n$/);
  expect(code).toBe(130);
  expect((await run(['fuzz', `tcp://127.0.0.1:${port}`])).err).toContain('ECONNREFUSED');
});

test('nobody there, and nobody who lets us in', async () => {
  const port = await freePort();
  const nobody = await run(['fuzz', `tcp://127.0.0.1:${port}`]);
  expect(nobody.err).toMatch(/^zmtp: fuzz: nothing listens at tcp:.*ECONNREFUSED/);
  expect(nobody.code).toBe(1);

  const socket = new Reply({ linger: 0, plainServer: true, authenticate: () => false });
  await socket.bind('tcp://127.0.0.1:*');
  sockets.push(socket);
  const refused = await run([
    'fuzz',
    socket.lastEndpoint ?? '',
    '--plain-username',
    'joe',
    '--plain-password',
    'y',
  ]);
  expect(refused.err).toMatch(/^zmtp: fuzz: no handshake with tcp:/);
  expect(refused.code).toBe(1);
  const other = await run(['fuzz', socket.lastEndpoint ?? '']);
  expect(other.err).toMatch(/^zmtp: fuzz: no handshake with tcp:.*PLAIN/);

  const ended = await run([
    'fuzz',
    `tcp://127.0.0.1:${port}`,
    '--run',
    'node -e "process.exit(7)"',
  ]);
  expect(ended.err).toMatch(/^zmtp: fuzz: the peer has ended: code 7/);
  expect(ended.code).toBe(1);
});

test.each([
  [['inproc://x'], 'Invalid argument: inproc://x: expected tcp://host:port or ipc://path'],
  [['tcp://127.0.0.1:99999'], 'Invalid argument: tcp://127.0.0.1:99999: expected tcp://host:port'],
  [['tcp://127.0.0.1:1', '--type', 'reply'], '--type takes PAIR, '],
  [['tcp://127.0.0.1:1', '--replay', 'nowhere.json'], '--replay nowhere.json: '],
  [['tcp://127.0.0.1:1', '--replay', '{"target":{"type":"REP"},"sessions":[{}]}'], '--replay {'],
  [
    [
      ...['tcp://127.0.0.1:1', '--replay'],
      '{"target":{"type":"REP","mechanism":"CURVE"},"sessions":[]}',
    ],
    'what was found at CURVE needs its credentials again',
  ],
  [['tcp://127.0.0.1:1', '--pid', '1', '--run', 'x'], '--run knows the process'],
  [['tcp://127.0.0.1:1', '--curve-server-key', 'short'], '--curve-server-key: neither a key'],
  [['tcp://127.0.0.1:1', '--plain-username', 'joe'], '--plain-username needs --plain-password'],
  [
    ['tcp://127.0.0.1:1', '--curve-secret-key', 'short'],
    '--curve-secret-key needs --curve-server-key',
  ],
])('%j makes no sense', async (args, reason) => {
  const { out, err, code } = await run(['fuzz', ...args]);
  expect(err).toContain(`zmtp: fuzz: ${reason}`);
  expect(out).toBe('');
  expect(code).toBe(2);
});
