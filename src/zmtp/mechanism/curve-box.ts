/**
 * The cryptography that CURVE needs, as an interface: X25519, and XSalsa20-Poly1305 as NaCl's crypto_box and
 * crypto_secretbox have it. Who provides it is decided outside (`curve-provider.ts`), so that the codec stays pure and a
 * faster provider can take the place of the one there is.
 *
 * A box is the tag (16 bytes) and the ciphertext behind it, which is as long as the plaintext. A nonce has 24 bytes.
 *
 * @module
 */

export const KEY_SIZE = 32;
export const NONCE_SIZE = 24;
/** The part of a nonce that stays the same where a counter of 8 bytes makes the rest. */
export const NONCE_PREFIX_SIZE = 16;
/** Bytes by which a box is longer than what is in it. */
export const TAG_SIZE = 16;

/** 32 bytes each. */
export type KeyPair = {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
};

export interface CurveBox {
  /** `size` bytes that nobody can foretell. */
  randomBytes(size: number): Uint8Array;

  /** A new key pair. */
  generateKeyPair(): KeyPair;

  /**
   * The key that both sides derive: HSalsa20 of X25519 of one's own secret and the other's public key (crypto_box_beforenm).
   *
   * @returns `undefined` for a public key of low order, with which there is no secret
   */
  sharedKey(publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array | undefined;

  /** A new box with `plaintext` in it. */
  seal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array): Uint8Array;

  /** What is in a box, as new bytes; `undefined` when the box was not made with this key and nonce. */
  open(key: Uint8Array, nonce: Uint8Array, box: Uint8Array): Uint8Array | undefined;

  /**
   * For many boxes of one key, whose nonces differ only in the last 8 bytes: what depends on the rest is computed once.
   *
   * @param noncePrefix - 16 bytes
   */
  cipher(key: Uint8Array, noncePrefix: Uint8Array): BoxCipher;

  /** Whether both hold the same bytes, in a time that says nothing of where they differ. */
  areEqual(a: Uint8Array, b: Uint8Array): boolean;
}

/** Seals and opens boxes in place. The nonce is the prefix and a counter of 64 bits, given as two words. */
export interface BoxCipher {
  /** Makes a box of the bytes from `start` to `end`: room for the tag, and the plaintext behind it. */
  seal(bytes: Uint8Array, start: number, end: number, high: number, low: number): void;

  /**
   * Opens the box from `start` to `end`; the plaintext comes to stand where the ciphertext was.
   *
   * @returns whether it could be opened; if not the bytes are as they were
   */
  open(bytes: Uint8Array, start: number, end: number, high: number, low: number): boolean;

  /** Forgets the key. */
  wipe(): void;
}
