import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../src/errors.ts';
import {
  decodeGreeting,
  encodeGreeting,
  GREETING_SIZE,
  type Greeting,
  GreetingReader,
} from '../../../src/zmtp/greeting.ts';
import { greeting } from '../../../src/testing/raw-bytes.ts';
import '../compare-bytes.ts';

const NULL_GREETING: Greeting = { major: 3, minor: 1, mechanism: 'NULL', asServer: false };

describe('encodeGreeting', () => {
  test('makes the bytes that libzmq sends', () => {
    const padding = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1);
    expect(Buffer.from(encodeGreeting(NULL_GREETING))).toEqual(greeting({ padding }));
  });

  test('writes version, mechanism and role', () => {
    const bytes = encodeGreeting({ major: 4, minor: 7, mechanism: 'CURVE', asServer: true });
    expect(bytes.subarray(10, 12)).toEqual(Uint8Array.of(4, 7));
    expect(Buffer.from(bytes.subarray(12, 32)).toString()).toBe('CURVE'.padEnd(20, '\0'));
    expect(bytes[32]).toBe(1);
  });

  test('is read back as it was', () => {
    for (const original of [
      NULL_GREETING,
      { major: 3, minor: 0, mechanism: 'PLAIN', asServer: true },
      { major: 255, minor: 255, mechanism: 'A'.repeat(20), asServer: false },
    ]) {
      expect(decodeGreeting(encodeGreeting(original))).toEqual(original);
    }
  });
});

describe('decodeGreeting', () => {
  test('looks at neither padding nor filler', () => {
    const bytes = greeting({ padding: Buffer.alloc(8, 0xaa), filler: Buffer.alloc(31, 0xee) });
    expect(decodeGreeting(bytes)).toEqual(NULL_GREETING);
  });

  test('wants bit 0 of the end of the signature and nothing else of it', () => {
    expect(decodeGreeting(greeting({ signatureEnd: 0x01 }))).toEqual(NULL_GREETING);
    expect(() => decodeGreeting(greeting({ signatureEnd: 0x7e }))).toThrow(ProtocolError);
  });

  test.each([0, 1, 2])('refuses major version %i', (major) => {
    expect(() => decodeGreeting(greeting({ major }))).toThrow(ProtocolError);
  });

  test('accepts later versions', () => {
    expect(decodeGreeting(greeting({ major: 4, minor: 0 }))).toMatchObject({ major: 4, minor: 0 });
    expect(decodeGreeting(greeting({ major: 255 }))).toMatchObject({ major: 255 });
  });

  test('takes anything but 1 for the role of a client', () => {
    expect(decodeGreeting(greeting({ asServer: 1 })).asServer).toBe(true);
    expect(decodeGreeting(greeting({ asServer: 2 })).asServer).toBe(false);
  });

  test.each([
    ['none at all', ''],
    ['one that begins with a zero', '\0NULL'],
    ['small letters', 'null'],
    ['a space', 'NU LL'],
    ['bytes behind the first zero', 'NULL\0x'],
    ['a byte above ASCII', 'NULL\xff'],
  ])('refuses as mechanism %s', (_what, mechanism) => {
    expect(() => decodeGreeting(greeting({ mechanism }))).toThrow(
      expect.objectContaining({ protocolCode: 'ERR_ZMTP_MECHANISM_MISMATCH' }),
    );
  });

  test('accepts every character of the grammar', () => {
    for (const mechanism of ['ABCDEFGHIJKLMNOPQRST', 'UVWXYZ0123456789-_.+']) {
      expect(decodeGreeting(greeting({ mechanism })).mechanism).toBe(mechanism);
    }
  });
});

describe('GreetingReader', () => {
  test('takes its 64 bytes and leaves the rest', () => {
    const reader = new GreetingReader();
    const bytes = Buffer.concat([greeting(), Buffer.from('more')]);
    expect(reader.read(bytes, 0)).toBe(GREETING_SIZE);
    expect(reader.tryTake()).toEqual(NULL_GREETING);
    expect(reader.read(bytes, GREETING_SIZE)).toBe(0);
  });

  test('starts at an offset and collects across chunks', () => {
    const reader = new GreetingReader();
    const bytes = Buffer.concat([Buffer.from('xyz'), greeting()]);
    expect(reader.read(bytes.subarray(0, 40), 3)).toBe(37);
    expect(reader.length).toBe(37);
    expect(reader.tryTake()).toBeUndefined();
    expect(reader.read(bytes, 40)).toBe(27);
    expect(reader.tryTake()).toEqual(NULL_GREETING);
  });

  test.each([
    ['the first byte', greeting().fill(0x01, 0, 1), 0],
    ['the end of the signature', greeting({ signatureEnd: 0 }), 9],
    ['the major version', greeting({ major: 2 }), 10],
    ['the first byte of the mechanism', greeting({ mechanism: 'x' }), 12],
    ['the last byte of the mechanism', greeting({ mechanism: `${'A'.repeat(19)}a` }), 31],
  ])('refuses at once when %s is wrong, however the bytes come', (_what, bytes, offset) => {
    const single = new GreetingReader();
    for (let i = 0; i < offset; i++) expect(single.read(bytes.subarray(i, i + 1), 0)).toBe(1);
    expect(() => single.read(bytes.subarray(offset, offset + 1), 0)).toThrow(ProtocolError);
    expect(() => new GreetingReader().read(bytes, 0)).toThrow(ProtocolError);
    expect(() => new GreetingReader().read(bytes.subarray(0, offset + 1), 0)).toThrow(
      ProtocolError,
    );
  });
});
