import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COPY_LIMIT, Encoder, SlabPool } from '../../../src/zmtp/encoder.ts';
import { command, message } from '../../../src/testing/raw-bytes.ts';
import '../compare-bytes.ts';

/** A pool that tells what it was asked for. */
function countingPool(slabSize: number, keep?: number): { pool: SlabPool; made: () => number } {
  let made = 0;
  const allocate = (size: number): Uint8Array => {
    made++;
    return new Uint8Array(size);
  };
  return { pool: new SlabPool(allocate, slabSize, keep), made: () => made };
}

const POOL_SIZE = 16_384;

function body(length: number, seed = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + seed) % 256);
}

describe('bytes', () => {
  test.each([0, 1, 31, 32, 33, 255, 256, COPY_LIMIT, COPY_LIMIT + 1, 100_000])(
    'of a frame of %i bytes',
    (length) => {
      const encoder = new Encoder(countingPool(POOL_SIZE).pool);
      encoder.message([body(length), body(3)]);
      const expected = message(body(length), body(3));
      expect(encoder.size).toBe(expected.length);
      expect(Buffer.concat(encoder.take())).toEqual(expected);
      expect(encoder.size).toBe(0);
      expect(encoder.take()).toEqual([]);
    },
  );

  test('of commands and raw bytes, in the order in which they were given', () => {
    const encoder = new Encoder(countingPool(POOL_SIZE).pool);
    encoder.raw(Buffer.from('greeting'));
    encoder.command(Buffer.from('\x05READY', 'latin1'));
    encoder.message([body(300), body(20_000), body(0)]);
    encoder.command(Buffer.from(`\x01X${'y'.repeat(300)}`, 'latin1'));
    expect(Buffer.concat(encoder.take())).toEqual(
      Buffer.concat([
        Buffer.from('greeting'),
        command('READY'),
        message(body(300), body(20_000), body(0)),
        command('X', 'y'.repeat(300)),
      ]),
    );
  });

  test('small messages make one piece, whatever their number', () => {
    const encoder = new Encoder(countingPool(POOL_SIZE).pool);
    for (let i = 0; i < 500; i++) encoder.message([body(10), body(8)]);
    expect(encoder.take()).toHaveLength(1);
  });

  // Without `slabs` a Connection uses slabs of 4096 bytes, half of what may be copied.
  test.each([256, 4096])('slabs of %i bytes do for every body', (slabSize) => {
    for (const length of [slabSize - 9, slabSize - 8, slabSize, slabSize + 1, 5000, COPY_LIMIT]) {
      const encoder = new Encoder(countingPool(slabSize).pool);
      encoder.message([body(3), body(length), body(3)]);
      expect(Buffer.concat(encoder.take())).toEqual(message(body(3), body(length), body(3)));
    }
  });
});

describe('ownership', () => {
  test('a body up to the limit is copied', () => {
    const encoder = new Encoder(countingPool(POOL_SIZE).pool);
    const bodies = [body(1), body(100), body(COPY_LIMIT)];
    const expected = message(...bodies);
    encoder.message(bodies);
    for (const each of bodies) each.fill(0xee);
    expect(Buffer.concat(encoder.take())).toEqual(expected);
  });

  test('a larger body is referenced', () => {
    const encoder = new Encoder(countingPool(POOL_SIZE).pool);
    const large = body(COPY_LIMIT + 1);
    encoder.message([body(2), large, body(2)]);
    const pieces = encoder.take();
    expect(pieces).toHaveLength(3);
    expect(pieces[1]).toBe(large);
  });
});

describe('slabs', () => {
  test('serve again when their bytes have left', () => {
    const { pool, made } = countingPool(POOL_SIZE);
    const encoder = new Encoder(pool);
    for (let i = 0; i < 100; i++) {
      encoder.message([body(1000, i)]);
      expect(Buffer.concat(encoder.take())).toEqual(message(body(1000, i)));
      encoder.recycle();
    }
    expect(made()).toBe(1);
  });

  test('are not held by an encoder that has nothing to send', () => {
    const { pool, made } = countingPool(POOL_SIZE);
    for (let i = 0; i < 50; i++) {
      const encoder = new Encoder(pool);
      encoder.message([body(10)]);
      encoder.take();
      encoder.recycle();
    }
    expect(made()).toBe(1);
  });

  test('are left alone while somebody holds their bytes', () => {
    const { pool } = countingPool(POOL_SIZE);
    const encoder = new Encoder(pool);
    encoder.message([body(1000, 1)]);
    const held = encoder.take();
    encoder.forsake();
    const other = new Encoder(pool);
    for (let i = 0; i < 50; i++) {
      for (const each of [encoder, other]) {
        each.message([body(900, i)]);
        each.take();
        each.recycle();
      }
    }
    expect(Buffer.concat(held)).toEqual(message(body(1000, 1)));
  });

  test('keep what was gathered after the last take', () => {
    const { pool } = countingPool(POOL_SIZE);
    const encoder = new Encoder(pool);
    const other = new Encoder(pool);
    encoder.message([body(10, 1)]);
    encoder.take();
    encoder.message([body(10, 2)]);
    encoder.recycle();
    other.message([body(50, 3)]);
    expect(Buffer.concat(encoder.take())).toEqual(message(body(10, 2)));
  });

  test('taken in between stay whole while more is gathered', () => {
    const encoder = new Encoder(countingPool(256).pool);
    const taken: Uint8Array[] = [];
    for (let i = 0; i < 40; i++) {
      encoder.message([body(30, i)]);
      taken.push(...encoder.take());
    }
    const expected = Array.from({ length: 40 }, (_, i) => message(body(30, i)));
    expect(Buffer.concat(taken)).toEqual(Buffer.concat(expected));
  });

  test('property: nothing that is held ever changes', () => {
    const action = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          send: fc.array(fc.nat(600), { minLength: 1, maxLength: 3 }),
          isForAll: fc.boolean(),
        }),
      },
      { weight: 3, arbitrary: fc.constant('take' as const) },
      { weight: 2, arbitrary: fc.constant('left' as const) },
      { weight: 2, arbitrary: fc.constant('held' as const) },
    );
    const steps = fc.array(fc.tuple(fc.nat(2), action), { maxLength: 60, size: 'max' });
    fc.assert(
      fc.property(steps, (sequence) => {
        const { pool } = countingPool(1024, 4);
        const sides = [true, true, false].map((sharesMessages) => ({
          encoder: new Encoder(pool, sharesMessages),
          /** What was given and not yet taken. */
          given: [] as Uint8Array[],
          /** Pieces whose bytes may be anywhere, with what they must say. */
          held: [] as { pieces: Uint8Array[]; expected: Uint8Array }[],
        }));
        let seed = 0;
        for (const [index, step] of sequence) {
          const side = sides[index];
          if (side === undefined) continue;
          if (typeof step === 'object') {
            const bodies = step.send.map((length) => body(length, seed++));
            for (const each of step.isForAll ? sides : [side]) {
              each.encoder.message(bodies);
              each.given.push(message(...bodies));
            }
          } else if (step === 'take') {
            const pieces = side.encoder.take();
            side.held.push({ pieces, expected: Buffer.concat(side.given) });
            side.given = [];
          } else if (step === 'left') {
            side.encoder.recycle();
            side.held = [];
          } else {
            side.encoder.forsake();
          }
          for (const each of sides.flatMap(({ held }) => held)) {
            expect(Buffer.concat(each.pieces)).toEqual(each.expected);
          }
        }
        for (const side of sides) {
          expect(Buffer.concat(side.encoder.take())).toEqual(Buffer.concat(side.given));
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('a message for many', () => {
  /** What each of several encoders has gathered, when each was given the messages that are for it. */
  function gather(
    pool: SlabPool,
    peers: number,
    messages: readonly (readonly number[])[],
  ): { encoders: Encoder[]; pieces: Uint8Array[][] } {
    const encoders = Array.from({ length: peers }, () => new Encoder(pool, true));
    messages.forEach((receivers, i) => {
      const frames = [body(100, i)];
      for (const receiver of receivers) encoders[receiver]?.message(frames);
      frames[0]?.fill(0xee);
    });
    const pieces = encoders.map((encoder) => encoder.take());
    pieces.forEach((each, peer) => {
      const own = messages.flatMap((receivers, i) => (receivers.includes(peer) ? [i] : []));
      expect(Buffer.concat(each)).toEqual(Buffer.concat(own.map((i) => message(body(100, i)))));
    });
    return { encoders, pieces };
  }

  test('is encoded once: all refer to the same bytes', () => {
    const { pool, made } = countingPool(POOL_SIZE);
    const { encoders, pieces } = gather(pool, 3, [
      [0, 1, 2],
      [0, 1, 2],
      [0, 1, 2],
    ]);
    const [[first], [second], [third]] = pieces as [[Uint8Array], [Uint8Array], [Uint8Array]];
    expect([second.buffer, third.buffer]).toEqual([first.buffer, first.buffer]);
    expect(second.buffer).toBe(first.buffer);
    expect(third.byteOffset).toBe(first.byteOffset);
    expect(pieces.flat()).toHaveLength(3);
    for (const encoder of encoders) encoder.recycle();
    gather(pool, 3, [[0, 1, 2]]);
    expect(made()).toBe(1);
  });

  test('who joins in the middle refers to the rest', () => {
    const { pool, made } = countingPool(POOL_SIZE);
    const { pieces } = gather(pool, 2, [[0], [0], [0, 1], [0, 1]]);
    expect(pieces.map(({ length }) => length)).toEqual([1, 1]);
    expect(made()).toBe(1);
  });

  test('who gets every other message has two pieces, not one for each', () => {
    const { pool, made } = countingPool(POOL_SIZE);
    const messages = Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? [0, 1] : [0]));
    const { encoders, pieces } = gather(pool, 2, messages);
    expect(pieces.map(({ length }) => length)).toEqual([1, 2]);
    for (const encoder of encoders) encoder.recycle();
    gather(pool, 2, messages);
    expect(made()).toBe(2);
  });

  test('those who get the same go on together when another got more', () => {
    const { pool, made } = countingPool(POOL_SIZE);
    const messages = Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? [0, 1, 2, 3] : [0]));
    const { pieces } = gather(pool, 4, messages);
    expect(pieces.map(({ length }) => length)).toEqual([1, 2, 2, 2]);
    expect(made()).toBe(2);
  });

  test('who gets messages of two others by turns copies before long', () => {
    const turns = [[0, 2], [0], [1, 2], [1]];
    const messages = Array.from({ length: 80 }, (_, i) => turns[i % turns.length] as number[]);
    const { pieces } = gather(countingPool(POOL_SIZE).pool, 3, messages);
    expect(pieces.map(({ length }) => length)).toEqual([1, 1, 6]);
  });

  test('bytes that somebody still holds are not written to by those who share them', () => {
    const { pool } = countingPool(POOL_SIZE);
    const [held, others] = [
      new Encoder(pool, true),
      [new Encoder(pool, true), new Encoder(pool, true)],
    ];
    const first = [body(100, 1)];
    for (const encoder of [held, ...others]) encoder.message(first);
    const pieces = held.take();
    held.forsake();
    for (let i = 2; i < 50; i++) {
      const next = [body(100, i)];
      for (const encoder of others) {
        encoder.message(next);
        encoder.take();
        encoder.recycle();
      }
    }
    expect(Buffer.concat(pieces)).toEqual(message(body(100, 1)));
  });

  test('is encoded anew when its bytes have left', () => {
    const { pool } = countingPool(POOL_SIZE);
    const frames = [body(100, 1)];
    const [one, two] = [new Encoder(pool, true), new Encoder(pool, true)];
    one.message(frames);
    one.take();
    one.recycle();
    pool.acquire().bytes.fill(0xee);
    two.message(frames);
    expect(Buffer.concat(two.take())).toEqual(message(body(100, 1)));
  });
});

describe('SlabPool', () => {
  test('makes slabs of its size and takes them back', () => {
    const { pool, made } = countingPool(100);
    const slab = pool.acquire();
    expect(slab.bytes).toHaveLength(100);
    pool.release(slab);
    expect(pool.acquire()).toBe(slab);
    expect(made()).toBe(1);
  });

  test('holds on to no more than it was told', () => {
    const { pool, made } = countingPool(100, 2);
    const slabs = [pool.acquire(), pool.acquire(), pool.acquire()];
    for (const slab of slabs) pool.release(slab);
    const again = [pool.acquire(), pool.acquire(), pool.acquire()];
    expect(again.filter((slab) => slabs.includes(slab))).toHaveLength(2);
    expect(made()).toBe(4);
  });
});
