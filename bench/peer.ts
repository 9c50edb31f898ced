/**
 * Peers in processes of their own, asked by lines and answering by lines: see `peers/main.js` for the other end.
 *
 * No peer outlives the bench: all are killed when it ends, for whatever reason that it can notice, and a peer whose
 * standard input ends goes by itself.
 *
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Whether a peer can be kept on one processor: Linux with `taskset` (util-linux), two processors. */
export const canPin: boolean =
  platform() === 'linux' && spawnSync('taskset', ['--cpu-list', '1', 'true']).status === 0;

/** Opens the way to as many files as the system grants, and becomes the command behind it. */
const WITH_MANY_FILES = ['sh', '-c', 'ulimit -S -n "$(ulimit -H -n)"; exec "$@"', 'sh'];
/** A call that takes longer than this many milliseconds has failed. */
const TIME_LIMIT = 60_000;

export type PeerOptions = {
  /** The only processor that it may run on, if `canPin`; any if left out. */
  readonly cpu?: number | undefined;
  /** Whether it needs thousands of sockets. */
  readonly hasManyFiles?: boolean;
};

const alive = new Set<Peer>();

export class Peer {
  readonly #child: ChildProcess;
  readonly #name: string;
  #waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void } | undefined;
  #problem: Error | undefined;

  private constructor(name: string, command: readonly string[], options: PeerOptions) {
    const { cpu, hasManyFiles = false } = options;
    const [file = '', ...args] = [
      ...(hasManyFiles ? WITH_MANY_FILES : []),
      ...(cpu === undefined ? [] : ['taskset', '--cpu-list', String(cpu)]),
      ...command,
    ];
    this.#name = name;
    this.#child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdin?.on('error', () => undefined); // told by 'exit'
    if (this.#child.stdout) {
      createInterface({ input: this.#child.stdout }).on('line', (line) => this.#take(line));
    }
    this.#child.on('error', (error) => this.#fail(error));
    this.#child.on('exit', (code, signal) => {
      alive.delete(this);
      this.#fail(new Error(`${name} ended with ${code ?? signal}`));
    });
    alive.add(this);
  }

  /**
   * @param name - for messages
   * @param command - the program and its arguments
   */
  static async start(
    name: string,
    command: readonly string[],
    options: PeerOptions = {},
  ): Promise<Peer> {
    const peer = new Peer(name, command, options);
    await peer.#answer();
    return peer;
  }

  /** Calls a function of the peer; one call at a time. */
  call(name: string, ...args: readonly (string | number)[]): Promise<unknown> {
    const answer = this.#answer();
    this.#child.stdin?.write(`${[name, ...args].join(' ')}\n`);
    return answer;
  }

  /** As `call`, for what answers with a number. */
  async number(name: string, ...args: readonly (string | number)[]): Promise<number> {
    return (await this.call(name, ...args)) as number;
  }

  /** As `call`, for what answers with a text. */
  async text(name: string, ...args: readonly (string | number)[]): Promise<string> {
    return (await this.call(name, ...args)) as string;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  /** Lets it end by itself, with all that it has to write. */
  async end(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await exited;
  }

  #answer(): Promise<unknown> {
    if (this.#problem !== undefined) return Promise.reject(this.#problem);
    if (this.#waiting) throw new Error(`${this.#name} is busy`);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#fail(new Error(`${this.#name} did not answer in ${TIME_LIMIT / 1000} s`));
        this.stop();
      }, TIME_LIMIT);
      this.#waiting = {
        resolve: (value) => {
          clearTimeout(timer);
          resolve(value);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
    });
  }

  #take(line: string): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (line.startsWith('ok ')) waiting?.resolve(JSON.parse(line.slice('ok '.length)));
    else waiting?.reject(new Error(`${this.#name}: ${line}`));
  }

  #fail(error: Error): void {
    this.#problem ??= error;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(error);
  }
}

export function stopAllPeers(): void {
  for (const peer of alive) peer.stop();
}

let folder: string | undefined;
let sockets = 0;

/** Where to listen; for ipc a path that nobody has had. */
export function freshAddress(transport: 'tcp' | 'ipc'): string {
  if (transport === 'tcp') return 'tcp://127.0.0.1:*';
  folder ??= mkdtempSync(join(tmpdir(), 'zmtp-bench-'));
  return `ipc://${join(folder, `socket-${++sockets}`)}`;
}

process.on('exit', () => {
  stopAllPeers();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.exit(1));
}
