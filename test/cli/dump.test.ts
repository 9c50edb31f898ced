/**
 * `zmtp dump`: hex, captures that this file writes, and a relay between peers of npm zeromq and raw ones.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import * as zeromq from 'zeromq';
import type { Item } from '../../src/protocol.ts';
import { bytes, command, greeting, message, ready } from '../../src/testing/raw-bytes.ts';
import {
  ACK,
  FIN,
  ipv4,
  ipv6,
  LINKS,
  pcap,
  pcapng,
  RST,
  SYN,
  tagged,
  type TcpSegment,
} from './captures.ts';
import { run, start } from './run-command.ts';
import { usePeer } from '../support/peers/use-peer.ts';

const folder = mkdtempSync(join(tmpdir(), 'zmtp-dump-'));
afterAll(() => rmSync(folder, { recursive: true }));

const closing: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** One line of `--json` that is not about bytes, or is. */
type Line = Item & {
  readonly connection?: number;
  readonly time?: number;
  readonly note?: string;
  readonly from?: string;
};

function parse(out: string): Line[] {
  return out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
}

describe('hex', () => {
  test('is printed item by item, however it is written', async () => {
    const input = '0x04, 07:04 50494E 47 # PING\n\t0000 00 01 41\n';
    expect(await run(['dump', '--hex', '--start', 'traffic'], input)).toEqual({
      out: [
        '→ 00000000  04 07                     command, 7 bytes',
        '→ 00000002  04 50 49 4e 47            PING',
        '→ 00000007  00 00                     time to live none',
        '→ 00000009  00 01                     message, 1 byte',
        "→ 0000000b  41                        'A'",
        '',
      ].join('\n'),
      err: '',
      code: 0,
    });
  });

  test('the rule that a byte breaks stands below it, and the exit code says so', async () => {
    const { out, code } = await run(
      ['dump', '--hex', '--start', 'traffic', '--bytes', '2'],
      '00 03 616263 f8',
    );
    expect(out).toBe(
      [
        '→ 00000000  00 03   message, 3 bytes',
        "→ 00000002  61 62…  'abc'",
        '→ 00000005  f8      flags f8',
        '            ! bits 3 to 7 of the flags must be zero (37/ZMTP, Framing)',
        '',
      ].join('\n'),
    );
    expect(code).toBe(1);
  });

  test('of a handshake whose mechanism no greeting has said', async () => {
    const hello = command('HELLO', 1, 'a', 1, 'b').toString('hex');
    const { out } = await run(
      ['dump', '--hex', '--start', 'handshake', '--mechanism', 'PLAIN', '--json'],
      hello,
    );
    expect(parse(out).map(({ meaning }) => meaning)).toEqual([
      'command, 10 bytes',
      'HELLO',
      "user name 'a'",
      "password 'b'",
    ]);
  });

  test.each([
    [['--hex'], 'xy', '"x" is no hex digit'],
    [['--hex'], '041', 'the last byte has only one hex digit'],
    [[], '', 'a FILE, --hex, or --listen and --to: one of them is needed'],
    [['--hex', 'file'], '', 'a FILE, --hex, or --listen and --to: one of them is needed'],
    [['--listen', 'tcp://127.0.0.1:*'], '', '--listen and --to are both needed'],
    [
      ['--listen', 'inproc://a', '--to', 'tcp://127.0.0.1:1'],
      '',
      'inproc://a: a relay has tcp:// or ipc:// with a path at both ends',
    ],
    [
      ['--listen', 'here', '--to', 'tcp://127.0.0.1:1'],
      '',
      'Invalid argument: here: expected scheme://address',
    ],
    [['--hex', '--start', 'end'], '', '--start is one of greeting, handshake, traffic'],
    [['x.pcap', '--port', '70000'], '', '--port takes a whole number from 1 to 65535, got "70000"'],
  ])('%j makes no sense', async (args, input, reason) => {
    const err = `zmtp: dump: ${reason}: see \`zmtp dump --help\`\n`;
    expect(await run(['dump', ...args], input)).toEqual({ out: '', err, code: 2 });
  });

  test('nobody reads the output any more', async () => {
    const dump = start('dump', '--hex', '--start', 'traffic');
    dump.child.stdout.destroy();
    dump.child.stdin.end('0000'.repeat(40_000));
    expect(await dump.ended).toMatchObject({ err: '', code: 0 });
  });
});

const CLIENT = 40_000;
const SERVER = 5555;
const SAID = bytes(greeting(), ready('PUSH'), message('one', 'two'));
const ANSWERED = bytes(greeting(), ready('PULL'));
/** Numbers that run over, so that whoever compares them as they are is found out. */
const CLIENT_START = 0xffff_fff0;
const SERVER_START = 7;

const toServer = (sequence: number, more: Partial<TcpSegment> = {}): TcpSegment => ({
  from: CLIENT,
  to: SERVER,
  sequence: CLIENT_START + sequence,
  ...more,
});
const toClient = (sequence: number, more: Partial<TcpSegment> = {}): TcpSegment => ({
  from: SERVER,
  to: CLIENT,
  sequence: SERVER_START + sequence,
  ...more,
});
/** A part of what was said, by its place in it. */
const said = (from: number, to: number): TcpSegment =>
  toServer(1 + from, { payload: SAID.subarray(from, to) });
const answered = (from: number, to: number): TcpSegment =>
  toClient(1 + from, { payload: ANSWERED.subarray(from, to) });

const OPENING = [toServer(0, { flags: SYN }), toClient(0, { flags: SYN | ACK }), toServer(1)];
const CLOSING = [
  toServer(1 + SAID.length, { flags: FIN | ACK }),
  toClient(1 + ANSWERED.length, { flags: FIN | ACK }),
];
const GREETINGS = [said(0, 64), answered(0, 64)];
const CONVERSATION = [
  ...OPENING,
  ...GREETINGS,
  answered(64, 92),
  said(64, SAID.length),
  ...CLOSING,
];
const MEANINGS = [
  'signature: ZMTP 2.0 or later',
  'major version 3',
  'minor version 1: ZMTP 3.1',
  'mechanism NULL',
  'as-server: no',
  'filler',
  'command, 26 bytes',
  'READY',
];

let files = 0;
async function dumpFile(
  content: Buffer,
  ...more: readonly string[]
): Promise<{ lines: Line[]; err: string; code: number | string }> {
  const file = join(folder, `${++files}.pcap`);
  writeFileSync(file, content);
  const { out, err, code } = await run(['dump', file, '--json', ...more]);
  return { lines: parse(out), err: err.replaceAll(file, 'FILE'), code };
}

function meaningsOf(lines: readonly Line[], side: string): string[] {
  return lines.filter((line) => line.side === side).map(({ meaning }) => meaning);
}

const WHOLE = {
  connecting: [
    ...MEANINGS,
    "property Socket-Type = 'PUSH'",
    'message, frame 1, more follow, 3 bytes',
    "'one'",
    'message, frame 2, the last, 3 bytes',
    "'two'",
  ],
  accepting: [...MEANINGS, "property Socket-Type = 'PULL'"],
};

describe('captures', () => {
  test.each([
    [
      'pcap, little endian, Ethernet',
      pcap(
        { link: 1, order: 'little' },
        CONVERSATION.map((s) => LINKS[1]?.(ipv4(s)) as Buffer),
      ),
    ],
    [
      'pcap, big endian, nanoseconds, loopback',
      pcap(
        { link: 0, order: 'big', isFine: true },
        CONVERSATION.map((s) => LINKS[0]?.(ipv4(s)) as Buffer),
      ),
    ],
    [
      'pcap, OpenBSD loopback',
      pcap(
        { link: 108, order: 'little' },
        CONVERSATION.map((s) => LINKS[108]?.(ipv4(s)) as Buffer),
      ),
    ],
    [
      'pcap, raw, IPv6',
      pcap(
        { link: 101, order: 'little' },
        CONVERSATION.map((s) => LINKS[101]?.(ipv6(s)) as Buffer),
      ),
    ],
    [
      'pcap, VLAN in VLAN',
      pcap(
        { link: 1, order: 'little' },
        CONVERSATION.map((s) => tagged(ipv6(s))),
      ),
    ],
    [
      'pcapng, little endian, Linux cooked',
      pcapng(
        { link: 113, order: 'little' },
        CONVERSATION.map((s) => LINKS[113]?.(ipv4(s)) as Buffer),
      ),
    ],
    [
      'pcapng, big endian, nanoseconds, Linux cooked 2',
      pcapng(
        { link: 276, order: 'big', isFine: true },
        CONVERSATION.map((s) => LINKS[276]?.(ipv6(s)) as Buffer),
      ),
    ],
  ])('%s', async (_name, file) => {
    const { lines, err, code } = await dumpFile(file);
    expect({ err, code }).toEqual({ err: '', code: 0 });
    expect(lines[0]?.from).toMatch(/^(10\.0\.0\.1|\[fe80::1\]):40000$/);
    expect(meaningsOf(lines, 'connecting')).toEqual(WHOLE.connecting);
    expect(meaningsOf(lines, 'accepting')).toEqual(WHOLE.accepting);
    expect(lines[1]).toMatchObject({ connection: 1, time: 1003.5 });
  });

  const ethernet = (segments: readonly TcpSegment[]): Buffer =>
    pcap(
      { link: 1, order: 'little' },
      segments.map((segment) => LINKS[1]?.(ipv4(segment)) as Buffer),
    );

  test('out of order, twice and overlapping', async () => {
    const shuffled = [
      said(0, 64),
      answered(0, 70),
      said(100, SAID.length),
      said(60, 90),
      answered(60, 92),
      said(0, 64),
      said(64, 66),
      said(80, 101),
    ];
    const { lines, code } = await dumpFile(ethernet([...OPENING, ...shuffled, ...CLOSING]));
    expect(meaningsOf(lines, 'connecting')).toEqual(WHOLE.connecting);
    expect(meaningsOf(lines, 'accepting')).toEqual(WHOLE.accepting);
    expect(code).toBe(0);
  });

  test('with a hole: what is behind it is left out, and how much is missing is said', async () => {
    const { lines } = await dumpFile(
      ethernet([...OPENING, ...GREETINGS, said(70, SAID.length), ...CLOSING]),
    );
    expect(meaningsOf(lines, 'connecting')).toEqual(MEANINGS.slice(0, 6));
    expect(lines.map(({ note }) => note)).toContain(
      '6 bytes of the connecting side were not captured: what follows is left out',
    );
  });

  test('two connections of the same ports, the first of which is reset', async () => {
    const { lines } = await dumpFile(
      ethernet([
        ...OPENING,
        said(0, 64),
        toClient(1, { flags: RST }),
        ...CONVERSATION.map((segment) => ({ ...segment, sequence: segment.sequence + 99 })),
      ]),
    );
    expect(lines.map(({ note }) => note)).toContain('the accepting side has reset the connection');
    const second = lines.filter(({ connection }) => connection === 2);
    expect(meaningsOf(second, 'connecting')).toEqual(WHOLE.connecting);
  });

  test('without its beginning: the port says who is who', async () => {
    const file = ethernet([answered(64, 92), said(64, SAID.length)]);
    const { lines } = await dumpFile(file, '--port', '5555', '--start', 'handshake');
    expect(lines.map(({ note }) => note)).toContain('its beginning was not captured');
    expect(meaningsOf(lines, 'accepting')).toEqual([
      'command, 26 bytes',
      'READY',
      "property Socket-Type = 'PULL'",
    ]);
  });

  test('what is no ZMTP is left out, unless its port is named', async () => {
    const other = ethernet([...OPENING, toServer(1, { payload: 'GET / HTTP/1.1' })]);
    expect(await dumpFile(other)).toEqual({
      lines: [],
      err: 'zmtp: FILE: 1 connection does not begin as ZMTP does: --port NUMBER prints them all the same\nzmtp: FILE: no connection with bytes of ZMTP is in the capture\n',
      code: 0,
    });
    const { lines, code } = await dumpFile(other, '--port', '5555');
    expect(lines[1]).toMatchObject({
      kind: 'raw',
      fault: { source: '37/ZMTP, Detecting ZMTP 1.0 and 2.0 Peers' },
    });
    expect(code).toBe(1);
    expect((await dumpFile(ethernet(CONVERSATION), '--port', '1')).lines).toEqual([]);
  });

  test('on the standard input', async () => {
    const dump = start('dump', '-', '--json');
    const file = pcapng({ link: 101, order: 'little' }, CONVERSATION.map(ipv4));
    for (const byte of file) dump.child.stdin.write(Buffer.of(byte));
    dump.child.stdin.end();
    expect(meaningsOf(parse((await dump.ended).out), 'connecting')).toEqual(WHOLE.connecting);
  });

  test.each([
    [
      'neither pcap nor pcapng',
      Buffer.from('a text that is no capture'),
      /this is no capture: neither pcap nor pcapng\n$/,
    ],
    ['nothing', Buffer.alloc(0), /this is no capture/],
    [
      'one that was cut',
      ethernet(CONVERSATION).subarray(0, -3),
      /the capture ends inside a packet: \d+ bytes are left\n$/,
    ],
    [
      'a packet without end',
      pcap({ link: 1, order: 'big' }, []).toString('latin1') + '\0'.repeat(8) + '\xff'.repeat(8),
      /damaged: a packet of 4294967295 bytes/,
    ],
    [
      'an unknown link',
      pcap({ link: 147, order: 'big' }, [Buffer.alloc(60)]),
      /packets of the link type 147 cannot be read/,
    ],
  ])('%s', async (_name, content, expected) => {
    const { err } = await dumpFile(Buffer.from(content as string, 'latin1'));
    expect(err).toMatch(expected);
  });

  test('a file that is not there', async () => {
    expect(await run(['dump', join(folder, 'none')])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/ENOENT/),
    });
  });
});

async function listen(onConnection: (socket: Socket) => void): Promise<string> {
  const server: Server = createServer({ allowHalfOpen: true }, onConnection);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function startRelay(
  to: string,
): Promise<{ dump: ReturnType<typeof start>; endpoint: string; port: number }> {
  const dump = start('dump', '--listen', 'tcp://127.0.0.1:*', '--to', to);
  const [, endpoint = '', port = ''] = await dump.prints(
    /^listening on (tcp:\/\/127\.0\.0\.1:(\d+))/m,
  );
  return { dump, endpoint, port: Number(port) };
}

describe('a relay', () => {
  const peer = usePeer('pyzmq');

  test('between sockets of npm zeromq, until Ctrl-C', async () => {
    const server = new zeromq.Reply({ linger: 0 });
    const client = new zeromq.Request({ linger: 0 });
    closing.push(
      () => server.close(),
      () => client.close(),
    );
    await server.bind('tcp://127.0.0.1:*');
    const { dump, endpoint } = await startRelay(server.lastEndpoint ?? '');
    client.connect(endpoint);
    await client.send('question');
    expect(String(await server.receive())).toBe('question');
    await server.send('answer');
    expect(String(await client.receive())).toBe('answer');
    await dump.prints(/1 ← .* 'answer'/);
    dump.child.kill('SIGINT');
    const { out, code } = await dump.ended;
    expect(code).toBe(130);
    expect(out).toMatch(/^# 1: tcp:\/\/127\.0\.0\.1:\d+ → tcp:\/\/127\.0\.0\.1:\d+\n/);
    expect(out).toMatch(/^1 → 00000048 .* property Socket-Type = 'REQ'$/m);
    expect(out).toMatch(/^1 ← 00000048 .* property Socket-Type = 'REP'$/m);
    expect(out).toMatch(/^1 → .* {2}message, frame 1, more follow, 0 bytes$/m);
    expect(out).toMatch(/^1 → .* 'question'$/m);
    expect(out).not.toMatch(/!/);
  });

  test('of a publisher of pyzmq and a subscriber of npm zeromq, by CURVE: no rule is broken', async () => {
    const server = zeromq.curveKeyPair();
    const client = zeromq.curveKeyPair();
    const keys = { curveServer: true, curveSecretKey: server.secretKey };
    const publisher = await peer().open('XPUB', keys);
    const { dump, endpoint } = await startRelay(await publisher.bind('tcp://127.0.0.1:*'));
    const subscriber = new zeromq.Subscriber({
      linger: 0,
      curveServerKey: server.publicKey,
      curvePublicKey: client.publicKey,
      curveSecretKey: client.secretKey,
    });
    closing.push(
      () => publisher.close(),
      () => subscriber.close(),
    );
    subscriber.connect(endpoint);
    subscriber.subscribe('news');
    await publisher.receive();
    await publisher.send([{ text: 'news of the day' }]);
    expect(String(await subscriber.receive())).toBe('news of the day');
    await dump.prints(/1 ← .* box: the flags and 15 bytes of a frame/);
    dump.child.kill('SIGTERM');
    const { out } = await dump.ended;
    expect(out).toMatch(/1 → .* box: the flags and 14 bytes of a frame/); // SUBSCRIBE, as a command
    expect(out).toMatch(/1 ← .* counter 2\n/);
    expect(out).not.toMatch(/!|news/);
  });

  test('changes nothing, and passes the end of a stream on while the other goes on', async () => {
    const sent = Buffer.alloc(500_000, 'something that is no ZMTP. ');
    const got: Buffer[] = [];
    const to = await listen((socket) => {
      socket.on('data', (chunk: Buffer) => got.push(chunk));
      socket.on('end', () => socket.end(Buffer.concat(got)));
    });
    const { dump, port } = await startRelay(to);
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const back: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => back.push(chunk));
    socket.end(sent);
    await once(socket, 'end');
    expect(Buffer.concat(back).equals(sent)).toBe(true);
    await dump.prints(/^# 1: the accepting side has ended its stream$/m);
  });

  test('a peer that vanishes, and one that cannot be reached', async () => {
    const to = await listen((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.resetAndDestroy());
    });
    const { dump, port } = await startRelay(to);
    const socket = connect({ port, host: '127.0.0.1' });
    socket.write(greeting());
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');
    await dump.prints(/^# 1: relayed connection: read ECONNRESET$/m);

    const nobody = await listen(() => {});
    closing.pop()?.();
    const second = await startRelay(nobody);
    const refused = connect({ port: second.port, host: '127.0.0.1' });
    refused.on('error', () => {});
    await once(refused, 'close');
    await second.dump.prints(/^# 1: relayed connection: connect ECONNREFUSED/m);
  });

  test('over ipc', async () => {
    const server = new zeromq.Push({ linger: 0 });
    const client = new zeromq.Pull({ linger: 0 });
    closing.push(
      () => server.close(),
      () => client.close(),
    );
    await server.bind(`ipc://${join(folder, 'far')}`);
    const near = `ipc://${join(folder, 'near')}`;
    const dump = start('dump', '--listen', near, '--to', `ipc://${join(folder, 'far')}`);
    await dump.prints(/^listening on ipc:/m);
    client.connect(near);
    await server.send('through');
    expect(String(await client.receive())).toBe('through');
    await dump.prints(/1 ← .* 'through'/);
  });

  test('an address that is taken', async () => {
    const taken = await listen(() => {});
    const { err, code } = await run(['dump', '--listen', taken, '--to', taken]);
    expect(err).toMatch(/EADDRINUSE/);
    expect(code).toBe(1);
  });
});
