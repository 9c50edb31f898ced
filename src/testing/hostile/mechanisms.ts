/**
 * Handshakes of a client: as each mechanism wants it, and with something wrong about them.
 *
 * @module
 */
import * as fc from 'fast-check';
import { bytes, command, commandBody, FLAG_COMMAND, frame } from '../raw-bytes.ts';
import type { Content, MechanismName, Step } from './session.ts';
import { bodies, names, shortBytes } from './bytes.ts';
import { badMetadata, goodMetadata } from './metadata.ts';
import { sends, toHex } from './traffic.ts';

const awaits = (frames: number): Step => ({ do: 'await', frames });

function said(note: string, content: Content): Step {
  return { do: 'send', note, content };
}

/** The handshake that brings a peer in, behind the greeting. */
export function goodHandshakes(
  mechanism: MechanismName,
  types: readonly string[],
): fc.Arbitrary<Step[]> {
  const metadata = goodMetadata(types);
  switch (mechanism) {
    case 'NULL':
      return fc
        .tuple(metadata, fc.boolean())
        .map(([list, isPatient]) => [
          sends({ note: 'READY', bytes: command('READY', list) }),
          ...(isPatient ? [awaits(1)] : []),
        ]);
    case 'PLAIN':
      return metadata.map((list) => [
        said('HELLO', { kind: 'login' }),
        awaits(1),
        sends({ note: 'INITIATE', bytes: command('INITIATE', list) }),
        awaits(2),
      ]);
    case 'CURVE':
      return metadata.map((list) => [
        said('HELLO', { kind: 'hello', counter: 1 }),
        awaits(1),
        said('INITIATE', { kind: 'initiate', counter: 2, metadata: toHex(list) }),
        awaits(2),
      ]);
    default: {
      const unreachable: never = mechanism;
      return unreachable;
    }
  }
}

/** Handshakes with something wrong. */
export function badHandshakes(
  mechanism: MechanismName,
  types: readonly string[],
): fc.Arbitrary<Step[]> {
  const metadata = fc.oneof(badMetadata(types), goodMetadata(types));
  const stray = fc
    .tuple(
      names('READY', 'HELLO', 'WELCOME', 'INITIATE', 'ERROR', 'PING', 'MESSAGE'),
      bodies,
      fc.constantFrom(0, 1, 4, 5, 6),
    )
    .map(([name, data, flags]) => {
      const body = bytes(name.length, name, data);
      return [
        sends({
          note: `command '${name}'`,
          bytes: frame(body.length > 255 ? flags | 2 : flags, body),
        }),
      ];
    });
  return fc.oneof(
    { weight: 1, arbitrary: stray },
    { weight: 3, arbitrary: own(mechanism, metadata) },
  );
}

function own(mechanism: MechanismName, metadata: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Step[]> {
  switch (mechanism) {
    case 'NULL':
      return metadata.map((list) => [sends({ note: 'READY', bytes: command('READY', list) })]);
    case 'PLAIN': {
      const credentials = fc.oneof(
        fc.constantFrom<Step>(
          said('HELLO', { kind: 'login' }),
          said('HELLO', { kind: 'login', hasNoPassword: true }),
          sends({ note: 'HELLO', bytes: command('HELLO', 0, 0) }),
          sends({
            note: 'HELLO',
            bytes: command('HELLO', 255, 'x'.repeat(255), 255, 'y'.repeat(255)),
          }),
        ),
        fc
          .tuple(fc.nat(255), shortBytes, fc.nat(255), shortBytes)
          .map(([n, user, m, password]) =>
            sends({ note: 'HELLO', bytes: command('HELLO', n, user, m, password) }),
          ),
      );
      return fc
        .tuple(credentials, metadata)
        .map(([hello, list]) => [
          hello,
          awaits(1),
          sends({ note: 'INITIATE', bytes: command('INITIATE', list) }),
        ]);
    }
    case 'CURVE':
      return badCurve(metadata);
    default: {
      const unreachable: never = mechanism;
      return unreachable;
    }
  }
}

function badCurve(metadata: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Step[]> {
  const hellos = fc.oneof(
    { weight: 4, arbitrary: fc.constant<Content>({ kind: 'hello', counter: 1 }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('hello' as const),
        counter: fc.constantFrom(0, 1, 2 ** 53),
        hasWrongKey: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(0, 193, 194, 195, 250).map(
        (size): Content => ({
          kind: 'bytes',
          hex: toHex(
            frame(FLAG_COMMAND, commandBody('HELLO', new Uint8Array(Math.min(size, 249)))),
          ),
        }),
      ),
    },
  );
  const flaws = ['cookie', 'vouch', 'vouched', 'key', 'stranger', undefined] as const;
  return fc
    .tuple(hellos, metadata, fc.constantFrom(...flaws), fc.constantFrom(0, 1, 2, 2 ** 53))
    .map(([first, list, flaw, counter]) => [
      said('HELLO', first),
      awaits(1),
      said('INITIATE', {
        kind: 'initiate',
        counter,
        metadata: toHex(list),
        ...(flaw && { flaw }),
      }),
      awaits(2),
    ]);
}
