/**
 * What comes after a handshake, under any mechanism: messages, commands, odd frames, and floods of each.
 *
 * @module
 */
import * as fc from 'fast-check';
import { FLAG_COMMAND, frame } from '../raw-bytes.ts';
import type { MechanismName, Step } from './session.ts';
import { bodies } from './bytes.ts';
import { commandBodies } from './commands.ts';
import { enveloped, messages, oddFrames, type Piece } from './frames.ts';

export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** A step that sends these bytes. */
export function sends({ note, bytes }: Piece, times?: number): Step {
  const content = { kind: 'bytes', hex: toHex(bytes), ...(times && { times }) } as const;
  return { do: 'send', note, content };
}

/** At most this much in one step. */
const FLOOD_BYTES = 256 * 1024;
const FLOOD_TIMES = 3000;

function floodOf(size: number): number {
  return Math.max(2, Math.min(FLOOD_TIMES, Math.floor(FLOOD_BYTES / Math.max(1, size))));
}

const asFrame = ({ note, bytes }: Piece): Piece => ({
  note,
  bytes: frame(FLAG_COMMAND | (bytes.length > 255 ? 2 : 0), bytes),
});

const pieces = fc.oneof(
  { weight: 3, arbitrary: messages },
  { weight: 2, arbitrary: enveloped },
  { weight: 4, arbitrary: commandBodies.map(asFrame) },
  { weight: 1, arbitrary: oddFrames },
);

const plainTraffic: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: pieces.map((piece) => sends(piece)) },
  { weight: 1, arbitrary: pieces.map((piece) => sends(piece, floodOf(piece.bytes.length))) },
);

/** How the counter of a MESSAGE goes on: rightly, mostly. */
const advances = fc.oneof(
  { weight: 12, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.constantFrom(0, -1, 2, 1000, 2 ** 40) },
);

const sealed = fc
  .tuple(
    fc.oneof(
      { weight: 3, arbitrary: bodies.map((bytes) => ({ note: 'a frame', bytes, inner: 0 })) },
      {
        weight: 2,
        arbitrary: bodies.map((bytes) => ({ note: 'a frame with MORE', bytes, inner: 1 })),
      },
      { weight: 4, arbitrary: commandBodies.map((piece) => ({ ...piece, inner: 2 })) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.nat(255), bodies)
          .map(([inner, bytes]) => ({ note: `flags ${inner} inside`, bytes, inner })),
      },
    ),
    advances,
    fc.oneof(
      { weight: 12, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.constantFrom(1, 2, 4, 6, 8, 255) },
    ),
    fc.boolean(),
    fc.nat(15),
  )
  .map(([{ note, bytes, inner }, advance, outer, , luck]): Step => {
    const times = luck === 0 ? { times: Math.min(200, floodOf(bytes.length)) } : {};
    const content = { kind: 'sealed', advance, outer, inner, hex: toHex(bytes), ...times } as const;
    return { do: 'send', note: `${note}, sealed`, content };
  });

/** One step of traffic. Under CURVE nearly all of it is sealed, as what is not ends the connection at once. */
export function trafficSteps(mechanism: MechanismName): fc.Arbitrary<Step> {
  const steps =
    mechanism === 'CURVE'
      ? fc.oneof({ weight: 15, arbitrary: sealed }, { weight: 1, arbitrary: plainTraffic })
      : plainTraffic;
  const isHeld = fc.oneof(
    { weight: 2, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  );
  return fc
    .tuple(steps, isHeld)
    .map(([step, isHeld]) => (step.do === 'send' && isHeld ? { ...step, isHeld } : step));
}
