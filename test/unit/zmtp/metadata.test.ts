import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../src/errors.ts';
import { decodeMetadata, encodeMetadata, findProperty } from '../../../src/zmtp/metadata.ts';
import { bytes, property, u32 } from '../../../src/testing/raw-bytes.ts';
import '../compare-bytes.ts';

describe('encodeMetadata and decodeMetadata', () => {
  test('keep order, names and values', () => {
    const metadata = new Map([
      ['Socket-Type', Buffer.from('DEALER')],
      ['Identity', Buffer.alloc(0)],
      ['X-a.b_c+d', Buffer.from([0, 1, 255])],
    ]);
    const encoded = encodeMetadata(metadata);
    expect(Buffer.from(encoded)).toEqual(
      bytes(
        property('Socket-Type', 'DEALER'),
        property('Identity', ''),
        property('X-a.b_c+d', bytes(0, 1, 255)),
      ),
    );
    expect([...decodeMetadata(encoded)]).toEqual([...metadata]);
  });

  test('nothing is no properties', () => {
    expect(encodeMetadata(new Map())).toEqual(new Uint8Array(0));
    expect(decodeMetadata(new Uint8Array(0)).size).toBe(0);
  });

  test('a name may have 255 characters, a value more', () => {
    const metadata = new Map([['n'.repeat(255), Buffer.alloc(70_000, 'v')]]);
    expect([...decodeMetadata(encodeMetadata(metadata))]).toEqual([...metadata]);
  });
});

describe('encodeMetadata', () => {
  test.each(['', 'n'.repeat(256)])('refuses a name that could not be read back', (name) => {
    expect(() => encodeMetadata(new Map([[name, Buffer.alloc(1)]]))).toThrow(RangeError);
  });
});

describe('decodeMetadata', () => {
  test('answers with copies', () => {
    const encoded = property('X-a', 'value');
    const value = decodeMetadata(encoded).get('X-a');
    encoded.fill(0);
    expect(value).toEqual(Buffer.from('value'));
  });

  test('takes the first of two values, whatever the case of the name', () => {
    const metadata = decodeMetadata(bytes(property('X-a', '1'), property('x-A', '2')));
    expect([...metadata]).toEqual([['X-a', Buffer.from('1')]]);
  });

  test('names that mean something in JavaScript mean nothing here', () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect([...decodeMetadata(property(name, 'x')).keys()]).toEqual([name]);
    }
  });

  test.each([
    ['an empty name', bytes(0, u32(0))],
    ['a lone byte', bytes(1)],
    ['a name that is cut off', bytes(5, 'X-a')],
    ['no length of the value', bytes(3, 'X-a')],
    ['half a length', bytes(3, 'X-a', 0, 0)],
    ['a value that is cut off', bytes(3, 'X-a', u32(3), 'ab')],
    ['a value of 2^31 - 1 that is not there', bytes(3, 'X-a', u32(0x7fff_ffff))],
    ['a value of 2^31', bytes(3, 'X-a', u32(0x8000_0000))],
    ['a byte behind the last property', bytes(property('X-a', 'b'), 0)],
    ['a space in a name', property('X a', '')],
    ['a zero in a name', property('X\0a', '')],
    ['a letter beyond ASCII in a name', property('X\xe9', '')],
    ['a Socket-Type twice', bytes(property('Socket-Type', 'REP'), property('socket-type', 'REP'))],
    ['an Identity twice', bytes(property('Identity', ''), property('IDENTITY', ''))],
  ])('refuses %s', (_what, encoded) => {
    expect(() => decodeMetadata(encoded)).toThrow(ProtocolError);
    expect(() => decodeMetadata(encoded)).toThrow(
      expect.objectContaining({ protocolCode: 'ERR_ZMTP_INVALID_METADATA' }),
    );
  });
});

describe('findProperty', () => {
  const metadata = decodeMetadata(bytes(property('socket-TYPE', 'REP'), property('X-a', '1')));

  test('looks without regard to case', () => {
    expect(Buffer.from(findProperty(metadata, 'Socket-Type') ?? []).toString()).toBe('REP');
    expect(Buffer.from(findProperty(metadata, 'X-a') ?? []).toString()).toBe('1');
    expect(findProperty(metadata, 'Identity')).toBeUndefined();
    expect(findProperty(metadata, '')).toBeUndefined();
  });
});
