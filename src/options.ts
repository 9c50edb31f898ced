/**
 * The one table of socket options: type, default, unit, range, libzmq's name and number, and which sockets have it.
 * Accessors, checks and the table in the README follow from it.
 *
 * @module
 */
import {
  authenticator,
  boolean,
  checkRoutingId,
  deciseconds,
  hostAndPort,
  integer,
  NO_BYTES,
  notEmpty,
  notHere,
  securityText,
  toBytes,
  toKey,
  verbosity,
} from './option-checks.ts';
import type { OptionName, OptionValues, SocketKind } from './option-types.ts';
import { NO_SECURITY } from './security-role.ts';
import { checkTlsOptions } from './tls-options.ts';
import { encodeZ85 } from './z85.ts';

/** The largest value of an option that libzmq has as a C `int`. */
export const MAX_INT32 = 0x7fff_ffff;

export type OptionSpec<T> = {
  /** libzmq's name of the option, or undefined where it has none. */
  readonly zmq: string | undefined;
  /** libzmq's number of the option. */
  readonly id: number | undefined;
  readonly default: T;
  readonly unit: string;
  /** Turns what the user assigned into the value. Throws a TypeError or a RangeError with code EINVAL. */
  readonly check: (value: unknown, name: string) => T;
  /** Which sockets have it. */
  readonly on: readonly SocketKind[];
  /** Whether a change applies to connections that exist already. */
  readonly isLive: boolean;
  /** Whether another value than the default can be kept, but not be applied. */
  readonly hasNoEffect: boolean;
  /** How bytes are read where that is not as UTF-8; then text is not turned into bytes before `check` either. */
  readonly toText?: (value: Uint8Array) => string;
};

const ALL = [
  'PAIR',
  'PUB',
  'SUB',
  'REQ',
  'REP',
  'DEALER',
  'ROUTER',
  'PULL',
  'PUSH',
  'XPUB',
  'XSUB',
  'STREAM',
] as const satisfies readonly SocketKind[];
const WRITABLE = ALL.filter((kind) => kind !== 'SUB' && kind !== 'PULL');
const READABLE = ALL.filter((kind) => kind !== 'PUB' && kind !== 'PUSH');
const NAMED = ['REQ', 'REP', 'DEALER', 'ROUTER'] as const;
const PROBING = ['REQ', 'DEALER', 'ROUTER'] as const;
const CONFLATING = ['PULL', 'PUSH', 'SUB', 'PUB', 'DEALER'] as const;
const PUBLISHING = ['PUB', 'XPUB'] as const;
const VMCI_SIZE = { maximum: Number.MAX_SAFE_INTEGER, hasNoEffect: true } as const;

type Traits = {
  readonly on?: readonly SocketKind[];
  readonly isLive?: true;
  readonly hasNoEffect?: true;
};

function spec<T>(
  zmq: string | undefined,
  id: number | undefined,
  initial: T,
  unit: string,
  check: (value: unknown, name: string) => T,
  { on = ALL, isLive = false, hasNoEffect = false }: Partial<OptionSpec<T>>,
): OptionSpec<T> {
  return { zmq, id, default: initial, unit, check, on, isLive, hasNoEffect };
}

/** An option that is a whole number of `unit`, from `minimum` to `maximum`. */
function number(
  zmq: string | undefined,
  id: number | undefined,
  initial: number,
  unit: string,
  {
    minimum = 0,
    maximum = MAX_INT32,
    ...traits
  }: Traits & { minimum?: number; maximum?: number } = {},
): OptionSpec<number> {
  return spec(zmq, id, initial, unit, integer(minimum, maximum), traits);
}

function flag(
  zmq: string,
  id: number,
  { initial = false, ...traits }: Traits & { initial?: boolean } = {},
): OptionSpec<boolean> {
  return spec(zmq, id, initial, '', boolean, traits);
}

/** An option that is text or bytes, or `null`. */
function bytes(
  zmq: string,
  id: number,
  check: (value: Uint8Array, name: string) => void,
  traits: Traits = {},
): OptionSpec<Uint8Array> {
  return spec(zmq, id, NO_BYTES, '', (value, name) => toBytes(value, name, check), traits);
}

/** A key, as Z85 or as bytes. */
function curveKey(zmq: string, id: number): OptionSpec<Uint8Array> {
  return { ...spec(zmq, id, NO_BYTES, '', toKey, {}), toText: encodeZ85 };
}

export const OPTIONS: { readonly [K in OptionName]: OptionSpec<OptionValues[K]> } = {
  linger: number('ZMQ_LINGER', 17, -1, 'ms', { minimum: -1, isLive: true }),
  reconnectInterval: number('ZMQ_RECONNECT_IVL', 18, 100, 'ms', { minimum: -1 }),
  reconnectMaxInterval: number('ZMQ_RECONNECT_IVL_MAX', 21, 0, 'ms'),
  backlog: number('ZMQ_BACKLOG', 19, 100, 'connections'),
  maxMessageSize: number('ZMQ_MAXMSGSIZE', 22, -1, 'bytes', {
    minimum: -1,
    maximum: Number.MAX_SAFE_INTEGER,
  }),
  maxMessageFrames: number(undefined, undefined, 65_536, 'frames', { minimum: 1 }),
  maxCommandSize: number(undefined, undefined, 65_536, 'bytes', { minimum: 64 }),
  maxHandshakeSize: number(undefined, undefined, 65_536, 'bytes', { minimum: 1024 }),
  handshakeInterval: number('ZMQ_HANDSHAKE_IVL', 66, 30_000, 'ms'),
  maxPendingHandshakes: number(undefined, undefined, 1024, 'connections', { minimum: 1 }),
  maxConnections: number(undefined, undefined, 10_000, 'connections'),
  maxBufferedBytes: number(undefined, undefined, 2 ** 30, 'bytes', {
    maximum: Number.MAX_SAFE_INTEGER,
    isLive: true,
  }),
  connectTimeout: number('ZMQ_CONNECT_TIMEOUT', 79, 0, 'ms'),
  heartbeatInterval: number('ZMQ_HEARTBEAT_IVL', 75, 0, 'ms'),
  heartbeatTimeout: number('ZMQ_HEARTBEAT_TIMEOUT', 77, -1, 'ms', { minimum: -1 }),
  heartbeatTimeToLive: spec('ZMQ_HEARTBEAT_TTL', 76, 0, 'ms', deciseconds, {}),
  tcpKeepalive: number('ZMQ_TCP_KEEPALIVE', 34, -1, '', { minimum: -1, maximum: 1 }),
  tcpKeepaliveIdle: number('ZMQ_TCP_KEEPALIVE_IDLE', 36, -1, 's', { minimum: -1 }),
  tcpKeepaliveCount: number('ZMQ_TCP_KEEPALIVE_CNT', 35, -1, 'probes', {
    minimum: -1,
    hasNoEffect: true,
  }),
  tcpKeepaliveInterval: number('ZMQ_TCP_KEEPALIVE_INTVL', 37, -1, 's', {
    minimum: -1,
    hasNoEffect: true,
  }),
  immediate: flag('ZMQ_IMMEDIATE', 39),
  ipv6: flag('ZMQ_IPV6', 42),
  tcpAcceptFilter: bytes('ZMQ_TCP_ACCEPT_FILTER', 38, notEmpty),
  socksProxy: bytes('ZMQ_SOCKS_PROXY', 68, hostAndPort),
  interface: bytes('ZMQ_BINDTODEVICE', 92, notHere),
  maxPendingOperations: number(undefined, undefined, 10_000, 'calls', { minimum: 1, isLive: true }),
  maxPendingPongs: number(undefined, undefined, 16, 'PONGs', { minimum: 1 }),
  maxPendingEvents: number(undefined, undefined, 1000, 'events', { minimum: 1, isLive: true }),
  plainServer: flag('ZMQ_PLAIN_SERVER', 44),
  plainUsername: bytes('ZMQ_PLAIN_USERNAME', 45, securityText),
  plainPassword: bytes('ZMQ_PLAIN_PASSWORD', 46, securityText),
  curveServer: flag('ZMQ_CURVE_SERVER', 47),
  curvePublicKey: curveKey('ZMQ_CURVE_PUBLICKEY', 48),
  curveSecretKey: curveKey('ZMQ_CURVE_SECRETKEY', 49),
  curveServerKey: curveKey('ZMQ_CURVE_SERVERKEY', 50),
  zapDomain: bytes('ZMQ_ZAP_DOMAIN', 55, securityText),
  zapEnforceDomain: flag('ZMQ_ZAP_ENFORCE_DOMAIN', 93),
  authenticate: spec(undefined, undefined, null, '', authenticator, {}),
  maxPendingAuthentications: number(undefined, undefined, 100, 'peers', { minimum: 1 }),
  tls: spec(undefined, undefined, null, '', checkTlsOptions, {}),
  sendHighWaterMark: number('ZMQ_SNDHWM', 23, 1000, 'messages', { isLive: true, on: WRITABLE }),
  sendTimeout: number('ZMQ_SNDTIMEO', 28, -1, 'ms', { minimum: -1, isLive: true, on: WRITABLE }),
  receiveHighWaterMark: number('ZMQ_RCVHWM', 24, 1000, 'messages', { isLive: true, on: READABLE }),
  receiveTimeout: number('ZMQ_RCVTIMEO', 27, -1, 'ms', {
    minimum: -1,
    isLive: true,
    on: READABLE,
  }),
  routingId: bytes('ZMQ_ROUTING_ID', 5, checkRoutingId, { on: NAMED }),
  correlate: flag('ZMQ_REQ_CORRELATE', 52, { isLive: true, on: ['REQ'] }),
  relaxed: flag('ZMQ_REQ_RELAXED', 53, { isLive: true, on: ['REQ'] }),
  probeRouter: flag('ZMQ_PROBE_ROUTER', 51, { isLive: true, on: PROBING }),
  mandatory: flag('ZMQ_ROUTER_MANDATORY', 33, { isLive: true, on: ['ROUTER'] }),
  handover: flag('ZMQ_ROUTER_HANDOVER', 56, { isLive: true, on: ['ROUTER'] }),
  conflate: flag('ZMQ_CONFLATE', 54, { on: CONFLATING }),
  invertMatching: flag('ZMQ_INVERT_MATCHING', 74, { isLive: true, on: [...PUBLISHING, 'SUB'] }),
  noDrop: flag('ZMQ_XPUB_NODROP', 69, { isLive: true, on: PUBLISHING }),
  maxSubscriptions: number(undefined, undefined, 250_000, 'topics', {
    isLive: true,
    on: PUBLISHING,
  }),
  maxTopicSize: number(undefined, undefined, 65_000, 'bytes', {
    minimum: -1,
    isLive: true,
    on: PUBLISHING,
  }),
  verbosity: spec('ZMQ_XPUB_VERBOSE', undefined, null, '', verbosity, {
    isLive: true,
    on: ['XPUB'],
  }),
  manual: flag('ZMQ_XPUB_MANUAL', 71, { isLive: true, on: ['XPUB'] }),
  welcomeMessage: bytes('ZMQ_XPUB_WELCOME_MSG', 72, () => {}, { isLive: true, on: ['XPUB'] }),
  notify: flag('ZMQ_STREAM_NOTIFY', 73, { initial: true, on: ['STREAM'] }),
  affinity: number('ZMQ_AFFINITY', 4, 0, 'bit mask', { maximum: 2 ** 64 }),
  sendBufferSize: number('ZMQ_SNDBUF', 11, -1, 'bytes', {
    minimum: -1,
    on: WRITABLE,
    hasNoEffect: true,
  }),
  receiveBufferSize: number('ZMQ_RCVBUF', 12, -1, 'bytes', {
    minimum: -1,
    on: READABLE,
    hasNoEffect: true,
  }),
  typeOfService: number('ZMQ_TOS', 57, 0, '', { hasNoEffect: true }),
  tcpMaxRetransmitTimeout: number('ZMQ_TCP_MAXRT', 80, 0, 'ms', { hasNoEffect: true }),
  rate: number('ZMQ_RATE', 8, 100, 'kbit/s', { minimum: 1, hasNoEffect: true }),
  recoveryInterval: number('ZMQ_RECOVERY_IVL', 9, 10_000, 'ms', { hasNoEffect: true }),
  multicastHops: number('ZMQ_MULTICAST_HOPS', 25, 1, 'hops', {
    minimum: 1,
    on: WRITABLE,
    hasNoEffect: true,
  }),
  multicastMaxTransportDataUnit: number('ZMQ_MULTICAST_MAXTPDU', 84, 1500, 'bytes', {
    minimum: 1,
    hasNoEffect: true,
  }),
  vmciBufferSize: number('ZMQ_VMCI_BUFFER_SIZE', 85, 0, 'bytes', VMCI_SIZE),
  vmciBufferMinSize: number('ZMQ_VMCI_BUFFER_MIN_SIZE', 86, 0, 'bytes', VMCI_SIZE),
  vmciBufferMaxSize: number('ZMQ_VMCI_BUFFER_MAX_SIZE', 87, 0, 'bytes', VMCI_SIZE),
  vmciConnectTimeout: number('ZMQ_VMCI_CONNECT_TIMEOUT', 88, -1, 'ms', {
    minimum: -1,
    hasNoEffect: true,
  }),
  loopbackFastPath: flag('ZMQ_LOOPBACK_FASTPATH', 94, { hasNoEffect: true }),
};

/** The names of the options that sockets of every kind have. */
export const COMMON_NAMES: readonly OptionName[] = allNames().filter(
  (name) => OPTIONS[name].on.length === ALL.length,
);

/** The names of the options that sockets of `kind` have. */
export function optionNames(kind: SocketKind): OptionName[] {
  return allNames().filter((name) => OPTIONS[name].on.includes(kind));
}

function allNames(): OptionName[] {
  return Object.keys(OPTIONS) as OptionName[];
}

/** All options at their defaults for sockets of `kind`. */
export function defaultOptions(kind: SocketKind): OptionValues {
  const entries = Object.entries(OPTIONS).map(([name, { default: value }]) => [name, value]);
  const options = Object.fromEntries(entries) as OptionValues;
  options.securityRole = NO_SECURITY;
  // What subscribers have not sent, subscriptions, nobody needs when they are gone.
  if (kind === 'SUB' || kind === 'XSUB') options.linger = 0;
  return options;
}
