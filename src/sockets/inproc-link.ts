/**
 * Both sides of `inproc://`: a binder that takes the pipes of whoever connects to its name, and a connecter that owns a
 * pipe from the start, so that messages can wait in it until the name is bound. When the binder goes, the connecter waits
 * for the next one with a new pipe.
 *
 * @module
 */
import { ProtocolError } from '../errors.ts';
import { Pipe, type PipeOwner } from '../pipe.ts';
import type { InprocBinder, InprocRegistry } from '../transport/inproc.ts';
import type { SocketKind } from '../option-types.ts';
import { isCompatible } from '../zmtp/socket-type.ts';
import { copy } from './buffers.ts';
import { protocolError } from './monitor.ts';
import type { SocketSide } from './socket-side.ts';

/** Who connects to a name. */
export interface InprocPeer {
  /** A socket has bound the name; answers whether the two fit. */
  join(binder: SocketSide): boolean;
}

export class InprocListener implements InprocBinder<InprocPeer> {
  readonly address: string;
  readonly hasUnsent = false;
  readonly #side: SocketSide;
  readonly #name: string;
  readonly #registry: InprocRegistry<InprocPeer>;

  /** @throws {ZmtpError} EADDRINUSE when the name is taken */
  constructor(side: SocketSide, name: string, registry: InprocRegistry<InprocPeer>) {
    this.#side = side;
    this.#name = name;
    this.#registry = registry;
    this.address = `inproc://${name}`;
    registry.bind(name, this);
  }

  /** Frees the name. Pipes that were joined live on. */
  async close(): Promise<void> {
    this.#registry.unbind(this.#name, this);
  }

  join(connecter: InprocPeer): boolean {
    return !this.#side.isClosed && connecter.join(this.#side);
  }
}

/** The far end of a pipe that nobody has taken yet. */
const NOBODY: PipeOwner = {
  pipeReadable() {},
  pipeWritable() {},
  pipeStatusChanged() {},
  pipeSubscription() {},
  pipeClosed() {},
  pipeFinished() {},
  pipeHangUp() {},
};

export class InprocConnecter implements InprocPeer {
  readonly address: string;
  readonly #side: SocketSide;
  readonly #name: string;
  readonly #registry: InprocRegistry<InprocPeer>;
  readonly #onStopped: (connecter: InprocConnecter) => void;
  /** The end of the pipe that our socket has. */
  #near: Pipe | undefined;
  /** The other end, while nobody has taken it. */
  #far: Pipe | undefined;
  #lingerTimer: NodeJS.Timeout | undefined;
  readonly peerName: Uint8Array;
  /** Our socket is done with it, and only messages may be left. */
  #isLeaving = false;

  /** @param peerName - the routing id that the peer gets, whatever it calls itself; empty: the one that it has */
  constructor(
    side: SocketSide,
    name: string,
    registry: InprocRegistry<InprocPeer>,
    onStopped: (connecter: InprocConnecter) => void,
    peerName: Uint8Array,
  ) {
    this.peerName = peerName;
    this.#side = side;
    this.#name = name;
    this.#registry = registry;
    this.#onStopped = onStopped;
    this.address = `inproc://${name}`;
  }

  start(): void {
    if (!this.#side.options.immediate) this.#makePipe();
    this.#registry.connect(this.#name, this);
  }

  /** Whether messages wait for somebody to bind the name. */
  get hasUnsent(): boolean {
    return (this.#far?.unread ?? 0) > 0;
  }

  owns(pipe: Pipe): boolean {
    return this.#near === pipe;
  }

  /** The pipe was closed from the other side: waits for the next binder. */
  restart(): void {
    this.#near = undefined;
    this.start();
  }

  /** Gives the name up, at once or when messages that wait for a binder have been taken, or after `linger` ms. */
  close(linger: number): void {
    const near = this.#near;
    this.#isLeaving = true;
    if (near !== undefined) {
      this.#side.pipeClosed(near);
      near.close();
    }
    if (linger === 0 || !this.hasUnsent) this.#stop();
    else if (linger > 0) this.#lingerTimer = setTimeout(() => this.#stop(), linger).unref();
  }

  /** A socket has bound the name: it gets the far end, unless the two cannot talk to each other. */
  join(binder: SocketSide): boolean {
    const own = this.#side;
    if (own.kind === 'STREAM' || !isCompatible(own.kind, binder.kind)) {
      this.#refuse(own, binder.kind);
      this.#refuse(binder, own.kind);
      return false;
    }
    const far = this.#far ?? this.#makePipe();
    const near = this.#near;
    this.#far = undefined;
    far.setReceiveHighWaterMark(
      sum(own.options.sendHighWaterMark, binder.options.receiveHighWaterMark),
    );
    far.setHighWaterMark(sum(binder.options.sendHighWaterMark, own.options.receiveHighWaterMark));
    far.owner = binder;
    near?.introduce(own.options.routingId);
    far.introduce(binder.options.routingId);
    binder.attach(far);
    near?.setConnected(true);
    far.setConnected(true);
    if (this.#isLeaving) {
      binder.pipeClosed(far);
      this.#stop();
    }
    return true;
  }

  /** Tells the monitor of `side` that its peer does not fit. */
  #refuse(side: SocketSide, socketType: SocketKind): void {
    const reason = `a ${side.kind} socket cannot talk to a peer of type "${socketType}"`;
    const { address } = this;
    const error = protocolError(new ProtocolError(reason, 'ERR_ZMTP_INVALID_METADATA'));
    const peer = { address, socketType };
    side.monitor.emit({ type: 'handshake:error:protocol', address, peer, error, reason });
  }

  /** Makes a pipe, gives the near end to our socket and answers with the far end. */
  #makePipe(): Pipe {
    const { sendHighWaterMark, receiveHighWaterMark, conflate: isConflating } = this.#side.options;
    const [near, far] = Pipe.pair(
      { owner: this.#side, highWaterMark: sendHighWaterMark, isShared: true, copy, isConflating },
      { owner: NOBODY, highWaterMark: receiveHighWaterMark, isShared: true, copy, isConflating },
    );
    near.routingId = this.peerName;
    this.#near = near;
    this.#far = far;
    this.#side.attach(near);
    return far;
  }

  #stop(): void {
    clearTimeout(this.#lingerTimer);
    this.#registry.disconnect(this.#name, this);
    this.#far?.close();
    this.#far = undefined;
    this.#onStopped(this);
  }
}

/** The capacity of both ends together; without limit when one has none. */
function sum(one: number, other: number): number {
  return one === 0 || other === 0 ? 0 : one + other;
}
