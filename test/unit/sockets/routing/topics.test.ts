import { describe, expect, test } from 'vitest';
import { Topics } from '../../../../src/sockets/routing/topics.ts';

function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

function make(...texts: string[]): Topics {
  const topics = new Topics();
  for (const text of texts) topics.subscribe(bytes(text));
  return topics;
}

function list(topics: Topics): string[] {
  return [...topics].map((topic) => Buffer.from(topic).toString('latin1'));
}

describe('Topics', () => {
  test('are counted', () => {
    const topics = new Topics();
    for (const topic of ['a', 'a', 'ab']) topics.subscribe(bytes(topic));
    expect(topics.cancel(bytes('a'))).toBe(false);
    expect(topics.matches(bytes('ax'))).toBe(true);
    expect(topics.cancel(bytes('a'))).toBe(true);
    expect(topics.matches(bytes('ax'))).toBe(false);
    expect(topics.matches(bytes('abx'))).toBe(true);
    expect(topics.cancel(bytes('a'))).toBe(false);
    topics.subscribe(bytes('a'));
    expect(topics.matches(bytes('ax'))).toBe(true);
  });

  test.each(['', 'x', 'a', 'abcd'])(
    'do not mind the cancellation of "%s", which is none',
    (text) => {
      const topics = make('ab', 'ac');
      expect(topics.cancel(bytes(text))).toBe(false);
      expect(list(topics)).toEqual(['ab', 'ac']);
    },
  );

  test.each([
    [[], '', false],
    [[''], '', true],
    [['a'], '', false],
    [['a', 'b'], 'b', true],
    [['abc'], 'ab', false],
    [['abc', 'ab'], 'abd', true],
  ])('%j match "%s": %s', (texts, message, isMatch) => {
    expect(make(...texts).matches(bytes(message))).toBe(isMatch);
  });

  test('come in the order of bytes, each once', () => {
    const texts = ['b', '', 'a', 'ab', '\xff', '\0', 'aa', 'abc', '\x7f', '\x80', 'b', 'a\0', 'b'];
    expect(list(make(...texts))).toEqual([...new Set(texts)].toSorted());
    const many = Array.from({ length: 1000 }, (_, i) => `${(i * 7919) % 1000}`);
    expect(list(make(...many))).toEqual(many.toSorted());
  });

  test('may be long', () => {
    const long = new Uint8Array(1_000_000).fill(1);
    const topics = make('b');
    topics.subscribe(long);
    topics.subscribe(long.subarray(0, 5));
    expect([...topics].map(({ length }) => length)).toEqual([5, 1_000_000, 1]);
    expect(topics.cancel(long)).toBe(true);
    expect([...topics].map(({ length }) => length)).toEqual([5, 1]);
  });
});
