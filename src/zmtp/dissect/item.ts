/**
 * What a dissector answers with: pieces of a stream that lie one behind the other without a gap, and what each means.
 *
 * @module
 */
import type { Rule } from './rules.ts';

/** Who has sent the bytes: the peer that connected, or the one that was bound. */
export type Side = 'connecting' | 'accepting';

export type ItemKind =
  /** A field of a greeting. */
  | 'greeting'
  /** The header of a frame. */
  | 'frame'
  /** The name of a command, with its length. */
  | 'command'
  /** A field of a command. */
  | 'field'
  /** The body of a frame that is part of a message. */
  | 'body'
  /** What nothing can be said about: behind a fault, as a rule. */
  | 'raw'
  /** What had come of a piece when the stream ended. */
  | 'cut';

/** A rule that is broken, and the byte that breaks it. */
export type Fault = Rule & {
  /** From the beginning of the stream. */
  readonly offset: number;
};

/** A piece of a stream. The next one begins where it ends. */
export type Item = {
  readonly side: Side;
  /** From the beginning of what this side has sent. */
  readonly offset: number;
  /** How many bytes of the stream it is; 0 for what only says how the stream ends. */
  readonly length: number;
  readonly kind: ItemKind;
  /** One line, for people. */
  readonly meaning: string;
  /** The bytes, or the first of them: at most as many as the dissector keeps. They are the item's own. */
  readonly bytes: Uint8Array;
  readonly fault?: Fault;
};
