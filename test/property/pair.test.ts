/**
 * Two connections joined by a link that is slow and cuts bytes anywhere: every message arrives, once and in order.
 *
 * @module
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SlabPool } from '../../src/zmtp/encoder.ts';
import { ConnectionPair, inPiecesOf, type Side } from '../../src/testing/connection-pair.ts';
import '../unit/compare-bytes.ts';
import { messages } from '../../src/testing/arbitraries.ts';

const split = fc
  .array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 5 })
  .map((sizes) => inPiecesOf(...sizes));

type Step =
  | { readonly send: 'one' | 'two'; readonly frames: Uint8Array[] }
  | { readonly busy: 'one' | 'two' }
  | { readonly resume: 'one' | 'two' }
  | { readonly pass: number }
  | 'drive';

const side = fc.constantFrom('one' as const, 'two' as const);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ send: side, frames: messages }) },
    { weight: 1, arbitrary: fc.record({ busy: side }) },
    { weight: 1, arbitrary: fc.record({ resume: side }) },
    { weight: 2, arbitrary: fc.record({ pass: fc.nat(300) }) },
    { weight: 2, arbitrary: fc.constant('drive' as const) },
  ),
  { maxLength: 30, size: 'max' },
);

test('messages arrive whole, once and in order, and heartbeats keep both alive', () => {
  fc.assert(
    fc.property(steps, split, fc.nat(40), fc.boolean(), (sequence, cut, latency, isBeating) => {
      const heartbeat = isBeating
        ? { interval: 100, timeout: 150, timeToLive: 400 }
        : { interval: 0, timeout: 0, timeToLive: 0 };
      // One pool for both, as for all connections of a thread.
      const slabs = new SlabPool((size) => new Uint8Array(size), 20_000, 2);
      const pair = new ConnectionPair(
        { socketType: 'DEALER', heartbeat, slabs },
        { socketType: 'ROUTER', heartbeat, slabs },
        { latency, split: cut },
      );
      pair.drive();
      const sent: Record<'one' | 'two', Uint8Array[][]> = { one: [], two: [] };
      for (const step of sequence) {
        if (step === 'drive') pair.drive();
        else if ('pass' in step) pair.advance(step.pass);
        else if ('busy' in step) pair[step.busy].isBusy = true;
        else if ('resume' in step) pair.resume(pair[step.resume]);
        else {
          pair[step.send].connection.send(step.frames);
          sent[step.send].push(step.frames);
        }
      }
      for (const each of [pair.one, pair.two]) {
        each.isBusy = false;
        while (each.connection.isSuspended) pair.resume(each);
      }
      pair.drive();
      const stateOf = ({ connection, closed }: Side): unknown => [connection.state, closed?.reason];
      expect(stateOf(pair.one)).toEqual(['traffic', undefined]);
      expect(stateOf(pair.two)).toEqual(['traffic', undefined]);
      expect(pair.one.messages).toEqual(sent.two);
      expect(pair.two.messages).toEqual(sent.one);
    }),
    { numRuns: 150 },
  );
});

test('a link that is cut delivers a beginning of what was sent', () => {
  fc.assert(
    fc.property(fc.array(messages, { maxLength: 8 }), split, fc.nat(20), (all, cut, time) => {
      const pair = new ConnectionPair(
        { socketType: 'PUSH' },
        { socketType: 'PULL' },
        { latency: 10, split: cut },
      );
      pair.drive();
      for (const frames of all) {
        pair.one.connection.send(frames);
        pair.advance(1);
      }
      pair.advance(time);
      pair.cut();
      const { messages: received } = pair.two;
      expect(received).toEqual(all.slice(0, received.length));
      expect(pair.one.closed?.cause).toBe('eof');
      expect(pair.two.closed?.cause).toBe('eof');
    }),
  );
});
