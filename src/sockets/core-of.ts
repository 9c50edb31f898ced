/**
 * What stands behind the sockets that a program hands to other parts of this package.
 *
 * @module
 */
import { invalidType, ZmtpError } from '../errors.ts';
import type { SocketCore } from './socket-core.ts';

const cores = new WeakMap<object, SocketCore>();

/** From now on `coreOf` knows the socket. */
export function registerCore(socket: object, core: SocketCore): void {
  cores.set(socket, core);
}

/**
 * The core of a socket.
 *
 * @param what - what the argument is called in the error
 * @throws {TypeError} code EINVAL for what is no object
 * @throws {ZmtpError} EINVAL for an object that is no socket
 */
export function coreOf(socket: unknown, what: string): SocketCore {
  if (typeof socket !== 'object' || socket === null) {
    throw invalidType(`${what} must be a socket object`, `got ${typeof socket}`);
  }
  const core = cores.get(socket);
  if (core === undefined) throw new ZmtpError('EINVAL', { detail: `${what} is no socket` });
  return core;
}
