/**
 * What a hostile session is: data. Steps that a peer takes on one connection, which can be printed, kept in a file and
 * taken again. It holds no key, no password and no address: what depends on those, the commands of CURVE and the HELLO of
 * PLAIN, is described and becomes bytes when the session is run (`wire.ts`).
 *
 * @module
 */
import type { SocketKind } from '../../option-types.ts';

export const MECHANISMS = ['NULL', 'PLAIN', 'CURVE'] as const;
export type MechanismName = (typeof MECHANISMS)[number];

/** A socket under attack: its type, and the mechanism of which it is the server. */
export type Target = { readonly type: SocketKind; readonly mechanism: MechanismName };

/** Bytes as hexadecimal digits. */
type Hex = string;

/** What is sent, before anything is changed about it. */
export type Content =
  | { readonly kind: 'bytes'; readonly hex: Hex; readonly times?: number }
  /** HELLO of PLAIN with the user name and the password that let a peer in, or with an empty password. */
  | { readonly kind: 'login'; readonly hasNoPassword?: boolean }
  /** HELLO of CURVE in a command frame. */
  | { readonly kind: 'hello'; readonly counter: number; readonly hasWrongKey?: boolean }
  /** INITIATE of CURVE in answer to the WELCOME that has come; nothing when none has. */
  | {
      readonly kind: 'initiate';
      readonly counter: number;
      readonly metadata: Hex;
      readonly flaw?: 'cookie' | 'vouch' | 'vouched' | 'key' | 'stranger';
    }
  /** A MESSAGE of CURVE; `advance` is what its counter is greater by than the one before. */
  | {
      readonly kind: 'sealed';
      readonly advance: number;
      readonly outer: number;
      readonly inner: number;
      readonly hex: Hex;
      readonly times?: number;
    };

/** A change to bytes; `at` is a share of their length, from 0 to 1. */
export type Change = {
  readonly op: 'flip' | 'set' | 'insert' | 'remove' | 'cut';
  readonly at: number;
  readonly value: number;
};

export type Step =
  | {
      readonly do: 'send';
      /** What it is, for whoever reads it. */
      readonly note: string;
      readonly content: Content;
      readonly changes?: readonly Change[];
      /** Where the bytes are cut into pieces that are written on their own, as shares. */
      readonly cuts?: readonly number[];
      /** Goes out together with what is sent next, in one piece. */
      readonly isHeld?: boolean;
    }
  /** Waits until the greeting (0) or this many frames have come, for a short while at most. */
  | { readonly do: 'await'; readonly frames: number }
  /** Lets this many turns of the event loop pass. */
  | { readonly do: 'turns'; readonly count: number }
  | { readonly do: 'stop-reading' | 'read-on' }
  /** The last step: FIN, RST, or FIN and RST one turn apart. */
  | { readonly do: 'end' | 'reset' | 'vanish' };

export type Session = { readonly kind: string; readonly steps: readonly Step[] };

/** Applies changes one after the other. */
export function change(bytes: Uint8Array, changes: readonly Change[]): Uint8Array {
  if (changes.length === 0) return bytes;
  const result = Array.from(bytes);
  for (const { op, at, value } of changes) {
    const index = Math.min(Math.floor(at * result.length), Math.max(0, result.length - 1));
    if (op === 'flip') result[index] = (result[index] ?? 0) ^ (1 << (value & 7));
    else if (op === 'set') result[index] = value;
    else if (op === 'insert') result.splice(index, 0, value);
    else if (op === 'remove') result.splice(index, 1);
    else result.length = index;
  }
  return Uint8Array.from(result);
}

/** Bytes in pieces, cut at shares of their length. */
export function cut(bytes: Uint8Array, shares: readonly number[]): Uint8Array[] {
  const offsets = shares.map((share) => Math.floor(share * bytes.length)).toSorted((a, b) => a - b);
  const borders = [0, ...offsets, bytes.length];
  return borders
    .slice(1)
    .map((border, i) => bytes.subarray(borders[i], border))
    .filter((piece) => piece.length > 0);
}

/** A name that a peer made up may be long. */
const NOTE_LENGTH = 60;

/** A session in a few lines. */
export function describeSession({ kind, steps }: Session): string {
  return [`session (${kind}):`, ...steps.map((step) => `  ${describeStep(step)}`)].join('\n');
}

function describeStep(step: Step): string {
  switch (step.do) {
    case 'send': {
      const { note, content, changes = [], cuts = [], isHeld = false } = step;
      return [
        `send ${note.slice(0, NOTE_LENGTH)}: ${describeContent(content)}`,
        ...(changes.length > 0 ? [JSON.stringify(changes)] : []),
        ...(cuts.length > 0 ? [`in ${cuts.length + 1} pieces`] : []),
        ...(isHeld ? ['together with the next'] : []),
      ].join(', ');
    }
    case 'await':
      return step.frames === 0 ? 'await the greeting' : `await ${step.frames} frames`;
    case 'turns':
      return `let ${step.count} turns pass`;
    case 'stop-reading':
    case 'read-on':
    case 'end':
    case 'reset':
    case 'vanish':
      return step.do;
    default: {
      const unreachable: never = step;
      return unreachable;
    }
  }
}

function describeContent(content: Content): string {
  switch (content.kind) {
    case 'bytes':
      return `${short(content.hex)}${content.times === undefined ? '' : ` × ${content.times}`}`;
    case 'sealed': {
      const { advance, outer, inner, hex, times = 1 } = content;
      return `MESSAGE counter +${advance}, flags ${outer} and inside ${inner}, ${short(hex)} × ${times}`;
    }
    case 'login':
    case 'hello':
    case 'initiate':
      return JSON.stringify(content);
    default: {
      const unreachable: never = content;
      return unreachable;
    }
  }
}

function short(hex: Hex): string {
  return hex.length > 80 ? `${hex.slice(0, 80)}… (${hex.length / 2} bytes)` : hex;
}
