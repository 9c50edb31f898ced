/**
 * Who watches: takes a batch of hostile sessions to a subject, and says what is wrong with it then. Nothing is wrong when
 * it lives and answers, all bytes that came were ZMTP, connections were ended where a rule was broken (where that is
 * demanded), a good peer was served during the batch and after it, and what the batch has left behind goes away.
 *
 * @module
 */
import { type Outcome, runSession, type SessionSetting } from '../hostile/run-session.ts';
import type { Session, Target } from '../hostile/session.ts';
import { type Progress, readAnswers } from './oracle/answers.ts';
import type { Subject } from './subject.ts';

export type Limits = Omit<SessionSetting, 'endpoint' | 'isDone'>;

/** What a batch has come to. */
export type Trial = {
  readonly outcomes: readonly Outcome[];
  readonly progress: readonly Progress[];
  /** What is wrong; `undefined`: nothing. */
  readonly find: string | undefined;
};

/** Runs a batch, and looks at the subject then. */
export async function runBatch(
  subject: Subject,
  target: Target,
  sessions: readonly Session[],
  limits: Limits,
): Promise<Trial> {
  const setting = {
    ...limits,
    endpoint: subject.endpointOf(target),
    isDone: () => subject.find !== undefined,
  };
  const outcomes: Outcome[] = [];
  const run = async (session: Session): Promise<void> => {
    try {
      outcomes.push(await runSession(target, session, setting));
    } catch (error) {
      if (!isOfConnecting(error)) throw error;
      await subject.refused(error);
    }
  };
  const serve = async (): Promise<boolean> =>
    subject.find !== undefined || (await subject.serve(target));
  let isServed = true;
  // A PAIR has one peer at a time.
  if (target.type === 'PAIR') {
    for (const session of sessions) if (subject.find === undefined) await run(session);
  } else {
    const serving = serve();
    await Promise.all(sessions.map(run));
    isServed = await serving;
  }

  // Whoever does not answer owes everything, and it is the silence that is wrong.
  if (!isServed || outcomes.some(({ owed }) => owed !== undefined)) await subject.check();
  const progress = outcomes.map((outcome) => {
    const { fault, progress } = readAnswers(outcome, limits.isStrict);
    if (fault !== undefined) subject.complain(`what came is not right: ${fault}`);
    if (outcome.owed !== undefined) {
      subject.complain(`the connection is not ended, though ${outcome.owed}`);
    }
    return progress;
  });
  isServed = isServed && (await serve());
  await subject.settle();
  // Behind all else, which says more.
  if (!isServed) subject.complain('a good peer is not served');
  return { outcomes, progress, find: subject.find };
}

/** Whether the system has refused a connection; anything else is a mistake here. */
function isOfConnecting(error: unknown): error is Error {
  return error instanceof Error && (error as NodeJS.ErrnoException).syscall === 'connect';
}

/** Follows what a subject holds when nobody is connected. */
export class MemoryGuard {
  readonly #limit: number;
  #start: number | undefined;
  /** What it held above the start at last, in bytes, and the most of it; `undefined` while nobody has looked. */
  last = 0;
  growth: number | undefined;

  /**
   * @param limit - bytes that it may come to hold
   */
  constructor(limit: number) {
    this.#limit = limit;
  }

  async check(subject: Subject): Promise<void> {
    const held = await subject.held();
    if (held === undefined) return;
    this.#start ??= held;
    this.last = held - this.#start;
    this.growth = Math.max(this.growth ?? 0, this.last);
    if (this.last > this.#limit) {
      subject.complain(`${Math.round(this.last / 1e6)} MB more are held than at the start`);
    }
  }
}
