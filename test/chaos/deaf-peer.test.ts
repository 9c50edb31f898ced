/**
 * Peers that never read, for the types that send on their own account: H18. What waits for such a peer
 * stops at the high-water mark and one batch, what happens beyond it is what the type says, and its other
 * peers are served.
 */

import { describe, expect, test } from 'vitest';
import { Dealer, Publisher, Push, Router, XPublisher } from '../../src/index.ts';
import { command, message, property, text } from '../../src/testing/raw-bytes.ts';
import { turn } from '../../src/testing/turn.ts';
import { type RawPeer } from '../support/raw-peer.ts';
import { expectAlive, RawSide } from '../support/raw-socket.ts';
import { MemoryWatch, watchProcess } from '../support/watch.ts';

watchProcess();

const SIZE = 100_000;
const COUNT = 600;
const MARK = 10;
/** The mark, a batch, what lies between kernel and peer here, and the rounding of it all. */
const BOUND = 24e6;
const NOW = { timeout: 0 };

const OPTIONS = { linger: 0, sendHighWaterMark: MARK };

function body(index: number): Buffer {
  return Buffer.alloc(SIZE, index & 0xff);
}

/** Reads messages of a number and a body, until the number `last`; they must come whole and in order. */
async function readUntil(peer: RawPeer, last: number): Promise<number> {
  let count = 0;
  for (let previous = -1; previous !== last; count += 1) {
    const frames = await peer.readMessage();
    const index = Number(text(frames.at(-2)));
    expect(index).toBeGreaterThan(previous);
    expect(frames.at(-1)?.equals(body(index))).toBe(true);
    previous = index;
  }
  return count;
}

/** Which messages have arrived, at whichever peer: each whole, and only once. */
class Tally {
  readonly seen = new Set<number>();
  #awaited = Number.POSITIVE_INFINITY;
  #reached: (() => void) | undefined;
  #failed: ((error: unknown) => void) | undefined;

  follow(peer: RawPeer): void {
    peer.resume();
    const read = async (): Promise<void> => {
      while (this.seen.size < this.#awaited) {
        const [number, content] = await peer.readMessage();
        const index = Number(text(number));
        expect(content?.equals(body(index))).toBe(true);
        expect(this.seen.has(index)).toBe(false);
        this.seen.add(index);
        if (this.seen.size >= this.#awaited) this.#reached?.();
      }
    };
    // A reader that waits when all is there ends with its peer.
    read().catch((error: unknown) => this.#failed?.(error));
  }

  reaches(count: number): Promise<void> {
    this.#awaited = count;
    if (this.seen.size >= count) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#reached = resolve;
      this.#failed = reject;
    });
  }
}

/** Sends as long as there is room, tries on for a while when there is none, and counts what was taken. */
async function fill(send: (index: number) => Promise<void>): Promise<number> {
  let sent = 0;
  for (let misses = 0; misses < 50 && sent < COUNT; ) {
    const isSent = await send(sent).then(
      () => true,
      (error: { code?: string }) => {
        expect(error.code).toBe('EAGAIN');
        return false;
      },
    );
    if (isSent) sent += 1;
    else {
      // The kernel may take some more in a later turn.
      misses += 1;
      await turn();
    }
  }
  return sent;
}

describe.each([
  ['PUSH', Push, 'PULL'],
  ['DEALER', Dealer, 'ROUTER'],
] as const)('%s', (_name, Class, as) => {
  test('H18: one peer that never reads: its queue fills once, everything else goes to the others, nothing is lost', async () => {
    const side = await RawSide.bind<Push | Dealer>(new Class(OPTIONS));
    const deaf = await side.join(as);
    const others = [await side.join(as), await side.join(as)];
    deaf.pause();
    const memory = new MemoryWatch();
    const tally = new Tally();
    for (const peer of others) tally.follow(peer);
    for (let index = 0; index < COUNT; index += 1) {
      await side.socket.send([`${index}`, body(index)]);
      if (index % 100 === 0) memory.sample();
    }
    memory.sample();
    expect(memory.peak).toBeLessThan(BOUND);
    // The rest is what the deaf one has got, in its queue and in the kernel, and what is on its way to the others.
    expect(tally.seen.size).toBeGreaterThan((COUNT * 2) / 3);
    tally.follow(deaf);
    await tally.reaches(COUNT);
  });

  test('H18: alone with a peer that never reads: EAGAIN at the mark, no more memory however often it is tried', async () => {
    const side = await RawSide.bind<Push | Dealer>(new Class(OPTIONS));
    const deaf = await side.join(as);
    deaf.pause();
    const memory = new MemoryWatch();
    const sent = await fill((index) => side.socket.send([`${index}`, body(index)], NOW));
    expect(sent).toBeLessThan(COUNT);
    expect(memory.sample()).toBeLessThan(BOUND);
    deaf.resume();
    await readUntil(deaf, sent - 1);
    await side.socket.send([`${sent}`, body(sent)]);
    await readUntil(deaf, sent);
  });

  test('H18: what waits for a peer that leaves is let go', async () => {
    const side = await RawSide.bind<Push | Dealer>(
      new Class({ linger: 0, sendHighWaterMark: 1000 }),
    );
    const memory = new MemoryWatch();
    for (let round = 0; round < 3; round += 1) {
      const deaf = await side.join(as);
      deaf.pause();
      for (let index = 0; index < 300; index += 1)
        await side.socket.send([`${index}`, body(index)]);
      deaf.reset();
      await side.lost(deaf);
    }
    expect(memory.sample()).toBeLessThan(4e6);
  });
});

describe.each([
  ['PUB', Publisher],
  ['XPUB', XPublisher],
] as const)('%s', (_name, Class) => {
  async function subscribe(side: RawSide): Promise<RawPeer> {
    const peer = await side.join('SUB');
    await peer.write(command('SUBSCRIBE', ''));
    await expectAlive(peer);
    return peer;
  }

  test('H18: "SHALL silently drop the message if the queue for a subscriber is full": the other gets every one', async () => {
    const side = await RawSide.bind(new Class(OPTIONS));
    const [deaf, other] = [await subscribe(side), await subscribe(side)];
    deaf.pause();
    const memory = new MemoryWatch();
    for (let index = 0; index < COUNT; index += 1) {
      await side.socket.send([`${index}`, body(index)], NOW);
      await other.expect(message(`${index}`, body(index)));
      if (index % 100 === 0) memory.sample();
    }
    expect(memory.peak).toBeLessThan(BOUND);
    // It missed the end, and hears again what is sent when it reads.
    deaf.resume();
    let kept = 0;
    for (let last = -1; ; ) {
      const [number] = await deaf.readMessage();
      if (Number(text(number)) >= COUNT) break;
      expect(Number(text(number))).toBeGreaterThan(last);
      last = Number(text(number));
      kept += 1;
      await side.socket.send([`${COUNT + kept}`, body(0)]);
    }
    expect(kept).toBeGreaterThanOrEqual(MARK);
    expect(kept).toBeLessThan(COUNT);
  });

  test('H18: noDrop: send waits for it, and goes on when it reads or leaves', async () => {
    const side = await RawSide.bind(new Class({ ...OPTIONS, noDrop: true }));
    const [deaf, other] = [await subscribe(side), await subscribe(side)];
    deaf.pause();
    other.discardInput();
    const memory = new MemoryWatch();
    const sent = await fill((index) => side.socket.send([`${index}`, body(index)], NOW));
    expect(sent).toBeLessThan(COUNT);
    expect(memory.sample()).toBeLessThan(BOUND);
    const waiting = side.socket.send([`${sent}`, body(sent)]);
    deaf.resume();
    await waiting;
    expect(await readUntil(deaf, sent)).toBe(sent + 1);

    deaf.pause();
    await fill((index) => side.socket.send([`${index}`, body(index)], NOW));
    const stuck = side.socket.send('to the others');
    deaf.reset();
    await stuck;
    await side.lost(deaf);
  });

  test('a subscription of a peer that does not read is taken all the same', async () => {
    const side = await RawSide.bind(new Class(OPTIONS));
    const deaf = await subscribe(side);
    deaf.pause();
    for (let index = 0; index < 300; index += 1) await side.socket.send([`${index}`, body(index)]);
    await deaf.write(command('CANCEL', ''));
    await deaf.write(command('SUBSCRIBE', 'later'));
    // Until it is taken messages still find room, or not; afterwards there is nothing but what it asks for.
    deaf.resume();
    for (let isOver = false; !isOver; ) {
      await side.socket.send('later');
      await turn();
      isOver = deaf.unread.subarray(-7).equals(message('later'));
    }
  });
});

describe('ROUTER', () => {
  function join(side: RawSide, name: string): Promise<RawPeer> {
    return side.join('DEALER', { extra: property('Identity', name) });
  }

  test('H18: "SHALL NOT block on sending": dropped for the peer that never reads, the other gets every one', async () => {
    const side = await RawSide.bind(new Router(OPTIONS));
    const [deaf, other] = [await join(side, 'deaf'), await join(side, 'other')];
    deaf.pause();
    const memory = new MemoryWatch();
    for (let index = 0; index < COUNT; index += 1) {
      await side.socket.send(['deaf', `${index}`, body(index)], NOW);
      await side.socket.send(['other', `${index}`], NOW);
      await other.expect(message(`${index}`));
      if (index % 100 === 0) memory.sample();
    }
    expect(memory.peak).toBeLessThan(BOUND);
    deaf.resume();
    let kept = 0;
    for (let last = -1; ; ) {
      const [number] = await deaf.readMessage();
      if (Number(text(number)) >= COUNT) break;
      expect(Number(text(number))).toBeGreaterThan(last);
      last = Number(text(number));
      kept += 1;
      await side.socket.send(['deaf', `${COUNT + kept}`, body(0)]);
    }
    expect(kept).toBeGreaterThanOrEqual(MARK);
    expect(kept).toBeLessThan(COUNT);
  });

  test('H18: mandatory: EAGAIN for the peer that never reads, and the other is served meanwhile', async () => {
    const side = await RawSide.bind(new Router({ ...OPTIONS, mandatory: true }));
    const [deaf, other] = [await join(side, 'deaf'), await join(side, 'other')];
    deaf.pause();
    const memory = new MemoryWatch();
    let rounds = 0;
    const sent = await fill(async (index) => {
      rounds += 1;
      await side.socket.send(['other', `${rounds}`], NOW);
      await other.expect(message(`${rounds}`));
      await side.socket.send(['deaf', `${index}`, body(index)], NOW);
    });
    expect(sent).toBeLessThan(COUNT);
    expect(memory.sample()).toBeLessThan(BOUND);
    deaf.resume();
    expect(await readUntil(deaf, sent - 1)).toBe(sent);
    deaf.pause();
    deaf.reset();
    await side.lost(deaf);
    await expect(side.socket.send(['deaf', 'x'])).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
  });
});
