/**
 * libzmq has no TLS: pyzmq stands behind a relay that ends it, as people do with stunnel or a load balancer.
 *
 * @module
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket as Tcp } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Dealer, Pull, Push, Reply, Request, Router, Subscriber } from '../../src/index.ts';
import { exchange, serve } from '../support/peers/frames.ts';
import { bytes, digest, message, text } from '../support/peers/messages.ts';
import { usePeer } from '../support/peers/use-peer.ts';
import { type Cast, makeCast, portOf, trusting } from '../support/tls.ts';
import { own, watchProcess } from '../support/watch.ts';

watchProcess();

let cast: Cast;
beforeAll(async () => {
  cast = await makeCast();
});

const servers: Server[] = [];
const streams: Tcp[] = [];
afterEach(() => {
  for (const stream of streams.splice(0)) stream.destroy();
  for (const server of servers.splice(0)) server.close();
});

function join(near: Tcp, far: Tcp): void {
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    streams.push(one);
    one.on('error', () => {}).on('close', () => other.destroy());
    one.pipe(other);
  }
}

async function listen(server: Server): Promise<string> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What speaks TLS for a server that has none. */
async function before(endpoint: string): Promise<string> {
  const port = Number(endpoint.split(':').pop());
  const relay = createTlsServer(cast.server, (near) => join(near, connect(port, '127.0.0.1')));
  return `tls://${await listen(relay)}`;
}

/** What speaks TLS for a client that has none. */
async function toward(port: number): Promise<string> {
  const target = { port, host: '127.0.0.1', ca: cast.authority.cert };
  const relay = createServer((near) => join(near, connectTls(target)));
  return `tcp://${await listen(relay)}`;
}

describe('pyzmq behind a relay that ends TLS', () => {
  const pyzmq = usePeer('pyzmq');
  const messages = [[text('Hello')], [bytes(0), bytes(255), bytes(70_000)], [bytes(2 << 20)]];
  const frames = messages.map(message);
  const digests = frames.map(digest);

  it('serves our REQ', async () => {
    await using rep = await pyzmq().open('REP');
    const req = own(new Request({ tls: trusting(cast) }));
    req.connect(await before(await rep.bind('tcp://127.0.0.1:*')));
    const served = rep.serve(frames.length);
    await exchange(req, frames);
    expect((await served).messages).toEqual(digests);
  });

  it('asks our REP', async () => {
    const rep = own(new Reply({ tls: cast.server }));
    await rep.bind('tls://127.0.0.1:*');
    await using req = await pyzmq().open('REQ');
    await req.connect(await toward(portOf(rep)));
    const [, asked] = await Promise.all([serve(rep, frames), req.exchange(messages)]);
    expect(asked.messages).toEqual(digests);
  });

  it('is a ROUTER for our DEALER, and a DEALER for our ROUTER', async () => {
    await using theirRouter = await pyzmq().open('ROUTER');
    const dealer = own(new Dealer({ tls: trusting(cast) }));
    dealer.connect(await before(await theirRouter.bind('tcp://127.0.0.1:*')));
    const served = theirRouter.serve(frames.length);
    for (const each of frames) await dealer.send(['', ...each]);
    for (const each of digests) expect(digest((await dealer.receive()).slice(1))).toEqual(each);
    expect((await served).messages).toEqual(digests);

    const router = own(new Router({ tls: cast.server }));
    await router.bind('tls://127.0.0.1:*');
    await using theirDealer = await pyzmq().open('DEALER');
    await theirDealer.connect(await toward(portOf(router)));
    const asked = theirDealer.exchange(messages);
    for (const _ of frames) await router.send(await router.receive());
    expect((await asked).messages).toEqual(digests);
  });

  it('pushes to our PULL, and pulls from our PUSH', async () => {
    const pull = own(new Pull({ tls: cast.server }));
    await pull.bind('tls://127.0.0.1:*');
    await using theirPush = await pyzmq().open('PUSH');
    await theirPush.connect(await toward(portOf(pull)));
    await theirPush.sendMany(messages);
    for (const each of digests) expect(digest(await pull.receive())).toEqual(each);

    await using theirPull = await pyzmq().open('PULL');
    const push = own(new Push({ tls: trusting(cast) }));
    push.connect(await before(await theirPull.bind('tcp://127.0.0.1:*')));
    for (const each of frames) await push.send(each);
    const received = await theirPull.receiveMany({ count: frames.length });
    expect(received.messages).toEqual(digests);
  });

  it('publishes to our SUB', async () => {
    await using theirPub = await pyzmq().open('XPUB');
    const sub = own(new Subscriber({ tls: trusting(cast) }));
    sub.connect(await before(await theirPub.bind('tcp://127.0.0.1:*')));
    sub.subscribe('a');
    // The subscription, which is there before anything is published.
    await theirPub.receive();
    await theirPub.sendMany([[text('b')], [text('a'), text('news')]]);
    expect((await sub.receive()).map(String)).toEqual(['a', 'news']);
  });
});
