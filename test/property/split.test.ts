/**
 * A connection says the same of the same bytes, whatever the pieces in which they come; and nothing that a peer sends
 * makes it throw.
 *
 * @module
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ConnectionEvent } from '../../src/zmtp/connection-event.ts';
import { Connection } from '../../src/zmtp/connection.ts';
import { formatEvent, formatMessage } from '../vectors/vector.ts';
import { brokenSessions, cutBytes, cuts, noise, sessions } from '../../src/testing/arbitraries.ts';

type Outcome = {
  readonly log: readonly string[];
  readonly state: Connection['state'];
  readonly reason: string | undefined;
  /** How many bytes had been given when the connection closed. */
  readonly closedAt: number | undefined;
};

type Run = {
  readonly hasSink: boolean;
  /** Whether the sink takes another message after a message. */
  readonly isEager?: () => boolean;
  readonly limits?: { maxFrameSize: number; maxMessageFrames: number };
  /** Whether the chunks are only lent, and written over when they have been read. */
  readonly isLent?: boolean;
};

/** Gives `chunks` to a REP and ends the stream. */
function run(
  chunks: readonly Uint8Array[],
  { hasSink, isEager = () => true, limits, isLent = false }: Run,
): Outcome {
  const log: string[] = [];
  let reason: string | undefined;
  let closedAt: number | undefined;
  let given = 0;
  const kept: { readonly frames: readonly Uint8Array[]; readonly text: string }[] = [];
  const sink = {
    message: (frames: Uint8Array[]): boolean => {
      const text = formatMessage(frames);
      kept.push({ frames, text });
      log.push(text);
      return isEager();
    },
  };
  const connection = new Connection(
    { socketType: 'REP', ...(hasSink && { sink }), ...(limits && { limits }) },
    0,
  );
  const take = (): void => {
    for (let event: ConnectionEvent | undefined; (event = connection.nextEvent()); ) {
      log.push(formatEvent(event));
      if (event.type !== 'closed') continue;
      reason = event.reason;
      closedAt = given;
    }
    // What is written is of no interest here, but it is written.
    connection.takeOutput();
    connection.outputWritten(true);
  };
  const resume = (): void => {
    while (connection.isSuspended) {
      connection.resume(0);
      take();
    }
  };
  for (const chunk of chunks) {
    if (isLent) {
      const lent = Buffer.from(chunk);
      connection.handleInput(lent, 0, true);
      lent.fill(0xee);
    } else connection.handleInput(chunk, 0);
    given += chunk.length;
    take();
    if (isEager()) resume();
  }
  connection.handleEof('eof');
  take();
  resume();
  for (const { frames, text } of kept) expect(formatMessage(frames)).toBe(text);
  return { log, state: connection.state, reason, closedAt };
}

const LIMITS = { maxFrameSize: 200, maxMessageFrames: 3 };

const inputs = fc.oneof(sessions, brokenSessions, noise);

describe('however bytes are cut', () => {
  test('the events are the same, and the end, and its reason', () => {
    fc.assert(
      fc.property(inputs, cuts, fc.boolean(), fc.boolean(), (bytes, shares, hasSink, isLimited) => {
        const options = { hasSink, ...(isLimited && { limits: LIMITS }) };
        const whole = run([bytes.slice()], options);
        const pieces = run(cutBytes(bytes, shares), options);
        expect(pieces.log).toEqual(whole.log);
        expect(pieces.reason).toBe(whole.reason);
        expect(pieces.state).toBe('closed');
      }),
      { numRuns: 400 },
    );
  });

  test('and whether they are given or lent', () => {
    const pauses = fc.infiniteStream(fc.boolean());
    fc.assert(
      fc.property(inputs, cuts, pauses, (bytes, shares, stream) => {
        const expected = run([bytes.slice()], { hasSink: true });
        for (const pieces of [[bytes], cutBytes(bytes, shares)]) {
          const isEager = (): boolean => stream.next().value;
          const lent = run(pieces, { hasSink: true, isEager, isLent: true });
          expect(lent.log).toEqual(expected.log);
          expect(lent.reason).toBe(expected.reason);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('with a sink and without, and with one that often has enough', () => {
    const pauses = fc.infiniteStream(fc.boolean());
    fc.assert(
      fc.property(inputs, cuts, pauses, (bytes, shares, stream) => {
        const expected = run([bytes.slice()], { hasSink: false });
        const withSink = run([bytes.slice()], { hasSink: true });
        expect(withSink.log).toEqual(expected.log);
        const isEager = (): boolean => stream.next().value;
        const paused = run(cutBytes(bytes, shares), { hasSink: true, isEager });
        expect(paused.log).toEqual(expected.log);
        expect(paused.reason).toBe(expected.reason);
      }),
      { numRuns: 300 },
    );
  });

  test('a fault is noticed at the same byte', () => {
    fc.assert(
      fc.property(fc.oneof(brokenSessions, noise), (bytes) => {
        const single = run(cutBytes(bytes, [Number.NaN]), { hasSink: true });
        const at = single.closedAt ?? 0;
        if (at === bytes.length) return;
        // One byte less does not show it, that many do, and nothing behind them counts.
        expect(run([bytes.slice(0, at)], { hasSink: true })).toEqual(single);
        const before = run([bytes.slice(0, at - 1)], { hasSink: true });
        expect(before.reason).toMatch(/^eof/);
      }),
      { numRuns: 300 },
    );
  });
});

describe('whatever a peer sends', () => {
  test('nothing is thrown, and the end comes once and last', () => {
    fc.assert(
      fc.property(inputs, cuts, (bytes, shares) => {
        const { log } = run(cutBytes(bytes, shares), { hasSink: true });
        const ends = log.map((line) => line.startsWith('closed'));
        expect(ends.indexOf(true)).toBe(log.length - 1);
        expect(log.filter((line) => line.startsWith('handshake')).length).toBeLessThan(2);
      }),
      { numRuns: 300 },
    );
  });

  test('in any order with the calls of the other side', () => {
    const call = fc.constantFrom('eof', 'timeout', 'resume', 'send', 'ping', 'take', 'event');
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
      { weight: 2, arbitrary: call },
    );
    fc.assert(
      fc.property(inputs, fc.array(step, { maxLength: 30, size: 'max' }), (bytes, steps) => {
        const closings: ConnectionEvent[] = [];
        let now = 0;
        const connection = new Connection(
          {
            socketType: 'REP',
            handshakeInterval: 1000,
            heartbeat: { interval: 20, timeout: 30, timeToLive: 100 },
            sink: { message: () => now % 3 !== 0 },
          },
          now,
        );
        let rest = bytes;
        for (const each of steps) {
          now += 7;
          if (typeof each === 'number') {
            const size = Math.ceil(each * rest.length);
            connection.handleInput(rest.slice(0, size), now);
            rest = rest.subarray(size);
          } else if (each === 'eof') {
            connection.handleEof();
          } else if (each === 'timeout') {
            connection.handleTimeout(now);
          } else if (each === 'resume') {
            connection.resume(now);
          } else if (each === 'send') {
            if (connection.state === 'traffic') connection.send([bytes]);
          } else if (each === 'ping') {
            expect(connection.nextTimeout()).toBeGreaterThanOrEqual(0);
          } else if (each === 'take') {
            connection.takeOutput();
            connection.outputWritten(now % 2 === 0);
          } else {
            const event = connection.nextEvent();
            if (closings.length > 0) expect(event).toBeUndefined();
            if (event?.type === 'closed') closings.push(event);
          }
        }
        for (let event = connection.nextEvent(); event; event = connection.nextEvent()) {
          if (event.type === 'closed') closings.push(event);
        }
        expect(closings.length).toBeLessThan(2);
        if (closings.length === 1) expect(connection.state).toBe('closed');
      }),
      { numRuns: 300 },
    );
  });
});
