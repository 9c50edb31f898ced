/**
 * Keys, passwords and certificates, from the command line, the environment and files.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import {
  allowKeys,
  allowPasswords,
  type CommonOptions,
  curveKeyPair,
  type TlsOptions,
} from '../../index.ts';
import { UsageError } from '../command.ts';
import type { SocketOptionValues } from './options.ts';

type Security = Partial<
  Pick<
    CommonOptions,
    | 'plainServer'
    | 'plainUsername'
    | 'plainPassword'
    | 'curveServer'
    | 'curveSecretKey'
    | 'curveServerKey'
    | 'authenticate'
    | 'tls'
  >
>;

/**
 * The socket options that those of the command line amount to.
 *
 * @throws {UsageError} for what does not go together, and for files that cannot be read
 */
export function securityOptions(given: SocketOptionValues): Security {
  const plain = plainOptions(given);
  const curve = curveOptions(given);
  if (plain !== undefined && curve !== undefined)
    throw new UsageError('a socket has either PLAIN or CURVE');
  const tls = tlsOptions(given);
  return { ...plain, ...curve, ...(tls !== undefined && { tls }) };
}

function plainOptions(given: SocketOptionValues): Security | undefined {
  const username = given['plain-username'];
  const password = given['plain-password'] ?? process.env['ZMTP_PLAIN_PASSWORD'];
  const isServer = given['plain-server'];
  if (username === undefined) {
    if (isServer) throw new UsageError('--plain-server needs --plain-username: whom to let in');
    if (given['plain-password'] === undefined) return undefined;
    throw new UsageError('--plain-password needs --plain-username');
  }
  if (password === undefined)
    throw new UsageError('--plain-username needs --plain-password, or ZMTP_PLAIN_PASSWORD');
  if (!isServer) return { plainUsername: username, plainPassword: password };
  return { plainServer: true, authenticate: allowPasswords({ [username]: password }) };
}

function curveOptions(given: SocketOptionValues): Security | undefined {
  const isServer = given['curve-server'];
  const serverKey = given['curve-server-key'];
  const allowed = given['curve-allow'];
  if (!isServer && allowed.length > 0) throw new UsageError('--curve-allow needs --curve-server');
  if (isServer && serverKey !== undefined)
    throw new UsageError('a socket is either the server of CURVE or a client: not both');
  const givenSecret = given['curve-secret-key'];
  if (!isServer && serverKey === undefined) {
    if (givenSecret === undefined) return undefined;
    throw new UsageError('--curve-secret-key needs --curve-server or --curve-server-key');
  }
  const secret = givenSecret ?? process.env['ZMTP_CURVE_SECRET_KEY'];
  if (!isServer) {
    return {
      curveServerKey: readKey(serverKey ?? '', 'publicKey'),
      curveSecretKey:
        secret === undefined ? curveKeyPair().secretKey : readKey(secret, 'secretKey'),
    };
  }
  if (secret === undefined)
    throw new UsageError('--curve-server needs --curve-secret-key, or ZMTP_CURVE_SECRET_KEY');
  return {
    curveServer: true,
    curveSecretKey: readKey(secret, 'secretKey'),
    ...(allowed.length > 0 && {
      authenticate: allowKeys(allowed.map((key) => readKey(key, 'publicKey'))),
    }),
  };
}

const Z85_KEY = /^[0-9A-Za-z.\-:+=^!/*?&<>()[\]{}@%$#]{40}$/;

/** A key, or the file that has it: as `zmtp keygen` prints it, with `--json` or without, or the key alone. */
function readKey(keyOrFile: string, name: 'publicKey' | 'secretKey'): string {
  if (Z85_KEY.test(keyOrFile)) return keyOrFile;
  const text = readText(keyOrFile).trim();
  const key = Z85_KEY.test(text) ? text : keyIn(text, name);
  if (key !== undefined) return key;
  throw new UsageError(`"${keyOrFile}" has no ${name === 'publicKey' ? 'public' : 'secret'} key`);
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

function tlsOptions(given: SocketOptionValues): TlsOptions | undefined {
  const files = { ca: given['tls-ca'], cert: given['tls-cert'], key: given['tls-key'] };
  const found = Object.entries(files).flatMap(([name, file]) =>
    file === undefined ? [] : [[name, readText(file)]],
  );
  return found.length === 0 ? undefined : (Object.fromEntries(found) as TlsOptions);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`neither a key nor a file that can be read: ${(error as Error).message}`);
  }
}
