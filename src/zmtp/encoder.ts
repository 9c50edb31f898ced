/**
 * From messages to bytes: gathers frames until somebody takes them to write them out.
 *
 * Headers and small bodies are copied one behind the other into a slab; a body above `COPY_LIMIT` is not copied but
 * stands between two parts of the slab, by reference. So the usual output is one contiguous piece, whatever the number
 * of messages in it. Slabs come from a pool that all connections of a thread share, and go back when their bytes have
 * left: an idle connection holds none.
 *
 * A message that goes to many peers is encoded once. Slabs are written to from the front on, never twice, so encoders can
 * share one: who is given the message that another has just encoded refers to those bytes, as long as they go on where its
 * own end. Peers that get the same gather the same piece of memory. Who gets something else in between has a slab of its
 * own for the rest of the batch, and copies: pieces of a single message would cost more.
 *
 * ```
 * slab     | m1 | m2 | m3 | m4 |
 * peer 1   [-------------------)
 * peer 2   [-------------------)
 * peer 3        [----)  [ m4 )           m3 is not for it: m4 is copied to another slab
 * ```
 *
 * Sealed frames are written where they are sealed: into the slab, or when they are longer than that into a piece of their
 * own. Nothing of them is referenced.
 *
 * @module
 */
import type { Allocate } from './decoder.ts';
import { FLAG_COMMAND, FLAG_MORE, LONG_HEADER_SIZE, writeHeader } from './frame.ts';
import type { FrameCipher } from './mechanism/mechanism.ts';

/** Bodies up to this many bytes are copied, unless the slab is smaller; others are referenced until they are written. */
export const COPY_LIMIT = 8192;
/** Bytes copied one by one: below this, a loop is quicker than the call of `TypedArray.prototype.set`. */
const LOOP_LIMIT = 32;
/** An encoder that has as many pieces does not turn to the slab of another. */
const FEW_PIECES = 4;

/** A buffer that is filled from the front on, and lent to all whose messages lie in it. */
export type Slab = {
  readonly bytes: Uint8Array;
  /** Where the part begins that nobody has written to. */
  used: number;
  /** How many have not let go of it. */
  holders: number;
};

/** Slabs of one size that are handed out, and taken back when their bytes have left. */
export class SlabPool {
  readonly slabSize: number;
  readonly allocate: Allocate;
  /** The message that was encoded last, by whatever encoder, if it lies in one piece, and where. */
  lastMessage: readonly Uint8Array[] | undefined;
  lastSlab: Slab | undefined;
  lastStart = 0;
  lastEnd = 0;
  readonly #free: Slab[] = [];
  readonly #keep: number;

  /**
   * @param slabSize - bytes, at least `LONG_HEADER_SIZE`
   * @param keep - how many free slabs to hold on to
   */
  constructor(allocate: Allocate, slabSize: number = 64 * 1024, keep: number = 16) {
    this.slabSize = slabSize;
    this.allocate = allocate;
    this.#keep = keep;
  }

  acquire(): Slab {
    const slab = this.#free.pop() ?? {
      bytes: this.allocate(this.slabSize),
      used: 0,
      holders: 0,
    };
    slab.holders = 1;
    return slab;
  }

  /** One of the holders lets go. */
  release(slab: Slab): void {
    if (--slab.holders > 0) return;
    slab.used = 0;
    if (slab === this.lastSlab) this.forget();
    if (this.#free.length < this.#keep) this.#free.push(slab);
  }

  /** Nobody is to refer to the last message any more. */
  forget(): void {
    this.lastMessage = undefined;
    this.lastSlab = undefined;
  }
}

export class Encoder {
  readonly #pool: SlabPool;
  readonly #copyLimit: number;
  readonly #sharesMessages: boolean;
  /** Not to be written to when others have used it behind `#end`. */
  #slab: Slab | undefined;
  /** Slabs that the pieces lie in, when it has turned to another since. */
  readonly #left: Slab[] = [];
  /** The part of the slab that is filled and not yet among the pieces. */
  #start = 0;
  #end = 0;
  #pieces: Uint8Array[] = [];
  #size = 0;

  /** @param sharesMessages - whether messages come that other encoders of the pool are given too */
  constructor(pool: SlabPool, sharesMessages = false) {
    this.#pool = pool;
    this.#sharesMessages = sharesMessages;
    this.#copyLimit = Math.min(COPY_LIMIT, pool.slabSize);
  }

  /** Bytes gathered and not yet taken. */
  get size(): number {
    return this.#size + this.#end - this.#start;
  }

  /** Adds bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.#body(bytes);
  }

  /** Adds one command frame. */
  command(body: Uint8Array): void {
    this.#frame(FLAG_COMMAND, body);
  }

  /** Adds one message. The array is the message's name: who shares it may refer to what was encoded now. */
  message(frames: readonly Uint8Array[]): void {
    if (this.#sharesMessages) this.#sharedMessage(frames);
    else this.#ownMessage(frames);
  }

  #ownMessage(frames: readonly Uint8Array[]): void {
    const last = frames.length - 1;
    for (let i = 0; i < last; i++) this.#frame(FLAG_MORE, frames[i] as Uint8Array);
    this.#frame(0, frames[last] as Uint8Array);
  }

  #sharedMessage(frames: readonly Uint8Array[]): void {
    const pool = this.#pool;
    if (frames === pool.lastMessage && this.#refer(pool.lastSlab as Slab)) return;
    const slab = this.#room(LONG_HEADER_SIZE);
    const start = this.#end;
    this.#ownMessage(frames);
    if (this.#slab === slab && this.#start <= start) {
      pool.lastMessage = frames;
      pool.lastSlab = slab;
      pool.lastStart = start;
      pool.lastEnd = this.#end;
    } else pool.forget();
  }

  /**
   * Adds one command frame, sealed.
   *
   * @throws {ProtocolError} when the cipher seals no more
   */
  sealedCommand(body: Uint8Array, cipher: FrameCipher): void {
    this.#sealedFrame(FLAG_COMMAND, body, cipher);
  }

  /**
   * Adds one message, each of its frames sealed.
   *
   * @throws {ProtocolError} when the cipher seals no more
   */
  sealedMessage(frames: readonly Uint8Array[], cipher: FrameCipher): void {
    const last = frames.length - 1;
    for (let i = 0; i < last; i++) this.#sealedFrame(FLAG_MORE, frames[i] as Uint8Array, cipher);
    this.#sealedFrame(0, frames[last] as Uint8Array, cipher);
  }

  /** The gathered bytes as pieces to be written in order. They stay valid until `recycle`. */
  take(): Uint8Array[] {
    if (this.#pieces.length === 0 && this.#slab !== undefined && this.#end > this.#start) {
      const piece = this.#slab.bytes.subarray(this.#start, this.#end);
      this.#start = this.#end;
      return [piece];
    }
    this.#cut();
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#size = 0;
    return pieces;
  }

  /** All pieces taken so far have left: their memory may be written to again. */
  recycle(): void {
    if (this.#slab === undefined || this.size > 0) return;
    this.#pool.release(this.#slab);
    for (const slab of this.#left) this.#pool.release(slab);
    this.#forget();
  }

  /** The pieces taken are still on their way: leave their memory alone. */
  forsake(): void {
    if (this.size === 0) this.#forget();
  }

  #frame(flags: number, body: Uint8Array): void {
    const slab = this.#room(LONG_HEADER_SIZE);
    this.#end = writeHeader(slab.bytes, this.#end, flags, body.length);
    slab.used = this.#end;
    this.#body(body);
  }

  #sealedFrame(flags: number, body: Uint8Array, cipher: FrameCipher): void {
    const size = cipher.overhead + body.length;
    if (LONG_HEADER_SIZE + size > this.#pool.slabSize) {
      const piece = this.#pool.allocate(LONG_HEADER_SIZE + size);
      const start = writeHeader(piece, 0, 0, size);
      cipher.seal(flags, body, piece, start);
      this.#cut();
      this.#pieces.push(piece.subarray(0, start + size));
      this.#size += start + size;
      return;
    }
    const slab = this.#room(LONG_HEADER_SIZE + size);
    const start = writeHeader(slab.bytes, this.#end, 0, size);
    cipher.seal(flags, body, slab.bytes, start);
    this.#end = start + size;
    slab.used = this.#end;
  }

  #body(body: Uint8Array): void {
    const length = body.length;
    if (length > this.#copyLimit) {
      this.#cut();
      this.#pieces.push(body);
      this.#size += length;
      return;
    }
    const slab = this.#room(length);
    const { bytes } = slab;
    const end = this.#end;
    if (length <= LOOP_LIMIT) {
      for (let i = 0; i < length; i++) bytes[end + i] = body[i] as number;
    } else {
      bytes.set(body, end);
    }
    this.#end = end + length;
    slab.used = this.#end;
  }

  /** Adds the last message by reference to the slab that it lies in; answers whether that was of use. */
  #refer(slab: Slab): boolean {
    const { lastStart, lastEnd } = this.#pool;
    if (this.#slab !== slab || this.#end !== lastStart) {
      // Nor is it when this one can go on where it is, or has just found that the other peer gets more than this one.
      if (this.#slab !== undefined) {
        if (this.#hasRoom(lastEnd - lastStart) || this.#slab === slab) return false;
        if (this.#pieces.length >= FEW_PIECES) return false;
      }
      this.#turnTo(slab);
      slab.holders++;
      this.#start = lastStart;
    }
    this.#end = lastEnd;
    return true;
  }

  /** Whether `size` bytes can be written behind `#end`. */
  #hasRoom(size: number): boolean {
    const slab = this.#slab;
    return slab !== undefined && slab.used === this.#end && this.#end + size <= slab.bytes.length;
  }

  /** A slab with at least `size` bytes free behind `#end`. */
  #room(size: number): Slab {
    if (!this.#hasRoom(size)) this.#turnTo(this.#pool.acquire());
    return this.#slab as Slab;
  }

  #turnTo(slab: Slab): void {
    this.#cut();
    if (this.#slab !== undefined) this.#left.push(this.#slab);
    this.#slab = slab;
    this.#start = 0;
    this.#end = 0;
  }

  #forget(): void {
    this.#left.length = 0;
    this.#slab = undefined;
    this.#start = 0;
    this.#end = 0;
  }

  /** Moves the filled part of the slab to the pieces. */
  #cut(): void {
    if (this.#slab === undefined || this.#end === this.#start) return;
    this.#pieces.push(this.#slab.bytes.subarray(this.#start, this.#end));
    this.#size += this.#end - this.#start;
    this.#start = this.#end;
  }
}
