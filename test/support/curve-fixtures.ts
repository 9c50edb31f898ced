/**
 * Keys that are no good, and a box that is asked for nothing at random.
 *
 * @module
 */
import type { CurveBox, KeyPair } from '../../src/zmtp/mechanism/curve-box.ts';

/** Points of X25519 that lead to 0 whatever they are multiplied by. */
export const LOW_ORDER_POINTS: readonly Uint8Array[] = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map((hex) => Buffer.from(hex, 'hex'));

/** `size` bytes that ascend from `first`. */
export function ascending(first: number, size: number): Buffer {
  return Buffer.from(Array.from({ length: size }, (_, i) => first + i));
}

/** A box whose random bytes and key pairs are given, in the order in which they are asked for. */
export function scripted(
  box: CurveBox,
  { secrets = [], randoms = [] }: { secrets?: KeyPair[]; randoms?: Uint8Array[] },
): CurveBox {
  return {
    generateKeyPair: () => take(secrets),
    randomBytes: () => take(randoms),
    sharedKey: box.sharedKey.bind(box),
    seal: box.seal.bind(box),
    open: box.open.bind(box),
    cipher: box.cipher.bind(box),
    areEqual: box.areEqual.bind(box),
  };
}

function take<T extends Uint8Array | KeyPair>(from: T[]): T {
  const next = from.shift();
  if (next === undefined) throw new Error('nothing more was expected to be asked for');
  // What is given away may be wiped.
  if (next instanceof Uint8Array) return Buffer.from(next) as unknown as T;
  return { ...next, secretKey: Buffer.from(next.secretKey) };
}
