/**
 * A process of this machine, seen from outside: whether it lives, what memory it has, what it computes, how many descriptors
 * it holds. From `/proc` where there is one (proc(5)), else from `ps`, which knows nothing of descriptors.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

export type ProcessSample = {
  /** Bytes of memory that are resident. */
  readonly residentBytes: number;
  /** Milliseconds of the processor so far, its own and the system's for it. */
  readonly cpuTime: number;
  /** Open descriptors; `undefined` where they cannot be known. */
  readonly descriptors: number | undefined;
};

const run = promisify(execFile);
const HAS_PROC = existsSync('/proc/self/stat');
/** Whether a process can be looked at here. Windows has neither `/proc` nor `ps`. */
export const canWatch: boolean = HAS_PROC || process.platform !== 'win32';
/** Linux counts time in hundredths of a second for everybody who asks, and the memory of a process in kB. */
const TICK = 10;
const KILOBYTE = 1024;

export class ProcessWatch {
  readonly pid: number;

  constructor(pid: number) {
    this.pid = pid;
  }

  /** How it fares; `undefined` when it is dead. */
  async sample(): Promise<ProcessSample | undefined> {
    return HAS_PROC ? this.#fromProc() : this.#fromPs();
  }

  async #fromProc(): Promise<ProcessSample | undefined> {
    try {
      const [stat, status] = await Promise.all([this.#read('stat'), this.#read('status')]);
      // The name stands in parentheses, and may have some of its own.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const [, resident] = /^VmRSS:\s*(\d+) kB$/m.exec(status) ?? [];
      // A zombie has no memory.
      if (fields[0] === 'Z' || fields[0] === 'X' || resident === undefined) return undefined;
      return {
        residentBytes: Number(resident) * KILOBYTE,
        cpuTime: TICK * (Number(fields[11]) + Number(fields[12])),
        descriptors: await this.#countDescriptors(),
      };
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  #read(name: string): Promise<string> {
    return readFile(`/proc/${this.pid}/${name}`, 'utf8');
  }

  /** Those of others' processes are not for everybody to see. */
  async #countDescriptors(): Promise<number | undefined> {
    try {
      return (await readdir(`/proc/${this.pid}/fd`)).length;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EACCES') return undefined;
      throw error;
    }
  }

  async #fromPs(): Promise<ProcessSample | undefined> {
    try {
      const columns = ['-o', 'stat=', '-o', 'rss=', '-o', 'time='];
      const { stdout } = await run('ps', [...columns, '-p', String(this.pid)]);
      return readPs(stdout);
    } catch (error) {
      // It ends so when there is no such process.
      if ((error as { code?: unknown }).code === 1) return undefined;
      throw error;
    }
  }
}

/**
 * What `ps -o stat= -o rss= -o time=` says: the state, kB, and `[[days-]hours:]minutes:seconds[.hundredths]`.
 *
 * @returns `undefined` for a zombie, and for what cannot be read
 */
export function readPs(line: string): ProcessSample | undefined {
  const fields = /^\s*(\S+)\s+(\d+)\s+(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)\s*$/.exec(line);
  if (fields === null || fields[1]?.startsWith('Z')) return undefined;
  const [, , resident = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = fields;
  const total = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  return {
    residentBytes: Number(resident) * KILOBYTE,
    cpuTime: 1000 * total,
    descriptors: undefined,
  };
}

function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ESRCH';
}
