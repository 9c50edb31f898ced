/**
 * What `zmtp conform` plays in the mechanism of the peer, from its options.
 *
 * @module
 */
import { curvePublicKey, loadCurveBox } from '../../index.ts';
import { decodeZ85 } from '../../protocol.ts';
import type { Security } from '../../testing/conformance/line.ts';
import { curveKeys } from '../../testing/curve-keys.ts';
import { UsageError } from '../command.ts';
import { type CredentialValues, readCredentials, readSecretKey } from '../credentials.ts';

export type SecurityOptions = CredentialValues & {
  readonly 'plain-server': boolean;
  readonly 'curve-server': boolean;
};

/** @throws {UsageError} when the options make no mechanism, or two */
export async function securityOf(options: SecurityOptions): Promise<Security> {
  if (options['plain-server'] && options['curve-server'])
    throw new UsageError('a socket has either PLAIN or CURVE');
  if (options['curve-server']) return curveServer(options);
  const client = readCredentials(options);
  if (options['plain-server']) {
    if (client.mechanism === 'NULL') return { mechanism: 'PLAIN', role: 'server' };
    throw new UsageError('--plain-server lets everybody in, and has no credentials of its own');
  }
  if (client.mechanism === 'NULL') return { mechanism: 'NULL' };
  if (client.mechanism === 'PLAIN') return { ...client, role: 'client' };
  const { box, serverKey, client: keys } = await curveKeys(client.serverKey, client.secretKey);
  return { mechanism: 'CURVE', role: 'client', box, serverKey, keys };
}

async function curveServer(options: SecurityOptions): Promise<Security> {
  const { 'plain-username': username, 'plain-password': password } = options;
  if (username !== undefined || password !== undefined)
    throw new UsageError('a socket has either PLAIN or CURVE');
  if (options['curve-server-key'] !== undefined)
    throw new UsageError('a socket is either the server of CURVE or a client: not both');
  const secret = readSecretKey(options);
  if (secret === undefined)
    throw new UsageError('--curve-server needs --curve-secret-key, or ZMTP_CURVE_SECRET_KEY');
  const keys = { publicKey: decodeZ85(curvePublicKey(secret)), secretKey: decodeZ85(secret) };
  return { mechanism: 'CURVE', role: 'server', box: await loadCurveBox(), keys };
}
