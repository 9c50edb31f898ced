/**
 * What a ZMTP peer may say, at random, for the property tests: greetings, commands, messages, whole sessions, and the
 * same with a few bytes wrong; and ways to cut bytes into pieces.
 *
 * @module
 */
import * as fc from 'fast-check';
import {
  type Command,
  encodeCommand,
  encodeFrame,
  encodeGreeting,
  FLAG_COMMAND,
  FLAG_MORE,
  type Greeting,
} from '../protocol.ts';

const MECHANISM_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+'.split('');
const NAME_CHARACTERS = [...MECHANISM_CHARACTERS, ...'abcdefghijklmnopqrstuvwxyz'.split('')];

export const greetings: fc.Arbitrary<Greeting> = fc.record({
  major: fc.integer({ min: 3, max: 255 }),
  minor: fc.nat(255),
  mechanism: fc.string({
    unit: fc.constantFrom(...MECHANISM_CHARACTERS),
    minLength: 1,
    maxLength: 20,
  }),
  asServer: fc.boolean(),
});

/** Makes a counterexample that holds long bytes readable. */
function describeShortly(bytes: Uint8Array): Uint8Array {
  const text = `${bytes.length} bytes of ${bytes[0] ?? 0}`;
  return Object.defineProperty(bytes, fc.toStringMethod, { value: () => text });
}

/** Bodies: mostly small, with a liking for the lengths at which something changes. */
export const bodies: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 6, arbitrary: fc.uint8Array({ maxLength: 12 }) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(0, 1, 127, 128, 255, 256, 257, 4095, 4096, 8192, 8193), fc.nat(255))
      .map(([length, byte]) => describeShortly(new Uint8Array(length).fill(byte))),
  },
);

export const messages: fc.Arbitrary<Uint8Array[]> = fc.array(bodies, {
  minLength: 1,
  maxLength: 5,
});

const propertyNames = fc.string({
  unit: fc.constantFrom(...NAME_CHARACTERS),
  minLength: 1,
  maxLength: 12,
});

/** Properties whose names differ in more than case. */
export const metadata: fc.Arbitrary<Map<string, Uint8Array>> = fc
  .uniqueArray(fc.tuple(propertyNames, bodies), {
    maxLength: 4,
    selector: ([name]) => name.toLowerCase(),
  })
  .map((entries) => new Map(entries));

const contexts = fc.uint8Array({ maxLength: 16 });

/** Commands as they can be decoded; the names of unknown ones are no known ones. */
export const commands: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ name: fc.constant('READY' as const), metadata }),
  fc.record({
    name: fc.constant('ERROR' as const),
    reason: fc.string({ unit: 'grapheme-ascii', maxLength: 255 }),
  }),
  fc.record({
    name: fc.constant('PING' as const),
    ttlDeciseconds: fc.nat(65_535),
    context: contexts,
  }),
  fc.record({ name: fc.constant('PONG' as const), context: contexts }),
  fc.record({ name: fc.constantFrom('SUBSCRIBE' as const, 'CANCEL' as const), topic: bodies }),
  fc.record({
    name: fc.constant('unknown' as const),
    unknownName: fc
      .string({ unit: 'binary-ascii', minLength: 1, maxLength: 20 })
      .filter((name) => !/^(READY|ERROR|PING|PONG|SUBSCRIBE|CANCEL)$/.test(name)),
    data: bodies,
  }),
);

/** A message as bytes. */
function encodeMessage(frames: readonly Uint8Array[]): Uint8Array {
  const last = frames.length - 1;
  return Buffer.concat(frames.map((frame, i) => encodeFrame(i < last ? FLAG_MORE : 0, frame)));
}

function commandFrame(command: Command): Uint8Array {
  return encodeFrame(FLAG_COMMAND, encodeCommand(command));
}

const ready = fc
  .tuple(fc.constantFrom('REQ', 'DEALER', 'PUB', 'req'), metadata)
  .map(([type, others]) =>
    commandFrame({
      name: 'READY',
      metadata: new Map([['Socket-Type', Buffer.from(type)], ...others]),
    }),
  );

/** What a peer of a REP may send, from its greeting on; mostly right. */
export const sessions: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.oneof(
      {
        weight: 9,
        arbitrary: fc.constant({ major: 3, minor: 1, mechanism: 'NULL', asServer: false }),
      },
      { weight: 1, arbitrary: greetings },
    ),
    ready,
    fc.array(fc.oneof(messages.map(encodeMessage), commands.map(commandFrame)), { maxLength: 8 }),
  )
  .map(([greeting, opening, traffic]) =>
    Buffer.concat([encodeGreeting(greeting), opening, ...traffic]),
  );

/** Changes to a string of bytes. */
const mutations = fc.array(
  fc.tuple(
    fc.constantFrom('set' as const, 'insert' as const, 'remove' as const, 'cut' as const),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.nat(255),
  ),
  { minLength: 1, maxLength: 4 },
);

function mutate(
  bytes: Uint8Array,
  changes: typeof mutations extends fc.Arbitrary<infer T> ? T : never,
): Uint8Array {
  const result = Array.from(bytes);
  for (const [kind, place, value] of changes) {
    const index = Math.floor(place * result.length);
    if (kind === 'set') result[index] = value;
    else if (kind === 'insert') result.splice(index, 0, value);
    else if (kind === 'remove') result.splice(index, 1);
    else result.length = index;
  }
  return Uint8Array.from(result);
}

/** A session with a few bytes wrong. */
export const brokenSessions: fc.Arbitrary<Uint8Array> = fc
  .tuple(sessions, mutations)
  .map(([session, changes]) => mutate(session, changes));

/** Bytes that mean nothing, some of them behind a proper greeting. */
export const noise: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.boolean(), fc.uint8Array({ maxLength: 200, size: 'max' }))
  .map(([isGreeted, bytes]) =>
    isGreeted
      ? Buffer.concat([
          encodeGreeting({ major: 3, minor: 1, mechanism: 'NULL', asServer: false }),
          bytes,
        ])
      : bytes,
  );

/** Where to cut, as shares of the whole. */
export const cuts: fc.Arbitrary<number[]> = fc.oneof(
  fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 10 }),
  // Everywhere.
  fc.constant<number[]>([Number.NaN]),
);

/** `bytes` in pieces that are the caller's own. */
export function cutBytes(bytes: Uint8Array, shares: readonly number[]): Uint8Array[] {
  const offsets = shares.some(Number.isNaN)
    ? [...bytes.keys()]
    : shares.map((share) => Math.floor(share * bytes.length)).toSorted((a, b) => a - b);
  const borders = [0, ...offsets, bytes.length];
  return borders.slice(1).map((border, i) => bytes.slice(borders[i], border));
}
