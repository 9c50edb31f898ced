/**
 * Who is let in over `tls://`, who is not, and what this side says of it: certificates that will do and that will not, and
 * peers that do not come to the end of the handshake.
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
import {
  type AuthenticationRequest,
  Pull,
  Push,
  Reply,
  Request,
  type Socket,
  type SocketOptions,
  Stream,
  type TlsOptions,
} from '../../../src/index.ts';
import { issue } from '../../support/certificates.ts';
import { watch, within } from '../../support/peers/events.ts';
import { bytes, greeting, message, ready } from '../../support/raw-bytes.ts';
import { type Cast, makeCast, portOf, trusting } from '../../support/tls.ts';
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

async function boundReply(tls: TlsOptions, options: SocketOptions<Reply> = {}): Promise<Reply> {
  const rep = own(new Reply({ ...options, tls }));
  await rep.bind('tls://127.0.0.1:*');
  return rep;
}

function connectedRequest(to: Socket | string, tls: TlsOptions | null): Request {
  const req = own(new Request({ tls, reconnectInterval: 1, reconnectMaxInterval: 10_000 }));
  req.connect(typeof to === 'string' ? to : (to.lastEndpoint ?? ''));
  return req;
}

async function converse(req: Request, rep: Reply): Promise<void> {
  const answer = req.request('question', { timeout: 5000 });
  expect(String(await rep.receive())).toBe('question');
  await rep.send('answer');
  expect(String(await answer)).toBe('answer');
}

/** A good client is served, whatever others have done. */
async function servesOn(rep: Reply, tls = trusting(cast)): Promise<void> {
  await converse(connectedRequest(rep, tls), rep);
}

/** The code of the error with which the next handshake fails; the same ends the connection. */
async function failure(socket: Socket): Promise<string> {
  const events = watch(socket);
  const { error, reason } = await events.next('handshake:error:other');
  expect(reason).toBe(error.message);
  const { cause } = await events.next('disconnect');
  expect(cause?.code).toBe(error.code);
  return error.code;
}

describe('a server', () => {
  const asking = (): TlsOptions => ({ ...trusting(cast, cast.server), requestCert: true });

  test('of another authority is refused, and asked again', async () => {
    const rep = await boundReply(cast.stranger.server);
    const req = connectedRequest(rep, trusting(cast));
    const events = watch(req);
    const { error } = await events.next('handshake:error:other');
    expect(error.code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    await events.next('connect:retry');
    // Its operator has put that right meanwhile.
    const address = rep.lastEndpoint ?? '';
    await rep.unbind(address);
    rep.tls = cast.server;
    await rep.bind(address);
    await converse(req, rep);
  });

  test('of another name is refused, unless that is the one awaited', async () => {
    const rep = await boundReply(await issue(cast.authority, 'service.example'));
    const req = connectedRequest(rep, trusting(cast));
    expect(await failure(req)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    await servesOn(rep, trusting(cast, { servername: 'service.example' }));
    const other = connectedRequest(rep, trusting(cast, { servername: 'other.example' }));
    expect(await failure(other)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  test('with an address for a name is looked for under that', async () => {
    const rep = await boundReply(cast.server);
    await servesOn(rep, trusting(cast, { servername: '127.0.0.1' }));
    const req = connectedRequest(rep, trusting(cast, { servername: '127.0.0.2' }));
    expect(await failure(req)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  test('whose certificate has expired is refused', async () => {
    const rep = await boundReply(await issue(cast.authority, '127.0.0.1', { isExpired: true }));
    expect(await failure(connectedRequest(rep, trusting(cast)))).toBe('CERT_HAS_EXPIRED');
  });

  test('is refused where nothing is said of authorities', async () => {
    const rep = await boundReply(cast.server);
    expect(await failure(connectedRequest(rep, null))).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  test('may be anybody with rejectUnauthorized: false', async () => {
    await servesOn(await boundReply(cast.stranger.server), { rejectUnauthorized: false });
  });

  test('that asks for a certificate refuses who has none', async () => {
    const rep = await boundReply(asking());
    const req = connectedRequest(rep, trusting(cast));
    const [atServer, atClient] = await Promise.all([failure(rep), failure(req)]);
    expect(atServer).toBe('ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE');
    expect(atClient).toMatch(/^(ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED|EPIPE|ECONNRESET)$/);
    await servesOn(rep, trusting(cast, cast.client));
  });

  test('that asks for a certificate refuses one that it does not trust', async () => {
    const rep = await boundReply(asking());
    const req = connectedRequest(rep, trusting(cast, cast.stranger.client));
    const [atServer, atClient] = await Promise.all([failure(rep), failure(req)]);
    expect(atServer).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(atClient).toMatch(/^(EPIPE|ECONNRESET)$/);
    await servesOn(rep, trusting(cast, cast.client));
  });

  test('speaks the versions and protocols that it has been given', async () => {
    const rep = await boundReply({
      ...cast.server,
      minVersion: 'TLSv1.3',
      ALPNProtocols: ['zmtp'],
    });
    const old = connectedRequest(rep, trusting(cast, { maxVersion: 'TLSv1.2' }));
    expect(await failure(old)).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    const web = connectedRequest(rep, trusting(cast, { ALPNProtocols: ['h2'] }));
    expect(await failure(web)).toMatch(
      /^(ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL|ECONNRESET)$/,
    );
    await servesOn(rep, trusting(cast, { ALPNProtocols: ['h2', 'zmtp'] }));
  });
});

describe('authenticate', () => {
  async function asked(
    server: TlsOptions,
    client: TlsOptions,
    options: SocketOptions<Reply> = {},
    clientOptions: SocketOptions<Request> = {},
  ): Promise<AuthenticationRequest> {
    const requests: AuthenticationRequest[] = [];
    const rep = own(
      new Reply({
        ...options,
        tls: { ...trusting(cast, cast.server), ...server },
        authenticate: (request) => {
          requests.push(request);
          return { status: 200, userId: request.certificate?.subject ?? 'nobody' };
        },
      }),
    );
    const events = watch(rep);
    await rep.bind('tls://127.0.0.1:*');
    const req = own(new Request({ ...clientOptions, tls: trusting(cast, client) }));
    req.connect(rep.lastEndpoint ?? '');
    const { peer } = await events.next('handshake');
    const [request] = requests;
    expect(peer.userId).toBe(request?.certificate?.subject ?? 'nobody');
    return request as AuthenticationRequest;
  }

  test('is told whose certificate a client has', async () => {
    const request = await asked({ requestCert: true }, cast.client);
    expect(request).toMatchObject({
      mechanism: 'NULL',
      address: '127.0.0.1',
      certificate: { subject: 'CN=worker-7', subjectAltName: 'DNS:worker-7' },
    });
    expect(request.certificate?.fingerprint256).toMatch(/^([\dA-F]{2}:){31}[\dA-F]{2}$/);
    expect(Buffer.from(request.certificate?.raw ?? []).toString('base64')).toBe(
      cast.client.cert.replaceAll(/-----.*-----|\s/g, ''),
    );
  });

  test('is told so with a mechanism too', async () => {
    const request = await asked(
      { requestCert: true },
      cast.client,
      { plainServer: true },
      { plainUsername: 'u', plainPassword: 'p' },
    );
    expect(request).toMatchObject({ mechanism: 'PLAIN', certificate: { subject: 'CN=worker-7' } });
  });

  test.each(['client', 'stranger'] as const)(
    'is told of none where it proves nothing',
    async (who) => {
      const identity = who === 'client' ? undefined : cast.stranger.client;
      const request = await asked(
        { requestCert: true, rejectUnauthorized: false },
        { ...identity },
      );
      expect('certificate' in request).toBe(false);
    },
  );

  test('is told of none where none was asked for', async () => {
    expect('certificate' in (await asked({}, cast.client))).toBe(false);
  });
});

describe('bind and connect refuse', () => {
  const BOTH = ['bind', 'connect'];
  /** The second of two certificates lacks a line. */
  const broken = ({ server, authority: { cert } }: Cast): TlsOptions => {
    const lines = cert.split('\n');
    return { ...server, ca: [cert + lines.toSpliced(3, 1).join('\n')] };
  };
  const CASES: readonly [string, (cast: Cast) => TlsOptions | null, string[]][] = [
    ['nothing at all', () => null, ['bind']],
    ['no certificate', ({ authority }) => ({ ca: authority.cert }), ['bind']],
    ['a certificate without key', ({ server: { cert } }) => ({ cert }), BOTH],
    ['a key without certificate', ({ server: { key } }) => ({ key }), BOTH],
    ["another's key", ({ server, client }) => ({ cert: server.cert, key: client.key }), BOTH],
    ['no PEM', ({ server }) => ({ cert: 'certificate', key: server.key }), BOTH],
    ['a key that is cut off', ({ server }) => ({ ...server, key: server.key.slice(0, 99) }), BOTH],
    ['a CA that is none', ({ server }) => ({ ...server, ca: 'nobody' }), BOTH],
    ['a CA whose certificate is cut off', broken, BOTH],
    ['a list of the revoked that is none', ({ server }) => ({ ...server, crl: 'nobody' }), BOTH],
    ['a pfx that is none', () => ({ pfx: Buffer.from('nothing') }), BOTH],
    ['ciphers that are none', ({ server }) => ({ ...server, ciphers: 'none-such' }), BOTH],
  ];

  test.each(CASES)('%s', async (_, make, purposes) => {
    const tls = make(cast);
    const refusal = {
      code: 'EINVAL',
      address: 'tls://127.0.0.1:5555',
      detail: expect.stringMatching(/\btls\b/),
    };
    const rep = own(new Reply({ tls }));
    const events = watch(rep);
    if (purposes.includes('bind')) {
      await expect(rep.bind(refusal.address)).rejects.toMatchObject(refusal);
      expect((await events.next('bind:error')).error).toMatchObject(refusal);
      expect(() => rep.bindSync(refusal.address)).toThrow(expect.objectContaining(refusal));
    }
    const connecting = (): void => rep.connect(refusal.address);
    if (purposes.includes('connect')) {
      expect(connecting).toThrow(expect.objectContaining(refusal));
      expect(rep.lastEndpoint).toBe(null);
    } else expect(connecting).not.toThrow();
  });

  test('a key that needs a passphrase, without it or with another', async () => {
    const passphrase = 'correct horse';
    const locked = await issue(cast.authority, '127.0.0.1', { passphrase });
    const rep = own(new Reply());
    for (const wrong of [{}, { passphrase: 'wrong' }]) {
      rep.tls = { ...locked, ...wrong };
      await expect(rep.bind('tls://127.0.0.1:*')).rejects.toMatchObject({ code: 'EINVAL' });
    }
    rep.tls = { ...locked, passphrase };
    await rep.bind('tls://127.0.0.1:*');
    await servesOn(rep);
  });
});

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
    await servesOn(rep);
  });

  test.each(['nothing', 'half a hello'])('that says %s has its time', async (text) => {
    const rep = await boundReply(cast.server, { handshakeInterval: 100 });
    const ended = failure(rep);
    const socket = connectRaw(rep);
    if (text !== 'nothing') socket.write((await clientHello()).subarray(0, 100));
    expect(await ended).toBe('ETIMEDOUT');
    await gone(socket);
    await servesOn(rep);
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
      await servesOn(rep);
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
    await servesOn(rep);
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
