/**
 * What a session needs of the automaton that turns bytes into messages: `Connection` of ZMTP, or `RawEngine` for the
 * bytes of STREAM sockets. The rules of `Connection` hold for both.
 *
 * @module
 */
import type { Frames } from '../pipe.ts';
import type { ConnectionEvent } from '../zmtp/connection-event.ts';
import type { AuthenticationVerdict } from '../zmtp/mechanism/mechanism.ts';

/** As events of a connection; a peer that only sends bytes says nothing of itself. */
export type EngineEvent =
  | ConnectionEvent
  | { readonly type: 'handshake'; readonly peer: undefined };

export interface Engine {
  readonly isSuspended: boolean;
  readonly hasOutput: boolean;
  readonly outputSize: number;
  readonly inputPlace: Uint8Array | undefined;
  readonly unfinishedBytes: number;
  readonly unfinishedFrames: number;
  handleInput(chunk: Uint8Array, now: number, isLent: boolean): void;
  handleEof(reason?: string): void;
  handleTimeout(now: number): void;
  nextTimeout(): number;
  send(frames: Frames): void;
  sendSubscription(frame: Uint8Array): void;
  authenticated(verdict: AuthenticationVerdict, now: number): void;
  suspend(now: number): void;
  resume(now: number): void;
  nextEvent(): EngineEvent | undefined;
  takeOutput(): Uint8Array[];
  outputWritten(hasLeft: boolean): void;
}
