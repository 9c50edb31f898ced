/**
 * A bare connection to an endpoint, over tcp or ipc.
 *
 * @module
 */
import { connect, type Socket } from 'node:net';
import { ZmtpError } from '../index.ts';

export type Address = { readonly host: string; readonly port: number } | { readonly path: string };

/**
 * Where `node:net` finds an endpoint.
 *
 * @param endpoint - `tcp://host:port`, with brackets around IPv6, or `ipc://path`, `ipc://@name` for Linux' abstract ones
 * @throws {ZmtpError} EINVAL for anything else
 */
export function addressOf(endpoint: string): Address {
  const [, host, port] =
    /^tcp:\/\/(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/
      .exec(endpoint)
      ?.filter((part) => part !== undefined) ?? [];
  if (host !== undefined && Number(port) < 65_536) return { host, port: Number(port) };
  const [, path] = /^ipc:\/\/(.+)$/.exec(endpoint) ?? [];
  if (path !== undefined) return { path: path.replace(/^@/, '\0') };
  const detail = 'expected tcp://host:port or ipc://path';
  throw new ZmtpError('EINVAL', { address: endpoint, detail });
}

/**
 * Connects. The connection is half open after the peer's FIN, and sends what is written at once.
 *
 * @throws what `node:net` has to say when nobody is there
 */
export function dial(endpoint: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...addressOf(endpoint), allowHalfOpen: true, noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
