/**
 * What every bench needs: peers in processes of their own, contenders taking turns, statistics over
 * repetitions, a table for the reader and rows for a file. A scenario (`round-trip.ts`) says what is
 * measured; the peers of `peers/<scenario>/` do it.
 *
 * Absolute times move from machine to machine and from minute to minute. So contenders take turns
 * within each repetition, in an order that changes, and what counts is their ratio within one
 * repetition: its median, with the least and the greatest beside it.
 *
 * @module
 */
import { type ChildProcess, execFileSync, fork, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, cpus, platform, release } from 'node:os';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

/** Whether a peer can be kept on one processor: Linux with `taskset` (util-linux), two processors. */
export const canPin: boolean =
  platform() === 'linux' && spawnSync('taskset', ['--cpu-list', '1', 'true']).status === 0;

type Reply = { value: unknown } | { error: string };

/** A peer in a process of its own; see `peers/main.js` for the other end. */
export class Peer {
  readonly #child: ChildProcess;
  readonly #name: string;
  #waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void } | undefined;

  private constructor(name: string, cpu: number | undefined) {
    this.#name = name;
    this.#child = fork(fileURLToPath(new URL('peers/main.js', import.meta.url)), [`./${name}.js`], {
      // Without the loader that runs this file.
      ...(cpu === undefined
        ? { execArgv: [] }
        : { execPath: 'taskset', execArgv: ['--cpu-list', `${cpu}`, process.execPath] }),
      serialization: 'advanced', // Float64Array as it is
    });
    this.#child.on('message', (reply: Reply) => {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      if ('error' in reply) waiting?.reject(new Error(`${name}: ${reply.error}`));
      else waiting?.resolve(reply.value);
    });
    this.#child.on('exit', (code, signal) => {
      this.#waiting?.reject(new Error(`${name} ended with ${code ?? signal}`));
    });
  }

  /**
   * @param name A file below `peers/`, without its extension: `round-trip/zmtp`.
   * @param cpu The only processor it may run on, if `canPin`; any if left out.
   */
  static async start(name: string, cpu?: number): Promise<Peer> {
    const peer = new Peer(name, cpu);
    await peer.#answer();
    return peer;
  }

  /** Calls a function that the peer exports; one call at a time. */
  call(name: string, ...args: unknown[]): Promise<unknown> {
    const answer = this.#answer();
    this.#child.send({ name, args });
    return answer;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  #answer(): Promise<unknown> {
    if (this.#waiting) throw new Error(`${this.#name} is busy`);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }
}

/** The order of the contenders in the nth turn: each comes first as often as the others. */
export function inTurn<T>(contenders: readonly T[], turn: number): T[] {
  const first = turn % contenders.length;
  const order = [...contenders.slice(first), ...contenders.slice(0, first)];
  return Math.floor(turn / contenders.length) % 2 === 0 ? order : order.toReversed();
}

/** The value below which the given share of a sorted list lies. */
export function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The median over the repetitions, with the least and the greatest. */
export type Spread = { median: number; min: number; max: number; values: number[] };

export function spread(values: readonly number[]): Spread {
  const sorted = Float64Array.from(values).toSorted();
  const half = sorted.length / 2;
  const lower = sorted[Math.ceil(half) - 1] ?? Number.NaN;
  const upper = sorted[Math.floor(half)] ?? Number.NaN;
  return {
    median: (lower + upper) / 2,
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
    values: [...values],
  };
}

/** `12.3 (11.9-14.0)` */
export function printed({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}-${max.toFixed(digits)})`;
}

/** Columns as wide as their widest cell; all but the first `left` columns are aligned right. */
export function table(rows: readonly (readonly string[])[], left = 1): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i < left ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
}

/** What the rows of one run have in common. */
export type Setting = {
  bench: string;
  time: string;
  machine: string;
  cpu: string;
  cores: number;
  node: string;
  versions: { zmtp: string; zeromq: string; libzmq: string };
  commit: string | null;
};

export function setting(bench: string): Setting {
  if (!existsSync(new URL('../dist/index.js', import.meta.url))) {
    throw new Error('There is no dist/index.js to measure: run `npm run build` first.');
  }
  const version = (name: string): string => require(`${name}/package.json`).version;
  return {
    bench,
    time: new Date().toISOString(),
    machine: `${platform()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    node: process.version,
    versions: {
      zmtp: version('zmtp'),
      zeromq: version('zeromq'),
      libzmq: require('zeromq').version,
    },
    commit: commit(),
  };
}

/** The commit under test, with a `+` when files differ from it; `null` outside a repository. */
function commit(): string | null {
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+');
  } catch {
    return null; // no git, no repository, or no commit yet
  }
}

function git(...args: string[]): string {
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  return execFileSync('git', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

/** Appends one line per row to `results/<bench>.jsonl` and returns the file's path. */
export function writeRows(setting: Setting, rows: readonly object[]): string {
  const folder = new URL('results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  const file = fileURLToPath(new URL(`${setting.bench}.jsonl`, folder));
  appendFileSync(file, rows.map((row) => `${JSON.stringify({ ...setting, ...row })}\n`).join(''));
  return file;
}
