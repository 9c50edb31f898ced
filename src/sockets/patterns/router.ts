/**
 * ROUTER: puts the routing id of the peer before each message that it receives, and sends each message to the peer whose
 * routing id it begins with. 28/REQREP, "The ROUTER Socket Type".
 *
 * A peer whose name another one has is sent away, or takes its place when `handover` is set. Over inproc, where nobody
 * can be sent away, it waits until the name is free.
 *
 * @module
 */
import { type ErrorCode, ProtocolError, ZmtpError } from '../../errors.ts';
import type { Frames, Pipe } from '../../pipe.ts';
import type { AllocateFrame } from '../routing/allocate.ts';
import { FairQueue } from '../routing/fair-queue.ts';
import { RoutingTable } from '../routing/routing-table.ts';
import type { Pattern } from './pattern.ts';
import { probe } from './probe.ts';

export type RouterOptions = {
  /** Refuse messages to peers that are not there or take no more, instead of dropping them. */
  readonly mandatory: boolean;
  /** Let a peer take over the routing id of another. */
  readonly handover: boolean;
  /** Say hello to each new peer with an empty message. */
  readonly probeRouter: boolean;
};

export class RouterPattern implements Pattern {
  readonly #options: RouterOptions;
  readonly #allocate: AllocateFrame;
  readonly #table: RoutingTable;
  readonly #queue = new FairQueue();
  /** Peers whose name another one has, over inproc. */
  readonly #nameless = new Set<Pipe>();
  readonly isWritable = true;

  /** @param firstId, allocate - see `RoutingTable` */
  constructor(options: RouterOptions, firstId: number, allocate: AllocateFrame) {
    this.#options = options;
    this.#allocate = allocate;
    this.#table = new RoutingTable(firstId, allocate);
  }

  get isReadable(): boolean {
    return this.#queue.hasMessage;
  }

  /** Whether a peer has this name. */
  hasRoute(routingId: Uint8Array): boolean {
    return this.#table.find(routingId) !== undefined;
  }

  attach(pipe: Pipe): void {
    if (this.#options.probeRouter) probe(pipe, this.#allocate);
    // One that we have named ourselves can be sent to before it is there.
    if (pipe.routingId.length > 0 || pipe.isConnected) this.#enter(pipe);
  }

  detach(pipe: Pipe): void {
    this.#nameless.delete(pipe);
    this.#table.remove(pipe);
    this.#queue.remove(pipe);
    for (const next of this.#nameless) if (!this.hasRoute(next.routingId)) this.#enter(next);
  }

  pipeStatusChanged(pipe: Pipe): void {
    if (pipe.isConnected) this.#enter(pipe);
  }

  pipeReadable(pipe: Pipe): void {
    this.#queue.add(pipe);
  }

  pipeWritable(): void {}

  send(frames: Frames): boolean {
    const pipe = this.#table.find(frames[0] as Uint8Array);
    const { mandatory } = this.#options;
    if (pipe === undefined) {
      if (mandatory) throw new ZmtpError('EHOSTUNREACH', { detail: 'no peer has this routing id' });
      return true;
    }
    if (frames.length === 1) return true;
    if (!pipe.canWrite) return !mandatory;
    pipe.write(frames.slice(1));
    return true;
  }

  receive(): Frames | undefined {
    const frames = this.#queue.read();
    if (frames === undefined) return undefined;
    frames.unshift(this.#table.copyId(this.#queue.lastPipe as Pipe));
    return frames;
  }

  blockedBy(): ErrorCode {
    return 'EAGAIN';
  }

  /** Gives a pipe its place in the table, unless it has one. */
  #enter(pipe: Pipe): void {
    if (this.#table.has(pipe)) return;
    const { routingId } = pipe;
    const holder = routingId.length > 0 ? this.#table.find(routingId) : undefined;
    if (holder !== undefined) {
      if (!this.#options.handover) {
        this.#refuse(pipe, 'another peer has this routing id');
        return;
      }
      this.#table.remove(holder);
    }
    this.#nameless.delete(pipe);
    this.#table.add(pipe);
    // An endpoint that had lost its name may still be in the queue.
    this.#queue.suspend(pipe);
    this.#queue.add(pipe);
    // Last, so that nobody who waits for the name gets it in between.
    if (holder !== undefined) this.#refuse(holder, 'another peer has taken over this routing id');
  }

  #refuse(pipe: Pipe, reason: string): void {
    if (pipe.joinsSockets) {
      this.#nameless.add(pipe);
      this.#queue.suspend(pipe);
    } else {
      pipe.hangUp(new ProtocolError(reason));
    }
  }
}
