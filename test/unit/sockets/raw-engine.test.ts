import { describe, expect, test } from 'vitest';
import type { Frames } from '../../../src/pipe.ts';
import { RawEngine } from '../../../src/sockets/raw-engine.ts';
import { SlabPool } from '../../../src/zmtp/encoder.ts';

const SLAB_SIZE = 1024;

/** An engine whose messages are written down; it takes `room` of them, and says so with the last. */
class Subject {
  readonly engine: RawEngine;
  readonly log: string[] = [];
  readonly messages: Frames[] = [];
  room = Number.POSITIVE_INFINITY;

  constructor(notifies = true, maxSize = -1) {
    const slabs = new SlabPool((size) => Buffer.alloc(size), SLAB_SIZE);
    const message = (frames: Frames): boolean => {
      this.messages.push(frames);
      this.log.push(frames.map(text).join('|'));
      return --this.room > 0;
    };
    this.engine = new RawEngine({ message }, slabs, notifies, maxSize);
  }

  /** Takes all events; answers with their types. */
  events(): string[] {
    const types: string[] = [];
    const { engine } = this;
    for (let event = engine.nextEvent(); event !== undefined; event = engine.nextEvent()) {
      types.push(event.type);
    }
    return types;
  }

  /** What has been said since the last time. */
  said(): string[] {
    return this.log.splice(0);
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

function begun(...setup: ConstructorParameters<typeof Subject>): Subject {
  const subject = new Subject(...setup);
  subject.events();
  subject.said();
  return subject;
}

describe('the beginning', () => {
  test('is ready at once, without a word of either side', () => {
    const { engine } = new Subject();
    expect(engine.hasOutput).toBe(false);
    expect(engine.nextEvent()).toEqual({ type: 'handshake', peer: undefined });
    expect(engine.nextEvent()).toBeUndefined();
    expect(engine.hasOutput).toBe(false);
  });

  test.each([
    [true, ['']],
    [false, []],
  ])('is a message, when asked for: %s', (notifies, messages) => {
    const subject = new Subject(notifies);
    expect(subject.said()).toEqual([]);
    expect(subject.events()).toEqual(['handshake']);
    expect(subject.said()).toEqual(messages);
  });

  test('comes before what the peer has sent already', () => {
    const subject = new Subject();
    subject.engine.handleInput(Buffer.from('early'));
    expect(subject.said(), 'there is no pipe yet').toEqual([]);
    expect(subject.events()).toEqual(['handshake']);
    expect(subject.said()).toEqual(['', 'early']);
  });
});

describe('input', () => {
  test('is one message for each chunk, of one frame, and not copied', () => {
    const subject = begun();
    const chunks = ['a', 'bb', 'ccc'].map((each) => Buffer.from(each));
    for (const chunk of chunks) subject.engine.handleInput(chunk);
    expect(subject.said()).toEqual(['a', 'bb', 'ccc']);
    expect(subject.messages.slice(1).map(([frame]) => frame)).toEqual(chunks);
    expect(subject.messages[1]?.[0]).toBe(chunks[0]);
  });

  test.each([
    [4, ['abcd', 'efgh', 'ij']],
    [5, ['abcde', 'fghij']],
    [9, ['abcdefghi', 'j']],
    [10, ['abcdefghij']],
    [0, ['abcdefghij']],
    [-1, ['abcdefghij']],
  ])('of more than %i bytes is several messages', (maxSize, messages) => {
    const subject = begun(true, maxSize);
    subject.engine.handleInput(Buffer.from('abcdefghij'));
    expect(subject.said()).toEqual(messages);
  });

  test('of no bytes is nothing: that would be news of the connection', () => {
    const subject = begun();
    subject.engine.handleInput(Buffer.alloc(0));
    expect(subject.said()).toEqual([]);
  });

  test('waits while the program takes nothing', () => {
    const subject = begun(true, 2);
    subject.room = 2;
    subject.engine.handleInput(Buffer.from('aabbccdd'));
    expect(subject.said()).toEqual(['aa', 'bb']);
    expect(subject.engine.isSuspended).toBe(true);
    subject.engine.handleInput(Buffer.from('ee'));
    expect(subject.said()).toEqual([]);
    subject.room = 1;
    subject.engine.resume();
    expect(subject.said()).toEqual(['cc']);
    expect(subject.engine.isSuspended).toBe(true);
    subject.room = 10;
    subject.engine.resume();
    expect(subject.said()).toEqual(['dd', 'ee']);
    expect(subject.engine.isSuspended).toBe(false);
  });
});

describe('the end', () => {
  test.each([
    [true, ['a', '']],
    [false, ['a']],
  ])('is a message, when asked for: %s', (notifies, messages) => {
    const subject = begun(notifies);
    subject.engine.handleInput(Buffer.from('a'));
    subject.engine.handleEof();
    expect(subject.said()).toEqual(messages);
    expect(subject.engine.nextEvent()).toEqual({
      type: 'closed',
      cause: 'eof',
      wasReady: true,
      reason: 'the peer closed the connection',
    });
    expect(subject.events()).toEqual([]);
  });

  test('says why, and is told once', () => {
    const subject = begun();
    subject.engine.handleEof('read ECONNRESET');
    subject.engine.handleEof('again');
    subject.engine.handleInput(Buffer.from('late'));
    expect(subject.said()).toEqual(['']);
    expect(subject.engine.nextEvent()).toMatchObject({ type: 'closed', reason: 'read ECONNRESET' });
    subject.engine.handleEof('and again');
    expect(subject.events()).toEqual([]);
    expect(subject.said()).toEqual([]);
  });

  test('comes behind what the program has not taken', () => {
    const subject = begun(true, 1);
    subject.room = 1;
    subject.engine.handleInput(Buffer.from('abc'));
    subject.engine.handleEof();
    expect(subject.events()).toEqual([]);
    subject.room = 2;
    subject.engine.resume();
    expect(subject.said()).toEqual(['a', 'b', 'c']);
    expect(subject.events()).toEqual([]);
    subject.room = 2;
    subject.engine.resume();
    expect(subject.said()).toEqual(['']);
    expect(subject.events()).toEqual(['closed']);
  });

  test('before the beginning was taken comes behind it', () => {
    const subject = new Subject();
    subject.engine.handleInput(Buffer.from('a'));
    subject.engine.handleEof();
    expect(subject.events()).toEqual(['handshake', 'closed']);
    expect(subject.said()).toEqual(['', 'a', '']);
  });
});

describe('output', () => {
  test('is the bytes of the frames, and nothing else', () => {
    const { engine } = begun();
    engine.send([Buffer.from('ab')]);
    engine.send([Buffer.from('c'), Buffer.from('de')]);
    expect([engine.hasOutput, engine.outputSize]).toEqual([true, 5]);
    expect(Buffer.concat(engine.takeOutput()).toString()).toBe('abcde');
    expect([engine.hasOutput, engine.outputSize]).toEqual([false, 0]);
    engine.outputWritten(true);
  });

  test('of any size comes out in order', () => {
    const { engine } = begun();
    const pieces = Array.from({ length: 200 }, (_, i) => Buffer.alloc(i * 7, i));
    for (const hasLeft of [true, false, true]) {
      for (const piece of pieces) engine.send([piece]);
      expect(Buffer.concat(engine.takeOutput()).equals(Buffer.concat(pieces))).toBe(true);
      engine.outputWritten(hasLeft);
    }
  });

  test('that has not left keeps its memory', () => {
    const { engine } = begun();
    engine.send([Buffer.from('first')]);
    const [piece] = engine.takeOutput() as [Uint8Array];
    engine.outputWritten(false);
    engine.send([Buffer.from('other')]);
    engine.takeOutput();
    expect(text(piece)).toBe('first');
  });
});

test('it has no timers and no subscriptions', () => {
  const subject = begun();
  const { engine } = subject;
  expect(engine.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
  engine.handleTimeout();
  engine.sendSubscription();
  expect([engine.hasOutput, subject.events()]).toEqual([false, []]);
});
