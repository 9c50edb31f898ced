import { describe, expect, test } from 'vitest';
import {
  Context,
  Dealer,
  Request,
  Router,
  type Socket,
  Stream,
  Subscriber,
  XPublisher,
} from '../../../src/index.ts';
import { watchProcess } from '../../support/watch.ts';
import { endpointOf, open, texts } from './conversation.ts';

watchProcess();

const ADDRESS = 'inproc://frames';

async function bindRouter(): Promise<{ router: Router; context: Context }> {
  const context = new Context();
  const router = open(Router, { context });
  await router.bind(ADDRESS);
  return { router, context };
}

function kinds(frames: readonly Uint8Array[]): boolean[] {
  return frames.map((frame) => Buffer.isBuffer(frame));
}

describe('over inproc frames are Buffers', () => {
  test.each([false, true])('the envelope of a REQ, correlate %o', async (correlate) => {
    const { router, context } = await bindRouter();
    const req = open(Request, { context, correlate });
    req.connect(ADDRESS);
    await req.send(new Uint8Array([1]));
    const frames = await router.receive();
    expect(kinds(frames)).toEqual(frames.map(() => true));
    expect(frames).toHaveLength(correlate ? 4 : 3);
  });

  test('what probeRouter sends', async () => {
    for (const Class of [Request, Dealer, Router]) {
      const { router, context } = await bindRouter();
      const prober = open<Socket, object>(Class, {
        context,
        probeRouter: true,
        routingId: 'prober',
      });
      prober.connect(ADDRESS);
      const frames = await router.receive();
      expect(texts(frames)).toEqual(['prober', '']);
      expect(kinds(frames)).toEqual([true, true]);
    }
  });

  test('a routing id that was given as Uint8Array', async () => {
    const { router, context } = await bindRouter();
    const dealer = open(Dealer, { context, routingId: new TextEncoder().encode('bytes') });
    dealer.connect(ADDRESS);
    await dealer.send('x');
    const frames = await router.receive();
    expect(texts(frames)).toEqual(['bytes', 'x']);
    expect(kinds(frames)).toEqual([true, true]);
  });

  test('subscriptions', async () => {
    const context = new Context();
    const xpub = open(XPublisher, { context, manual: true });
    await xpub.bind(ADDRESS);
    const sub = open(Subscriber, { context });
    sub.subscribe(new Uint8Array([65]));
    sub.connect(ADDRESS);
    expect(kinds(await xpub.receive())).toEqual([true]);
    sub.close();
    expect(kinds(await xpub.receive())).toEqual([true]);
  });
});

describe('the routing id that is received', () => {
  test('may be changed: it is neither the peer’s option nor the way to the peer', async () => {
    const { router, context } = await bindRouter();
    const dealer = open(Dealer, { context, routingId: 'mine' });
    dealer.connect(ADDRESS);
    for (const text of ['a', 'b']) {
      await dealer.send(text);
      const [id, body] = await router.receive();
      expect(texts([id, body] as Buffer[])).toEqual(['mine', text]);
      id?.fill(0xff);
    }
    expect(dealer.routingId).toBe('mine');
    await router.send(['mine', 'reply']);
    expect(texts(await dealer.receive())).toEqual(['reply']);
  });

  test('of a nameless peer and of a Stream’s may be changed too', async () => {
    const router = open(Router);
    await router.bind('tcp://127.0.0.1:*');
    const dealer = open(Dealer);
    dealer.connect(endpointOf(router));
    const stream = open(Stream, { notify: false });
    await stream.bind('tcp://127.0.0.1:*');
    const client = open(Stream, { notify: false });
    client.connect(endpointOf(stream), { routingId: 'server' });

    for (const socket of [router, stream]) {
      const say = (): Promise<void> =>
        socket === router ? dealer.send('x') : client.send(['server', 'x']);
      await say();
      const [id = Buffer.alloc(0)] = await socket.receive();
      const name = Buffer.from(id);
      id.fill(0xff);
      await say();
      const [again] = await socket.receive();
      expect(again).toEqual(name);
    }
  });
});
