/**
 * The bench: this package (as built) against npm `zeromq`, libzmq from C, pyzmq and bare `node:net`, side by side.
 *
 *     npm run bench                          everything
 *     npm run bench -- --quick               what has a target, in less than two minutes
 *     npm run bench -- --only push-pull      one scenario, or all whose names begin so
 *
 * `--list` names the scenarios; `--repetitions 9` and `--contenders zmtp,net` change how and who; `--check` ends with 1
 * when a target is not reached. See README.md.
 *
 * @module
 */
import { parseArgs } from 'node:util';
import { type Contender, isContender, obstacle } from './contenders.ts';
import { canPin } from './peer.ts';
import { type Measurement, setting, writeRows } from './rows.ts';
import { runScenario } from './run.ts';
import type { Plan, Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios/all.ts';
import { TARGETS, targetContenders, verdicts } from './targets.ts';
import { resultRows, settingLines, table, verdictRows } from './text.ts';

const FULL: Plan = {
  repetitions: 5,
  oneShotRepetitions: 5,
  repetitionsPerStart: 1,
  warmUp: 0.7,
  sample: 0.7,
  roundTrips: 2400,
  processes: 10,
};
const QUICK: Plan = {
  repetitions: 3,
  oneShotRepetitions: 2,
  repetitionsPerStart: 3,
  warmUp: 0.4,
  sample: 0.2,
  roundTrips: 480,
  processes: 4,
};
/** Seconds after which a quick run begins no further scenario. */
const QUICK_BUDGET = 100;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    list: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    contenders: { type: 'string' },
    repetitions: { type: 'string' },
  },
});

function chosenScenarios(): readonly Scenario[] {
  const { only, quick } = options;
  if (only === undefined) {
    const targeted = new Set(TARGETS.map(({ scenario }) => scenario));
    return quick ? SCENARIOS.filter(({ name }) => targeted.has(name)) : SCENARIOS;
  }
  const chosen = SCENARIOS.filter(({ name }) =>
    only.some(
      (wanted) => name === wanted || (wanted.endsWith('*') && name.startsWith(wanted.slice(0, -1))),
    ),
  );
  if (chosen.length === 0) throw new Error(`there is no scenario ${only.join()}: see --list`);
  return chosen;
}

const obstacles = new Map<Contender, string | undefined>();

function contendersOf(scenario: Scenario): Contender[] {
  let names: readonly Contender[] = scenario.contenders;
  if (options.contenders !== undefined) {
    const wanted = options.contenders.split(',').filter(isContender);
    names = names.filter((name) => wanted.includes(name));
  } else if (options.quick && TARGETS.some((target) => target.scenario === scenario.name)) {
    const needed = targetContenders(scenario.name);
    names = names.filter((name) => needed.includes(name));
  }
  return names.filter((name) => {
    if (!obstacles.has(name)) {
      obstacles.set(name, obstacle(name));
      const problem = obstacles.get(name);
      if (problem !== undefined) console.log(`(${name} does not take part: ${problem})`);
    }
    return obstacles.get(name) === undefined;
  });
}

async function main(): Promise<void> {
  const scenarios = chosenScenarios();
  if (options.list) {
    console.log(
      table(
        scenarios.map(({ name, title }) => [name, title]),
        2,
      ),
    );
    return;
  }
  const base = options.quick ? QUICK : FULL;
  const repetitions = Number(options.repetitions);
  const plan =
    options.repetitions === undefined
      ? base
      : { ...base, repetitions, oneShotRepetitions: repetitions };
  const common = setting(options.quick);
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  console.log(settingLines(common).join('\n'));
  console.log(`${plan.repetitions} repetitions, contenders taking turns\n`);

  const measurements: Measurement[] = [];
  for (const scenario of scenarios) {
    if (options.quick && options.only === undefined && seconds() > QUICK_BUDGET) {
      console.log(`${scenario.name}: left out, time is up\n`);
      continue;
    }
    if (scenario.isPinned === true && !canPin) {
      console.log(`${scenario.name}: left out, it needs taskset and two processors\n`);
      continue;
    }
    const started = seconds();
    const found = await runScenario(scenario, contendersOf(scenario), plan, (message) => {
      console.log(`(${scenario.name}: ${message})`);
    });
    writeRows(common, found);
    measurements.push(...found);
    const took = (seconds() - started).toFixed(0);
    console.log(`${scenario.title} [${scenario.name}, ${took} s]`);
    console.log(`${table(resultRows(scenario, found), 2)}\n`);
  }

  const results = verdicts(measurements);
  if (results.length > 0) console.log(`${table(verdictRows(measurements), 3)}\n`);
  const met = results.filter(({ isMet }) => isMet).length;
  console.log(
    `${met} of ${results.length} targets reached; ${seconds().toFixed(0)} s; rows in bench/results`,
  );
  if (options.check && met < results.length) process.exitCode = 1;
}

await main();
process.exit(); // sockets of peers that have been killed may keep the process alive
