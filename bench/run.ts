/**
 * Runs a scenario. Absolute figures move from machine to machine and from minute to minute; so the contenders take turns
 * within each repetition, in an order that changes, and what counts is their ratio within one repetition.
 *
 * @module
 */
import type { Contender } from './contenders.ts';
import { stopAllPeers } from './peer.ts';
import type { Measurement } from './rows.ts';
import type { Case, Plan, Rig, Scenario } from './scenario.ts';
import { inTurn } from './statistics.ts';

/** A contender, and the cases that it is set up for. */
type Entry = {
  readonly contender: Contender;
  readonly cases: readonly Case[];
  readonly rig: Rig;
};

function takesPart(contender: Contender, { contenders: some }: Case): boolean {
  return some === undefined || some.includes(contender);
}

/**
 * @param contenders - those of the scenario that take part
 * @param complain - told of a contender that has failed and is left out from then on
 */
export async function runScenario(
  scenario: Scenario,
  contenders: readonly Contender[],
  plan: Plan,
  complain: (message: string) => void,
): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  const failed = new Set<Contender>();

  /** Answers undefined when it fails. */
  const attempt = async <T>(
    contender: Contender,
    work: () => Promise<T>,
  ): Promise<T | undefined> => {
    if (failed.has(contender)) return undefined;
    try {
      return await work();
    } catch (error) {
      failed.add(contender);
      complain(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  };

  async function start(contender: Contender, cases: readonly Case[]): Promise<Entry[]> {
    const [first] = cases;
    if (first === undefined) return [];
    const rig = await attempt(contender, () => scenario.start(contender, plan, first));
    if (rig === undefined) return [];
    return [{ contender, cases, rig }];
  }

  async function setUp(): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (const contender of contenders) {
      const cases = scenario.cases.filter((one) => takesPart(contender, one));
      const groups = scenario.isShared ? [cases] : cases.map((one) => [one]);
      for (const group of groups) entries.push(...(await start(contender, group)));
    }
    for (const { contender, cases, rig } of entries) {
      for (const one of cases) await attempt(contender, async () => rig.warm?.(one));
    }
    return entries;
  }

  async function repeat(entries: readonly Entry[], repetition: number): Promise<void> {
    for (const one of scenario.cases) {
      const values = new Map<Contender, number[]>(contenders.map((name) => [name, []]));
      const concerned = entries.filter(({ cases }) => cases.includes(one));
      for (let slice = 0; slice < (scenario.slices ?? 1); slice++) {
        for (const { contender, rig } of inTurn(concerned, repetition + slice)) {
          const some = await attempt(contender, () => rig.measure(one));
          values.get(contender)?.push(...(some ?? []));
        }
      }
      for (const { contender } of concerned) {
        if (failed.has(contender)) continue;
        for (const { name: metric, unit, of } of scenario.metrics) {
          const value = of(values.get(contender) ?? []);
          const where = { scenario: scenario.name, case: one.name, metric, contender };
          measurements.push({ ...where, repetition, value, unit });
        }
      }
    }
  }

  const isOneShot = scenario.isOneShot ?? false;
  const planned = isOneShot ? plan.oneShotRepetitions : plan.repetitions;
  const repetitions = Math.min(planned, scenario.repetitions ?? planned);
  const perStart = isOneShot ? 1 : plan.repetitionsPerStart;
  for (let repetition = 0; repetition < repetitions; ) {
    try {
      const entries = await setUp();
      const end = Math.min(repetitions, repetition + perStart);
      for (; repetition < end; repetition++) await repeat(entries, repetition);
    } finally {
      stopAllPeers();
    }
  }
  return measurements;
}
