/**
 * How the process of the subjects has fared, in sum.
 *
 * @module
 */
import type { Status } from './subject/talk.ts';

export class Health {
  #handshakes = 0;
  #refusals = 0;
  #messages = 0;
  #delayP99 = 0;
  #delayMax = 0;
  #stall = 0;
  #residentBytes = 0;

  add({ events, messages, delayP99, delayMax, stall, residentBytes }: Status): void {
    this.#handshakes += events['handshake'] ?? 0;
    for (const [type, count] of Object.entries(events)) {
      if (type.startsWith('handshake:error')) this.#refusals += count;
    }
    this.#messages += messages;
    this.#delayP99 = Math.max(this.#delayP99, delayP99);
    this.#delayMax = Math.max(this.#delayMax, delayMax);
    this.#stall = Math.max(this.#stall, stall);
    this.#residentBytes = Math.max(this.#residentBytes, residentBytes);
  }

  /** A few lines for people. */
  describe(): string[] {
    return [
      `${this.#handshakes} handshakes and ${this.#refusals} refusals at the subject, ` +
        `${this.#messages} messages received there`,
      `event loop of the subject: delay p99 ${this.#delayP99.toFixed(0)} ms in the worst batch, at most ` +
        `${this.#delayMax.toFixed(0)} ms; ${this.#stall.toFixed(0)} ms of computing in one go, ` +
        `${(this.#residentBytes / 1e6).toFixed(1)} MB resident`,
    ];
  }
}
