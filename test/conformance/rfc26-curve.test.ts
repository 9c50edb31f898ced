/**
 * 26/CURVEZMQ, over real sockets: a server of ours and a raw client, byte by byte.
 *
 * Rows T74–T82 and H15; the rest of H15 is with the machines (unit/zmtp/mechanism/curve) and with what is tampered with (unit/zmtp/tampering).
 */
import { describe, expect, test } from 'vitest';
import { loadCurveBox } from '../../src/curve-loader.ts';
import { allowKeys, Pull, Subscriber } from '../../src/index.ts';
import { encodeZ85 } from '../../src/z85.ts';
import {
  bytes,
  command,
  commandBody,
  frame,
  greeting,
  message,
  type Part,
  property,
  ready,
} from '../../src/testing/raw-bytes.ts';
import {
  type HelloFields,
  type InitiateFields,
  RawCurveClient,
} from '../../src/testing/raw-curve.ts';
import { LOW_ORDER_POINTS } from '../support/curve-fixtures.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { EventLog } from '../support/raw-subject.ts';
import { own, watchProcess } from '../support/watch.ts';

watchProcess();

const box = await loadCurveBox();
const serverKeys = box.generateKeyPair();
const clientKeys = box.generateKeyPair();
const strangerKeys = box.generateKeyPair();

type Kind = 'PULL' | 'SUB';

/** A raw client of CURVE at a server of ours. */
class Client {
  readonly raw: RawCurveClient;
  readonly peer: RawPeer;
  readonly #peerType: string;

  constructor(peer: RawPeer, peerType: string, serverKey: Uint8Array, keys = clientKeys) {
    this.peer = peer;
    this.#peerType = peerType;
    this.raw = new RawCurveClient(box, serverKey, keys);
  }

  greet(minor = 1): Promise<Buffer> {
    return this.peer.exchangeGreetings(greeting({ mechanism: 'CURVE', minor }));
  }

  /** HELLO and the WELCOME for it. */
  async hello(fields?: HelloFields): Promise<Buffer> {
    await this.peer.write(frame(0x04, this.raw.hello(fields)));
    const { flags, body } = await this.peer.readFrame();
    expect(flags).toBe(0x04);
    expect(body).toHaveLength(168);
    return body;
  }

  /** INITIATE, in whatever way. */
  async initiate(welcome: Uint8Array, fields: InitiateFields = {}): Promise<void> {
    const metadata = property('Socket-Type', this.#peerType);
    await this.peer.write(frame(0x06, this.raw.initiate(welcome, { metadata, ...fields })));
  }

  async handshake(minor = 1): Promise<this> {
    await this.greet(minor);
    await this.initiate(await this.hello());
    const { flags, body } = await this.peer.readFrame();
    expect(flags).toBe(0x04);
    expect(this.raw.openReady(body)).toBeDefined();
    return this;
  }

  /** A MESSAGE in an outer frame with these flags. */
  async say(counter: number | bigint, flags: number, body: Part, outer = 0x00): Promise<void> {
    await this.peer.write(frame(outer, this.raw.message(counter, flags, body)));
  }

  /** What is in the next MESSAGE of the server: flags, and body. */
  async hear(): Promise<string> {
    const { flags, body } = await this.peer.readFrame();
    expect(flags & ~0x02).toBe(0);
    return Buffer.from(this.raw.openMessage(body) ?? '').toString('latin1');
  }
}

class Server {
  readonly socket: Pull | Subscriber;
  readonly events: EventLog;
  readonly #peerType: string;

  private constructor(socket: Pull | Subscriber, peerType: string) {
    this.socket = socket;
    this.#peerType = peerType;
    this.events = new EventLog(socket.events);
  }

  static async create(kind: Kind = 'PULL'): Promise<Server> {
    const options = {
      linger: 0,
      curveServer: true,
      curveSecretKey: encodeZ85(serverKeys.secretKey),
      authenticate: allowKeys([clientKeys.publicKey]),
    };
    const socket = own(kind === 'PULL' ? new Pull(options) : new Subscriber(options));
    await socket.bind('tcp://127.0.0.1:*');
    return new Server(socket, kind === 'PULL' ? 'PUSH' : 'PUB');
  }

  async open(serverKey = serverKeys.publicKey, keys = clientKeys): Promise<Client> {
    const peer = own(await RawPeer.connect(this.socket.lastEndpoint ?? ''));
    return new Client(peer, this.#peerType, serverKey, keys);
  }

  async receives(...frames: string[]): Promise<void> {
    expect((await this.socket.receive()).map(String)).toEqual(frames);
  }

  /** What the client has done ends its connection with a reason and without a word, and others are served. */
  async drops({ peer }: Client): Promise<string> {
    await peer.expectClose();
    expect(peer.unread).toHaveLength(0);
    const reason = await this.events.reasonFor(peer.localEndpoint);
    const other = await (await this.open()).handshake();
    await other.say(3, 0, 'other');
    await this.receives('other');
    return reason;
  }
}

describe('CURVE, the handshake', () => {
  test('the greeting says that it is the server', async () => {
    const client = await (await Server.create()).open();
    const theirs = await client.greet();
    expect(theirs.subarray(12, 17).toString()).toBe('CURVE');
    expect(theirs[32]).toBe(1);
  });

  const hello = (client: Client): Buffer => client.raw.hello();
  test.each<[string, (client: Client) => Uint8Array]>([
    ['T74: HELLO of 199 bytes', (client) => hello(client).subarray(0, 199)],
    ['T74: HELLO of 201 bytes', (client) => bytes(hello(client), 0)],
    ['T74: version 1.1', ({ raw }) => raw.hello({ version: bytes(1, 1) })],
    ['T74: version 2.0', ({ raw }) => raw.hello({ version: bytes(2, 0) })],
    ['a proof of 63 zeros', ({ raw }) => raw.hello({ proof: new Uint8Array(63) })],
    ['INITIATE first', () => commandBody('INITIATE', new Uint8Array(300))],
    ['READY', () => ready('PUSH').subarray(2)],
    ['the name alone', () => commandBody('HELLO')],
    ...LOW_ORDER_POINTS.map(
      (point, i) =>
        [
          `C' of low order, number ${i}`,
          ({ raw }: Client) => raw.hello({ transientKey: point, key: new Uint8Array(32) }),
        ] as const,
    ).map(([name, make]): [string, (client: Client) => Uint8Array] => [name, make]),
  ])('%s: closes, nothing sent', async (_what, make) => {
    const server = await Server.create();
    const client = await server.open();
    await client.greet();
    await client.peer.write(frame(0x04, make(client)));
    expect(await server.drops(client)).not.toBe('');
  });

  test('T74: a wrong server key: closes, nothing sent', async () => {
    const server = await Server.create();
    const client = await server.open(strangerKeys.publicKey);
    await client.greet();
    await client.peer.write(frame(0x04, client.raw.hello()));
    await server.drops(client);
  });

  test.each<[string, (client: Client) => InitiateFields]>([
    ['a cookie of its own', () => ({ cookie: new Uint8Array(96) })],
    ['a counter that does not grow', () => ({ counter: 1 })],
    ["somebody else's vouch", () => ({ clientKey: strangerKeys.publicKey })],
    [
      "a vouch for another C'",
      ({ raw }) => ({ vouched: bytes(strangerKeys.publicKey, raw.serverKey) }),
    ],
    [
      'a vouch for another server',
      ({ raw }) => ({ vouched: bytes(raw.transient.publicKey, strangerKeys.publicKey) }),
    ],
    ['properties cut short', () => ({ metadata: property('Socket-Type', 'PUSH').subarray(0, 15) })],
  ])('INITIATE with %s: closes', async (_what, fields) => {
    const server = await Server.create();
    const client = await server.open();
    await client.greet();
    await client.initiate(await client.hello(), fields(client));
    await server.drops(client);
  });

  test('a key that is not let in: ERROR 400, and closes', async () => {
    const server = await Server.create();
    const client = await server.open(serverKeys.publicKey, strangerKeys);
    await client.greet();
    await client.initiate(await client.hello());
    await client.peer.expect(command('ERROR', 3, '400'));
    await server.drops(client);
  });

  test.each([
    ['NULL', greeting()],
    ['PLAIN', greeting({ mechanism: 'PLAIN' })],
    ['ZMTP 2.0', bytes(greeting().subarray(0, 10), 1, 7, 0, 0)],
    ['ZMTP 1.0', bytes(1, 0, 6, 0, 'hello')],
  ])('T82: a greeting of %s: closes', async (_what, first) => {
    const server = await Server.create();
    const client = await server.open();
    await client.peer.write(first);
    await client.peer.expectClose();
    const other = await (await server.open()).handshake();
    await other.say(3, 0, 'other');
    await server.receives('other');
  });
});

describe('CURVE, traffic', () => {
  test('T75: counters 3 and 5: both delivered', async () => {
    const server = await Server.create();
    const client = await (await server.open()).handshake();
    await client.say(3, 0, 'three');
    await client.say(5, 0, 'five');
    await server.receives('three');
    await server.receives('five');
  });

  test.each([
    ['T76: a counter again', [3, 5, 5]],
    ['T76: a counter that is smaller', [5, 4]],
    ["T76: INITIATE's counter", [2]],
    ['counter 0', [0]],
  ])('%s: closes', async (_what, counters) => {
    const server = await Server.create();
    const client = await (await server.open()).handshake();
    for (const counter of counters.slice(0, -1)) {
      await client.say(counter, 0, 'good');
      await server.receives('good');
    }
    await client.say(counters.at(-1) ?? 0, 0, 'bad');
    await server.drops(client);
  });

  test('T77: a bit that was flipped, wherever: closes, no ERROR', async () => {
    const server = await Server.create();
    for (const offset of [8, 15, 16, 31, 32, -1]) {
      const client = await (await server.open()).handshake();
      const body = client.raw.message(3, 0, 'hello');
      const at = offset < 0 ? body.length + offset : offset;
      body[at] = (body[at] ?? 0) ^ 1;
      await client.peer.write(frame(0x00, body));
      await server.drops(client);
    }
  });

  test('a MESSAGE cut short, or of another name: closes', async () => {
    const server = await Server.create();
    for (const change of [
      (body: Buffer) => body.subarray(0, 32),
      (body: Buffer) => body.subarray(0, 10),
      (body: Buffer) => body.subarray(0, 0),
      (body: Buffer) => bytes(7, 'MASSAGE', body.subarray(8)),
    ]) {
      const client = await (await server.open()).handshake();
      await client.peer.write(frame(0x00, change(client.raw.message(3, 0, 'hello'))));
      await server.drops(client);
    }
  });

  test.each([0x00, 0x02, 0x04, 0x06])(
    'T78: MESSAGE in an outer frame of %i: delivered',
    async (outer) => {
      const server = await Server.create();
      const client = await (await server.open()).handshake();
      await client.say(3, 0x01, 'one', outer);
      await client.say(4, 0x00, 'two', outer);
      await server.receives('one', 'two');
    },
  );

  test('inner flags that there are not: closes', async () => {
    const server = await Server.create();
    for (const flags of [0x04, 0x80, 0xfc]) {
      const client = await (await server.open()).handshake();
      await client.say(3, flags, 'hello');
      await server.drops(client);
    }
  });

  test('T79: PING is answered by PONG, both sealed', async () => {
    const client = await (await (await Server.create()).open()).handshake();
    await client.say(3, 0x02, bytes(4, 'PING', 0, 0, 'xyz'));
    expect(await client.hear()).toBe('\x02\x04PONGxyz');
  });

  test('PING, and behind it in one piece what ends the connection: closes, and others are served', async () => {
    const server = await Server.create();
    const client = await (await server.open()).handshake();
    const bodies = [
      client.raw.message(3, 0x02, bytes(4, 'PING', 0, 0, 'xyz')),
      client.raw.message(4, 0x76, ''),
    ];
    await client.peer.write(bytes(...bodies.map((body) => frame(0x00, body))));
    await server.drops(client);
    const other = await (await server.open()).handshake();
    await other.say(3, 0, 'hello');
    await server.receives('hello');
  });

  test.each([
    ['a message', message('hello')],
    ['PING', command('PING', 0, 0)],
    ['READY', ready('PUSH')],
    ['a second INITIATE', command('INITIATE', new Uint8Array(300))],
  ])('T80: %s in clear: closes', async (_what, clear) => {
    const server = await Server.create();
    const client = await (await server.open()).handshake();
    await client.peer.write(clear);
    await server.drops(client);
  });

  test.each([
    [0, '\x00\x01topic', '\x00\x00topic'],
    [1, '\x02\x09SUBSCRIBEtopic', '\x02\x06CANCELtopic'],
  ])('T81: subscriptions for a peer of 3.%i', async (minor, subscription, cancellation) => {
    const server = await Server.create('SUB');
    const socket = server.socket as Subscriber;
    socket.subscribe('topic');
    const client = await (await server.open()).handshake(minor);
    expect(await client.hear()).toBe(subscription);
    socket.unsubscribe('topic');
    expect(await client.hear()).toBe(cancellation);
  });
});
