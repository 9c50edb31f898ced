import { describe, expect, test } from 'vitest';
import {
  encodeFrame,
  FLAG_COMMAND,
  FLAG_LONG,
  FLAG_MORE,
  isLegalFlags,
  readLongLength,
  writeHeader,
} from '../../../src/zmtp/frame.ts';
import { bytes, frame, u64 } from '../../../src/testing/raw-bytes.ts';
import '../compare-bytes.ts';

describe('isLegalFlags', () => {
  test('knows the six first bytes of the grammar and no other', () => {
    const legal = Array.from({ length: 256 }, (_, flags) => flags).filter(isLegalFlags);
    expect(legal).toEqual([
      0,
      FLAG_MORE,
      FLAG_LONG,
      FLAG_LONG | FLAG_MORE,
      FLAG_COMMAND,
      FLAG_COMMAND | FLAG_LONG,
    ]);
  });
});

describe('writeHeader', () => {
  test.each([
    [0, bytes(0, 0)],
    [1, bytes(0, 1)],
    [255, bytes(0, 255)],
    [256, bytes(2, u64(256))],
    [65_536, bytes(2, u64(65_536))],
    [2 ** 31 - 1, bytes(2, u64(2 ** 31 - 1))],
    [2 ** 31, bytes(2, u64(2 ** 31))],
    [2 ** 32, bytes(2, u64(2 ** 32))],
    [2 ** 40 + 3, bytes(2, u64(2 ** 40 + 3))],
    [Number.MAX_SAFE_INTEGER, bytes(2, u64(Number.MAX_SAFE_INTEGER))],
  ])('writes the length %i in the shortest form', (length, expected) => {
    const target = new Uint8Array(12).fill(0xee);
    const end = writeHeader(target, 2, 0, length);
    expect(Buffer.from(target.subarray(2, end))).toEqual(expected);
    expect(target.subarray(0, 2), 'nothing before').toEqual(Uint8Array.of(0xee, 0xee));
    expect(target.subarray(end), 'nothing behind').toEqual(new Uint8Array(12 - end).fill(0xee));
    if (expected[0] === 2) expect(readLongLength(target, 3)).toBe(length);
  });

  test('keeps the flags it is given', () => {
    const target = new Uint8Array(9);
    writeHeader(target, 0, FLAG_MORE, 3);
    expect(target[0]).toBe(FLAG_MORE);
    writeHeader(target, 0, FLAG_COMMAND, 300);
    expect(target[0]).toBe(FLAG_COMMAND | FLAG_LONG);
  });
});

describe('readLongLength', () => {
  test('is exact up to 2^53', () => {
    for (const length of [0, 1, 255, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
      expect(readLongLength(u64(length), 0)).toBe(length);
    }
  });

  test('is above every safe integer for larger ones', () => {
    for (const length of [2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n]) {
      expect(readLongLength(u64(length), 0)).toBeGreaterThan(Number.MAX_SAFE_INTEGER);
    }
  });
});

describe('encodeFrame', () => {
  test.each([0, 1, 255, 256, 70_000])('joins header and body of %i bytes', (length) => {
    const body = Buffer.alloc(length, 'x');
    const long = length > 255 ? FLAG_LONG : 0;
    expect(Buffer.from(encodeFrame(FLAG_MORE, body))).toEqual(frame(FLAG_MORE | long, body));
  });
});
