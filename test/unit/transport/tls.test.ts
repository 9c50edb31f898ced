/**
 * What goes over `tls://` is what goes over `tcp://`: every kind of conversation, large messages, slow readers, and
 * connections that end and begin again.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  curveKeyPair,
  Dealer,
  Pair,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  type Socket,
  type SocketOptions,
  Stream,
  Subscriber,
  XPublisher,
} from '../../../src/index.ts';
import { freePort, HAS_IPV6_LOOPBACK } from '../../support/peers/endpoints.ts';
import { watch } from '../../support/peers/events.ts';
import { type Cast, converse, makeCast, portOf, trusting } from '../../support/tls.ts';
import { own, watchProcess } from '../../support/watch.ts';
import { issue } from '../../support/certificates.ts';

watchProcess();

let cast: Cast;
beforeAll(async () => {
  cast = await makeCast();
});

/** Two sockets that speak TLS: the first is bound, the second connected to it. */
async function join<A extends Socket, B extends Socket>(
  bound: A,
  connected: B,
  endpoint = 'tls://127.0.0.1:*',
): Promise<[A, B]> {
  own(bound).tls = cast.server;
  own(connected).tls = trusting(cast);
  await bound.bind(endpoint);
  connected.connect(bound.lastEndpoint ?? '');
  return [bound, connected];
}

describe('sockets', () => {
  const SERVER = curveKeyPair();
  const CLIENT = curveKeyPair();
  type Options = SocketOptions<Reply>;
  const MECHANISMS: Record<string, [server: Options, client: Options]> = {
    NULL: [{}, {}],
    PLAIN: [
      { plainServer: true, authenticate: () => true },
      { plainUsername: 'admin', plainPassword: 'secret' },
    ],
    CURVE: [
      { curveServer: true, curveSecretKey: SERVER.secretKey },
      { curveServerKey: SERVER.publicKey, curveSecretKey: CLIENT.secretKey },
    ],
  };

  test.each(Object.entries(MECHANISMS))(
    'REQ and REP, %s inside',
    async (name, [server, client]) => {
      const rep = new Reply(server);
      const events = watch(rep);
      const [, req] = await join(rep, new Request(client));
      await converse(req, rep);
      await converse(req, rep);
      const { address, peer } = await events.next('handshake');
      expect(address).toBe(rep.lastEndpoint);
      expect(peer).toMatchObject({ socketType: 'REQ', mechanism: name });
      expect(peer.address).toMatch(/^tls:\/\/127\.0\.0\.1:\d+$/);
    },
  );

  test('a client that is refused inside hears why', async () => {
    const rep = new Reply({ plainServer: true, authenticate: () => false });
    const req = new Request({ plainUsername: 'admin', plainPassword: 'wrong' });
    const [atServer, atClient] = [watch(rep), watch(req)];
    await join(rep, req);
    expect((await atServer.next('handshake:error:auth')).error.status).toBe(400);
    expect((await atClient.next('handshake:error:auth')).error.status).toBe(400);
  });

  test('XPUB and SUB', async () => {
    const [pub, sub] = await join(new XPublisher(), new Subscriber());
    sub.subscribe('a');
    expect(String(await pub.receive())).toBe('\x01a');
    await pub.send(['b', 'for others']);
    await pub.send(['a', 'news']);
    expect((await sub.receive()).map(String)).toEqual(['a', 'news']);
  });

  test('DEALER and ROUTER', async () => {
    const [router, dealer] = await join(new Router(), new Dealer({ routingId: 'd' }));
    await dealer.send(['', 'question']);
    expect((await router.receive()).map(String)).toEqual(['d', '', 'question']);
    await router.send(['d', '', 'answer']);
    expect((await dealer.receive()).map(String)).toEqual(['', 'answer']);
  });

  test('PAIR, the one that is bound first', async () => {
    const [one, two] = await join(new Pair(), new Pair());
    await one.send('a');
    await two.send('b');
    expect([String(await two.receive()), String(await one.receive())]).toEqual(['a', 'b']);
  });

  test('STREAM', async () => {
    const [server, client] = await join(new Stream(), new Stream());
    const [id] = await client.receive();
    await client.send([id, 'bytes']);
    const [peer, empty] = await server.receive();
    expect(empty).toHaveLength(0);
    expect((await server.receive()).map(String)).toEqual([String(peer), 'bytes']);
    await server.send([peer, '']);
    expect((await client.receive())[1]).toHaveLength(0);
  });

  test('PUSH and PULL, whose messages are as large as they like', async () => {
    const [pull, push] = await join(new Pull(), new Push());
    const frames = [8 << 20, 0, 1, 255, 256, 65_535, 3 << 20].map((size) =>
      Buffer.alloc(size, `${size}.`),
    );
    const sending = (async () => {
      await push.send(frames);
      for (const frame of frames) await push.send(frame);
    })();
    expect((await pull.receive()).map((frame, i) => frame.equals(frames[i] as Buffer))).toEqual(
      frames.map(() => true),
    );
    for (const frame of frames) expect((await pull.receive())[0]?.equals(frame)).toBe(true);
    await sending;
  });
});

test('a reader that does not read holds the sender up, and misses nothing', async () => {
  const [pull, push] = await join(
    new Pull({ receiveHighWaterMark: 2 }),
    new Push({ sendHighWaterMark: 2, sendTimeout: 200 }),
  );
  const body = Buffer.alloc(100_000, 'x');
  let sent = 0;
  await expect(
    (async () => {
      for (; sent < 10_000; sent++) await push.send([String(sent), body]);
    })(),
  ).rejects.toMatchObject({ code: 'EAGAIN' });
  expect(sent).toBeGreaterThan(2);
  for (let i = 0; i < sent; i++) expect(String((await pull.receive())[0])).toBe(String(i));
  await push.send('goes on');
  expect(String(await pull.receive())).toBe('goes on');
});

describe('endpoints', () => {
  test('a wildcard stands for every address and any port', async () => {
    const rep = own(new Reply({ tls: cast.server }));
    await rep.bind('tls://*:*');
    expect(rep.lastEndpoint).toMatch(/^tls:\/\/0\.0\.0\.0:[1-9]\d*$/);
    const req = own(new Request({ tls: trusting(cast) }));
    req.connect(`tls://127.0.0.1:${portOf(rep)}`);
    await converse(req, rep);
    await rep.unbind(rep.lastEndpoint ?? '');
    await rep.bind(`tls://lo:${portOf(rep)}`);
  });

  test.runIf(HAS_IPV6_LOOPBACK)('an IPv6 address', async () => {
    // Under a name, because Node 22.23 takes no IPv6 address for one.
    const servername = 'service.example';
    const rep = own(new Reply({ ipv6: true, tls: await issue(cast.authority, servername) }));
    await rep.bind('tls://[::1]:*');
    expect(rep.lastEndpoint).toMatch(/^tls:\/\/\[::1\]:\d+$/);
    const req = own(new Request({ ipv6: true, tls: trusting(cast, { servername }) }));
    req.connect(rep.lastEndpoint ?? '');
    await converse(req, rep);
  });

  test('a name, which the server is told, and bindSync', async () => {
    const rep = own(new Reply({ tls: await issue(cast.authority, 'localhost') }));
    rep.bindSync('tls://localhost:*');
    const endpoint = `tls://localhost:${portOf(rep)}`;
    const req = own(new Request({ tls: trusting(cast) }));
    req.connect(endpoint);
    await converse(req, rep);
    req.disconnect(endpoint);
    rep.unbindSync(endpoint);
  });

  test('a source, and a filter that knows it', async () => {
    const rep = new Reply({ tcpAcceptFilter: '127.0.0.7' });
    const events = watch(rep);
    const [, refused] = await join(rep, new Request({ reconnectInterval: -1 }));
    const { error } = await events.next('accept:error');
    expect(error).toMatchObject({ code: 'EACCES', detail: expect.stringContaining('tls://') });
    const req = own(new Request({ tls: trusting(cast) }));
    req.connect(`tls://127.0.0.7:*;127.0.0.1:${portOf(rep)}`);
    await converse(req, rep);
    refused.close();
  });

  test('one that is in use', async () => {
    const [rep] = await join(new Reply(), new Request());
    const other = own(new Reply({ tls: cast.server }));
    const address = rep.lastEndpoint ?? '';
    await expect(other.bind(address)).rejects.toMatchObject({ code: 'EADDRINUSE', address });
  });
});

describe('an end', () => {
  test('by close comes when everything has left', async () => {
    const [pull, push] = await join(new Pull(), new Push());
    const bodies = Array.from({ length: 500 }, (_, i) => Buffer.alloc(10_000, `${i} `));
    for (const body of bodies) void push.send(body);
    push.close();
    for (const body of bodies) expect((await pull.receive())[0]?.equals(body)).toBe(true);
  });

  test('by unbind frees the endpoint, and peers come back when it is bound again', async () => {
    const [rep, req] = await join(new Reply(), new Request({ reconnectInterval: 1 }));
    const events = watch(req);
    const address = rep.lastEndpoint ?? '';
    await converse(req, rep);
    await rep.unbind(address);
    await events.next('disconnect');
    await events.next('close');
    await rep.bind(address);
    await converse(req, rep);
  });

  test('of the server is no end for clients, who may also have come first', async () => {
    const port = await freePort();
    const req = own(new Request({ reconnectInterval: 1, tls: trusting(cast) }));
    const events = watch(req);
    req.connect(`tls://127.0.0.1:${port}`);
    expect((await events.next('close')).cause).toMatchObject({ code: 'ECONNREFUSED' });
    for (let i = 0; i < 2; i++) {
      const rep = own(new Reply({ tls: cast.server }));
      await rep.bind(`tls://127.0.0.1:${port}`);
      await converse(req, rep);
      await rep[Symbol.asyncDispose]();
      await events.next('disconnect');
    }
  });
});

describe('a program', () => {
  const INDEX = new URL('../../../src/index.ts', import.meta.url).href;

  /** Runs to its end, and answers with what it has printed. */
  async function run(program: string): Promise<string> {
    const text = `const { Reply, Request } = await import(${JSON.stringify(INDEX)});\n${program}`;
    const args = ['--import', 'tsx', '--input-type=module', '-e', text];
    return (await promisify(execFile)(process.execPath, args)).stdout.trim();
  }

  const tls = (): string => JSON.stringify({ ...cast.server, ca: cast.authority.cert });
  const PRINT = `console.log(process.moduleLoadList.includes('NativeModule _tls_wrap') ||
    process.moduleLoadList.includes('NativeModule internal/tls/wrap'));`;

  test('without tls:// does not load node:tls', async () => {
    expect(
      await run(`const rep = new Reply({ tls: ${tls()} });
        await rep.bind('tcp://127.0.0.1:*');
        ${PRINT}
        await rep.bind('tls://127.0.0.1:*');
        ${PRINT}`),
    ).toBe('false\ntrue');
  });

  test('cannot be made to trust anybody by its environment', async () => {
    expect(
      await run(`process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
        const rep = new Reply({ tls: ${tls()} });
        await rep.bind('tls://127.0.0.1:*');
        const req = new Request();
        req.connect(rep.lastEndpoint);
        for await (const { type, error } of req.events) {
          if (!type.startsWith('handshake')) continue;
          console.log(type, error?.code);
          process.exit();
        }`),
    ).toBe('handshake:error:other SELF_SIGNED_CERT_IN_CHAIN');
  });

  test('ends when its sockets have nothing to do', async () => {
    expect(
      await run(`const [rep, req, lost] = [Reply, Request, Request].map((S) => new S({ tls: ${tls()} }));
        await rep.bind('tls://127.0.0.1:*');
        req.connect(rep.lastEndpoint);
        const answer = req.request('q');
        await rep.receive();
        await rep.send('a');
        console.log(String(await answer));
        const silent = (await import('node:net')).createServer();
        silent.listen(0, '127.0.0.1', () => {
          lost.connect('tls://127.0.0.1:' + silent.address().port);
          silent.unref();
        });
        silent.on('connection', (socket) => socket.unref());
        await new Promise((resolve) => silent.once('connection', resolve));`),
    ).toBe('a');
  });
});
