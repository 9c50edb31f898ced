/**
 * One `bind` to a transport with bytes: listens, and runs a session for every peer that comes. A peer has a pipe from the
 * end of its handshake to the end of its connection, so one that only connects is no peer yet.
 *
 * @module
 */
import { isErrorCode, ZmtpError } from '../errors.ts';
import type { OptionValues, SocketKind } from '../option-types.ts';
import type { Pipe } from '../pipe.ts';
import type { ByteStream, Listener, ListenHandler } from '../transport/transport.ts';
import {
  type ConnectionEnd,
  type EventError,
  eventError,
  eventPeer,
  type Monitor,
} from './monitor.ts';
import type { ReceiveBudget } from '../receive-budget.ts';
import type { Security } from './security.ts';
import { Session, type SessionParent } from './session.ts';
import { makePipe, type SocketSide } from './socket-side.ts';

export class Binder implements ListenHandler, SessionParent {
  readonly kind: SocketKind;
  readonly monitor: Monitor;
  readonly security: Security;
  readonly #side: SocketSide;
  readonly #options: OptionValues;
  /** As it was given, until the listener says how the wildcards were filled in. */
  #address: string;
  #listener: Listener | undefined;
  /** Sessions in their handshake, oldest first. */
  readonly #pending = new Set<Session>();
  readonly #ready = new Map<Session, Pipe>();
  readonly #onStopped: (binder: Binder) => void;
  #isClosing = false;

  /**
   * @param options - as they are now; later changes do not apply
   * @param onStopped - called when it is closed and its last connection has ended
   */
  constructor(
    side: SocketSide,
    address: string,
    options: OptionValues,
    security: Security,
    onStopped: (binder: Binder) => void,
  ) {
    this.#side = side;
    this.#address = address;
    this.kind = side.kind;
    this.monitor = side.monitor;
    this.#options = options;
    this.security = security;
    this.#onStopped = onStopped;
  }

  /** The endpoint that others can connect to. */
  get address(): string {
    return this.#address;
  }

  get hasUnsent(): boolean {
    for (const session of this.#ready.keys()) if (session.hasUnsent) return true;
    return false;
  }

  /** Whether bytes wait for a peer that does not take them. */
  get isHeldUp(): boolean {
    for (const session of this.#ready.keys()) if (session.isHeldUp) return true;
    return false;
  }

  /** Drops the peers that take no bytes. */
  letGo(): void {
    for (const session of [...this.#ready.keys()]) session.letGo();
  }

  /** @throws (rejects) the error of the operating system when the endpoint cannot be had */
  async start(listen: (handler: ListenHandler) => Promise<Listener>): Promise<void> {
    try {
      this.#listens(await listen(this));
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** As `start`, and does not come back before it is done. */
  startSync(listen: (handler: ListenHandler) => Listener): void {
    try {
      this.#listens(listen(this));
    } catch (error) {
      throw this.#failed(error);
    }
  }

  #listens(listener: Listener): void {
    this.#listener = listener;
    this.#address = listener.address;
    this.monitor.emit({ type: 'bind', address: this.address });
  }

  #failed(error: unknown): EventError {
    const failure = bindError(error, this.address);
    const { address } = this;
    this.monitor.emit({ type: 'bind:error', address, error: failure, reason: failure.message });
    return failure;
  }

  /** Accepts no more, and ends every connection when its messages have left, or after `linger` milliseconds. */
  async close(linger: number): Promise<void> {
    this.#isClosing = true;
    const closed = this.#listener?.close();
    this.#listener = undefined;
    for (const session of [...this.#pending]) session.close(linger);
    for (const [session, pipe] of [...this.#ready]) {
      pipe.retire();
      session.close(linger);
    }
    this.monitor.emit({ type: 'close', address: this.address });
    this.#checkStopped();
    await closed;
  }

  // The listener.

  accepted(stream: ByteStream): void {
    if (!this.#makesRoom()) {
      stream.destroy();
      const { maxConnections } = this.#options;
      const detail = `${stream.peerAddress} is one more than the ${maxConnections} connections that there may be (maxConnections)`;
      this.acceptFailed(new ZmtpError('EMFILE', { detail }));
      return;
    }
    const session = new Session(this, this.#options, stream);
    if (this.monitor.isWatched) {
      this.monitor.emit({
        type: 'accept',
        address: this.address,
        peer: eventPeer(stream.peerAddress),
      });
    }
    this.#pending.add(session);
    session.start();
  }

  /** Sees to it that one more connection keeps to the limits; answers `false` when it cannot. */
  #makesRoom(): boolean {
    const { maxConnections, maxPendingHandshakes } = this.#options;
    const isFull = maxConnections > 0 && this.#pending.size + this.#ready.size >= maxConnections;
    const [oldest] = this.#pending;
    if (isFull) oldest?.giveWay('maxConnections');
    else if (this.#pending.size >= maxPendingHandshakes) oldest?.giveWay('maxPendingHandshakes');
    return !isFull || oldest !== undefined;
  }

  acceptFailed(error: Error): void {
    const detail = error instanceof ZmtpError ? error.detail : undefined;
    this.monitor.emit({
      type: 'accept:error',
      address: this.address,
      error: eventError(error),
      reason: detail ?? error.message,
    });
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

  // The sessions.

  sessionReady(session: Session): Pipe {
    this.#pending.delete(session);
    const [ours, theirs] = makePipe(session, this.#side);
    theirs.isAccepted = true;
    this.#ready.set(session, ours);
    this.#side.attach(theirs);
    return ours;
  }

  sessionClosed(session: Session, _end: ConnectionEnd | undefined): void {
    this.#pending.delete(session);
    const pipe = this.#ready.get(session);
    this.#ready.delete(session);
    pipe?.close();
    this.#checkStopped();
  }

  #checkStopped(): void {
    if (this.#isClosing && this.#pending.size === 0 && this.#ready.size === 0)
      this.#onStopped(this);
  }
}

/** The operating system's error as one of ours, where we have its code. */
function bindError(error: unknown, address: string): EventError {
  if (!(error instanceof Error)) return error as EventError;
  // As it was given: a transport only knows what it has made of it.
  if (error instanceof ZmtpError) return Object.assign(error, { address });
  const { code } = error as NodeJS.ErrnoException;
  if (!isErrorCode(code)) return Object.assign(eventError(error), { address });
  return new ZmtpError(code, { address, detail: error.message, cause: error });
}
