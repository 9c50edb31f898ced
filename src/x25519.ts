/**
 * X25519 by node:crypto, with keys as 32 raw bytes.
 *
 * Node reads and writes keys as DER or as JWK, and what a stranger can make a server of CURVE compute is mostly that: of a
 * HELLO's 700 µs with DER the multiplication is 44. Node 20, a shared machine:
 *
 * ```
 *                 DER       JWK
 * secret key      620 µs    65 µs
 * public key      140 µs    22 µs
 * back to bytes    95 µs     1 µs
 * ```
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import { crypto } from './node-modules.ts';
import type { KeyPair } from './zmtp/mechanism/curve-box.ts';

const KIND = { kty: 'OKP', crv: 'X25519' };
/** What stands in front of 32 raw bytes in the DER encoding of a secret key: RFC 8410. */
const PRIVATE_HEADER = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** A new key pair. */
export function generateKeyPair(): KeyPair {
  const { x, d } = crypto().generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' });
  return { publicKey: fromText(x), secretKey: fromText(d) };
}

/** The public key that belongs to a secret key. */
export function publicKeyOf(secretKey: Uint8Array): Uint8Array {
  return fromText(
    crypto().createPublicKey(privateKeyObject(secretKey)).export({ format: 'jwk' }).x,
  );
}

/** The secret that the owners of two key pairs share; `undefined` when the public key is of low order. */
export function sharedSecret(publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array | undefined {
  const keys = {
    publicKey: crypto().createPublicKey({ key: { ...KIND, x: toText(publicKey) }, format: 'jwk' }),
    privateKey: privateKeyObject(secretKey),
  };
  try {
    return crypto().diffieHellman(keys);
  } catch {
    // Both keys are well formed by now, and OpenSSL fails for one reason: the result would be 0.
    return undefined;
  }
}

let canLeaveOutPublicKey: boolean | undefined;

function privateKeyObject(secretKey: Uint8Array): KeyObject {
  canLeaveOutPublicKey ??= leavesOutPublicKey();
  return canLeaveOutPublicKey ? fromJwk(secretKey) : fromDer(secretKey);
}

/** A JWK of a secret key must have the public key, which we do not know yet; Node does not look at it. */
function fromJwk(secretKey: Uint8Array): KeyObject {
  const key = { ...KIND, x: toText(new Uint8Array(secretKey.length)), d: toText(secretKey) };
  return crypto().createPrivateKey({ key, format: 'jwk' });
}

function fromDer(secretKey: Uint8Array): KeyObject {
  const key = Buffer.concat([PRIVATE_HEADER, secretKey]);
  const object = crypto().createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  key.fill(0);
  return object;
}

/** Whether this runtime makes of a JWK with a wrong public key what it makes of the secret key alone. */
function leavesOutPublicKey(): boolean {
  const { publicKey, secretKey } = generateKeyPair();
  try {
    const made = crypto().createPublicKey(fromJwk(secretKey)).export({ format: 'jwk' });
    return made.x === toText(publicKey);
  } catch {
    return false;
  }
}

function toText(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('base64url');
}

/** Bytes of their own, which can be overwritten without harm to others. */
function fromText(text: string | undefined): Uint8Array {
  const pooled = Buffer.from(text ?? '', 'base64url');
  const key = Uint8Array.from(pooled);
  pooled.fill(0);
  return key;
}
