/**
 * Connections under PLAIN and CURVE, and connections about whose peers somebody decides.
 *
 * @module
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { loadCurveBox } from '../../../src/curve-loader.ts';
import { ProtocolError } from '../../../src/errors.ts';
import type { ConnectionEvent } from '../../../src/zmtp/connection-event.ts';
import { Connection, type ConnectionOptions } from '../../../src/zmtp/connection.ts';
import { SlabPool } from '../../../src/zmtp/encoder.ts';
import type { CurveBox, KeyPair } from '../../../src/zmtp/mechanism/curve-box.ts';
import { CurveClient } from '../../../src/zmtp/mechanism/curve-client.ts';
import { CurveServer } from '../../../src/zmtp/mechanism/curve-server.ts';
import type {
  AuthenticationVerdict,
  FrameCipher,
  MechanismFactory,
} from '../../../src/zmtp/mechanism/mechanism.ts';
import { NullMechanism } from '../../../src/zmtp/mechanism/null.ts';
import { PlainClient, PlainServer } from '../../../src/zmtp/mechanism/plain.ts';
import type { SocketType } from '../../../src/zmtp/socket-type.ts';
import { byteByByte, ConnectionPair, type Side } from '../../../src/testing/connection-pair.ts';
import {
  bytes,
  command,
  commandBody,
  errorCommand,
  frame,
  greeting,
  message,
  ping,
  property,
  type RawFrame,
  ready,
  repeat,
  tryParseFrame,
  u16,
} from '../../../src/testing/raw-bytes.ts';
import { RawCurveClient } from '../../../src/testing/raw-curve.ts';
import '../compare-bytes.ts';

let box: CurveBox;
let serverKeys: KeyPair;
let clientKeys: KeyPair;

beforeAll(async () => {
  box = await loadCurveBox();
  serverKeys = box.generateKeyPair();
  clientKeys = box.generateKeyPair();
});

const CREDENTIALS = { username: Buffer.from('admin'), password: Buffer.from('secret') };

type Mechanisms = { readonly client: MechanismFactory; readonly server: MechanismFactory };

/** Both sides of each mechanism; the server asks. */
const MECHANISMS: Readonly<Record<string, () => Mechanisms>> = {
  NULL: () => ({
    client: (metadata) => new NullMechanism(metadata),
    server: (metadata) => new NullMechanism(metadata, { asksVerdict: true }),
  }),
  PLAIN: () => ({
    client: (metadata) => new PlainClient(metadata, CREDENTIALS),
    server: (metadata) => new PlainServer(metadata, { asksVerdict: true }),
  }),
  CURVE: () => ({
    client: (metadata) =>
      new CurveClient(metadata, { box, keys: clientKeys, serverKey: serverKeys.publicKey }),
    server: (metadata) => new CurveServer(metadata, { box, keys: serverKeys, asksVerdict: true }),
  }),
};

function mechanismsOf(name: string): Mechanisms {
  const make = MECHANISMS[name];
  if (make === undefined) throw new Error(`no mechanism ${name}`);
  return make();
}

const openServer: MechanismFactory = (metadata) =>
  new CurveServer(metadata, { box, keys: serverKeys });

function pairOf(
  name: string,
  [clientType, serverType]: readonly [SocketType, SocketType] = ['REQ', 'REP'],
): ConnectionPair {
  const { client, server } = mechanismsOf(name);
  return new ConnectionPair(
    { socketType: clientType, mechanism: client },
    { socketType: serverType, mechanism: server },
  );
}

/** Lets the peer of side two in, or not. */
function decide(pair: ConnectionPair, verdict: AuthenticationVerdict): void {
  pair.drive();
  expect(pair.two.connection.state).toBe('authentication');
  pair.two.connection.authenticated(verdict, pair.now);
  pair.drive();
}

const eventsOf = ({ events }: Side): string[] => events.map(({ type }) => type);

describe.each(Object.keys(MECHANISMS))('%s, where somebody decides', (name) => {
  const credentials = (): Uint8Array[] => {
    if (name === 'NULL') return [];
    return name === 'PLAIN' ? [bytes('admin'), bytes('secret')] : [clientKeys.publicKey];
  };

  test('a peer may come in', () => {
    const pair = pairOf(name);
    const verdict = {
      status: 200,
      userId: 'alice',
      metadata: new Map([['X-a', Buffer.from('b')]]),
    } as const;
    decide(pair, verdict);
    expect(eventsOf(pair.one)).toEqual(['handshake']);
    expect(pair.two.events).toMatchObject([
      { type: 'authenticate', request: { mechanism: name, credentials: credentials() } },
      { type: 'handshake', peer: { socketType: 'REQ', acceptance: verdict } },
    ]);
    expect(pair.one.events[0]).not.toHaveProperty('peer.acceptance');
    pair.one.connection.send([bytes(), bytes('ping')]);
    pair.two.connection.send([bytes(), bytes('pong')]);
    pair.drive();
    expect(pair.two.messages).toEqual([[bytes(), bytes('ping')]]);
    expect(pair.one.messages).toEqual([[bytes(), bytes('pong')]]);
  });

  test('nothing is told to the peer before the verdict', () => {
    const pair = pairOf(name);
    pair.drive();
    const before = Buffer.concat(pair.two.written);
    pair.advance(10_000);
    expect(Buffer.concat(pair.two.written)).toEqual(before);
    expect(before.includes('READY')).toBe(false);
    expect(pair.one.isReady).toBe(false);
    expect(() => pair.two.connection.send([bytes('x')])).toThrow('authentication');
  });

  test.each([400, 500] as const)('a peer may not come in: %i, which it is told', (status) => {
    const pair = pairOf(name);
    decide(pair, { status });
    expect(pair.two.closed).toEqual({
      type: 'closed',
      cause: 'denied',
      wasReady: false,
      reason: `the peer may not come in: status ${status}`,
      status,
    });
    expect(pair.one.closed).toMatchObject({ cause: 'refused', reason: `${status}` });
    const written = Buffer.concat(pair.two.written);
    expect(written.subarray(-12)).toEqual(bytes(4, 10, 5, 'ERROR', 3, `${status}`));
  });

  test.each([
    [
      { status: 300, text: 'later' },
      { status: 300, reason: 'later' },
    ],
    [{ status: undefined, text: 'nobody is there' }, { reason: 'nobody is there' }],
  ] as const)('a peer may not come in, and is told nothing: %j', (verdict, closed) => {
    const pair = pairOf(name);
    pair.drive();
    const before = Buffer.concat(pair.two.written);
    decide(pair, verdict);
    expect(pair.two.closed).toEqual({
      type: 'closed',
      cause: 'denied',
      wasReady: false,
      ...closed,
    });
    expect(Buffer.concat(pair.two.written)).toEqual(before);
    expect(pair.one.closed).toMatchObject({ cause: 'eof' });
  });

  test('a verdict that comes too late changes nothing', () => {
    const pair = pairOf(name);
    pair.drive();
    pair.cut();
    const { connection, events } = pair.two;
    const before = [...events];
    connection.authenticated({ status: 200 }, pair.now);
    connection.authenticated({ status: 400 }, pair.now);
    pair.drive();
    expect(events).toEqual(before);
    expect(connection.state).toBe('closed');
    expect(connection.hasOutput).toBe(false);
  });

  test('nobody decides without having been asked, or twice', () => {
    const pair = pairOf(name);
    const { connection } = pair.two;
    const say = (): void => connection.authenticated({ status: 200 }, pair.now);
    expect(say).toThrow('nobody has been asked');
    decide(pair, { status: 200 });
    expect(say).toThrow('nobody has been asked');
    expect(connection.state).toBe('traffic');
  });

  test('the time for the handshake goes on', () => {
    const { server, client } = mechanismsOf(name);
    const pair = new ConnectionPair(
      { socketType: 'REQ', mechanism: client },
      { socketType: 'REP', mechanism: server, handshakeInterval: 500 },
    );
    pair.advance(499);
    expect(pair.two.connection.state).toBe('authentication');
    pair.advance(1);
    expect(pair.two.closed).toMatchObject({
      cause: 'handshake-timeout',
      reason: expect.stringContaining('nobody has said'),
    });
  });

  test('a socket type that does not fit is told by ERROR, in place of READY', () => {
    const pair = pairOf(name, ['PUSH', 'REP']);
    decide(pair, { status: 200 });
    expect(pair.two.closed).toMatchObject({ cause: 'protocol' });
    const written = Buffer.concat(pair.two.written);
    expect(written.includes(errorCommand('Invalid socket type'))).toBe(true);
    if (name !== 'NULL') {
      expect(pair.one.closed).toMatchObject({ cause: 'refused', reason: 'Invalid socket type' });
      expect(written.includes('READY')).toBe(false);
    }
  });

  test.each([
    ['a command', command('PING', 0, 0)],
    ['a command that nobody knows', command('UNKNOWN')],
    ['a message', message('too early')],
    ['INITIATE', command('INITIATE')],
  ])('%s before the verdict ends it', (_what, input) => {
    const pair = pairOf(name);
    pair.drive();
    pair.two.connection.handleInput(input, pair.now);
    pair.drive();
    expect(pair.two.closed).toMatchObject({ cause: 'protocol', wasReady: false });
    expect(pair.two.messages).toEqual([]);
  });

  test('half a frame before the verdict is no frame yet', () => {
    const { server } = mechanismsOf(name);
    if (name !== 'PLAIN') return;
    const connection = new Connection({ socketType: 'REP', mechanism: server }, 0);
    const initiate = command('INITIATE', property('Socket-Type', 'REQ'));
    connection.handleInput(greeting({ mechanism: 'PLAIN' }), 0);
    connection.handleInput(command('HELLO', 1, 'u', 1, 'p'), 0);
    expect(connection.nextEvent()).toMatchObject({ type: 'authenticate' });
    connection.handleInput(initiate.subarray(0, 5), 0);
    expect(connection.nextEvent()).toBeUndefined();
    connection.authenticated({ status: 200 }, 0);
    connection.handleInput(initiate.subarray(5), 0);
    expect(connection.nextEvent()).toMatchObject({ type: 'handshake' });
  });
});

describe('NULL, where somebody decides', () => {
  function subject(): Connection {
    const mechanism = mechanismsOf('NULL').server;
    return new Connection({ socketType: 'REP', mechanism }, 0);
  }
  const output = (connection: Connection): Buffer => Buffer.concat(connection.takeOutput());

  test('READY is held back, whether the peer’s comes before or after', () => {
    const connection = subject();
    connection.handleInput(bytes(greeting(), ready('REQ')), 0);
    expect(connection.nextEvent()).toMatchObject({ type: 'authenticate' });
    expect(connection.nextEvent()).toBeUndefined();
    expect(output(connection)).toHaveLength(64);
    connection.authenticated({ status: 200 }, 0);
    expect(connection.nextEvent()).toMatchObject({ type: 'handshake' });
    expect(output(connection)).toEqual(ready('REP'));
  });

  test('a message in the segment of READY is too early, as it is for libzmq', () => {
    const connection = subject();
    connection.handleInput(bytes(greeting(), ready('REQ'), message('', 'early')), 0);
    expect(connection.nextEvent()).toMatchObject({ type: 'authenticate' });
    expect(connection.nextEvent()).toMatchObject({ type: 'closed', cause: 'protocol' });
  });
});

describe('PLAIN', () => {
  test('T73: the bytes of both sides', () => {
    const pair = pairOf('PLAIN');
    decide(pair, { status: 200 });
    const identity = property('Identity', '');
    expect(Buffer.concat(pair.one.written).subarray(64)).toEqual(
      bytes(
        command('HELLO', 5, 'admin', 6, 'secret'),
        command('INITIATE', property('Socket-Type', 'REQ'), identity),
      ),
    );
    expect(Buffer.concat(pair.two.written).subarray(64)).toEqual(
      bytes(command('WELCOME'), ready('REP')),
    );
    expect(Buffer.concat(pair.two.written)[32]).toBe(1);
    expect(Buffer.concat(pair.one.written)[32]).toBe(0);
  });

  test('the ERROR that libzmq sends is understood', () => {
    const mechanism = mechanismsOf('PLAIN').client;
    const connection = new Connection({ socketType: 'REQ', mechanism }, 0);
    connection.handleInput(greeting({ mechanism: 'PLAIN' }), 0);
    connection.handleInput(Buffer.from('04095e52524f5203343030', 'hex'), 0);
    expect(connection.nextEvent()).toMatchObject({ cause: 'refused', reason: '400' });
  });

  test('a server where nobody decides lets nobody in, and says nothing', () => {
    const pair = new ConnectionPair(
      { socketType: 'REQ', mechanism: (metadata) => new PlainClient(metadata, CREDENTIALS) },
      { socketType: 'REP', mechanism: (metadata) => new PlainServer(metadata) },
    );
    pair.drive();
    expect(pair.two.closed).toMatchObject({ cause: 'denied', wasReady: false });
    expect(pair.two.closed).not.toHaveProperty('status');
    expect(Buffer.concat(pair.two.written)).toHaveLength(64);
  });

  test('two clients do not get along, and two servers wait for ever', () => {
    const { client, server } = mechanismsOf('PLAIN');
    const clients = new ConnectionPair(
      { socketType: 'REQ', mechanism: client },
      { socketType: 'REP', mechanism: client },
    );
    clients.drive();
    const reason = 'expected WELCOME, got HELLO: both sides are clients';
    expect(clients.one.closed).toMatchObject({ cause: 'protocol', reason });
    expect(clients.two.closed).toMatchObject({ cause: 'protocol', reason });
    const servers = new ConnectionPair(
      { socketType: 'REQ', mechanism: server, handshakeInterval: 100 },
      { socketType: 'REP', mechanism: server },
    );
    servers.advance(100);
    expect(servers.one.closed).toMatchObject({
      cause: 'handshake-timeout',
      reason: expect.stringContaining('both sides are servers of PLAIN'),
    });
  });
});

test('a client of CURVE whose HELLO is not answered thinks of another key', () => {
  const { client, server } = mechanismsOf('CURVE');
  const connection = new Connection({ socketType: 'REQ', mechanism: client }, 0);
  connection.handleInput(greeting({ mechanism: 'CURVE', asServer: 1 }), 0);
  connection.handleEof();
  expect(connection.nextEvent()).toMatchObject({
    cause: 'eof',
    reason: expect.stringMatching(/HELLO: it may not be the server whose key is expected$/),
  });
  const deaf = new Connection({ socketType: 'REP', mechanism: server }, 0);
  deaf.handleInput(greeting({ mechanism: 'CURVE' }), 0);
  deaf.handleEof();
  expect(deaf.nextEvent()).toMatchObject({ reason: 'the peer closed the connection' });
});

/** A server's connection under CURVE, and a client written by hand that has done the handshake with it. */
class CurveSubject {
  readonly raw: RawCurveClient;
  readonly connection: Connection;
  readonly events: ConnectionEvent[] = [];
  readonly messages: string[] = [];
  isEager = true;
  #counter = 3;

  constructor(options: Partial<ConnectionOptions> = {}, minor = 1) {
    const sink = {
      message: (frames: Uint8Array[]): boolean => {
        this.messages.push(frames.map((each) => Buffer.from(each).toString('latin1')).join('|'));
        return this.isEager;
      },
    };
    this.raw = new RawCurveClient(box, serverKeys.publicKey);
    this.connection = new Connection(
      { socketType: 'DEALER', mechanism: openServer, sink, ...options },
      0,
    );
    this.give(greeting({ mechanism: 'CURVE', minor }));
    this.give(frame(0x04, this.raw.hello()));
    const [welcome] = this.output();
    const metadata = property('Socket-Type', options.socketType === 'SUB' ? 'PUB' : 'DEALER');
    this.give(frame(0x06, this.raw.initiate((welcome as RawFrame).body, { metadata })));
    const [answer] = this.output();
    const properties = this.raw.openReady((answer as RawFrame).body);
    expect(Buffer.from(properties as Uint8Array).includes('Socket-Type')).toBe(true);
    expect(this.events.splice(0)).toMatchObject([{ type: 'handshake' }]);
  }

  give(chunk: Uint8Array): this {
    this.connection.handleInput(chunk, 0);
    return this.drain();
  }

  drain(): this {
    const { connection } = this;
    for (let event = connection.nextEvent(); event; event = connection.nextEvent()) {
      this.events.push(event);
    }
    return this;
  }

  /** The frames that came out since the last call. The greeting is none. */
  output(): RawFrame[] {
    let output = Buffer.concat(this.connection.takeOutput());
    this.connection.outputWritten(true);
    if (output[0] === 0xff) output = output.subarray(64);
    const frames: RawFrame[] = [];
    for (let next = tryParseFrame(output); next; next = tryParseFrame(output)) {
      frames.push(next);
      output = output.subarray(next.wire.length);
    }
    expect(output).toHaveLength(0);
    return frames;
  }

  /** What came out, opened: flags of the frame, flags inside, and the rest. */
  opened(): Array<[outer: number, inner: number | undefined, body: string]> {
    return this.output().map(({ flags, body }) => {
      const opened = Buffer.from(this.raw.openMessage(body) ?? []);
      return [flags, opened[0], opened.toString('latin1', 1)];
    });
  }

  /** The next MESSAGE of the client, as the body of a frame. */
  next(flags: number, body: string | Uint8Array, counter = this.#counter++): Buffer {
    return this.raw.message(counter, flags, body);
  }

  /** The same as a frame. */
  sealed(flags: number, body: string | Uint8Array): Buffer {
    return message(this.next(flags, body));
  }

  get fault(): string | undefined {
    const last = this.events.at(-1);
    return last?.type === 'closed' ? last.error?.protocolCode : undefined;
  }
}

describe('CURVE', () => {
  test('messages of several frames, in both directions', () => {
    const subject = new CurveSubject();
    subject.give(bytes(subject.sealed(1, 'a'), subject.sealed(1, ''), subject.sealed(0, 'b')));
    expect(subject.messages).toEqual(['a||b']);
    subject.connection.send([bytes('c'), bytes(), repeat(0x64, 300)]);
    expect(subject.opened()).toEqual([
      [0, 1, 'c'],
      [0, 1, ''],
      [2, 0, 'd'.repeat(300)],
    ]);
  });

  test('nothing of a message is to be seen on the wire', () => {
    const pair = pairOf('CURVE', ['PAIR', 'PAIR']);
    decide(pair, { status: 200 });
    pair.one.connection.send([bytes('a well-known text'), repeat(0x61, 70_000)]);
    pair.drive();
    const written = Buffer.concat(pair.one.written);
    expect(written.includes('well-known')).toBe(false);
    expect(written.includes('aaaa')).toBe(false);
    expect(pair.two.messages).toEqual([[bytes('a well-known text'), repeat(0x61, 70_000)]]);
  });

  test('T75, T76: gaps and replays', () => {
    const subject = new CurveSubject();
    subject.give(message(subject.next(0, 'three', 3)));
    subject.give(message(subject.next(0, 'five', 5)));
    expect(subject.messages).toEqual(['three', 'five']);
    subject.give(message(subject.next(0, 'again', 5)));
    expect(subject.fault).toBe('ERR_ZMTP_INVALID_SEQUENCE');
    const low = new CurveSubject();
    low.give(message(low.next(0, 'two', 2)));
    expect(low.fault).toBe('ERR_ZMTP_INVALID_SEQUENCE');
  });

  test('T77: a bit that was flipped ends it, without a word', () => {
    const subject = new CurveSubject();
    const sealed = subject.sealed(0, 'hello');
    sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
    subject.give(bytes(sealed, subject.sealed(0, 'behind it')));
    expect(subject.fault).toBe('ERR_ZMTP_CRYPTOGRAPHIC');
    expect(subject.events).toMatchObject([{ cause: 'protocol', wasReady: true }]);
    expect(subject.messages).toEqual([]);
    expect(subject.output()).toEqual([]);
  });

  test.each([0, 1, 2, 3, 4, 6])('T78: MESSAGE in a frame with flags %i', (flags) => {
    const subject = new CurveSubject();
    subject.give(frame(flags, subject.next(1, 'one')));
    subject.give(bytes(frame(flags, subject.next(0, 'two')), subject.sealed(0, 'three')));
    expect(subject.messages).toEqual(['one|two', 'three']);
    expect(subject.events).toEqual([]);
  });

  test.each([5, 7, 8, 0x80])('MESSAGE in a frame with flags %i, which there are not', (flags) => {
    const subject = new CurveSubject();
    subject.give(frame(flags, subject.next(0, 'one')));
    expect(subject.fault).toBe('ERR_ZMTP_UNSPECIFIED');
  });

  test('T79: PING and PONG', () => {
    const subject = new CurveSubject();
    const body = bytes(4, 'PING', u16(0), 'xyz');
    subject.give(bytes(subject.sealed(1, 'a'), subject.sealed(2, body), subject.sealed(0, 'b')));
    expect(subject.opened()).toEqual([[0, 2, `${String.fromCharCode(4)}PONGxyz`]]);
    expect(subject.messages).toEqual(['a|b']);
  });

  test('heartbeats of our own are sealed', () => {
    const heartbeat = { interval: 100, timeout: 50, timeToLive: 1000 };
    const subject = new CurveSubject({ heartbeat });
    subject.connection.handleTimeout(100);
    expect(subject.opened()).toEqual([[0, 2, bytes(4, 'PING', u16(10)).toString('latin1')]]);
    subject.connection.handleTimeout(150);
    expect(subject.drain().events).toMatchObject([{ cause: 'heartbeat-timeout' }]);
    expect(subject.output()).toEqual([]);
  });

  test('a PONG that is owed at the end is not sent in clear, nor otherwise', () => {
    const subject = new CurveSubject();
    const body = bytes(4, 'PING', u16(0), 'xyz');
    subject.give(bytes(subject.sealed(2, body), message('in clear')));
    expect(subject.fault).toBe('ERR_ZMTP_MALFORMED_COMMAND_MESSAGE');
    expect(subject.output()).toEqual([]);
    expect(subject.connection.hasOutput).toBe(false);
  });

  test('T80: a frame in clear ends it', () => {
    for (const input of [message('in clear'), message(''), ping(), message(repeat(7, 100))]) {
      const subject = new CurveSubject().give(input);
      expect(subject.fault).toMatch(/UNEXPECTED_COMMAND|COMMAND_MESSAGE/);
      expect(subject.messages).toEqual([]);
    }
  });

  test('T81: subscriptions in the form of the peer’s version', () => {
    for (const [minor, expected] of [
      [0, [0, 0, '\u0001T']],
      [1, [0, 2, '\u0009SUBSCRIBET']],
    ] as const) {
      const subject = new CurveSubject({ socketType: 'SUB' }, minor);
      subject.connection.sendSubscription(bytes(1, 'T'));
      expect(subject.opened()).toEqual([expected]);
    }
  });

  test('subscriptions of a peer come as messages', () => {
    const pair = pairOf('CURVE', ['SUB', 'PUB']);
    decide(pair, { status: 200 });
    pair.one.connection.sendSubscription(bytes(1, 'topic'));
    pair.one.connection.sendSubscription(bytes(0, 'topic'));
    pair.drive();
    expect(pair.two.messages).toEqual([[bytes(1, 'topic')], [bytes(0, 'topic')]]);
  });

  test('T82: a greeting of another mechanism or of an old version', () => {
    for (const first of [greeting(), greeting({ major: 1 }), bytes(1, 0, 6, 0, 'hello')]) {
      for (const server of [openServer, mechanismsOf('PLAIN').server]) {
        const connection = new Connection({ socketType: 'DEALER', mechanism: server }, 0);
        connection.handleInput(first, 0);
        expect(connection.nextEvent()).toMatchObject({ type: 'closed', cause: 'protocol' });
        const isOfThisVersion = first.length === 64 && first[10] === 3;
        // Both sides are to hear of two mechanisms that differ: so the greeting is finished first.
        expect(Buffer.concat(connection.takeOutput())).toHaveLength(isOfThisVersion ? 64 : 11);
      }
    }
  });

  test('any key may come in where nobody decides', () => {
    const { client } = mechanismsOf('CURVE');
    const pair = new ConnectionPair(
      { socketType: 'REQ', mechanism: client },
      { socketType: 'REP', mechanism: openServer },
    );
    pair.drive();
    expect(eventsOf(pair.one)).toEqual(['handshake']);
    expect(eventsOf(pair.two)).toEqual(['handshake']);
    expect(Buffer.concat(pair.one.written)).toHaveLength(64 + 202 + 9 + 257 + 39 - 7);
  });

  test('bytes that come one by one', () => {
    const { client } = mechanismsOf('CURVE');
    const pair = new ConnectionPair(
      { socketType: 'PAIR', mechanism: client },
      { socketType: 'PAIR', mechanism: openServer },
      { split: byteByByte },
    );
    pair.drive();
    const sent = [bytes('a'), bytes(), repeat(0x62, 300)];
    pair.one.connection.send(sent);
    pair.two.connection.send(sent);
    pair.drive();
    expect(pair.two.messages).toEqual([sent]);
    expect(pair.one.messages).toEqual([sent]);
  });

  test('READY and a message in one segment', () => {
    const { client } = mechanismsOf('CURVE');
    const pair = new ConnectionPair(
      { socketType: 'PAIR', mechanism: client },
      { socketType: 'PAIR', mechanism: openServer },
      { latency: 10 },
    );
    pair.advance(55);
    expect(pair.two.isReady).toBe(true);
    expect(pair.one.isReady).toBe(false);
    pair.two.connection.send([bytes('at once')]);
    pair.drive();
    expect(pair.one.messages).toEqual([[bytes('at once')]]);
  });

  test('a sink that is full is given no more, in the middle of a chunk', () => {
    const subject = new CurveSubject();
    subject.isEager = false;
    subject.give(bytes(...['a', 'b', 'c'].map((each) => subject.sealed(0, each))));
    expect(subject.messages).toEqual(['a']);
    subject.connection.resume(0);
    expect(subject.messages).toEqual(['a', 'b']);
    subject.isEager = true;
    subject.connection.resume(0);
    expect(subject.messages).toEqual(['a', 'b', 'c']);
  });

  test('frames that are longer than a slab, and shorter', () => {
    for (const slabSize of [64, 1000, 65_536]) {
      const slabs = new SlabPool((size) => new Uint8Array(size), slabSize);
      const subject = new CurveSubject({ slabs });
      const sizes = [0, 22, 23, 30, 31, 200, 222, 223, 958, 959, 65_493, 65_494, 65_495, 70_000];
      for (const size of sizes) subject.connection.send([repeat(0x61, size)]);
      const size = subject.connection.outputSize;
      const opened = subject.opened();
      expect(opened.map(([, , body]) => body.length)).toEqual(sizes);
      expect(opened.every(([, , body]) => /^a*$/.test(body))).toBe(true);
      expect(subject.connection.outputSize).toBe(0);
      expect(size).toBeGreaterThan(sizes.reduce((a, b) => a + b));
    }
  });

  test('the body that is sent is left alone, and may be changed at once', () => {
    const subject = new CurveSubject();
    const body = repeat(0x61, 20_000);
    subject.connection.send([body]);
    expect(body).toEqual(repeat(0x61, 20_000));
    body.fill(0x62);
    expect(subject.opened()).toEqual([[2, 0, 'a'.repeat(20_000)]]);
  });
});

describe('limits under CURVE', () => {
  const limited = (limits: ConnectionOptions['limits']): CurveSubject =>
    new CurveSubject({ limits: { maxCommandSize: 300, ...limits } });

  test('the size of a frame is that of what is inside', () => {
    const subject = limited({ maxFrameSize: 400 });
    subject.give(subject.sealed(0, repeat(0x61, 400)));
    expect(subject.messages).toHaveLength(1);
    subject.give(subject.sealed(0, repeat(0x61, 401)));
    expect(subject.fault).toBe('ERR_ZMTP_UNSPECIFIED');
  });

  test('a frame that is shorter than a command may be has its own limit', () => {
    const subject = limited({ maxFrameSize: 100 });
    subject.give(subject.sealed(0, repeat(0x61, 100)));
    expect(subject.messages).toHaveLength(1);
    subject.give(subject.sealed(0, repeat(0x61, 101)));
    expect(subject.fault).toBe('ERR_ZMTP_UNSPECIFIED');
  });

  test('commands have theirs', () => {
    const subject = limited({ maxFrameSize: 1000 });
    subject.give(subject.sealed(2, commandBody('X', repeat(0x61, 298))));
    expect(subject.events).toMatchObject([{ type: 'command' }]);
    subject.give(subject.sealed(2, commandBody('X', repeat(0x61, 299))));
    expect(subject.fault).toBe('ERR_ZMTP_UNSPECIFIED');
  });

  test('a message may have so many bytes, and so many frames', () => {
    const large = limited({ maxMessageBytes: 500 });
    large.give(bytes(large.sealed(1, repeat(0x61, 250)), large.sealed(0, repeat(0x61, 250))));
    expect(large.messages).toHaveLength(1);
    large.give(bytes(large.sealed(1, repeat(0x61, 250)), large.sealed(0, repeat(0x61, 251))));
    expect(large.fault).toBe('ERR_ZMTP_UNSPECIFIED');
    const long = limited({ maxMessageFrames: 2 });
    long.give(bytes(long.sealed(1, 'a'), long.sealed(0, 'b')));
    long.give(bytes(long.sealed(1, 'a'), long.sealed(1, 'b'), long.sealed(0, 'c')));
    expect(long.messages).toEqual(['a|b']);
    expect(long.fault).toBe('ERR_ZMTP_UNSPECIFIED');
  });

  test('a frame that cannot be one is refused by its header, whole or in pieces', () => {
    for (const [limits, length] of [
      [{ maxFrameSize: 400 }, 434],
      [{ maxFrameSize: 100 }, 334],
      [{ maxMessageBytes: 400 }, 434],
    ] as const) {
      const header = bytes(2, repeat(0, 6), length >> 8, length & 255);
      expect(limited(limits).give(header).fault).toBe('ERR_ZMTP_UNSPECIFIED');
      const slow = limited(limits);
      for (const piece of byteByByte(header)) slow.give(piece);
      expect(slow.fault).toBe('ERR_ZMTP_UNSPECIFIED');
      const shorter = bytes(2, repeat(0, 6), (length - 1) >> 8, (length - 1) & 255);
      expect(limited(limits).give(shorter).fault).toBeUndefined();
    }
  });
});

describe('a cipher that seals no more', () => {
  /** Seals three frames. */
  function exhaustible(): FrameCipher {
    let left = 3;
    return {
      overhead: 0,
      seal: (_flags, body, target, offset) => {
        if (left-- === 0) throw new ProtocolError('used up');
        target.set(body, offset);
      },
      open: () => 0,
    };
  }

  function subject(heartbeat?: ConnectionOptions['heartbeat']): Connection {
    const mechanism: MechanismFactory = () => ({
      name: 'TEST',
      isServer: false,
      start: () => ({
        type: 'done',
        metadata: new Map([['Socket-Type', Buffer.from('PAIR')]]),
        cipher: exhaustible(),
      }),
      receive: () => ({ type: 'continue' }),
      accept: () => ({ type: 'continue' }),
      wipe: () => undefined,
    });
    const options = { socketType: 'PAIR', mechanism, ...(heartbeat && { heartbeat }) } as const;
    const connection = new Connection(options, 0);
    connection.handleInput(greeting({ mechanism: 'TEST' }), 0);
    expect(connection.nextEvent()).toMatchObject({ type: 'handshake' });
    connection.takeOutput();
    return connection;
  }

  test('ends the connection, and what it has sealed still leaves', () => {
    const connection = subject();
    connection.send([bytes('a')]);
    connection.send([bytes('b')]);
    connection.send([bytes('c'), bytes('d')]);
    expect(connection.state).toBe('closed');
    expect(connection.nextEvent()).toMatchObject({ cause: 'protocol', reason: 'used up' });
    expect(Buffer.concat(connection.takeOutput()).toString('latin1')).toBe(
      '\u0000\u0001a\u0000\u0001b\u0000\u0001c',
    );
  });

  test('ends it for commands too', () => {
    const connection = subject({ interval: 10, timeout: 0, timeToLive: 0 });
    connection.sendCommand({ name: 'SUBSCRIBE', topic: bytes('a') });
    connection.send([bytes('b')]);
    connection.send([bytes('c')]);
    connection.handleTimeout(10);
    connection.takeOutput();
    expect(connection.state).toBe('closed');
    expect(connection.nextEvent()).toMatchObject({ cause: 'protocol' });
  });
});
