import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Queue } from '../../src/queue.ts';

function drain<T>(queue: Queue<T>): T[] {
  const items: T[] = [];
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) items.push(item);
  return items;
}

function queueOf<T>(...items: readonly T[]): Queue<T> {
  const queue = new Queue<T>();
  for (const item of items) queue.push(item);
  return queue;
}

describe('Queue', () => {
  test('is empty at first', () => {
    const queue = new Queue<number>();
    expect(queue.length).toBe(0);
    expect(queue.shift()).toBeUndefined();
    expect(queue.length).toBe(0);
  });

  test('gives back in order, beyond any size of its ring', () => {
    const numbers = Array.from({ length: 10_000 }, (_, i) => i);
    const queue = queueOf(...numbers);
    expect(queue.length).toBe(10_000);
    expect(drain(queue)).toEqual(numbers);
    expect(queue.length).toBe(0);
  });

  test('goes round its ring', () => {
    const queue = queueOf(-1, -2, -3);
    for (let i = 0; i < 100; i++) {
      queue.push(i);
      expect(queue.shift()).toBe(i < 3 ? -1 - i : i - 3);
    }
    expect(drain(queue)).toEqual([97, 98, 99]);
  });

  test('shows its first item, and keeps it', () => {
    const queue = new Queue<string>();
    expect(queue.first).toBeUndefined();
    for (const item of 'ab') queue.push(item);
    expect([queue.first, queue.first, queue.length]).toEqual(['a', 'a', 2]);
    queue.shift();
    expect(queue.first).toBe('b');
    queue.shift();
    expect(queue.first).toBeUndefined();
  });

  test('takes an item out of the middle', () => {
    const [a, b, c] = [{}, {}, {}];
    const queue = queueOf(a, b, c);
    expect(queue.remove(b)).toBe(true);
    expect(queue.remove(b)).toBe(false);
    expect(queue.length).toBe(2);
    expect(drain(queue)).toEqual([a, c]);
  });

  test('takes the last item out of a ring that had grown', () => {
    const queue = queueOf(...Array.from({ length: 5000 }, (_, i) => i));
    for (let i = 0; i < 4999; i++) queue.shift();
    expect(queue.remove(1)).toBe(false);
    expect(queue.remove(4999)).toBe(true);
    expect(queue.length).toBe(0);
    queue.push(1);
    expect(drain(queue)).toEqual([1]);
  });

  test('can be cleared', () => {
    const queue = queueOf(1, 2, 3);
    queue.clear();
    expect(queue.length).toBe(0);
    queue.push(4);
    expect(drain(queue)).toEqual([4]);
  });

  test('property: behaves as an array does', () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ push: fc.nat(20) }) },
      { weight: 4, arbitrary: fc.constant('shift' as const) },
      { weight: 1, arbitrary: fc.record({ remove: fc.nat(20) }) },
      { weight: 1, arbitrary: fc.constant('clear' as const) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
        const queue = new Queue<number>();
        let model: number[] = [];
        for (const each of steps) {
          if (each === 'shift') {
            expect(queue.shift()).toBe(model.shift());
          } else if (each === 'clear') {
            queue.clear();
            model = [];
          } else if ('push' in each) {
            queue.push(each.push);
            model.push(each.push);
          } else {
            expect(queue.remove(each.remove)).toBe(model.includes(each.remove));
            model = model.filter((item) => item !== each.remove);
          }
          expect(queue.length).toBe(model.length);
          expect(queue.first).toBe(model[0]);
        }
        expect(drain(queue)).toEqual(model);
      }),
    );
  });
});
