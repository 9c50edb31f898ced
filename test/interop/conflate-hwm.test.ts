/**
 * What is dropped, what is kept back and what is lost when a receiver of libzmq or ours is slow: `conflate` and the
 * high-water marks.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { within } from '../support/peers/events.ts';
import { bytes, digest, type MessageSpec, message, text } from '../support/peers/messages.ts';
import { OurSocket } from '../support/peers/our-socket.ts';
import {
  PEER_KINDS,
  type PeerOptions,
  type PeerSocketType,
  type TestSocket,
} from '../support/peers/peer.ts';
import { awaitSubscription, PROBE, sendUntil } from '../support/peers/publish.ts';
import { Tap } from '../support/peers/tap.ts';
import { usePeer } from '../support/peers/use-peer.ts';

const ANY = 'tcp://127.0.0.1:*';
const END = text('end');

const digests = (specs: readonly MessageSpec[]): string[][] => specs.map(message).map(digest);

/** Numbered messages of 64 KiB, so that some hundred of them are more than the buffers of the system hold. */
const large = (count: number): MessageSpec[] =>
  Array.from({ length: count }, (_, i) => [text(`${i}`), bytes(65_536, i & 255)]);

describe.each(PEER_KINDS)('slow receivers with %s', (kind) => {
  const peer = usePeer(kind);

  describe.each(['we receive', 'they receive'] as const)('%s', (direction) => {
    const weReceive = direction === 'we receive';
    const openSender = async (type: PeerSocketType, options?: PeerOptions): Promise<TestSocket> =>
      weReceive ? peer().open(type, options) : new OurSocket(type, options);
    const openReceiver = async (
      type: PeerSocketType,
      options?: PeerOptions,
    ): Promise<TestSocket> =>
      weReceive ? new OurSocket(type, options) : peer().open(type, options);

    it.each([
      ['PUSH', 'PULL'],
      ['DEALER', 'DEALER'],
      ['XPUB', 'SUB'],
    ] as const)('a %s fills a %s with conflate, which has the last one', async (from, to) => {
      await using sender = await openSender(from, { heartbeatInterval: 20 });
      await using receiver = await openReceiver(to, { conflate: true });
      if (to === 'SUB') await receiver.subscribe(text(''));
      await using tap = await Tap.open(await sender.bind(ANY));
      await receiver.connect(tap.endpoint);
      if (to === 'SUB') await awaitSubscription(sender, receiver);
      for (let round = 0; round < 3; round++) {
        const numbers = Array.from({ length: 50 }, (_, i) => [text(`${round}: ${i}`)]);
        await sender.sendMany([...numbers, [text(`last ${round}`)]]);
        // The answer to a PING behind the last message says that the receiver has read that, too.
        await tap.heard('reply', `last ${round}`, 1);
        await tap.heard('request', 'PONG', tap.count('reply', 'PING') + 1);
        const last = text(`last ${round}`);
        if (weReceive) {
          const received = await within(8000, 'the last message', receiver.receive());
          expect(received.digest).toEqual(digest(message([last])));
        } else {
          // libzmq does not show a message that comes in while the application looks, until another one comes.
          const received = receiver.receiveMany({ until: last });
          const { messages } = await sendUntil(received, sender, [last]);
          expect(messages.length).toBeLessThanOrEqual(1);
        }
      }
    });

    it.each([
      ['PUSH', 'PULL'],
      ['DEALER', 'DEALER'],
      ['PAIR', 'PAIR'],
    ] as const)('a %s waits for a slow %s, and nothing is lost', async (from, to) => {
      await using sender = await openSender(from, { sendHighWaterMark: 5, sendTimeout: 100 });
      await using receiver = await openReceiver(to, { receiveHighWaterMark: 5 });
      await receiver.connect(await sender.bind(ANY));
      await sender.sendMany([[text('Hello')]]);
      await within(8000, 'the first message', receiver.receive());

      const all = large(1000);
      const sent = await sender.sendMany(all);
      expect(sent).toBeGreaterThanOrEqual(10);
      expect(sent).toBeLessThan(all.length);
      const received = receiver.receiveMany({ until: END });
      received.catch(() => {});
      await sendAll(sender, [...all.slice(sent, 200), [END]]);
      const { messages } = await within(10_000, 'all messages', received);
      expect(messages).toEqual(digests(all.slice(0, Math.max(sent, 200))));
    });

    it.each(['PUB', 'XPUB'] as const)(
      'a %s drops for the slow one and goes on for the others',
      async (type) => {
        const options = type === 'XPUB' ? { verbosity: 'allSubs' } : {};
        await using publisher = await openSender(type, { sendHighWaterMark: 50, ...options });
        const endpoint = await publisher.bind(ANY);
        await using slow = await openReceiver('SUB', { receiveHighWaterMark: 10 });
        await using fast = await openReceiver('SUB');
        for (const subscriber of [slow, fast]) {
          await subscriber.subscribe(text(''));
          await subscriber.connect(endpoint);
          await awaitSubscription(publisher, subscriber);
        }
        const all = large(500);
        for (let i = 0; i < all.length; i += 5) {
          // Far below the high-water mark: libzmq learns up to a millisecond late what was read, and drops till then.
          const some = all.slice(i, i + 5);
          const received = fast.receiveMany({ count: some.length, skip: PROBE });
          received.catch(() => {});
          await publisher.sendMany(some);
          const { messages } = await within(8000, `messages ${i} to ${i + 4}`, received);
          expect(messages).toEqual(digests(some));
        }
        const received = slow.receiveMany({ until: END, skip: PROBE });
        const { messages } = await sendUntil(received, publisher, [END]);
        // What arrives is whole and in order; what is missing is behind what the high-water marks let pass.
        const wanted = digests(all).map(String);
        const places = messages.map((frames) => wanted.indexOf(String(frames)));
        expect(places).toEqual(places.toSorted((a, b) => a - b));
        expect(places.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, i) => i));
        expect(places.length).toBeLessThan(all.length);
      },
    );
  });
});

/** Goes on where the last attempt had to give up. */
async function sendAll(sender: TestSocket, messages: readonly MessageSpec[]): Promise<void> {
  let sent = 0;
  while (sent < messages.length) sent += await sender.sendMany(messages.slice(sent));
}
