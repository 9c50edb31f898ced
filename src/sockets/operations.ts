/**
 * Calls of `send` and `receive` that wait, in order. Each can end in four ways: done, timed out, aborted by its signal,
 * or rejected because the socket was closed. While any waits the process stays alive.
 *
 * @module
 */
import { setMaxListeners } from 'node:events';
import { checkKeys, checkObject } from '../arguments.ts';
import { invalidType, invalidValue, ZmtpError } from '../errors.ts';
import { Deadline, MAX_TIMER } from './deadline.ts';
import { hold, release } from './process-exit.ts';
import { spendTurn } from './turn.ts';

/** Options of one call. */
export type OperationOptions = {
  /** Gives the call up: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds, in place of the socket's `sendTimeout` or `receiveTimeout`; 0: do not wait, -1: for ever. */
  readonly timeout?: number | undefined;
};

/** What `OperationOptions` has. */
export const OPERATION_OPTIONS: readonly string[] = ['signal', 'timeout'];

/**
 * Checks what a caller gave as options. Throws a TypeError or RangeError with code EINVAL.
 *
 * @param names - the options that the call has
 */
export function checkOperationOptions(
  options: unknown,
  names: readonly string[] = OPERATION_OPTIONS,
): asserts options is OperationOptions {
  checkObject(options);
  checkKeys(options, names);
  const { signal, timeout } = options as { signal?: unknown; timeout?: unknown };
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalidType('Option signal must be an AbortSignal', `got ${typeof signal}`);
  }
  if (timeout !== undefined) checkTimeout(timeout);
}

function checkTimeout(timeout: unknown): asserts timeout is number {
  if (typeof timeout !== 'number')
    throw invalidType('Option timeout must be a number', `got ${typeof timeout}`);
  const isLegal =
    timeout === -1 ||
    timeout === Number.POSITIVE_INFINITY ||
    (timeout >= 0 && timeout <= MAX_TIMER);
  if (!isLegal)
    throw invalidValue(
      'Invalid argument',
      `timeout must be -1 or 0 to ${MAX_TIMER} ms, got ${timeout}`,
    );
}

function nothing(): void {}

/** Rejects; at times only in the next turn, so that a loop of refused calls lets others have theirs. */
async function refuse(error: Error): Promise<never> {
  await spendTurn();
  throw error;
}

/** One call that waits. `item` is what it wants to send, if it sends. */
export class Operation<Item, Result> {
  readonly item: Item;
  readonly promise: Promise<Result>;
  /** The neighbours in the queue. A list that is linked like this is left from the middle at no cost. */
  previous: Operation<Item, Result> | undefined;
  next: Operation<Item, Result> | undefined;
  isWaiting = true;
  readonly #operations: Operations<Item, Result>;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: (() => void) | undefined;
  #deadline: Deadline | undefined;
  #resolve: (result: Result) => void = nothing;
  #reject: (error: unknown) => void = nothing;

  constructor(operations: Operations<Item, Result>, item: Item, signal: AbortSignal | undefined) {
    this.item = item;
    this.#operations = operations;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#signal = signal;
    if (signal !== undefined) {
      this.#onAbort = () => this.reject(signal.reason);
      // One signal may well be for many calls.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', this.#onAbort);
    }
  }

  expireAfter(timeout: number, makeError: (timeout: number) => Error): void {
    this.#deadline = new Deadline(timeout, () => this.reject(makeError(timeout)));
  }

  /** Rejects if the signal is aborted, of which it may not have heard yet; answers whether it is. */
  dropIfAborted(): boolean {
    if (!this.#signal?.aborted) return false;
    this.reject(this.#signal.reason);
    return true;
  }

  resolve(result: Result): void {
    if (this.#settle()) this.#resolve(result);
  }

  reject(error: unknown): void {
    if (this.#settle()) this.#reject(error);
  }

  #settle(): boolean {
    if (!this.#operations.remove(this)) return false;
    this.#deadline?.cancel();
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort);
    return true;
  }
}

/** The calls of one kind that wait at one socket. */
export class Operations<Item, Result> {
  #first: Operation<Item, Result> | undefined;
  #last: Operation<Item, Result> | undefined;
  #size = 0;
  readonly #kind: string;
  readonly #makeTimeoutError: (timeout: number) => Error;
  readonly #onRemoved: () => void;

  /** @param onRemoved - called when an operation has left the queue, in whatever way */
  constructor(kind: string, makeTimeoutError: (timeout: number) => Error, onRemoved: () => void) {
    this.#kind = kind;
    this.#makeTimeoutError = makeTimeoutError;
    this.#onRemoved = onRemoved;
  }

  get size(): number {
    return this.#size;
  }

  /** The call that has waited longest. */
  get first(): Operation<Item, Result> | undefined {
    return this.#first;
  }

  /**
   * Makes a call wait.
   *
   * @param timeout - milliseconds; -1 or Infinity for ever
   * @param limit - how many may wait
   */
  add(
    item: Item,
    timeout: number,
    limit: number,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    if (timeout === 0) return refuse(this.#makeTimeoutError(0));
    if (this.#size >= limit) {
      return Promise.reject(
        new ZmtpError('EBUSY', { detail: `${limit} calls of ${this.#kind} are waiting already` }),
      );
    }
    const operation = new Operation(this, item, signal);
    if (timeout > 0 && timeout !== Number.POSITIVE_INFINITY)
      operation.expireAfter(timeout, this.#makeTimeoutError);
    operation.previous = this.#last;
    if (this.#last === undefined) this.#first = operation;
    else this.#last.next = operation;
    this.#last = operation;
    this.#size++;
    hold();
    return operation.promise;
  }

  /** Takes an operation of this queue out; answers whether it was still in. */
  remove(operation: Operation<Item, Result>): boolean {
    if (!operation.isWaiting) return false;
    const { previous, next } = operation;
    operation.isWaiting = false;
    operation.previous = undefined;
    operation.next = undefined;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    this.#size--;
    release();
    this.#onRemoved();
    return true;
  }

  /** Rejects all, in order. */
  rejectAll(makeError: (item: Item) => Error): void {
    const waiting: Operation<Item, Result>[] = [];
    for (let next = this.#first; next !== undefined; next = next.next) waiting.push(next);
    for (const operation of waiting) operation.reject(makeError(operation.item));
  }
}
