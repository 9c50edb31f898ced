/**
 * Peers that subscribe to too much, to nonsense, and again and again: H11.
 *
 * What every case must leave behind: the subscriptions that are held and no others, memory as it was, the
 * other subscribers served.
 */

import { describe, expect, test } from 'vitest';
import { Context, Publisher, Subscriber, XPublisher } from '../../src/index.ts';
import { bytes, command, frame, message, repeat, u64 } from '../../src/testing/raw-bytes.ts';
import { turn } from '../../src/testing/turn.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { createRandom, SEED } from '../support/raw-random.ts';
import { expectAlive, RawSide } from '../support/raw-socket.ts';
import { expectFrames } from '../support/raw-subject.ts';
import { MemoryWatch, own, watchProcess } from '../support/watch.ts';
import { stateOf, texts } from '../unit/sockets/conversation.ts';

watchProcess();

const BATCH = 2000;
/** For churn that would show what it leaves behind after fewer. */
const CHURN = 10_000;

type Kind = 'SUBSCRIBE' | 'CANCEL';
type Form = (kind: Kind, topic: string | Uint8Array) => Buffer;

/** As `command`, at the price of one buffer: there are many of them here. */
function asCommand(kind: Kind, topic: string | Uint8Array): Buffer {
  const size = 1 + kind.length + topic.length;
  if (typeof topic !== 'string' || size > 255) return command(kind, topic);
  const { fromCharCode } = String;
  return Buffer.from(`\x04${fromCharCode(size, kind.length)}${kind}${topic}`, 'latin1');
}

function asMessage(kind: Kind, topic: string | Uint8Array): Buffer {
  return message(bytes(kind === 'SUBSCRIBE' ? 1 : 0, topic));
}

const FORMS: ReadonlyArray<[name: string, form: Form, flood: number]> = [
  ['commands', asCommand, 100_000],
  ['messages', asMessage, 10_000],
];

type Options = {
  readonly maxTopicSize?: number;
  readonly maxMessageSize?: number;
  readonly receiveHighWaterMark?: number;
};

/** A bound publisher with a well-behaved subscriber. */
class Stage {
  readonly side: RawSide<Publisher | XPublisher>;
  readonly other: RawPeer;
  #subscribed = 0;
  #cancelled = 0;
  #rounds = 0;

  private constructor(side: RawSide<Publisher | XPublisher>, other: RawPeer, isListening: boolean) {
    this.side = side;
    this.other = other;
    if (isListening && side.socket instanceof XPublisher) void this.#listen(side.socket);
  }

  /** @param options - with `receiveHighWaterMark` an XPUB is not read from */
  static async set(
    Class: typeof Publisher | typeof XPublisher,
    options: Options = {},
  ): Promise<Stage> {
    const side = await RawSide.bind(new Class({ linger: 0, ...options }));
    const other = await side.join('SUB');
    await other.write(command('SUBSCRIBE', 'other'));
    await expectAlive(other);
    if (options.receiveHighWaterMark !== undefined && side.socket instanceof XPublisher) {
      expectFrames(await side.socket.receive(), bytes(1, 'other'));
    }
    const stage = new Stage(side, other, options.receiveHighWaterMark === undefined);
    await stage.serveOther();
    return stage;
  }

  async #listen(socket: XPublisher): Promise<void> {
    while (!socket.closed) await this.#hear(socket);
  }

  /** In a call of its own, so that no notification is held while the next one is awaited. */
  async #hear(socket: XPublisher): Promise<void> {
    const [frame] = await socket.receive().catch(() => [Buffer.of(2)]);
    if (frame?.[0] === 1) this.#subscribed += 1;
    else if (frame?.[0] === 0) this.#cancelled += 1;
  }

  /** So many notifications have come, of an XPUB, when it has nothing more to tell. */
  async heard(subscribed: number, cancelled: number): Promise<void> {
    const { socket } = this.side;
    if (!(socket instanceof XPublisher)) return;
    while (this.#subscribed < subscribed || this.#cancelled < cancelled) await this.serveOther();
    expect([this.#subscribed, this.#cancelled]).toEqual([subscribed, cancelled]);
  }

  async serveOther(): Promise<void> {
    this.#rounds += 1;
    const body = `other ${this.#rounds}`;
    await this.side.socket.send(body);
    await this.other.expect(message(body));
  }

  /** Writes what `make` makes of each number, in batches; serves the other subscriber between them. */
  async flood(peer: RawPeer, count: number, make: (index: number) => Buffer): Promise<void> {
    for (let start = 0; start < count; start += BATCH) {
      const batch = Array.from({ length: BATCH }, (_, index) => make(start + index));
      await peer.write(Buffer.concat(batch));
      await this.serveOther();
    }
    await expectAlive(peer);
    await this.serveOther();
  }

  /** Hears of what is published under these topics, and of nothing else. */
  async expectPublished(
    peer: RawPeer,
    topics: readonly string[],
    others: readonly string[],
  ): Promise<void> {
    for (const topic of [...others, ...topics]) await this.side.socket.send([topic, 'news']);
    await peer.expect(bytes(...topics.map((topic) => message(topic, 'news'))));
    await expectAlive(peer);
  }

  async leave(peer: RawPeer): Promise<void> {
    peer.end();
    await this.side.lost(peer);
    await this.serveOther();
  }
}

describe.each([
  ['PUB', Publisher],
  ['XPUB', XPublisher],
] as const)('%s', (_name, Class) => {
  describe.each(FORMS)('H11: %s', (_form, form, flood) => {
    test(`${flood} topics of one peer: it gets them all, others are served, and all is let go with it`, async () => {
      const stage = await Stage.set(Class);
      const memory = new MemoryWatch();
      let total = 0;
      for (const count of [flood, 10_000]) {
        const peer = await stage.side.join('SUB');
        await stage.flood(peer, count, (index) => form('SUBSCRIBE', `topic ${index}`));
        memory.sample();
        // A topic is matched by what begins with it, not by what it begins with.
        await stage.expectPublished(
          peer,
          ['topic 0', 'topic 4711', `topic ${count - 1}`, 'topic 777777'],
          ['topic', 'topic '],
        );
        await stage.leave(peer);
        total += count;
        await stage.heard(total + 1, total);
      }
      // A node of the tree, a topic and its place with the peer: a few hundred bytes each.
      expect(memory.peak).toBeLessThan(4e6 + flood * 600);
      expect(memory.sample()).toBeLessThan(4e6);
    });

    test(`topics of random bytes, cancelled one by one in another order (seed ${SEED}): nothing is left`, async () => {
      const random = createRandom();
      const count = CHURN;
      const topics = Array.from({ length: count }, () =>
        bytes(0xff, random.bytes(random.below(24))),
      );
      const stage = await Stage.set(Class);
      const memory = new MemoryWatch();
      const peer = await stage.side.join('SUB');
      await stage.flood(peer, count, (index) => form('SUBSCRIBE', topics[index] as Buffer));
      const order = topics.toSorted(() => random.next() - 0.5);
      for (let start = 0; start < count; start += BATCH) {
        const batch = order.slice(start, start + BATCH).map((topic) => form('CANCEL', topic));
        await peer.write(Buffer.concat(batch));
        await stage.serveOther();
      }
      await expectAlive(peer);
      const distinct = new Set(topics.map((topic) => topic.toString('hex'))).size;
      await stage.heard(distinct + 1, distinct);
      expect(memory.sample()).toBeLessThan(4e6);
    });

    test('subscribing to and cancelling 200 topics over and over: memory as after the first time', async () => {
      const stage = await Stage.set(Class);
      const peer = await stage.side.join('SUB');
      const memory = new MemoryWatch();
      const churn = (index: number): Buffer =>
        bytes(form('SUBSCRIBE', `topic ${index % 200}`), form('CANCEL', `topic ${index % 200}`));
      await stage.flood(peer, CHURN, churn);
      expect(memory.sample()).toBeLessThan(2e6);
      await stage.expectPublished(peer, [], ['topic 1', 'topic']);
    });

    test('always new topics, each cancelled at once: nothing piles up', async () => {
      const stage = await Stage.set(Class);
      const peer = await stage.side.join('SUB');
      const memory = new MemoryWatch();
      const churn = (index: number): Buffer =>
        bytes(form('SUBSCRIBE', `topic ${index}`), form('CANCEL', `topic ${index}`));
      await stage.flood(peer, CHURN, churn);
      expect(memory.sample()).toBeLessThan(2e6);
      await stage.expectPublished(peer, [], ['topic 1', 'topic']);
    });

    test('the same topic again and again: it is held once, and one CANCEL ends it', async () => {
      const stage = await Stage.set(Class);
      const peer = await stage.side.join('SUB');
      const memory = new MemoryWatch();
      await stage.flood(peer, CHURN, () => form('SUBSCRIBE', 'same'));
      expect(memory.sample()).toBeLessThan(2e6);
      await stage.expectPublished(peer, ['same'], []);
      await peer.write(form('CANCEL', 'same'));
      await expectAlive(peer);
      await stage.expectPublished(peer, [], ['same']);
      await stage.heard(2, 1);
    });

    test('CANCEL of unknown topics: no memory, no notification, no harm to those who hold them', async () => {
      const stage = await Stage.set(Class);
      const peer = await stage.side.join('SUB');
      const memory = new MemoryWatch();
      await stage.flood(peer, CHURN, (index) => form('CANCEL', `${index}`));
      // Held by somebody else, above, and below a topic that is held.
      await stage.flood(peer, BATCH, (index) =>
        form('CANCEL', ['other', 'oth', 'other 1'][index % 3] ?? ''),
      );
      expect(memory.sample()).toBeLessThan(2e6);
      await stage.heard(1, 0);
    });

    test('prefixes nested one byte apart, 1,500 deep: a message is delivered once, and nothing is left', async () => {
      const depth = 1500;
      const stage = await Stage.set(Class);
      const memory = new MemoryWatch();
      const peer = await stage.side.join('SUB');
      const topics = Array.from({ length: depth }, (_, index) => repeat(0x78, index + 1));
      for (const topic of topics) await peer.write(form('SUBSCRIBE', topic));
      await expectAlive(peer);
      for (const length of [1, 2, depth - 1, depth, depth + 500]) {
        await stage.side.socket.send(repeat(0x78, length));
        await peer.expect(message(repeat(0x78, length)));
      }
      // From the inside out and from the outside in: what remains still matches.
      for (let index = 0; index < depth / 2 - 1; index += 1) {
        await peer.write(form('CANCEL', topics[index] as Buffer));
        await peer.write(form('CANCEL', topics[depth - 1 - index] as Buffer));
      }
      await expectAlive(peer);
      await stage.side.socket.send(repeat(0x78, depth / 2 - 1));
      await stage.side.socket.send(repeat(0x78, depth));
      await peer.expect(message(repeat(0x78, depth)));
      await stage.leave(peer);
      expect(memory.sample()).toBeLessThan(4e6);
    });

    test('a topic longer than any message matches none, and is cancelled', async () => {
      const stage = await Stage.set(Class);
      const peer = await stage.side.join('SUB');
      const topic = repeat(0x74, 60_000);
      await peer.write(form('SUBSCRIBE', topic));
      await expectAlive(peer);
      await stage.side.socket.send(topic.subarray(1));
      await stage.side.socket.send(topic);
      await peer.expect(message(topic));
      await peer.write(form('CANCEL', topic));
      await expectAlive(peer);
      await stage.side.socket.send(topic);
      await expectAlive(peer);
    });
  });

  test('H11: a command with a topic of 10 MB is refused at its header, with a reason', async () => {
    const stage = await Stage.set(Class);
    const memory = new MemoryWatch();
    const peer = await stage.side.join('SUB');
    await peer.write(bytes(6, u64(10 * 2 ** 20), 9, 'SUBSCRIBE'));
    await peer.expectClose();
    expect(await stage.side.reasonFor(peer)).toMatch(/limit/);
    await stage.serveOther();
    expect(memory.sample()).toBeLessThan(2e6);
  });

  test('H11: a message with a topic of 10 MB: taken only where the limits allow it, and let go with its peer', async () => {
    const topic = bytes(1, repeat(0x74, 10 * 2 ** 20));
    const free = await Stage.set(Class, { maxTopicSize: -1 });
    const memory = new MemoryWatch();
    for (const cut of ['cancel', 'leave'] as const) {
      const peer = await free.side.join('SUB');
      await peer.write(frame(2, topic));
      await expectAlive(peer);
      await free.side.socket.send(topic.subarray(1, 1000));
      await free.serveOther();
      if (cut === 'cancel') await peer.write(frame(2, bytes(0, topic.subarray(1))));
      await free.leave(peer);
      peer.close();
    }
    await free.heard(3, 2);
    expect(memory.sample()).toBeLessThan(4e6);

    const usual = await Stage.set(Class);
    const long = await usual.side.join('SUB');
    await long.write(frame(2, topic));
    await long.expectClose();
    expect(await usual.side.reasonFor(long)).toMatch(/maxTopicSize/);
    await usual.serveOther();

    const limited = await Stage.set(Class, { maxMessageSize: 1000 });
    const peer = await limited.side.join('SUB');
    await peer.write(bytes(2, u64(topic.length)));
    await peer.expectClose();
    expect(await limited.side.reasonFor(peer)).toMatch(/limit/);
    await limited.serveOther();
  });

  test('100 peers with 1,000 topics each come and go at once: those who stay are served', async () => {
    const stage = await Stage.set(Class);
    const memory = new MemoryWatch();
    const peers = await Promise.all(Array.from({ length: 100 }, () => stage.side.join('SUB')));
    const topics = Buffer.concat(
      Array.from({ length: 1000 }, (_, index) => command('SUBSCRIBE', `topic ${index}`)),
    );
    await Promise.all(peers.map((peer) => peer.write(topics)));
    await Promise.all(peers.map(expectAlive));
    await stage.side.socket.send('topic 999');
    await Promise.all(peers.map((peer) => peer.expect(message('topic 999'))));
    for (const [index, peer] of peers.entries()) {
      if (index % 3 === 0) peer.reset();
      else if (index % 3 === 1) peer.end();
    }
    await Promise.all(
      peers.filter((_, index) => index % 3 !== 2).map((peer) => stage.side.lost(peer)),
    );
    await stage.side.socket.send('topic 998');
    const stayed = peers.filter((_, index) => index % 3 === 2);
    await Promise.all(stayed.map((peer) => peer.expect(message('topic 998'))));
    for (const peer of stayed) await stage.leave(peer);
    await stage.heard(1001, 1000);
    expect(memory.sample()).toBeLessThan(4e6);
  });
});

describe('XPUB whose application does not read', () => {
  test('H11: what is subscribed to counts; memory is that of the topics; nothing is lost', async () => {
    const stage = await Stage.set(XPublisher, { receiveHighWaterMark: 100 });
    const socket = stage.side.socket as XPublisher;
    const peer = await stage.side.join('SUB');
    const memory = new MemoryWatch();
    const count = 20_000;
    await stage.flood(peer, count, (index) => command('SUBSCRIBE', `topic ${index}`));
    await stage.expectPublished(peer, ['topic 0', `topic ${count - 1}`], ['topic']);
    expect(memory.sample()).toBeLessThan(4e6 + count * 1000);
    // Another one with the same topics is no news, and one that goes only when it is the last.
    const second = await stage.side.join('SUB');
    await stage.flood(second, count, (index) => command('SUBSCRIBE', `topic ${index}`));
    await stage.leave(peer);
    for (let index = 0; index < count; index += 1) {
      const [notification] = await socket.receive();
      expect(notification?.toString()).toBe(`\x01topic ${index}`);
    }
    await stage.leave(second);
    for (let index = 0; index < count; index += 1) {
      const [notification] = await socket.receive();
      expect(notification?.[0]).toBe(0);
    }
    expect(socket.readable).toBe(false);
    expect(memory.sample()).toBeLessThan(4e6);
  });

  test('4,000 peers that subscribe and hang up: nothing is left of them', async () => {
    const xpub = own(new XPublisher({ linger: 0, receiveHighWaterMark: 100 }));
    await xpub.bind('tcp://127.0.0.1:*');
    // Not owned by the test, which would keep each of them.
    const visit = async (index: number): Promise<void> => {
      const peer = await RawPeer.connect(xpub.lastEndpoint ?? '');
      await peer.handshake({ as: 'SUB' });
      await peer.write(bytes(command('SUBSCRIBE', `topic ${index}`), message('left behind')));
      peer.end();
      await peer.expectClose();
      peer.close();
    };
    for (let index = 0; index < 400; index += 1) await visit(index);
    const memory = new MemoryWatch();
    for (let index = 0; index < 3600; index += 1) await visit(index);
    expect(memory.sample()).toBeLessThan(2e6);
  });

  test('4,000 sockets that subscribe over inproc and are closed: nothing is left of them', async () => {
    const context = new Context();
    const xpub = own(new XPublisher({ context, receiveHighWaterMark: 100 }));
    await xpub.bind('inproc://churn');
    const visit = (index: number): void => {
      const sub = new Subscriber({ context });
      sub.subscribe(`topic ${index}`);
      sub.connect('inproc://churn');
      sub.close();
    };
    for (let index = 0; index < 400; index += 1) visit(index);
    await turn();
    const memory = new MemoryWatch();
    for (let index = 0; index < 3600; index += 1) visit(index);
    await turn();
    expect(memory.sample()).toBeLessThan(2e6);
  });

  test('a second SUB hears what it has subscribed to, however much the first has', async () => {
    const xpub = own(new XPublisher({ linger: 0 }));
    await xpub.bind('tcp://127.0.0.1:*');
    const [first, second] = [own(new Subscriber()), own(new Subscriber())];
    for (let index = 0; index < 2000; index += 1) first.subscribe(`topic ${index}`);
    first.connect(xpub.lastEndpoint ?? '');
    second.subscribe('other');
    second.connect(xpub.lastEndpoint ?? '');
    const heard = second.receive({ timeout: 5000 }).then(texts, String);
    while ((await stateOf(heard)) === 'pending') await xpub.send('other news');
    expect(await heard).toEqual(['other news']);
  });
});
