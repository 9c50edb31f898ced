/**
 * A run of the fuzzer: batch after batch, each at the next target, until time is up or something is found; then what was
 * found is run again in fresh processes and made smaller.
 *
 * @module
 */
import * as fc from 'fast-check';
import { sessions as sessionsFor } from '../hostile/sessions.ts';
import type { Session, Target } from '../hostile/session.ts';
import { shrink } from '../hostile/shrink.ts';
import type { Vector } from '../hostile/vector.ts';
import { Statistics } from './statistics.ts';
import type { Subject } from './subject.ts';
import { type Limits, MemoryGuard, runBatch, type Trial } from './trial.ts';

/** What a subject may come to hold when everybody has gone, in bytes. */
export type MemoryLimits = {
  readonly search: number;
  /** The same, when the same sessions are run again and again. */
  readonly repeat: number;
  /** How often they are. */
  readonly times: number;
};

export type Plan = {
  /**
   * Starts a subject with these sockets, for a search or for showing a find again.
   *
   * @throws {SubjectGone} when there is none any more
   */
  readonly start: (targets: readonly Target[]) => Promise<Subject>;
  readonly targets: readonly Target[];
  readonly seed: number;
  /** What lets peers in, what is demanded, and how long what is owed is waited for, in ms. */
  readonly limits: Omit<Limits, 'answerLimit'>;
  readonly memory: MemoryLimits;
  /** How long what was found is made smaller, in ms. */
  readonly shrinkTime: number;
  /** Whether to stop; asked between batches. */
  readonly isOver: (statistics: Statistics) => boolean;
  /** Whether to stop making a find smaller; asked between attempts. */
  readonly isInterrupted?: () => boolean;
  /** Told of each batch. */
  readonly follow: (statistics: Statistics) => void;
};

/** There is no subject any more in which a find could be shown again. */
export class SubjectGone extends Error {
  override readonly name = 'SubjectGone';
}

export type Result = {
  readonly statistics: Statistics;
  /** What the subject has to say of itself, and how much more it held at most than at the start, in lines for people. */
  readonly notes: readonly string[];
  /** What was found, and whether it was found again. */
  readonly found?: { readonly vector: Vector; readonly isRepeatable: boolean };
};

export type Replay = { readonly find: string | undefined; readonly statistics: Statistics };

/** What adds up: it takes more than one run to be seen. */
const MEMORY = 'memory';
const DESCRIPTORS = 'descriptors';

const BATCH_SIZE = 24;
/** How long a step of a search waits for an answer that may never come, in ms. */
const ANSWER_LIMIT = 250;
/** Batches before what is held is the measure of what comes to be held. */
const WARM_BATCHES = 8;
type RepeatOptions = {
  readonly answerLimit?: number;
  readonly note?: (trial: Trial) => void;
};

type Batch = { readonly target: Target; readonly sessions: readonly Session[] };

/** The sessions of a batch: the same for the same seed. */
function sampleSessions(target: Target, seed: number): Session[] {
  return fc.sample(sessionsFor(target), { seed, numRuns: BATCH_SIZE });
}

export class Campaign {
  readonly #plan: Plan;
  readonly #statistics = new Statistics();
  #notes: readonly string[] = [];

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  async run(): Promise<Result> {
    const found = await this.#search();
    const result = { statistics: this.#statistics, notes: this.#notes };
    if (found === undefined) return result;
    return { ...result, found: await this.#confirm(found.batch, found.find) };
  }

  /** Runs a vector again, with more time for answers than there is in a search. */
  async replay({ target, sessions, times = 1 }: Vector): Promise<Replay> {
    const subject = await this.#plan.start([target]);
    try {
      const batch = { target, sessions };
      const find = await this.#repeat(subject, batch, times, {
        answerLimit: times > 1 ? ANSWER_LIMIT : this.#plan.limits.patience,
        note: (trial) => this.#statistics.add(trial),
      });
      return { find, statistics: this.#statistics };
    } finally {
      await subject.stop();
    }
  }

  #runBatch(subject: Subject, { target, sessions }: Batch, answerLimit: number): Promise<Trial> {
    return runBatch(subject, target, sessions, { ...this.#plan.limits, answerLimit });
  }

  async #search(): Promise<{ batch: Batch; find: string } | undefined> {
    const { targets, seed, isOver, follow } = this.#plan;
    const subject = await this.#plan.start(targets);
    const memory = new MemoryGuard(this.#plan.memory.search);
    const grown = new Map<Batch, number>();
    try {
      for (let index = 0; !isOver(this.#statistics); index++) {
        const target = targets[index % targets.length] as Target;
        const batch = { target, sessions: sampleSessions(target, seed + index) };
        const trial = await this.#runBatch(subject, batch, ANSWER_LIMIT);
        this.#statistics.add(trial);
        follow(this.#statistics);
        if (trial.find !== undefined) return { batch, find: trial.find };
        if (index < WARM_BATCHES) continue;
        const before = memory.last;
        await memory.check(subject);
        grown.set(batch, memory.last - before);
        if (grown.size > 2 * targets.length) grown.delete(grown.keys().next().value as Batch);
        if (subject.find !== undefined) return { batch: largest(grown), find: subject.find };
      }
      return undefined;
    } finally {
      this.#notes = [
        ...subject.describe(),
        ...(memory.growth === undefined
          ? []
          : [
              `memory of the subject: ${(memory.growth / 1e6).toFixed(1)} MB above the start at most`,
            ]),
      ];
      await subject.stop();
    }
  }

  /** Finds it again, as small as may be. */
  async #confirm(
    { target, sessions }: Batch,
    find: string,
  ): Promise<{ vector: Vector; isRepeatable: boolean }> {
    const { seed, shrinkTime, memory, isInterrupted = () => false } = this.#plan;
    if (shrinkTime === 0) {
      return { vector: { target, find, seed, sessions }, isRepeatable: false };
    }
    const end = performance.now() + shrinkTime;
    const isOver = (): boolean => isInterrupted() || performance.now() > end;
    const wanted = categoryOf(find);
    const times = wanted === MEMORY || wanted === DESCRIPTORS ? memory.times : 1;
    let subject: Subject | undefined;
    let lastFind = find;
    const test = async (some: readonly Session[]): Promise<boolean> => {
      // A process in which something was found is of no use any more.
      subject ??= await this.#plan.start([target]);
      const again = await this.#repeat(subject, { target, sessions: some }, times);
      if (again === undefined && times === 1) return false;
      await subject.stop();
      subject = undefined;
      if (again === undefined || categoryOf(again) !== wanted) return false;
      lastFind = again;
      return true;
    };
    try {
      // One session is enough, mostly.
      let start: readonly Session[] | undefined;
      for (const session of times === 1 ? sessions : []) {
        if (start === undefined && !isOver() && (await test([session]))) start = [session];
      }
      if (start === undefined && (await test(sessions))) start = sessions;
      const isRepeatable = start !== undefined;
      const smallest = isRepeatable
        ? await shrink(start as readonly Session[], test, isOver)
        : sessions;
      const vector = {
        target,
        find: lastFind,
        seed,
        ...(times > 1 && { times }),
        sessions: smallest,
      };
      return { vector, isRepeatable };
    } catch (error) {
      if (!(error instanceof SubjectGone)) throw error;
      return { vector: { target, find, seed, sessions }, isRepeatable: false };
    } finally {
      await subject?.stop();
    }
  }

  /** Runs a batch so many times, many at once, and looks at what is held where it is more than once. */
  async #repeat(
    subject: Subject,
    batch: Batch,
    times: number,
    { answerLimit = ANSWER_LIMIT, note = () => {} }: RepeatOptions = {},
  ): Promise<string | undefined> {
    const memory = new MemoryGuard(this.#plan.memory.repeat);
    const copies = Math.min(times, Math.max(1, Math.floor(BATCH_SIZE / batch.sessions.length)));
    const sessions = Array.from({ length: copies }, () => batch.sessions).flat();
    for (let round = 0; round * copies < times; round++) {
      const trial = await this.#runBatch(subject, { ...batch, sessions }, answerLimit);
      note(trial);
      if (trial.find !== undefined) return trial.find;
      if (times > 1 && round >= 3) await memory.check(subject);
      if (subject.find !== undefined) return subject.find;
    }
    return undefined;
  }
}

/** What two finds have in common when they are the same. */
function categoryOf(find: string): string {
  if (/MB more are held/.test(find)) return MEMORY;
  if (/descriptors more are held/.test(find)) return DESCRIPTORS;
  // How, may not have been told yet.
  if (find.startsWith('the process died')) return 'death';
  const [first = ''] = find.split('\n');
  return first.replaceAll(/\d+/g, 'n').slice(0, 40);
}

function largest(grown: ReadonlyMap<Batch, number>): Batch {
  const [first] = [...grown].toSorted(([, a], [, b]) => b - a);
  return (first as [Batch, number])[0];
}
