/**
 * Ready-made deciders for the socket option `authenticate`: lists of keys, passwords and addresses.
 *
 * @module
 */
import type { AuthenticationVerdict, Authenticator } from './authentication.ts';
import { readAddressBlocks } from './address-blocks.ts';
import { invalidType, invalidValue } from './errors.ts';
import { crypto } from './node-modules.ts';
import { decodeZ85, encodeZ85 } from './z85.ts';

const KEY_SIZE = 32;

/**
 * Lets in who has one of these public keys: CURVE. The key, in Z85, is the user id.
 *
 * @param keys - 40 characters of Z85 or 32 bytes each
 * @throws {TypeError | RangeError} code EINVAL for what is no list, and for what is no key
 * @example
 * const server = new Reply({ curveServer: true, curveSecretKey, authenticate: allowKeys([clientKey]) });
 */
export function allowKeys(keys: Iterable<string | Uint8Array>): Authenticator {
  const known = new Set(listOf(keys, 'allowKeys').map(toKeyText));
  return (request) => {
    if (request.mechanism !== 'CURVE' || !known.has(request.publicKey)) return false;
    return { status: 200, userId: request.publicKey };
  };
}

/**
 * Lets in who knows the password of one of these users: PLAIN. The user's name is the user id. How long an answer takes
 * says nothing of how much of a password was right, nor whether there is such a user.
 *
 * @param passwords - an object with a password for each user name
 * @throws {TypeError} code EINVAL for another table, and for a password that is no string
 * @example
 * const server = new Reply({ plainServer: true, authenticate: allowPasswords({ admin: 'secret' }) });
 */
export function allowPasswords(passwords: Readonly<Record<string, string>>): Authenticator {
  if (typeof passwords !== 'object' || passwords === null || Symbol.iterator in passwords) {
    throw invalidType('Passwords must be an object', 'expected { user: password }');
  }
  // Digests have one length, whatever the length of what they are made of.
  const { createHmac, randomBytes, timingSafeEqual } = crypto();
  const key = randomBytes(KEY_SIZE);
  const digest = (text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const known = new Map<string, Buffer>();
  for (const [username, password] of Object.entries(passwords)) {
    if (typeof password !== 'string') {
      throw invalidType('A password must be a string', `got ${typeof password} for ${username}`);
    }
    known.set(username, digest(password));
  }
  const nobodys = randomBytes(KEY_SIZE);
  return (request) => {
    if (request.mechanism !== 'PLAIN') return false;
    const { username, password } = request;
    if (!timingSafeEqual(known.get(username) ?? nobodys, digest(password))) return false;
    return { status: 200, userId: username };
  };
}

/**
 * Lets in who comes from one of these addresses. Over ipc there are none, and nobody comes in.
 *
 * @param blocks - addresses or CIDR blocks of IPv4 and IPv6, e.g. `192.168.0.0/16`
 * @throws {TypeError | RangeError} code EINVAL for what is no list, and for what is no such block
 */
export function allowAddresses(blocks: Iterable<string>): Authenticator {
  const isAllowed = readAddressBlocks(listOf(blocks, 'allowAddresses'), 'allowAddresses');
  return ({ address }) => isAllowed(address);
}

/**
 * Lets in who is let in by all of these, asked in order until one refuses. User id and metadata are those of the first
 * that has any.
 *
 * @throws {TypeError} code EINVAL for what is no function
 * @example
 * const authenticate = requireAll(allowAddresses(['10.0.0.0/8']), allowKeys(keys));
 */
export function requireAll(...authenticators: Authenticator[]): Authenticator {
  for (const each of authenticators) {
    if (typeof each !== 'function') {
      throw invalidType('An authenticator must be a function', `got ${typeof each}`);
    }
  }
  return async (request) => {
    // Nobody has been asked, so nobody has agreed.
    let joint: AuthenticationVerdict = authenticators.length > 0;
    for (const authenticator of authenticators) {
      const verdict = await authenticator(request);
      if (verdict === true) continue;
      if (typeof verdict !== 'object' || verdict?.status !== 200) return verdict;
      joint = joint === true ? verdict : { ...verdict, ...(joint as object), status: 200 };
    }
    return joint;
  };
}

/** One key or block in place of a list is a list of characters or bytes, too, but nobody means that. */
function listOf<T>(list: Iterable<T>, name: string): T[] {
  const isList = typeof list === 'object' && list !== null && Symbol.iterator in list;
  if (isList && !(list instanceof Uint8Array)) return [...list];
  throw invalidType('Argument must be a list', `${name} takes an array, a Set or the like`);
}

function toKeyText(key: string | Uint8Array): string {
  const bytes = typeof key === 'string' ? decodeZ85(key) : key;
  if (!(bytes instanceof Uint8Array) || bytes.length !== KEY_SIZE) {
    throw invalidValue('Invalid argument', 'a public key has 32 bytes, or 40 characters of Z85');
  }
  return encodeZ85(bytes);
}
