/**
 * A timer whose verdict comes after reading: when the program was busy for longer than the time given, what arrived in
 * time may still wait to be read, and the event loop runs timers before it reads.
 *
 * @module
 */

/** The longest time, in milliseconds, that a timer of Node can be set to. */
export const MAX_TIMER = 0x7fff_ffff;

export class Deadline {
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  /**
   * Calls `onPassed` when `delay` milliseconds have passed, unless `cancel` comes first. Does not keep the process alive.
   *
   * @param onPassed - is given the time, of `performance.now()`, at which the timer ran
   */
  constructor(delay: number, onPassed: (now: number) => void) {
    const run = (): void => {
      const now = performance.now();
      this.#immediate = setImmediate(() => onPassed(now));
    };
    this.#timer = setTimeout(run, Math.min(MAX_TIMER, Math.max(1, Math.ceil(delay)))).unref();
  }

  cancel(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }
}
