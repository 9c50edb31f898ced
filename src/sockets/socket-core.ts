/**
 * What stands behind a socket: it joins a pattern, which routes messages between pipes, to the calls of a program, which
 * may have to wait. It knows no routing and no bytes.
 *
 * @module
 */
import { ZmtpError } from '../errors.ts';
import { defaultOptions, type OptionName, type OptionValues } from '../options.ts';
import { copySmall, type Frames, type Pipe } from '../pipe.ts';
import type { SocketType } from '../zmtp/socket-type.ts';
import { type Context, inprocOf } from './context.ts';
import { Endpoints } from './endpoints.ts';
import { Monitor } from './monitor.ts';
import { Observer } from './observer.ts';
import { type OperationOptions, Operations } from './operations.ts';
import type { OptionStore } from './option-accessors.ts';
import type { Pattern } from './patterns/pattern.ts';
import { type Lingering, unwatchExit, watchExit } from './process-exit.ts';
import type { SocketSide } from './socket-side.ts';
import { spendTurn } from './turn.ts';

/**
 * Something that has the socket for itself for a while, in its turn among the sends: a request until its reply. No other
 * send or receive goes on meanwhile.
 */
export interface Job {
  /** Its turn has come. */
  begin(): void;
  /** Something has changed: looks whether it can go on. */
  advance(): void;
  /** The socket is closed. */
  abort(error: Error): void;
}

const CLOSED = 'the socket was closed';
const DONE: Promise<void> = Promise.resolve();

export class SocketCore implements SocketSide, OptionStore, Lingering {
  readonly socketType: SocketType;
  readonly options: OptionValues;
  readonly monitor: Monitor = new Monitor();
  readonly endpoints: Endpoints;
  readonly pattern: Pattern;
  readonly #pipes = new Set<Pipe>();
  readonly #sends: Operations<Frames | Job, void>;
  readonly #receives: Operations<undefined, Frames>;
  /** Called whenever `isReadable` may have changed. */
  readonly #watchers = new Set<() => void>();
  #job: Job | undefined;
  #isSettling = false;
  /** More messages of the same input may follow, and belong to what was sent before: nothing is sent in between. */
  #isReading = false;
  #willSettle = false;
  #observer: Observer | undefined;
  #isClosed = false;
  #released: Promise<void> | undefined;

  /** @param makePattern - is given the options as they are at any time */
  constructor(
    type: SocketType,
    makePattern: (options: Readonly<OptionValues>) => Pattern,
    context: Context,
  ) {
    this.socketType = type;
    this.options = defaultOptions();
    this.pattern = makePattern(this.options);
    this.endpoints = new Endpoints(this, inprocOf(context));
    const settle = (): void => this.#settle();
    this.#sends = new Operations('send', (timeout) => this.#blockedError('send', timeout), settle);
    this.#receives = new Operations(
      'receive',
      (timeout) => this.#blockedError('receive', timeout),
      settle,
    );
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get isReadable(): boolean {
    return !this.isClosed && this.#job === undefined && this.pattern.isReadable;
  }

  get isWritable(): boolean {
    return (
      !this.isClosed && this.#job === undefined && this.#sends.size === 0 && this.pattern.isWritable
    );
  }

  /** How many sends and jobs wait for their turn. */
  get pendingSends(): number {
    return this.#sends.size;
  }

  get linger(): number {
    return this.options.linger;
  }

  get hasUnsent(): boolean {
    return this.endpoints.hasUnsent;
  }

  get isHeldUp(): boolean {
    return this.endpoints.isHeldUp;
  }

  letGo(): void {
    this.endpoints.letGo();
  }

  /** @throws {ZmtpError} EBADF when the socket is closed */
  checkOpen(): void {
    if (this.isClosed) throw new ZmtpError('EBADF');
  }

  setOption(name: OptionName, value: OptionValues[OptionName]): void {
    Object.assign(this.options, { [name]: value });
    for (const pipe of this.#pipes) {
      if (pipe.joinsSockets) continue;
      if (name === 'sendHighWaterMark') pipe.setHighWaterMark(this.options.sendHighWaterMark);
      if (name === 'receiveHighWaterMark')
        pipe.setReceiveHighWaterMark(this.options.receiveHighWaterMark);
    }
  }

  bind(address: string): Promise<void> {
    return this.#keep(this.endpoints.bind(address));
  }

  connect(address: string): void {
    this.endpoints.connect(address);
    watchExit(this);
  }

  /** Once it has an endpoint it is looked after when the process would end. */
  async #keep(binding: Promise<void>): Promise<void> {
    await binding;
    if (!this.isClosed) watchExit(this);
  }

  send(frames: Frames, options: OperationOptions | undefined): Promise<void> {
    this.checkOpen();
    if (frames.length === 0) return DONE;
    if (
      this.#sends.size === 0 &&
      this.#job === undefined &&
      !options?.signal?.aborted &&
      this.pattern.send(frames)
    ) {
      if (this.#receives.size > 0 || this.#watchers.size > 0) this.#settle();
      return spendTurn() ?? DONE;
    }
    const timeout = options?.timeout ?? this.options.sendTimeout;
    const limit = this.options.maxPendingOperations;
    return this.#sends.add(copySmall(frames), timeout, limit, options?.signal);
  }

  receive(options: OperationOptions | undefined): Promise<Frames> {
    this.checkOpen();
    if (this.#receives.size === 0 && this.#job === undefined && !options?.signal?.aborted) {
      const frames = this.pattern.receive();
      if (frames !== undefined) {
        if (this.#sends.size > 0 || this.#watchers.size > 0) this.#settle();
        return spendTurn()?.then(() => frames) ?? Promise.resolve(frames);
      }
    }
    const timeout = options?.timeout ?? this.options.receiveTimeout;
    return this.#receives.add(
      undefined,
      timeout,
      this.options.maxPendingOperations,
      options?.signal,
    );
  }

  /**
   * Lets `job` have the socket when its turn among the sends has come; resolves then. The time behind others is not
   * limited, but when it is first, and only the reply to a `send` is missing, it fails with EFSM after `timeout`.
   */
  enqueue(job: Job, timeout: number, signal: AbortSignal | undefined): Promise<void> {
    this.checkOpen();
    const isFirst = this.#job === undefined && this.#sends.size === 0;
    const isBlocked = isFirst && this.pattern.blockedBy('send') === 'EFSM';
    const limit = this.options.maxPendingOperations;
    const begun = this.#sends.add(job, isBlocked ? timeout : -1, limit, signal);
    this.#settle();
    return begun;
  }

  /** The job that had the socket is done with it. */
  leave(job: Job): void {
    if (this.#job !== job) return;
    this.#job = undefined;
    this.#settle();
  }

  observe(): Observer {
    if (this.#observer === undefined) {
      this.checkOpen();
      const observer = new Observer();
      this.monitor.watch((event) => observer.push(event));
      this.#observer = observer;
    }
    return this.#observer;
  }

  /** Calls `watcher` whenever `isReadable` may have changed, until the answered function is called. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Resolves when the endpoints are free. Messages may go on leaving. */
  close(): Promise<void> {
    if (this.#released !== undefined) return this.#released;
    const sendError = this.#blockedError('send');
    const receiveError = this.#blockedError('receive');
    this.#isClosed = true;
    const jobError = new ZmtpError('EAGAIN', { detail: CLOSED });
    this.#job?.abort(jobError);
    this.#receives.rejectAll(() => receiveError);
    this.#sends.rejectAll((item) => (Array.isArray(item) ? sendError : jobError));
    const { released, gone } = this.endpoints.close(this.options.linger);
    this.#released = released;
    void gone.then(() => unwatchExit(this));
    for (const pipe of [...this.#pipes]) pipe.close();
    this.#pipes.clear();
    this.#notify();
    this.monitor.end();
    return released;
  }

  // The pipes.

  attach(pipe: Pipe): void {
    this.#pipes.add(pipe);
    this.pattern.attach(pipe);
    this.#settle();
  }

  pipeReadable(pipe: Pipe): void {
    const isWithin = this.#isReading;
    this.pattern.pipeReadable(pipe);
    this.#isReading = true;
    this.#settle();
    this.#isReading = isWithin;
  }

  pipeWritable(pipe: Pipe): void {
    if (!this.#pipes.has(pipe)) return;
    this.pattern.pipeWritable(pipe);
    this.#settle();
  }

  pipeStatusChanged(): void {
    this.#settle();
  }

  pipeClosed(pipe: Pipe): void {
    this.#pipes.delete(pipe);
    this.pattern.detach(pipe);
    this.endpoints.pipeClosed(pipe);
    this.#settle();
  }

  /** Only another socket of the process can ask for this: over inproc there is no connection to drop but the pipe. */
  pipeHangUp(pipe: Pipe): void {
    pipe.close();
    this.pipeClosed(pipe);
  }

  /**
   * Lets calls that wait go on, in order, as far as the pattern has something for them. What that sets off may call this
   * again from within: then the call on the outside goes on.
   */
  #settle(): void {
    if (this.#isSettling || this.isClosed) return;
    this.#isSettling = true;
    try {
      while (this.#settleOnce());
    } finally {
      this.#isSettling = false;
    }
    if (this.#watchers.size > 0) this.#notify();
  }

  /** One operation; answers whether there was one to settle. */
  #settleOnce(): boolean {
    const job = this.#job;
    if (job !== undefined) {
      job.advance();
      if (this.#job === job) return false;
    }
    const receive = this.#receives.first;
    if (receive !== undefined) {
      if (receive.dropIfAborted()) return true;
      const frames = this.pattern.receive();
      if (frames !== undefined) {
        receive.resolve(frames);
        return true;
      }
    }
    const send = this.#sends.first;
    if (send === undefined) return job !== undefined;
    if (this.#isReading) {
      this.#settleLater();
      return false;
    }
    if (send.dropIfAborted()) return true;
    const { item } = send;
    if (Array.isArray(item)) {
      if (!this.pattern.send(item)) return false;
    } else {
      if (this.pattern.blockedBy('send') === 'EFSM') return false;
      this.#job = item;
    }
    send.resolve();
    this.#job?.begin();
    return true;
  }

  #settleLater(): void {
    if (this.#willSettle) return;
    this.#willSettle = true;
    queueMicrotask(() => {
      this.#willSettle = false;
      this.#settle();
    });
  }

  #notify(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** @param timeout - how long the call has waited in vain; absent when the socket is closed */
  #blockedError(operation: 'send' | 'receive', timeout?: number): ZmtpError {
    const code = this.pattern.blockedBy(operation);
    if (timeout === undefined) return new ZmtpError(code, { detail: CLOSED });
    if (code === 'EFSM') {
      const turn = operation === 'send' ? 'a message must be received' : 'a message must be sent';
      return new ZmtpError(code, { detail: `${turn} before this call has its turn` });
    }
    const what = operation === 'send' ? 'no peer took the message' : 'no message came';
    return new ZmtpError(code, { detail: `${what} within ${timeout} ms` });
  }
}
