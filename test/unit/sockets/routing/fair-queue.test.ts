import { describe, expect, test } from 'vitest';
import type { Pipe } from '../../../../src/pipe.ts';
import { FairQueue } from '../../../../src/sockets/routing/fair-queue.ts';
import { format, Peer } from '../../pipes.ts';

/** A queue with peers that have names. */
class Subject {
  readonly queue = new FairQueue();
  readonly peers = new Map<string, Peer>();

  add(name: string): Peer {
    const owner = {
      pipeReadable: (pipe: Pipe) => this.queue.add(pipe),
      pipeWritable() {},
      pipeStatusChanged() {},
      pipeClosed() {},
      pipeHangUp() {},
    };
    const peer = new Peer(owner);
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
});
