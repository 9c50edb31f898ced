/**
 * Runs the command `zmtp`, as built, in a process of its own.
 *
 * @module
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach } from 'vitest';

const PROGRAM = join(import.meta.dirname, '../../dist/cli/main.js');

if (!existsSync(PROGRAM))
  throw new Error('The command is tested as built: run `npm run build` first.');

/** What a command has printed, and how it ended: the exit code, or the name of a signal. */
export type Ending = { readonly out: string; readonly err: string; readonly code: number | string };

/** A command that runs. Nothing outlives a test. */
export class RunningCommand {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ending>;
  #out = '';
  #err = '';
  readonly #waiting = new Set<() => void>();

  constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, [PROGRAM, ...args]);
    this.child.stdin.on('error', () => {}); // it may have ended
    this.child.stdout.on('data', (chunk: Buffer) => this.#hear(() => (this.#out += chunk)));
    this.child.stderr.on('data', (chunk: Buffer) => this.#hear(() => (this.#err += chunk)));
    this.ended = once(this.child, 'close').then(([code, signal]) => {
      this.#hear(() => {});
      return { out: this.#out, err: this.#err, code: (code ?? signal) as number | string };
    });
    running.add(this);
  }

  /** Waits until something that it prints, anywhere, fits `pattern`; answers with the match. */
  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#out) ?? pattern.exec(this.#err);
      if (match !== null) return match;
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`it ended without ${pattern}: ${this.#out}${this.#err}`);
      }
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #hear(note: () => void): void {
    note();
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

const running = new Set<RunningCommand>();

afterEach(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all([...running].map(({ ended }) => ended));
  running.clear();
});

/** Starts a command. */
export function start(...args: readonly string[]): RunningCommand {
  return new RunningCommand(args);
}

/** Runs a command to its end, with `input` on its standard input. */
export function run(args: readonly string[], input = ''): Promise<Ending> {
  const command = start(...args);
  command.child.stdin.end(input);
  return command.ended;
}
