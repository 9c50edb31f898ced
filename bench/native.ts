/**
 * The peers in C: compiled when a bench needs them, against Debian's libzmq3-dev, which is installed if it is missing
 * and that is allowed. The programs stay, so that the next run need not compile them again.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { installDebian } from '../scripts/apt.ts';

const CC = process.env['CC'] ?? 'cc';
const FOLDER = fileURLToPath(new URL('peers/native/build/', import.meta.url));
const HEADER = fileURLToPath(new URL('peers/native/peer.h', import.meta.url));

function output(command: string, ...args: string[]): string | undefined {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** The version of libzmq that programs in C get, from its header; undefined without it or without a compiler. */
function installedVersion(): string | undefined {
  const { status, stdout } = spawnSync(CC, ['-E', '-P', '-'], {
    encoding: 'utf8',
    input: '#include <zmq.h>\nzmtp_bench ZMQ_VERSION_MAJOR.ZMQ_VERSION_MINOR.ZMQ_VERSION_PATCH\n',
  });
  return status === 0 ? /zmtp_bench (.*)/.exec(stdout)?.[1]?.replaceAll(' ', '') : undefined;
}

let version: string | undefined;

/**
 * The version of libzmq for C, which this makes sure is there.
 *
 * @throws {Error} when it is not and cannot be installed
 */
export function libzmqVersion(): string {
  version ??= installedVersion();
  if (version === undefined) {
    installDebian(['libzmq3-dev', 'gcc', 'libc6-dev']);
    version = installedVersion();
  }
  if (version === undefined) {
    throw new Error('no C compiler with <zmq.h> (Debian: `apt-get install gcc libzmq3-dev`)');
  }
  return version;
}

/**
 * Compiles `peers/<job>/libzmq.c`, unless that has been done.
 *
 * @returns the path of the program
 */
export function compile(job: string): string {
  const source = fileURLToPath(new URL(`peers/${job}/libzmq.c`, import.meta.url));
  const program = `${FOLDER}${job}`;
  if (!isOlder(source, program) || !isOlder(HEADER, program)) {
    libzmqVersion();
    mkdirSync(FOLDER, { recursive: true });
    const args = ['-O2', '-Wall', '-o', program, source, '-lzmq', '-lpthread'];
    const { status, stderr } = spawnSync(CC, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${CC} ${args.join(' ')} failed: ${stderr}`);
  }
  return program;
}

function isOlder(file: string, other: string): boolean {
  const made = statSync(other, { throwIfNoEntry: false })?.mtimeMs;
  return made !== undefined && statSync(file).mtimeMs < made;
}

/** pyzmq's version and its libzmq's, or undefined. */
export function pyzmqVersion(python: string): string | undefined {
  return output(python, '-c', 'import zmq; print(zmq.__version__, zmq.zmq_version())');
}
