/**
 * Runs conformance cases against a peer.
 *
 * @module
 */
import type { Case, Precondition, Step } from './case.ts';
import { type Conditions, expect } from './expect.ts';
import { complete, greet, initiateBody, offer, writeBytewise } from './handshake.ts';
import { shortest } from './bytes.ts';
import { FLAG_COMMAND } from '../../protocol.ts';
import { Deviation, Line, type Security, type Subject } from './line.ts';
import { pieceBytes } from './pieces.ts';
import { type Target, Unreachable } from './target.ts';

type Verdict = 'passed' | 'failed' | 'skipped';

/** How a case has ended. */
export type Outcome = {
  readonly case: Case;
  readonly verdict: Verdict;
  /** What was expected and what was got, for a case that failed. */
  readonly expected?: string;
  readonly got?: string;
  /** Why it was skipped. */
  readonly reason?: string;
  /** ms */
  readonly duration: number;
};

export type Run = Conditions & {
  readonly target: Target;
  readonly security: Security;
  readonly subject: Subject;
};

const WRITE_AT_ONCE = 64 * 1024;
/** The peer types that keep one conversation at a time, whose answers go round, or that tell everybody everything. */
const ONE_BY_ONE = ['DEALER', 'PAIR', 'REQ', 'PUB', 'XPUB', 'SUB', 'XSUB'];

/** Whether a case says anything about the peer of this run. */
export function applies({ scope = {} }: Case, { target, security, subject, holds }: Run): boolean {
  const { types, mechanisms, side, role, without } = scope;
  return (
    (without === undefined || !holds.has(without)) &&
    (types === undefined || types.includes(subject.type)) &&
    (mechanisms === undefined || mechanisms.includes(security.mechanism)) &&
    (side === undefined || side === target.side) &&
    (role === undefined || !('role' in security) || security.role !== role)
  );
}

/** What a case needs and nobody has said of the peer. */
function missing({ scope = {} }: Case, { holds }: Conditions): Precondition | undefined {
  return scope.needs?.find((need) => !holds.has(need));
}

/**
 * Runs `cases`, those that do not apply left out, and tells `note` of each as it ends. Ends early when `signal` is aborted,
 * or the peer cannot be reached any more.
 */
export async function runCases(
  cases: readonly Case[],
  run: Run,
  note: (outcome: Outcome) => void,
  signal?: AbortSignal,
): Promise<void> {
  const fitting = cases.filter((one) => applies(one, run));
  const isAlone = (one: Case): boolean =>
    one.isAlone === true ||
    run.target.side === 'connecting' ||
    ONE_BY_ONE.includes(run.subject.type);
  const together = fitting.filter((one) => !isAlone(one));
  const isAborted = (): boolean => signal?.aborted === true;
  let isGone: string | undefined;
  const work = async (queue: Case[]): Promise<void> => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
      if (isAborted()) return;
      if (isGone !== undefined) {
        note({ case: one, verdict: 'failed', expected: 'a peer', got: isGone, duration: 0 });
        continue;
      }
      const outcome = await runCase(one, run);
      // Deafness may be of this one case; refusal is not.
      if (outcome.isUnreachable) isGone = outcome.got;
      if (!isAborted()) note(outcome);
    }
  };
  await Promise.all(Array.from({ length: 6 }, () => work(together)));
  await work(fitting.filter(isAlone));
}

async function runCase(one: Case, run: Run): Promise<Outcome & { isUnreachable: boolean }> {
  const since = performance.now();
  const end = (verdict: Verdict, rest: Partial<Outcome> = {}, isUnreachable = false) => ({
    case: one,
    verdict,
    duration: performance.now() - since,
    ...rest,
    isUnreachable,
  });
  const need = missing(one, run);
  if (need !== undefined) return end('skipped', { reason: need });
  const conversation = new Conversation(run);
  try {
    for (const step of one.steps) await conversation.take(step);
    conversation.end();
    if (run.target.side === 'bound' && one.steps.some(mayBreak)) await conversation.serve();
    return end('passed');
  } catch (error) {
    if (error instanceof Deviation) {
      return end('failed', { expected: error.expected, got: error.got });
    }
    if (error instanceof Unreachable) {
      return end('failed', { expected: 'one more connection', got: error.message }, true);
    }
    throw error;
  } finally {
    conversation.end();
  }
}

/** After these, it is to be seen that nobody else has suffered. */
function mayBreak(step: Step): boolean {
  if (!('expect' in step)) return false;
  const { expect: expected } = step;
  return (
    'closes' in expected ||
    'refuses' in expected ||
    ('settles' in expected && expected.settles === 'either')
  );
}

/** The connections of one case. */
class Conversation {
  readonly #run: Run;
  readonly #lines = new Map<string, Line>();
  readonly #crowd: Line[] = [];

  constructor(run: Run) {
    this.#run = run;
  }

  async take(step: Step): Promise<void> {
    const { time, limits } = this.#run;
    if ('crowd' in step) {
      await this.#gather(step.crowd);
      return;
    }
    if ('served' in step) return this.serve();
    const { on = 'a' } = step;
    if ('expect' in step && 'reconnects' in step.expect) {
      return this.#reconnect(step.expect.reconnects);
    }
    const line = this.#lines.get(on) ?? (await this.#open());
    this.#lines.set(on, line);
    if ('send' in step) {
      const parts: Buffer[] = [];
      for (const piece of step.send) {
        if (typeof piece === 'object' && 'curveInitiate' in piece) {
          const body = await initiateBody(line, piece.curveInitiate, time);
          parts.push(shortest(FLAG_COMMAND, body));
        } else parts.push(pieceBytes(line, piece, limits));
      }
      const bytes = Buffer.concat(parts);
      if (step.isBytewise === true) await writeBytewise(line, bytes);
      else line.write(bytes);
    } else if ('flood' in step) {
      await flood(line, pieceBytes(line, step.flood, limits), step.times);
    } else if ('greet' in step) await greet(line, step.greet, time);
    else if ('offer' in step) await offer(line, step.offer, time);
    else if ('join' in step) {
      await offer(line, step.join, time);
      await complete(line, time);
    } else if ('expect' in step) await expect(line, step.expect, this.#run);
    else if ('forget' in step) {
      line.pump();
      for (const queue of [line.messages, line.commands, line.subscriptions]) queue.length = 0;
    } else if ('mute' in step) line.isMute = true;
    else if ('silence' in step) await line.until(() => undefined, step.silence);
    else {
      line.wire.destroy();
      this.#lines.delete(on);
    }
  }

  /** One more connection gets through its handshake, and is answered. */
  async serve(): Promise<void> {
    const { time, holds, subject } = this.#run;
    const line = await this.#open();
    try {
      await offer(line, {}, time);
      await complete(line, time);
      if (holds.has('echo') && (subject.type === 'REP' || subject.type === 'ROUTER')) {
        line.write(pieceBytes(line, { payload: ["'served'"] }, {}));
        await expect(line, { echo: [["'served'"]] }, this.#run);
      }
    } catch (error) {
      if (!(error instanceof Deviation)) throw error;
      throw new Deviation(`one more connection to be served: ${error.expected}`, error.got);
    } finally {
      line.wire.destroy();
    }
  }

  end(): void {
    for (const line of [...this.#lines.values(), ...this.#crowd]) line.wire.destroy();
    this.#lines.clear();
    this.#crowd.length = 0;
  }

  async #open(): Promise<Line> {
    const { target, security, subject, time } = this.#run;
    return new Line(await target.open(time), security, subject);
  }

  /** The peer has to accept each before the next: its kernel keeps no more of them waiting than it was told to. */
  async #gather(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const line = await this.#open();
      this.#crowd.push(line);
      await line.wire.until(() => line.wire.received > 0 || undefined, this.#run.time);
    }
  }

  async #reconnect(times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      const { wire } = await this.#open();
      wire.destroy();
    }
  }
}

async function flood(line: Line, piece: Buffer, times: number): Promise<void> {
  const atOnce = Math.max(1, Math.floor(WRITE_AT_ONCE / piece.length));
  for (let rest = times; rest > 0 && line.wire.closed === undefined; rest -= atOnce) {
    const chunk = Buffer.concat(Array.from({ length: Math.min(atOnce, rest) }, () => piece));
    const isOut = line.wire.drained(chunk).then(() => true);
    // Who reads no more, as is allowed, lets nothing out.
    const timer = line.until(() => undefined, 1000);
    if ((await Promise.race([isOut, timer])) !== true) return;
  }
}
