/**
 * The longest time for which the event loop went on with one thing: of the time that passed between two ticks, what the
 * process has really computed. A machine that is busy with others does not count.
 *
 * @module
 */

const TICK = 20;

export class Stalls {
  #longest = 0;
  #lastTime = 0;
  #lastCpu = 0;

  start(): void {
    this.#mark();
    setInterval(() => this.#tick(), TICK).unref();
  }

  /** The longest so far, in ms; it begins anew. */
  take(): number {
    this.#tick();
    const longest = this.#longest;
    this.#longest = 0;
    return longest;
  }

  #tick(): void {
    const { time, cpu } = now();
    this.#longest = Math.max(this.#longest, Math.min(time - this.#lastTime, cpu - this.#lastCpu));
    this.#mark();
  }

  #mark(): void {
    const { time, cpu } = now();
    this.#lastTime = time;
    this.#lastCpu = cpu;
  }
}

function now(): { time: number; cpu: number } {
  const { user, system } = process.cpuUsage();
  return { time: performance.now(), cpu: (user + system) / 1000 };
}
