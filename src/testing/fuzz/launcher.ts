/**
 * A peer that is started by a command, ended when it is of no use any more, and started again.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** As much of what it says on stderr is kept. */
const KEPT_TEXT = 4000;
const IS_WINDOWS = process.platform === 'win32';

export class Launcher {
  readonly #command: string;
  #child: ChildProcess | undefined;
  #errors = '';
  readonly #killNow = (): void => this.#kill();

  /**
   * @param command - a program and its arguments, as the shell reads them
   */
  constructor(command: string) {
    this.#command = command;
    process.on('exit', this.#killNow);
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.ending === undefined;
  }

  /** The process, while there is one. */
  get pid(): number | undefined {
    return this.isRunning ? this.#child?.pid : undefined;
  }

  /** How it has ended, and its last words; `undefined` while it has not. */
  get ending(): string | undefined {
    const { exitCode = null, signalCode = null } = this.#child ?? {};
    if (exitCode === null && signalCode === null) return undefined;
    return `${signalCode ?? `code ${exitCode}`}\n${this.#errors}`.trimEnd();
  }

  start(): void {
    this.#errors = '';
    // So that it is the peer itself whose memory is looked at, and not a shell.
    const command = IS_WINDOWS ? this.#command : `exec ${this.#command}`;
    const child = spawn(command, {
      shell: true,
      // A group of its own: Ctrl-C is not for it.
      detached: !IS_WINDOWS,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-KEPT_TEXT);
    });
    child.on('error', (error) => {
      this.#errors += error.message;
    });
    this.#child = child;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const ended = this.isRunning ? once(child, 'exit') : undefined;
    this.#kill();
    await ended;
    this.#child = undefined;
  }

  /** Ends it for good. */
  async close(): Promise<void> {
    await this.stop();
    process.off('exit', this.#killNow);
  }

  /** What it has started itself goes too. */
  #kill(): void {
    const pid = this.#child?.pid;
    if (pid === undefined || this.#child === undefined) return;
    try {
      if (IS_WINDOWS) this.#child.kill();
      else process.kill(-pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
