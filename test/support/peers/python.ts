/**
 * Finds a Python that can play the pyzmq peer and run the scripts which speak MessagePack.
 *
 * @module
 */

import { spawnSync } from 'node:child_process';

const CHECK = 'import asyncio, zmq, zmq.asyncio, msgpack';

/** What to do when {@link findPython} finds nothing, as the end of a sentence. */
export const PYTHON_HINT =
  'install pyzmq and msgpack (Debian: `apt-get install python3-zmq python3-msgpack`, elsewhere: ' +
  '`pip install pyzmq msgpack`), and if that Python is not the python3 on the PATH, name it in the ' +
  'environment variable ZMTP_PYTHON';

/**
 * The first interpreter of `$ZMTP_PYTHON`, `/usr/bin/python3` and `python3` on the PATH that can import zmq
 * and msgpack.
 *
 * @returns its command, or undefined when none can
 */
export function findPython(): string | undefined {
  const candidates = [process.env['ZMTP_PYTHON'], '/usr/bin/python3', 'python3'];
  return candidates.find(
    (command) => command && spawnSync(command, ['-c', CHECK], { stdio: 'ignore' }).status === 0,
  );
}
