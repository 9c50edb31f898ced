/**
 * One direction of a TCP connection: segments as they were captured, to bytes in their order. What came twice is left out,
 * what came too soon waits for what is missing.
 *
 * @module
 */

/** Bytes that may wait for others. When more would have to, what they wait for was not captured. */
const MAX_WAITING = 0x100_0000;
/** All of them are looked through for each segment that comes. */
const MAX_WAITING_SEGMENTS = 4096;

export class Reassembly {
  /** The number of the byte that comes next; not known before the first segment. */
  #next: number | undefined;
  /** The number behind the last byte, once that has come. */
  #end: number | undefined;
  #waiting: { readonly sequence: number; readonly payload: Buffer }[] = [];
  #waitingSize = 0;
  #isDone = false;

  /** Whether the stream is over, or bytes are missing. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** How many bytes are missing before those that wait; 0 when none do. */
  get missing(): number {
    if (this.#waiting.length === 0) return 0;
    const next = this.#next ?? 0;
    return Math.min(...this.#waiting.map(({ sequence }) => (sequence - next) | 0));
  }

  /** The numbers begin behind `sequence`. It may be said again, and late. */
  begin(sequence: number): void {
    this.#next ??= (sequence + 1) >>> 0;
  }

  /**
   * A segment of the stream.
   *
   * @returns the bytes that are next now
   */
  push(sequence: number, payload: Buffer, isLast: boolean): Buffer[] {
    if (this.#isDone) return [];
    this.#next ??= sequence;
    if (isLast) this.#end = (sequence + payload.length) >>> 0;
    if (payload.length > 0) {
      this.#waiting.push({ sequence, payload });
      this.#waitingSize += payload.length;
    }
    const ready = this.#takeReady();
    const isTooMuch =
      this.#waitingSize > MAX_WAITING || this.#waiting.length > MAX_WAITING_SEGMENTS;
    if (this.#next === this.#end || isTooMuch) this.#isDone = true;
    return ready;
  }

  #takeReady(): Buffer[] {
    const ready: Buffer[] = [];
    for (;;) {
      const next = this.#next ?? 0;
      const index = this.#waiting.findIndex(({ sequence }) => ((sequence - next) | 0) <= 0);
      const [found] = index === -1 ? [] : this.#waiting.splice(index, 1);
      if (found === undefined) return ready;
      this.#waitingSize -= found.payload.length;
      const fresh = found.payload.subarray((next - found.sequence) >>> 0);
      if (fresh.length === 0) continue;
      ready.push(fresh);
      this.#next = (next + fresh.length) >>> 0;
    }
  }
}
