import { describe, expect, test } from 'vitest';
import type { Pipe } from '../../../../src/pipe.ts';
import { FairQueue } from '../../../../src/sockets/routing/fair-queue.ts';
import { format, Peer, type PeerOptions } from '../../pipes.ts';

/** A queue with peers that have names. */
class Subject {
  readonly queue: FairQueue;
  readonly peers = new Map<string, Peer>();

  /** @param accepts - which messages are read, as text; all when absent */
  constructor(accepts?: (text: string) => boolean) {
    this.queue = new FairQueue(accepts && ((frames) => accepts(format(frames) ?? '')));
  }

  add(name: string, options?: PeerOptions): Peer {
    const owner = {
      pipeReadable: (pipe: Pipe) => this.queue.add(pipe),
      pipeWritable() {},
      pipeStatusChanged() {},
      pipeClosed() {},
      pipeSubscription() {},
      pipeFinished() {},
      pipeHangUp() {},
    };
    const peer = new Peer(owner, options);
    this.peers.set(name, peer);
    this.queue.add(peer.near);
    return peer;
  }

  /** Reads at most `count` messages; answers with them, `-` for none. */
  read(count: number): string {
    const read = Array.from({ length: count }, () => format(this.queue.read()) ?? '-');
    return read.join(' ');
  }
}

describe('FairQueue', () => {
  test('is empty at first', () => {
    const subject = new Subject();
    expect(subject.read(1)).toBe('-');
    expect(subject.queue.lastPipe).toBeUndefined();
  });

  test('reads one message from each in turn', () => {
    const subject = new Subject();
    for (const name of 'abc') {
      const peer = subject.add(name);
      for (const number of '123') peer.send(name + number);
    }
    expect(subject.read(10)).toBe('a1 b1 c1 a2 b2 c2 a3 b3 c3 -');
  });

  test('tells whose message it was', () => {
    const subject = new Subject();
    const a = subject.add('a');
    const b = subject.add('b');
    b.send('b1');
    subject.read(1);
    expect(subject.queue.lastPipe).toBe(b.near);
    a.send('a1');
    subject.read(1);
    expect(subject.queue.lastPipe).toBe(a.near);
    subject.read(1);
    expect(subject.queue.lastPipe, 'of the last message').toBe(a.near);
  });

  test('lets one with much not keep out one with little', () => {
    const subject = new Subject();
    const a = subject.add('a');
    const b = subject.add('b');
    for (const number of '12345') a.send(`a${number}`);
    expect(subject.read(2)).toBe('a1 a2');
    b.send('b1');
    expect(subject.read(2).split(' ').toSorted()).toEqual(['a3', 'b1']);
    expect(subject.read(3)).toBe('a4 a5 -');
  });

  test('asks nobody twice in a row when others have come meanwhile', () => {
    const subject = new Subject();
    const a = subject.add('a');
    a.send('a1');
    a.send('a2');
    expect(subject.read(1)).toBe('a1');
    for (const name of 'bc') subject.add(name).send(`${name}1`);
    expect(subject.read(4)).toBe('b1 c1 a2 -');
  });

  test('one that was empty comes back with its next message', () => {
    const subject = new Subject();
    const a = subject.add('a');
    const b = subject.add('b');
    expect(subject.read(1)).toBe('-');
    b.send('b1');
    a.send('a1');
    b.send('b2');
    expect(subject.read(4)).toBe('b1 a1 b2 -');
    a.send('a2');
    expect(subject.read(2)).toBe('a2 -');
  });

  test('reads what is left of one that has gone', () => {
    const subject = new Subject();
    const a = subject.add('a');
    const b = subject.add('b');
    a.send('a1');
    a.send('a2');
    b.send('b1');
    a.leave();
    expect(subject.read(4)).toBe('a1 b1 a2 -');
  });

  test('says whether there is a message, and passes no turn on', () => {
    const subject = new Subject();
    expect(subject.queue.hasMessage).toBe(false);
    const [a, b] = [subject.add('a'), subject.add('b')];
    expect(subject.queue.hasMessage).toBe(false);
    for (const number of '12') {
      a.send(`a${number}`);
      b.send(`b${number}`);
    }
    for (const expected of ['a1', 'b1', 'a2', 'b2']) {
      expect([subject.queue.hasMessage, subject.queue.hasMessage]).toEqual([true, true]);
      expect(subject.read(1)).toBe(expected);
    }
    expect(subject.queue.hasMessage).toBe(false);
    b.send('b3');
    expect(subject.queue.hasMessage).toBe(true);
  });

  test('forgets a pipe that has gone, unless there is something left', () => {
    const subject = new Subject();
    const [a, b, c] = [subject.add('a'), subject.add('b'), subject.add('c')];
    for (const [name, peer] of Object.entries({ a, b, c })) peer.send(`${name}1`);
    expect(subject.read(1)).toBe('a1');
    subject.queue.remove(a.near);
    b.send('b2');
    b.leave();
    subject.queue.remove(b.near);
    expect(subject.read(4)).toBe('b1 c1 b2 -');
  });

  test('keeps the turn where it is when one before it goes', () => {
    const subject = new Subject();
    const [a, b, c] = [subject.add('a'), subject.add('b'), subject.add('c')];
    a.send('a1');
    for (const number of '12') {
      b.send(`b${number}`);
      c.send(`c${number}`);
    }
    expect(subject.read(2)).toBe('a1 b1');
    subject.queue.remove(a.near);
    expect(subject.read(4)).toBe('c1 b2 c2 -');
  });

  test('leaves a pipe that is suspended alone until it is added again', () => {
    const subject = new Subject();
    const [a, b] = [subject.add('a'), subject.add('b')];
    for (const number of '12') {
      a.send(`a${number}`);
      b.send(`b${number}`);
    }
    expect(subject.read(1)).toBe('a1');
    subject.queue.suspend(a.near);
    expect(subject.read(3)).toBe('b1 b2 -');
    a.send('a3');
    expect(subject.queue.hasMessage).toBe(false);
    subject.queue.add(a.near);
    expect(subject.read(3)).toBe('a2 a3 -');
    a.send('a4');
    expect(subject.read(2)).toBe('a4 -');
    subject.queue.suspend(a.near);
    a.send('a5');
    expect(subject.queue.hasMessage).toBe(false);
  });
});

describe('FairQueue that does not accept everything', () => {
  const refusesX = (text: string): boolean => !text.startsWith('x');

  test('drops the rest, and takes the next one in turn', () => {
    const subject = new Subject(refusesX);
    const [a, b] = [subject.add('a'), subject.add('b')];
    for (const text of ['x', 'a1', 'x', 'x', 'a2']) a.send(text);
    for (const text of ['b1', 'x', 'b2', 'x']) b.send(text);
    expect(subject.read(5)).toBe('a1 b1 a2 b2 -');
    expect(a.near.unread + b.near.unread).toBe(0);
  });

  test('has no message where there is only the rest', () => {
    const subject = new Subject(refusesX);
    const a = subject.add('a');
    for (let i = 0; i < 3; i++) a.send('x');
    expect(subject.queue.hasMessage).toBe(false);
    expect(a.near.unread).toBe(0);
    expect(subject.queue.lastPipe).toBeUndefined();
    a.send('a1');
    expect(subject.read(2)).toBe('a1 -');
  });

  test('makes room by what it drops', () => {
    const subject = new Subject(refusesX);
    const a = subject.add('a', { writeMark: 2 });
    for (let i = 0; i < 2; i++) a.send('x');
    expect(a.far.canWrite).toBe(false);
    expect(subject.queue.hasMessage).toBe(false);
    expect(a.log).toContain('writable');
  });
});
