/**
 * `Request.request()`: a request with its reply as one operation that survives servers which die, hang or restart.
 *
 * ```
 * queued → sending → waiting → done
 *             ↑         │ timed out, or the connection is lost, and attempts are left
 *             └─────────┘
 * ```
 *
 * @module
 */
import { invalidType, invalidValue, ZmtpError } from '../errors.ts';
import { copySmall, type Frames } from '../pipe.ts';
import { copy } from './buffers.ts';
import { Deadline } from './deadline.ts';
import { checkOperationOptions, OPERATION_OPTIONS, Operations } from './operations.ts';
import type { Req } from './patterns/req.ts';
import type { Job, SocketCore } from './socket-core.ts';

export type RequestCallOptions = {
  /**
   * Milliseconds that an attempt waits for a server to be connected and, once it is sent, for its reply; -1 or absent:
   * for ever.
   */
  readonly timeout?: number | undefined;
  /** How many further attempts follow one that timed out or lost its connection; 0 when absent. */
  readonly retries?: number | undefined;
  /** Gives the call up at any time: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
};

const REQUEST_OPTIONS: readonly string[] = [...OPERATION_OPTIONS, 'retries'];

/** Runs one request at the socket behind `core`, whose pattern is `Req`. */
export async function runRequest(
  core: SocketCore,
  frames: Frames,
  options: RequestCallOptions,
): Promise<Frames> {
  checkOperationOptions(options, REQUEST_OPTIONS);
  const { retries = 0, timeout = -1, signal } = options;
  if (typeof retries !== 'number')
    throw invalidType('Option retries must be a number', `got ${typeof retries}`);
  if (!(retries >= 0 && (Number.isInteger(retries) || retries === Number.POSITIVE_INFINITY))) {
    throw invalidValue(
      'Invalid argument',
      `retries must be a whole number or Infinity, got ${retries}`,
    );
  }
  if (frames.length === 0)
    throw invalidValue('Invalid argument', 'a request has at least one frame');
  const job = new RequestJob(core, copySmall(frames, copy), { timeout, retries, signal });
  await core.enqueue(job, timeout, signal);
  return job.reply();
}

class RequestJob implements Job {
  readonly #core: SocketCore;
  readonly #pattern: Req;
  readonly #frames: Frames;
  readonly #timeout: number;
  readonly #call: Operations<undefined, Frames>;
  readonly #signal: AbortSignal | undefined;
  #attemptsLeft: number;
  #hasSent = false;
  #deadline: Deadline | undefined;
  #reply: Promise<Frames> | undefined;

  constructor(core: SocketCore, frames: Frames, options: Required<RequestCallOptions>) {
    this.#core = core;
    // Only sockets of class Request get here, and their pattern is this one.
    this.#pattern = core.pattern as Req;
    this.#frames = frames;
    this.#timeout = options.timeout ?? -1;
    this.#signal = options.signal;
    this.#attemptsLeft = (options.retries ?? 0) + 1;
    this.#call = new Operations(
      'request',
      () => new ZmtpError('EAGAIN'),
      () => this.#leave(),
    );
  }

  /** Settled when the job has come to its end. */
  reply(): Promise<Frames> {
    return this.#reply as Promise<Frames>;
  }

  begin(): void {
    // A relaxed socket may have a request out whose reply nobody has received: it is not to answer this one.
    this.#pattern.abandon();
    this.#reply = this.#call.add(undefined, -1, 1, this.#signal);
    if (this.#call.first === undefined) this.#leave();
    else this.#attempt();
  }

  advance(): void {
    if (!this.#hasSent) {
      this.#hasSent = this.#pattern.sendToConnected(this.#frames);
      if (this.#hasSent) this.#startTimer();
      return;
    }
    const reply = this.#pattern.receive();
    if (reply !== undefined) this.#call.first?.resolve(reply);
    else if (this.#pattern.isExchangeLost) {
      this.#fail(
        new ZmtpError('EHOSTUNREACH', { detail: 'the connection was lost before the reply came' }),
      );
    }
  }

  abort(error: Error): void {
    this.#call.rejectAll(() => error);
  }

  #attempt(): void {
    this.#attemptsLeft--;
    this.#hasSent = false;
    this.advance();
    if (!this.#hasSent) this.#startTimer();
  }

  #startTimer(): void {
    this.#deadline?.cancel();
    if (this.#timeout >= 0 && this.#timeout !== Number.POSITIVE_INFINITY) {
      this.#deadline = new Deadline(this.#timeout, () => this.#timedOut());
    }
  }

  #timedOut(): void {
    const detail = this.#hasSent
      ? `no reply within ${this.#timeout} ms`
      : `no server was connected within ${this.#timeout} ms`;
    this.#fail(new ZmtpError('EAGAIN', { detail }));
  }

  /** The attempt has come to nothing. */
  #fail(error: ZmtpError): void {
    this.#pattern.abandon();
    if (this.#attemptsLeft > 0) this.#attempt();
    else this.#call.first?.reject(error);
  }

  /** The call is over, in whatever way: the socket is free for the next. */
  #leave(): void {
    this.#deadline?.cancel();
    this.#pattern.abandon();
    this.#core.leave(this);
  }
}
