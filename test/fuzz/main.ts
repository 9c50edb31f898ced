/**
 * `npm run fuzz`: hostile sessions against live sockets of every type. See README.md in this folder.
 *
 * Exit code: 0 when nothing was found, 1 when something was, 2 for arguments that make no sense, 130 after Ctrl-C.
 *
 * @module
 */
import { Campaign, type Plan, type Result } from '../../src/testing/fuzz/campaign.ts';
import { describeFind, describeVector, ProgressLine } from '../../src/testing/fuzz/report.ts';
import { type Vector, writeVector } from '../../src/testing/hostile/vector.ts';
import { HELP, type Options, parseOptions, UsageError } from './options.ts';
import { MEMORY_LIMITS, selfTest } from './self-test.ts';
import { SubjectProcess, SubjectProgram } from './subject-process.ts';

let isInterrupted = false;
let progress: ProgressLine | undefined;

function makePlan(program: SubjectProgram, options: Options): Plan {
  const { time, fault, patience } = options;
  const end = performance.now() + time;
  progress = new ProgressLine(time);
  return {
    ...options,
    start: (targets) => SubjectProcess.start(program, targets, { fault, patience }),
    limits: { credentials: program.credentials, patience, isStrict: true },
    memory: MEMORY_LIMITS,
    isOver: () => isInterrupted || performance.now() > end,
    isInterrupted: () => isInterrupted,
    follow: (statistics) => progress?.show(statistics),
  };
}

function report({ statistics, notes, found }: Result, options: Options): number {
  progress?.end();
  console.log(statistics.describe(notes));
  if (found === undefined) {
    console.log(isInterrupted ? 'interrupted; nothing found' : 'nothing found');
    return isInterrupted ? 130 : 0;
  }
  const { vector, isRepeatable } = found;
  const path = writeVector(options.out, vector);
  console.log(`\n${describeFind(vector, isRepeatable)}`);
  const plant = options.fault === undefined ? '' : ` --plant '${options.fault}'`;
  console.log(`written to ${path}; again by:\n  npm run fuzz -- --replay ${path}${plant}`);
  return 1;
}

async function replay(program: SubjectProgram, options: Options, vector: Vector): Promise<number> {
  const campaign = new Campaign(makePlan(program, { ...options, targets: [vector.target] }));
  console.log(describeVector(vector));
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
