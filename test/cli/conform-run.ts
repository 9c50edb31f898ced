/**
 * Runs the conformance suite in this process.
 *
 * @module
 */
import type { Precondition } from '../../src/testing/conformance/case.ts';
import type { Security } from '../../src/testing/conformance/line.ts';
import { probe } from '../../src/testing/conformance/probe.ts';
import { type Outcome, runCases } from '../../src/testing/conformance/runner.ts';
import { select } from '../../src/testing/conformance/suite.ts';
import type { Target } from '../../src/testing/conformance/target.ts';

export type RunOptions = {
  readonly security?: Security;
  readonly holds?: readonly Precondition[];
  readonly only?: readonly string[];
  readonly time?: number;
  readonly handshakeTime?: number;
  readonly maxFrameSize?: number;
};

/** How every case that applies has ended. */
export async function runSuite(target: Target, options: RunOptions): Promise<Outcome[]> {
  const { security = { mechanism: 'NULL' }, holds = [], only = [], time = 5000 } = options;
  const { handshakeTime, maxFrameSize } = options;
  const subject = await probe(target, security, time);
  const outcomes: Outcome[] = [];
  const said: Precondition[] = [...holds];
  if (handshakeTime !== undefined) said.push('handshakeTime');
  if (maxFrameSize !== undefined) said.push('maxFrameSize');
  const limits = {
    ...(handshakeTime !== undefined && { handshakeTime }),
    ...(maxFrameSize !== undefined && { maxFrameSize }),
  };
  const run = { target, security, subject, time, holds: new Set(said), limits };
  await runCases(select(only), run, (outcome) => outcomes.push(outcome));
  target.close();
  return outcomes;
}

/** The ids of those that failed, with what was expected and got. */
export function failures(outcomes: readonly Outcome[]): Record<string, string> {
  return Object.fromEntries(
    outcomes
      .filter(({ verdict }) => verdict === 'failed')
      .map(({ case: { id }, expected, got }) => [id, `expected ${expected}, got ${got}`]),
  );
}
