import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Pair } from '../../../src/index.ts';
import { Backoff } from '../../../src/sockets/reconnect.ts';
import { RawListener } from '../../support/raw-peer.ts';
import { own, watchProcess } from '../../support/watch.ts';
import { eventOf } from './conversation.ts';

watchProcess();

function delays(backoff: Backoff, count: number): number[] {
  return Array.from({ length: count }, () => backoff.next());
}

describe('without a maximum', () => {
  test('every delay is the interval, and up to as much again', () => {
    expect(delays(new Backoff(100, 0, () => 0), 5)).toEqual([100, 100, 100, 100, 100]);
    expect(delays(new Backoff(100, 0, () => 0.5), 3)).toEqual([150, 150, 150]);
    expect(delays(new Backoff(100, 0, () => 0.999), 3)).toEqual([199, 199, 199]);
  });
});

describe('with a maximum', () => {
  test('delays double up to it', () => {
    expect(delays(new Backoff(100, 1000, () => 0), 7)).toEqual([
      100, 200, 400, 800, 1000, 1000, 1000,
    ]);
  });

  test('jitter stays below it', () => {
    const backoff = new Backoff(100, 450, () => 0.5);
    expect(delays(backoff, 2)).toEqual([150, 250]);
    for (const delay of delays(backoff, 10)) {
      expect(delay).toBeLessThanOrEqual(450);
      expect(delay).toBeGreaterThanOrEqual(350);
    }
  });

  test('one below the interval has no effect but on the growth', () => {
    expect(delays(new Backoff(100, 50, () => 0), 3)).toEqual([100, 100, 100]);
    expect(delays(new Backoff(100, 50, () => 0.9), 3)).toEqual([100, 100, 100]);
  });

  test('one equal to the interval keeps it', () => {
    expect(delays(new Backoff(100, 100, () => 0.7), 3)).toEqual([100, 100, 100]);
  });
});

test('a connection that lasted as long as it was waited for begins again', () => {
  const backoff = new Backoff(10, 1000, () => 0);
  expect(delays(backoff, 3)).toEqual([10, 20, 40]);
  backoff.lasted(39);
  expect(delays(backoff, 2)).toEqual([80, 160]);
  backoff.lasted(160);
  expect(delays(backoff, 3)).toEqual([10, 20, 40]);
});

test('a connection that was not waited for begins again', () => {
  const backoff = new Backoff(10, 1000, () => 0);
  backoff.lasted(0);
  expect(delays(backoff, 2)).toEqual([10, 20]);
});

test('one that is sent away behind its handshake asks less and less often', async () => {
  const listener = own(await RawListener.listen());
  const pair = own(new Pair({ linger: 0, reconnectInterval: 100, reconnectMaxInterval: 10_000 }));
  const { events } = pair;
  pair.connect(listener.endpoint);
  for (let i = 0; i < 3; i++) {
    const peer = own(await listener.accept());
    await peer.handshake({ as: 'PAIR' });
    await eventOf(events, 'handshake');
    peer.end();
    const { interval } = await eventOf(events, 'connect:retry');
    expect(interval).toBeGreaterThanOrEqual(100 * 2 ** i);
  }
});

test('a delay is never longer than a timer can wait', () => {
  const longest = 0x7fff_ffff;
  for (const maximum of [0, 1, longest]) {
    expect(new Backoff(longest, maximum, () => 0.9).next()).toBeLessThanOrEqual(longest);
  }
});

test('property: whole milliseconds between the interval and the maximum, for ever', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 0x3fff_ffff }),
      fc.nat(0x7fff_ffff),
      fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
        minLength: 60,
        maxLength: 60,
      }),
      (interval, maximum, jitter) => {
        let turn = 0;
        const backoff = new Backoff(interval, maximum, () => jitter[turn++] ?? 0);
        const highest = maximum === 0 ? 2 * interval : Math.max(interval, maximum);
        for (const delay of delays(backoff, 60)) {
          expect(Number.isInteger(delay)).toBe(true);
          expect(delay).toBeGreaterThanOrEqual(interval);
          expect(delay).toBeLessThanOrEqual(highest);
        }
      },
    ),
  );
});
