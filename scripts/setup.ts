/**
 * Makes sure the interop tests find their peers: libzmq through the npm package zeromq, and a Python with pyzmq and
 * msgpack. On Debian and its relatives it installs the two Python packages, given the right to do so; elsewhere it
 * says what to install. Quiet unless something is wrong.
 *
 * @module
 */

import { spawnSync } from 'node:child_process';
import { findPython, PYTHON_HINT } from '../test/support/peers/python.ts';

const PACKAGES = ['python3-zmq', 'python3-msgpack'];

/** Runs a command without output; its output is in the error if it fails. */
function run(commandLine: readonly string[]): void {
  const [command = '', ...args] = commandLine;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, error, stdout, stderr } = spawnSync(command, args, { env, encoding: 'utf8' });
  if (status === 0) return;
  const problem = error?.message ?? `status ${status}`;
  throw new Error(`\`${commandLine.join(' ')}\` failed: ${problem}\n${stdout}${stderr}`);
}

function succeeds(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** The command prefix that makes us root, or undefined if there is none without a password. */
function rootPrefix(): string[] | undefined {
  if (process.getuid?.() === 0) return [];
  return succeeds('sudo', '-n', 'true') ? ['sudo', '-n'] : undefined;
}

function installPython(): void {
  const prefix = succeeds('apt-get', '--version') ? rootPrefix() : undefined;
  if (prefix === undefined) return;
  const apt = (...args: string[]): void => {
    run([...prefix, 'apt-get', '-o', 'DPkg::Lock::Timeout=120', ...args]);
  };
  apt('update');
  apt('install', '-y', '--no-install-recommends', ...PACKAGES);
}

async function setup(): Promise<void> {
  try {
    await import('zeromq');
  } catch (error) {
    throw new Error('The npm package zeromq does not load here: run `npm install`.', {
      cause: error,
    });
  }
  if (findPython() !== undefined) return;
  const problem = 'No Python here can import zmq and msgpack, which the interop tests need';
  try {
    installPython();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${problem}, and installing them failed: ${reason}\nPlease ${PYTHON_HINT}.`, {
      cause: error,
    });
  }
  if (findPython() === undefined) throw new Error(`${problem}. Please ${PYTHON_HINT}.`);
}

setup().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
