import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeZ85, encodeZ85 } from '../../src/z85.ts';
import './compare-bytes.ts';

const EINVAL = expect.objectContaining({ code: 'EINVAL' });

test('32/Z85: the test case of the standard', () => {
  const bytes = Buffer.from('864fd26fb559f75b', 'hex');
  expect(encodeZ85(bytes)).toBe('HelloWorld');
  expect(decodeZ85('HelloWorld')).toEqual(bytes);
});

test('a key of libzmq’s manual', () => {
  const secret = 'JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6';
  expect(decodeZ85(secret)).toHaveLength(32);
  expect(encodeZ85(decodeZ85(secret))).toBe(secret);
});

test.each([
  ['00000000', '00000'],
  ['ffffffff', '%nSc0'],
])('the ends of a group: %s', (hex, text) => {
  expect(encodeZ85(Buffer.from(hex, 'hex'))).toBe(text);
  expect(decodeZ85(text)).toEqual(Buffer.from(hex, 'hex'));
});

test('what is encoded is decoded', () => {
  const bytes = fc
    .uint8Array({ minLength: 1, maxLength: 20 })
    .map((some) => Buffer.concat([some, some, some, some]));
  fc.assert(
    fc.property(bytes, (some) => {
      expect(decodeZ85(encodeZ85(some))).toEqual(some);
    }),
  );
});

test('no bytes are no text', () => {
  expect(encodeZ85(new Uint8Array(0))).toBe('');
});

test.each([1, 2, 3, 5, 31, 33])('%i bytes are no whole groups', (size) => {
  expect(() => encodeZ85(new Uint8Array(size))).toThrow(EINVAL);
});

test.each([
  ['nothing', ''],
  ['half a group', 'Hell'],
  ['a character too many', 'HelloW'],
  ['a space', 'Hell '],
  ['a quotation mark', 'Hell"'],
  ['a comma', 'Hell,'],
  ['a letter that is not ASCII', 'Hellö'],
  ['a letter of two code units', 'Hel😀'],
  ['one more than 4 bytes can hold', '%nSc1'],
  ['the greatest group of all', '#####'],
])('the decoder refuses %s', (_what, text) => {
  expect(() => decodeZ85(text)).toThrow(EINVAL);
});

test('an error does not tell the text: it may be a secret', () => {
  try {
    decodeZ85('secret key');
  } catch (error) {
    expect(JSON.stringify(error)).not.toContain('secret');
    expect(String(error)).not.toContain('secret');
  }
});

test('other types are refused', () => {
  expect(() => encodeZ85('text' as unknown as Uint8Array)).toThrow(EINVAL);
  expect(() => decodeZ85(Buffer.from('HelloWorld') as unknown as string)).toThrow(EINVAL);
});
