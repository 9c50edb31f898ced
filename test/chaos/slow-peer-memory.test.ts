/**
 * What a peer costs that never reads, in bytes: the messages that its high-water mark lets wait, and one batch with the
 * message that made it full; whatever the sender is, however large the messages are, and however long it goes on.
 */

import { describe, expect, test } from 'vitest';
import { Dealer, Publisher, Push, Router, type Socket } from '../../src/index.ts';
import { command, property } from '../../src/testing/raw-bytes.ts';
import { turn } from '../../src/testing/turn.ts';
import { expectAlive, RawSide } from '../support/raw-socket.ts';
import { MemoryWatch, watchProcess } from '../support/watch.ts';

watchProcess();

const MiB = 1024 * 1024;
const BATCH = 64 * 1024;
/** What each message costs beside its bytes, and the run itself. */
const OVERHEAD = 400;
const SLACK = 1.5e6;

type Shape = {
  readonly name: string;
  readonly size: number;
  readonly mark: number;
  readonly count: number;
};

const SHAPES: readonly Shape[] = [
  { name: '100 B', size: 100, mark: 1000, count: 120_000 },
  { name: '8 KiB, the largest that is copied', size: 8192, mark: 20, count: 3000 },
  { name: '100 KB', size: 100_000, mark: 10, count: 1000 },
  { name: '8 MiB', size: 8 * MiB, mark: 1, count: 12 },
];

type Sender = {
  readonly name: string;
  readonly make: (options: object) => Socket & { send(message: Buffer[]): Promise<void> };
  readonly peer: 'PULL' | 'ROUTER' | 'SUB' | 'DEALER';
  readonly envelope: readonly string[];
};

const SENDERS: readonly Sender[] = [
  { name: 'PUSH', make: (options) => new Push(options), peer: 'PULL', envelope: [] },
  { name: 'DEALER', make: (options) => new Dealer(options), peer: 'ROUTER', envelope: [] },
  { name: 'PUB', make: (options) => new Publisher(options), peer: 'SUB', envelope: [] },
  { name: 'ROUTER', make: (options) => new Router(options), peer: 'DEALER', envelope: ['deaf'] },
];

/** Sends what there is room for, looking after every hundredth how much is held; answers the most of it. */
async function sendToDeaf(
  sender: Sender,
  options: object,
  { size, count }: Shape,
): Promise<number> {
  const side = await RawSide.bind(sender.make({ linger: 0, sendTimeout: 0, ...options }));
  const deaf = await side.join(sender.peer, { extra: property('Identity', 'deaf') });
  if (sender.peer === 'SUB') {
    await deaf.write(command('SUBSCRIBE', ''));
    await expectAlive(deaf);
  }
  deaf.pause();
  const memory = new MemoryWatch();
  // A function of its own, so that what it made is not held by this one.
  const trySend = (index: number): Promise<boolean> =>
    side.socket
      .send([...sender.envelope.map((text) => Buffer.from(text)), Buffer.alloc(size, index)])
      .then(
        () => true,
        () => false,
      );
  for (let index = 0, misses = 0; index < count && misses < 50; index += 1) {
    if (index % Math.ceil(count / 20) === 0) memory.sample();
    if (await trySend(index)) continue;
    // The kernel may take some more in a later turn.
    misses += 1;
    await turn();
  }
  memory.sample();
  return memory.peak;
}

describe.each(SENDERS)('$name', (sender) => {
  test.each(SHAPES)('messages of $name', async (shape) => {
    const { size, mark } = shape;
    const held = await sendToDeaf(sender, { sendHighWaterMark: mark }, shape);
    expect(held).toBeLessThan((mark + 1) * (size + OVERHEAD) + BATCH + SLACK);
  });
});

describe.each(SENDERS.filter(({ name }) => name !== 'ROUTER'))('$name, conflating', (sender) => {
  test.each(SHAPES)('messages of $name', async (shape) => {
    const held = await sendToDeaf(sender, { conflate: true, sendHighWaterMark: 0 }, shape);
    expect(held).toBeLessThan(2 * (shape.size + OVERHEAD) + BATCH + SLACK);
  });
});
