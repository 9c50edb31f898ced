/**
 * What happens to a socket's connections, as events. The socket's parts report here; `Observer` is how a program reads
 * it. As long as nobody has asked for events none are made.
 *
 * @module
 */
import { errnoOf, type ProtocolError, type ProtocolErrorCode, ZmtpError } from '../errors.ts';
import type { ConnectionEvent } from '../zmtp/connection-event.ts';
import type { Acceptance } from '../zmtp/mechanism/mechanism.ts';
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
  /** Who it is, as `authenticate` or the ZAP handler has said. */
  readonly userId?: string;
  /** What else `authenticate` or the ZAP handler has said of it. */
  readonly metadata?: ReadonlyMap<string, Buffer>;
  /**
   * What the peer has said of itself in the handshake beside Socket-Type and Identity, such as properties `X-…`. Nobody has
   * checked it. Names are as the peer spells them.
   */
  readonly announced?: ReadonlyMap<string, Buffer>;
};

/** What went wrong. `errno` is the positive number of `code`, 0 where it has none; `cause` is the error beneath, if any. */
export type EventError = Error & { code: string; errno: number };

/** The peer, or the ZAP handler, broke the protocol: `cause` is the `ProtocolError`, `code` the name that libzmq's monitor has for it. */
export type ProtocolEventError = Error & { code: ProtocolErrorCode; errno: number };

/** The peer refused, or this side has refused it: 300 for now, 400 for these credentials, 500 because it has a problem itself. */
type AuthEventError = Error & { code: string; errno: number; status: 300 | 400 | 500 };

type OfConnection = { readonly address: string; readonly peer: EventPeer };
type Failure<E = EventError> = { readonly error: E; readonly reason: string };

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
  /** The peer went away or was too slow, or TLS has failed: then the code is Node's. */
  | ({ readonly type: 'handshake:error:other' } & OfConnection & Failure)
  | ({ readonly type: 'handshake:error:protocol' } & OfConnection & Failure<ProtocolEventError>)
  | ({ readonly type: 'handshake:error:auth' } & OfConnection & Failure<AuthEventError>)
  /** The connection is gone; with `cause` unless one of the sides ended it properly. */
  | ({
      readonly type: 'disconnect';
      readonly cause?: EventError;
      readonly reason: string;
    } & OfConnection)
  /** A listener is closed, or an attempt to connect has failed. */
  | {
      readonly type: 'close';
      readonly address: string;
      readonly cause?: EventError;
      readonly reason?: string;
    }
  /** A listener could not be closed properly. */
  | ({ readonly type: 'close:error'; readonly address: string } & Failure)
  /** An event that has no name; there is none. */
  | { readonly type: 'unknown' }
  /** The last event: the socket is closed, or another `Observer` watches it from now on. */
  | { readonly type: 'end' };

export type EventType = Event['type'];
export type EventOfType<T extends EventType = EventType> = Extract<Event, { type: T }>;

export class Monitor {
  #listener: ((event: Event) => void) | undefined;

  get isWatched(): boolean {
    return this.#listener !== undefined;
  }

  /** There is one listener: to the one before no more comes but `end`. */
  watch(listener: (event: Event) => void): void {
    this.end();
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
    ...(peer.acceptance && describeAcceptance(peer.acceptance)),
    ...describeProperties('announced', [...peer.metadata].filter(isExtra)),
  };
}

/** Whether whoever has let the peer in has said anything of it. */
export function isIdentified({ acceptance }: PeerDescription): boolean {
  return Boolean(acceptance?.userId) || (acceptance?.metadata?.size ?? 0) > 0;
}

function describeAcceptance({ userId, metadata = new Map() }: Acceptance): Partial<EventPeer> {
  return {
    ...(userId && { userId }),
    ...describeProperties('metadata', [...metadata]),
  };
}

type Property = readonly [name: string, value: Uint8Array];

/** Whether a property has no place of its own in `EventPeer`. */
function isExtra([name]: Property): boolean {
  return !['socket-type', 'identity'].includes(name.toLowerCase());
}

/** The properties, if there are any, with values of the program's own. */
function describeProperties(
  key: 'metadata' | 'announced',
  properties: readonly Property[],
): Partial<EventPeer> {
  if (properties.length === 0) return {};
  return { [key]: new Map(properties.map(([name, value]) => [name, Buffer.from(value)])) };
}

/** What happened at the end of a connection, as the automaton says it. */
export type ConnectionEnd = Extract<ConnectionEvent, { type: 'closed' }>;

/**
 * Tells of the end of a connection: what went wrong before it was ready, and that it is gone.
 *
 * @param streamError - what broke the stream, if anything did
 */
export function reportEnd(
  monitor: Monitor,
  of: OfConnection,
  end: ConnectionEnd,
  streamError: Error | undefined,
): void {
  const error = describeEnd(end, streamError);
  letGoOfCallers(error);
  if (end.error !== undefined) letGoOfCallers(end.error);
  const reason = reasonOf(end);
  if (!end.wasReady) {
    if (end.error !== undefined) {
      const fault = protocolError(end.error);
      letGoOfCallers(fault);
      monitor.emit({ type: 'handshake:error:protocol', ...of, error: fault, reason });
    } else if (isAuthError(error)) {
      monitor.emit({ type: 'handshake:error:auth', ...of, error, reason });
    } else {
      monitor.emit({ type: 'handshake:error:other', ...of, error, reason });
    }
  }
  const isProper = end.wasReady && end.cause === 'eof' && streamError === undefined;
  monitor.emit({ type: 'disconnect', ...of, reason, ...(!isProper && { cause: error }) });
}

/** Why a connection is over, in words. An ERROR of the peer may have no more than a status. */
export function reasonOf({ cause, reason }: ConnectionEnd): string {
  if (cause !== 'refused') return reason;
  const text = STATUS_TEXTS[reason];
  return `the peer refused: ${text === undefined ? reason : `${reason}, ${text}`}`;
}

/**
 * An error keeps who called whom, the connection and what it read last among them, until it has made its stack into text.
 * Events may wait for long, and 50 connections that had been lost in the middle of a message of 1 MiB held 50 MiB.
 */
function letGoOfCallers(error: Error): void {
  void error.stack;
}

/** The error for the end of a connection. */
function describeEnd(end: ConnectionEnd, streamError: Error | undefined): EventError {
  if (end.error !== undefined) return protocolError(end.error);
  if (end.cause === 'refused') return refusal(end.reason);
  if (end.status !== undefined) return refusal(`${end.status}`);
  if (streamError !== undefined) return eventError(streamError);
  return withCode(new Error(end.reason), CAUSE_CODES[end.cause]);
}

/** The error of an event for one of ours or of the operating system, whose numbers are negative. */
export function eventError(error: Error): EventError {
  const { code = 'EIO', errno } = error as NodeJS.ErrnoException;
  if (error instanceof ZmtpError) return error;
  const number = errno === undefined ? errnoOf(code) : Math.abs(errno);
  return Object.assign(new Error(error.message, { cause: error }), { code, errno: number });
}

/** The error of an event for a fault of the peer, or of a ZAP handler. */
export function protocolError(cause: ProtocolError): ProtocolEventError {
  const code = cause.protocolCode;
  const protocol = code.startsWith('ERR_ZAP_') ? 'ZAP' : 'ZMTP';
  return Object.assign(new Error(`${protocol} protocol error`, { cause }), { code, errno: 0 });
}

function withCode(error: Error, code: string): EventError {
  return Object.assign(error, { code, errno: errnoOf(code) });
}

const CAUSE_CODES = {
  eof: 'EPIPE',
  protocol: 'EPROTO',
  denied: 'EACCES',
  'handshake-timeout': 'ETIMEDOUT',
  'heartbeat-timeout': 'ETIMEDOUT',
} as const;

const STATUS_TEXTS: Readonly<Record<string, string>> = {
  300: 'Temporary error',
  400: 'Authentication failure',
  500: 'Internal error',
};

/** Whether an error says with which status of 27/ZAP the peer has refused. */
function isAuthError(error: EventError): error is AuthEventError {
  return 'status' in error;
}

/** The error for an ERROR of the peer: with a status when its reason is one of 27/ZAP. */
function refusal(reason: string): EventError {
  const text = STATUS_TEXTS[reason];
  const error = withCode(new Error(text ?? `the peer refused: ${reason}`), 'EACCES');
  return text === undefined ? error : Object.assign(error, { status: Number(reason) });
}
