/**
 * The endpoint that is attacked from outside: finds out what is there, learns what a good peer gets, and gives a subject for a
 * search or for showing a find again, where that means to start the peer anew.
 *
 * @module
 */
import { dial } from '../dial.ts';
import type { Target } from '../hostile/session.ts';
import type { Credentials } from '../hostile/wire.ts';
import { SubjectGone } from './campaign.ts';
import { Launcher } from './launcher.ts';
import { LivePeer } from './live-peer.ts';
import { canWatch, ProcessWatch } from './process-watch.ts';
import { findType, type Place, type Service, serviceOf } from './service.ts';

export type LiveSetting = {
  /** `tcp://host:port` or `ipc://path`. */
  readonly endpoint: string;
  readonly mechanism: Target['mechanism'];
  readonly credentials: Credentials;
  /** What is known of the socket; found out when absent. */
  readonly type?: Target['type'] | undefined;
  /** How long a good peer waits, in ms. */
  readonly patience: number;
  /** Finds with one of these texts in them are known, and passed over. */
  readonly ignored: readonly string[];
  /** The process, if it is on this machine. */
  readonly pid?: number | undefined;
  /** How to start the peer; it is there already when absent. */
  readonly command?: string | undefined;
};

/** How long it takes a peer to start, in ms, and until it is asked again whether it has. */
const START_LIMIT = 30_000;
const RETRY_INTERVAL = 50;
/** How long a process is looked at before anything is sent to it, in ms. */
const IDLE_WINDOW = 500;
/** How long a peer of one type waits for a handshake, in ms. */
const PROBE_LIMIT = 1000;
/** How long a good peer waits at the beginning for an answer that may never come, in ms. */
const ANSWER_LIMIT = 2000;

export class LiveTarget {
  readonly #setting: LiveSetting;
  readonly #launcher: Launcher | undefined;
  readonly #place: Place;
  readonly #service: Service;
  #idleShare: number | undefined;

  private constructor(
    setting: LiveSetting,
    launcher: Launcher | undefined,
    place: Place,
    service: Service,
  ) {
    this.#setting = setting;
    this.#launcher = launcher;
    this.#place = place;
    this.#service = service;
  }

  /**
   * Finds out what is at an endpoint; starts it before, if that is wanted.
   *
   * @throws {SubjectGone} when no good peer comes in
   */
  static async open(setting: LiveSetting): Promise<LiveTarget> {
    const { command, mechanism } = setting;
    const launcher = command === undefined ? undefined : new Launcher(command);
    launcher?.start();
    try {
      await untilListening(setting, launcher);
      const type = setting.type ?? (await detect(setting));
      const place = { ...setting, target: { type, mechanism } };
      await untilServed(place, setting, launcher);
      const service = await serviceOf(place, 'an answer', Math.min(ANSWER_LIMIT, setting.patience));
      return new LiveTarget(setting, launcher, place, service);
    } catch (error) {
      await launcher?.close();
      throw error;
    }
  }

  get target(): Target {
    return this.#place.target;
  }

  /** What a good peer gets. */
  get service(): Service {
    return this.#service;
  }

  /**
   * The peer, ready to be attacked.
   *
   * @throws {SubjectGone} when it has died and does not come back
   */
  async start(): Promise<LivePeer> {
    const { pid, patience, ignored } = this.#setting;
    const launcher = this.#launcher;
    if (launcher !== undefined && !launcher.isRunning) launcher.start();
    await untilServed(this.#place, this.#setting, launcher);
    const watched = launcher?.pid ?? pid;
    const watch = watched !== undefined && canWatch ? new ProcessWatch(watched) : undefined;
    if (watch !== undefined && (await watch.sample()) === undefined) {
      throw new SubjectGone(`there is no process ${watched}`);
    }
    this.#idleShare ??= watch === undefined ? 0 : await shareOf(watch);
    const [service, idleShare] = [this.#service, this.#idleShare];
    return new LivePeer(this.#place, { service, patience, ignored, watch, idleShare, launcher });
  }

  async close(): Promise<void> {
    await this.#launcher?.close();
  }
}

async function detect(setting: LiveSetting): Promise<Target['type']> {
  const { endpoint, mechanism, patience } = setting;
  const found = await findType(setting, mechanism, Math.min(PROBE_LIMIT, patience));
  if (found.type !== undefined) return found.type;
  throw new SubjectGone(`no handshake with ${endpoint}: ${found.reason}`);
}

/** A peer that was started a moment ago may not listen yet. */
async function untilListening(
  { endpoint }: LiveSetting,
  launcher: Launcher | undefined,
): Promise<void> {
  const start = performance.now();
  for (;;) {
    try {
      (await dial(endpoint)).destroy();
      return;
    } catch (error) {
      failIfEnded(launcher);
      if (launcher === undefined || performance.now() - start > START_LIMIT) {
        throw new SubjectGone(`nothing listens at ${endpoint}: ${(error as Error).message}`);
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_INTERVAL));
    }
  }
}

async function untilServed(
  place: Place,
  { patience }: LiveSetting,
  launcher: Launcher | undefined,
): Promise<void> {
  const limit = launcher === undefined ? patience : START_LIMIT;
  const start = performance.now();
  for (;;) {
    const service = await serviceOf(place, 'a handshake', Math.min(PROBE_LIMIT, patience));
    if (service !== 'nothing') return;
    failIfEnded(launcher);
    if (performance.now() - start > limit) {
      throw new SubjectGone(`no handshake of ${place.target.type} with ${place.endpoint}`);
    }
  }
}

/** The share of the time in which a process computes. */
async function shareOf(watch: ProcessWatch): Promise<number> {
  const before = await watch.sample();
  const start = performance.now();
  await new Promise((resolve) => setTimeout(resolve, IDLE_WINDOW));
  const after = await watch.sample();
  if (before === undefined || after === undefined) return 0;
  return (after.cpuTime - before.cpuTime) / (performance.now() - start);
}

function failIfEnded(launcher: Launcher | undefined): void {
  const { ending } = launcher ?? {};
  if (ending !== undefined) throw new SubjectGone(`the peer has ended: ${ending}`);
}
