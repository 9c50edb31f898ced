/**
 * A run of the fuzzer: batch after batch, each at the next target, until time is up or something is found; then what was
 * found is run again in fresh processes and made smaller.
 *
 * @module
 */
import * as fc from 'fast-check';
import { sessions as sessionsFor } from './arbitraries/sessions.ts';
import type { Session, Target } from './session.ts';
import { shrink } from './shrink.ts';
import { Statistics } from './statistics.ts';
import { SubjectProcess, type SubjectProgram } from './subject-process.ts';
import type { FaultName } from './subject/fault-names.ts';
import { MemoryGuard, runBatch, type Trial } from './trial.ts';
import type { Vector } from './vector.ts';

export type Plan = {
  readonly program: SubjectProgram;
  readonly targets: readonly Target[];
  readonly seed: number;
  /** How long what is owed is waited for, in ms. */
  readonly patience: number;
  /** How long what was found is made smaller, in ms. */
  readonly shrinkTime: number;
  /** A fault to plant. */
  readonly fault?: FaultName | undefined;
  /** Whether to stop; asked between batches. */
  readonly isOver: (statistics: Statistics) => boolean;
  /** Told of each batch. */
  readonly follow: (statistics: Statistics) => void;
};

export type Result = {
  readonly statistics: Statistics;
  /** Bytes. */
  readonly growth: number;
  /** What was found, and whether it was found again. */
  readonly found?: { readonly vector: Vector; readonly isRepeatable: boolean };
};

export type Replay = { readonly find: string | undefined; readonly statistics: Statistics };

const BATCH_SIZE = 24;
/** How long a step of a search waits for an answer that may never come, in ms. */
const ANSWER_LIMIT = 250;
/** Batches before what is held is the measure of what comes to be held. */
const WARM_BATCHES = 8;
/** What a process may come to hold when everybody has gone, in bytes. */
const MEMORY_LIMIT = 24e6;
/** The same, when one batch is run again and again. */
const REPEAT_LIMIT = 3e6;
const REPEATS = 60;

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
  #growth = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  async run(): Promise<Result> {
    const found = await this.#search();
    const result = { statistics: this.#statistics, growth: this.#growth };
    if (found === undefined) return result;
    return { ...result, found: await this.#confirm(found.batch, found.find) };
  }

  /** Runs a vector again, with more time for answers than there is in a search. */
  async replay({ target, sessions, times = 1 }: Vector): Promise<Replay> {
    const subject = await this.#start([target]);
    try {
      const batch = { target, sessions };
      const find = await this.#repeat(subject, batch, times, {
        answerLimit: this.#plan.patience,
        note: (trial) => this.#statistics.add(trial),
      });
      return { find, statistics: this.#statistics };
    } finally {
      await subject.stop();
    }
  }

  #start(targets: readonly Target[]): Promise<SubjectProcess> {
    const { program, fault, patience } = this.#plan;
    return SubjectProcess.start(program, targets, { fault, patience });
  }

  #runBatch(
    subject: SubjectProcess,
    { target, sessions }: Batch,
    answerLimit: number,
  ): Promise<Trial> {
    const { program, patience } = this.#plan;
    return runBatch(subject, target, sessions, { keys: program.keys, patience, answerLimit });
  }

  async #search(): Promise<{ batch: Batch; find: string } | undefined> {
    const { targets, seed, isOver, follow } = this.#plan;
    const subject = await this.#start(targets);
    const memory = new MemoryGuard(MEMORY_LIMIT);
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
        this.#growth = memory.growth;
        grown.set(batch, memory.last - before);
        if (grown.size > 2 * targets.length) grown.delete(grown.keys().next().value as Batch);
        if (subject.find !== undefined) return { batch: largest(grown), find: subject.find };
      }
      return undefined;
    } finally {
      await subject.stop();
    }
  }

  /** Finds it again, as small as may be. */
  async #confirm(
    { target, sessions }: Batch,
    find: string,
  ): Promise<{ vector: Vector; isRepeatable: boolean }> {
    const { seed, shrinkTime } = this.#plan;
    if (shrinkTime === 0) {
      return { vector: { target, find, seed, sessions }, isRepeatable: false };
    }
    const end = performance.now() + shrinkTime;
    const wanted = categoryOf(find);
    const times = wanted === MEMORY ? REPEATS : 1;
    let subject: SubjectProcess | undefined;
    let lastFind = find;
    const test = async (some: readonly Session[]): Promise<boolean> => {
      // A process in which something was found is of no use any more.
      subject ??= await this.#start([target]);
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
      for (const session of sessions) {
        if (start === undefined && performance.now() < end && (await test([session])))
          start = [session];
      }
      if (start === undefined && (await test(sessions))) start = sessions;
      const isRepeatable = start !== undefined;
      const smallest = isRepeatable
        ? await shrink(start as readonly Session[], test, () => performance.now() > end)
        : sessions;
      const vector = {
        target,
        find: lastFind,
        seed,
        ...(times > 1 && { times }),
        sessions: smallest,
      };
      return { vector, isRepeatable };
    } finally {
      await subject?.stop();
    }
  }

  /** Runs a batch so many times, and looks at what is held where it is more than once. */
  async #repeat(
    subject: SubjectProcess,
    batch: Batch,
    times: number,
    { answerLimit = ANSWER_LIMIT, note = () => {} }: RepeatOptions = {},
  ): Promise<string | undefined> {
    const memory = new MemoryGuard(REPEAT_LIMIT);
    for (let round = 0; round < times; round++) {
      const trial = await this.#runBatch(subject, batch, answerLimit);
      note(trial);
      if (trial.find !== undefined) return trial.find;
      if (times > 1 && round >= 3) await memory.check(subject);
      if (subject.find !== undefined) return subject.find;
    }
    return undefined;
  }
}

const MEMORY = 'memory';

/** What two finds have in common when they are the same. */
function categoryOf(find: string): string {
  if (/MB more are held/.test(find)) return MEMORY;
  const [first = ''] = find.split('\n');
  return first.replaceAll(/\d+/g, 'n').slice(0, 40);
}

function largest(grown: ReadonlyMap<Batch, number>): Batch {
  const [first] = [...grown].toSorted(([, a], [, b]) => b - a);
  return (first as [Batch, number])[0];
}
