import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Deadline } from '../../../src/sockets/deadline.ts';

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'],
  });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Lets time pass, and one millisecond more for the turn of the event loop that follows. */
function pass(duration: number): void {
  vi.advanceTimersByTime(duration);
  vi.advanceTimersByTime(1);
}

function start(delay: number): { deadline: Deadline; passed: number[] } {
  const passed: number[] = [];
  return { deadline: new Deadline(delay, (now) => passed.push(now)), passed };
}

describe('Deadline', () => {
  test('passes once, with the time at which its timer ran', () => {
    const began = performance.now();
    const { passed } = start(20);
    pass(18);
    expect(passed).toEqual([]);
    pass(50);
    expect(passed).toEqual([began + 20]);
  });

  test('passes after what the event loop reads in between', () => {
    const order: string[] = [];
    const deadline = new Deadline(5, () => order.push('passed'));
    setTimeout(() => order.push('timer'), 5);
    setImmediate(() => order.push('turn'));
    pass(5);
    expect(order).toEqual(['turn', 'timer', 'passed']);
    deadline.cancel();
  });

  test('does not pass once it was cancelled, between timer and verdict neither', () => {
    const early = start(5);
    early.deadline.cancel();
    const late = start(5);
    setTimeout(() => late.deadline.cancel(), 5);
    pass(50);
    expect([early.passed, late.passed]).toEqual([[], []]);
    early.deadline.cancel();
  });

  test('takes delays that are past, fractions and longer than a timer can wait', () => {
    const past = start(-10);
    const fraction = start(10.5);
    const long = start(2 ** 40);
    pass(1);
    expect([past.passed.length, fraction.passed.length]).toEqual([1, 0]);
    pass(7);
    expect(fraction.passed).toHaveLength(0);
    pass(1);
    expect(fraction.passed).toHaveLength(1);
    pass(1_000_000_000);
    expect(long.passed).toEqual([]);
    long.deadline.cancel();
  });
});
