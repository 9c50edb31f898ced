/**
 * Peers that do not come to the end of TLS's handshake, or speak something else, or have another TLS than this package.
 *
 * @module
 */
import { once } from 'node:events';
import {
  connect as connectTcp,
  createServer,
  type Server,
  type Socket as TcpSocket,
} from 'node:net';
import type { AddressInfo } from 'node:net';
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Pull, Push, Request, type Socket, Stream } from '../../../src/index.ts';
import { issue } from '../../support/certificates.ts';
import { watch, within } from '../../support/peers/events.ts';
import { bytes, greeting, message, ready } from '../../../src/testing/raw-bytes.ts';
import {
  boundReply,
  type Cast,
  connectedRequest,
  converse,
  failure,
  makeCast,
  portOf,
  servesOn,
  trusting,
} from '../../support/tls.ts';
import { own, watchProcess } from '../../support/watch.ts';

watchProcess();

let cast: Cast;
beforeAll(async () => {
  cast = await makeCast();
});

const open: (Server | TcpSocket)[] = [];
afterEach(() => {
  for (const each of open.splice(0)) {
    if ('destroy' in each) each.destroy();
    else each.close();
  }
});

/** Closes a raw socket or server after the test; what befalls it meanwhile is no matter. */
function raw<S extends Server | TcpSocket>(socket: S): S {
  open.push(socket.on('error', () => {}));
  return socket;
}

/** Resolves when nothing is left of the connection. */
async function gone(socket: TcpSocket): Promise<void> {
  socket.resume();
  const closed = new Promise<void>((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
  await within(5000, 'the connection to end', closed);
}

async function listen(server: Server): Promise<string> {
  raw(server).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `tls://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a peer of a bound socket', () => {
  /** The first bytes that a client of TLS says. */
  async function clientHello(): Promise<Buffer> {
    const server = createServer();
    await listen(server);
    const { port } = server.address() as AddressInfo;
    const accepted = once(server, 'connection');
    raw(connectTls({ port, host: '127.0.0.1' }));
    const [socket] = (await accepted) as [TcpSocket];
    const [hello] = (await once(raw(socket), 'data')) as [Buffer];
    return hello;
  }

  const connectRaw = (to: Socket): TcpSocket => raw(connectTcp(portOf(to), '127.0.0.1'));

  test.each([
    ['ZMTP in clear', greeting()],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    [
      'a record of 16 KiB of nothing',
      Buffer.concat([Buffer.of(22, 3, 1, 64, 0), Buffer.alloc(16_384)]),
    ],
  ])('that says %s is sent away', async (_, text) => {
    const rep = await boundReply(cast.server);
    const ended = failure(rep);
    const socket = connectRaw(rep);
    socket.write(text);
    expect(await ended).toMatch(/^ERR_SSL_/);
    await gone(socket);
    await servesOn(rep, trusting(cast));
  });

  test.each(['nothing', 'half a hello'])('that says %s has its time', async (text) => {
    const rep = await boundReply(cast.server, { handshakeInterval: 100 });
    const ended = failure(rep);
    const socket = connectRaw(rep);
    if (text !== 'nothing') socket.write((await clientHello()).subarray(0, 100));
    expect(await ended).toBe('ETIMEDOUT');
    await gone(socket);
    await servesOn(rep, trusting(cast));
  });

  test.each(['end', 'resetAndDestroy'] as const)(
    'that goes amid its hello (%s) is gone',
    async (how) => {
      const rep = await boundReply(cast.server);
      const ended = failure(rep);
      const hello = await clientHello();
      const socket = connectRaw(rep);
      await once(socket, 'connect');
      socket.write(hello.subarray(0, 100), () => socket[how]());
      expect(await ended).toMatch(/^ECONNRESET$|^ERR_SSL_/);
      await gone(socket);
      await servesOn(rep, trusting(cast));
    },
  );

  test('is one of those whose number is limited', async () => {
    const rep = await boundReply(cast.server, { maxPendingHandshakes: 2 });
    const events = watch(rep);
    const first = connectRaw(rep);
    await once(first, 'connect');
    const others = [connectRaw(rep), connectRaw(rep)];
    const { reason } = await events.next('handshake:error:other');
    expect(reason).toContain('maxPendingHandshakes');
    await gone(first);
    expect(others.map(({ closed }) => closed)).toEqual([false, false]);
    await servesOn(rep, trusting(cast));
  });

  test('that is one too many is sent away, and harms nobody', async () => {
    const rep = await boundReply(cast.server, { maxConnections: 1 });
    const req = connectedRequest(rep, trusting(cast));
    await converse(req, rep);
    const events = watch(rep);
    const socket = connectRaw(rep);
    socket.write(await clientHello());
    expect((await events.next('accept:error')).reason).toContain('maxConnections');
    await gone(socket);
    await converse(req, rep);
  });

  test('is no news for a STREAM before it has shown who it is', async () => {
    const stream = own(
      new Stream({
        handshakeInterval: 200,
        tls: { ...trusting(cast, cast.server), requestCert: true },
      }),
    );
    const ended = failure(stream);
    await stream.bind('tls://127.0.0.1:*');
    const silent = connectRaw(stream);
    expect(await ended).toBe('ETIMEDOUT');
    await gone(silent);
    const anonymous = raw(
      connectTls({ port: portOf(stream), host: '127.0.0.1', ca: cast.authority.cert }),
    );
    anonymous.write('let me in');
    await gone(anonymous);
    expect(stream.readable).toBe(false);
  });

  test('may have any TLS, and speaks ZMTP inside', async () => {
    const pull = own(new Pull({ tls: cast.server }));
    await pull.bind('tls://127.0.0.1:*');
    const socket = raw(
      connectTls({ port: portOf(pull), host: '127.0.0.1', ca: cast.authority.cert }),
    );
    socket.write(bytes(greeting(), ready('PUSH'), message('one'), message('two', '')));
    expect(String(await pull.receive())).toBe('one');
    expect((await pull.receive()).map(String)).toEqual(['two', '']);
    const ended = watch(pull).next('disconnect');
    socket.end();
    expect(await ended).not.toHaveProperty('cause');
  });

  test('whose bytes are changed on their way is cut off', async () => {
    const pull = own(new Pull({ tls: cast.server }));
    await pull.bind('tls://127.0.0.1:*');
    let isEvil = false;
    const relay = createServer((inner) => {
      const outer = connectRaw(pull);
      raw(inner).on('data', (chunk: Buffer) => {
        if (isEvil) chunk[chunk.length - 1] = (chunk.at(-1) ?? 0) ^ 1;
        outer.write(chunk);
      });
      outer.on('data', (chunk) => inner.write(chunk));
      outer.on('close', () => inner.destroy());
    });
    const push = own(new Push({ tls: trusting(cast), reconnectInterval: -1 }));
    const events = watch(pull);
    push.connect(await listen(relay));
    await push.send('good');
    expect(String(await pull.receive())).toBe('good');
    isEvil = true;
    await push.send('bad');
    const { cause } = await events.next('disconnect');
    expect(cause?.code).toMatch(/^ERR_SSL_.*BAD_RECORD_MAC$/);
    expect(pull.readable).toBe(false);
  });
});

describe('what a socket connects to', () => {
  test('may have any TLS, and speaks ZMTP inside', async () => {
    const server = createTlsServer(cast.server);
    const accepted = once(server, 'secureConnection');
    const push = own(new Push({ tls: trusting(cast) }));
    push.connect(await listen(server));
    const [socket] = (await accepted) as [TLSSocket];
    raw(socket).write(bytes(greeting(), ready('PULL')));
    await push.send(['a', 'b']);
    const expected = bytes(ready('PUSH'), message('a', 'b'));
    let heard = Buffer.alloc(0);
    while (heard.length < 64 + expected.length) {
      heard = Buffer.concat([heard, ((await once(socket, 'data')) as [Buffer])[0]]);
    }
    expect(heard.subarray(64)).toEqual(Buffer.from(expected));
  });

  test.each([
    ['speaks ZMTP in clear', (socket: TcpSocket) => socket.write(greeting()), /^ERR_SSL_/],
    ['hangs up', (socket: TcpSocket) => socket.end(), /^ECONNRESET$/],
  ])('and %s is asked again', async (_, serve, code) => {
    let count = 0;
    const server = createServer((socket) => {
      count++;
      raw(socket).once('data', () => serve(socket));
    });
    const req = connectedRequest(await listen(server), trusting(cast));
    const events = watch(req);
    expect((await events.next('handshake:error:other')).error.code).toMatch(code);
    await events.next('connect:retry');
    await events.next('handshake:error:other');
    expect(count).toBe(2);
  });

  test('and is silent is given up in time, and holds up no close', async () => {
    const server = createServer((socket) => raw(socket).resume());
    const accepted = once(server, 'connection');
    const options = { tls: trusting(cast), handshakeInterval: 100 };
    const [req, patient] = [own(new Request(options)), new Request({ tls: options.tls })];
    const address = await listen(server);
    const ended = failure(req);
    req.connect(address);
    expect(await ended).toBe('ETIMEDOUT');
    await accepted;
    const connected = once(server, 'connection');
    patient.connect(address);
    const [socket] = (await connected) as [TcpSocket];
    await patient[Symbol.asyncDispose]();
    await gone(socket);
  });

  test('may be behind a SOCKS proxy, and is known by its name', async () => {
    const rep = await boundReply(await issue(cast.authority, 'service.example'));
    const proxy = createServer((socket) => {
      raw(socket).once('data', () => {
        socket.write(Buffer.of(5, 0));
        socket.once('data', (request: Buffer) => {
          expect(request.subarray(5, -2).toString()).toBe('service.example');
          const peer = raw(connectTcp(portOf(rep), '127.0.0.1'));
          socket.write(Buffer.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0));
          socket.pipe(peer).pipe(socket);
        });
      });
    });
    const socksProxy = (await listen(proxy)).slice('tls://'.length);
    const req = own(new Request({ tls: trusting(cast), socksProxy }));
    const events = watch(req);
    req.connect('tls://service.example:5555');
    await converse(req, rep);
    const { peer } = await events.next('connect');
    expect(peer.address).toBe('tls://service.example:5555');
  });
});
