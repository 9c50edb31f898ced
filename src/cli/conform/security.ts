/**
 * What `zmtp conform` plays in the mechanism of the peer, from its options.
 *
 * @module
 */
import { curveKeyPair, loadCurveBox } from '../../index.ts';
import { decodeZ85 } from '../../protocol.ts';
import type { Security } from '../../testing/conformance/line.ts';
import { UsageError } from '../command.ts';

export type SecurityOptions = {
  readonly 'plain-username': string | undefined;
  readonly 'plain-password': string | undefined;
  readonly 'plain-server': boolean;
  readonly 'curve-server-key': string | undefined;
  readonly 'curve-public-key': string | undefined;
  readonly 'curve-secret-key': string | undefined;
  readonly 'curve-server': boolean;
};

/** @throws {UsageError} when the options make no mechanism, or two */
export async function securityOf(options: SecurityOptions): Promise<Security> {
  const username = options['plain-username'];
  const password = options['plain-password'];
  const serverKey = options['curve-server-key'];
  const isPlainClient = username !== undefined || password !== undefined;
  const isCurve =
    serverKey !== undefined ||
    options['curve-server'] ||
    options['curve-secret-key'] !== undefined ||
    options['curve-public-key'] !== undefined;
  if (isCurve && (isPlainClient || options['plain-server'])) {
    throw new UsageError('PLAIN and CURVE cannot both be tried');
  }
  if (isPlainClient && options['plain-server']) {
    throw new UsageError('--plain-server has no password of its own');
  }
  if (options['plain-server']) return { mechanism: 'PLAIN', role: 'server' };
  if (isPlainClient) {
    return {
      mechanism: 'PLAIN',
      role: 'client',
      username: username ?? '',
      password: password ?? '',
    };
  }
  if (!isCurve) return { mechanism: 'NULL' };
  if (options['curve-server'] === (serverKey !== undefined)) {
    throw new UsageError('CURVE needs --curve-server-key, or --curve-server and a pair of keys');
  }
  if (options['curve-server'] && options['curve-secret-key'] === undefined) {
    throw new UsageError('--curve-server needs --curve-public-key and --curve-secret-key');
  }
  const keys = keysOf(options['curve-public-key'], options['curve-secret-key']);
  const box = await loadCurveBox();
  if (serverKey === undefined) return { mechanism: 'CURVE', role: 'server', box, keys };
  const key = keyOf('curve-server-key', serverKey);
  return { mechanism: 'CURVE', role: 'client', box, serverKey: key, keys };
}

function keysOf(
  publicKey: string | undefined,
  secretKey: string | undefined,
): { publicKey: Uint8Array; secretKey: Uint8Array } {
  if ((publicKey === undefined) !== (secretKey === undefined)) {
    throw new UsageError('--curve-public-key and --curve-secret-key go together');
  }
  const made = curveKeyPair();
  return {
    publicKey: keyOf('curve-public-key', publicKey ?? made.publicKey),
    secretKey: keyOf('curve-secret-key', secretKey ?? made.secretKey),
  };
}

function keyOf(option: string, text: string): Uint8Array {
  try {
    const key = decodeZ85(text);
    if (key.length === 32) return key;
  } catch {
    // Said below.
  }
  throw new UsageError(`--${option} takes 40 characters of Z85, got "${text}"`);
}
