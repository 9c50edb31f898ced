import makeSodium from 'libsodium-sumo';
import { beforeAll, describe, expect, test } from 'vitest';
import * as zeromq from 'zeromq';
import { curveKeyPair, curvePublicKey } from '../../src/curve-keys.ts';
import { loadCurveBox, loadedCurveBox } from '../../src/curve-loader.ts';
import { generateKeyPair, publicKeyOf, sharedSecret } from '../../src/x25519.ts';
import { decodeZ85 } from '../../src/z85.ts';
import type { CurveBox } from '../../src/zmtp/mechanism/curve-box.ts';
import { bytes, u64 } from '../../src/testing/raw-bytes.ts';
import { ascending, LOW_ORDER_POINTS } from '../support/curve-fixtures.ts';
import './compare-bytes.ts';

let box: CurveBox;
let wasLoaded: unknown;

beforeAll(async () => {
  wasLoaded = loadedCurveBox();
  box = await loadCurveBox();
});

const hex = (some: Uint8Array | undefined): string | undefined =>
  some && Buffer.from(some).toString('hex');

test('it is loaded when it is asked for, and once', async () => {
  expect(wasLoaded).toBeUndefined();
  expect(loadedCurveBox()).toBe(box);
  expect(await loadCurveBox()).toBe(box);
});

describe('X25519', () => {
  test.each([
    [0x00, '8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f'],
    [0x20, '358072d6365880d1aeea329adf9121383851ed21a28e3b75e965d0d2cd166254'],
    [0x40, '79a631eede1bf9c98f12032cdeadd0e7a079398fc786b88cc846ec89af85a51a'],
    [0x60, '675dd574ed7789310b3d2e7681f3790b466c773b1521fecf36577958371ea52f'],
  ])('the public key of the secret that begins with %i', (first, publicKey) => {
    expect(hex(publicKeyOf(ascending(first, 32)))).toBe(publicKey);
  });

  test('the shared secret, and the key that is made of it', () => {
    const serverKey = publicKeyOf(ascending(0, 32));
    const secret = ascending(0x40, 32);
    expect(hex(sharedSecret(serverKey, secret))).toBe(
      '6d54cc9c397e31691401110f58da1e182a635d7e44c21dc2d7be93624652ab15',
    );
    expect(hex(box.sharedKey(serverKey, secret))).toBe(
      'b138519cee34a90dc389aea48b9ff8815d929214b0f37a7c30f55cc74b675844',
    );
    expect(hex(box.sharedKey(publicKeyOf(ascending(0x60, 32)), secret))).toBe(
      '541f02ad30774030052f1d5b8c61f93a2b846520da466770e9db2aa885bfbb91',
    );
  });

  test('both sides come to the same', () => {
    const [one, two] = [box.generateKeyPair(), generateKeyPair()];
    expect(box.sharedKey(one.publicKey, two.secretKey)).toEqual(
      box.sharedKey(two.publicKey, one.secretKey),
    );
  });

  test('there is no secret with a point of low order, nor with its other spelling', () => {
    const { secretKey } = box.generateKeyPair();
    for (const point of LOW_ORDER_POINTS) {
      expect(box.sharedKey(point, secretKey)).toBeUndefined();
      const same = Buffer.from(point);
      same[31] = (same[31] ?? 0) | 0x80;
      expect(box.sharedKey(same, secretKey)).toBeUndefined();
    }
  });
});

describe('XSalsa20-Poly1305', () => {
  const key = ascending(0x11, 32);
  const nonce = bytes('CurveZMQMESSAGEC', u64(0x0102_0304_0506n));
  /** Around blocks, and around the pieces in which libsodium is given long texts. */
  const SIZES = [
    ...[0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 95, 96, 97, 1000],
    ...[131_039, 131_040, 131_041, 131_072, 262_112, 262_113, 500_000],
  ];
  const text = (size: number): Buffer => Buffer.alloc(size, ascending(7, 251));

  test('is what libsodium makes of it in one call, whatever the size', async () => {
    const sodium = await makeSodium();
    const memory = sodium._malloc(2 ** 20);
    const at = { key: memory, nonce: memory + 64, box: memory + 128 };
    for (const size of SIZES) {
      sodium.HEAPU8.set(key, at.key);
      sodium.HEAPU8.set(nonce, at.nonce);
      sodium.HEAPU8.set(text(size), at.box + 16);
      sodium._crypto_secretbox_easy(at.box, at.box + 16, size, 0, at.nonce, at.key);
      const theirs = Buffer.from(sodium.HEAPU8.subarray(at.box, at.box + 16 + size));
      expect(Buffer.compare(box.seal(key, nonce, text(size)), theirs), `${size}`).toBe(0);
    }
  });

  test('opens what it has sealed, in place and at any offset', () => {
    const cipher = box.cipher(key, nonce.subarray(0, 16));
    for (const size of SIZES) {
      const target = Buffer.concat([
        bytes('before'),
        Buffer.alloc(16),
        text(size),
        bytes('behind'),
      ]);
      const end = 6 + 16 + size;
      cipher.seal(target, 6, end, 0x0102, 0x0304_0506);
      expect(Buffer.compare(target.subarray(6, end), box.seal(key, nonce, text(size)))).toBe(0);
      expect(cipher.open(target, 6, end, 0x0102, 0x0304_0506)).toBe(true);
      expect(Buffer.compare(target.subarray(22, end), text(size))).toBe(0);
      expect(target.toString('latin1', 0, 6)).toBe('before');
      expect(target.toString('latin1', end)).toBe('behind');
    }
  });

  test('opens nothing else, and leaves it as it was', () => {
    const cipher = box.cipher(key, nonce.subarray(0, 16));
    for (const size of [0, 1, 32, 1000, 140_000]) {
      const sealed = Buffer.from(box.seal(key, nonce, text(size)));
      for (const offset of [0, 15, 16, 16 + (size >> 1), sealed.length - 1]) {
        if (offset >= sealed.length) continue;
        const changed = Buffer.from(sealed);
        changed[offset] = (changed[offset] ?? 0) ^ 0x10;
        const before = Buffer.from(changed);
        expect(cipher.open(changed, 0, changed.length, 0x0102, 0x0304_0506)).toBe(false);
        expect(Buffer.compare(changed, before)).toBe(0);
        expect(box.open(key, nonce, changed)).toBeUndefined();
      }
      expect(cipher.open(Buffer.from(sealed), 0, sealed.length, 0x0102, 0x0304_0507)).toBe(false);
      expect(cipher.open(Buffer.from(sealed), 0, sealed.length, 0x0103, 0x0304_0506)).toBe(false);
      expect(hex(box.open(key, nonce, sealed)) === hex(text(size))).toBe(true);
    }
    expect(box.open(key, nonce, new Uint8Array(15))).toBeUndefined();
  });

  test('two ciphers do not get in each other’s way', () => {
    const one = box.cipher(key, bytes('CurveZMQMESSAGEC'));
    const two = box.cipher(key, bytes('CurveZMQMESSAGES'));
    const first = Buffer.concat([Buffer.alloc(16), bytes('first')]);
    const second = Buffer.concat([Buffer.alloc(16), bytes('second')]);
    one.seal(first, 0, first.length, 0, 1);
    two.seal(second, 0, second.length, 0, 1);
    one.wipe();
    expect(() => one.open(first, 0, first.length, 0, 1)).toThrow('wiped');
    expect(two.open(second, 0, second.length, 0, 1)).toBe(true);
    expect(second.toString('latin1', 16)).toBe('second');
  });
});

test('bytes are compared', () => {
  expect(box.areEqual(bytes('same'), bytes('same'))).toBe(true);
  expect(box.areEqual(bytes('same'), bytes('some'))).toBe(false);
  expect(box.areEqual(bytes('same'), bytes('same '))).toBe(false);
  expect(box.areEqual(bytes(), bytes())).toBe(true);
});

describe('curveKeyPair', () => {
  test('makes keys as libzmq has them: 40 characters of Z85 that belong together', () => {
    const { publicKey, secretKey } = curveKeyPair();
    expect(publicKey).toHaveLength(40);
    expect(secretKey).toHaveLength(40);
    expect(publicKeyOf(decodeZ85(secretKey))).toEqual(decodeZ85(publicKey));
  });

  test('makes new ones each time', () => {
    expect(curveKeyPair()).not.toEqual(curveKeyPair());
  });

  test('belongs to pairs that libzmq has made: the ones in its manual', () => {
    const pairs = [
      ['Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID', 'D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs'],
      ['rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7', 'JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6'],
    ] as const;
    for (const [publicKey, secretKey] of pairs) {
      expect(publicKeyOf(decodeZ85(secretKey))).toEqual(decodeZ85(publicKey));
    }
  });
});

test('the public key of a secret key is the one that libzmq made with it', () => {
  const { publicKey, secretKey } = zeromq.curveKeyPair();
  expect(curvePublicKey(secretKey)).toBe(publicKey);
  expect(curvePublicKey(curveKeyPair().secretKey)).toMatch(/^\S{40}$/);
  for (const wrong of ['', '0'.repeat(45), '~'.repeat(40)]) {
    expect(() => curvePublicKey(wrong)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  }
});
