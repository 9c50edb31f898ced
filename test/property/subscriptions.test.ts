/**
 * The tree of subscriptions, and the topics of a subscriber, against a list that is looked through from end to end.
 *
 * @module
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Subscriptions } from '../../src/sockets/routing/subscriptions.ts';
import { Topics } from '../../src/sockets/routing/topics.ts';

/** Text of few different bytes, so that much has the same beginning. Some is longer than a label can be. */
const topics = fc.oneof(
  { weight: 8, arbitrary: fc.string({ unit: fc.constantFrom('a', 'b', '\xff'), maxLength: 5 }) },
  { weight: 2, arbitrary: fc.constantFrom(...'cdefghijk').map((byte) => `a${byte}`) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(1, 31, 32, 33, 1023, 1024, 1025, 3000), fc.constantFrom('', 'a', 'b'))
      .map(([length, end]) => 'b'.repeat(length) + end),
  },
);
const names = fc.constantFrom('A', 'B', 'C');

type Step =
  | { readonly type: 'add' | 'remove'; readonly topic: string; readonly name: string }
  | { readonly type: 'removeAll'; readonly name: string };

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      type: fc.constantFrom('add', 'add', 'remove'),
      topic: topics,
      name: names,
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('removeAll' as const), name: names }) },
);

function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

function text(topic: Uint8Array): string {
  return Buffer.from(topic).toString('latin1');
}

/** Who holds which topic. */
class Model {
  readonly held = new Map<string, Set<string>>();

  add(topic: string, name: string): string {
    const holders = this.held.get(topic);
    if (holders === undefined) {
      this.held.set(topic, new Set([name]));
      return 'first';
    }
    if (holders.has(name)) return 'known';
    holders.add(name);
    return 'another';
  }

  remove(topic: string, name: string): string {
    const holders = this.held.get(topic);
    if (!holders?.delete(name)) return 'unknown';
    if (holders.size > 0) return 'another';
    this.held.delete(topic);
    return 'last';
  }

  match(message: string): string[] {
    const found = [...this.held].filter(([topic]) => message.startsWith(topic));
    return found.flatMap(([, holders]) => [...holders]);
  }
}

test('subscriptions do as their model does', () => {
  fc.assert(
    fc.property(
      fc.array(steps, { maxLength: 80, size: 'max' }),
      fc.array(topics, { minLength: 5, maxLength: 5 }),
      (sequence, messages) => {
        const model = new Model();
        const real = new Subscriptions<string>();
        for (const step of sequence) {
          if (step.type === 'removeAll') {
            const seen: string[] = [];
            real.removeAll(step.name, (topic, isLast) => {
              seen.push(text(topic));
              expect(model.remove(text(topic), step.name)).toBe(isLast ? 'last' : 'another');
            });
            expect([...model.held.values()].some((holders) => holders.has(step.name))).toBe(false);
            expect(new Set(seen).size).toBe(seen.length);
          } else {
            const { type, topic, name } = step;
            expect(real[type](bytes(topic), name)).toBe(model[type](topic, name));
          }
          for (const message of messages) {
            const seen: string[] = [];
            real.match(bytes(message), (name) => seen.push(name));
            expect(seen.toSorted()).toEqual(model.match(message).toSorted());
          }
        }
        for (const name of 'ABC') real.removeAll(name);
        expect(real.treeSize).toBe(0);
      },
    ),
  );
});

test('the tree does not depend on how it came about', () => {
  const short = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });
  fc.assert(
    fc.property(fc.uniqueArray(short), fc.array(short), (kept, gone) => {
      const direct = new Subscriptions<string>();
      for (const topic of kept) direct.add(bytes(topic), 'A');
      const indirect = new Subscriptions<string>();
      for (const topic of gone) indirect.add(bytes(topic), 'B');
      for (const topic of kept.toReversed()) indirect.add(bytes(topic), 'A');
      indirect.removeAll('B');
      expect(indirect.treeSize).toBe(direct.treeSize);
    }),
  );
});

test('topics do as their model does', () => {
  const step = fc.tuple(fc.constantFrom('subscribe', 'subscribe', 'cancel'), topics);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), topics, (sequence, message) => {
      const real = new Topics();
      const counts = new Map<string, number>();
      for (const [type, topic] of sequence) {
        const count = counts.get(topic) ?? 0;
        if (type === 'subscribe') {
          real.subscribe(bytes(topic));
          counts.set(topic, count + 1);
        } else {
          expect(real.cancel(bytes(topic))).toBe(count === 1);
          counts.set(topic, Math.max(0, count - 1));
        }
        const held = [...counts].flatMap(([each, number]) => (number > 0 ? [each] : []));
        expect([...real].map(text)).toEqual(held.toSorted());
        expect(real.matches(bytes(message))).toBe(held.some((each) => message.startsWith(each)));
      }
    }),
  );
});
