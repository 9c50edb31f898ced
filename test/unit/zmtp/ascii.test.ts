import { describe, expect, test } from 'vitest';
import { asciiBytes, asciiText, printable } from '../../../src/zmtp/ascii.ts';

describe('asciiBytes and asciiText', () => {
  test('turn text into bytes and back', () => {
    expect(asciiBytes('READY')).toEqual(Uint8Array.of(0x52, 0x45, 0x41, 0x44, 0x59));
    expect(asciiText(asciiBytes('READY'))).toBe('READY');
    expect(asciiText(new Uint8Array(0))).toBe('');
  });

  test('keep every byte value', () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(asciiBytes(asciiText(all))).toEqual(all);
  });
});

describe('printable', () => {
  test('leaves printable ASCII and escapes the rest', () => {
    expect(printable(asciiBytes('a b~'))).toBe('a b~');
    expect(printable(Uint8Array.of(0x00, 0x1f, 0x41, 0x7f, 0xff))).toBe('\\x00\\x1fA\\x7f\\xff');
  });

  test('ends long input with an ellipsis', () => {
    expect(printable(asciiBytes('abcdef'), 3)).toBe('abc…');
    expect(printable(asciiBytes('abc'), 3)).toBe('abc');
    expect(printable(new Uint8Array(65).fill(0x61))).toBe(`${'a'.repeat(64)}…`);
  });
});
