/**
 * What keys, passwords and certificates mean to a socket, as a client or as a server.
 *
 * @module
 */
import {
  allowKeys,
  allowPasswords,
  type CommonOptions,
  curveKeyPair,
  type TlsOptions,
} from '../../index.ts';
import { UsageError } from '../command.ts';
import { readFile, readKey, readPlain, readSecretKey } from '../credentials.ts';
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
  const isServer = given['plain-server'];
  if (isServer && given['plain-username'] === undefined)
    throw new UsageError('--plain-server needs --plain-username: whom to let in');
  const plain = readPlain(given);
  if (plain === undefined) return undefined;
  const { username, password } = plain;
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
  if (!isServer && serverKey === undefined) {
    if (given['curve-secret-key'] === undefined) return undefined;
    throw new UsageError('--curve-secret-key needs --curve-server or --curve-server-key');
  }
  const secret = readSecretKey(given);
  if (serverKey !== undefined) {
    return {
      curveServerKey: readKey('--curve-server-key', serverKey, 'publicKey'),
      curveSecretKey: secret ?? curveKeyPair().secretKey,
    };
  }
  if (secret === undefined)
    throw new UsageError('--curve-server needs --curve-secret-key, or ZMTP_CURVE_SECRET_KEY');
  return {
    curveServer: true,
    curveSecretKey: secret,
    ...(allowed.length > 0 && {
      authenticate: allowKeys(allowed.map((key) => readKey('--curve-allow', key, 'publicKey'))),
    }),
  };
}

function tlsOptions(given: SocketOptionValues): TlsOptions | undefined {
  const files = { ca: given['tls-ca'], cert: given['tls-cert'], key: given['tls-key'] };
  const found = Object.entries(files).flatMap(([name, file]) =>
    file === undefined ? [] : [[name, readFile(`--tls-${name}`, file)]],
  );
  return found.length === 0 ? undefined : (Object.fromEntries(found) as TlsOptions);
}
