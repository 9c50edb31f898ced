/**
 * `npm run fuzz`: hostile sessions against live sockets of every type. See README.md in this folder.
 *
 * Exit code: 0 when nothing was found, 1 when something was, 2 for arguments that make no sense, 130 after Ctrl-C.
 *
 * @module
 */
import { Campaign, type Plan, type Result } from './campaign.ts';
import { HELP, type Options, parseOptions, UsageError } from './options.ts';
import { selfTest } from './self-test.ts';
import { describeSession } from './session.ts';
import type { Statistics } from './statistics.ts';
import { SubjectProgram } from './subject-process.ts';
import { type Vector, writeVector } from './vector.ts';

const PROGRESS_INTERVAL = 5000;
const SHOWN_SESSIONS = 3;

let isInterrupted = false;

/** Says now and then how far it is: a bar where somebody looks at it, a line where not. */
function makeProgress(time: number): (statistics: Statistics) => void {
  const start = performance.now();
  let last = start;
  return (statistics) => {
    const now = performance.now();
    const share = Math.min(1, (now - start) / time);
    const text = `${statistics.sessions} sessions, ${statistics.inTraffic} in traffic`;
    if (process.stdout.isTTY) {
      const done = Math.round(30 * share);
      process.stdout.write(`\r[${'='.repeat(done).padEnd(30)}] ${text} `);
    } else if (now - last > PROGRESS_INTERVAL) {
      last = now;
      console.log(`${Math.round((now - start) / 1000)} s: ${text}`);
    }
  };
}

function makePlan(program: SubjectProgram, options: Options): Plan {
  const end = performance.now() + options.time;
  return {
    ...options,
    program,
    isOver: () => isInterrupted || performance.now() > end,
    follow: makeProgress(options.time),
  };
}

function report({ statistics, growth, found }: Result, options: Options): number {
  if (process.stdout.isTTY) process.stdout.write('\n');
  console.log(statistics.describe(growth));
  if (found === undefined) {
    console.log(isInterrupted ? 'interrupted; nothing found' : 'nothing found');
    return isInterrupted ? 130 : 0;
  }
  const { vector, isRepeatable } = found;
  const path = writeVector(options.out, vector);
  const { type, mechanism } = vector.target;
  console.log(`\nFOUND at ${type}, ${mechanism}: ${vector.find}`);
  describe(vector);
  if (!isRepeatable)
    console.log('It did not show again in a fresh process: this is the batch before it.');
  const plant = options.fault === undefined ? '' : ` --plant '${options.fault}'`;
  console.log(`written to ${path}; again by:\n  npm run fuzz -- --replay ${path}${plant}`);
  return 1;
}

/** Prints the first sessions; all of them are in the file. */
function describe({ sessions }: Vector): void {
  console.log(sessions.slice(0, SHOWN_SESSIONS).map(describeSession).join('\n'));
  const rest = sessions.length - SHOWN_SESSIONS;
  if (rest > 0) console.log(`and ${rest} more`);
}

async function replay(program: SubjectProgram, options: Options, vector: Vector): Promise<number> {
  const campaign = new Campaign(makePlan(program, { ...options, targets: [vector.target] }));
  describe(vector);
  const { find, statistics } = await campaign.replay(vector);
  console.log(statistics.describeSessions());
  console.log(find === undefined ? 'nothing found' : `FOUND: ${find}`);
  return find === undefined ? 0 : 1;
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) {
    console.log(HELP);
    return 0;
  }
  process.on('SIGINT', () => {
    isInterrupted = true;
  });
  console.log(`seed ${options.seed}`);
  const program = await SubjectProgram.build();
  try {
    if (options.isSelfTest) return await selfTest(program, options);
    if (options.vectors.length === 0) {
      return report(await new Campaign(makePlan(program, options)).run(), options);
    }
    let code = 0;
    for (const vector of options.vectors) {
      code = Math.max(code, await replay(program, options, vector));
    }
    return code;
  } finally {
    program.remove();
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const isUsage = error instanceof UsageError;
    console.error(isUsage ? `${error.message}\n\n${HELP}` : error);
    process.exit(isUsage ? 2 : 3);
  },
);
