/**
 * X25519 by node:crypto, with keys as 32 raw bytes.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import { crypto } from './node-modules.ts';
import type { KeyPair } from './zmtp/mechanism/curve-box.ts';

/** What stands in front of 32 raw bytes in the DER encodings that node:crypto reads: RFC 8410. */
const PRIVATE_HEADER = Buffer.from('302e020100300506032b656e04220420', 'hex');
const PUBLIC_HEADER = Buffer.from('302a300506032b656e032100', 'hex');
const KEY_SIZE = 32;

/** A new key pair. */
export function generateKeyPair(): KeyPair {
  const secretKey = crypto().randomBytes(KEY_SIZE);
  return { publicKey: publicKeyOf(secretKey), secretKey };
}

/** The public key that belongs to a secret key. */
export function publicKeyOf(secretKey: Uint8Array): Uint8Array {
  const spki = crypto()
    .createPublicKey(privateKeyObject(secretKey))
    .export({ format: 'der', type: 'spki' });
  return Uint8Array.prototype.slice.call(spki, -KEY_SIZE);
}

/** The secret that the owners of two key pairs share; `undefined` when the public key is of low order. */
export function sharedSecret(publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array | undefined {
  const key = Buffer.concat([PUBLIC_HEADER, publicKey]);
  const keys = {
    publicKey: crypto().createPublicKey({ key, format: 'der', type: 'spki' }),
    privateKey: privateKeyObject(secretKey),
  };
  try {
    return crypto().diffieHellman(keys);
  } catch {
    // Both keys are well formed by now, and OpenSSL fails for one reason: the result would be 0.
    return undefined;
  }
}

function privateKeyObject(secretKey: Uint8Array): KeyObject {
  const key = Buffer.concat([PRIVATE_HEADER, secretKey]);
  const object = crypto().createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  key.fill(0);
  return object;
}
