/**
 * What programs ask of a ZeroMQ library before they rely on it.
 *
 * @module
 */
import { ZmtpError } from './errors.ts';

/** The version of libzmq whose behaviour this package has; its own version stands in its package.json. */
export const version = '4.3.5';

/** What there is beside tcp and inproc. */
export const capability: Readonly<
  Record<'ipc' | 'pgm' | 'tipc' | 'norm' | 'curve' | 'gssapi' | 'draft', boolean>
> = {
  ipc: true,
  pgm: false,
  tipc: false,
  norm: false,
  curve: false,
  gssapi: false,
  draft: false,
};

/**
 * Makes a pair of keys for CURVE.
 *
 * @throws {ZmtpError} ENOTSUP as long as `capability.curve` is false
 */
export function curveKeyPair(): { publicKey: string; secretKey: string } {
  throw new ZmtpError('ENOTSUP', { detail: 'CURVE is not there yet: see capability.curve' });
}
