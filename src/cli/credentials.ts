/**
 * Keys and passwords: the same options for every command, with values from the command line, the environment, or files.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { curveKeyPair } from '../index.ts';
import { decodeZ85 } from '../protocol.ts';
import { type OptionSpec, type OptionsOf, UsageError } from './command.ts';

const KEY = 'KEY|FILE';
/** The length of a name or a password is one byte. 24/ZMTP-PLAIN, The HELLO Command. */
const MAX_PLAIN = 255;
const KEY_SIZE = 32;

type Name = 'plain-username' | 'plain-password' | 'curve-server-key' | 'curve-secret-key';

export const CREDENTIAL_OPTIONS: Readonly<Record<Name, OptionSpec & { readonly type: 'text' }>> = {
  'plain-username': { type: 'text', value: 'NAME', about: 'PLAIN: the user name' },
  'plain-password': {
    type: 'text',
    about: 'its password; better in the environment, ZMTP_PLAIN_PASSWORD',
  },
  'curve-server-key': {
    type: 'text',
    value: KEY,
    about: 'CURVE: be a client of the server with this public key',
  },
  'curve-secret-key': {
    type: 'text',
    value: KEY,
    about: 'our secret key, or ZMTP_CURVE_SECRET_KEY; a client without gets a new one',
  },
};

export type CredentialValues = OptionsOf<typeof CREDENTIAL_OPTIONS>;

type Plain = { readonly username: string; readonly password: string };

/** What a client comes with. Keys are 40 characters of Z85. */
export type ClientCredentials =
  | { readonly mechanism: 'NULL' }
  | ({ readonly mechanism: 'PLAIN' } & Plain)
  | { readonly mechanism: 'CURVE'; readonly serverKey: string; readonly secretKey: string };

/** @throws {UsageError} for what does not go together, and for keys that are none */
export function readCredentials(given: CredentialValues): ClientCredentials {
  const plain = readPlain(given);
  const serverKey = given['curve-server-key'];
  if (serverKey === undefined) {
    if (given['curve-secret-key'] !== undefined)
      throw new UsageError('--curve-secret-key needs --curve-server-key');
    return plain === undefined ? { mechanism: 'NULL' } : { mechanism: 'PLAIN', ...plain };
  }
  if (plain !== undefined) throw new UsageError('a socket has either PLAIN or CURVE');
  return {
    mechanism: 'CURVE',
    serverKey: readKey('--curve-server-key', serverKey, 'publicKey'),
    secretKey: readSecretKey(given) ?? curveKeyPair().secretKey,
  };
}

/**
 * A user name and its password; `undefined` when there is neither.
 *
 * @throws {UsageError} for one without the other, and for what is too long
 */
export function readPlain(given: CredentialValues): Plain | undefined {
  const username = given['plain-username'];
  if (username === undefined) {
    if (given['plain-password'] === undefined) return undefined;
    throw new UsageError('--plain-password needs --plain-username');
  }
  const password = given['plain-password'] ?? process.env['ZMTP_PLAIN_PASSWORD'];
  if (password === undefined)
    throw new UsageError('--plain-username needs --plain-password, or ZMTP_PLAIN_PASSWORD');
  if ([username, password].some((text) => Buffer.byteLength(text) > MAX_PLAIN))
    throw new UsageError(`user name and password have at most ${MAX_PLAIN} bytes`);
  return { username, password };
}

/**
 * Our secret key, `undefined` when there is none.
 *
 * @throws {UsageError} when it is no key
 */
export function readSecretKey(given: CredentialValues): string | undefined {
  const option = given['curve-secret-key'];
  if (option !== undefined) return readKey('--curve-secret-key', option, 'secretKey');
  const variable = process.env['ZMTP_CURVE_SECRET_KEY'];
  return variable === undefined
    ? undefined
    : readKey('ZMTP_CURVE_SECRET_KEY', variable, 'secretKey');
}

/**
 * A key, or what the file has that is named: as `zmtp keygen` prints it, with `--json` or without, or the key alone. What was
 * given may be a secret with a mistake in it, so no complaint repeats it.
 *
 * @param source - the option, or the variable
 * @throws {UsageError} when there is no key
 */
export function readKey(
  source: string,
  keyOrFile: string,
  name: 'publicKey' | 'secretKey',
): string {
  // The path of a file may have 40 characters, too.
  if (isKey(keyOrFile) && !existsSync(keyOrFile)) return keyOrFile;
  const text = readFile(
    source,
    keyOrFile,
    'neither a key (40 characters of Z85) nor a file',
  ).trim();
  const key = isKey(text) ? text : keyIn(text, name);
  if (key !== undefined && isKey(key)) return key;
  const kind = name === 'publicKey' ? 'public' : 'secret';
  throw new UsageError(`${source}: the file has no ${kind} key`);
}

/**
 * A file that was named on the command line.
 *
 * @param source - what named it, for the complaint
 * @param no - how the complaint begins
 * @throws {UsageError} when it cannot be read
 */
export function readFile(source: string, path: string, no: string = 'no file'): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`${source}: ${no} that can be read (${code})`);
  }
}

function isKey(text: string): boolean {
  try {
    return decodeZ85(text).length === KEY_SIZE;
  } catch {
    return false; // of another length, or with other characters
  }
}

function keyIn(text: string, name: 'publicKey' | 'secretKey'): string | undefined {
  const line = new RegExp(`^${name === 'publicKey' ? 'public' : 'secret'} (\\S{40})$`, 'm');
  const printed = line.exec(text)?.[1];
  if (printed !== undefined) return printed;
  try {
    const key = (JSON.parse(text) as Record<string, unknown> | null)?.[name];
    return typeof key === 'string' ? key : undefined;
  } catch {
    return undefined; // neither of the forms
  }
}
