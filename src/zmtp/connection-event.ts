/**
 * What a connection decides, in the order in which it is to be taken: see `nextEvent`.
 *
 * @module
 */
import type { ProtocolError } from '../errors.ts';
import type { Command } from './command.ts';
import type { AuthenticationRequest, Denial } from './mechanism/mechanism.ts';
import type { PeerDescription } from './peer.ts';

/** Why a connection is closed. */
export type CloseCause =
  /** The peer ended the stream, or the world lost it. */
  | 'eof'
  /** The peer broke a rule; `error` says which. */
  | 'protocol'
  /** The peer sent ERROR; `reason` is its text. */
  | 'refused'
  /** This side does not let the peer in; `status` says how the peer was told, if it was, `error` what was wrong with the verdict. */
  | 'denied'
  /** Greeting and handshake took too long. */
  | 'handshake-timeout'
  /** The peer was silent for longer than the heartbeat allows. */
  | 'heartbeat-timeout';

export type ConnectionEvent =
  /** The handshake waits for `authenticated` to say whether the peer may come in. */
  | { readonly type: 'authenticate'; readonly request: AuthenticationRequest }
  /** The handshake is done: messages may be sent, and will come. */
  | { readonly type: 'handshake'; readonly peer: PeerDescription }
  /** A message, where no sink was given. */
  | { readonly type: 'message'; readonly frames: Uint8Array[] }
  /** A command in traffic that is not ours to answer: SUBSCRIBE, CANCEL, PONG or one not known. */
  | { readonly type: 'command'; readonly command: Command }
  /** The end; always the last event. Output that is left, such as an ERROR, should still be written. */
  | {
      readonly type: 'closed';
      readonly cause: CloseCause;
      /** Whether the handshake had been done. */
      readonly wasReady: boolean;
      /** In words, for people. */
      readonly reason: string;
      readonly error?: ProtocolError;
      /** With the cause `denied`: what the verdict was, if there was one. */
      readonly status?: Denial['status'];
    };
