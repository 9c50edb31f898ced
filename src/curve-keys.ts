/**
 * Keys of CURVE for people and their configuration: text of 40 characters, in Z85, as libzmq's `zmq_curve_keypair` has
 * them.
 *
 * @module
 */
import { invalidValue } from './errors.ts';
import { generateKeyPair, publicKeyOf } from './x25519.ts';
import { decodeZ85, encodeZ85 } from './z85.ts';

const KEY_LENGTH = 40;

/** 40 characters of Z85 each. */
export type CurveKeyPair = {
  readonly publicKey: string;
  readonly secretKey: string;
};

/** Makes a new key pair for CURVE. */
export function curveKeyPair(): CurveKeyPair {
  const { publicKey, secretKey } = generateKeyPair();
  const pair = { publicKey: encodeZ85(publicKey), secretKey: encodeZ85(secretKey) };
  secretKey.fill(0);
  return pair;
}

/**
 * The public key that belongs to a secret key, as libzmq's `zmq_curve_public` finds it.
 *
 * @param secretKey - 40 characters of Z85
 * @throws {RangeError} code EINVAL, for any other text
 */
export function curvePublicKey(secretKey: string): string {
  const secret = decodeZ85(secretKey);
  if (secretKey.length !== KEY_LENGTH) {
    const detail = `a key has ${KEY_LENGTH} characters of Z85, got ${secretKey.length}`;
    throw invalidValue('Invalid argument', detail);
  }
  const publicKey = encodeZ85(publicKeyOf(secret));
  secret.fill(0);
  return publicKey;
}
