/**
 * A peer that is attacked from outside: whoever implements it, nothing is known of it but what a good peer gets, and what the
 * system tells of its process where that is on this machine.
 *
 * What is wrong from outside: it has died; nothing listens any more; a good peer is not served as one was at the beginning; its
 * process holds more descriptors than before, or computes without end while nobody is connected.
 *
 * @module
 */
import { dial } from '../dial.ts';
import type { Launcher } from './launcher.ts';
import type { ProcessSample, ProcessWatch } from './process-watch.ts';
import { isAtLeast, type Place, type Service, serviceOf } from './service.ts';
import type { Subject } from './subject.ts';

export type LiveOptions = {
  /** What a good peer got at the beginning, and gets from then on. */
  readonly service: Service;
  /** How long a good peer waits for it, in ms. */
  readonly patience: number;
  /** Finds with one of these texts in them are known, and passed over. */
  readonly ignored: readonly string[];
  readonly watch: ProcessWatch | undefined;
  /** The share of the time in which its process computed before anything was sent to it. */
  readonly idleShare: number;
  readonly launcher: Launcher | undefined;
};

/** How often a peer that is not served looks whether there is anybody, in ms. */
const CHECK_INTERVAL = 500;
const REFUSALS = 3;
const REFUSAL_PAUSE = 100;
/** Descriptors that may be more than at the start when everybody has gone: two batches leave as many. */
const DESCRIPTOR_LIMIT = 48;
const SETTLE_PAUSE = 100;
/** Windows of time in which a process may go on computing, in ms, and the share that is more than it did at the beginning. */
const SPIN_WINDOW = 500;
const SPIN_WINDOWS = 5;
const SPIN_SHARE = 0.2;

export class LivePeer implements Subject {
  readonly #place: Place;
  readonly #options: LiveOptions;
  readonly #gone = new AbortController();
  #first: ProcessSample | undefined;
  #last: ProcessSample | undefined;
  find: string | undefined;

  constructor(place: Place, options: LiveOptions) {
    this.#place = place;
    this.#options = options;
  }

  complain(what: string): void {
    if (this.#options.ignored.some((text) => what.includes(text))) return;
    this.find ??= what;
    this.#gone.abort();
  }

  endpointOf(): string {
    return this.#place.endpoint;
  }

  /** A peer that is busy may refuse one connection; one that refuses several is gone. */
  refused(): Promise<void> {
    return this.check();
  }

  async serve(): Promise<boolean> {
    const { service, patience } = this.#options;
    const before = await this.#sample();
    const checking = setInterval(() => void this.check(), CHECK_INTERVAL);
    try {
      const got = await this.#exchange();
      if (isAtLeast(got, service)) return true;
      await this.check();
      const after = await this.#sample();
      const again = this.find === undefined ? await this.#exchange() : 'nothing';
      if (isAtLeast(again, service)) {
        this.complain(
          `a good peer waits for ${service} in vain: it is served at its second attempt`,
        );
        return true;
      }
      const computed =
        before === undefined || after === undefined
          ? ''
          : `, and the process has computed ${after.cpuTime - before.cpuTime} ms meanwhile`;
      this.complain(
        `a good peer is not served: it has waited ${patience} ms for ${service}, got ${got}${computed}`,
      );
      return false;
    } finally {
      clearInterval(checking);
    }
  }

  #exchange(): Promise<Service> {
    const { service, patience } = this.#options;
    return serviceOf(this.#place, service, patience, this.#gone.signal);
  }

  async check(): Promise<void> {
    if (await this.#isDead()) return;
    for (let refusals = 1; refusals <= REFUSALS && this.find === undefined; refusals++) {
      try {
        (await dial(this.#place.endpoint)).destroy();
        return;
      } catch (error) {
        if (await this.#isDead()) return;
        const { code, message } = error as NodeJS.ErrnoException;
        if (refusals === REFUSALS) this.complain(`nothing listens any more: ${code ?? message}`);
        await pause(REFUSAL_PAUSE);
      }
    }
  }

  async settle(): Promise<void> {
    if (this.find !== undefined || (await this.#isDead())) return;
    const first = await this.#sample();
    if (first === undefined) return;
    this.#first ??= first;
    await this.#untilIdle(first);
    await this.#untilReleased(this.#first);
  }

  async held(): Promise<number | undefined> {
    return (await this.#sample())?.residentBytes;
  }

  describe(): string[] {
    if (this.#first === undefined || this.#last === undefined) return [];
    const { residentBytes, cpuTime, descriptors } = this.#last;
    const parts = [
      `${(residentBytes / 1e6).toFixed(1)} MB resident`,
      `${((cpuTime - this.#first.cpuTime) / 1000).toFixed(1)} s of computing`,
      ...(descriptors === undefined ? [] : [`${descriptors} descriptors`]),
    ];
    return [`process of the subject: ${parts.join(', ')}`];
  }

  async stop(): Promise<void> {
    this.#gone.abort();
    await this.#options.launcher?.stop();
  }

  async #isDead(): Promise<boolean> {
    const { launcher, watch } = this.#options;
    const { isRunning = true } = launcher ?? {};
    if (isRunning && (watch === undefined || (await watch.sample()) !== undefined)) return false;
    // How it has died is told a moment later.
    if (launcher?.isRunning === true) await pause(SETTLE_PAUSE);
    this.complain(
      `the process died${launcher?.ending === undefined ? '' : `: ${launcher.ending}`}`,
    );
    return true;
  }

  async #sample(): Promise<ProcessSample | undefined> {
    const sample = await this.#options.watch?.sample();
    this.#last = sample ?? this.#last;
    return sample;
  }

  /** After a while a process to which nobody is connected has nothing left to do. */
  async #untilIdle(first: ProcessSample): Promise<void> {
    const usual = this.#options.idleShare + SPIN_SHARE;
    let before = first;
    let length = SETTLE_PAUSE;
    for (let busy = 1; ; busy++) {
      const start = performance.now();
      await pause(length);
      const after = await this.#sample();
      if (after === undefined) return;
      const share = (after.cpuTime - before.cpuTime) / (performance.now() - start);
      if (share < usual) return;
      if (busy === SPIN_WINDOWS) {
        const percent = Math.round(100 * share);
        this.complain(
          `the process computes without end: ${percent} % of the time when all have gone`,
        );
        return;
      }
      before = after;
      length = SPIN_WINDOW;
    }
  }

  async #untilReleased({ descriptors: start }: ProcessSample): Promise<void> {
    const end = performance.now() + this.#options.patience;
    while (this.find === undefined) {
      const more = ((await this.#sample())?.descriptors ?? 0) - (start ?? 0);
      if (start === undefined || more <= DESCRIPTOR_LIMIT) return;
      if (performance.now() > end) {
        this.complain(`${more} descriptors more are held than at the start`);
        return;
      }
      await pause(SETTLE_PAUSE);
    }
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
