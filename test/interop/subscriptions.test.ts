/**
 * Subscriptions between our sockets and libzmq, each test with either side publishing.
 *
 * @module
 */

import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { freePort } from '../support/peers/endpoints.ts';
import { within } from '../support/peers/events.ts';
import {
  bytes,
  digest,
  type FrameSpec,
  type MessageSpec,
  message,
  text,
} from '../support/peers/messages.ts';
import { OurSocket } from '../support/peers/our-socket.ts';
import {
  PEER_KINDS,
  type PeerOptions,
  type PeerSocketType,
  startPeer,
  type TestSocket,
} from '../support/peers/peer.ts';
import { awaitSubscription, PROBE } from '../support/peers/publish.ts';
import { usePeer } from '../support/peers/use-peer.ts';

const ANY = 'tcp://127.0.0.1:*';
const END = text('end');

/** Messages of one text frame each. */
const texts = (...values: string[]): MessageSpec[] => values.map((value) => [text(value)]);

const digests = (specs: readonly MessageSpec[]): string[][] => specs.map(message).map(digest);

/** How a subscription (1) or its end (0) looks to the reader of an XPUB. */
function withPrefix(first: 0 | 1, topic: FrameSpec): FrameSpec {
  return { hex: Buffer.concat([Buffer.of(first), ...message([topic])]).toString('hex') };
}

/** The next notifications of an XPUB: `+topic` or `-topic`. */
async function notifications(publisher: TestSocket, count: number): Promise<string[]> {
  const notified: string[] = [];
  while (notified.length < count) {
    const { hex } = await within(8000, 'a notification', publisher.receive());
    const [first, ...topic] = Buffer.from(hex[0] ?? '', 'hex');
    notified.push(`${first === 1 ? '+' : '-'}${Buffer.from(topic)}`);
  }
  return notified;
}

/** Sends these and {@link END}, and expects exactly `wanted` of them to arrive. */
async function expectDelivery(
  publisher: TestSocket,
  subscriber: TestSocket,
  sent: readonly MessageSpec[],
  wanted: readonly MessageSpec[],
): Promise<void> {
  await publisher.sendMany([...sent, [END]]);
  const received = subscriber.receiveMany({ until: END, skip: PROBE });
  const { messages } = await within(8000, 'the messages', received);
  expect(messages).toEqual(digests(wanted));
}

describe.each(PEER_KINDS)('subscriptions with %s', (kind) => {
  const peer = usePeer(kind);

  describe.each(['we publish', 'they publish'] as const)('%s', (direction) => {
    const openPublisher = async (options?: PeerOptions, type: PeerSocketType = 'XPUB') =>
      direction === 'we publish' ? new OurSocket(type, options) : peer().open(type, options);
    const openSubscriber = async (options?: PeerOptions, type: PeerSocketType = 'SUB') =>
      direction === 'we publish' ? peer().open(type, options) : new OurSocket(type, options);

    it('delivers what begins with a prefix', async () => {
      await using publisher = await openPublisher();
      await using subscriber = await openSubscriber();
      await subscriber.subscribe(text('a'), text('bc'), END);
      await subscriber.connect(await publisher.bind(ANY));
      expect((await notifications(publisher, 3)).toSorted()).toEqual(['+a', '+bc', '+end']);
      await expectDelivery(
        publisher,
        subscriber,
        texts('', 'a', 'A', 'ab', 'b', 'bc', 'ba', 'bcd', 'c', 'xa', 'en'),
        texts('a', 'ab', 'bc', 'bcd'),
      );
    });

    it('delivers everything to the empty prefix, empty messages too', async () => {
      await using publisher = await openPublisher();
      await using subscriber = await openSubscriber();
      await subscriber.subscribe(text(''));
      await subscriber.connect(await publisher.bind(ANY));
      expect(await notifications(publisher, 1)).toEqual(['+']);
      const all = [...texts('', 'a'), [bytes(0), bytes(0)], [bytes(0, 1), bytes(1000)]];
      await expectDelivery(publisher, subscriber, all, all);
    });

    it('delivers once what matches several prefixes', async () => {
      await using publisher = await openPublisher();
      await using subscriber = await openSubscriber();
      await subscriber.subscribe(text(''), text('a'), text('ab'), text('abc'));
      await subscriber.connect(await publisher.bind(ANY));
      await notifications(publisher, 4);
      await expectDelivery(publisher, subscriber, texts('abcd', 'x'), texts('abcd', 'x'));
    });

    it('looks at the first frame only', async () => {
      await using publisher = await openPublisher();
      await using subscriber = await openSubscriber();
      await subscriber.subscribe(text('a'), END);
      await subscriber.connect(await publisher.bind(ANY));
      await notifications(publisher, 2);
      const match = [text('a'), text('b')];
      await expectDelivery(publisher, subscriber, [[text('b'), text('a')], match], [match]);
    });

    it('counts what is subscribed twice', async () => {
      await using publisher = await openPublisher();
      await using subscriber = await openSubscriber();
      await subscriber.connect(await publisher.bind(ANY));
      await subscriber.subscribe(text('a'), text('a'), END);
      expect(await notifications(publisher, 2)).toEqual(['+a', '+end']);
      await subscriber.unsubscribe(text('a'));
      await subscriber.subscribe(text('fence'));
      expect(await notifications(publisher, 1)).toEqual(['+fence']);
      await expectDelivery(publisher, subscriber, texts('a'), texts('a'));
      await subscriber.unsubscribe(text('a'));
      expect(await notifications(publisher, 1)).toEqual(['-a']);
      await expectDelivery(publisher, subscriber, texts('a'), []);
    });

    it('is not troubled by the end of a subscription that never was', async () => {
      await using publisher = await openPublisher();
      await using subscriber = await openSubscriber();
      await subscriber.connect(await publisher.bind(ANY));
      await subscriber.unsubscribe(text('a'));
      await subscriber.subscribe(text('a'));
      expect(await notifications(publisher, 1)).toEqual(['+a']);
    });

    it('sends what is left of the subscriptions made before connecting', async () => {
      await using publisher = await openPublisher();
      await using subscriber = await openSubscriber();
      await subscriber.subscribe(text('a'), text('b'), text('b'), text('c'));
      await subscriber.unsubscribe(text('a'), text('b'));
      await subscriber.connect(await publisher.bind(ANY));
      await subscriber.subscribe(text('fence'));
      expect((await notifications(publisher, 3)).toSorted()).toEqual(['+b', '+c', '+fence']);
    });

    it.for([1, 245, 246, 255, 256, 10 * 1024])(
      'takes a topic of %i bytes',
      async (size, { skip }) => {
        if (direction === 'we publish' && size >= 246 && size <= 255) {
          const isBroken = peer().libzmq < '4.3.5';
          skip(isBroken, `a SUB of libzmq ${peer().libzmq} sends a frame that nobody can decode`);
        }
        await using publisher = await openPublisher();
        await using subscriber = await openSubscriber();
        const [topic = Buffer.of()] = message([bytes(size, 7)]);
        const longer: FrameSpec = { hex: `${topic.toString('hex')}00` };
        const shorter: FrameSpec = { hex: topic.subarray(1).toString('hex') };
        await subscriber.subscribe(bytes(size, 7), END);
        await subscriber.connect(await publisher.bind(ANY));
        const { messages } = await publisher.receiveMany({ count: 2 });
        expect(messages).toContainEqual(digest(message([withPrefix(1, bytes(size, 7))])));
        await expectDelivery(publisher, subscriber, [[shorter], [longer]], [[longer]]);
        await subscriber.unsubscribe(bytes(size, 7));
        const { digest: ended } = await within(8000, 'the end', publisher.receive());
        expect(ended).toEqual(digest(message([withPrefix(0, bytes(size, 7))])));
      },
    );

    it('filters for a PUB, which has no notifications', async () => {
      await using publisher = await openPublisher({}, 'PUB');
      await using subscriber = await openSubscriber();
      await subscriber.subscribe(text('ab'), text('are'), END);
      await subscriber.connect(await publisher.bind(ANY));
      await awaitSubscription(publisher, subscriber);
      await expectDelivery(publisher, subscriber, texts('a', 'b', 'ab'), texts('ab'));
    });

    it('tells of a topic when the first peer subscribes and when the last one leaves', async () => {
      await using publisher = await openPublisher();
      await using first = await openSubscriber();
      await using second = await openSubscriber();
      await using third = await openSubscriber();
      const endpoint = await publisher.bind(ANY);
      await first.connect(endpoint);
      await first.subscribe(text('a'));
      expect(await notifications(publisher, 1)).toEqual(['+a']);
      await second.connect(endpoint);
      await second.subscribe(text('a'), text('b'));
      expect(await notifications(publisher, 1)).toEqual(['+b']);
      await first.close();
      await second.close();
      expect((await notifications(publisher, 2)).toSorted()).toEqual(['-a', '-b']);
      await third.connect(endpoint);
      await third.subscribe(text('a'));
      expect(await notifications(publisher, 1)).toEqual(['+a']);
    });

    it.each([
      { verbosity: 'allSubs', first: ['+fence'], last: ['-a', '+fence 2'] },
      { verbosity: 'allSubsUnsubs', first: ['-a', '+fence'], last: ['-a', '+fence 2'] },
    ])('tells of every peer with verbosity $verbosity', async ({ verbosity, first, last }) => {
      await using publisher = await openPublisher({ verbosity });
      await using one = await openSubscriber();
      await using other = await openSubscriber();
      const endpoint = await publisher.bind(ANY);
      for (const subscriber of [one, other]) {
        await subscriber.connect(endpoint);
        await subscriber.subscribe(text('a'));
        expect(await notifications(publisher, 1)).toEqual(['+a']);
      }
      await one.unsubscribe(text('a'));
      await one.subscribe(text('fence'));
      expect(await notifications(publisher, first.length)).toEqual(first);
      await other.unsubscribe(text('a'));
      await other.subscribe(text('fence 2'));
      expect(await notifications(publisher, last.length)).toEqual(last);
    });

    it('greets with the welcome message', async () => {
      await using publisher = await openPublisher({ welcomeMessage: 'welcome' });
      await using subscriber = await openSubscriber();
      await subscriber.subscribe(text('w'));
      await subscriber.connect(await publisher.bind(ANY));
      expect(await notifications(publisher, 1)).toEqual(['+w']);
      const { digest: welcome } = await within(8000, 'the welcome', subscriber.receive());
      expect([welcome]).toEqual(digests(texts('welcome')));
    });

    it('delivers what does not match with invertMatching', async () => {
      await using publisher = await openPublisher({ invertMatching: true });
      await using subscriber = await openSubscriber({ invertMatching: true });
      await subscriber.subscribe(text('a'));
      await subscriber.connect(await publisher.bind(ANY));
      expect(await notifications(publisher, 1)).toEqual(['+a']);
      await expectDelivery(publisher, subscriber, texts('a', 'b', 'ab', ''), texts('b', ''));
    });

    // What we publish with `manual` needs a method that the npm package does not have.
    it.runIf(direction === 'they publish')('takes what a manual XPUB chooses for it', async () => {
      await using publisher = await openPublisher({ manual: true });
      await using subscriber = await openSubscriber({}, 'XSUB');
      await subscriber.connect(await publisher.bind(ANY));
      await subscriber.subscribe(text('a'));
      expect(await notifications(publisher, 1)).toEqual(['+a']);
      await publisher.subscribe(text('b'), END);
      await expectDelivery(publisher, subscriber, texts('a', 'b'), texts('b'));
    });

    it('subscribes anew when the publisher comes back', async () => {
      await using subscriber = await openSubscriber({ reconnectInterval: 10 });
      const endpoint = `tcp://127.0.0.1:${await freePort()}`;
      await subscriber.subscribe(text('a'), text('b'), text('b'), text('c'), text('d'), END);
      await subscriber.unsubscribe(text('c'), text('b'));
      await subscriber.connect(endpoint);
      for (let life = 0; life < 3; life++) {
        // A libzmq SUB subscribes anew only when somebody reads from it.
        const received = subscriber.receiveMany({ until: END });
        received.catch(() => {});
        await using process = direction === 'they publish' ? await startPeer(kind) : undefined;
        await using publisher = (await process?.open('XPUB')) ?? new OurSocket('XPUB');
        await bindAgain(publisher, endpoint);
        expect((await notifications(publisher, 4)).toSorted()).toEqual(['+a', '+b', '+d', '+end']);
        // Behind these four nothing comes but what is subscribed now.
        await subscriber.subscribe(text('fence'));
        await subscriber.unsubscribe(text('fence'));
        expect(await notifications(publisher, 2)).toEqual(['+fence', '-fence']);
        await publisher.sendMany([...texts('a', 'b', 'c', 'd', 'fence'), [END]]);
        const { messages } = await within(8000, 'the messages', received);
        expect(messages).toEqual(digests(texts('a', 'b', 'd')));
      }
    });

    // A SUB or XSUB of libzmq drops what is above its own high-water mark; a publisher of theirs takes all of ours.
    it.each(['SUB', 'XSUB'] as const)(
      'replays the 10,000 subscriptions of a %s with high-water marks of 10',
      async (type) => {
        const topics = Array.from({ length: 10_000 }, (_, i) => text(`topic ${i}`));
        const sendHighWaterMark = direction === 'we publish' ? 0 : 10;
        await using subscriber = await openSubscriber(
          type === 'SUB' && direction === 'they publish'
            ? { receiveHighWaterMark: 10 }
            : { receiveHighWaterMark: 10, sendHighWaterMark },
          type,
        );
        await subscriber.subscribe(...topics, END);
        const endpoint = `tcp://127.0.0.1:${await freePort()}`;
        await subscriber.connect(endpoint);
        const wanted = [...topics, END].map((topic) => digests([[withPrefix(1, topic)]])[0]?.[0]);
        const received = subscriber.receiveMany({ until: END });
        received.catch(() => {});
        for (let life = 0; life < 2; life++) {
          await using process = direction === 'they publish' ? await startPeer(kind) : undefined;
          const options = { receiveHighWaterMark: 10 };
          await using publisher =
            (await process?.open('XPUB', options)) ?? new OurSocket('XPUB', options);
          await bindAgain(publisher, endpoint);
          const notified = await within(
            20_000,
            '10,001 notifications',
            publisher.receiveMany({ count: wanted.length }),
          );
          expect(notified.messages.flat().toSorted()).toEqual(wanted.toSorted());
          if (life === 0) continue;
          await publisher.sendMany([...texts('topic 0', 'topic 9999', 'other'), [END]]);
          // Before the publisher is closed, which does not wait for what it has sent.
          const { messages } = await within(8000, 'the messages', received);
          expect(messages).toEqual(digests(texts('topic 0', 'topic 9999')));
        }
      },
    );
  });
});

/** libzmq gives a port back some time after its socket is closed. */
async function bindAgain(socket: TestSocket, endpoint: string): Promise<void> {
  for (;;) {
    try {
      await socket.bind(endpoint);
      return;
    } catch (error) {
      if (!/EADDRINUSE|Address already in use/.test(String(error))) throw error;
      await pause(5);
    }
  }
}
