/**
 * How long to wait before the next attempt to connect: back-off and jitter as arithmetic.
 *
 * The first delay is the interval. With a maximum the delay doubles from attempt to attempt up to it; without, it stays.
 * To each delay up to one interval is added at random, so that the clients of a server that restarts do not all come at
 * once; the maximum holds all the same. Only a connection that has served for at least as long as it was waited for starts
 * it over: a server that accepts and hangs up, before the handshake or behind it, is not asked every 100 ms for ever.
 *
 * @module
 */
/** What a timer can wait. */
const LONGEST_DELAY = 0x7fff_ffff;

export class Backoff {
  readonly #interval: number;
  readonly #maximum: number;
  readonly #random: () => number;
  #failures = 0;
  /** The delay before the last attempt. */
  #last = 0;

  /**
   * @param interval - milliseconds, at least 1
   * @param maximum - milliseconds; 0 for no growth. Below `interval` it has no effect.
   * @param random - a number from 0 (inclusive) to 1 (exclusive)
   */
  constructor(interval: number, maximum: number, random: () => number) {
    this.#interval = interval;
    this.#maximum = Math.max(interval, maximum === 0 ? 2 * interval : maximum);
    this.#isGrowing = maximum > 0;
    this.#random = random;
  }

  readonly #isGrowing: boolean;

  /** The next delay in milliseconds: from `interval` to the maximum, or to twice the interval when there is none. */
  next(): number {
    const base = this.#isGrowing ? this.#interval * 2 ** this.#failures : this.#interval;
    if (base < this.#maximum) this.#failures++;
    const jitter = this.#random() * this.#interval;
    const delay = Math.min(base, this.#maximum) + jitter;
    const bounded =
      delay <= this.#maximum ? delay : Math.max(this.#interval, this.#maximum - jitter);
    this.#last = Math.min(LONGEST_DELAY, Math.floor(bounded));
    return this.#last;
  }

  /** A connection has come to its end, `duration` milliseconds after its handshake. */
  lasted(duration: number): void {
    if (duration < this.#last) return;
    this.#failures = 0;
    this.#last = 0;
  }
}
