/**
 * How many bytes a socket holds that peers have sent: whole messages that its program has not taken yet, and what has come
 * of messages that are not complete. All peers share one budget, so a crowd costs no more memory than a single peer may.
 *
 * When it is used up:
 *
 * - Whole messages: the program can make room by taking them. Peers wait meanwhile, and are read on when half of what room
 *   the unfinished messages leave is free.
 * - Where unfinished messages have more than three quarters of it the program can make little room, and none of them may ever
 *   be complete. The peer with the largest loses its connection, and the next, until the rest fits.
 *
 * The largest unfinished message never counts: a message of any legal size can come, if no crowd wants the same. So the
 * bound is the limit and one message more; beyond it, each peer can be read once before it learns that it has to wait.
 *
 * Bytes are counted as they come. What a decoder has set aside for the rest of a frame is no memory before it is used.
 *
 * @module
 */
import { ProtocolError } from './errors.ts';
import type { Frames } from './pipe.ts';

/**
 * Bytes that a small received frame costs beside its own, the object, its place in an array, and that array: 170 for a
 * message of one frame, 155 for each of four (Node 20).
 */
export const FRAME_WEIGHT = 192;

/** How much of the limit unfinished messages may have when there is no more room: so whole messages always have a quarter. */
const UNFINISHED_SHARE = 3 / 4;

/** Peers that are read on in one turn. */
const WOKEN_AT_ONCE = 64;

/** Who is read no further for want of room. */
export interface Waiter {
  /** There may be room again; if not, it asks again and waits again. */
  budgetHasRoom(): void;
}

/** A peer that can have sent a part of a message. */
export interface Spender {
  /** Drops the connection, and with it what has come of the message. */
  drop(error: ProtocolError): void;
}

/** What a message costs while it waits, in bytes. */
export function weigh(frames: Frames): number {
  return frames.length === 1 ? FRAME_WEIGHT + (frames[0] as Uint8Array).length : weighAll(frames);
}

/** By itself, so that the way of most messages is short enough to be inlined. */
function weighAll(frames: Frames): number {
  let weight = frames.length * FRAME_WEIGHT;
  for (let i = 0; i < frames.length; i++) weight += (frames[i] as Uint8Array).length;
  return weight;
}

export class ReceiveBudget {
  readonly #defer: (task: () => void) => void;
  readonly #wake = (): void => this.#wakeSome();
  #limit: number;
  /** Bytes of whole and of unfinished messages. */
  #total = 0;
  #unfinished = 0;
  /** What has come of the unfinished messages, by peer; none is 0. */
  readonly #sizes = new Map<Spender, number>();
  /** The largest of these, as long as it is known. */
  #largest: Spender | undefined;
  #largestSize = 0;
  /** In the order in which they began to wait. */
  readonly #waiting = new Set<Waiter>();
  #isWaking = false;

  /**
   * @param limit - bytes; 0 for no limit
   * @param defer - runs a task in a later turn of the event loop
   */
  constructor(limit: number, defer: (task: () => void) => void) {
    this.#limit = limit > 0 ? limit : Number.POSITIVE_INFINITY;
    this.#defer = defer;
  }

  /** Bytes that count now, with those of the largest unfinished message. */
  get size(): number {
    return this.#total;
  }

  /** @param limit - bytes; 0 for no limit */
  setLimit(limit: number): void {
    this.#limit = limit > 0 ? limit : Number.POSITIVE_INFINITY;
    this.#checkWaiting();
  }

  /** A whole message waits. */
  add(weight: number): void {
    this.#total += weight;
  }

  /** A whole message waits no more. */
  remove(weight: number): void {
    this.#total -= weight;
    if (this.#waiting.size > 0) this.#checkWaiting();
  }

  /** So many bytes have come of a message of `spender` that is not complete; 0 when it is, or never will be. */
  setUnfinished(spender: Spender, size: number): void {
    const before = this.#sizes.get(spender) ?? 0;
    if (size === 0) this.#sizes.delete(spender);
    else this.#sizes.set(spender, size);
    this.#total += size - before;
    this.#unfinished += size - before;
    if (spender === this.#largest) {
      this.#largestSize = size;
      if (size < before) this.#largest = undefined;
    } else if (this.#largest !== undefined && size > this.#largestSize) {
      this.#largest = spender;
      this.#largestSize = size;
    }
    if (size < before && this.#waiting.size > 0) this.#checkWaiting();
  }

  /**
   * Whether peers may be read on. Where unfinished messages are in the way, it drops peers until it is so: one of them
   * may be whoever asks.
   */
  makeRoom(): boolean {
    return this.#total < this.#limit || this.#dropLargest();
  }

  /** Calls `waiter` when there is room again. */
  wait(waiter: Waiter): void {
    this.#waiting.add(waiter);
    // Its message may have been taken meanwhile, and nothing more be there to be taken.
    this.#checkWaiting();
  }

  /** The waiter is gone. */
  forget(waiter: Waiter): void {
    this.#waiting.delete(waiter);
  }

  #dropLargest(): boolean {
    for (;;) {
      const whole = this.#total - this.#unfinished;
      if (whole >= this.#limit) return false;
      const counted = this.#countedUnfinished();
      if (whole + counted < this.#limit) return true;
      if (counted <= UNFINISHED_SHARE * this.#limit) return false;
      const spender = this.#largest as Spender;
      this.setUnfinished(spender, 0);
      spender.drop(
        new ProtocolError(
          `unfinished messages of all peers are over the limit of ${this.#limit} bytes, and this one is the largest (maxBufferedBytes)`,
        ),
      );
    }
  }

  /** Bytes of all unfinished messages but the largest. */
  #countedUnfinished(): number {
    if (this.#largest === undefined) {
      this.#largestSize = 0;
      for (const [spender, size] of this.#sizes) {
        if (size <= this.#largestSize) continue;
        this.#largest = spender;
        this.#largestSize = size;
      }
    }
    return this.#unfinished - this.#largestSize;
  }

  #checkWaiting(): void {
    if (this.#isWaking || this.#waiting.size === 0) return;
    const whole = this.#total - this.#unfinished;
    const room = Math.max(0, this.#limit - this.#countedUnfinished());
    if (2 * whole > room) return;
    this.#isWaking = true;
    this.#defer(this.#wake);
  }

  /** In portions, because each may have a whole chunk to be decoded. */
  #wakeSome(): void {
    let left = WOKEN_AT_ONCE;
    for (const waiter of this.#waiting) {
      if (left-- === 0 || !this.makeRoom()) break;
      this.#waiting.delete(waiter);
      waiter.budgetHasRoom();
    }
    if (this.#waiting.size > 0 && this.makeRoom()) {
      this.#defer(this.#wake);
      return;
    }
    this.#isWaking = false;
    this.#checkWaiting();
  }
}
