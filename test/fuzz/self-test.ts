/**
 * Shows that the fuzzer finds: plants each fault into a subject of its own, and runs until it is found.
 *
 * @module
 */
import { Campaign, type Plan } from './campaign.ts';
import type { SubjectProgram } from './subject-process.ts';
import { FAULT_NAMES, FAULT_TARGETS, type FaultName } from './subject/fault-names.ts';

type Setting = Pick<Plan, 'seed' | 'patience' | 'shrinkTime'> & {
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
  { time, ...setting }: Setting,
  fault: FaultName,
): Promise<boolean> {
  const end = performance.now() + time;
  const plan = {
    ...setting,
    program,
    fault,
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
