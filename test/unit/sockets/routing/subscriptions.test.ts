import { describe, expect, test } from 'vitest';
import { Subscriptions } from '../../../../src/sockets/routing/subscriptions.ts';

function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

/** Subscriptions with topics as text and subscribers that are names. */
class Subject {
  readonly subscriptions = new Subscriptions<string>();

  add(topic: string, name = 'A'): string {
    return this.subscriptions.add(bytes(topic), name);
  }

  remove(topic: string, name = 'A'): string {
    return this.subscriptions.remove(bytes(topic), name);
  }

  /** The topics that a subscriber had, `!` behind those that nobody has any more. */
  removeAll(name = 'A'): string[] {
    const topics: string[] = [];
    this.subscriptions.removeAll(name, (topic, isLast) => {
      topics.push(Buffer.from(topic).toString('latin1') + (isLast ? '!' : ''));
    });
    return topics.toSorted();
  }

  /** Who gets a message, each once. */
  match(message: string): string {
    const names = new Set<string>();
    this.subscriptions.match(bytes(message), (name) => names.add(name));
    return [...names].toSorted().join('');
  }
}

describe('a topic', () => {
  test.each([
    ['', '', true],
    ['', 'a', true],
    ['a', '', false],
    ['a', 'a', true],
    ['a', 'ab', true],
    ['a', 'b', false],
    ['ab', 'a', false],
    ['ab', 'ac', false],
    ['abc', 'abd', false],
    ['abc', 'abcd', true],
    ['\0', '\0', true],
    ['\0', '', false],
    ['\xff\0', '\xff\0\xff', true],
    ['\x80', '\0', false],
  ])('"%s" and the message "%s": %s', (topic, message, isMatch) => {
    const subject = new Subject();
    subject.add(topic);
    expect(subject.match(message)).toBe(isMatch ? 'A' : '');
  });

  test('is first, another or known', () => {
    const subject = new Subject();
    expect(subject.add('t', 'A')).toBe('first');
    expect(subject.add('t', 'A')).toBe('known');
    expect(subject.add('t', 'B')).toBe('another');
    expect(subject.add('t', 'B')).toBe('known');
    expect(subject.add('tt', 'B')).toBe('first');
  });

  test('is held once, however often it was subscribed to', () => {
    const subject = new Subject();
    for (let i = 0; i < 3; i++) subject.add('t', 'A');
    expect(subject.remove('t', 'A')).toBe('last');
    expect(subject.match('t')).toBe('');
    expect(subject.remove('t', 'A')).toBe('unknown');
  });

  test('is last, another or unknown when it is given up', () => {
    const subject = new Subject();
    for (const name of 'ABC') subject.add('t', name);
    expect(subject.remove('t', 'D')).toBe('unknown');
    expect(subject.remove('', 'A')).toBe('unknown');
    expect(subject.remove('tt', 'A')).toBe('unknown');
    expect(subject.remove('t', 'A')).toBe('another');
    expect(subject.remove('t', 'A')).toBe('unknown');
    expect(subject.match('t')).toBe('BC');
    expect(subject.remove('t', 'C')).toBe('another');
    expect(subject.remove('t', 'B')).toBe('last');
  });

  test('that lies on the way to others is none by that', () => {
    const subject = new Subject();
    subject.add('abcd', 'A');
    subject.add('abxy', 'B');
    expect(subject.match('ab')).toBe('');
    expect(subject.remove('ab')).toBe('unknown');
    expect(subject.match('abcd')).toBe('A');
    expect(subject.add('ab', 'C')).toBe('first');
    expect(subject.match('abcd')).toBe('AC');
    expect(subject.remove('ab', 'C')).toBe('last');
    expect(subject.match('abcd')).toBe('A');
    expect(subject.match('abxyz')).toBe('B');
  });

  test('is copied', () => {
    const { subscriptions } = new Subject();
    const topic = bytes('topic');
    subscriptions.add(topic, 'A');
    topic.fill(0);
    const seen: string[] = [];
    subscriptions.match(bytes('topics'), (name) => seen.push(name));
    expect(seen).toEqual(['A']);
  });
});

describe('a subscriber', () => {
  test('that leaves gives up all it has', () => {
    const subject = new Subject();
    for (const topic of ['', 'a', 'ab', 'abc', 'b']) subject.add(topic, 'A');
    for (const topic of ['ab', 'abd', 'b']) subject.add(topic, 'B');
    expect(subject.removeAll('A')).toEqual(['!', 'a!', 'ab', 'abc!', 'b']);
    expect(subject.removeAll('A')).toEqual([]);
    expect(subject.match('abd')).toBe('B');
    expect(subject.removeAll('B')).toEqual(['ab!', 'abd!', 'b!']);
    expect(subject.subscriptions.treeSize).toBe(0);
  });

  test('may come back', () => {
    const subject = new Subject();
    subject.add('a');
    subject.removeAll();
    expect(subject.add('a')).toBe('first');
    expect(subject.match('a')).toBe('A');
  });
});

describe('the tree', () => {
  test.each([1, 4, 5, 6, 256])('has nodes with %i children', (count) => {
    const subject = new Subject();
    const topics = Array.from({ length: count }, (_, i) => `x${String.fromCharCode(i)}y`);
    for (const topic of topics) expect(subject.add(topic)).toBe('first');
    for (const topic of topics) expect(subject.match(topic)).toBe('A');
    expect(subject.match('x')).toBe('');
    expect(subject.match(`x${String.fromCharCode(count & 255)}x`)).toBe('');
    for (const [i, topic] of topics.entries()) {
      expect(subject.remove(topic)).toBe('last');
      expect(subject.match(topic)).toBe('');
      for (const other of topics.slice(i + 1, i + 3)) expect(subject.match(other)).toBe('A');
    }
    expect(subject.subscriptions.treeSize).toBe(0);
  });

  test('is what it was before when what came has gone again', () => {
    const subject = new Subject();
    for (const topic of ['news', 'news.eu', 'weather']) subject.add(topic);
    const size = subject.subscriptions.treeSize;
    for (const topic of ['', 'n', 'new', 'news.e', 'news.us', 'news.eu.de', 'x']) {
      subject.add(topic);
      expect(subject.match('news.eu')).toBe('A');
      subject.remove(topic);
      expect(subject.subscriptions.treeSize, topic).toBe(size);
      expect(subject.match('news.eu')).toBe('A');
    }
  });

  test('is left empty by churn', () => {
    const subject = new Subject();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 3000; i++) subject.add(((i * 7919) % 3000).toString(36), `${i % 7}`);
      for (let i = 0; i < 1000; i++) subject.remove(i.toString(36), `${i % 5}`);
      for (let i = 0; i < 7; i++) subject.removeAll(`${i}`);
      expect(subject.subscriptions.treeSize).toBe(0);
    }
  });

  test('still finds what is left when most has gone', () => {
    const subject = new Subject();
    for (let i = 0; i < 20_000; i++) subject.add(`topic ${i}`, i % 1000 === 0 ? 'kept' : 'gone');
    const size = subject.subscriptions.treeSize;
    subject.removeAll('gone');
    expect(subject.subscriptions.treeSize).toBeLessThan(size / 100);
    for (let i = 0; i < 20; i++) expect(subject.match(`topic ${i * 1000}`)).toBe('kept');
    for (let i = 0; i < 5000; i++) subject.add(`topic ${i}`, 'new');
    expect(subject.match('topic 4000')).toBe('keptnew');
    expect(subject.removeAll('kept')).toHaveLength(20);
    expect(subject.removeAll('new')).toHaveLength(5000);
    expect(subject.subscriptions.treeSize).toBe(0);
  });
});

describe('a hostile subscriber', () => {
  const long = new Uint8Array(10_000_000).fill(0x61);

  test('with a topic of 10 MB', () => {
    const subscriptions = new Subscriptions<string>();
    let seen = 0;
    expect(subscriptions.add(long, 'A')).toBe('first');
    expect(subscriptions.add(long.subarray(1), 'B')).toBe('first');
    subscriptions.match(long, () => seen++);
    expect(seen).toBe(2);
    expect(subscriptions.remove(long, 'A')).toBe('last');
    subscriptions.removeAll('B', (topic) => expect(topic).toHaveLength(long.length - 1));
    expect(subscriptions.treeSize).toBe(0);
  });

  test('that cuts a topic of 10 MB over and over', () => {
    const subscriptions = new Subscriptions<string>();
    subscriptions.add(long, 'A');
    const size = subscriptions.treeSize;
    for (let i = 0; i < 20_000; i++) {
      subscriptions.add(long.subarray(0, i % 100), 'A');
      subscriptions.remove(long.subarray(0, i % 100), 'A');
    }
    expect(subscriptions.treeSize).toBe(size);
  });

  test.each(['up', 'down'])('with nested topics, one byte apart, going %s', (direction) => {
    const count = 5000;
    const subscriptions = new Subscriptions<string>();
    const lengthOf = (i: number): number => (direction === 'up' ? i : count - 1 - i);
    for (let i = 0; i < count; i++) subscriptions.add(long.subarray(0, lengthOf(i)), 'A');
    let seen = 0;
    subscriptions.match(long, () => seen++);
    expect(seen).toBe(count);
    for (let i = 0; i < count; i += 2) subscriptions.remove(long.subarray(0, lengthOf(i)), 'A');
    seen = 0;
    subscriptions.match(long, () => seen++);
    expect(seen).toBe(count / 2);
    subscriptions.removeAll('A');
    expect(subscriptions.treeSize).toBe(0);
  });
});
