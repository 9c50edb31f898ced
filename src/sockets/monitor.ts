/**
 * What happens to a socket's connections, as events. The socket's parts report here; `Observer` is how a program reads
 * it. As long as nobody has asked for events none are made.
 *
 * @module
 */
import type { Connection } from '../zmtp/connection.ts';
import type { PeerDescription } from '../zmtp/peer.ts';

/** What is known of the peer of a connection. */
export type EventPeer = {
  /** Where the peer is, e.g. `tcp://127.0.0.1:50123`. */
  readonly address: string;
  /** Its socket type, e.g. `REP`, once it has said so. */
  readonly socketType?: string;
  /** The routing id that it announced, if any. */
  readonly routingId?: Buffer;
  /** The minor version of ZMTP 3 that it speaks, once it has said so. */
  readonly minorVersion?: number;
  /** Its security mechanism, once it has said so. */
  readonly mechanism?: string;
};

export type EventError = Error & { code?: string; status?: number };

type OfConnection = { readonly address: string; readonly peer: EventPeer };
type Failure = { readonly error: EventError; readonly reason: string };

/** An event of `socket.events`. `address` is the endpoint that was bound or connected, `reason` is for people. */
export type Event =
  | { readonly type: 'bind'; readonly address: string }
  | ({ readonly type: 'bind:error'; readonly address: string } & Failure)
  | ({ readonly type: 'accept' } & OfConnection)
  | ({ readonly type: 'accept:error'; readonly address: string } & Failure)
  | { readonly type: 'connect:delay'; readonly address: string }
  | ({ readonly type: 'connect' } & OfConnection)
  /** `interval`: milliseconds until the next attempt. */
  | { readonly type: 'connect:retry'; readonly address: string; readonly interval: number }
  | ({ readonly type: 'handshake' } & OfConnection)
  /** The peer went away or was too slow. */
  | ({ readonly type: 'handshake:error:other' } & OfConnection & Failure)
  /** The peer broke the protocol; `error` is a ProtocolError. */
  | ({ readonly type: 'handshake:error:protocol' } & OfConnection & Failure)
  /** The peer refused; `error.status` is 300, 400 or 500. */
  | ({ readonly type: 'handshake:error:auth' } & OfConnection & Failure)
  /** The connection is gone; with `error` unless one of the sides ended it properly. */
  | ({
      readonly type: 'disconnect';
      readonly error?: EventError;
      readonly reason: string;
    } & OfConnection)
  /** A listener is closed, or an attempt to connect has failed. */
  | {
      readonly type: 'close';
      readonly address: string;
      readonly error?: EventError;
      readonly reason?: string;
    }
  /** The socket is closed: the last event. */
  | { readonly type: 'end' };

export type EventType = Event['type'];
export type EventOfType<T extends EventType> = Extract<Event, { type: T }>;

export class Monitor {
  #listener: ((event: Event) => void) | undefined;

  get isWatched(): boolean {
    return this.#listener !== undefined;
  }

  watch(listener: (event: Event) => void): void {
    this.#listener = listener;
  }

  emit(event: Event): void {
    this.#listener?.(event);
  }

  /** Emits `end`, and no event after it. */
  end(): void {
    this.emit({ type: 'end' });
    this.#listener = undefined;
  }
}

/** What events say of a peer: where it is and, after the handshake, what it told of itself. */
export function eventPeer(address: string, peer?: PeerDescription): EventPeer {
  if (peer === undefined) return { address };
  return {
    address,
    socketType: peer.socketType,
    ...(peer.routingId.length > 0 && { routingId: Buffer.from(peer.routingId) }),
    minorVersion: peer.greeting.minor,
    mechanism: peer.greeting.mechanism,
  };
}

/** What happened at the end of a connection, as the automaton says it. */
export type ConnectionEnd = Extract<ReturnType<Connection['nextEvent']>, { type: 'closed' }>;

/** The error and the words for the end of a connection. */
export function describeEnd(end: ConnectionEnd, streamError: Error | undefined): EventError {
  if (end.error !== undefined) return end.error;
  if (end.cause === 'refused') return refusal(end.reason);
  return streamError ?? Object.assign(new Error(end.reason), { code: CAUSE_CODES[end.cause] });
}

const CAUSE_CODES = {
  eof: 'EPIPE',
  protocol: 'EPROTO',
  'handshake-timeout': 'ETIMEDOUT',
  'heartbeat-timeout': 'ETIMEDOUT',
} as const;

const STATUS_TEXTS: Readonly<Record<string, string>> = {
  300: 'Temporary error',
  400: 'Authentication failure',
  500: 'Internal error',
};

/** The error for an ERROR of the peer: with a status when its reason is one of 27/ZAP. */
function refusal(reason: string): EventError {
  const text = STATUS_TEXTS[reason];
  const error: EventError = new Error(text ?? `the peer refused the connection: ${reason}`);
  error.code = 'EACCES';
  if (text !== undefined) error.status = Number(reason);
  return error;
}
