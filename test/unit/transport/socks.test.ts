/**
 * Connections by way of a SOCKS5 proxy: what it is asked, what it may answer, and what becomes of the bytes behind it.
 *
 * @module
 */
import { once } from 'node:events';
import {
  type AddressInfo,
  connect as connectSocket,
  createServer,
  type Server,
  type Socket as TcpSocket,
} from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type EventOfType,
  type EventType,
  Pull,
  Push,
  Reply,
  Request,
  type Socket,
} from '../../../src/index.ts';
import { freePort, IpcDirectory } from '../../support/peers/endpoints.ts';
import { usePeer } from '../../support/peers/use-peer.ts';

const sockets: Socket[] = [];
const servers: Server[] = [];
const streams: TcpSocket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) await socket[Symbol.asyncDispose]();
  for (const stream of streams.splice(0)) stream.destroy();
  for (const server of servers.splice(0)) server.close();
});

function own<S extends Socket>(socket: S): S {
  sockets.push(socket);
  return socket;
}

/** A server that does with its connections what a test wants, and its address as `host:port`. */
async function listen(serve: (socket: TcpSocket) => unknown, host = '127.0.0.1'): Promise<string> {
  const server = createServer((socket) => {
    streams.push(socket.on('error', () => {}));
    void serve(socket);
  });
  servers.push(server);
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Reads chunk after chunk, and waits for as many bytes as are asked for. */
function reader(socket: TcpSocket): (size: number) => Promise<Buffer> {
  return async (size) => {
    for (;;) {
      const bytes = socket.read(size) as Buffer | null;
      if (bytes !== null) return bytes;
      await once(socket, 'readable');
    }
  };
}

type Asked = { readonly type: number; readonly address: Buffer; readonly port: number };

/** The proxy's side up to the request: what the client wants. */
async function hearRequest(socket: TcpSocket): Promise<Asked> {
  const read = reader(socket);
  expect([...(await read(3))]).toEqual([5, 1, 0]);
  socket.write(Buffer.of(5, 0));
  const [version, command, reserved, type = 0] = await read(4);
  expect([version, command, reserved]).toEqual([5, 1, 0]);
  const size = { 1: 4, 4: 16 }[type] ?? (await read(1))[0] ?? 0;
  const address = await read(size);
  return { type, address, port: (await read(2)).readUInt16BE() };
}

const GRANTED = Buffer.of(5, 0, 0, 1, 127, 0, 0, 1, 4, 56);

/** A proxy that knows one peer and connects everybody to it. */
class Proxy {
  readonly asked: Asked[] = [];
  /** What it says first, for each request in turn; the last for all that follow. */
  replies: Buffer[] = [GRANTED];
  address = '';
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  async start(host?: string): Promise<this> {
    this.address = await listen(async (socket) => {
      this.asked.push(await hearRequest(socket));
      const reply = (this.replies.length > 1 ? this.replies.shift() : this.replies[0]) as Buffer;
      if (reply[1] !== 0) {
        socket.end(reply);
        return;
      }
      const peer = connectSocket(this.#port, '127.0.0.1').on('error', () => {});
      streams.push(peer);
      socket.write(reply);
      socket.pipe(peer);
      peer.pipe(socket);
    }, host);
    return this;
  }
}

function portOf(socket: Socket): number {
  return Number(socket.lastEndpoint?.split(':').pop());
}

async function boundReply(): Promise<Reply> {
  const rep = own(new Reply());
  await rep.bind('tcp://127.0.0.1:*');
  return rep;
}

async function converse(req: Request, rep: Reply): Promise<void> {
  const reply = req.request('through', { timeout: 5000 });
  expect(String(await rep.receive())).toBe('through');
  await rep.send('and back');
  expect(String(await reply)).toBe('and back');
}

async function eventOf(socket: Socket, wanted: EventType): Promise<void> {
  for await (const { type } of socket.events) if (type === wanted) return;
}

/** The next event that says that an attempt has failed, and that another one follows. */
async function failure(socket: Socket): Promise<EventOfType<'close'>> {
  let closed: EventOfType<'close'> | undefined;
  for await (const event of socket.events) {
    expect(event.type).not.toBe('connect');
    if (event.type === 'close') closed = event;
    if (event.type === 'connect:retry' && closed !== undefined) return closed;
  }
  throw new Error('no failure');
}

describe('what the proxy is asked', () => {
  test.each([
    ['tcp://peer.example.invalid:5555', 3, Buffer.from('peer.example.invalid'), 5555],
    ['tcp://127.0.0.9:65535', 1, Buffer.of(127, 0, 0, 9), 65_535],
    ['tcp://[::1]:1', 4, Buffer.from(`${'00'.repeat(15)}01`, 'hex'), 1],
    ['tcp://[2001:db8::a:0:1]:258', 4, Buffer.from('20010db8000000000000000a00000001', 'hex'), 258],
    ['tcp://[1:2:3:4:5:6:7:8]:9', 4, Buffer.from('00010002000300040005000600070008', 'hex'), 9],
    ['tcp://[::]:9', 4, Buffer.alloc(16), 9],
    ['tcp://[fe80::%eth0]:9', 4, Buffer.from(`fe80${'00'.repeat(14)}`, 'hex'), 9],
    ['tcp://[::ffff:1.2.3.4]:9', 4, Buffer.from(`${'00'.repeat(10)}ffff01020304`, 'hex'), 9],
  ])('%s', async (endpoint, type, address, port) => {
    const rep = await boundReply();
    const proxy = await new Proxy(portOf(rep)).start();
    const req = own(new Request({ socksProxy: proxy.address }));
    req.connect(endpoint);
    await converse(req, rep);
    expect(proxy.asked).toEqual([{ type, address, port }]);
  });

  test('is asked anew for each connection', async () => {
    const rep = await boundReply();
    const proxy = await new Proxy(portOf(rep)).start();
    const req = own(new Request({ socksProxy: proxy.address, reconnectInterval: 1 }));
    req.connect('tcp://peer.invalid:1');
    await converse(req, rep);
    const lost = eventOf(req, 'disconnect');
    for (const stream of streams) stream.destroy();
    await lost;
    await eventOf(req, 'handshake');
    await converse(req, rep);
    expect(proxy.asked.length).toBe(2);
  });

  test('the option as it is at connect counts', async () => {
    const rep = await boundReply();
    const proxy = await new Proxy(portOf(rep)).start();
    const req = own(new Request());
    req.connect(rep.lastEndpoint ?? '');
    req.socksProxy = proxy.address;
    await converse(req, rep);
    expect(proxy.asked).toEqual([]);
  });

  test('nothing, for ipc', async () => {
    using directory = new IpcDirectory();
    const endpoint = directory.next();
    const rep = own(new Reply());
    await rep.bind(endpoint);
    const req = own(new Request({ socksProxy: '127.0.0.1:1' }));
    req.connect(endpoint);
    await converse(req, rep);
  });
});

test('the proxy may have a name, and the events are about the peer', async () => {
  const rep = await boundReply();
  const proxy = await new Proxy(portOf(rep)).start();
  const req = own(new Request({ socksProxy: proxy.address.replace('127.0.0.1', 'localhost') }));
  const { events } = req;
  req.connect('tcp://peer.invalid:5555');
  await converse(req, rep);
  expect(await events.receive()).toMatchObject({ type: 'connect:delay' });
  expect(await events.receive()).toMatchObject({
    type: 'connect',
    address: 'tcp://peer.invalid:5555',
    peer: { address: 'tcp://peer.invalid:5555' },
  });
});

test('a source address is where the proxy sees us', async () => {
  const rep = await boundReply();
  const proxy = await new Proxy(portOf(rep)).start();
  const req = own(new Request({ socksProxy: proxy.address }));
  req.connect('tcp://127.0.0.7:*;peer.invalid:5555');
  await converse(req, rep);
  expect(streams.map(({ remoteAddress }) => remoteAddress)).toContain('127.0.0.7');
  expect(proxy.asked).toMatchObject([{ address: Buffer.from('peer.invalid'), port: 5555 }]);
});

describe('the reply', () => {
  test.each([
    ['IPv4', GRANTED],
    ['IPv6', Buffer.from(`05000004${'00'.repeat(16)}1f90`, 'hex')],
    ['a name', Buffer.from('0500000304686f73741f90', 'hex')],
    ['an empty name', Buffer.from('05000003001f90', 'hex')],
  ])('may name %s', async (_, reply) => {
    const rep = await boundReply();
    const proxy = await new Proxy(portOf(rep)).start();
    proxy.replies = [reply];
    const req = own(new Request({ socksProxy: proxy.address }));
    req.connect('tcp://peer.invalid:1');
    await converse(req, rep);
  });

  /** A peer's half of a conversation: what it says to a PULL that does not wait for anything. */
  async function spokenByPush(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    const address = await listen((socket) => {
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      const greeting = Buffer.alloc(64);
      greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 1]);
      greeting.write('NULL', 12);
      const name = Buffer.from('\x0bSocket-Type\0\0\0\x04PULL', 'latin1');
      const ready = Buffer.concat([Buffer.from('\x05READY'), name]);
      socket.write(Buffer.concat([greeting, Buffer.of(4, ready.length), ready]));
    });
    const push = own(new Push());
    push.connect(`tcp://${address}`);
    await push.send('first');
    await push.send(['second', 'x'.repeat(100_000)]);
    while (Buffer.concat(chunks).length < 100_000 + 64 + 40) {
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
    }
    return Buffer.concat(chunks);
  }

  async function receiveAll(pull: Pull): Promise<string[]> {
    const [first] = await pull.receive();
    const [second, large] = await pull.receive();
    return [String(first), String(second), String(large?.length)];
  }
  const ALL = ['first', 'second', '100000'];

  test('may come in one piece with what the peer says', async () => {
    const spoken = await spokenByPush();
    const proxy = await listen(async (socket) => {
      await hearRequest(socket);
      socket.write(Buffer.concat([GRANTED, spoken]));
    });
    const pull = own(new Pull({ socksProxy: proxy }));
    pull.connect('tcp://peer.invalid:1');
    expect(await receiveAll(pull)).toEqual(ALL);
  });

  test('may come with all that precedes and follows it', async () => {
    const spoken = await spokenByPush();
    const proxy = await listen((socket) => {
      socket.resume().write(Buffer.concat([Buffer.of(5, 0), GRANTED, spoken]));
    });
    const pull = own(new Pull({ socksProxy: proxy }));
    pull.connect('tcp://peer.invalid:1');
    expect(await receiveAll(pull)).toEqual(ALL);
  });

  test('may come byte by byte', async () => {
    const spoken = await spokenByPush();
    const proxy = await listen(async (socket) => {
      socket.setNoDelay(true).resume();
      const slow = Buffer.concat([Buffer.of(5, 0), GRANTED, spoken.subarray(0, 80)]);
      for (const byte of slow) {
        socket.write(Buffer.of(byte));
        await new Promise((resolve) => {
          setTimeout(resolve, 1);
        });
      }
      socket.write(spoken.subarray(80));
    });
    const pull = own(new Pull({ socksProxy: proxy }));
    pull.connect('tcp://peer.invalid:1');
    expect(await receiveAll(pull)).toEqual(ALL);
  });
});

describe('a proxy that refuses is reported, and asked again', () => {
  test.each([
    [1, 'ECONNREFUSED', 'SOCKS proxy: general failure'],
    [2, 'EACCES', 'SOCKS proxy: connection not allowed by ruleset'],
    [3, 'ENETUNREACH', 'SOCKS proxy: network unreachable'],
    [4, 'EHOSTUNREACH', 'SOCKS proxy: host unreachable'],
    [5, 'ECONNREFUSED', 'SOCKS proxy: connection refused'],
    [6, 'ETIMEDOUT', 'SOCKS proxy: TTL expired'],
    [7, 'ENOTSUP', 'SOCKS proxy: command not supported'],
    [8, 'EAFNOSUPPORT', 'SOCKS proxy: address type not supported'],
    [99, 'ECONNREFUSED', 'SOCKS proxy: reply 99'],
  ])('reply %i', async (reply, code, reason) => {
    const rep = await boundReply();
    const proxy = await new Proxy(portOf(rep)).start();
    proxy.replies = [Buffer.of(5, reply, 0, 1, 0, 0, 0, 0, 0, 0), GRANTED];
    const req = own(new Request({ socksProxy: proxy.address, reconnectInterval: 1 }));
    const failed = failure(req);
    req.connect('tcp://peer.invalid:1');
    expect(await failed).toMatchObject({
      address: 'tcp://peer.invalid:1',
      cause: { code, errno: expect.any(Number) },
      reason,
    });
    await converse(req, rep);
    expect(proxy.asked.length).toBe(2);
  });
});

describe('a proxy that', () => {
  const garbled = (what: string): string => `SOCKS proxy: it does not speak SOCKS5: ${what}`;
  const METHOD = Buffer.of(5, 0);

  test.each([
    ['hangs up', [], 'ECONNRESET', 'SOCKS proxy: it hung up'],
    ['hangs up in its first answer', [Buffer.of(5)], 'ECONNRESET', 'SOCKS proxy: it hung up'],
    ['hangs up after it', [METHOD], 'ECONNRESET', 'SOCKS proxy: it hung up'],
    [
      'hangs up in its reply',
      [METHOD, GRANTED.subarray(0, 6)],
      'ECONNRESET',
      'SOCKS proxy: it hung up',
    ],
    [
      'hangs up in a name',
      [METHOD, Buffer.of(5, 0, 0, 3, 9, 1)],
      'ECONNRESET',
      'SOCKS proxy: it hung up',
    ],
    ['wants a password', [Buffer.of(5, 0xff)], 'EACCES', 'SOCKS proxy: it asks for authentication'],
    [
      'insists on a password',
      [Buffer.of(5, 2)],
      'EACCES',
      'SOCKS proxy: it asks for authentication',
    ],
    ['speaks SOCKS4', [Buffer.of(0, 90)], 'EPROTO', garbled('version 0 in place of 5')],
    [
      'speaks HTTP',
      [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
      'EPROTO',
      garbled('version 72 in place of 5'),
    ],
    [
      'changes its version',
      [METHOD, Buffer.of(4, 0, 0, 1)],
      'EPROTO',
      garbled('version 4 in place of 5'),
    ],
    [
      'names what is no address',
      [METHOD, Buffer.of(5, 0, 0, 2, 0)],
      'EPROTO',
      garbled('an address of type 2'),
    ],
  ])('%s', async (_, answers, code, reason) => {
    let connections = 0;
    const proxy = await listen((socket) => {
      connections++;
      socket.resume();
      for (const answer of answers) socket.write(answer);
      socket.end();
    });
    const req = own(new Request({ socksProxy: proxy, reconnectInterval: 1 }));
    req.connect('tcp://peer.invalid:1');
    for (let round = 0; round < 3; round++) {
      expect(await failure(req)).toMatchObject({ cause: { code }, reason });
    }
    expect(connections).toBeGreaterThanOrEqual(3);
  });

  test('is not there', async () => {
    const req = own(new Request({ socksProxy: `127.0.0.1:${await freePort()}` }));
    const failed = failure(req);
    req.connect('tcp://peer.invalid:1');
    expect((await failed).cause).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test.each([
    ['says nothing', [], { connectTimeout: 20 }],
    ['stops half-way', [METHOD, GRANTED.subarray(0, 5)], { connectTimeout: 20 }],
    ['says nothing, for as long as a handshake may take', [], { handshakeInterval: 20 }],
  ])('%s', async (_, answers, limit) => {
    const closed: Promise<unknown>[] = [];
    const proxy = await listen((socket) => {
      closed.push(once(socket.resume(), 'close'));
      for (const answer of answers) socket.write(answer);
    });
    const req = own(new Request({ ...limit, socksProxy: proxy, reconnectInterval: 1 }));
    req.connect('tcp://peer.invalid:1');
    for (let round = 0; round < 2; round++) {
      expect(await failure(req)).toMatchObject({
        cause: { code: 'ETIMEDOUT', detail: 'no connection within 20 ms' },
        reason: 'Connection timed out',
      });
    }
    await closed[0];
  });

  test('is silent lets go of who disconnects', async () => {
    const req = own(new Request());
    const closed = new Promise<void>((resolve) => {
      void listen(async (socket) => {
        socket.on('close', resolve);
        await hearRequest(socket);
        req.disconnect('tcp://peer.invalid:1');
      }).then((proxy) => {
        req.socksProxy = proxy;
        req.connect('tcp://peer.invalid:1');
      });
    });
    await closed;
  });
});

test('a name that is too long for SOCKS5 is no reason to ask', async () => {
  const proxy = await new Proxy(1).start();
  const req = own(new Request({ socksProxy: proxy.address }));
  const failed = failure(req);
  req.connect(`tcp://${'x'.repeat(256)}:1`);
  expect(await failed).toMatchObject({
    cause: { code: 'EINVAL' },
    reason: 'SOCKS proxy: a name has at most 255 bytes',
  });
  expect(proxy.asked).toEqual([]);
});

describe.each(['zeromq', 'pyzmq'] as const)('%s behind the proxy', (kind) => {
  const peer = usePeer(kind);

  test('serves', async () => {
    await using rep = await peer().open('REP');
    const port = Number((await rep.bind('tcp://127.0.0.1:*')).split(':').pop());
    const proxy = await new Proxy(port).start();
    const req = own(new Request({ socksProxy: proxy.address }));
    req.connect('tcp://server.invalid:5555');
    const served = rep.serve(3);
    for (const text of ['a', 'b'.repeat(300), 'c'.repeat(200_000)]) {
      expect(String(await req.request(text, { timeout: 5000 }))).toBe(text);
    }
    await served;
    expect(proxy.asked).toEqual([{ type: 3, address: Buffer.from('server.invalid'), port: 5555 }]);
  });
});
