/**
 * From messages to bytes: gathers frames until somebody takes them to write them out.
 *
 * Headers and small bodies are copied one behind the other into a slab; a body above `COPY_LIMIT` is not copied but
 * stands between two parts of the slab, by reference. So the usual output is one contiguous piece, whatever the number
 * of messages in it. Slabs come from a pool that all connections of a thread share, and go back when their bytes have
 * left: an idle connection holds none.
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

/** Buffers of one size that are handed out, and taken back when their bytes have left. */
export class SlabPool {
  readonly slabSize: number;
  readonly allocate: Allocate;
  readonly #free: Uint8Array[] = [];
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

  acquire(): Uint8Array {
    return this.#free.pop() ?? this.allocate(this.slabSize);
  }

  release(slab: Uint8Array): void {
    if (this.#free.length < this.#keep) this.#free.push(slab);
  }
}

export class Encoder {
  readonly #pool: SlabPool;
  readonly #copyLimit: number;
  #slab: Uint8Array | undefined;
  /** The part of the slab that is filled and not yet among the pieces. */
  #start = 0;
  #end = 0;
  #pieces: Uint8Array[] = [];
  #size = 0;

  constructor(pool: SlabPool) {
    this.#pool = pool;
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

  /** Adds one message. */
  message(frames: readonly Uint8Array[]): void {
    const last = frames.length - 1;
    for (let i = 0; i < last; i++) this.#frame(FLAG_MORE, frames[i] as Uint8Array);
    this.#frame(0, frames[last] as Uint8Array);
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
      const piece = this.#slab.subarray(this.#start, this.#end);
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
    this.#forget();
  }

  /** The pieces taken are still on their way: leave their memory alone. */
  forsake(): void {
    if (this.size === 0) this.#forget();
  }

  #frame(flags: number, body: Uint8Array): void {
    const slab = this.#room(LONG_HEADER_SIZE);
    this.#end = writeHeader(slab, this.#end, flags, body.length);
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
    const start = writeHeader(slab, this.#end, 0, size);
    cipher.seal(flags, body, slab, start);
    this.#end = start + size;
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
    const end = this.#end;
    if (length <= LOOP_LIMIT) {
      for (let i = 0; i < length; i++) slab[end + i] = body[i] as number;
    } else {
      slab.set(body, end);
    }
    this.#end = end + length;
  }

  /** A slab with at least `size` bytes free behind `#end`. */
  #room(size: number): Uint8Array {
    if (this.#slab !== undefined && this.#end + size <= this.#slab.length) return this.#slab;
    this.#cut();
    this.#forget();
    this.#slab = this.#pool.acquire();
    return this.#slab;
  }

  #forget(): void {
    this.#slab = undefined;
    this.#start = 0;
    this.#end = 0;
  }

  /** Moves the filled part of the slab to the pieces. */
  #cut(): void {
    if (this.#slab === undefined || this.#end === this.#start) return;
    this.#pieces.push(this.#slab.subarray(this.#start, this.#end));
    this.#size += this.#end - this.#start;
    this.#start = this.#end;
  }
}
