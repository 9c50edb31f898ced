/**
 * The socket classes: a pattern, its options, and which of the two directions it has.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { type Message, type MessageLike, toFrames } from '../message.ts';
import type {
  ReadableOptions,
  RequestOptions,
  RoutingIdOptions,
  WritableOptions,
} from '../options.ts';
import { checkOperationOptions, type OperationOptions } from './operations.ts';
import { defineOptions } from './option-accessors.ts';
import { Rep } from './patterns/rep.ts';
import { Req } from './patterns/req.ts';
import { type RequestCallOptions, runRequest } from './request.ts';
import { type BaseOptions, Socket } from './socket.ts';

/** A message to send: one frame, or an array of frames. */
export type Sendable = MessageLike | MessageLike[];

/** A socket that sends. */
export interface Writable {
  /**
   * Sends one message: resolves when it is queued for a peer. A message that has to wait goes in the order of the calls.
   * Frames above 128 bytes are not copied: leave their memory alone until the peer has them.
   *
   * @throws {ZmtpError} EBADF when closed; rejects with EAGAIN after `timeout`, EFSM when it was not its turn until then,
   * EBUSY when `maxPendingOperations` calls wait already, or the reason of `signal`
   */
  send(message: Sendable, options?: OperationOptions): Promise<void>;
}

/** A socket that receives. */
export interface Readable {
  /**
   * The next message, as an array of frames. A call that is given up by `timeout` or `signal` takes no message with it.
   *
   * @throws {ZmtpError} EBADF when closed; rejects with EAGAIN after `timeout`, EFSM when it was not its turn until then,
   * EBUSY when `maxPendingOperations` calls wait already, or the reason of `signal`
   */
  receive(options?: OperationOptions): Promise<Message[]>;
  /** Receives until the socket is closed. */
  [Symbol.asyncIterator](): AsyncIterator<Message[], undefined>;
}

abstract class DuplexSocket extends Socket implements Writable, Readable {
  send(message: Sendable, options?: OperationOptions): Promise<void> {
    if (options !== undefined) checkOperationOptions(options);
    return Socket.coreOf(this).send(toFrames(message), options);
  }

  receive(options?: OperationOptions): Promise<Message[]> {
    if (options !== undefined) checkOperationOptions(options);
    return Socket.coreOf(this).receive(options) as Promise<Message[]>;
  }

  [Symbol.asyncIterator](): AsyncIterator<Message[], undefined> {
    return iterate(this);
  }
}

function toResult(value: Message[]): IteratorResult<Message[], undefined> {
  return { done: false, value };
}

/** Reads until the socket is closed; any other failure, a timeout included, ends the loop by throwing. */
function iterate(socket: DuplexSocket): AsyncIterator<Message[], undefined> {
  const end = { done: true, value: undefined } as const;
  const failed = (error: unknown): IteratorResult<Message[], undefined> => {
    if (socket.closed) return end;
    throw error;
  };
  return {
    next: () => (socket.closed ? Promise.resolve(end) : socket.receive().then(toResult, failed)),
  };
}

export type RequestSocketOptions = BaseOptions &
  Partial<WritableOptions & ReadableOptions & RequestOptions> & {
    /** The name by which a ROUTER knows this socket; 1 to 255 bytes, the first not 0. */
    routingId?: string | Uint8Array | null;
  };
export type ReplySocketOptions = BaseOptions & Partial<WritableOptions & ReadableOptions>;

// oxlint-disable-next-line typescript/no-unsafe-declaration-merging
export interface Request
  extends WritableOptions,
    ReadableOptions,
    RoutingIdOptions,
    RequestOptions {}

/**
 * A REQ socket: sends a request, receives its reply, and so on in turn. Requests go round robin to the servers that it
 * is connected to. 28/REQREP, "The REQ Socket Type".
 */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging
export class Request extends DuplexSocket {
  constructor(options: RequestSocketOptions = {}) {
    super('REQ', (values) => new Req(values, randomBytes(4).readUInt32BE()), options);
  }

  /**
   * Sends a request and answers with its reply, never with that of another request. Calls queue in order. An attempt
   * that times out or loses its connection is repeated, up to `retries` times, with the next server that is connected or
   * as soon as there is one; so the server may see a request more than once.
   *
   * The reply to an attempt that was given up is kept out by its id when `correlate` is set, else by dropping the
   * connection, which is then made anew.
   *
   * @throws {ZmtpError} EBADF when closed; rejects with EAGAIN when the last attempt timed out, EHOSTUNREACH when it lost
   * its connection, EBUSY when `maxPendingOperations` calls wait already, or the reason of `signal`
   */
  request(message: Sendable, options: RequestCallOptions = {}): Promise<Message[]> {
    return runRequest(Socket.coreOf(this), toFrames(message), options) as Promise<Message[]>;
  }
}

// oxlint-disable-next-line typescript/no-unsafe-declaration-merging
export interface Reply extends WritableOptions, ReadableOptions {}

/**
 * A REP socket: receives a request, sends its reply to whoever asked, and so on in turn. 28/REQREP, "The REP Socket
 * Type".
 */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging
export class Reply extends DuplexSocket {
  constructor(options: ReplySocketOptions = {}) {
    super('REP', () => new Rep(), options);
  }
}

defineOptions(Request.prototype, 'REQ', (socket) => Socket.coreOf(socket));
defineOptions(Reply.prototype, 'REP', (socket) => Socket.coreOf(socket));
