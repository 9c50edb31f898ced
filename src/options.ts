/**
 * The one table of socket options: type, default, unit, range, libzmq's name and number, and which sockets have it.
 * Accessors, checks and the table in the README follow from it.
 *
 * @module
 */
import { parseHostAndPort } from './endpoint.ts';
import { invalidType, invalidValue, ZmtpError } from './errors.ts';
import type {
  CommonOptions,
  OptionName,
  OptionValues,
  SecurityRole,
  SocketKind,
  XPublisherOptions,
} from './option-types.ts';
import { decodeZ85, encodeZ85 } from './z85.ts';
import { asciiText } from './zmtp/ascii.ts';

/** The largest value of an option that libzmq has as a C `int`. */
export const MAX_INT32 = 0x7fff_ffff;
const MAX_ROUTING_ID = 255;
const MAX_SECURITY_TEXT = 255;
const CURVE_KEY_SIZE = 32;
const MAX_TIME_TO_LIVE = 6_553_599;
const NO_BYTES = new Uint8Array(0);

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
  handshakeInterval: number('ZMQ_HANDSHAKE_IVL', 66, 30_000, 'ms'),
  maxPendingHandshakes: number(undefined, undefined, 1024, 'connections', { minimum: 1 }),
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

const NO_SECURITY: SecurityRole = { mechanism: 'NULL', isServer: false };

/**
 * The mechanism after an option has been set, as libzmq has it: what was set last counts.
 *
 * @param value - as it has been checked
 */
export function securityRoleAfter(
  role: SecurityRole,
  name: OptionName,
  value: OptionValues[OptionName],
): SecurityRole {
  const isUnset = value instanceof Uint8Array && value.length === 0;
  if (name === 'plainServer' || name === 'curveServer') {
    if (value !== true) return NO_SECURITY;
    return { mechanism: name === 'plainServer' ? 'PLAIN' : 'CURVE', isServer: true };
  }
  if (name === 'plainUsername' || name === 'plainPassword') {
    return isUnset ? NO_SECURITY : { mechanism: 'PLAIN', isServer: false };
  }
  if (isUnset) return role;
  if (name === 'curveServerKey') return { mechanism: 'CURVE', isServer: false };
  if (name === 'curvePublicKey' || name === 'curveSecretKey') {
    return { mechanism: 'CURVE', isServer: role.isServer };
  }
  return role;
}

/**
 * Whether an assignment says which mechanism there is, and no more: servers are what the mechanism makes of them, and who
 * takes the name or the password away, for the mechanism to end, can read it as before. Both as in libzmq.
 */
export function isSecurityRoleOption(name: OptionName, value: OptionValues[OptionName]): boolean {
  if (name === 'plainServer' || name === 'curveServer') return true;
  const isPlain = name === 'plainUsername' || name === 'plainPassword';
  return isPlain && value instanceof Uint8Array && value.length === 0;
}

// The checks.

function integer(minimum: number, maximum: number): (value: unknown, name: string) => number {
  return (value, name) => {
    if (typeof value !== 'number') throw wrongType('a number', value, name);
    if (!Number.isInteger(value) || value < minimum || value > maximum) {
      throw invalidValue(
        'Invalid argument',
        `${name} must be a whole number from ${minimum} to ${maximum}, got ${value}`,
      );
    }
    return value;
  };
}

/** Milliseconds that are told in tenths of a second: what is left over is cut off. */
function deciseconds(value: unknown, name: string): number {
  const milliseconds = integer(0, MAX_TIME_TO_LIVE)(value, name);
  return milliseconds - (milliseconds % 100);
}

function boolean(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw wrongType('a boolean', value, name);
  return value;
}

function verbosity(value: unknown, name: string): XPublisherOptions['verbosity'] {
  if (value === null || value === 'allSubs' || value === 'allSubsUnsubs') return value;
  throw invalidValue(
    'Invalid argument',
    `${name} must be null, "allSubs" or "allSubsUnsubs", got ${typeof value}`,
  );
}

/** A copy of bytes; text has become bytes before. `null` is no bytes. */
function toBytes(
  value: unknown,
  name: string,
  check: (value: Uint8Array, name: string) => void,
): Uint8Array {
  if (value === null) return NO_BYTES;
  if (!(value instanceof Uint8Array)) throw wrongType('a string or buffer', value, name);
  check(value, name);
  return Uint8Array.prototype.slice.call(value);
}

/** Throws a RangeError with code EINVAL for what cannot name a peer; `name` is what the error calls it. */
export function checkRoutingId(value: Uint8Array, name: string): void {
  if (value.length > 0 && value.length <= MAX_ROUTING_ID && value[0] !== 0) return;
  throw invalidValue(
    'Invalid argument',
    `${name} must have 1 to ${MAX_ROUTING_ID} bytes, the first not 0`,
  );
}

function securityText(value: Uint8Array, name: string): void {
  if (value.length > 0 && value.length <= MAX_SECURITY_TEXT) return;
  throw invalidValue(
    'Invalid argument',
    `${name} must have 1 to ${MAX_SECURITY_TEXT} bytes, got ${value.length}`,
  );
}

/** A copy of a key. The error says nothing of it: it may be a secret. */
function toKey(value: unknown, name: string): Uint8Array {
  if (value === null) return NO_BYTES;
  const isText = typeof value === 'string';
  if (!isText && !(value instanceof Uint8Array)) throw wrongType('a string or buffer', value, name);
  if (!isText && value.length === CURVE_KEY_SIZE) return Uint8Array.prototype.slice.call(value);
  const key = tryDecodeZ85(isText ? value : asciiText(value));
  if (key?.length === CURVE_KEY_SIZE) return key;
  throw invalidValue('Invalid argument', `${name} must have 32 bytes, or 40 characters of Z85`);
}

function tryDecodeZ85(text: string): Uint8Array | undefined {
  try {
    return decodeZ85(text);
  } catch {
    return undefined;
  }
}

function authenticator(value: unknown, name: string): CommonOptions['authenticate'] {
  if (value === null || typeof value === 'function') {
    return value as CommonOptions['authenticate'];
  }
  throw wrongType('a function', value, name);
}

function hostAndPort(value: Uint8Array, name: string): void {
  try {
    parseHostAndPort(asciiText(value));
  } catch (error) {
    throw invalidValue('Invalid argument', `${name}: ${(error as ZmtpError).detail}`);
  }
}

/** For what only `null` clears: to clear it by mistake would do harm. */
function notEmpty(value: Uint8Array, name: string): void {
  if (value.length > 0) return;
  throw invalidValue('Invalid argument', `${name} must not be empty; null takes it away`);
}

/** Refuses what would be a promise that cannot be kept. */
function notHere(_value: Uint8Array, name: string): void {
  throw new ZmtpError('ENOTSUP', { detail: `${name} can only be null: Node has no way to set it` });
}

function wrongType(expected: string, value: unknown, name: string): TypeError {
  const got = value === null ? 'null' : typeof value;
  return invalidType(`Option value must be ${expected}`, `${name} got ${got}`);
}
