/**
 * The cryptography of CURVE: X25519 from node:crypto, XSalsa20-Poly1305 from libsodium compiled to WebAssembly.
 *
 * libsodium is not a dependency: `scripts/build.ts` puts it into the compiled form of this file, which is imported only
 * when CURVE is configured (`loadCurveBox`), so nobody else pays for it. @noble/ciphers was the other candidate and is a
 * tenth of the size, but several times slower (processor time for sealing and opening one frame, side by side, Node 20):
 *
 * ```
 *            10 B              1 KiB             64 KiB            in bulk
 * noble      5.2 + 8.4 µs      15 + 19 µs        540 + 542 µs      121 MB/s
 * libsodium  0.33 + 0.36 µs    3.6 + 3.7 µs      205 + 205 µs      320 MB/s
 * native     < 1 µs            < 2.4 µs          53 + 53 µs        1,230 MB/s
 * ```
 *
 * The last line is libsodium as Debian compiles it, with the processor's vector instructions, which the one in WebAssembly
 * lacks; it was called from Python, and the call is in it.
 *
 * What libsodium works on has to be in its memory: a frame is copied there and back, long ones piece by piece, so that
 * the memory does not grow. The build with all functions is used, because only that one lets the first step of XSalsa20
 * be done once for many nonces.
 *
 * @module
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import makeSodium, { type Sodium } from 'libsodium-sumo';
import { generateKeyPair, sharedSecret } from './x25519.ts';
import {
  type BoxCipher,
  type CurveBox,
  KEY_SIZE,
  type KeyPair,
  NONCE_PREFIX_SIZE,
  NONCE_SIZE,
  TAG_SIZE,
} from './zmtp/mechanism/curve-box.ts';

/** Bytes that are handed to libsodium at once: a multiple of `BLOCK_SIZE`. */
const PIECE_SIZE = 128 * 1024;
const BLOCK_SIZE = 64;
/** The stream of XSalsa20 begins with the key of Poly1305; the plaintext comes behind it. */
const TAG_KEY_SIZE = 32;
/** Bytes copied one by one: below this, a loop is quicker than the call of `TypedArray.prototype.set`. */
const LOOP_LIMIT = 32;

const ZERO_PREFIX = new Uint8Array(NONCE_PREFIX_SIZE);

/** Starts libsodium. */
export async function createCurveBox(): Promise<CurveBox> {
  return new SodiumBox(new SodiumMemory(await makeSodium()));
}

class SodiumBox implements CurveBox {
  readonly #memory: SodiumMemory;

  constructor(memory: SodiumMemory) {
    this.#memory = memory;
  }

  randomBytes(size: number): Uint8Array {
    return randomBytes(size);
  }

  generateKeyPair(): KeyPair {
    return generateKeyPair();
  }

  sharedKey(publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array | undefined {
    const secret = sharedSecret(publicKey, secretKey);
    if (secret === undefined) return undefined;
    const key = this.#memory.deriveKey(secret, ZERO_PREFIX);
    secret.fill(0);
    return key;
  }

  seal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const box = new Uint8Array(TAG_SIZE + plaintext.length);
    box.set(plaintext, TAG_SIZE);
    const cipher = this.cipher(key, nonce);
    cipher.seal(box, 0, box.length, ...counterOf(nonce));
    cipher.wipe();
    return box;
  }

  open(key: Uint8Array, nonce: Uint8Array, box: Uint8Array): Uint8Array | undefined {
    if (box.length < TAG_SIZE) return undefined;
    const opened = Uint8Array.from(box);
    const cipher = this.cipher(key, nonce);
    const isOpen = cipher.open(opened, 0, opened.length, ...counterOf(nonce));
    cipher.wipe();
    return isOpen ? opened.subarray(TAG_SIZE) : undefined;
  }

  cipher(key: Uint8Array, noncePrefix: Uint8Array): BoxCipher {
    return new SodiumCipher(this.#memory, this.#memory.deriveKey(key, noncePrefix));
  }

  areEqual(a: Uint8Array, b: Uint8Array): boolean {
    return a.length === b.length && timingSafeEqual(a, b);
  }
}

class SodiumCipher implements BoxCipher {
  readonly #memory: SodiumMemory;
  /** Gone when wiped. */
  #subkey: Uint8Array | undefined;

  constructor(memory: SodiumMemory, subkey: Uint8Array) {
    this.#memory = memory;
    this.#subkey = subkey;
  }

  seal(bytes: Uint8Array, start: number, end: number, high: number, low: number): void {
    this.#load(high, low);
    this.#memory.seal(bytes, start, end);
  }

  open(bytes: Uint8Array, start: number, end: number, high: number, low: number): boolean {
    this.#load(high, low);
    return this.#memory.open(bytes, start, end);
  }

  wipe(): void {
    this.#subkey?.fill(0);
    this.#subkey = undefined;
    this.#memory.wipe();
  }

  #load(high: number, low: number): void {
    if (this.#subkey === undefined) throw new Error('the key has been wiped');
    this.#memory.load(this.#subkey, high, low);
  }
}

/** libsodium and the places in its memory where it is given what it works on. */
class SodiumMemory {
  readonly #sodium: Sodium;
  readonly #start: number;
  readonly #key: number;
  readonly #nonce: number;
  readonly #tag: number;
  readonly #state: number;
  /** What is combined with the stream: zeros, in whose place the key of Poly1305 comes out, and a piece of text. */
  readonly #input: number;
  /** What comes out of it. */
  readonly #output: number;
  /** The most that has been written to input and output since the last `wipe`. */
  #used: number;
  /** The key that is there: one peer's frames often come one after the other. */
  #loaded: Uint8Array | undefined;

  constructor(sodium: Sodium) {
    this.#sodium = sodium;
    const sizes = [
      KEY_SIZE,
      NONCE_PREFIX_SIZE,
      TAG_SIZE,
      sodium._crypto_onetimeauth_statebytes(),
      PIECE_SIZE,
      PIECE_SIZE,
    ].map((size) => Math.ceil(size / BLOCK_SIZE) * BLOCK_SIZE);
    this.#start = sodium._malloc(sizes.reduce((sum, size) => sum + size, 0));
    const [key = 0, nonce = 0, tag = 0, state = 0, input = 0] = sizes;
    this.#key = this.#start;
    this.#nonce = this.#key + key;
    this.#tag = this.#nonce + nonce;
    this.#state = this.#tag + tag;
    this.#input = this.#state + state;
    this.#output = this.#input + input;
    this.#sodium.HEAPU8.fill(0, this.#input, this.#input + TAG_KEY_SIZE);
    this.#used = 0;
  }

  /** HSalsa20 of a key and 16 bytes. */
  deriveKey(key: Uint8Array, input: Uint8Array): Uint8Array {
    const { HEAPU8: heap } = this.#sodium;
    heap.set(key, this.#key);
    heap.set(input.subarray(0, NONCE_PREFIX_SIZE), this.#nonce);
    this.#sodium._crypto_core_hsalsa20(this.#key, this.#nonce, this.#key, 0);
    const derived = heap.slice(this.#key, this.#key + KEY_SIZE);
    this.wipe();
    return derived;
  }

  /** Makes ready for one box: its key after the first step of XSalsa20, and the last 8 bytes of its nonce. */
  load(subkey: Uint8Array, high: number, low: number): void {
    const { HEAPU8: heap } = this.#sodium;
    if (this.#loaded !== subkey) {
      heap.set(subkey, this.#key);
      this.#loaded = subkey;
    }
    const nonce = this.#nonce;
    heap[nonce] = high >>> 24;
    heap[nonce + 1] = high >>> 16;
    heap[nonce + 2] = high >>> 8;
    heap[nonce + 3] = high;
    heap[nonce + 4] = low >>> 24;
    heap[nonce + 5] = low >>> 16;
    heap[nonce + 6] = low >>> 8;
    heap[nonce + 7] = low;
  }

  seal(bytes: Uint8Array, start: number, end: number): void {
    const size = end - start - TAG_SIZE;
    if (size > PIECE_SIZE - TAG_KEY_SIZE) {
      this.#sealLong(bytes, start, end);
      return;
    }
    const { HEAPU8: heap } = this.#sodium;
    const text = this.#output + TAG_KEY_SIZE;
    copyIn(bytes, start + TAG_SIZE, end, heap, this.#input + TAG_KEY_SIZE);
    this.#crypt(TAG_KEY_SIZE + size, 0);
    // The tag takes the place of the second half of its key, right in front of the ciphertext.
    const box = text - TAG_SIZE;
    this.#sodium._crypto_onetimeauth(box, text, size, 0, this.#output);
    copyOut(heap, box, text + size, bytes, start);
  }

  open(bytes: Uint8Array, start: number, end: number): boolean {
    const size = end - start - TAG_SIZE;
    if (size > PIECE_SIZE - TAG_KEY_SIZE) return this.#openLong(bytes, start, end);
    const { HEAPU8: heap } = this.#sodium;
    const text = this.#input + TAG_KEY_SIZE;
    copyIn(bytes, start, start + TAG_SIZE, heap, this.#tag);
    copyIn(bytes, start + TAG_SIZE, end, heap, text);
    // The key of the tag and the plaintext come from one call. Nobody gets to see the plaintext before the tag is
    // verified. (Short frames: 20 % quicker than one call for the key and, after the tag, another for the text.)
    this.#crypt(TAG_KEY_SIZE + size, 0);
    const key = this.#output;
    if (this.#sodium._crypto_onetimeauth_verify(this.#tag, text, size, 0, key) !== 0) {
      this.wipe();
      return false;
    }
    copyOut(heap, key + TAG_KEY_SIZE, key + TAG_KEY_SIZE + size, bytes, start + TAG_SIZE);
    return true;
  }

  /** Forgets keys and texts. */
  wipe(): void {
    const { HEAPU8: heap } = this.#sodium;
    this.#loaded = undefined;
    heap.fill(0, this.#start, this.#input + this.#used);
    heap.fill(0, this.#output, this.#output + this.#used);
    this.#used = 0;
  }

  #sealLong(bytes: Uint8Array, start: number, end: number): void {
    this.#cryptLong(bytes, start + TAG_SIZE, end, 'seal');
    this.#sodium._crypto_onetimeauth_final(this.#state, this.#tag);
    copyOut(this.#sodium.HEAPU8, this.#tag, this.#tag + TAG_SIZE, bytes, start);
  }

  #openLong(bytes: Uint8Array, start: number, end: number): boolean {
    this.#cryptLong(bytes, start + TAG_SIZE, end, 'authenticate');
    this.#sodium._crypto_onetimeauth_final(this.#state, this.#tag);
    const tag = this.#sodium.HEAPU8.subarray(this.#tag, this.#tag + TAG_SIZE);
    if (!timingSafeEqual(tag, bytes.subarray(start, start + TAG_SIZE))) {
      this.wipe();
      return false;
    }
    this.#cryptLong(bytes, start + TAG_SIZE, end, 'open');
    return true;
  }

  /** Goes through a long text piece by piece. What passes as ciphertext is counted in for the tag. */
  #cryptLong(
    bytes: Uint8Array,
    start: number,
    end: number,
    purpose: 'seal' | 'authenticate' | 'open',
  ): void {
    const { HEAPU8: heap } = this.#sodium;
    let block = 0;
    let prefix = TAG_KEY_SIZE;
    for (let offset = start; offset < end; ) {
      const size = Math.min(PIECE_SIZE - prefix, end - offset);
      const text = this.#input + prefix;
      const result = this.#output + prefix;
      copyIn(bytes, offset, offset + size, heap, text);
      const count = purpose === 'authenticate' ? prefix : prefix + size;
      if (count > 0) this.#crypt(count, block);
      if (purpose !== 'open') {
        if (block === 0) this.#sodium._crypto_onetimeauth_init(this.#state, this.#output);
        const ciphertext = purpose === 'seal' ? result : text;
        this.#sodium._crypto_onetimeauth_update(this.#state, ciphertext, size, 0);
      }
      if (purpose !== 'authenticate') copyOut(heap, result, result + size, bytes, offset);
      offset += size;
      block += PIECE_SIZE / BLOCK_SIZE;
      prefix = 0;
    }
    heap.fill(0, this.#input, this.#input + TAG_KEY_SIZE);
  }

  /** Combines the first `size` bytes of the input with the stream of Salsa20, from a block of 64 bytes on. */
  #crypt(size: number, block: number): void {
    if (size > this.#used) this.#used = size;
    this.#sodium._crypto_stream_salsa20_xor_ic(
      this.#output,
      this.#input,
      size,
      0,
      this.#nonce,
      block,
      0,
      this.#key,
    );
  }
}

function copyIn(
  bytes: Uint8Array,
  start: number,
  end: number,
  heap: Uint8Array,
  address: number,
): void {
  if (end - start > LOOP_LIMIT) heap.set(bytes.subarray(start, end), address);
  else for (let i = start; i < end; i++) heap[address++] = bytes[i] as number;
}

function copyOut(
  heap: Uint8Array,
  address: number,
  end: number,
  bytes: Uint8Array,
  start: number,
): void {
  if (end - address > LOOP_LIMIT) bytes.set(heap.subarray(address, end), start);
  else for (let i = address; i < end; i++) bytes[start++] = heap[i] as number;
}

/** The last 8 bytes of a nonce, as two words. */
function counterOf(nonce: Uint8Array): [high: number, low: number] {
  const view = new DataView(nonce.buffer, nonce.byteOffset, NONCE_SIZE);
  return [view.getUint32(NONCE_PREFIX_SIZE), view.getUint32(NONCE_PREFIX_SIZE + 4)];
}
