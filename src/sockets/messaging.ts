/**
 * `send`, `receive` and `for await`: what the socket classes have of these in their types follows from the kind of
 * socket; at runtime every socket has them, and those that cannot reject with ENOTSUP.
 *
 * @module
 */
import { checkOptionsPlace } from '../arguments.ts';
import { ZmtpError } from '../errors.ts';
import { type Message, type MessageLike, toFrames } from '../message.ts';
import type { ReadableOptions, WritableOptions } from '../option-types.ts';
import { checkOperationOptions, type OperationOptions } from './operations.ts';
import { Socket } from './socket.ts';
import type { SocketCore } from './socket-core.ts';
import { spendTurn } from './turn.ts';

/**
 * A socket that sends.
 *
 * @typeParam M - what can be sent
 * @typeParam O - what else `send` takes
 */
export interface Writable<
  M extends MessageLike | MessageLike[] = MessageLike | MessageLike[],
  O extends unknown[] = [options?: OperationOptions],
> extends WritableOptions {
  /**
   * Sends one message, a frame or an array of frames: resolves when it is queued for a peer. A message that has to wait
   * goes in the order of the calls. Frames above 128 bytes are not copied: leave their memory alone until the peer has
   * them.
   *
   * @throws {TypeError} code EINVAL at once for what is no message, or no options
   * @throws {ZmtpError} EBADF at once when closed; rejects with EAGAIN after `timeout`, EFSM when it was not its turn until
   * then, EBUSY when `maxPendingOperations` calls wait already, EHOSTUNREACH for a routing id that nobody has, or the reason
   * of `signal`
   */
  send(message: M, ...options: O): Promise<void>;
}

type ReceiveType<T> = T extends { receive(): Promise<infer U> } ? U : never;

/**
 * A socket that receives.
 *
 * @typeParam M - the frames of a message
 */
export interface Readable<M extends object[] = Message[]> extends ReadableOptions {
  /**
   * The next message, as an array of frames. A call that is given up by `timeout` or `signal` takes no message with it.
   * A frame may share its memory with others that came with it: whoever keeps a small one for long keeps up to 64 KiB alive,
   * unless it is copied.
   *
   * @throws {ZmtpError} EBADF at once when closed; rejects with EAGAIN after `timeout`, EFSM when it was not its turn until
   * then, EBUSY when `maxPendingOperations` calls wait already, or the reason of `signal`
   */
  receive(options?: OperationOptions): Promise<M>;
  /** Receives until the socket is closed; throws as `receive`, and EFSM when it is closed out of turn. */
  [Symbol.asyncIterator](): AsyncIterator<ReceiveType<this>, undefined>;
}

/** For who gives the frames of a message one by one. */
export const ONE_MESSAGE = 'a message of several frames is an array; behind it come options';
const OPTIONS_ONLY = 'what it takes is a plain object of options';

/* oxlint-disable prefer-rest-params -- To count the arguments is all that a call without options pays for the check. */

function send(this: Socket, message: unknown, options?: OperationOptions): Promise<void> {
  if (arguments.length > 1) {
    checkOptionsPlace(arguments.length, 2, options, ONE_MESSAGE);
    if (options !== undefined) checkOperationOptions(options);
  }
  return Socket.coreOf(this).send(toFrames(message), options);
}

function receive(this: Socket, options?: OperationOptions): Promise<Message[]> {
  if (arguments.length > 0) {
    checkOptionsPlace(arguments.length, 1, options, OPTIONS_ONLY);
    if (options !== undefined) checkOperationOptions(options);
  }
  return Socket.coreOf(this).receive(options) as Promise<Message[]>;
}

/* oxlint-enable prefer-rest-params */

type Result = IteratorResult<Message[], undefined>;

const END: Result = { done: true, value: undefined };

function toResult(value: Message[]): Result {
  return { done: false, value };
}

/**
 * Reads until the socket is closed; any other failure, a timeout included, ends the loop by throwing. To be closed when it
 * was not its turn to receive is a failure too: EFSM.
 */
class MessageIterator implements AsyncIterator<Message[], undefined> {
  readonly #socket: Socket & Readable;
  readonly #core: SocketCore;
  readonly #failed = (error: unknown): Result => {
    if (this.#core.isClosed && error instanceof ZmtpError && error.code === 'EAGAIN') return END;
    throw error;
  };

  constructor(socket: Socket & Readable) {
    this.#socket = socket;
    this.#core = Socket.coreOf(socket);
  }

  /** A message that is there costs one promise: what `receive` and `then` would make are two more. */
  next(): Promise<Result> {
    if (this.#core.isClosed) return Promise.resolve(END);
    if (this.#socket.receive === receive) {
      const frames = this.#core.tryReceive();
      if (frames !== undefined) {
        const result = toResult(frames as Message[]);
        return spendTurn()?.then(() => result) ?? Promise.resolve(result);
      }
    }
    return this.#socket.receive().then(toResult, this.#failed);
  }
}

function iterate(this: Socket & Readable): AsyncIterator<Message[], undefined> {
  return new MessageIterator(this);
}

/** Gives these methods to all sockets. */
export function defineMessaging(): void {
  for (const [name, value] of [
    ['send', send],
    ['receive', receive],
    [Symbol.asyncIterator, iterate],
  ] as const) {
    Object.defineProperty(Socket.prototype, name, { value, writable: true, configurable: true });
  }
}
