import { describe, expect, test } from 'vitest';
import { toFrames } from '../../src/message.ts';
import './compare-bytes.ts';

function textOf(message: unknown): string[] {
  return toFrames(message).map((frame) => Buffer.from(frame).toString());
}

const shared = new SharedArrayBuffer(4);
new Uint8Array(shared).set([0x61, 0x62, 0x63, 0x64]);

describe('one frame', () => {
  test.each<readonly [string, unknown, string]>([
    ['text', 'héllo', 'héllo'],
    ['empty text', '', ''],
    ['null', null, ''],
    ['a Buffer', Buffer.from('abc'), 'abc'],
    ['an empty Buffer', Buffer.alloc(0), ''],
    ['a Uint8Array', new Uint8Array([0x61]), 'a'],
    ['a view of a part', new Uint8Array(Buffer.from('xabcx').buffer.slice(0)).subarray(0, 0), ''],
    ['a Uint16Array', new Uint16Array([0x6261, 0x6463]), 'abcd'],
    ['a Float64Array', new Float64Array([0]), '\0'.repeat(8)],
    ['a DataView', new DataView(Uint8Array.of(0x78, 0x61, 0x62).buffer, 1), 'ab'],
    ['an ArrayBuffer', Uint8Array.of(0x61, 0x62).buffer, 'ab'],
    ['a view of shared memory', new Uint8Array(shared, 1, 2), 'bc'],
    // Where npm zeromq sends the text "[object SharedArrayBuffer]".
    ['shared memory', shared, 'abcd'],
    ['a number', 42, '42'],
    ['NaN', Number.NaN, 'NaN'],
    ['zero', 0, '0'],
    ['a bigint', 12_345_678_901_234_567_890n, '12345678901234567890'],
    ['true', true, 'true'],
    ['false', false, 'false'],
    ['an object', { a: 1 }, '[object Object]'],
    ['an object with words', { toString: () => 'words' }, 'words'],
    ['a Date', new Date(Number.NaN), 'Invalid Date'],
    ['a Promise', Promise.resolve(1), '[object Promise]'],
    ['an iterable that is no array', new Set(['a']), '[object Set]'],
  ])('of %s', (_what, message, expected) => {
    expect(textOf(message)).toEqual([expected]);
    expect(textOf([message, message])).toEqual([expected, expected]);
  });

  test('of a function', () => {
    const words = (): string => 'x';
    expect(textOf(words)).toEqual([String(words)]);
  });

  test('of a view at an offset is the viewed bytes', () => {
    const memory = Buffer.from('0123456789');
    expect(textOf(memory.subarray(3, 6))).toEqual(['345']);
    expect(textOf(new Uint8Array(memory.buffer, memory.byteOffset + 1, 2))).toEqual(['12']);
  });
});

describe('several frames', () => {
  test('are the elements of an array', () => {
    expect(textOf(['a', Buffer.from('b'), null, 5])).toEqual(['a', 'b', '', '5']);
    expect(textOf([])).toEqual([]);
  });

  test('an array inside is text', () => {
    expect(textOf(['a', [1, 2]])).toEqual(['a', '1,2']);
  });

  test('undefined inside is text', () => {
    expect(textOf([undefined, 'a'])).toEqual(['undefined', 'a']);
  });

  test('a hole is undefined', () => {
    // oxlint-disable-next-line no-sparse-arrays
    expect(textOf([, 'a'])).toEqual(['undefined', 'a']);
    expect(textOf(new Array(2))).toEqual(['undefined', 'undefined']);
  });
});

describe('no copies', () => {
  test('bytes are those of the caller', () => {
    const buffer = Buffer.from('abc');
    const array = new Uint8Array([1, 2]);
    const [first, second] = toFrames([buffer, array]);
    expect(first).toBe(buffer);
    expect(second?.buffer).toBe(array.buffer);
  });
});

describe('errors', () => {
  test('undefined is no message', () => {
    expect(() => toFrames(undefined)).toThrow(TypeError);
    expect(() => toFrames(undefined)).toThrow(
      expect.objectContaining({ code: 'EINVAL', message: 'Message must be present' }),
    );
  });

  test.each([Symbol('s'), [Symbol('s')], ['a', Symbol.iterator]])(
    'a Symbol has no text',
    (message) => {
      expect(() => toFrames(message)).toThrow(TypeError);
      expect(() => toFrames(message)).toThrow(
        expect.objectContaining({
          code: 'EINVAL',
          message: 'Cannot convert a Symbol value to a string',
        }),
      );
    },
  );

  test('what toString throws comes through', () => {
    const error = new Error('mine');
    const message = {
      toString: () => {
        throw error;
      },
    };
    expect(() => toFrames(message)).toThrow(error);
  });
});
