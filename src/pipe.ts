/**
 * A pipe: two bounded queues of messages between a socket and one peer. Each side holds one end.
 *
 * The far end belongs to the session of a connection or, for inproc, to another socket. What one end writes the other
 * reads. The writer's high-water mark bounds the messages that wait; a writer that has met it hears `pipeWritable` when
 * half of them have been read, as in libzmq. A reader is told `pipeReadable` once, after it has found the queue empty.
 *
 * What peers have sent counts towards the budget of the socket too, and a writer waits as well when that is used up.
 *
 * @module
 */
import type { ProtocolError } from './errors.ts';
import { Queue } from './queue.ts';
import { type ReceiveBudget, type Waiter, weigh } from './receive-budget.ts';

/** The frames of one message. */
export type Frames = Uint8Array[];

/** Who is told what happens at an end of a pipe. */
export interface PipeOwner {
  /** A message came, after `read` had answered that there was none. */
  pipeReadable(pipe: Pipe): void;
  /**
   * In place of `pipeReadable`, for an owner that passes messages on at once: takes the message, and is offered the next
   * in the same way. Answers `false` when it does not take it.
   */
  pipeOffered?(pipe: Pipe, frames: Frames): boolean;
  /** There is room again, after the high-water mark had been met. */
  pipeWritable(pipe: Pipe): void;
  /** The connection behind the pipe came or went: see `isConnected`. */
  pipeStatusChanged(pipe: Pipe): void;
  /** The other end is closed. What it had written can still be read. */
  pipeClosed(pipe: Pipe): void;
  /** The other end subscribes to a topic, or no longer: see `sendSubscription`. */
  pipeSubscription(pipe: Pipe, frame: Uint8Array): void;
  /** The other end has written its last message: drop the connection when that has left. */
  pipeFinished(pipe: Pipe): void;
  /** The other end asks to drop the connection behind this one, because of `error` or because a request was given up. */
  pipeHangUp(pipe: Pipe, error: ProtocolError | undefined): void;
}

/** Makes a copy of a frame, of the same kind. */
export type CopyFrame = (frame: Uint8Array) => Uint8Array;

const slice: CopyFrame = (frame) => Uint8Array.prototype.slice.call(frame);

export type PipeEndOptions = {
  readonly owner: PipeOwner;
  /** Most messages written by this end that may wait to be read; 0 for no limit. */
  readonly highWaterMark: number;
  /** Whether what this end writes belongs to somebody who may change it after the call. */
  readonly isShared: boolean;
  /** Copies a small frame that has to wait; `slice` when absent. */
  readonly copy?: CopyFrame;
  /** Whether a message takes the place of the one before, if that still waits; then there is no high-water mark. */
  readonly isConflating?: boolean;
  /** Where messages count that wait to be read at this end; nowhere when absent. */
  readonly budget?: ReceiveBudget;
};

/** Frames up to this size are copied when a message has to wait, so that the sender may use its memory again. */
const COPIED_FRAME_SIZE = 128;
/** The routing id of whoever has none. */
export const NO_BYTES: Uint8Array = new Uint8Array(0);

/** One end of a pipe. */
export class Pipe implements Waiter {
  /** Changes once for an end that waits for its owner: see inproc. */
  owner: PipeOwner;
  /** Whether the peer has connected to us, and not we to it. */
  isAccepted = false;
  /** The name that the peer has given itself, or that we have given to it when we connected; empty for none. */
  routingId: Uint8Array = NO_BYTES;
  readonly #isShared: boolean;
  readonly #copy: CopyFrame;
  readonly #isConflating: boolean;
  readonly #inbox = new Queue<Frames>();
  /** Where the messages in the inbox count. */
  #budget: ReceiveBudget | undefined;
  readonly #ownBudget: ReceiveBudget | undefined;
  /** The reader has found the inbox empty and wants to be told. */
  #isReaderWaiting = false;
  #highWaterMark: number;
  #isFull = false;
  /** It is full because the budget of the other end is used up. */
  #isHeldBack = false;
  #isConnected = false;
  #isClosed = false;
  #other: Pipe = this;

  private constructor(options: PipeEndOptions) {
    this.owner = options.owner;
    this.#isConflating = options.isConflating ?? false;
    this.#highWaterMark = this.#isConflating ? 0 : options.highWaterMark;
    this.#isShared = options.isShared;
    this.#copy = options.copy ?? slice;
    this.#budget = options.budget;
    this.#ownBudget = options.budget;
  }

  /** Two ends of one pipe. */
  static pair(one: PipeEndOptions, two: PipeEndOptions): [Pipe, Pipe] {
    const first = new Pipe(one);
    const second = new Pipe(two);
    first.#other = second;
    second.#other = first;
    return [first, second];
  }

  /** Whether a connection stands behind the pipe, so that what is written can leave at once. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Whether either end has been closed. */
  get isClosed(): boolean {
    return this.#isClosed || this.#other.#isClosed;
  }

  /** Whether both ends belong to sockets, as over inproc. */
  get joinsSockets(): boolean {
    return this.#isShared && this.#other.#isShared;
  }

  /** Messages that wait to be read at this end. */
  get unread(): number {
    return this.#inbox.length;
  }

  /** Whether there is room for a message. */
  get canWrite(): boolean {
    return !this.#isFull && !this.#isClosed && !this.#other.#isClosed;
  }

  /** Hands a message over to the other end. Ask `canWrite` first: a message beyond the high-water mark is taken too. */
  write(frames: Frames): void {
    const other = this.#other;
    if (other.#isClosed) return;
    if (this.#isConflating) other.#clearInbox();
    // A session that waits encodes the message at once: then it needs neither a place in the queue nor a copy.
    if (other.#isReaderWaiting && other.owner.pipeOffered?.(other, frames)) return;
    const isTakenAtOnce = other.#isReaderWaiting && !other.#isShared;
    other.#inbox.push(this.#isShared && !isTakenAtOnce ? copySmall(frames, this.#copy) : frames);
    const budget = other.#budget;
    if (budget !== undefined) budget.add(weigh(frames));
    if (this.#highWaterMark > 0 && other.#inbox.length >= this.#highWaterMark) this.#isFull = true;
    if (other.#isReaderWaiting) {
      other.#isReaderWaiting = false;
      other.owner.pipeReadable(other);
    }
    if (budget !== undefined && !budget.makeRoom()) this.holdBack(budget);
  }

  /** Nothing more is to be written before `budget`, that of the other end, has room again. */
  holdBack(budget: ReceiveBudget): void {
    if (this.isClosed) return;
    this.#isFull = true;
    this.#isHeldBack = true;
    budget.wait(this);
  }

  budgetHasRoom(): void {
    this.#isHeldBack = false;
    if (this.#isFull) this.#checkRoom();
  }

  /** Whether what waits at this end counts, where it has a budget: not as long as nobody is to read it. */
  setCounted(isCounted: boolean): void {
    const budget = isCounted ? this.#ownBudget : undefined;
    if (budget === this.#budget) return;
    const messages: Frames[] = [];
    for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift())
      messages.push(next);
    const before = this.#budget;
    this.#budget = budget;
    for (const frames of messages) {
      this.#inbox.push(frames);
      before?.remove(weigh(frames));
      budget?.add(weigh(frames));
    }
  }

  /** The message that `read` would answer with. */
  peek(): Frames | undefined {
    return this.#inbox.first;
  }

  /** The next message, or `undefined`, and then `pipeReadable` follows when there is one. */
  read(): Frames | undefined {
    const frames = this.#inbox.shift();
    if (frames === undefined) {
      this.#isReaderWaiting = true;
      return undefined;
    }
    this.#budget?.remove(weigh(frames));
    if (this.#other.#isFull) this.#other.#checkRoom();
    return frames;
  }

  /** The reader has nothing to read and wants to be told. */
  startWaiting(): void {
    this.#isReaderWaiting = true;
  }

  /** The reader turns to something else: it does not want to be told, and will come back by itself. */
  stopWaiting(): void {
    this.#isReaderWaiting = false;
  }

  /** Takes back a message that this end has written; answers whether it was still waiting. */
  retract(frames: Frames): boolean {
    const wasThere = this.#other.#inbox.remove(frames);
    if (wasThere) this.#other.#budget?.remove(weigh(frames));
    if (wasThere && this.#isFull) this.#checkRoom();
    return wasThere;
  }

  /**
   * Subscribes at the other end, or cancels a subscription: `frame` is the byte 1 or 0 and then the topic. No high-water
   * mark holds it up. Without a connection behind the pipe nothing comes of it: say it again when there is one.
   */
  sendSubscription(frame: Uint8Array): void {
    if (this.joinsSockets) this.write([frame]);
    else if (!this.isClosed) this.#other.owner.pipeSubscription(this.#other, frame);
  }

  /** Says to the other end what the peer here calls itself, unless it has a name for it already. */
  introduce(routingId: Uint8Array): void {
    if (this.#other.routingId.length === 0) this.#other.routingId = routingId;
  }

  /** Changes the mark for what the other end writes; 0 for no limit. */
  setReceiveHighWaterMark(highWaterMark: number): void {
    this.#other.setHighWaterMark(highWaterMark);
  }

  /** Changes the mark for what this end writes; 0 for no limit. */
  setHighWaterMark(highWaterMark: number): void {
    if (this.#isConflating) return;
    this.#highWaterMark = highWaterMark;
    const waiting = this.#other.#inbox.length;
    if (highWaterMark > 0 && waiting >= highWaterMark) this.#isFull = true;
    else if (this.#isFull) this.#checkRoom();
  }

  /** Says to the other end whether a connection stands behind this one. */
  setConnected(isConnected: boolean): void {
    const other = this.#other;
    if (other.#isConnected === isConnected) return;
    other.#isConnected = isConnected;
    if (!other.#isClosed) other.owner.pipeStatusChanged(other);
  }

  /** Asks the other end to drop its connection. */
  hangUp(error?: ProtocolError): void {
    if (!this.isClosed) this.#other.owner.pipeHangUp(this.#other, error);
  }

  /** Asks the other end to drop its connection when everything that was written has left. */
  finish(): void {
    if (!this.isClosed) this.#other.owner.pipeFinished(this.#other);
  }

  /** Tells the other end that it is done with, though what it has written may still be read here. */
  retire(): void {
    if (!this.isClosed) this.#other.owner.pipeClosed(this.#other);
  }

  /** This end reads and writes no more. The other end is told, once. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#clearInbox();
    this.#other.#ownBudget?.forget(this);
    this.#ownBudget?.forget(this.#other);
    if (!this.#other.#isClosed) this.#other.owner.pipeClosed(this.#other);
  }

  /** Opens the way for the writer when it has been full and half of what waited has been read. */
  #checkRoom(): void {
    const mark = this.#highWaterMark;
    const lowWaterMark = (mark + 1) >> 1;
    if (mark > 0 && this.#other.#inbox.length > mark - lowWaterMark) return;
    if (this.#isHeldBack) return;
    this.#isFull = false;
    if (!this.isClosed) this.owner.pipeWritable(this);
  }

  #clearInbox(): void {
    if (this.#budget !== undefined) {
      for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift())
        this.#budget.remove(weigh(next));
    }
    this.#inbox.clear();
  }
}

/** Replaces the small frames of a message that has to wait by copies. */
export function copySmall(frames: Frames, copy: CopyFrame): Frames {
  for (let i = 0; i < frames.length; i++) {
    const frame = frames[i] as Uint8Array;
    if (frame.length <= COPIED_FRAME_SIZE) frames[i] = copy(frame);
  }
  return frames;
}
