/**
 * What stands behind a socket: it joins a pattern, which routes messages between pipes, to the calls of a program, which
 * may have to wait. It knows no routing and no bytes.
 *
 * @module
 */
import { ZmtpError } from '../errors.ts';
import type { OptionName, OptionValues, SocketKind } from '../option-types.ts';
import { defaultOptions, OPTIONS } from '../options.ts';
import { copySmall, type Frames, type Pipe } from '../pipe.ts';
import { ReceiveBudget } from '../receive-budget.ts';
import { copy } from './buffers.ts';
import { type Context, stateOf } from './context.ts';
import { assignOption } from './assign-option.ts';
import { Endpoints } from './endpoints.ts';
import { Monitor } from './monitor.ts';
import { type OperationOptions, Operations } from './operations.ts';
import type { OptionStore } from './option-accessors.ts';
import type { Pattern } from './patterns/pattern.ts';
import { type Lingering, unwatchExit, watchExit } from './process-exit.ts';
import { kindOf } from './socket-kinds.ts';
import type { SocketSide } from './socket-side.ts';
import { spendTurn } from './turn.ts';

/**
 * Something that has the socket for itself for a while: a request until its reply, in its turn among the sends, or a
 * proxy. No other send or receive goes on meanwhile.
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
  readonly kind: SocketKind;
  readonly options: OptionValues;
  readonly monitor: Monitor = new Monitor();
  readonly budget: ReceiveBudget;
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
  readonly #context: Context;
  #isClosed = false;
  /** A proxy has the socket: calls of the program are refused. */
  #isOccupied = false;
  #released: Promise<void> | undefined;

  /**
   * @param type - libzmq's number of the kind of socket
   * @throws {ZmtpError} EINVAL for a number that no kind has, EMFILE when the context has as many sockets as it may have
   */
  constructor(type: number, context: Context) {
    const { kind, makePattern } = kindOf(type);
    const state = stateOf(context);
    if (state.openSockets >= state.options.maxSockets) {
      const detail = `the context has ${state.openSockets} open sockets (maxSockets)`;
      throw new ZmtpError('EMFILE', { detail });
    }
    state.openSockets++;
    this.#context = context;
    this.kind = kind;
    this.options = defaultOptions(kind);
    this.options.ipv6 = state.options.ipv6;
    if (!state.options.blocky) this.options.linger = 0;
    this.budget = new ReceiveBudget(this.options.maxBufferedBytes, setImmediate);
    this.pattern = makePattern(this.options);
    this.endpoints = new Endpoints(this, state.inproc);
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

  get maxMessageBytes(): number {
    return stateOf(this.#context).options.maxMessageSize;
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

  get isBlocky(): boolean {
    return stateOf(this.#context).options.blocky;
  }

  get isHeldUp(): boolean {
    return this.endpoints.isHeldUp;
  }

  letGo(): void {
    this.endpoints.letGo();
  }

  /** @throws {ZmtpError} EBADF when the socket is closed, EBUSY when a proxy has it */
  checkFree(): void {
    if (this.#isClosed) throw new ZmtpError('EBADF');
    if (this.#isOccupied) throw new ZmtpError('EBUSY', { detail: 'a proxy has the socket' });
  }

  /** @throws {ZmtpError} ENOTSUP when this kind of socket never receives */
  checkReceives(): void {
    if (this.pattern.blockedBy('receive') === 'ENOTSUP') throw this.#unsupported('receive');
  }

  setOption(name: OptionName, value: OptionValues[OptionName]): void {
    if (!OPTIONS[name].isLive && this.endpoints.hasAny) {
      process.emitWarning('Socket option will not take effect until next connect/bind.');
    }
    assignOption(this.options, name, value);
    if (name === 'maxBufferedBytes') this.budget.setLimit(this.options.maxBufferedBytes);
    for (const pipe of this.#pipes) {
      if (pipe.joinsSockets) continue;
      if (name === 'sendHighWaterMark') pipe.setHighWaterMark(this.options.sendHighWaterMark);
      if (name === 'receiveHighWaterMark')
        pipe.setReceiveHighWaterMark(this.options.receiveHighWaterMark);
    }
    // What a call waits for may be just this.
    this.#settle();
  }

  bind(address: string): Promise<void> {
    return this.#keep(this.endpoints.bind(address));
  }

  bindSync(address: string): void {
    this.endpoints.bindSync(address);
    watchExit(this);
  }

  /** @param peerName - the routing id that the peer gets; empty: the one that it announces */
  connect(address: string, peerName?: Uint8Array): void {
    this.endpoints.connect(address, peerName);
    watchExit(this);
  }

  /** Once it has an endpoint it is looked after when the process would end. */
  async #keep(binding: Promise<void>): Promise<void> {
    await binding;
    if (!this.isClosed) watchExit(this);
  }

  send(frames: Frames, options: OperationOptions | undefined): Promise<void> {
    this.checkFree();
    if (frames.length === 0) return DONE;
    if (this.#sends.size === 0 && this.#job === undefined && !options?.signal?.aborted) {
      try {
        if (this.pattern.send(frames)) {
          if (this.#receives.size > 0 || this.#watchers.size > 0) this.#settle();
          return spendTurn() ?? DONE;
        }
      } catch (error) {
        return Promise.reject(error);
      }
      if (this.pattern.blockedBy('send') === 'ENOTSUP') return this.#refuse('send');
    }
    const timeout = options?.timeout ?? this.options.sendTimeout;
    const limit = this.options.maxPendingOperations;
    return this.#sends.add(copySmall(frames, copy), timeout, limit, options?.signal);
  }

  /** The next message, if there is one and nobody else waits for it. */
  tryReceive(): Frames | undefined {
    if (this.#receives.size > 0 || this.#job !== undefined) return undefined;
    const frames = this.pattern.receive();
    if (frames !== undefined && (this.#sends.size > 0 || this.#watchers.size > 0)) this.#settle();
    return frames;
  }

  receive(options: OperationOptions | undefined): Promise<Frames> {
    this.checkFree();
    if (!options?.signal?.aborted) {
      const frames = this.tryReceive();
      if (frames !== undefined) return spendTurn()?.then(() => frames) ?? Promise.resolve(frames);
      if (this.pattern.blockedBy('receive') === 'ENOTSUP') return this.#refuse('receive');
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
    this.checkFree();
    const isFirst = this.#job === undefined && this.#sends.size === 0;
    const isBlocked = isFirst && this.pattern.blockedBy('send') === 'EFSM';
    const limit = this.options.maxPendingOperations;
    const begun = this.#sends.add(job, isBlocked ? timeout : -1, limit, signal);
    this.#settle();
    return begun;
  }

  /**
   * Gives the socket to `job` at once, and refuses every call until it leaves.
   *
   * @throws {ZmtpError} EBADF when the socket is closed, EBUSY when calls wait
   */
  occupy(job: Job): void {
    this.checkFree();
    if (this.#job !== undefined || this.#sends.size > 0 || this.#receives.size > 0) {
      throw new ZmtpError('EBUSY', { detail: 'calls of send or receive are waiting' });
    }
    this.#job = job;
    this.#isOccupied = true;
  }

  /** The job that had the socket is done with it. */
  leave(job: Job): void {
    if (this.#job !== job) return;
    this.#job = undefined;
    this.#isOccupied = false;
    this.#settle();
  }

  /** Calls `watcher` whenever `isReadable` may have changed, until the answered function is called. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Resolves when the endpoints are free. Messages may go on leaving. */
  close(): Promise<void> {
    // The second answer is for a job that closes the socket because it is being closed.
    if (this.#isClosed) return this.#released ?? DONE;
    const sendError = this.#blockedError('send');
    const receiveError = this.#blockedError('receive');
    this.#isClosed = true;
    stateOf(this.#context).openSockets--;
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
    try {
      this.#settle();
    } finally {
      this.#isReading = isWithin;
    }
  }

  pipeWritable(pipe: Pipe): void {
    if (!this.#pipes.has(pipe)) return;
    this.pattern.pipeWritable(pipe);
    this.#settle();
  }

  pipeStatusChanged(pipe: Pipe): void {
    if (!this.#pipes.has(pipe)) return;
    this.pattern.pipeStatusChanged(pipe);
    this.#settle();
  }

  /** Pipes that join two sockets carry subscriptions as messages. */
  pipeSubscription(): void {}

  pipeClosed(pipe: Pipe): void {
    this.#pipes.delete(pipe);
    this.pattern.detach(pipe);
    this.endpoints.pipeClosed(pipe);
    this.#settle();
  }

  pipeFinished(pipe: Pipe): void {
    this.pipeHangUp(pipe);
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
      try {
        if (!this.pattern.send(item)) return false;
      } catch (error) {
        send.reject(error);
        return true;
      }
    } else {
      if (this.pattern.blockedBy('send') === 'EFSM') return false;
      this.#job = item;
    }
    send.resolve();
    this.#job?.begin();
    return true;
  }

  /** For a call that this kind of socket does not have. */
  #refuse(operation: 'send' | 'receive'): Promise<never> {
    return Promise.reject(this.#unsupported(operation));
  }

  #unsupported(operation: 'send' | 'receive'): ZmtpError {
    const detail = `a ${this.kind} socket does not ${operation}`;
    return new ZmtpError('ENOTSUP', { detail });
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
