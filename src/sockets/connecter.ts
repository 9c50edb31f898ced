/**
 * One `connect`: makes a connection, and makes it anew whenever it is lost, until `disconnect` or `close`. It owns the
 * pipe, which outlives the connections, so that what is sent between two of them waits for the next one; with the option
 * `immediate` each connection has a pipe of its own.
 *
 * @module
 */
import type { OptionValues, SocketKind } from '../option-types.ts';
import type { ProtocolError } from '../errors.ts';
import type { Frames, Pipe, PipeOwner } from '../pipe.ts';
import type { Attempt, ByteStream, ConnectHandler } from '../transport/transport.ts';
import { type ConnectionEnd, eventError, eventPeer, type Monitor, reasonOf } from './monitor.ts';
import { watchHeldUp } from './process-exit.ts';
import { Backoff } from './reconnect.ts';
import type { ReceiveBudget } from '../receive-budget.ts';
import type { Security } from './security.ts';
import { Session, type SessionParent } from './session.ts';
import { makePipe, type SocketSide } from './socket-side.ts';

/** Where a connecter is in its life; each state holds what exists only in it. */
type State =
  | { readonly type: 'connecting'; attempt: Attempt | undefined }
  | { readonly type: 'connected'; readonly session: Session }
  | { readonly type: 'waiting'; readonly timer: NodeJS.Timeout }
  | { readonly type: 'stopped' };

export class Connecter implements ConnectHandler, SessionParent, PipeOwner {
  readonly address: string;
  readonly kind: SocketKind;
  readonly monitor: Monitor;
  readonly security: Security;
  readonly #side: SocketSide;
  readonly #options: OptionValues;
  readonly #dial: (handler: ConnectHandler) => Attempt;
  readonly #onStopped: (connecter: Connecter) => void;
  readonly #backoff: Backoff;
  readonly peerName: Uint8Array;
  /** Our end of the pipe; the other end is the socket's. */
  #pipe: Pipe | undefined;
  /** The session that serves the pipe now. */
  #served: Session | undefined;
  /** When the last handshake was done. */
  #readyAt = 0;
  #state: State = { type: 'stopped' };
  #isClosing = false;
  #isDropped = false;
  #lingerTimer: NodeJS.Timeout | undefined;

  /**
   * @param options - as they are now; later changes do not apply
   * @param dial - starts one attempt to connect
   * @param onStopped - called when it has come to its end
   * @param peerName - the routing id that the peer gets, whatever it calls itself; empty: the one it announces
   */
  constructor(
    side: SocketSide,
    address: string,
    options: OptionValues,
    security: Security,
    dial: (handler: ConnectHandler) => Attempt,
    onStopped: (connecter: Connecter) => void,
    peerName: Uint8Array,
  ) {
    this.peerName = peerName;
    this.#side = side;
    this.address = address;
    this.kind = side.kind;
    this.monitor = side.monitor;
    this.#options = options;
    this.security = security;
    this.#dial = dial;
    this.#onStopped = onStopped;
    this.#backoff = new Backoff(
      options.reconnectInterval,
      options.reconnectMaxInterval,
      Math.random,
    );
  }

  /** @throws {ZmtpError} when the endpoint cannot be dialled at all */
  start(): void {
    this.#connect();
    if (!this.#options.immediate) this.#attachPipe();
  }

  /** Whether messages wait to leave. */
  get hasUnsent(): boolean {
    return (
      (this.#pipe?.unread ?? 0) > 0 ||
      (this.#state.type === 'connected' && this.#state.session.hasUnsent)
    );
  }

  /** Whether a connection is being made, or bytes wait for a peer that does not take them. */
  get isHeldUp(): boolean {
    const state = this.#state;
    return state.type === 'connecting' || (state.type === 'connected' && state.session.isHeldUp);
  }

  /** Gives the attempt up until the next one is due, or drops a peer that takes no bytes. */
  letGo(): void {
    const state = this.#state;
    if (state.type === 'connected') state.session.letGo();
    if (state.type !== 'connecting') return;
    state.attempt?.cancel();
    this.#retry(false);
  }

  /** Ends it when what is in the pipe has left, or after `linger` milliseconds; -1 for ever. */
  close(linger: number): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    if (linger === 0 || !this.hasUnsent) {
      this.#stop(linger);
      return;
    }
    this.#pipe?.retire();
    if (linger > 0) this.#lingerTimer = setTimeout(() => this.#stop(0), linger).unref();
    if (this.#state.type === 'connected') this.#state.session.closeWhenSent();
  }

  // The attempt.

  connected(stream: ByteStream): void {
    const session = new Session(this, this.#options, stream);
    this.#state = { type: 'connected', session };
    if (this.monitor.isWatched) {
      this.monitor.emit({
        type: 'connect',
        address: this.address,
        peer: eventPeer(stream.peerAddress),
      });
    }
    session.start();
    if (this.#isClosing) session.closeWhenSent();
  }

  connectFailed(error: Error): void {
    this.monitor.emit({
      type: 'close',
      address: this.address,
      cause: eventError(error),
      reason: error.message,
    });
    this.#retry(false);
  }

  get isSocketClosed(): boolean {
    return this.#side.isClosed;
  }

  get maxMessageBytes(): number {
    return this.#side.maxMessageBytes;
  }

  get budget(): ReceiveBudget {
    return this.#side.budget;
  }

  // The session.

  sessionReady(session: Session): Pipe {
    this.#readyAt = performance.now();
    const pipe = this.#pipe ?? this.#attachPipe();
    this.#served = session;
    return pipe;
  }

  sessionClosed(session: Session, end: ConnectionEnd | undefined): void {
    this.#served = undefined;
    if (session.isReady) this.#backoff.lasted(performance.now() - this.#readyAt);
    this.#pipe?.setConnected(false);
    if (this.#state.type === 'stopped') return;
    if (this.#options.immediate) this.#detachPipe();
    if (end === undefined || (this.#isClosing && !this.hasUnsent)) {
      this.#stop(0);
      return;
    }
    if (isFinal(end)) {
      const reason = `not connected again: ${reasonOf(end)}`;
      this.monitor.emit({ type: 'close', address: this.address, reason });
      this.#stop(0);
    } else {
      this.#retry(this.#isDropped);
    }
    this.#isDropped = false;
  }

  // The pipe, whose messages the session moves when there is one.

  pipeOffered(pipe: Pipe, frames: Frames): boolean {
    return this.#served?.pipeOffered(pipe, frames) ?? false;
  }

  pipeReadable(): void {
    this.#served?.pipeReadable();
  }

  pipeWritable(): void {
    this.#served?.pipeWritable();
  }

  pipeStatusChanged(): void {}

  pipeSubscription(pipe: Pipe, frame: Uint8Array): void {
    this.#served?.pipeSubscription(pipe, frame);
  }

  pipeFinished(): void {
    this.close(-1);
  }

  pipeClosed(): void {}

  pipeHangUp(_pipe: Pipe, error: ProtocolError | undefined): void {
    this.#isDropped = error === undefined;
    this.#served?.drop(error);
  }

  #connect(): void {
    const state: State = { type: 'connecting', attempt: undefined };
    this.#state = state;
    this.monitor.emit({ type: 'connect:delay', address: this.address });
    state.attempt = this.#dial(this);
    watchHeldUp();
  }

  #retry(isAtOnce: boolean): void {
    if (this.#options.reconnectInterval <= 0 && !isAtOnce) {
      this.#stop(0);
      return;
    }
    const interval = isAtOnce ? 0 : this.#backoff.next();
    this.monitor.emit({ type: 'connect:retry', address: this.address, interval });
    this.#state = { type: 'waiting', timer: setTimeout(() => this.#connect(), interval).unref() };
  }

  #attachPipe(): Pipe {
    const [ours, theirs] = makePipe(this, this.#side);
    theirs.routingId = this.peerName;
    this.#pipe = ours;
    this.#side.attach(theirs);
    return ours;
  }

  #detachPipe(): void {
    const pipe = this.#pipe;
    this.#pipe = undefined;
    pipe?.close();
  }

  /** The one way to the end. */
  #stop(linger: number): void {
    const state = this.#state;
    this.#state = { type: 'stopped' };
    clearTimeout(this.#lingerTimer);
    if (state.type === 'connecting') state.attempt?.cancel();
    if (state.type === 'waiting') clearTimeout(state.timer);
    if (state.type === 'connected') state.session.close(linger);
    this.#detachPipe();
    this.#onStopped(this);
  }
}

/** Whether trying again with the same settings is of no use: the peer refused, or wants another mechanism. */
function isFinal(end: ConnectionEnd): boolean {
  return end.cause === 'refused' || end.error?.protocolCode === 'ERR_ZMTP_MECHANISM_MISMATCH';
}
