/**
 * What a ROUTER does with the names of its peers, with either side being the ROUTER.
 *
 * @module
 */

import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Router } from '../../src/index.ts';
import { freePort } from '../support/peers/endpoints.ts';
import { within } from '../support/peers/events.ts';
import { digest, type FrameSpec, message, text } from '../support/peers/messages.ts';
import { OurSocket } from '../support/peers/our-socket.ts';
import {
  PEER_KINDS,
  type PeerOptions,
  type PeerSocketType,
  type ReceivedMany,
  type TestSocket,
} from '../support/peers/peer.ts';
import { usePeer } from '../support/peers/use-peer.ts';

const ANY = 'tcp://127.0.0.1:*';

const hex = (value: string): string => Buffer.from(value).toString('hex');
const digestOf = (...frames: FrameSpec[]): string[] => digest(message(frames));

/** The next message of a ROUTER or another type, as text. */
async function receiveText(socket: TestSocket): Promise<string[]> {
  const received = await within(8000, `a message to the ${socket.type}`, socket.receive());
  return received.hex.map((frame) => String(Buffer.from(frame, 'hex')));
}

function receiveMany(socket: TestSocket, count: number): Promise<ReceivedMany> {
  return within(8000, `${count} messages`, socket.receiveMany({ count }));
}

describe.each(PEER_KINDS)('routing with %s', (kind) => {
  const peer = usePeer(kind);

  describe.each(['our ROUTER', 'their ROUTER'] as const)('%s', (side) => {
    const isOurs = side === 'our ROUTER';
    const openRouter = async (options?: PeerOptions): Promise<TestSocket> =>
      isOurs ? new OurSocket('ROUTER', options) : peer().open('ROUTER', options);
    const openClient = async (type: PeerSocketType, options?: PeerOptions): Promise<TestSocket> =>
      isOurs ? peer().open(type, options) : new OurSocket(type, options);

    it.each([
      { type: 'REQ', named: true },
      { type: 'REQ', named: false },
      { type: 'DEALER', named: true },
      { type: 'DEALER', named: false },
    ] as const)(
      'answers 20 $type out of order, with routing ids: $named',
      async ({ type, named }) => {
        await using router = await openRouter({ mandatory: true });
        const endpoint = await router.bind(ANY);
        const clients = await Promise.all(
          Array.from({ length: 20 }, async (_, i) => {
            const client = await openClient(type, named ? { routingId: `client ${i}` } : {});
            await client.connect(endpoint);
            const answered = client.exchange([[text(`${i}`)]]);
            answered.catch(() => {});
            return { client, answered };
          }),
        );
        const { messages, peers } = await receiveMany(router, clients.length);
        if (named) {
          const names = clients.map((_, i) => hex(`client ${i}`));
          expect(peers.toSorted()).toEqual(names.toSorted());
        } else {
          expect(new Set(peers).size).toBe(clients.length);
          for (const id of peers) expect(id).toMatch(/^00[0-9a-f]{8}$/);
        }
        const order = clients.map((_, i) => (i * 7 + 3) % clients.length);
        for (const i of order) {
          const question = messages.findIndex((frames) => frames[1] === digestOf(text(`${i}`))[0]);
          await router.send([{ hex: peers[question] ?? '' }, text(''), text(`answer ${i}`)]);
        }
        for (const [i, { client, answered }] of clients.entries()) {
          const answer = await within(8000, `answer ${i}`, answered);
          expect(answer.messages).toEqual([digestOf(text(`answer ${i}`))]);
          await client.close();
        }
      },
    );

    it('keeps serving the first of two peers with one name', async () => {
      await using router = await openRouter();
      const endpoint = await router.bind(ANY);
      await using first = await openClient('DEALER', { routingId: 'twin' });
      await first.connect(endpoint);
      await first.send([text('first')]);
      expect(await receiveText(router)).toEqual(['twin', 'first']);

      await using second = await openClient('DEALER', { routingId: 'twin', reconnectInterval: 10 });
      await second.connect(endpoint);
      await second.send([text('second')]);
      // Somebody who comes later still is served; by then the second one would have been.
      await using third = await openClient('DEALER', { routingId: 'third' });
      await third.connect(endpoint);
      for (let i = 0; i < 20; i++) {
        await third.send([text(`question ${i}`)]);
        expect(await receiveText(router)).toEqual(['third', `question ${i}`]);
        await router.send([text('third'), text(`answer ${i}`)]);
        expect(await receiveText(third)).toEqual([`answer ${i}`]);
      }
      await first.send([text('first again')]);
      expect(await receiveText(router)).toEqual(['twin', 'first again']);
      await router.send([text('twin'), text('to the first')]);
      expect(await receiveText(first)).toEqual(['to the first']);
    });

    it('hands a name over with handover', async () => {
      await using router = await openRouter({ handover: true });
      const endpoint = await router.bind(ANY);
      // One that comes back would take the name from its successor.
      const options = { routingId: 'twin', reconnectInterval: -1 };
      for (const name of ['first', 'second', 'third']) {
        // Each stays open until the end of the test.
        const client = await openClient('DEALER', options);
        onTestFinished(() => client.close());
        await client.connect(endpoint);
        await client.send([text(name)]);
        expect(await receiveText(router)).toEqual(['twin', name]);
        await router.send([text('twin'), text(`to the ${name}`)]);
        expect(await receiveText(client)).toEqual([`to the ${name}`]);
      }
    });

    it.each(['DEALER', 'REQ'] as const)('is told of a %s that probes', async (type) => {
      await using router = await openRouter({ mandatory: true });
      await using client = await openClient(type, { routingId: 'me', probeRouter: true });
      await client.connect(await router.bind(ANY));
      expect(await receiveText(router)).toEqual(['me', '']);
      const answered = client.exchange([[text('Hello')]]);
      expect(await receiveText(router)).toEqual(['me', '', 'Hello']);
      await router.send([text('me'), text(''), text('World')]);
      expect((await answered).messages).toEqual([digestOf(text('World'))]);
    });

    it('probes when it connects', async () => {
      await using router = await openRouter({ routingId: 'me', probeRouter: true });
      await using dealer = await openClient('DEALER');
      await router.connect(await dealer.bind(ANY));
      expect(await receiveText(dealer)).toEqual(['']);
    });

    it('sends to a name that it connects to before there is anybody', async () => {
      const endpoint = `tcp://127.0.0.1:${await freePort()}`;
      await using router = await openRouter({ mandatory: true, reconnectInterval: 10 });
      await router.connect(endpoint, { routingId: 'server' });
      await router.send([text('server'), text(''), text('Hello')]);
      await using server = await openClient('DEALER');
      await server.bind(endpoint);
      expect(await receiveText(server)).toEqual(['', 'Hello']);
      await server.send([text('World')]);
      expect(await receiveText(router)).toEqual(['server', 'World']);
    });

    it('prefers its own name for a peer to what the peer calls itself', async () => {
      await using router = await openRouter({ mandatory: true, routingId: 'router' });
      await using first = await openClient('ROUTER', { routingId: 'someone' });
      await using second = await openClient('DEALER', { routingId: 'someone' });
      await router.connect(await first.bind(ANY), { routingId: 'first' });
      await router.connect(await second.bind(ANY), { routingId: 'second' });
      await router.send([text('first'), text('to the first')]);
      expect(await receiveText(first)).toEqual(['router', 'to the first']);
      await first.send([text('router'), text('from the first')]);
      expect(await receiveText(router)).toEqual(['first', 'from the first']);
      await router.send([text('second'), text('to the second')]);
      expect(await receiveText(second)).toEqual(['to the second']);
      await second.send([text('from the second')]);
      expect(await receiveText(router)).toEqual(['second', 'from the second']);
    });
  });

  it('our ROUTER with mandatory says that it has no route, before, between and after', async () => {
    await using router = new Router({ linger: 0, mandatory: true, sendTimeout: 0 });
    await router.bind(ANY);
    const noRoute = { code: 'EHOSTUNREACH' };
    await expect(router.send(['me', 'too early'])).rejects.toMatchObject(noRoute);
    const dealer = await peer().open('DEALER', { routingId: 'me' });
    await dealer.connect(router.lastEndpoint ?? '');
    await dealer.send([text('Hello')]);
    expect((await router.receive()).map(String)).toEqual(['me', 'Hello']);
    await router.send(['me', 'World']);
    await expect(router.send(['you', 'World'])).rejects.toMatchObject(noRoute);
    expect(await receiveText(dealer)).toEqual(['World']);
    await dealer.close();
    const untilItFails = async (): Promise<void> => {
      for (;;) {
        await router.send(['me', 'are you there?']);
        await pause(2);
      }
    };
    await expect(within(8000, 'the route to end', untilItFails())).rejects.toMatchObject(noRoute);
  });

  it('our ROUTER without mandatory drops what has no route', async () => {
    await using router = new Router({ linger: 0 });
    await router.bind(ANY);
    await router.send(['me', 'too early']);
    await using dealer = await peer().open('DEALER', { routingId: 'me' });
    await dealer.connect(router.lastEndpoint ?? '');
    await dealer.send([text('Hello')]);
    expect((await router.receive()).map(String)).toEqual(['me', 'Hello']);
    await router.send(['you', 'World']);
    await router.send(['me', 'World']);
    expect(await receiveText(dealer)).toEqual(['World']);
  });
});
