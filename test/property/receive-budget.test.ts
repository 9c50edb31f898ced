/**
 * The budget of a socket's peers, under any course of events: peers that send parts of messages and whole ones, wait and are
 * sent away, and a program that takes messages now and then.
 */

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReceiveBudget, type Spender, type Waiter } from '../../src/receive-budget.ts';

test('however peers and program go on: what counts keeps to the limit, and nobody waits for nothing', () => {
  const step = fc.oneof(
    fc.record({
      type: fc.constant('grow' as const),
      who: fc.nat(4),
      by: fc.integer({ min: 1, max: 60 }),
    }),
    fc.record({ type: fc.constant('finish' as const), who: fc.nat(4), by: fc.nat(40) }),
    fc.record({ type: fc.constant('take' as const), who: fc.nat(4), by: fc.nat(0) }),
    fc.record({ type: fc.constant('turn' as const), who: fc.nat(0), by: fc.nat(0) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const tasks: (() => void)[] = [];
      const budget = new ReceiveBudget(100, (task) => tasks.push(task));
      const sizes = new Map<number, number>();
      const held = new Set<number>();
      const queue: number[] = [];
      const peers = [0, 1, 2, 3, 4].map((index) => ({
        drop: () => {
          held.delete(index);
          sizes.delete(index);
          budget.forget(peers[index] as Waiter);
        },
        budgetHasRoom: () => held.delete(index),
      }));
      const unfinished = (): number[] => [...sizes.values()];
      for (const { type, who, by } of steps) {
        const peer = peers[who] as Spender & Waiter;
        if (type === 'turn') tasks.shift()?.();
        else if (type === 'take') budget.remove(queue.shift() ?? 0);
        else if (!held.has(who)) {
          const size = (sizes.get(who) ?? 0) + by;
          if (type === 'grow') {
            sizes.set(who, size);
            budget.setUnfinished(peer, size);
          } else {
            sizes.delete(who);
            budget.setUnfinished(peer, 0);
            budget.add(size);
            queue.push(size);
          }
          if (!budget.makeRoom() && (type === 'finish' || sizes.has(who))) {
            held.add(who);
            budget.wait(peer);
          }
        }
        const whole = queue.reduce((sum, size) => sum + size, 0);
        const parts = unfinished().reduce((sum, size) => sum + size, 0);
        expect(budget.size).toBe(whole + parts);
        // Beyond it goes what each peer brings once before it waits.
        expect(parts - Math.max(0, ...unfinished())).toBeLessThan(Math.max(100, 75 + 5 * 60));
      }
      for (const size of queue.splice(0)) budget.remove(size);
      while (tasks.length > 0) tasks.shift()?.();
      expect([...held]).toEqual([]);
    }),
  );
});
