/**
 * What a campaign tells people: how far it is, and what has come of it.
 *
 * @module
 */
import { describeSession } from '../hostile/session.ts';
import type { Vector } from '../hostile/vector.ts';
import type { Statistics } from './statistics.ts';

const PROGRESS_INTERVAL = 5000;
const SHOWN_SESSIONS = 3;
const BAR_WIDTH = 30;

/** Says on stderr how far a campaign is: a bar where somebody looks at it, now and then a line where not. */
export class ProgressLine {
  readonly #start = performance.now();
  readonly #time: number;
  #last = this.#start;

  /**
   * @param time - how long it goes on, in ms
   */
  constructor(time: number) {
    this.#time = time;
  }

  show({ sessions, inTraffic }: Statistics): void {
    const now = performance.now();
    const text = `${sessions} sessions, ${inTraffic} in traffic`;
    if (process.stderr.isTTY) {
      const done = Math.round(BAR_WIDTH * Math.min(1, (now - this.#start) / this.#time));
      process.stderr.write(`\r[${'='.repeat(done).padEnd(BAR_WIDTH)}] ${text} `);
    } else if (now - this.#last > PROGRESS_INTERVAL) {
      this.#last = now;
      process.stderr.write(`${Math.round((now - this.#start) / 1000)} s: ${text}\n`);
    }
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\n');
  }
}

/** The first sessions of a vector, step by step; all of them are in its file. */
export function describeVector({ sessions }: Vector): string {
  const rest = sessions.length - SHOWN_SESSIONS;
  return [
    ...sessions.slice(0, SHOWN_SESSIONS).map(describeSession),
    ...(rest > 0 ? [`and ${rest} more`] : []),
  ].join('\n');
}

/** What was found, where, and by which bytes. */
export function describeFind(vector: Vector, isRepeatable: boolean): string {
  const { target, find, times = 1 } = vector;
  return [
    `FOUND at ${target.type}, ${target.mechanism}: ${find}`,
    describeVector(vector),
    ...(times > 1 ? [`run ${times} times`] : []),
    ...(isRepeatable
      ? []
      : ['It was not shown again in a fresh subject: this is the batch before it.']),
  ].join('\n');
}
