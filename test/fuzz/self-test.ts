/**
 * Shows that the fuzzer finds: plants each fault into a subject of its own, and runs until it is found.
 *
 * @module
 */
import { Campaign, type MemoryLimits } from '../../src/testing/fuzz/campaign.ts';
import type { Target } from '../../src/testing/hostile/session.ts';
import { SubjectProcess, type SubjectProgram } from './subject-process.ts';
import { FAULT_NAMES, FAULT_TARGETS, type FaultName } from './subject/fault-names.ts';

/** Their own heap, after a collection. */
export const MEMORY_LIMITS: MemoryLimits = { search: 24e6, repeat: 3e6, times: 60 };

type Setting = {
  readonly seed: number;
  readonly patience: number;
  readonly shrinkTime: number;
  /** How long to look for each fault, in ms. */
  readonly time: number;
};

const AT_ONCE = 6;

/** @returns the exit code: 0 when all were found */
export async function selfTest(program: SubjectProgram, setting: Setting): Promise<number> {
  const waiting = [...FAULT_NAMES];
  let missed = 0;
  const work = async (): Promise<void> => {
    for (let fault = waiting.shift(); fault !== undefined; fault = waiting.shift()) {
      if (!(await isFound(program, setting, fault))) missed += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  console.log(`${FAULT_NAMES.length - missed} of ${FAULT_NAMES.length} planted faults found`);
  return missed === 0 ? 0 : 1;
}

async function isFound(
  program: SubjectProgram,
  { time, patience, ...setting }: Setting,
  fault: FaultName,
): Promise<boolean> {
  const end = performance.now() + time;
  const plan = {
    ...setting,
    start: (targets: readonly Target[]) =>
      SubjectProcess.start(program, targets, { fault, patience }),
    limits: { credentials: program.credentials, patience, isStrict: true },
    memory: MEMORY_LIMITS,
    targets: [FAULT_TARGETS[fault]],
    isOver: () => performance.now() > end,
    follow: () => {},
  };
  const { statistics, found } = await new Campaign(plan).run();
  const [what] = found?.vector.find.split('\n') ?? [];
  const after = `after ${statistics.sessions} sessions`;
  console.log(
    what === undefined ? `MISSED ${after}: ${fault}` : `found ${after}: ${fault}: ${what}`,
  );
  return what !== undefined;
}
