import { expect, test } from 'vitest';
import {
  byteByByte,
  ConnectionPair,
  type ConnectionPairOptions,
  inPiecesOf,
} from '../../../src/testing/connection-pair.ts';

const TYPES = [{ socketType: 'REQ' }, { socketType: 'REP' }] as const;

function makePair(options: ConnectionPairOptions): ConnectionPair {
  return new ConnectionPair(...TYPES, options);
}

test('latency passes on the clock of the pair', () => {
  const pair = makePair({ latency: 20, now: 1000 });
  pair.advance(19);
  expect(pair.two.isReady).toBe(false);
  pair.drive();
  expect([pair.one.isReady, pair.two.isReady]).toEqual([true, true]);
  // The greetings, and then READY.
  expect(pair.now).toBe(1040);
});

test('what is lost comes late, and what is behind it waits: the same for the same seed', () => {
  const times = (seed: number): number => {
    const pair = makePair({ split: byteByByte, loss: { rate: 0.1, delay: 200 }, latency: 5, seed });
    pair.drive();
    pair.one.connection.send([new Uint8Array(0), Buffer.from('in order')]);
    pair.drive();
    expect(pair.two.messages.map((frames) => Buffer.concat(frames).toString())).toEqual([
      'in order',
    ]);
    return pair.now;
  };
  expect(times(1)).toBe(times(1));
  // Out of 64 bytes of a greeting some are lost, whatever the seed.
  expect(times(1)).toBeGreaterThanOrEqual(205);
  const sound = makePair({ loss: { rate: 0, delay: 200 } });
  sound.drive();
  expect(sound.now).toBe(0);
});

test('after so many bytes the link is reset, and both sides know', () => {
  const pair = makePair({ split: inPiecesOf(10), resetAfter: 100 });
  pair.drive();
  expect(pair.one.closed).toMatchObject({
    cause: 'eof',
    reason: expect.stringMatching(/^the link was cut/),
  });
  expect(pair.two.closed).toMatchObject({
    cause: 'eof',
    reason: expect.stringMatching(/^the link was cut/),
  });
  const [one, two] = [pair.one, pair.two].map(({ written }) => Buffer.concat(written).length);
  expect(one).toBeGreaterThan(0);
  expect(two).toBeGreaterThan(0);
});

test('a link that goes silent is noticed by those who have a heartbeat', () => {
  const pair = new ConnectionPair(
    { socketType: 'REQ', heartbeat: { interval: 100, timeout: 50, timeToLive: 0 } },
    { socketType: 'REP' },
  );
  pair.drive();
  pair.advance(500);
  expect(pair.one.closed).toBeUndefined();
  pair.silence();
  pair.advance(200);
  expect(pair.one.closed).toMatchObject({ cause: 'heartbeat-timeout' });
  expect(pair.two.closed).toBeUndefined();
});
