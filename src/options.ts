/**
 * The one table of socket options: type, default, unit, range, libzmq's name, and which sockets have it. Accessors,
 * checks and the table in the README follow from it.
 *
 * Times are milliseconds and sizes are bytes where the unit says nothing else.
 *
 * @module
 */
import { invalidType, invalidValue } from './errors.ts';
import type { SocketType } from './zmtp/socket-type.ts';

/** Options of every socket. */
export interface CommonOptions {
  /** How long `close` goes on with messages that have not left: 0 drops them, -1 waits for ever. */
  linger: number;
  /** The shortest wait before an attempt to reconnect; up to as much again is added at random. -1 or 0: never reconnect. */
  reconnectInterval: number;
  /** The longest wait before an attempt to reconnect, reached by doubling; 0: no growth. */
  reconnectMaxInterval: number;
  /** How many connections may wait to be accepted. */
  backlog: number;
  /** Largest frame that is accepted; a peer that sends a larger one is disconnected. -1: no limit but that of a message, 2,147,483,647 bytes in all its frames. */
  maxMessageSize: number;
  /** Most frames in one message that is accepted. */
  maxMessageFrames: number;
  /** How long greeting and handshake may take; 0: for ever. */
  handshakeInterval: number;
  /** Most accepted connections that are in their handshake; one more ends the oldest. */
  maxPendingHandshakes: number;
  /** How long an attempt to connect to one address may take; 0: as long as the operating system says. */
  connectTimeout: number;
  /** Time from one PING to the next; 0: none are sent. */
  heartbeatInterval: number;
  /** How long a peer may be silent after a PING; 0: for ever, -1: as long as `heartbeatInterval`. */
  heartbeatTimeout: number;
  /** How long the peer should wait for a sign of ours, told in PINGs in tenths of a second, 65.5 s at most; 0: as long as it likes. */
  heartbeatTimeToLive: number;
  /** TCP keep-alive: 1 on, 0 off, -1 as the operating system does. */
  tcpKeepalive: number;
  /** Idle time before the first TCP keep-alive probe, in seconds; -1: as the operating system does. */
  tcpKeepaliveIdle: number;
  /** Number of TCP keep-alive probes. Node has no way to set it: -1 only. */
  tcpKeepaliveCount: number;
  /** Time between TCP keep-alive probes, in seconds. Node has no way to set it: -1 only. */
  tcpKeepaliveInterval: number;
  /** Queue messages for completed connections only; a peer that goes takes its queue with it. */
  immediate: boolean;
  /** Resolve names to IPv6 too, and bind `*` to it. */
  ipv6: boolean;
  /** Most calls of `send` and of `receive` that may wait their turn; one more fails with EBUSY. */
  maxPendingOperations: number;
}

/** Options of sockets that send. */
export interface WritableOptions {
  /** Most messages that wait for one peer; 0: no limit. */
  sendHighWaterMark: number;
  /** How long `send` waits until the message can be queued; 0: not at all, -1: for ever. */
  sendTimeout: number;
}

/** Options of sockets that receive. */
export interface ReadableOptions {
  /** Most messages of one peer that wait to be received; 0: no limit. Then no more is read from that peer. */
  receiveHighWaterMark: number;
  /** How long `receive` waits for a message; 0: not at all, -1: for ever. */
  receiveTimeout: number;
}

/** Options of sockets that can have a name. */
export interface RoutingIdOptions {
  /** The name by which a ROUTER knows this socket; 1 to 255 bytes, the first not 0. `null`: it makes one up. */
  get routingId(): string | null;
  set routingId(value: string | Uint8Array | null);
}

/** Options of Request. */
export interface RequestOptions {
  /** Put an id before each request and take no reply with another one. */
  correlate: boolean;
  /** Let `send` replace a request that has no reply yet. */
  relaxed: boolean;
  /** Send an empty message to each new peer, so that a ROUTER learns who is there. */
  probeRouter: boolean;
}

/** The values of all options, as the sockets use them. */
export interface OptionValues
  extends CommonOptions,
    WritableOptions,
    ReadableOptions,
    RequestOptions {
  routingId: Uint8Array;
}

export type OptionName = keyof OptionValues;

export type OptionSpec<T> = {
  /** libzmq's name of the option, or undefined where it has none. */
  readonly zmq: string | undefined;
  readonly default: T;
  readonly unit: string;
  /** Turns what the user assigned into the value. Throws a TypeError or a RangeError with code EINVAL. */
  readonly check: (value: unknown, name: string) => T;
  /** Which sockets have it. */
  readonly on: readonly SocketType[];
  /** Whether a change applies to connections that exist already. */
  readonly isLive: boolean;
};

const ALL = ['REQ', 'REP'] as const satisfies readonly SocketType[];
const WRITABLE = ALL;
const READABLE = ALL;
const REQ = ['REQ'] as const satisfies readonly SocketType[];

const MAX_INT32 = 0x7fff_ffff;
const MAX_ROUTING_ID = 255;

function integer(
  minimum: number,
  maximum: number = MAX_INT32,
): (value: unknown, name: string) => number {
  return (value, name) => {
    if (typeof value !== 'number')
      throw invalidType('Option value must be a number', `${name} got ${describe(value)}`);
    if (!Number.isInteger(value) || value < minimum || value > maximum) {
      const range =
        minimum === maximum ? `${minimum}` : `a whole number from ${minimum} to ${maximum}`;
      throw invalidValue('Invalid argument', `${name} must be ${range}, got ${value}`);
    }
    return value;
  };
}

function boolean(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean')
    throw invalidType('Option value must be a boolean', `${name} got ${describe(value)}`);
  return value;
}

/** A routing id from bytes; text has become bytes before. */
function routingId(value: unknown, name: string): Uint8Array {
  if (value === null) return new Uint8Array(0);
  if (!(value instanceof Uint8Array)) {
    throw invalidType('Option value must be a string or buffer', `${name} got ${describe(value)}`);
  }
  if (value.length === 0 || value.length > MAX_ROUTING_ID || value[0] === 0) {
    throw invalidValue(
      'Invalid argument',
      `${name} must have 1 to ${MAX_ROUTING_ID} bytes, the first not 0`,
    );
  }
  return Uint8Array.prototype.slice.call(value);
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value;
}

const nonNegative = integer(0);
const orMinusOne = integer(-1);
const later = { isLive: false, on: ALL } as const;
const live = { isLive: true } as const;

export const OPTIONS: { readonly [K in OptionName]: OptionSpec<OptionValues[K]> } = {
  linger: { zmq: 'ZMQ_LINGER', default: -1, unit: 'ms', check: orMinusOne, ...live, on: ALL },
  reconnectInterval: {
    zmq: 'ZMQ_RECONNECT_IVL',
    default: 100,
    unit: 'ms',
    check: orMinusOne,
    ...later,
  },
  reconnectMaxInterval: {
    zmq: 'ZMQ_RECONNECT_IVL_MAX',
    default: 0,
    unit: 'ms',
    check: nonNegative,
    ...later,
  },
  backlog: { zmq: 'ZMQ_BACKLOG', default: 100, unit: 'connections', check: nonNegative, ...later },
  maxMessageSize: {
    zmq: 'ZMQ_MAXMSGSIZE',
    default: -1,
    unit: 'bytes',
    check: integer(-1, Number.MAX_SAFE_INTEGER),
    ...later,
  },
  maxMessageFrames: {
    zmq: undefined,
    default: 65_536,
    unit: 'frames',
    check: integer(1),
    ...later,
  },
  handshakeInterval: {
    zmq: 'ZMQ_HANDSHAKE_IVL',
    default: 30_000,
    unit: 'ms',
    check: nonNegative,
    ...later,
  },
  maxPendingHandshakes: {
    zmq: undefined,
    default: 1024,
    unit: 'connections',
    check: integer(1),
    ...later,
  },
  connectTimeout: {
    zmq: 'ZMQ_CONNECT_TIMEOUT',
    default: 0,
    unit: 'ms',
    check: nonNegative,
    ...later,
  },
  heartbeatInterval: {
    zmq: 'ZMQ_HEARTBEAT_IVL',
    default: 0,
    unit: 'ms',
    check: nonNegative,
    ...later,
  },
  heartbeatTimeout: {
    zmq: 'ZMQ_HEARTBEAT_TIMEOUT',
    default: -1,
    unit: 'ms',
    check: orMinusOne,
    ...later,
  },
  heartbeatTimeToLive: {
    zmq: 'ZMQ_HEARTBEAT_TTL',
    default: 0,
    unit: 'ms',
    check: integer(0, 6_553_599),
    ...later,
  },
  tcpKeepalive: {
    zmq: 'ZMQ_TCP_KEEPALIVE',
    default: -1,
    unit: '',
    check: integer(-1, 1),
    ...later,
  },
  tcpKeepaliveIdle: {
    zmq: 'ZMQ_TCP_KEEPALIVE_IDLE',
    default: -1,
    unit: 's',
    check: orMinusOne,
    ...later,
  },
  tcpKeepaliveCount: {
    zmq: 'ZMQ_TCP_KEEPALIVE_CNT',
    default: -1,
    unit: 'probes',
    check: integer(-1, -1),
    ...later,
  },
  tcpKeepaliveInterval: {
    zmq: 'ZMQ_TCP_KEEPALIVE_INTVL',
    default: -1,
    unit: 's',
    check: integer(-1, -1),
    ...later,
  },
  immediate: { zmq: 'ZMQ_IMMEDIATE', default: false, unit: '', check: boolean, ...later },
  ipv6: { zmq: 'ZMQ_IPV6', default: false, unit: '', check: boolean, ...later },
  maxPendingOperations: {
    zmq: undefined,
    default: 10_000,
    unit: 'calls',
    check: integer(1),
    ...live,
    on: ALL,
  },
  sendHighWaterMark: {
    zmq: 'ZMQ_SNDHWM',
    default: 1000,
    unit: 'messages',
    check: nonNegative,
    ...live,
    on: WRITABLE,
  },
  sendTimeout: {
    zmq: 'ZMQ_SNDTIMEO',
    default: -1,
    unit: 'ms',
    check: orMinusOne,
    ...live,
    on: WRITABLE,
  },
  receiveHighWaterMark: {
    zmq: 'ZMQ_RCVHWM',
    default: 1000,
    unit: 'messages',
    check: nonNegative,
    ...live,
    on: READABLE,
  },
  receiveTimeout: {
    zmq: 'ZMQ_RCVTIMEO',
    default: -1,
    unit: 'ms',
    check: orMinusOne,
    ...live,
    on: READABLE,
  },
  routingId: {
    zmq: 'ZMQ_ROUTING_ID',
    default: new Uint8Array(0),
    unit: '',
    check: routingId,
    isLive: false,
    on: REQ,
  },
  correlate: {
    zmq: 'ZMQ_REQ_CORRELATE',
    default: false,
    unit: '',
    check: boolean,
    ...live,
    on: REQ,
  },
  relaxed: { zmq: 'ZMQ_REQ_RELAXED', default: false, unit: '', check: boolean, ...live, on: REQ },
  probeRouter: {
    zmq: 'ZMQ_PROBE_ROUTER',
    default: false,
    unit: '',
    check: boolean,
    ...live,
    on: REQ,
  },
};

/** The names of the options that sockets of `type` have. */
export function optionNames(type: SocketType): OptionName[] {
  return (Object.keys(OPTIONS) as OptionName[]).filter((name) => OPTIONS[name].on.includes(type));
}

/** All options at their defaults. */
export function defaultOptions(): OptionValues {
  const entries = Object.entries(OPTIONS).map(([name, spec]) => [name, spec.default]);
  return Object.fromEntries(entries) as OptionValues;
}
