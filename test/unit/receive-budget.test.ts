import { describe, expect, test } from 'vitest';
import type { ProtocolError } from '../../src/errors.ts';
import { ReceiveBudget, type Spender, type Waiter, weigh } from '../../src/receive-budget.ts';

class Subject {
  readonly budget: ReceiveBudget;
  readonly log: string[] = [];
  readonly #tasks: (() => void)[] = [];

  constructor(limit: number) {
    this.budget = new ReceiveBudget(limit, (task) => this.#tasks.push(task));
  }

  /** One turn of the event loop; answers whether there was anything to do. */
  turn(): boolean {
    const tasks = this.#tasks.splice(0);
    for (const task of tasks) task();
    return tasks.length > 0;
  }

  waiter(name: string, onRoom: () => void = () => {}): Waiter {
    return {
      budgetHasRoom: () => {
        this.log.push(name);
        onRoom();
      },
    };
  }

  /** A peer with an unfinished message. */
  spender(name: string, size = 0): Spender {
    const spender = {
      drop: (error: ProtocolError) => this.log.push(`${name}: ${error.reason}`),
    };
    this.budget.setUnfinished(spender, size);
    return spender;
  }

  get dropped(): string[] {
    return this.log.map((line) => line.replace(/:.*/, ''));
  }
}

test('a message counts its bytes, and something for each frame', () => {
  const empty = weigh([new Uint8Array(0)]);
  expect(empty).toBeGreaterThan(100);
  expect(weigh([new Uint8Array(5), new Uint8Array(7)])).toBe(2 * empty + 12);
});

describe('whole messages', () => {
  test('have room below the limit', () => {
    const { budget } = new Subject(100);
    budget.add(99);
    expect(budget.makeRoom()).toBe(true);
    budget.add(1);
    expect(budget.makeRoom()).toBe(false);
    budget.remove(1);
    expect(budget.makeRoom()).toBe(true);
  });

  test('have no limit with 0', () => {
    const { budget } = new Subject(0);
    budget.add(Number.MAX_SAFE_INTEGER);
    expect(budget.makeRoom()).toBe(true);
  });

  test('who waits is called in a later turn, when half is free', () => {
    const subject = new Subject(100);
    const { budget } = subject;
    budget.add(100);
    budget.wait(subject.waiter('a'));
    budget.wait(subject.waiter('b'));
    budget.remove(49);
    expect(subject.turn()).toBe(false);
    budget.remove(1);
    expect(subject.log).toEqual([]);
    subject.turn();
    expect(subject.log).toEqual(['a', 'b']);
    expect(subject.turn()).toBe(false);
  });

  test('nobody is called when there is no room any more; the others keep their turn', () => {
    const subject = new Subject(100);
    const { budget } = subject;
    budget.add(100);
    const greedy = subject.waiter('a', () => budget.add(100));
    budget.wait(greedy);
    budget.wait(subject.waiter('b'));
    budget.remove(100);
    subject.turn();
    expect(subject.log).toEqual(['a']);
    budget.wait(greedy);
    expect(subject.turn()).toBe(false);
    budget.remove(100);
    subject.turn();
    expect(subject.log).toEqual(['a', 'b', 'a']);
  });

  test('a crowd is called in portions', () => {
    const subject = new Subject(100);
    const { budget } = subject;
    budget.add(100);
    for (let i = 0; i < 150; i++) budget.wait(subject.waiter(`${i}`));
    budget.remove(100);
    const counts: number[] = [];
    while (subject.turn()) counts.push(subject.log.length);
    expect(counts).toEqual([64, 128, 150]);
  });

  test('who has gone is not called', () => {
    const subject = new Subject(100);
    const { budget } = subject;
    budget.add(100);
    const waiter = subject.waiter('a');
    budget.wait(waiter);
    budget.forget(waiter);
    budget.remove(100);
    subject.turn();
    expect(subject.log).toEqual([]);
  });

  test.each([1000, 0])('a limit of %i in place of 100 makes room', (limit) => {
    const subject = new Subject(100);
    const { budget } = subject;
    budget.add(100);
    budget.wait(subject.waiter('a'));
    budget.setLimit(limit);
    subject.turn();
    expect(subject.log).toEqual(['a']);
    expect(budget.makeRoom()).toBe(true);
  });

  test('who comes to wait when everything has been taken is called all the same', () => {
    const subject = new Subject(100);
    subject.budget.wait(subject.waiter('a'));
    subject.turn();
    expect(subject.log).toEqual(['a']);
  });
});

describe('unfinished messages', () => {
  test('one of any size has room', () => {
    const subject = new Subject(100);
    subject.spender('a', 10_000);
    expect(subject.budget.makeRoom()).toBe(true);
    expect(subject.log).toEqual([]);
  });

  test('the largest does not count, and the largest goes', () => {
    const subject = new Subject(100);
    subject.spender('a', 60);
    subject.spender('b', 90);
    subject.spender('c', 39);
    expect(subject.budget.makeRoom()).toBe(true);
    subject.spender('d', 1);
    expect(subject.budget.makeRoom()).toBe(true);
    expect(subject.log).toEqual([
      'b: unfinished messages of all peers are over the limit of 100 bytes, and this one is the largest (maxBufferedBytes)',
    ]);
    expect(subject.budget.size).toBe(100);
  });

  test('as many go as it takes, the largest first', () => {
    const subject = new Subject(100);
    for (let i = 1; i <= 9; i++) subject.spender(`${i}`, 10 * i);
    expect(subject.budget.makeRoom()).toBe(true);
    // 10 to 50: the 50 do not count.
    expect(subject.dropped).toEqual(['9', '8', '7', '6', '5']);
  });

  test('nobody goes while the program can make a quarter of the room', () => {
    const subject = new Subject(100);
    const { budget } = subject;
    subject.spender('a', 75);
    subject.spender('b', 75);
    budget.add(25);
    expect(budget.makeRoom()).toBe(false);
    expect(subject.log).toEqual([]);
    budget.remove(1);
    expect(budget.makeRoom()).toBe(true);
    subject.spender('c', 1);
    expect(budget.makeRoom()).toBe(true);
    expect(subject.dropped).toEqual(['a']);
  });

  test('peers are read on when whole messages have half of what these leave', () => {
    const subject = new Subject(100);
    const { budget } = subject;
    subject.spender('a', 60);
    subject.spender('b', 60);
    budget.add(40);
    budget.wait(subject.waiter('w'));
    budget.remove(19);
    expect(subject.turn()).toBe(false);
    budget.remove(1);
    subject.turn();
    expect(subject.log).toEqual(['w']);
  });

  test('that shrink make room for those who wait', () => {
    const subject = new Subject(100);
    const { budget } = subject;
    const small = subject.spender('a', 60);
    subject.spender('b', 70);
    budget.add(40);
    budget.wait(subject.waiter('w'));
    budget.remove(15);
    expect(subject.turn()).toBe(false);
    budget.setUnfinished(small, 0);
    subject.turn();
    expect(subject.log).toEqual(['w']);
  });
});
