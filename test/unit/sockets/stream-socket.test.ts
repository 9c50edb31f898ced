import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { Context, Pull, type Socket, Stream, type SocketOptions } from '../../../src/index.ts';
import { turn } from '../../../src/testing/turn.ts';
import { RawListener, RawPeer } from '../../support/raw-peer.ts';
import { own, watchProcess } from '../../support/watch.ts';
import { endpointOf, errorOf, eventOf, open, stateOf } from './conversation.ts';

watchProcess();

/** A value of a type that the compiler would not let through. */
function alien(value: unknown): never {
  return value as never;
}

async function bindStream(options: SocketOptions<Stream> = {}): Promise<Stream> {
  const stream = open(Stream, options);
  await stream.bind('tcp://127.0.0.1:*');
  return stream;
}

async function connectRaw(socket: Socket): Promise<RawPeer> {
  return own(await RawPeer.connect(endpointOf(socket)));
}

/** Receives news of a connection; answers with the routing id. */
async function receiveNews(stream: Stream): Promise<Buffer> {
  const [id, bytes] = await stream.receive();
  expect(bytes).toHaveLength(0);
  return id;
}

/** Receives from one peer until `count` bytes are there. */
async function receiveBytes(stream: Stream, id: Buffer, count: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let left = count; left > 0; ) {
    const [from, bytes] = await stream.receive();
    expect(from).toEqual(id);
    expect(bytes.length).toBeGreaterThan(0);
    chunks.push(bytes);
    left -= bytes.length;
  }
  return Buffer.concat(chunks);
}

describe('a connection that is accepted', () => {
  test('is news at its beginning and its end, and bytes in between', async () => {
    const stream = await bindStream();
    const peer = await connectRaw(stream);
    const id = await receiveNews(stream);
    expect([id.length, id[0]]).toEqual([5, 0]);
    await peer.write(Buffer.from('hello'));
    expect(String(await receiveBytes(stream, id, 5))).toBe('hello');
    await stream.send([id, 'good ']);
    await stream.send([id, 'bye']);
    await peer.expect(Buffer.from('good bye'));
    expect(peer.receivedBytes, 'no greeting').toBe(8);
    peer.end();
    expect(await receiveNews(stream)).toEqual(id);
    expect(await errorOf(stream.send([id, 'x']))).toMatchObject({ code: 'EHOSTUNREACH' });
  });

  test('has bytes only without notify', async () => {
    const stream = await bindStream({ notify: false });
    const { events } = stream;
    const first = await connectRaw(stream);
    await first.write(Buffer.from('a'));
    first.end();
    await eventOf(events, 'disconnect');
    const second = await connectRaw(stream);
    await second.write(Buffer.from('b'));
    const seen: string[] = [];
    for (let i = 0; i < 2; i++) seen.push(String((await stream.receive())[1]));
    expect(seen).toEqual(['a', 'b']);
    expect(await stateOf(stream.receive())).toBe('pending');
  });

  test('is known by an id of its own', async () => {
    const stream = await bindStream();
    const peers: { peer: RawPeer; id: Buffer }[] = [];
    for (let i = 0; i < 5; i++) {
      const peer = await connectRaw(stream);
      peers.push({ peer, id: await receiveNews(stream) });
    }
    expect(new Set(peers.map(({ id }) => id.toString('hex'))).size).toBe(5);
    for (const [index, { peer, id }] of peers.entries()) {
      await stream.send([id, `to ${index}`]);
      await peer.expect(Buffer.from(`to ${index}`));
      await peer.write(Buffer.from(`from ${index}`));
      expect(String(await receiveBytes(stream, id, 6))).toBe(`from ${index}`);
    }
  });

  test('is ended by an empty frame, when what was sent before has left', async () => {
    const stream = await bindStream();
    const { events } = stream;
    const peer = await connectRaw(stream);
    const id = await receiveNews(stream);
    const large = Buffer.alloc(8_000_000, 'x');
    await stream.send([id, large]);
    await stream.send([id, '']);
    expect((await peer.read(large.length)).equals(large)).toBe(true);
    await peer.expectClose();
    expect(await eventOf(events, 'disconnect')).not.toHaveProperty('error');
    expect(await errorOf(stream.send([id, 'x']))).toMatchObject({ code: 'EHOSTUNREACH' });
    expect(await stateOf(stream.receive()), 'that is no news').toBe('pending');
  });

  test('that breaks is news, behind what it had sent', async () => {
    const stream = await bindStream();
    const peer = await connectRaw(stream);
    const id = await receiveNews(stream);
    await peer.write(Buffer.from('last words'));
    expect(String(await receiveBytes(stream, id, 10))).toBe('last words');
    peer.reset();
    expect(await receiveNews(stream)).toEqual(id);
  });

  test('is told to the monitor, and has no handshake', async () => {
    const stream = await bindStream();
    const { events } = stream;
    const peer = await connectRaw(stream);
    const accepted = await events.receive();
    expect(accepted).toMatchObject({
      type: 'accept',
      address: endpointOf(stream),
      peer: { address: peer.localEndpoint },
    });
    peer.end();
    expect(await events.receive()).toMatchObject({ type: 'disconnect' });
  });

  test('ends with the socket, and what was sent leaves', async () => {
    const stream = await bindStream({ linger: -1 });
    const peer = await connectRaw(stream);
    const id = await receiveNews(stream);
    await stream.send([id, 'x'.repeat(1_000_000)]);
    stream.close();
    await peer.read(1_000_000);
    await peer.expectClose();
  });
});

describe('a connection that is made', () => {
  test('is news at its beginning and its end, each time', async () => {
    const listener = own(await RawListener.listen());
    const stream = open(Stream);
    stream.connect(listener.endpoint);
    let id: Buffer | undefined;
    for (let i = 0; i < 3; i++) {
      const peer = own(await listener.accept());
      const now = await receiveNews(stream);
      id ??= now;
      expect(now, 'it is the same endpoint').toEqual(id);
      await peer.write(Buffer.from(`${i}`));
      expect(String(await receiveBytes(stream, id, 1))).toBe(`${i}`);
      await stream.send([id, 'answer']);
      await peer.expect(Buffer.from('answer'));
      peer.end();
      expect(await receiveNews(stream)).toEqual(id);
    }
  });

  test('can be sent to by the name that it is given, before it is there', async () => {
    const listener = own(await RawListener.listen());
    const stream = open(Stream);
    stream.connect(listener.endpoint, { routingId: 'server' });
    await stream.send(['server', 'early']);
    const peer = own(await listener.accept());
    await peer.expect(Buffer.from('early'));
    expect(String(await receiveNews(stream))).toBe('server');
    await peer.write(Buffer.from('x'));
    expect((await stream.receive()).map(String)).toEqual(['server', 'x']);
  });

  test('is not made again when we have ended it', async () => {
    const listener = own(await RawListener.listen());
    const stream = open(Stream);
    stream.connect(listener.endpoint, { routingId: 'server' });
    const peer = own(await listener.accept());
    await receiveNews(stream);
    await stream.send(['server', 'x']);
    await stream.send(['server', '']);
    await peer.expect(Buffer.from('x'));
    await peer.expectClose();
    expect(await errorOf(stream.send(['server', 'x']))).toMatchObject({ code: 'EHOSTUNREACH' });
    expect(() => stream.disconnect(listener.endpoint)).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
    expect(listener.connections).toBe(1);
  });

  test('may have a name that nobody else has', () => {
    const stream = open(Stream);
    stream.connect('tcp://127.0.0.1:1', { routingId: 'x' });
    expect(() => stream.connect('tcp://127.0.0.1:2', { routingId: 'x' })).toThrow(
      expect.objectContaining({ code: 'EADDRINUSE', address: 'tcp://127.0.0.1:2' }),
    );
    for (const routingId of ['\0', 'x'.repeat(256), 5]) {
      expect(() => stream.connect('tcp://127.0.0.1:2', { routingId: alien(routingId) })).toThrow(
        expect.objectContaining({ code: 'EINVAL' }),
      );
    }
    stream.disconnect('tcp://127.0.0.1:1');
    stream.connect('tcp://127.0.0.1:2', { routingId: 'x' });
  });

  test('between two of them carries whatever they like', async () => {
    const [server, client] = [await bindStream(), open(Stream)];
    client.connect(endpointOf(server), { routingId: 'server' });
    const id = await receiveNews(server);
    await receiveNews(client);
    await client.send(['server', Buffer.of(0xff, 0, 1)]);
    expect(await receiveBytes(server, id, 3)).toEqual(Buffer.of(0xff, 0, 1));
    await server.send([id, Buffer.of(1, 2)]);
    expect(await receiveBytes(client, Buffer.from('server'), 2)).toEqual(Buffer.of(1, 2));
  });

  test('over ipc is the same', async () => {
    const [server, client] = [open(Stream), open(Stream)];
    await server.bind('ipc://*');
    client.connect(endpointOf(server), { routingId: 'server' });
    const id = await receiveNews(server);
    await client.send(['server', 'hello']);
    expect(String(await receiveBytes(server, id, 5))).toBe('hello');
    client.close();
    expect(await receiveNews(server)).toEqual(id);
  });
});

describe('a message', () => {
  test.each([['x'], [['x']], [['x', 'y', 'z']], [['x', '', '']]])('%o is none', async (message) => {
    const stream = await bindStream();
    expect(await errorOf(stream.send(alien(message)))).toMatchObject({ code: 'EINVAL' });
  });

  test('to an id that nobody has is EHOSTUNREACH', async () => {
    const stream = open(Stream);
    expect(stream.writable).toBe(true);
    expect(await errorOf(stream.send(['nobody', 'x']))).toMatchObject({
      name: 'ZmtpError',
      code: 'EHOSTUNREACH',
    });
    expect(await errorOf(stream.send(['nobody', '']))).toMatchObject({ code: 'EHOSTUNREACH' });
  });

  test('has no more bytes than maxMessageSize says', async () => {
    const stream = await bindStream({ maxMessageSize: 4 });
    const peer = await connectRaw(stream);
    const id = await receiveNews(stream);
    await peer.write(Buffer.from('abcdefghij'));
    const seen: string[] = [];
    while (seen.join('').length < 10) {
      const [from, bytes] = await stream.receive();
      expect(from).toEqual(id);
      expect(bytes.length).toBeLessThanOrEqual(4);
      seen.push(String(bytes));
    }
    expect(seen.join('')).toBe('abcdefghij');
    expect(peer.closed).toBeUndefined();
  });

  test('waits while the peer takes nothing', async () => {
    const stream = await bindStream({ sendHighWaterMark: 1 });
    const peer = await connectRaw(stream);
    const id = await receiveNews(stream);
    peer.pause();
    const chunk = Buffer.alloc(1_000_000, 'x');
    let sent = 0;
    let blocked: Promise<void> | undefined;
    while (blocked === undefined && sent < 200) {
      const sending = stream.send([id, chunk]);
      await turn();
      if ((await stateOf(sending)) === 'pending') blocked = sending;
      sent++;
    }
    expect(blocked, 'the buffers of the system are smaller').toBeDefined();
    expect(await errorOf(stream.send([id, 'x'], { timeout: 0 }))).toMatchObject({ code: 'EAGAIN' });
    peer.resume();
    await blocked;
    await peer.read(sent * chunk.length);
  });

  test('is not read while the program takes nothing, and none is lost', async () => {
    const stream = await bindStream({ receiveHighWaterMark: 1 });
    const peer = await connectRaw(stream);
    const id = await receiveNews(stream);
    const total = 50_000_000;
    let isWritten = false;
    const writing = peer.flood(Buffer.alloc(1_000_000, 'x'), total).then(() => {
      isWritten = true;
      peer.end();
    });
    await turn();
    await turn();
    expect(isWritten).toBe(false);
    expect(await receiveBytes(stream, id, total)).toHaveLength(total);
    await writing;
    expect(await receiveNews(stream)).toEqual(id);
  });
});

describe('what speaks no ZMTP', () => {
  test('can be served', async () => {
    const stream = await bindStream();
    const answered = new Promise<string>((resolve, reject) => {
      get(endpointOf(stream).replace('tcp:', 'http:'), { agent: false }, (response) => {
        response.setEncoding('utf8');
        let body = '';
        response.on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('end', () => resolve(body));
      }).on('error', reject);
    });
    const id = await receiveNews(stream);
    const [, request] = await stream.receive();
    expect(String(request)).toMatch(/^GET \/ HTTP\/1.1\r\n/);
    await stream.send([id, 'HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nHello, World!']);
    await stream.send([id, null]);
    expect(await answered).toBe('Hello, World!');
  });

  test('can be asked', async () => {
    const server = createServer((_request, response) => response.end('Hello, World!'));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    own({ close: () => server.close() });
    const stream = open(Stream);
    const { port } = server.address() as AddressInfo;
    stream.connect(`tcp://127.0.0.1:${port}`, { routingId: 'server' });
    await stream.send(['server', 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n']);
    await receiveNews(stream);
    let answer = '';
    for (;;) {
      const [, bytes] = await stream.receive();
      if (bytes.length === 0) break;
      answer += String(bytes);
    }
    expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*Hello, World!/);
  });
});

describe('a STREAM socket', () => {
  test('has nobody to talk to over inproc', async () => {
    const stream = open(Stream, { context: new Context() });
    const address = 'inproc://name';
    const expected = { code: 'ENOCOMPATPROTO', address };
    expect(await errorOf(stream.bind(address))).toMatchObject(expected);
    for (const call of ['bindSync', 'connect'] as const) {
      expect(await errorOf(() => stream[call](address))).toMatchObject(expected);
    }
    expect(stream.lastEndpoint).toBeNull();
  });

  test('is no peer for a socket that speaks ZMTP', async () => {
    const pull = open(Pull, { handshakeInterval: 0 });
    await pull.bind('tcp://127.0.0.1:*');
    const { events } = pull;
    const stream = open(Stream);
    stream.connect(endpointOf(pull), { routingId: 'pull' });
    await stream.send(['pull', 'GET / HTTP/1.1\r\n\r\n']);
    expect(await eventOf(events, 'handshake:error:protocol')).toMatchObject({
      address: endpointOf(pull),
    });
  });
});
