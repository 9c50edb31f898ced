/**
 * Our proxy between clients and workers, publishers and subscribers of libzmq, some of each kind of peer.
 *
 * @module
 */

import { describe, expect, it, onTestFinished } from 'vitest';
import { Dealer, Proxy, Router, XPublisher, XSubscriber } from '../../src/index.ts';
import { within } from '../support/peers/events.ts';
import { bytes, digest, type MessageSpec, message, text } from '../support/peers/messages.ts';
import type { Peer } from '../support/peers/peer.ts';
import { awaitSubscription } from '../support/peers/publish.ts';
import { usePeer } from '../support/peers/use-peer.ts';

const ANY = 'tcp://127.0.0.1:*';
const END = text('end');

const digests = (specs: readonly MessageSpec[]): string[][] => specs.map(message).map(digest);

/** Binds both sockets and runs a proxy between them until it is told to end, or the test has ended. */
async function runProxy(front: Router | XSubscriber, back: Dealer | XPublisher) {
  await front.bind(ANY);
  await back.bind(ANY);
  const proxy = new Proxy(front, back);
  const running = proxy.run();
  running.catch(() => {});
  onTestFinished(async () => {
    if (!front.closed) proxy.terminate();
    await running;
  });
  return {
    proxy,
    running,
    frontEndpoint: front.lastEndpoint ?? '',
    backEndpoint: back.lastEndpoint ?? '',
  };
}

describe('our proxy', () => {
  const pyzmq = usePeer('pyzmq');
  const zeromq = usePeer('zeromq');
  /** Does this twice for each kind of peer. */
  const forEachPeer = <T>(act: (peer: Peer, number: number) => Promise<T>): Promise<T[]> =>
    Promise.all([pyzmq(), zeromq(), pyzmq(), zeromq()].map(act));

  it('carries requests of several REQ and DEALER to several REP and back', async () => {
    const front = new Router({ linger: 0 });
    const back = new Dealer({ linger: 0 });
    const { proxy, running, frontEndpoint, backEndpoint } = await runProxy(front, back);

    const workers = await forEachPeer(async (peer) => {
      const worker = await peer.open('REP');
      await worker.connect(backEndpoint);
      // Without an end: how many requests a worker has is for the proxy to say.
      return { worker, served: worker.serve() };
    });
    const clients = await forEachPeer(async (peer, number) => {
      const client = await peer.open(number < 2 ? 'REQ' : 'DEALER');
      await client.connect(frontEndpoint);
      const specs: MessageSpec[] = Array.from({ length: 50 }, (_, i) => [
        text(`client ${number}, request ${i}`),
        text(''),
        bytes(i * 100),
      ]);
      return { client, specs };
    });
    await Promise.all(
      clients.map(async ({ client, specs }) => {
        const { messages } = await within(10_000, 'the replies', client.exchange(specs));
        // A DEALER has several requests under way, with several workers.
        expect(messages.toSorted()).toEqual(digests(specs).toSorted());
        await client.close();
      }),
    );
    for (const { worker } of workers) await worker.close();
    const served = await Promise.all(workers.map(async (worker) => (await worker.served).messages));
    const all = digests(clients.flatMap(({ specs }) => specs));
    expect(served.flat().toSorted()).toEqual(all.toSorted());
    // A DEALER goes round its peers, so each of them has had work.
    for (const messages of served) expect(messages.length).toBeGreaterThan(0);

    proxy.terminate();
    await running;
    expect([front.closed, back.closed]).toEqual([true, true]);
  });

  it('carries messages of several PUB and XPUB to several SUB, and subscriptions upstream', async () => {
    const front = new XSubscriber({ linger: 0 });
    const back = new XPublisher({ linger: 0 });
    const { proxy, running, frontEndpoint, backEndpoint } = await runProxy(front, back);

    // These read what is subscribed behind the proxy.
    const [witness, otherWitness] = [await pyzmq().open('XPUB'), await zeromq().open('XPUB')];
    const witnesses = [witness, otherWitness];
    for (const publisher of witnesses) await publisher.connect(frontEndpoint);
    const expectNotification = async (notification: string): Promise<void> => {
      for (const publisher of witnesses) {
        const { hex } = await within(8000, notification, publisher.receive());
        expect(hex.map((frame) => String(Buffer.from(frame, 'hex')))).toEqual([notification]);
      }
    };

    const subscribers = await forEachPeer(async (peer, number) => {
      const subscriber = await peer.open('SUB');
      await subscriber.connect(backEndpoint);
      return { subscriber, topic: `topic ${number}:` };
    });
    for (const { subscriber, topic } of subscribers) {
      await subscriber.subscribe(text(topic));
      await expectNotification(`\u0001${topic}`);
    }
    for (const { subscriber } of subscribers) await subscriber.subscribe(END);
    await expectNotification('\u0001end');

    const publishers = await forEachPeer(async (peer) => {
      const publisher = await peer.open('PUB');
      await publisher.connect(frontEndpoint);
      return publisher;
    });
    // Every publisher is known to reach the last subscriber before anything is counted.
    const last = subscribers[3];
    if (last === undefined) throw new Error('no subscriber');
    for (const [number, publisher] of publishers.entries()) {
      const probe = text(`${last.topic} publisher ${number}, are you there?`);
      await awaitSubscription(publisher, last.subscriber, probe);
      // Some more of the same may be under way; this one is behind them, and nothing reads it twice.
      const fence = text(`${last.topic} publisher ${number}, fence`);
      await publisher.send([fence]);
      await within(8000, 'the fence', last.subscriber.receiveMany({ until: fence }));
    }
    await Promise.all(
      [...publishers, ...witnesses].map((publisher, number) =>
        publisher.sendMany(
          Array.from({ length: 50 }, (_, i) => [
            text(`topic ${i % 5}: ${number}, ${i}`),
            bytes(i * 100),
          ]),
        ),
      ),
    );
    for (const [number, { subscriber }] of subscribers.entries()) {
      const received = await within(8000, 'messages', subscriber.receiveMany({ count: 60 }));
      const specs = Array.from({ length: 6 }, (_, sender) =>
        Array.from({ length: 50 }, (__, i) => i)
          .filter((i) => i % 5 === number)
          .map((i) => [text(`topic ${number}: ${sender}, ${i}`), bytes(i * 100)]),
      );
      expect(received.messages.toSorted()).toEqual(digests(specs.flat()).toSorted());
      for (const sent of specs.map(digests)) {
        const names = new Set(sent.map(String));
        expect(received.messages.filter((frames) => names.has(String(frames)))).toEqual(sent);
      }
    }
    await witness.send([END]);
    for (const { subscriber } of subscribers) {
      const { digest: end } = await within(8000, 'the end', subscriber.receive());
      expect(end).toEqual(digest(message([END])));
    }

    await last.subscriber.unsubscribe(text(last.topic));
    await expectNotification(`\u0000${last.topic}`);
    for (const { subscriber } of subscribers) await subscriber.close();
    for (const socket of [...publishers, ...witnesses]) await socket.close();
    proxy.terminate();
    await running;
  });
});
