/**
 * Runs an example as a reader would, and follows what it prints. Nothing here waits for a fixed
 * time: a test waits for a line or for the end of the process.
 *
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { test as base, vi } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PYTHONS = ['/usr/bin/python3', 'python3', 'python'];

/** The first Python here that has pyzmq and msgpack, or `undefined`. */
export const python: string | undefined = PYTHONS.find(
  (command) => spawnSync(command, ['-c', 'import zmq, msgpack']).status === 0,
);

/** The pairs of languages to test, the client's first. */
export const PAIRS: readonly (readonly ['ts' | 'py', 'ts' | 'py'])[] =
  python === undefined
    ? [['ts', 'ts']]
    : [
        ['ts', 'ts'],
        ['ts', 'py'],
        ['py', 'ts'],
        ['py', 'py'],
      ];

if (python === undefined) {
  console.warn(`No Python with pyzmq and msgpack (tried ${PYTHONS.join(', ')}): TypeScript only.`);
}
if (!existsSync(`${ROOT}/dist/index.js`)) {
  throw new Error('The examples import the built package: run `npm run build` first.');
}

vi.setConfig({ testTimeout: 30_000 }); // several processes per test, on machines that may be busy

export type End = { code: number | null; signal: NodeJS.Signals | null; errors: string };

/** A running example. */
export class Program {
  /** Everything printed so far, one entry per line. */
  readonly lines: string[] = [];
  /** Settles when the process has ended and everything it printed has been read. */
  readonly end: Promise<End>;
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #isPython: boolean;
  readonly #waiting = new Set<() => void>();
  #ended: End | undefined;

  /** @param file An example's path, `examples/…`; `.py` runs in Python, anything else with tsx. */
  constructor(file: string, ...args: string[]) {
    this.#isPython = file.endsWith('.py');
    const [command, ...flags] = this.#isPython
      ? [python ?? 'python3', '-u', '-X', 'utf8']
      : [process.execPath, '--import', 'tsx'];
    const child = spawn(command, [...flags, file, ...args], { cwd: ROOT });
    this.#child = child;
    this.#name = [file, ...args].join(' ');

    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    createInterface(child.stdout).on('line', (line) => {
      this.lines.push(line);
      this.#wake();
    });
    this.end = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        this.#ended = { code, signal, errors };
        resolve(this.#ended);
        this.#wake();
      });
    });
  }

  /** Waits until this many lines match; resolves with the last of them. */
  async line(pattern: RegExp, count = 1): Promise<string> {
    for (;;) {
      const matching = this.lines.filter((line) => pattern.test(line));
      const line = matching[count - 1];
      if (line !== undefined) return line;
      if (this.#ended) {
        throw new Error(`${this.#name} ended without printing ${pattern}:\n${this.#report()}`);
      }
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** The endpoint in the nth `listening on …` line, the first unless told. */
  async endpoint(nth = 1): Promise<string> {
    return (await this.line(/^listening on tcp:\/\//, nth)).replace('listening on ', '');
  }

  /** Waits for the end and returns the printed lines; rejects unless the process ended with 0. */
  async output(): Promise<string[]> {
    const { code, signal } = await this.end;
    if (code === 0) return this.lines;
    throw new Error(`${this.#name} ended with ${code ?? signal}:\n${this.#report()}`);
  }

  /** Asks the process to end (SIGTERM), expects no complaint, and returns the printed lines. */
  async stop(): Promise<string[]> {
    this.#child.kill('SIGTERM');
    const { code, signal, errors } = await this.end;
    const isClean = code === 0 || (this.#isPython && signal === 'SIGTERM'); // Python's default
    if (isClean && errors === '') return this.lines;
    throw new Error(`${this.#name} did not end cleanly (${code ?? signal}):\n${this.#report()}`);
  }

  /** Ends the process as a crash would (SIGKILL). */
  kill(): Promise<End> {
    this.#child.kill('SIGKILL');
    return this.end;
  }

  #report(): string {
    return [...this.lines, this.#ended?.errors].join('\n');
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** A test that starts examples with `start`; none of them outlives it. */
export const test = base.extend<{ start: (file: string, ...args: string[]) => Program }>({
  start: async ({ onTestFinished }, use) => {
    await use((file, ...args) => {
      const program = new Program(file, ...args);
      onTestFinished(async () => void (await program.kill()));
      return program;
    });
  },
});
