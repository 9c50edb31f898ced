/**
 * With which mechanism to come.
 *
 * @module
 */
import { curveKeyPair, curvePublicKey, loadCurveBox } from '../../index.ts';
import { CurveClient, decodeZ85, type MechanismFactory, PlainClient } from '../../protocol.ts';
import { UsageError } from '../command.ts';

export type CredentialOptions = {
  readonly 'plain-username': string | undefined;
  readonly 'plain-password': string | undefined;
  readonly 'curve-server-key': string | undefined;
  readonly 'curve-secret-key': string | undefined;
};

export type Security = {
  readonly name: 'NULL' | 'PLAIN' | 'CURVE';
  /** NULL when absent. */
  readonly mechanism?: MechanismFactory;
};

/** What to give a peer that wants a mechanism. */
export const ADVICE: Readonly<Record<string, string>> = {
  NULL: 'no credentials',
  PLAIN: '--plain-username and --plain-password',
  CURVE: '--curve-server-key',
};

const KEY_LENGTH = 40;

/** @throws {UsageError} for credentials that make no sense */
export async function readSecurity(options: CredentialOptions): Promise<Security> {
  const username = options['plain-username'];
  const password = options['plain-password'];
  const serverKey = options['curve-server-key'];
  const secretKey = options['curve-secret-key'];
  if (password !== undefined && username === undefined)
    throw new UsageError('--plain-password needs --plain-username');
  if (secretKey !== undefined && serverKey === undefined)
    throw new UsageError('--curve-secret-key needs --curve-server-key');
  if (username !== undefined && serverKey !== undefined)
    throw new UsageError('a peer has one mechanism: PLAIN or CURVE');
  if (username !== undefined) return readPlain(username, password);
  if (serverKey === undefined) return { name: 'NULL' };
  return readCurve(serverKey, secretKey);
}

function readPlain(user: string, given: string | undefined): Security {
  const secret = given ?? process.env['ZMTP_PLAIN_PASSWORD'];
  if (secret === undefined)
    throw new UsageError('--plain-username needs --plain-password, or ZMTP_PLAIN_PASSWORD');
  const username = Buffer.from(user);
  const password = Buffer.from(secret);
  if (Math.max(username.length, password.length) > 255)
    throw new UsageError('user name and password have at most 255 bytes');
  return {
    name: 'PLAIN',
    mechanism: (metadata) => new PlainClient(metadata, { username, password }),
  };
}

async function readCurve(server: string, given: string | undefined): Promise<Security> {
  const serverKey = readKey('--curve-server-key', server);
  const secret = given ?? process.env['ZMTP_CURVE_SECRET_KEY'] ?? curveKeyPair().secretKey;
  const secretKey = readKey('--curve-secret-key', secret);
  const keys = { secretKey, publicKey: decodeZ85(curvePublicKey(secret)) };
  const box = await loadCurveBox();
  return {
    name: 'CURVE',
    mechanism: (metadata) => new CurveClient(metadata, { box, keys, serverKey }),
  };
}

function readKey(option: string, text: string): Uint8Array {
  try {
    if (text.length === KEY_LENGTH) return decodeZ85(text);
  } catch {
    // as one of the wrong length
  }
  throw new UsageError(`${option} takes a key of ${KEY_LENGTH} characters in Z85`);
}
