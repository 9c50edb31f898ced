/**
 * How many a contender does in a second: as many are asked of each as the warm-up has shown it to do in the time that a
 * sample is to take. It lasts until that number no longer rises: until the JIT compiler has done its work.
 *
 * @module
 */
import type { Case, Plan, Rig } from '../scenario.ts';

const FIRST_COUNT = 500;
const FIRST_BYTES = 4_000_000;
/** The most by which the next run of a warm-up may be longer than the last. */
const GROWTH = 20;
/**
 * A warm-up goes on until two runs after each other have not been better than all before by this factor, but not without
 * end: compiling takes processor time, and slows down the run that it is to make faster.
 */
const RISE = 1.1;
const PATIENCE = 4;

/** @param run - does `count` of what the case is about, and answers with how many that was in a second */
export function rateRig(plan: Plan, run: (one: Case, count: number) => Promise<number>): Rig {
  const rates = new Map<Case, number>();
  const countFor = (one: Case, seconds: number): number =>
    Math.max(10, Math.round((rates.get(one) ?? 0) * seconds));
  return {
    warm: async (one) => {
      const most = one.bytes === undefined ? FIRST_COUNT : Math.floor(FIRST_BYTES / one.bytes);
      let count = Math.max(10, Math.min(FIRST_COUNT, most));
      let best = 0;
      let steady = 0;
      for (let spent = 0; spent < plan.warmUp || (steady < 2 && spent < PATIENCE * plan.warmUp); ) {
        const rate = await run(one, count);
        spent += count / rate;
        steady = rate > best * RISE ? 0 : steady + 1;
        best = Math.max(best, rate);
        rates.set(one, rate);
        count = Math.min(countFor(one, plan.warmUp / 3), count * GROWTH);
      }
    },
    measure: async (one) => [await run(one, countFor(one, plan.sample))],
  };
}
