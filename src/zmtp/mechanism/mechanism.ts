/**
 * What a security mechanism is to the connection that runs it: command bodies in, command bodies out, no bytes of frames
 * and no clock. One object serves one connection.
 *
 * A server's mechanism may want to know whether the peer may come in. It asks by a step, the connection passes the
 * question on as an event, and the answer comes back whenever there is one. 27/ZAP is one way to find it.
 *
 * @module
 */
import { ProtocolError } from '../../errors.ts';
import { asciiBytes, printable } from '../ascii.ts';
import { decodeReason, type RawCommand } from '../command.ts';
import type { Metadata } from '../metadata.ts';

/** What whoever decides about a peer is told of it. */
export type AuthenticationRequest = {
  /** NULL, PLAIN or CURVE. */
  readonly mechanism: string;
  /** NULL: none. PLAIN: user name and password. CURVE: the peer's public key, 32 bytes. */
  readonly credentials: readonly Uint8Array[];
};

/** The peer may come in. */
export type Acceptance = {
  readonly status: 200;
  /** Who the peer is. */
  readonly userId?: string;
  /** What else is to be known of it. */
  readonly metadata?: Metadata;
};

/** The peer may not come in: 300 for now, 400 with these credentials, 500 because whoever decides has a problem. */
export type Denial = {
  readonly status: 300 | 400 | 500;
  /** In words, for people on this side. */
  readonly text?: string;
};

/** There is nobody to decide, or what came was no decision: the peer may not come in, and is not told why. */
export type NoVerdict = {
  readonly status: undefined;
  /** In words, for people on this side. */
  readonly text: string;
  /** What was wrong with what came. */
  readonly error?: ProtocolError;
};

export type AuthenticationVerdict = Acceptance | Denial | NoVerdict;

/** What follows from a command, or from a verdict. */
export type MechanismStep =
  /** The handshake goes on; `send` is the body of a command for the peer. */
  | { readonly type: 'continue'; readonly send?: Uint8Array }
  /** Somebody has to decide; `accept` says that the peer may come in. */
  | { readonly type: 'authenticate'; readonly request: AuthenticationRequest }
  /** The peer may not come in, and nobody needs to be asked. */
  | { readonly type: 'deny'; readonly verdict: Denial | NoVerdict }
  /** The peer does not let us in. */
  | { readonly type: 'refused'; readonly reason: string }
  /** The handshake is done, once `send` is out. With a cipher all frames are sealed from here on, in both directions. */
  | {
      readonly type: 'done';
      readonly send?: Uint8Array;
      readonly metadata: Metadata;
      readonly cipher?: FrameCipher;
    };

export interface Mechanism {
  /** As it stands in the greeting. */
  readonly name: string;
  /** What the greeting says of our role. */
  readonly isServer: boolean;
  /** Why the peer may have gone, if it goes now; absent when there is no likely cause. */
  readonly hint?: string | undefined;
  /** The greetings have been exchanged. */
  start(): MechanismStep;
  /**
   * The body of a command of the peer. It is kept no longer than the call takes.
   *
   * @throws {ProtocolError} when it is not what must come now
   */
  receive(body: Uint8Array): MechanismStep;
  /** The answer to a step `authenticate`: the peer may come in. */
  accept(): MechanismStep;
  /** The connection is closed: secrets are forgotten. */
  wipe(): void;
}

/** Makes the mechanism for one connection. `metadata` is what we tell the peer. */
export type MechanismFactory = (metadata: Metadata) => Mechanism;

/** Seals and opens the frames of a connection in traffic. A sealed frame is a message frame of one frame on the wire. */
export interface FrameCipher {
  /** Bytes in front of the plaintext by which a sealed body is longer. */
  readonly overhead: number;
  /**
   * Writes the sealed body of a frame to `target` from `offset` on: `overhead + body.length` bytes.
   *
   * @param flags - FLAG_MORE, FLAG_COMMAND or 0
   * @throws {ProtocolError} when nothing can be sealed any more; then nothing has been
   */
  seal(flags: number, body: Uint8Array, target: Uint8Array, offset: number): void;
  /**
   * Opens a sealed body, from `start` to `end` of `bytes`, in place: its plaintext stands behind `overhead` bytes.
   *
   * @returns the flags that were sealed with it: FLAG_MORE, FLAG_COMMAND or 0
   * @throws {ProtocolError} when it is not what the peer has sealed, in the order in which it did
   */
  open(bytes: Uint8Array, start: number, end: number): number;
}

/**
 * What follows from an ERROR.
 *
 * @throws {ProtocolError} when it is malformed
 */
export function refused(data: Uint8Array): MechanismStep {
  return { type: 'refused', reason: decodeReason(data) || 'no reason given' };
}

/** A fault for a command that is not what must come now. */
export function unexpected(expected: string, command: RawCommand): ProtocolError {
  const areClients = expected === 'WELCOME' && command.name === 'HELLO';
  const got = printable(asciiBytes(command.name));
  return new ProtocolError(
    `expected ${expected}, got ${got}${areClients ? ': both sides are clients' : ''}`,
    'ERR_ZMTP_UNEXPECTED_COMMAND',
  );
}
