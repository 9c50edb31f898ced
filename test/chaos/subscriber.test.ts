/**
 * Subscribers whose publishers come and go: H14 and H20 for SUB and XSUB. Whatever is cut, in the end the
 * publisher knows the topics that are held, and the application gets whole messages and no others.
 */

import { describe, expect, test } from 'vitest';
import { Subscriber, XSubscriber } from '../../src/index.ts';
import {
  bytes,
  command,
  greeting,
  message,
  ready,
  repeat,
  text,
} from '../../src/testing/raw-bytes.ts';
import { turn } from '../../src/testing/turn.ts';
import { RawListener, type RawPeer } from '../support/raw-peer.ts';
import { createRandom, SEED } from '../support/raw-random.ts';
import { expectAlive, RawSide } from '../support/raw-socket.ts';
import { EventLog, expectFrames } from '../support/raw-subject.ts';
import { MemoryWatch, own, watchProcess } from '../support/watch.ts';

watchProcess();

const CUTS: ReadonlyArray<[name: string, cut: (peer: RawPeer) => void]> = [
  ['FIN', (peer) => peer.end()],
  ['RST', (peer) => peer.reset()],
];

const HANDSHAKE = bytes(greeting(), ready('PUB'));
const TOPICS = Array.from({ length: 1000 }, (_, index) => `topic ${index}`);

/** Reads SUBSCRIBE commands until there are so many of different topics; a CANCEL takes one away. */
async function readTopics(peer: RawPeer, count: number): Promise<Set<string>> {
  const held = new Set<string>();
  while (held.size < count) {
    const { name, data } = await peer.readCommand();
    if (name === 'SUBSCRIBE') held.add(text(data));
    else if (name === 'CANCEL') held.delete(text(data));
    else throw new Error(`unexpected ${name}`);
  }
  return held;
}

describe.each(CUTS)('H14: the publisher cuts with %s', (kind, cut) => {
  test('connecting SUB: after every byte of greeting, READY and a message: it comes back, subscribes anew, gets whole messages', async () => {
    const session = bytes(HANDSHAKE, message('t whole', 'message'));
    const listener = own(await RawListener.listen());
    const sub = own(new Subscriber({ reconnectInterval: 1 }));
    sub.subscribe('t');
    sub.connect(listener.endpoint);
    let whole = 0;
    for (let length = 0; length <= session.length; length += 1) {
      const peer = own(await listener.accept());
      await peer.write(session.subarray(0, Math.min(length, HANDSHAKE.length)));
      if (length >= HANDSHAKE.length) {
        await peer.read(64);
        await peer.readReady();
        await peer.expect(command('SUBSCRIBE', 't'));
        await peer.write(session.subarray(HANDSHAKE.length, length));
      } else {
        await turn();
      }
      if (length === session.length) {
        // What was there before an RST may be lost with it.
        if (kind === 'FIN') cut(peer);
        whole += 1;
      } else {
        cut(peer);
      }
    }
    expect(whole).toBe(1);
    expectFrames(await sub.receive(), 't whole', 'message');
    await expect(sub.receive({ timeout: 0 })).rejects.toMatchObject({ code: 'EAGAIN' });
  });

  test('bound SUB: a publisher that is cut after every byte: nothing half delivered, the others are heard', async () => {
    const side = await RawSide.bind(new Subscriber());
    side.socket.subscribe('t');
    const other = await side.join('PUB');
    await other.expect(command('SUBSCRIBE', 't'));
    const session = bytes(HANDSHAKE, message('t whole', 'message'));
    for (let length = 0; length < session.length; length += 1) {
      const peer = await side.open();
      await peer.write(session.subarray(0, length));
      await turn();
      cut(peer);
      expect(await side.reasonFor(peer)).not.toBe('');
      if (length % 10 !== 0) continue;
      await other.write(message(`t ${length}`));
      expectFrames(await side.socket.receive(), `t ${length}`);
    }
    await expect(side.socket.receive({ timeout: 0 })).rejects.toMatchObject({ code: 'EAGAIN' });
  });

  test('SUB: the subscriptions are cut while they come: the next connection has them all', async () => {
    const sub = own(new Subscriber({ reconnectInterval: 1 }));
    for (const topic of TOPICS.slice(0, 20)) sub.subscribe(topic);
    const listener = own(await RawListener.listen());
    sub.connect(listener.endpoint);
    const all = bytes(...TOPICS.slice(0, 20).map((topic) => command('SUBSCRIBE', topic)));
    for (let count = 0; count < all.length; count += 7) {
      const peer = own(await listener.accept());
      await peer.handshake({ as: 'PUB' });
      await peer.read(count);
      cut(peer);
    }
    const peer = own(await listener.accept());
    await peer.handshake({ as: 'PUB' });
    expect(await readTopics(peer, 20)).toEqual(new Set(TOPICS.slice(0, 20)));
    await expectAlive(peer);
  });
});

describe('H14: our side closes', () => {
  test('SUB: close() and disconnect() after every byte received', async () => {
    const session = bytes(HANDSHAKE, message('t', 'message'));
    for (let length = 0; length <= session.length; length += 3) {
      for (const end of ['close', 'disconnect'] as const) {
        const sub = own(new Subscriber());
        sub.subscribe('t');
        const listener = own(await RawListener.listen());
        sub.connect(listener.endpoint);
        const peer = own(await listener.accept());
        await peer.write(session.subarray(0, length));
        await turn();
        if (end === 'close') sub.close();
        else sub.disconnect(listener.endpoint);
        await peer.expectClose();
        listener.close();
        sub.close();
      }
    }
  });
});

describe('reconnect storms', () => {
  test(`a SUB with 1,000 topics, 60 connections cut anywhere (seed ${SEED}): each topic once on each, memory as before`, async () => {
    const random = createRandom();
    const sub = own(new Subscriber({ reconnectInterval: 1 }));
    sub.subscribe(...TOPICS);
    const listener = own(await RawListener.listen());
    sub.connect(listener.endpoint);
    const size = bytes(...TOPICS.map((topic) => command('SUBSCRIBE', topic))).length;
    const first = own(await listener.accept());
    await first.handshake({ as: 'PUB' });
    await first.read(size);
    const memory = new MemoryWatch();
    first.reset();
    for (let round = 0; round < 60; round += 1) {
      const peer = own(await listener.accept());
      if (round % 3 !== 0) {
        await peer.handshake({ as: 'PUB', minor: 1 });
        await peer.read(random.below(size));
      }
      if (random.below(2) === 0) peer.reset();
      else peer.end();
    }
    expect(memory.sample()).toBeLessThan(4e6);
    const last = own(await listener.accept());
    await last.handshake({ as: 'PUB' });
    expect(await readTopics(last, 1000)).toEqual(new Set(TOPICS));
    // Nothing is said twice.
    await expectAlive(last);
    await last.write(message('topic 42', 'news'));
    expectFrames(await sub.receive(), 'topic 42', 'news');
  });

  test('topics that change all the time: the last connection has what is held', async () => {
    const sub = own(new Subscriber({ reconnectInterval: 1 }));
    const events = new EventLog(sub.events);
    const listener = own(await RawListener.listen());
    sub.connect(listener.endpoint);
    const held = new Set<string>();
    const random = createRandom();
    const change = (): void => {
      for (let count = 0; count < 50; count += 1) {
        const topic = TOPICS[random.below(200)] ?? '';
        if (held.has(topic)) {
          held.delete(topic);
          sub.unsubscribe(topic);
        } else {
          held.add(topic);
          sub.subscribe(topic);
        }
      }
    };
    for (let round = 0; round < 40; round += 1) {
      const peer = own(await listener.accept());
      change();
      if (round % 2 === 0) {
        await peer.handshake({ as: 'PUB' });
        change();
        await turn();
        change();
      }
      peer.reset();
      change();
    }
    const last = own(await listener.accept());
    await last.handshake({ as: 'PUB' });
    change();
    // Those held by now come in any order, and changes among them: in the end they are the same.
    const known = new Set<string>();
    while (known.size !== held.size || [...held].some((topic) => !known.has(topic))) {
      const { name, data } = await last.readCommand();
      if (name === 'SUBSCRIBE') known.add(text(data));
      else expect(known.delete(text(data))).toBe(true);
    }
    await expectAlive(last);
    expect(events.seen.filter(({ type }) => type === 'disconnect').length).toBeGreaterThanOrEqual(
      20,
    );
  });

  test('20 publishers at one bound SUB come and go: every one is told the 1,000 topics', async () => {
    const side = await RawSide.bind(new Subscriber());
    side.socket.subscribe(...TOPICS);
    const memory = new MemoryWatch();
    for (let round = 0; round < 5; round += 1) {
      const peers = await Promise.all(Array.from({ length: 20 }, () => side.join('PUB')));
      const half = peers.slice(10);
      for (const peer of peers.slice(0, 10)) peer.reset();
      for (const peer of half) expect((await readTopics(peer, 1000)).size).toBe(1000);
      for (const peer of half) peer.end();
      await Promise.all(peers.map((peer) => side.lost(peer)));
    }
    expect(memory.sample()).toBeLessThan(6e6);
  });
});

describe('publishers that do not read', () => {
  test.each([
    ['SUB', Subscriber],
    ['XSUB', XSubscriber],
  ] as const)(
    '%s: 100,000 changes of 500 topics meanwhile: memory follows the topics, and the publisher knows them in the end',
    async (_name, Class) => {
      const side = await RawSide.bind<Subscriber | XSubscriber>(new Class());
      const { socket } = side;
      const change = async (kind: 1 | 0, topic: Uint8Array): Promise<void> => {
        if (socket instanceof XSubscriber) await socket.send(bytes(kind, topic));
        else if (kind === 1) socket.subscribe(topic);
        else socket.unsubscribe(topic);
      };
      const topics = Array.from({ length: 500 }, (_, index) =>
        bytes(`${index} `, repeat(0x74, 500)),
      );
      const deaf = await side.join('PUB');
      const other = await side.join('PUB');
      other.discardInput();
      deaf.pause();
      const memory = new MemoryWatch();
      for (let round = 0; round < 100; round += 1) {
        for (const topic of topics) await change(1, topic);
        for (const topic of topics) await change(0, topic);
        await turn();
      }
      for (const topic of topics.slice(0, 10)) await change(1, topic);
      await change(1, bytes('the end'));
      // 55 MB of commands were made; the kernel takes some of them.
      expect(memory.sample()).toBeLessThan(24e6);
      deaf.resume();
      const known = new Set<string>();
      while (known.size !== 11 || !known.has('the end')) {
        const { name, data } = await deaf.readCommand();
        if (name === 'SUBSCRIBE') known.add(text(data));
        else known.delete(text(data));
      }
      expect([...known].toSorted()).toEqual(
        [...topics.slice(0, 10).map((topic) => text(topic)), 'the end'].toSorted(),
      );
      await expectAlive(deaf);
      await deaf.write(message(topics[3] ?? '', 'news'));
      expectFrames(await socket.receive(), topics[3] ?? '', 'news');
    },
  );
});

describe('publishers that send too much', () => {
  test('SUB whose application does not receive: a flood is held back in the network, a PING of another is answered', async () => {
    const side = await RawSide.bind(new Subscriber({ receiveHighWaterMark: 100 }));
    side.socket.subscribe('t');
    const [loud, other] = [await side.join('PUB'), await side.join('PUB')];
    for (const peer of [loud, other]) await peer.expect(command('SUBSCRIBE', 't'));
    const memory = new MemoryWatch();
    const clock = async (): Promise<void> => {
      for (let round = 0; round < 200; round += 1) await expectAlive(other);
    };
    const wire = message('t', repeat(1, 10_000));
    const sent = await loud.flood(wire, 200 * 2 ** 20, clock());
    expect(sent).toBeLessThan(100 * 2 ** 20);
    expect(memory.sample()).toBeLessThan(24e6);
    await other.write(message('t', 'other'));
    let isOtherHeard = false;
    for (let heard = 0; heard < sent / wire.length; ) {
      const [, body] = await side.socket.receive();
      if (text(body) === 'other') isOtherHeard = true;
      else heard += 1;
    }
    if (!isOtherHeard) expectFrames(await side.socket.receive(), 't', 'other');
  });

  test('SUB: 64 MB that nobody has subscribed to are dropped, memory stays, what is wanted comes through', async () => {
    const side = await RawSide.bind(new Subscriber());
    side.socket.subscribe('wanted');
    const loud = await side.join('PUB');
    await loud.expect(command('SUBSCRIBE', 'wanted'));
    const received = side.socket.receive();
    const memory = new MemoryWatch();
    const noise = Buffer.concat(
      Array.from({ length: 100 }, () => message('noise', repeat(1, 1000))),
    );
    await loud.flood(noise, 64 * 2 ** 20);
    await loud.write(message('wanted', 'news'));
    expectFrames(await received, 'wanted', 'news');
    expect(memory.sample()).toBeLessThan(8e6);
  });
});
