/**
 * The socket classes: a kind of socket, its options, and which of the two directions it has.
 *
 * @module
 */
import { checkKeys, checkOptionsPlace } from '../arguments.ts';
import { invalidType, ZmtpError } from '../errors.ts';
import { EMPTY_FRAME, type Message, type MessageLike, toFrames } from '../message.ts';
import type {
  ConflateOptions,
  MatchingOptions,
  PublisherOptions,
  RequestOptions,
  RouterOptions,
  RoutingIdOptions,
  ProbeOptions,
  SocketKind,
  StreamOptions,
  XPublisherOptions,
} from '../option-types.ts';
import { checkRoutingId } from '../option-checks.ts';
import { COMMON_NAMES, optionNames } from '../options.ts';
import { defineMessaging, ONE_MESSAGE, type Readable, type Writable } from './messaging.ts';
import { defineOptions } from './option-accessors.ts';
import type { Pattern } from './patterns/pattern.ts';
import type { RouterPattern } from './patterns/router.ts';
import type { StreamPattern } from './patterns/stream.ts';
import type { Sub } from './patterns/sub.ts';
import type { Xpub } from './patterns/xpub.ts';
import { type RequestCallOptions, runRequest } from './request.ts';
import { Socket } from './socket.ts';
import { numberOf } from './socket-kinds.ts';
import type { SocketOptions } from './socket-options.ts';

/** Options of `connect` that say who will be there. */
export interface RouterConnectOptions {
  /** The routing id by which to send to that peer, from now on and whatever the peer calls itself. */
  routingId?: string | Uint8Array | undefined;
}
/** Options of `connect` that say who will be there. */
export type StreamConnectOptions = RouterConnectOptions;

const CONNECT_ARGUMENTS = 'connect takes an endpoint, and options';

/** Text or bytes of a topic. */
type Topic = string | Uint8Array;

/* oxlint-disable typescript/no-unsafe-declaration-merging -- The methods `send` and `receive` and the options are given
   to the prototypes of the classes, and to their types by interfaces of the same name: so subclasses can narrow them. */

/** A PAIR socket: talks to one peer. 31/EXPAIR. */
export class Pair extends Socket {
  constructor(options?: SocketOptions<Pair>) {
    super(numberOf('PAIR'), options);
  }
}
export interface Pair extends Writable, Readable {}

/** A PUB socket: sends each message to those who have subscribed to it. 29/PUBSUB, "The PUB Socket Type". */
export class Publisher extends Socket {
  constructor(options?: SocketOptions<Publisher>) {
    super(numberOf('PUB'), options);
  }
}
export interface Publisher extends Writable, PublisherOptions, ConflateOptions {}

/** A SUB socket: receives what it has subscribed to. 29/PUBSUB, "The SUB Socket Type". */
export class Subscriber extends Socket {
  constructor(options?: SocketOptions<Subscriber>) {
    super(numberOf('SUB'), options);
  }

  /**
   * Subscribes to messages whose first frame begins with one of the prefixes; to all of them without any. What is
   * subscribed twice must be unsubscribed twice.
   *
   * @throws {TypeError} code EINVAL for what is neither text nor bytes
   * @throws {ZmtpError} EMSGSIZE for a prefix of more than 65,000 bytes, EBADF when closed
   */
  subscribe(...prefixes: Topic[]): void {
    const pattern = patternOf(this) as Sub;
    for (const topic of toTopics(prefixes)) pattern.subscribe(topic);
  }

  /** Undoes `subscribe`, once for each prefix. One that is not subscribed to is ignored. */
  unsubscribe(...prefixes: Topic[]): void {
    const pattern = patternOf(this) as Sub;
    for (const topic of toTopics(prefixes)) pattern.unsubscribe(topic);
  }
}
export interface Subscriber extends Readable, ConflateOptions, MatchingOptions {}

/**
 * A REQ socket: sends a request, receives its reply, and so on in turn. Requests go round robin to the servers that it
 * is connected to. 28/REQREP, "The REQ Socket Type".
 */
export class Request extends Socket {
  constructor(options?: SocketOptions<Request>) {
    super(numberOf('REQ'), options);
  }

  /**
   * Sends a request and answers with its reply, never with that of another request. Calls queue in order. An attempt
   * that times out or loses its connection is repeated, up to `retries` times, with the next server that is connected or
   * as soon as there is one; so the server may see a request more than once.
   *
   * The reply to an attempt that was given up is kept out by its id when `correlate` is set, else by dropping the
   * connection, which is then made anew.
   *
   * @throws {TypeError} code EINVAL at once for what is no message; rejects with it for options that there are not
   * @throws {ZmtpError} EBADF when closed; rejects with EAGAIN when the last attempt timed out, EHOSTUNREACH when it lost
   * its connection, EBUSY when `maxPendingOperations` calls wait already, or the reason of `signal`
   */
  request(
    message: MessageLike | MessageLike[],
    options: RequestCallOptions = {},
  ): Promise<Message[]> {
    // oxlint-disable-next-line prefer-rest-params
    checkOptionsPlace(arguments.length, 2, options, ONE_MESSAGE);
    return runRequest(Socket.coreOf(this), toFrames(message), options) as Promise<Message[]>;
  }
}
export interface Request extends Readable, Writable, RoutingIdOptions, RequestOptions {}

/**
 * A REP socket: receives a request, sends its reply to whoever asked, and so on in turn. 28/REQREP, "The REP Socket
 * Type".
 */
export class Reply extends Socket {
  constructor(options?: SocketOptions<Reply>) {
    super(numberOf('REP'), options);
  }
}
export interface Reply extends Readable, Writable, RoutingIdOptions {}

/** A DEALER socket: sends to its peers in turn and receives from them in turn. 28/REQREP, "The DEALER Socket Type". */
export class Dealer extends Socket {
  constructor(options?: SocketOptions<Dealer>) {
    super(numberOf('DEALER'), options);
  }
}
export interface Dealer
  extends Readable,
    Writable,
    RoutingIdOptions,
    ProbeOptions,
    ConflateOptions {}

/**
 * A ROUTER socket: the first frame of each message is the routing id of the peer that it comes from or goes to.
 * 28/REQREP, "The ROUTER Socket Type".
 */
export class Router extends Socket {
  constructor(options?: SocketOptions<Router>) {
    super(numberOf('ROUTER'), options);
  }

  /** As for every socket. With a `routingId` the peer can be sent to before it is there. */
  override connect(address: string, options: RouterConnectOptions = {}): void {
    // oxlint-disable-next-line prefer-rest-params
    checkOptionsPlace(arguments.length, 2, options, CONNECT_ARGUMENTS);
    connectTo(this, address, options);
  }
}
export interface Router extends Readable, Writable, RoutingIdOptions, RouterOptions {}

/** A PULL socket: receives from its peers in turn. 30/PIPELINE, "The PULL Socket Type". */
export class Pull extends Socket {
  constructor(options?: SocketOptions<Pull>) {
    super(numberOf('PULL'), options);
  }
}
export interface Pull extends Readable, ConflateOptions {}

/** A PUSH socket: sends each message to one of its peers, in turn. 30/PIPELINE, "The PUSH Socket Type". */
export class Push extends Socket {
  constructor(options?: SocketOptions<Push>) {
    super(numberOf('PUSH'), options);
  }
}
export interface Push extends Writable, ConflateOptions {}

/**
 * An XPUB socket: as PUB, and receives the subscriptions, as a frame of the byte 1 (or 0, for the end of one) and the
 * topic. 29/PUBSUB, "The XPUB Socket Type".
 */
export class XPublisher extends Socket {
  constructor(options?: SocketOptions<XPublisher>) {
    super(numberOf('XPUB'), options);
  }

  /**
   * With `manual`: has the peer whose message was received last get messages of these topics, if it is still there.
   *
   * @throws {ZmtpError} EINVAL without `manual`, EBADF when closed
   */
  subscribe(...topics: Topic[]): void {
    const pattern = manualPattern(this);
    for (const topic of toTopics(topics)) pattern.subscribe(topic);
  }

  /** With `manual`: takes topics from the peer whose message was received last. Throws as `subscribe`. */
  unsubscribe(...topics: Topic[]): void {
    const pattern = manualPattern(this);
    for (const topic of toTopics(topics)) pattern.unsubscribe(topic);
  }
}
export interface XPublisher extends Readable, Writable, XPublisherOptions {}

/**
 * An XSUB socket: as SUB, and subscribes by sending a frame of the byte 1 (or 0, to end it) and the topic. What begins
 * otherwise goes to all publishers. 29/PUBSUB, "The XSUB Socket Type".
 */
export class XSubscriber extends Socket {
  constructor(options?: SocketOptions<XSubscriber>) {
    super(numberOf('XSUB'), options);
  }
}
export interface XSubscriber extends Readable, Writable {}

/**
 * A STREAM socket: bytes from and to peers that speak no ZMTP, as messages of a routing id and one frame. An empty frame
 * received says that a connection has begun or ended, an empty frame sent ends it.
 */
export class Stream extends Socket {
  constructor(options?: SocketOptions<Stream>) {
    super(numberOf('STREAM'), options);
  }

  /** As for every socket. With a `routingId` the peer can be sent to before it is there. */
  override connect(address: string, options: StreamConnectOptions = {}): void {
    // oxlint-disable-next-line prefer-rest-params
    checkOptionsPlace(arguments.length, 2, options, CONNECT_ARGUMENTS);
    connectTo(this, address, options);
  }
}
export interface Stream
  extends Readable<[Message, Message]>,
    Writable<[MessageLike, MessageLike]>,
    StreamOptions {}

/* oxlint-enable typescript/no-unsafe-declaration-merging */

defineMessaging();

const CLASSES: readonly [typeof Socket & { readonly prototype: Socket }, SocketKind][] = [
  [Pair, 'PAIR'],
  [Publisher, 'PUB'],
  [Subscriber, 'SUB'],
  [Request, 'REQ'],
  [Reply, 'REP'],
  [Dealer, 'DEALER'],
  [Router, 'ROUTER'],
  [Pull, 'PULL'],
  [Push, 'PUSH'],
  [XPublisher, 'XPUB'],
  [XSubscriber, 'XSUB'],
  [Stream, 'STREAM'],
];

for (const [{ prototype }, kind] of CLASSES) {
  const names = optionNames(kind).filter((name) => !COMMON_NAMES.includes(name));
  defineOptions(prototype, names, (socket) => Socket.coreOf(socket));
}

/** The pattern of a socket that is open; its class says which one it is. */
function patternOf(socket: Socket): Pattern {
  const core = Socket.coreOf(socket);
  core.checkFree();
  return core.pattern;
}

/** The prefixes as bytes; the empty one when there is none. */
function toTopics(prefixes: readonly Topic[]): Uint8Array[] {
  return prefixes.length === 0 ? [EMPTY_FRAME] : prefixes.map(toBytes);
}

/** A copy as bytes. */
function toBytes(value: unknown): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value);
  if (value instanceof Uint8Array) return Buffer.from(value);
  throw invalidType('Expected a string or buffer', `got ${typeof value}`);
}

function manualPattern(socket: XPublisher): Xpub {
  const pattern = patternOf(socket) as Xpub;
  if (!socket.manual) throw new ZmtpError('EINVAL', { detail: 'this needs the option manual' });
  return pattern;
}

function connectTo(socket: Router | Stream, address: string, options: RouterConnectOptions): void {
  checkKeys(options, ['routingId']);
  const { routingId } = options;
  // Checks the address first, as for every other socket.
  const pattern = patternOf(socket) as RouterPattern | StreamPattern;
  if (routingId === undefined || routingId === null || routingId.length === 0) {
    Socket.prototype.connect.call(socket, address);
    return;
  }
  const name = toBytes(routingId);
  checkRoutingId(name, 'routingId');
  if (pattern.hasRoute(name)) {
    throw new ZmtpError('EADDRINUSE', { address, detail: 'another peer has this routing id' });
  }
  if (typeof address !== 'string') throw invalidType('Address must be a string');
  Socket.coreOf(socket).connect(address, name);
}
