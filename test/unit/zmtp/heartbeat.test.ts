import { describe, expect, test } from 'vitest';
import { Heartbeat } from '../../../src/zmtp/heartbeat.ts';
import '../compare-bytes.ts';

const NEVER = Number.POSITIVE_INFINITY;
const NO_CONTEXT = new Uint8Array(0);

function ping(ttlDeciseconds: number): unknown {
  return { name: 'PING', ttlDeciseconds, context: NO_CONTEXT };
}

describe('our PINGs', () => {
  test('none without an interval', () => {
    const heartbeat = new Heartbeat({ interval: 0, timeout: 500, timeToLive: 1000 });
    heartbeat.start(1000);
    expect(heartbeat.nextTimeout(true)).toBe(NEVER);
    expect(heartbeat.handleTimeout(1e9, true)).toBe(false);
    expect(heartbeat.hasCommands).toBe(false);
  });

  test('none before the handshake', () => {
    const heartbeat = new Heartbeat({ interval: 100, timeout: 500, timeToLive: 0 });
    expect(heartbeat.nextTimeout(true)).toBe(NEVER);
  });

  test('one interval after the handshake, and after each other', () => {
    const heartbeat = new Heartbeat({ interval: 100, timeout: 0, timeToLive: 0 });
    heartbeat.start(1000);
    expect(heartbeat.nextTimeout(true)).toBe(1100);
    expect(heartbeat.handleTimeout(1099, true)).toBe(false);
    expect(heartbeat.hasCommands).toBe(false);
    expect(heartbeat.handleTimeout(1100, true)).toBe(false);
    expect(heartbeat.takeCommands()).toEqual([ping(0)]);
    expect(heartbeat.hasCommands).toBe(false);
    expect(heartbeat.nextTimeout(true)).toBe(1200);
    heartbeat.handleTimeout(1250, true);
    expect(heartbeat.nextTimeout(true)).toBe(1350);
  });

  test('go on while the peer sends', () => {
    const heartbeat = new Heartbeat({ interval: 100, timeout: 100, timeToLive: 0 });
    heartbeat.start(0);
    for (let now = 10; now <= 500; now += 10) {
      heartbeat.alive(now);
      expect(heartbeat.handleTimeout(now, true)).toBe(false);
      expect(heartbeat.takeCommands()).toEqual(now % 100 === 0 ? [ping(0)] : []);
    }
  });

  test('a PING that was not taken is not sent twice', () => {
    const heartbeat = new Heartbeat({ interval: 100, timeout: 0, timeToLive: 0 });
    heartbeat.start(0);
    heartbeat.handleTimeout(100, true);
    heartbeat.handleTimeout(200, true);
    expect(heartbeat.takeCommands()).toEqual([ping(0)]);
  });

  test.each([
    [0, 0],
    [99, 0],
    [100, 1],
    [1234, 12],
    [65_500, 655],
    // A longer time overflows in libzmq, and would become a very short one.
    [65_600, 655],
    [6_553_599, 655],
  ])('a time to live of %i ms is announced as %i tenths', (timeToLive, deciseconds) => {
    const heartbeat = new Heartbeat({ interval: 1, timeout: 0, timeToLive });
    heartbeat.start(0);
    heartbeat.handleTimeout(1, true);
    expect(heartbeat.takeCommands()).toEqual([ping(deciseconds)]);
  });
});

describe('our patience', () => {
  function pinged(timeout: number): Heartbeat {
    const heartbeat = new Heartbeat({ interval: 100, timeout, timeToLive: 0 });
    heartbeat.start(0);
    heartbeat.handleTimeout(100, true);
    heartbeat.takeCommands();
    return heartbeat;
  }

  test('begins with a PING', () => {
    const heartbeat = pinged(50);
    expect(heartbeat.nextTimeout(true)).toBe(150);
    expect(heartbeat.handleTimeout(149, true)).toBe(false);
    expect(heartbeat.handleTimeout(150, true)).toBe(true);
  });

  test('is not renewed by further PINGs', () => {
    const heartbeat = pinged(150);
    expect(heartbeat.handleTimeout(200, true)).toBe(false);
    expect(heartbeat.nextTimeout(true)).toBe(250);
    expect(heartbeat.handleTimeout(250, true)).toBe(true);
  });

  test('is renewed by any sign of life', () => {
    const heartbeat = pinged(50);
    heartbeat.alive(149);
    expect(heartbeat.nextTimeout(true)).toBe(200);
    expect(heartbeat.handleTimeout(199, true)).toBe(false);
    expect(heartbeat.handleTimeout(200, true)).toBe(false);
    expect(heartbeat.handleTimeout(250, true)).toBe(true);
  });

  test('has no end with timeout 0', () => {
    const heartbeat = pinged(0);
    expect(heartbeat.nextTimeout(true)).toBe(200);
    expect(heartbeat.handleTimeout(1e9, true)).toBe(false);
  });

  test('does not run out while we do not read', () => {
    const heartbeat = pinged(50);
    expect(heartbeat.nextTimeout(false)).toBe(200);
    expect(heartbeat.handleTimeout(190, false)).toBe(false);
    expect(heartbeat.handleTimeout(200, false)).toBe(false);
    expect(heartbeat.takeCommands(), 'PINGs go on').toEqual([ping(0)]);
    // Reading begins anew, and with it a new wait from the next PING on.
    heartbeat.alive(1000);
    expect(heartbeat.handleTimeout(1000, true)).toBe(false);
    expect(heartbeat.nextTimeout(true)).toBe(1050);
  });
});

describe('the peer’s PINGs', () => {
  const idle = { interval: 0, timeout: 0, timeToLive: 0 };

  test('are owed an answer with the same context, in order', () => {
    const heartbeat = new Heartbeat(idle);
    const context = Buffer.from('a');
    heartbeat.pinged(0, context, 0);
    context.fill(0);
    heartbeat.pinged(0, Buffer.from('b'), 0);
    expect(heartbeat.hasCommands).toBe(true);
    expect(heartbeat.takeCommands()).toEqual([
      { name: 'PONG', context: Buffer.from('a') },
      { name: 'PONG', context: Buffer.from('b') },
    ]);
    expect(heartbeat.hasCommands).toBe(false);
  });

  test('are answered before a PING of ours', () => {
    const heartbeat = new Heartbeat({ ...idle, interval: 10 });
    heartbeat.start(0);
    heartbeat.handleTimeout(10, true);
    heartbeat.pinged(0, NO_CONTEXT, 10);
    expect(heartbeat.takeCommands().map(({ name }) => name)).toEqual(['PONG', 'PING']);
  });

  function pingMany(heartbeat: Heartbeat, from: number, to: number): void {
    heartbeat.alive(0);
    for (let i = from; i < to; i++) heartbeat.pinged(0, Uint8Array.of(i), 0);
  }

  function takeContexts(heartbeat: Heartbeat): (number | undefined)[] {
    return heartbeat
      .takeCommands()
      .map((command) => (command.name === 'PONG' ? command.context[0] : undefined));
  }

  test('are all answered when they come in one input', () => {
    const heartbeat = new Heartbeat(idle);
    pingMany(heartbeat, 0, 100);
    expect(takeContexts(heartbeat)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  test('pile up to 16 answers while nobody takes them; the last one is for the last PING', () => {
    const heartbeat = new Heartbeat(idle);
    for (let i = 0; i < 100; i++) pingMany(heartbeat, i, i + 1);
    expect(takeContexts(heartbeat)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 99]);
    pingMany(heartbeat, 0, 20);
    expect(takeContexts(heartbeat), 'all again once they have been taken').toHaveLength(20);
  });

  test('answers that wait from one input do not grow with the next', () => {
    const heartbeat = new Heartbeat(idle);
    pingMany(heartbeat, 0, 100);
    pingMany(heartbeat, 100, 150);
    const contexts = takeContexts(heartbeat);
    expect(contexts).toHaveLength(100);
    expect(contexts.at(-1)).toBe(149);
  });

  test('a time to live ends the wait for the peer', () => {
    const heartbeat = new Heartbeat(idle);
    heartbeat.pinged(3, NO_CONTEXT, 1000);
    expect(heartbeat.nextTimeout(true)).toBe(1300);
    expect(heartbeat.handleTimeout(1299, true)).toBe(false);
    expect(heartbeat.handleTimeout(1300, true)).toBe(true);
  });

  test('the largest time to live does not overflow', () => {
    const heartbeat = new Heartbeat(idle);
    heartbeat.pinged(0xffff, NO_CONTEXT, 0);
    expect(heartbeat.nextTimeout(true)).toBe(6_553_500);
  });

  test('a sign of life begins the time to live anew', () => {
    const heartbeat = new Heartbeat(idle);
    heartbeat.pinged(3, NO_CONTEXT, 1000);
    heartbeat.alive(1200);
    expect(heartbeat.nextTimeout(true)).toBe(1500);
  });

  test('the last PING counts, and 0 ends the time to live', () => {
    const heartbeat = new Heartbeat(idle);
    heartbeat.pinged(3, NO_CONTEXT, 1000);
    heartbeat.pinged(50, NO_CONTEXT, 1100);
    expect(heartbeat.nextTimeout(true)).toBe(6100);
    heartbeat.pinged(0, NO_CONTEXT, 1200);
    expect(heartbeat.nextTimeout(true)).toBe(NEVER);
    heartbeat.alive(1300);
    expect(heartbeat.nextTimeout(true)).toBe(NEVER);
  });

  test('the time to live does not run while we do not read', () => {
    const heartbeat = new Heartbeat(idle);
    heartbeat.pinged(3, NO_CONTEXT, 1000);
    expect(heartbeat.nextTimeout(false)).toBe(NEVER);
    expect(heartbeat.handleTimeout(5000, false)).toBe(false);
    heartbeat.alive(5000);
    expect(heartbeat.nextTimeout(true)).toBe(5300);
  });
});

describe('signs of life while we do not read', () => {
  const idle = { interval: 0, timeout: 0, timeToLive: 0 };
  const sign = { name: 'PONG', context: NO_CONTEXT };

  /** The times at which signs are given until `end`. */
  function signs(heartbeat: Heartbeat, end: number): number[] {
    const times: number[] = [];
    for (;;) {
      const now = heartbeat.nextTimeout(false);
      if (now > end) return times;
      expect(heartbeat.handleTimeout(now, false)).toBe(false);
      expect(heartbeat.takeCommands()).toEqual([sign]);
      times.push(now);
    }
  }

  test('come twice in the time between two PINGs of the peer', () => {
    const heartbeat = new Heartbeat(idle);
    heartbeat.start(0);
    for (const now of [200, 400]) heartbeat.pinged(0, NO_CONTEXT, now);
    heartbeat.takeCommands();
    heartbeat.suspend(450);
    expect(signs(heartbeat, 800)).toEqual([550, 650, 750]);
    heartbeat.resume(800);
    expect(heartbeat.nextTimeout(true)).toBe(NEVER);
    expect(heartbeat.hasCommands).toBe(false);
  });

  test('come twice in as long as we have read without a PING', () => {
    const heartbeat = new Heartbeat(idle);
    heartbeat.start(0);
    heartbeat.pinged(0, NO_CONTEXT, 1000);
    heartbeat.takeCommands();
    heartbeat.suspend(1000);
    expect(signs(heartbeat, 2000)).toEqual([1500, 2000]);
  });

  test('come every 50 ms at most', () => {
    const heartbeat = new Heartbeat(idle);
    heartbeat.start(0);
    heartbeat.pinged(0, NO_CONTEXT, 1);
    heartbeat.takeCommands();
    heartbeat.suspend(1);
    expect(signs(heartbeat, 151)).toEqual([51, 101, 151]);
  });

  test('come in time, too, when we read a little now and then', () => {
    const heartbeat = new Heartbeat(idle);
    heartbeat.start(0);
    heartbeat.pinged(0, NO_CONTEXT, 0);
    heartbeat.takeCommands();
    heartbeat.suspend(0);
    const times: number[] = [];
    for (let now = 0; now < 300; now += 20) {
      heartbeat.resume(now);
      heartbeat.suspend(now + 1);
      times.push(...signs(heartbeat, now + 19));
    }
    expect(times.length).toBeGreaterThan(4);
    for (const [i, time] of times.entries()) expect(time - (times[i - 1] ?? 0)).toBeLessThan(70);
  });

  test('a wait of ours between two PINGs of the peer does not count', () => {
    const heartbeat = new Heartbeat(idle);
    heartbeat.start(0);
    for (const now of [200, 400]) heartbeat.pinged(0, NO_CONTEXT, now);
    heartbeat.suspend(410);
    heartbeat.resume(5000);
    heartbeat.pinged(0, NO_CONTEXT, 5001);
    heartbeat.takeCommands();
    heartbeat.handleTimeout(5001, false);
    heartbeat.takeCommands();
    heartbeat.suspend(5001);
    expect(signs(heartbeat, 5201)).toEqual([5101, 5201]);
  });

  test('are not needed beside a PING of ours', () => {
    const heartbeat = new Heartbeat({ ...idle, interval: 50 });
    heartbeat.start(0);
    heartbeat.pinged(0, NO_CONTEXT, 0);
    heartbeat.takeCommands();
    heartbeat.suspend(0);
    heartbeat.handleTimeout(50, false);
    expect(heartbeat.takeCommands()).toEqual([ping(0)]);
  });

  test('are not for a peer that has sent no PING: it may be gone, with its last messages unread', () => {
    const heartbeat = new Heartbeat(idle);
    heartbeat.start(0);
    heartbeat.suspend(1000);
    expect(heartbeat.nextTimeout(false)).toBe(NEVER);
    heartbeat.resume(2000);
    heartbeat.pinged(0, NO_CONTEXT, 2000);
    heartbeat.takeCommands();
    heartbeat.suspend(2000);
    expect(signs(heartbeat, 2500)).toEqual([2500]);
  });
});
