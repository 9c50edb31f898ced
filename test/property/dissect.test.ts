/**
 * The dissector, for any bytes of two sides: it never throws, every byte is in one item, and cuts change nothing.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Connection } from '../../src/zmtp/connection.ts';
import type { DissectorOptions } from '../../src/zmtp/dissect/dissector.ts';
import type { Item, Side } from '../../src/zmtp/dissect/item.ts';
import {
  bytes,
  command,
  frame,
  greeting,
  message,
  ready,
  u64,
} from '../../src/testing/raw-bytes.ts';
import { dissect, type Said } from '../unit/zmtp/dissect/dissections.ts';
import { readVectors } from '../vectors/vector.ts';

const SIDES = ['connecting', 'accepting'] as const;

const part: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc
    .record({ minor: fc.nat(2), mechanism: fc.constantFrom('NULL', 'PLAIN', 'CURVE', 'x') })
    .map(greeting),
  fc.constantFrom('PUB', 'SUB', 'PULL', '').map((type) => ready(type)),
  fc
    .tuple(fc.nat(255), fc.uint8Array({ maxLength: 300 }))
    .map(([flags, body]) =>
      frame((flags & ~(body.length > 255 ? 0 : 2)) | (body.length > 255 ? 2 : 0), body),
    ),
  fc
    .tuple(
      fc.constantFrom('HELLO', 'WELCOME', 'INITIATE', 'PING', 'ERROR', 'MESSAGE', 'SUBSCRIBE'),
      fc.uint8Array({ maxLength: 200 }),
    )
    .map(([name, data]) => command(name, data)),
  fc.uint8Array({ maxLength: 3 }).map((body) => message(body)),
  fc.nat(1).map((revision) => bytes(0xff, u64(1), 0x7f, revision, 3, 0, 0)),
);
const said: fc.Arbitrary<Said[]> = fc.array(fc.tuple(fc.constantFrom(...SIDES), part), {
  maxLength: 14,
});
const options: fc.Arbitrary<DissectorOptions> = fc.record({
  keep: fc.constantFrom(0, 5, 64),
  isOneSided: fc.boolean(),
  start: fc.constantFrom('greeting', 'handshake', 'traffic'),
  mechanism: fc.constantFrom('NULL', 'PLAIN', 'CURVE'),
});

function joined(conversation: readonly Said[], side: Side): Buffer {
  return Buffer.concat(conversation.filter(([from]) => from === side).map(([, chunk]) => chunk));
}

/** Every byte is in one item, and what an item has with it are these bytes. */
function expectTiles(items: readonly Item[], stream: Buffer, keep: number): void {
  let offset = 0;
  for (const item of items) {
    expect(item.offset).toBe(offset);
    const end = offset + Math.min(item.length, keep);
    expect(Buffer.from(item.bytes)).toEqual(stream.subarray(offset, end));
    offset += item.length;
  }
  expect(offset).toBe(stream.length);
}

test('any bytes: none is lost, and none makes it throw', () => {
  fc.assert(
    fc.property(said, options, (conversation, chosen) => {
      const items = dissect(conversation, chosen);
      for (const side of SIDES) {
        const own = items.filter((item) => item.side === side);
        expectTiles(own, joined(conversation, side), chosen.keep ?? 64);
        for (const { fault, offset, length } of own) {
          if (fault === undefined) continue;
          expect(fault.offset).toBeGreaterThanOrEqual(offset);
          expect(fault.offset).toBeLessThanOrEqual(offset + length);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('byte by byte the items are the same', () => {
  fc.assert(
    fc.property(said, options, (conversation, chosen) => {
      const cut = conversation.flatMap(([side, chunk]) =>
        Array.from(chunk, (byte): Said => [side, Uint8Array.of(byte)]),
      );
      expect(dissect(cut, chosen)).toEqual(dissect(conversation, chosen));
    }),
    { numRuns: 200 },
  );
});

/** What the automaton puts up with, though a rule is broken. */
const TOLERATED = ['Padding and filler full of bits', 'As-server with NULL'];
/** What ends a connection though no byte is wrong: limits of ours, and what a socket or its peer wants. */
const REFUSED = [
  'A length of 2^63 - 1',
  'A length of 2^53 in the middle of a message',
  'As large as the limit, and one byte more',
  'A long frame over the limit',
  'Limit zero',
  'Too many frames',
  'Too many bytes in one message',
  'A command over its limit',
  'ZMTP 1.0, unversioned',
  'ZMTP 1.0, unversioned, with an identity of 254 bytes and more',
  'ZMTP 1.0, versioned',
  'ZMTP 2.0',
  'No Socket-Type',
  'Socket-Type twice',
  'Identity twice',
  'ERROR of libzmq',
];

describe.each([...readVectors()])('vectors: %s', (_file, vectors) => {
  test.each(vectors.map((vector) => [vector.name, vector] as const))('%s', (name, vector) => {
    const before: Said[] =
      vector.after === undefined ? [] : [['accepting', bytes(greeting(), ready(vector.after))]];
    const conversation: Said[] = [
      ['connecting', bytes(greeting(), ready(vector.own))],
      ...before,
      ['accepting', vector.bytes],
    ];
    const items = dissect(conversation).filter(({ side }) => side === 'accepting');
    expectTiles(items, joined(conversation, 'accepting'), 64);
    const faults = items.filter(({ fault }) => fault !== undefined);
    const isFaulty =
      TOLERATED.includes(name) || (vector.closesAt !== undefined && !REFUSED.includes(name));
    expect(faults.length > 0, faults.map(({ fault }) => fault?.rule).join()).toBe(isFaulty);
  });
});

test('what the automaton writes has no fault', () => {
  const peers = [
    new Connection({ socketType: 'XPUB' }, 0),
    new Connection({ socketType: 'SUB' }, 0),
  ] as const;
  const conversation: Said[] = [];
  const exchange = (): void => {
    for (const [i, from] of peers.entries()) {
      const to = peers[1 - i] as Connection;
      for (const piece of from.takeOutput()) {
        conversation.push([SIDES[i] as Side, Uint8Array.from(piece)]);
        to.handleInput(Uint8Array.from(piece), 0);
      }
      while (to.nextEvent() !== undefined);
    }
  };
  for (let i = 0; i < 3; i++) exchange();
  peers[1].sendSubscription(Uint8Array.of(1, 65));
  peers[0].send([Uint8Array.of(65), new Uint8Array(300)]);
  exchange();
  const items = dissect(conversation);
  expect(items.filter(({ fault, kind }) => fault !== undefined || kind === 'raw')).toEqual([]);
  expect(items.map(({ meaning }) => meaning)).toEqual(
    expect.arrayContaining(["topic 'A'", 'message, frame 2, the last, 300 bytes, long form']),
  );
});
