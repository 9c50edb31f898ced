/**
 * `zmtp ping`, with peers of npm zeromq and pyzmq, with old ones, and with what is no peer at all.
 */
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import * as zeromq from 'zeromq';
import { Reply as OurReply } from '../../src/index.ts';
import { COMPATIBLE_TYPES } from '../../src/protocol.ts';
import type { PeerSocketType } from '../support/peers/peer.ts';
import { usePeer } from '../support/peers/use-peer.ts';
import {
  bytes,
  errorCommand,
  greeting,
  property,
  ready,
  u64,
} from '../../src/testing/raw-bytes.ts';
import { run, start } from './run-command.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const folder = mkdtempSync(join(tmpdir(), 'zmtp-ping-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What `--json` prints. */
type Report = {
  readonly ok: boolean;
  readonly version?: string;
  readonly mechanism?: string;
  readonly socketType?: string;
  readonly ownType?: string;
  readonly properties: Record<string, string>;
  readonly timings: Record<string, number>;
  readonly pings: (number | null)[];
  readonly note?: string;
  readonly failure?: string;
};

async function ping(
  endpoint: string,
  ...more: readonly string[]
): Promise<{ report: Report; err: string; code: number | string }> {
  const { out, err, code } = await run(['ping', endpoint, '--json', '--interval', '0', ...more]);
  return { report: JSON.parse(out) as Report, err, code };
}

async function bindZeromq(socket: zeromq.Socket): Promise<string> {
  closing.push(() => socket.close());
  await socket.bind('tcp://127.0.0.1:*');
  return socket.lastEndpoint ?? '';
}

/** A peer that is whatever `onConnection` makes of it. */
async function listen(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('peers of pyzmq', () => {
  const peer = usePeer('pyzmq');

  async function bind(type: PeerSocketType, options = {}): Promise<string> {
    const socket = await peer().open(type, options);
    closing.push(() => socket.close());
    return socket.bind('tcp://127.0.0.1:*');
  }

  test.each([
    ['REP', 'DEALER', {}],
    ['ROUTER', 'DEALER', { Identity: '' }],
    ['PUB', 'SUB', {}],
    ['XPUB', 'SUB', {}],
    ['SUB', 'PUB', {}],
    ['PULL', 'PUSH', {}],
  ] as const)('%s', async (type, ownType, properties) => {
    const { report, err, code } = await ping(await bind(type));
    expect({ err, code }).toEqual({ err: '', code: 0 });
    const seen = { version: '3.1', mechanism: 'NULL', socketType: type };
    expect(report).toMatchObject({ ok: true, ...seen, ownType, properties });
    expect(Object.keys(report.timings)).toEqual(['connect', 'greeting', 'handshake']);
    expect(report.pings).toEqual([expect.any(Number), expect.any(Number), expect.any(Number)]);
  });

  test('PUSH is only looked at: its messages are for others, unless --type says what to be', async () => {
    const endpoint = await bind('PUSH');
    const looked = await ping(endpoint);
    expect(looked).toMatchObject({ code: 0, report: { ok: true, socketType: 'PUSH', pings: [] } });
    expect(looked.report.note).toMatch(/may give messages to whoever connects/);
    const asked = await ping(endpoint, '--type', 'pull', '--count', '1');
    expect(asked.report).toMatchObject({ ownType: 'PULL', pings: [expect.any(Number)] });
  });

  test('a type that does not fit', async () => {
    const { report, code } = await ping(await bind('PULL'), '--type', 'SUB');
    expect(code).toBe(1);
    expect(report.failure).toBe(
      'the handshake failed: a SUB socket cannot talk to a peer of type "PULL"',
    );
  });

  test('CURVE, and with the key of another server', async () => {
    const { publicKey, secretKey } = zeromq.curveKeyPair();
    const endpoint = await bind('PUB', { curveServer: true, curveSecretKey: secretKey });
    const good = await ping(endpoint, '--curve-server-key', publicKey);
    // DEALER is tried first, and libzmq closes at it without a word.
    expect(good.report).toMatchObject({
      ok: true,
      mechanism: 'CURVE',
      socketType: 'PUB',
      ownType: 'SUB',
    });
    expect(good.report.pings.length).toBe(3);
    const bad = await ping(endpoint, '--curve-server-key', zeromq.curveKeyPair().publicKey);
    expect(bad.code).toBe(1);
    expect(bad.report.failure).toBe(
      'the peer closed the connection at our HELLO: other credentials are wanted',
    );
    const none = await ping(endpoint);
    expect(none.report.failure).toBe(
      'the peer wants CURVE, and got NULL: it takes --curve-server-key',
    );
  });
});

describe('peers of npm zeromq', () => {
  beforeAll(() => {
    const zap = new zeromq.Reply();
    const answer = async (): Promise<void> => {
      await zap.bind('inproc://zeromq.zap.01');
      for await (const [version, id, , , , , , password] of zap) {
        const isRight = String(password) === 'secret';
        await zap.send([version ?? '', id ?? '', isRight ? '200' : '400', '', '', '']);
      }
    };
    void answer();
    return () => zap.close();
  });

  test('PLAIN, and with a wrong password', async () => {
    const endpoint = await bindZeromq(
      new zeromq.Router({ plainServer: true, zapDomain: 'all', linger: 0 }),
    );
    const good = await ping(endpoint, '--plain-username', 'admin', '--plain-password', 'secret');
    expect(good).toMatchObject({
      err: '',
      code: 0,
      report: { mechanism: 'PLAIN', socketType: 'ROUTER', ownType: 'DEALER' },
    });
    const bad = await ping(endpoint, '--plain-username', 'admin', '--plain-password', 'no');
    expect(bad.code).toBe(1);
    expect(bad.report.failure).toBe("the peer refuses: ERROR '400'");
    expect(bad.err).toBe(`zmtp: ${endpoint}: ${bad.report.failure}\n`);
  });

  test('PLAIN, of a type that is found out by trying', async () => {
    const endpoint = await bindZeromq(new zeromq.Pull({ plainServer: true, zapDomain: 'all' }));
    const { report } = await ping(endpoint, '--plain-username', 'a', '--plain-password', 'secret');
    expect(report).toMatchObject({ ok: true, socketType: 'PULL', ownType: 'PUSH' });
  });

  test('for people', async () => {
    const endpoint = await bindZeromq(new zeromq.Router({ routingId: 'here' }));
    const { out } = await run(['ping', endpoint, '-c', '2', '-i', '0']);
    expect(out.replaceAll(/\d+\.\d\d ms/g, 'N ms')).toBe(
      [
        `${endpoint}: ZMTP 3.1, NULL, ROUTER`,
        '  Identity: here',
        '  connect N ms, greeting N ms, handshake N ms',
        '  PING 1: N ms',
        '  PING 2: N ms',
        '  2 of 2 answered: min N ms, mean N ms, max N ms',
        '',
      ].join('\n'),
    );
  });

  test('ipc', async () => {
    const socket = new zeromq.Publisher();
    closing.push(() => socket.close());
    const endpoint = `ipc://${join(folder, 'socket')}`;
    await socket.bind(endpoint);
    expect((await ping(endpoint)).report).toMatchObject({ ok: true, socketType: 'PUB' });
  });
});

test('tls, with a certificate that is known and without', async () => {
  const altNames = [{ type: 7 as const, ip: '127.0.0.1' }];
  const extensions = [{ name: 'subjectAltName' as const, altNames }];
  const made = await generate([], { keyType: 'ec', algorithm: 'sha256', extensions });
  const socket = new OurReply({ tls: { key: made.private, cert: made.cert } });
  closing.push(() => socket.close());
  await socket.bind('tls://127.0.0.1:*');
  const file = join(folder, 'ca.pem');
  writeFileSync(file, made.cert);
  const endpoint = socket.lastEndpoint ?? '';
  expect((await ping(endpoint, '--tls-ca', file)).report).toMatchObject({
    ok: true,
    socketType: 'REP',
  });
  const { report, code } = await ping(endpoint);
  expect(report.failure).toMatch(/^no connection: self-signed certificate/);
  expect(code).toBe(1);
});

describe('what is wrong is said in a sentence', () => {
  test('nobody there', async () => {
    const endpoint = await listen(() => {});
    await closing.pop()?.();
    const { report, code } = await ping(endpoint);
    expect(report.failure).toMatch(/^no connection: connect ECONNREFUSED/);
    expect(code).toBe(1);
  });

  test.each([
    [
      'HTTP',
      'HTTP/1.1 400 Bad Request\r\n',
      'the peer does not speak ZMTP: its first bytes are "HTTP/1.1 400 Bad Request\\r\\n"',
    ],
    [
      'other bytes',
      bytes(0x16, 3, 1, 2),
      'the peer does not speak ZMTP: its first bytes are 16030102',
    ],
    ['ZMTP 1.0', bytes(1, 0), 'the peer speaks ZMTP 1.0, which is too old: 0100'],
    [
      'ZMTP 2.0',
      bytes(0xff, u64(1), 0x7f, 1, 3),
      'the peer speaks ZMTP 2.0, which is too old: ff00000000000000017f0103',
    ],
    [
      'a mechanism that is not known',
      greeting({ mechanism: 'GSSAPI' }),
      'the peer wants GSSAPI, and got NULL: it takes a mechanism that is not known here',
    ],
    ['a refusal', bytes(greeting(), errorCommand('no room')), "the peer refuses: ERROR 'no room'"],
    [
      'a READY that is broken',
      bytes(greeting(), 4, 7, 5, 'READY', 9),
      'the handshake failed: invalid metadata: the bytes end inside a property',
    ],
    [
      'something else than READY',
      bytes(greeting(), 4, 5, 4, 'PONG'),
      'the peer begins the handshake of NULL with something other than READY',
    ],
    ['a message', bytes(greeting(), 0, 0), 'the handshake failed:'],
  ])('%s', async (_name, said, expected) => {
    const endpoint = await listen((socket) => socket.write(said));
    const { report, err, code } = await ping(endpoint);
    expect(report.failure).toContain(expected);
    expect(err).toBe(`zmtp: ${endpoint}: ${report.failure}\n`);
    expect(code).toBe(1);
  });

  test.each([
    ['without a byte', '', 'the peer closed the connection, without a byte'],
    [
      'in its greeting',
      bytes(0xff, u64(1), 0x7f),
      'the peer closed the connection in the middle of its greeting: ff00000000000000017f',
    ],
    [
      'behind its greeting',
      greeting(),
      'the peer closed the connection where its READY was awaited',
    ],
    [
      'behind its READY',
      bytes(greeting(), ready('PULL')),
      'the peer closed the connection after the handshake',
    ],
  ])('a peer that vanishes %s', async (_name, said, expected) => {
    const endpoint = await listen((socket) => {
      socket.once('data', () => socket.end(said));
    });
    const { report, code } = await ping(endpoint);
    expect(report.failure).toBe(expected);
    expect(code).toBe(1);
  });

  test('what does not come in time', async () => {
    const half = bytes(0xff, u64(1), 0x7f);
    const cases = [
      ['', 'connected, but the peer has said nothing within 1500 ms'],
      [half, `the peer has said 10 bytes of a greeting within 1500 ms: ${half.toString('hex')}`],
      [greeting(), 'the peer has not finished the handshake within 1500 ms'],
      [bytes(greeting(), ready('PULL')), 'no PONG within 1500 ms'],
    ] as const;
    await Promise.all(
      cases.map(async ([said, expected]) => {
        const endpoint = await listen((socket) => socket.write(said));
        const { report, code } = await ping(endpoint, '--timeout', '1500', '-c', '1');
        expect(report.failure).toBe(expected);
        expect(code).toBe(3);
      }),
    );
  });

  test('a peer of ZMTP 3.0 is asked for no PONG, and one that waits for our READY gets it', async () => {
    const endpoint = await listen((socket) => {
      let heard = Buffer.alloc(0);
      socket.on('data', (chunk: Buffer) => {
        heard = Buffer.concat([heard, chunk]);
        if (heard.includes('READY')) socket.write(ready('REP', property('X-Name', bytes(1, 2))));
      });
      socket.write(greeting({ minor: 0 }));
    });
    const { report, code } = await ping(endpoint);
    expect(report).toMatchObject({
      ok: true,
      version: '3.0',
      socketType: 'REP',
      ownType: 'DEALER',
      pings: [],
    });
    expect(report.properties).toEqual({ 'X-Name': '0x0102' });
    expect(report.note).toBe('it was not asked for more: ZMTP 3.0 has no PING');
    expect(code).toBe(0);
  });

  test('a peer that waits for the mechanism before it tells its own', async () => {
    const endpoint = await listen((socket) => {
      const own = bytes(greeting(), ready('PULL'));
      let size = 0;
      socket.write(own.subarray(0, 11));
      socket.on('data', (chunk: Buffer) => {
        if (size < 64 && size + chunk.length >= 64) socket.write(own.subarray(11));
        size += chunk.length;
      });
    });
    expect((await ping(endpoint, '--count', '0')).report).toMatchObject({
      ok: true,
      socketType: 'PULL',
    });
  });

  test('Ctrl-C', async () => {
    const connections = new EventEmitter();
    const endpoint = await listen(() => connections.emit('one'));
    const asked = once(connections, 'one');
    const command = start('ping', endpoint);
    await asked;
    command.child.kill('SIGINT');
    expect(await command.ended).toMatchObject({
      err: `zmtp: ${endpoint}: interrupted\n`,
      code: 130,
    });
  });

  test('nobody reads the output', async () => {
    const command = start('ping', await bindZeromq(new zeromq.Publisher()));
    command.child.stdout.destroy();
    expect(await command.ended).toMatchObject({ err: '', code: 0 });
  });

  test.each([
    [
      ['tcp://127.0.0.1:1', '--type', 'X'],
      `--type takes ${Object.keys(COMPATIBLE_TYPES).join(', ')}, got "X"`,
    ],
    [['localhost:5555'], 'Invalid argument: localhost:5555: expected scheme://address'],
    [['inproc://a'], 'inproc://a: only tcp://, tls:// and ipc:// lead out of a process'],
    [['tcp://127.0.0.1:1', '--plain-password', 'x'], '--plain-password needs --plain-username'],
    [
      ['tcp://127.0.0.1:1', '--curve-secret-key', 'x'],
      '--curve-secret-key needs --curve-server-key',
    ],
    [
      ['tcp://127.0.0.1:1', '--curve-server-key', 'short'],
      '--curve-server-key: neither a key (40 characters of Z85) nor a file that can be read (ENOENT)',
    ],
    [
      ['tcp://127.0.0.1:1', '--curve-server-key', '~'.repeat(40)],
      '--curve-server-key: neither a key (40 characters of Z85) nor a file that can be read (ENOENT)',
    ],
  ])('%j makes no sense', async (args, reason) => {
    const err = `zmtp: ping: ${reason}: see \`zmtp ping --help\`\n`;
    expect(await run(['ping', ...args])).toEqual({ out: '', err, code: 2 });
  });
});
