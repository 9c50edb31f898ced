/**
 * Installs Debian packages that tests and benches need, given the right to do so.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';

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

/**
 * Installs packages on Debian and its relatives; elsewhere, or without the right, does nothing.
 *
 * @throws {Error} when apt-get fails, with its output
 */
export function installDebian(packages: readonly string[]): void {
  const prefix = succeeds('apt-get', '--version') ? rootPrefix() : undefined;
  if (prefix === undefined) return;
  const apt = (...args: string[]): void => {
    run([...prefix, 'apt-get', '-o', 'DPkg::Lock::Timeout=120', ...args]);
  };
  apt('update');
  apt('install', '-y', '--no-install-recommends', ...packages);
}
