/**
 * Keys of CURVE for people and their configuration: text of 40 characters, in Z85, as libzmq's `zmq_curve_keypair` has
 * them.
 *
 * @module
 */
import { generateKeyPair } from './x25519.ts';
import { encodeZ85 } from './z85.ts';

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
