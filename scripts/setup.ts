/**
 * Makes sure the interop tests find their peers: libzmq through the npm package zeromq, and a Python with pyzmq and
 * msgpack. On Debian and its relatives it installs the two Python packages, given the right to do so; elsewhere it
 * says what to install. Quiet unless something is wrong.
 *
 * @module
 */
import { findPython, PYTHON_HINT } from '../test/support/peers/python.ts';
import { installDebian } from './apt.ts';

const PACKAGES = ['python3-zmq', 'python3-msgpack'];

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
    installDebian(PACKAGES);
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
