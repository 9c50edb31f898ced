/**
 * `setsockopt` and `getsockopt`: from the numbers and short names of zeromq 5.x to the properties of our sockets.
 *
 * Values are checked where the properties are. A socket that has no such property cannot be given one (TypeError, our
 * sockets are sealed); reading one answers `undefined`, or 0 for a flag, as npm `zeromq` does.
 *
 * @module
 */
import { invalidCall } from '../errors.ts';
import { type Socket, Subscriber } from '../index.ts';
import * as numbers from './constants.ts';

/** The short names of options, which are also properties of sockets, and their numbers. */
export const options = {
  _fd: 14,
  _ioevents: 15,
  _receiveMore: 13,
  _subscribe: 6,
  _unsubscribe: 7,
  affinity: 4,
  backlog: 19,
  identity: 5,
  linger: 17,
  rate: 8,
  rcvbuf: 12,
  last_endpoint: 32,
  reconnect_ivl: 18,
  recovery_ivl: 9,
  sndbuf: 11,
  mechanism: 43,
  plain_server: 44,
  plain_username: 45,
  plain_password: 46,
  curve_server: 47,
  curve_publickey: 48,
  curve_secretkey: 49,
  curve_serverkey: 50,
  zap_domain: 55,
  heartbeat_ivl: 75,
  heartbeat_ttl: 76,
  heartbeat_timeout: 77,
  connect_timeout: 79,
};

export type OptionName = keyof typeof options;

/** What `getsockopt` answers with. */
export type OptionValue = string | number | boolean | null;

/** How one option is read and written; an option without one of the two cannot be. */
type Option = {
  readonly read?: (socket: Socket) => OptionValue;
  readonly write?: (socket: Socket, value: unknown) => void;
};

type Properties = Record<string, unknown>;

function readProperty(socket: Socket, property: string): OptionValue {
  return (socket as unknown as Properties)[property] as OptionValue;
}

function writeProperty(socket: Socket, property: string, value: unknown): void {
  (socket as unknown as Properties)[property] = value;
}

/** Numbers and text, which are the same in both APIs. */
function plain(property: string): Option {
  return {
    read: (socket) => readProperty(socket, property),
    write: (socket, value) => writeProperty(socket, property, value),
  };
}

/** Booleans: anything goes in, 0 or 1 comes out. */
function flag(property: string): Option {
  return {
    read: (socket) => Number(Boolean(readProperty(socket, property))),
    write: (socket, value) => writeProperty(socket, property, Boolean(value)),
  };
}

function readOnly(read: (socket: Socket) => OptionValue): Option {
  return { read };
}

function writeOnly({ write }: Option): Option {
  return write === undefined ? {} : { write };
}

function unsupported(text: string): () => never {
  return () => {
    throw Object.assign(new Error(text), { code: 'ENOTSUP' as const });
  };
}

/** Does to the filters of a SUB socket what `change` says. */
function subscription(change: (socket: Subscriber, filter: string | Buffer) => void): Option {
  return {
    write: (socket, filter) => {
      if (!(socket instanceof Subscriber)) throw invalidCall('Subscriber socket required');
      change(socket, filter as string | Buffer);
    },
  };
}

/** What `ZMQ_MECHANISM` says for each `securityMechanism`. */
const MECHANISMS: Readonly<Record<string, number>> = { plain: 1, curve: 2, gssapi: 3 };

const COMPATIBILITY_MODE = 'is not supported in compatibility mode';
const ROUTER_RAW = unsupported(`ZMQ_ROUTER_RAW ${COMPATIBILITY_MODE}`);

const TABLE: ReadonlyMap<number, Option> = new Map<number, Option>([
  [numbers.ZMQ_AFFINITY, plain('affinity')],
  [numbers.ZMQ_IDENTITY, plain('routingId')],
  [numbers.ZMQ_SUBSCRIBE, subscription((socket, filter) => socket.subscribe(filter))],
  [numbers.ZMQ_UNSUBSCRIBE, subscription((socket, filter) => socket.unsubscribe(filter))],
  [numbers.ZMQ_RATE, plain('rate')],
  [numbers.ZMQ_RECOVERY_IVL, plain('recoveryInterval')],
  [numbers.ZMQ_SNDBUF, plain('sendBufferSize')],
  [numbers.ZMQ_RCVBUF, plain('receiveBufferSize')],
  [numbers.ZMQ_RCVMORE, readOnly(unsupported(`ZMQ_RCVMORE ${COMPATIBILITY_MODE}`))],
  [numbers.ZMQ_FD, readOnly(unsupported(`ZMQ_FD ${COMPATIBILITY_MODE}`))],
  [numbers.ZMQ_EVENTS, readOnly(readEvents)],
  [numbers.ZMQ_TYPE, readOnly((socket) => socket.type)],
  [numbers.ZMQ_LINGER, plain('linger')],
  [numbers.ZMQ_RECONNECT_IVL, plain('reconnectInterval')],
  [numbers.ZMQ_BACKLOG, plain('backlog')],
  [numbers.ZMQ_RECONNECT_IVL_MAX, plain('reconnectMaxInterval')],
  [numbers.ZMQ_MAXMSGSIZE, plain('maxMessageSize')],
  [numbers.ZMQ_SNDHWM, plain('sendHighWaterMark')],
  [numbers.ZMQ_RCVHWM, plain('receiveHighWaterMark')],
  [numbers.ZMQ_MULTICAST_HOPS, plain('multicastHops')],
  [numbers.ZMQ_RCVTIMEO, plain('receiveTimeout')],
  [numbers.ZMQ_SNDTIMEO, plain('sendTimeout')],
  [
    numbers.ZMQ_IPV4ONLY,
    {
      read: (socket) => !readProperty(socket, 'ipv6'),
      write: (socket, value) => writeProperty(socket, 'ipv6', !value),
    },
  ],
  [numbers.ZMQ_LAST_ENDPOINT, readOnly((socket) => socket.lastEndpoint)],
  [numbers.ZMQ_ROUTER_MANDATORY, flag('mandatory')],
  [numbers.ZMQ_TCP_KEEPALIVE, plain('tcpKeepalive')],
  [numbers.ZMQ_TCP_KEEPALIVE_CNT, plain('tcpKeepaliveCount')],
  [numbers.ZMQ_TCP_KEEPALIVE_IDLE, plain('tcpKeepaliveIdle')],
  [numbers.ZMQ_TCP_KEEPALIVE_INTVL, plain('tcpKeepaliveInterval')],
  [numbers.ZMQ_TCP_ACCEPT_FILTER, writeOnly(plain('tcpAcceptFilter'))],
  [numbers.ZMQ_DELAY_ATTACH_ON_CONNECT, flag('immediate')],
  [
    numbers.ZMQ_XPUB_VERBOSE,
    {
      read: unsupported('Reading ZMQ_XPUB_VERBOSE is not supported'),
      write: (socket, value) => writeProperty(socket, 'verbosity', value ? 'allSubs' : null),
    },
  ],
  [numbers.ZMQ_ROUTER_RAW, { read: ROUTER_RAW, write: ROUTER_RAW }],
  [numbers.ZMQ_IPV6, flag('ipv6')],
  [
    numbers.ZMQ_MECHANISM,
    readOnly((socket) => MECHANISMS[String(readProperty(socket, 'securityMechanism'))] ?? 0),
  ],
  [numbers.ZMQ_PLAIN_SERVER, flag('plainServer')],
  [numbers.ZMQ_PLAIN_USERNAME, plain('plainUsername')],
  [numbers.ZMQ_PLAIN_PASSWORD, plain('plainPassword')],
  [numbers.ZMQ_CURVE_SERVER, flag('curveServer')],
  [numbers.ZMQ_CURVE_PUBLICKEY, plain('curvePublicKey')],
  [numbers.ZMQ_CURVE_SECRETKEY, plain('curveSecretKey')],
  [numbers.ZMQ_CURVE_SERVERKEY, plain('curveServerKey')],
  [numbers.ZMQ_ZAP_DOMAIN, plain('zapDomain')],
  [numbers.ZMQ_ROUTER_HANDOVER, writeOnly(flag('handover'))],
  [numbers.ZMQ_HEARTBEAT_IVL, plain('heartbeatInterval')],
  [numbers.ZMQ_HEARTBEAT_TTL, plain('heartbeatTimeToLive')],
  [numbers.ZMQ_HEARTBEAT_TIMEOUT, plain('heartbeatTimeout')],
  [numbers.ZMQ_CONNECT_TIMEOUT, plain('connectTimeout')],
]);

function readEvents(socket: Socket): number {
  return (socket.readable ? numbers.ZMQ_POLLIN : 0) | (socket.writable ? numbers.ZMQ_POLLOUT : 0);
}

/** The option with this number or short name; one that can be neither read nor written when there is none. */
function find(option: number | string): Option {
  if (typeof option === 'number') return TABLE.get(option) ?? {};
  return Object.hasOwn(options, option) ? find(options[option as OptionName]) : {};
}

/**
 * The value of an option.
 *
 * @throws {Error} code EINVAL, "Unknown option"
 * @throws {Error} code ENOTSUP for what cannot be had here
 */
export function readOption(socket: Socket, option: number | string): OptionValue {
  const { read } = find(option);
  if (read === undefined) throw unknownOption(option);
  return read(socket);
}

/**
 * Sets an option.
 *
 * @throws {Error} code EINVAL, "Unknown option"; and whatever the property throws for the value
 * @throws {Error} code ENOTSUP for what cannot be had here
 */
export function writeOption(socket: Socket, option: number | string, value: unknown): void {
  const { write } = find(option);
  if (write === undefined) throw unknownOption(option);
  write(socket, value);
}

function unknownOption(option: number | string): Error {
  return invalidCall('Unknown option', `there is no option ${option} that allows this`);
}
