/**
 * Who watches: takes a batch of hostile sessions to a subject, and says what is wrong with it then. Nothing is wrong when
 * the process lives and answers, no exception has surfaced, all bytes that came were ZMTP, connections were ended where a
 * rule was broken, a good peer was served, the event loop was free, and every connection of the batch is gone.
 *
 * @module
 */
import { exchange } from './good-peer.ts';
import { type Progress, readAnswers } from './oracle/answers.ts';
import { after } from './patience.ts';
import { type Outcome, SessionRun } from './run-session.ts';
import type { Session, Target } from './session.ts';
import type { Status } from './subject/talk.ts';
import type { SubjectProcess } from './subject-process.ts';
import type { CurveKeys } from './wire.ts';

/** Computing that the event loop may do in one go, in ms. */
const STALL_LIMIT = 700;

export type Limits = {
  readonly keys: CurveKeys;
  /** How long what is owed is waited for, in ms. */
  readonly patience: number;
  /** How long a step waits for an answer that may never come, in ms. */
  readonly answerLimit: number;
};

/** What a batch has come to. */
export type Trial = {
  readonly outcomes: readonly Outcome[];
  readonly progress: readonly Progress[];
  readonly status: Status | undefined;
  /** What is wrong; `undefined`: nothing. */
  readonly find: string | undefined;
};

/** Runs a batch, and looks at the subject then. */
export async function runBatch(
  subject: SubjectProcess,
  target: Target,
  sessions: readonly Session[],
  { keys, patience, answerLimit }: Limits,
): Promise<Trial> {
  const setting = {
    port: subject.portOf(target),
    keys,
    patience,
    answerLimit,
    isDone: () => subject.find !== undefined,
  };
  const outcomes: Outcome[] = [];
  const run = async (session: Session): Promise<void> => {
    try {
      outcomes.push(await SessionRun.run(target, session, setting));
    } catch (error) {
      subject.complain(`a peer cannot connect: ${(error as Error).message}`);
    }
  };
  const serve = async (): Promise<boolean> =>
    subject.find !== undefined || (await exchange(subject, target, keys, patience));
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
  if (!isServed || outcomes.some(({ owed }) => owed !== undefined)) await subject.status();
  const progress = outcomes.map((outcome) => {
    const { fault, progress } = readAnswers(outcome);
    if (fault !== undefined) subject.complain(`what came is not right: ${fault}`);
    if (outcome.owed !== undefined) {
      subject.complain(`the connection is not ended, though ${outcome.owed}`);
    }
    return progress;
  });
  isServed = isServed && (await serve());
  const status = await settle(subject, patience);
  // Behind all else, which says more.
  if (!isServed) subject.complain('a good peer is not served');
  return { outcomes, progress, status, find: subject.find };
}

/** Waits until every connection is gone. */
async function settle(subject: SubjectProcess, patience: number): Promise<Status | undefined> {
  let isLate = false;
  const stop = after(patience, () => {
    isLate = true;
  });
  try {
    return await untilAllGone(subject, () => isLate);
  } finally {
    stop();
  }
}

async function untilAllGone(
  subject: SubjectProcess,
  isLate: () => boolean,
): Promise<Status | undefined> {
  let first: Status | undefined;
  for (;;) {
    const status = await subject.status();
    if (status === undefined) return first;
    first = first === undefined ? status : sum(first, status);
    if (status.stall > STALL_LIMIT) {
      subject.complain(`the event loop did one thing for ${Math.round(status.stall)} ms`);
    }
    const { connections, sessions } = status;
    if ((connections === 0 && sessions === 0) || subject.find !== undefined) return first;
    if (isLate()) {
      subject.complain(
        `${connections} connections and ${sessions} sessions are left when all peers have gone`,
      );
      return first;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function sum(one: Status, two: Status): Status {
  const events = { ...one.events };
  for (const [type, count] of Object.entries(two.events)) {
    events[type] = (events[type] ?? 0) + count;
  }
  return {
    ...two,
    delayMax: Math.max(one.delayMax, two.delayMax),
    delayP99: Math.max(one.delayP99, two.delayP99),
    stall: Math.max(one.stall, two.stall),
    events,
    messages: one.messages + two.messages,
  };
}

/** Follows what a process holds when nobody is connected. */
export class MemoryGuard {
  readonly #limit: number;
  #start = 0;
  /** What it held above the start at last, and the most of it, in bytes. */
  last = 0;
  growth = 0;

  /**
   * @param limit - bytes that it may come to hold
   */
  constructor(limit: number) {
    this.#limit = limit;
  }

  async check(subject: SubjectProcess): Promise<void> {
    const status = await subject.status(true);
    if (status === undefined) return;
    if (this.#start === 0) this.#start = status.held;
    this.last = status.held - this.#start;
    this.growth = Math.max(this.growth, this.last);
    if (this.last > this.#limit) {
      subject.complain(`${Math.round(this.last / 1e6)} MB more are held than at the start`);
    }
  }
}
