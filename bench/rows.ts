/**
 * What a run leaves behind: one line of JSON for each measured value, with where and of what it was measured.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, cpus, platform, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Contender, pythonCommand } from './contenders.ts';
import { libzmqVersion, pyzmqVersion } from './native.ts';

const require = createRequire(import.meta.url);
const RESULTS = new URL('results/', import.meta.url);

/** One value. */
export type Measurement = {
  readonly scenario: string;
  readonly case: string;
  readonly metric: string;
  readonly contender: Contender;
  readonly repetition: number;
  readonly value: number;
  readonly unit: string;
};

/** What the rows of one run have in common. */
export type Setting = {
  /** When the run began, which is its name too. */
  readonly time: string;
  readonly isQuick: boolean;
  readonly machine: string;
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  readonly versions: Readonly<Partial<Record<Contender, string>>>;
  /** The commit under test, with a `+` when files differ from it. */
  readonly commit: string | null;
};

export type Row = Setting & Measurement;

function attempt(work: () => string | undefined): string | undefined {
  try {
    return work();
  } catch {
    return undefined; // what is not there has no version
  }
}

export function setting(isQuick: boolean): Setting {
  if (!existsSync(new URL('../dist/index.js', import.meta.url))) {
    throw new Error('There is no dist/index.js to measure: run `npm run build` first.');
  }
  const version = (name: string): string => require(`${name}/package.json`).version;
  const python = pythonCommand();
  const libzmq = attempt(libzmqVersion);
  const pyzmq = python === undefined ? undefined : pyzmqVersion(python);
  const [own, libzmqVersionOfPython] = pyzmq?.split(' ') ?? [];
  return {
    time: new Date().toISOString(),
    isQuick,
    machine: `${platform()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    node: process.version,
    versions: {
      zmtp: version('zmtp'),
      zeromq: `${version('zeromq')} (libzmq ${require('zeromq').version})`,
      ...(libzmq !== undefined && { libzmq }),
      ...(own !== undefined && { pyzmq: `${own} (libzmq ${libzmqVersionOfPython})` }),
      net: process.version,
    },
    commit: attempt(commit) ?? null,
  };
}

function commit(): string {
  return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+');
}

function git(...args: string[]): string {
  return execFileSync('git', args, {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

/** Appends the rows of a scenario to `results/<scenario>.jsonl`. */
export function writeRows(common: Setting, measurements: readonly Measurement[]): Row[] {
  const rows = measurements.map((measurement) => ({ ...common, ...measurement }));
  mkdirSync(RESULTS, { recursive: true });
  for (const row of rows) {
    appendFileSync(new URL(`${row.scenario}.jsonl`, RESULTS), `${JSON.stringify(row)}\n`);
  }
  return rows;
}

/** The rows of each scenario's last full run with this package in it, or of its last quick one where there is no other. */
export function readLatestRows(): Row[] {
  if (!existsSync(RESULTS)) return [];
  const files = readdirSync(RESULTS).filter((name) => name.endsWith('.jsonl'));
  return files.flatMap((name) => {
    const lines = readFileSync(new URL(name, RESULTS), 'utf8').split('\n');
    const all = lines.filter((line) => line !== '').map((line): Row => JSON.parse(line));
    const ours = all.filter(({ contender }) => contender === 'zmtp');
    const latest = ours.findLast(({ isQuick }) => !isQuick) ?? ours.at(-1);
    return all.filter(({ time }) => time === latest?.time);
  });
}
