/**
 * Two connections under each mechanism, joined by a link that is slow and cuts bytes anywhere: every message arrives, once
 * and in order; and whatever is changed on the way, nothing arrives that was not sent.
 *
 * @module
 */
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadCurveBox } from '../../src/curve-loader.ts';
import { SlabPool } from '../../src/zmtp/encoder.ts';
import type { CurveBox, KeyPair } from '../../src/zmtp/mechanism/curve-box.ts';
import { CurveClient } from '../../src/zmtp/mechanism/curve-client.ts';
import { CurveServer } from '../../src/zmtp/mechanism/curve-server.ts';
import type { MechanismFactory } from '../../src/zmtp/mechanism/mechanism.ts';
import { NullMechanism } from '../../src/zmtp/mechanism/null.ts';
import { PlainClient, PlainServer } from '../../src/zmtp/mechanism/plain.ts';
import {
  inPiecesOf,
  ConnectionPair,
  type ConnectionPairOptions,
  type Side,
} from '../../src/testing/connection-pair.ts';
import '../unit/compare-bytes.ts';
import { messages } from '../../src/testing/arbitraries.ts';

let box: CurveBox;
let serverKeys: KeyPair;
let clientKeys: KeyPair;

beforeAll(async () => {
  box = await loadCurveBox();
  serverKeys = box.generateKeyPair();
  clientKeys = box.generateKeyPair();
});

type Mechanisms = readonly [client: MechanismFactory, server: MechanismFactory];

const MECHANISMS: Readonly<Record<string, (asksVerdict: boolean) => Mechanisms>> = {
  NULL: (asksVerdict) => [
    (metadata) => new NullMechanism(metadata),
    (metadata) => new NullMechanism(metadata, { asksVerdict }),
  ],
  PLAIN: () => [
    (metadata) =>
      new PlainClient(metadata, { username: Buffer.from('u'), password: Buffer.from('p') }),
    (metadata) => new PlainServer(metadata, { asksVerdict: true }),
  ],
  CURVE: (asksVerdict) => [
    (metadata) =>
      new CurveClient(metadata, { box, keys: clientKeys, serverKey: serverKeys.publicKey }),
    (metadata) => new CurveServer(metadata, { box, keys: serverKeys, asksVerdict }),
  ],
};

function makePair(
  name: string,
  asksVerdict: boolean,
  options: ConnectionPairOptions,
): ConnectionPair {
  const [client, server] = (MECHANISMS[name] as (typeof MECHANISMS)[string])(asksVerdict);
  const slabs = new SlabPool((size) => new Uint8Array(size), 6000, 2);
  const heartbeat = { interval: 50, timeout: 1000, timeToLive: 2000 };
  return new ConnectionPair(
    { socketType: 'DEALER', mechanism: client, slabs, heartbeat },
    { socketType: 'ROUTER', mechanism: server, slabs, heartbeat },
    options,
  );
}

/** Lets the handshake take its course; whoever is asked lets the peer in, after a while. */
function shakeHands(pair: ConnectionPair, pause: number): void {
  pair.drive();
  if (pair.two.connection.state !== 'authentication') return;
  pair.advance(pause);
  pair.two.connection.authenticated({ status: 200 }, pair.now);
  pair.drive();
}

const split = fc
  .array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 })
  .map((sizes) => inPiecesOf(...sizes));

type Step = { readonly from: 'one' | 'two'; readonly frames: Uint8Array[]; readonly wait: number };
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    from: fc.constantFrom('one' as const, 'two' as const),
    frames: messages,
    wait: fc.constantFrom(0, 0, 0, 5, 60),
  }),
  { maxLength: 12 },
);

const stateOf = ({ connection, closed }: Side): unknown => [connection.state, closed?.reason];

describe.each(Object.keys(MECHANISMS))('%s', (name) => {
  test('messages arrive whole, once and in order, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        steps,
        split,
        fc.nat(20),
        fc.boolean(),
        fc.nat(100),
        (sequence, cut, latency, asksVerdict, pause) => {
          const pair = makePair(name, asksVerdict, { latency, split: cut });
          shakeHands(pair, pause);
          expect(stateOf(pair.one)).toEqual(['traffic', undefined]);
          expect(stateOf(pair.two)).toEqual(['traffic', undefined]);
          const sent: Record<'one' | 'two', Uint8Array[][]> = { one: [], two: [] };
          for (const { from, frames, wait } of sequence) {
            pair[from].connection.send(frames);
            sent[from].push(frames);
            if (wait > 0) pair.advance(wait);
          }
          pair.drive();
          expect(stateOf(pair.one)).toEqual(['traffic', undefined]);
          expect(stateOf(pair.two)).toEqual(['traffic', undefined]);
          expect(pair.one.messages).toEqual(sent.two);
          expect(pair.two.messages).toEqual(sent.one);
        },
      ),
      { numRuns: 60 },
    );
  });
});

test('CURVE: what was changed on the way does not arrive, and nothing behind it does', () => {
  fc.assert(
    fc.property(
      fc.array(messages, { minLength: 1, maxLength: 6 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.integer({ min: 1, max: 255 }),
      split,
      (all, where, change, cut) => {
        let isChanging = false;
        const spoiling = (bytes: Uint8Array): Uint8Array[] => {
          if (!isChanging) return [bytes];
          const offset = Math.floor(where * bytes.length);
          bytes[offset] = (bytes[offset] ?? 0) ^ change;
          return cut(bytes);
        };
        const pair = makePair('CURVE', false, { split: spoiling });
        shakeHands(pair, 0);
        isChanging = true;
        for (const frames of all) pair.one.connection.send(frames);
        pair.drive();
        const received = pair.two.messages;
        // Every length, so that a change of the length or of the flags of a frame is one too.
        expect(received).toEqual(all.slice(0, received.length));
      },
    ),
    { numRuns: 150 },
  );
});
