import { describe, expect, test } from 'vitest';
import type { Pipe } from '../../../../src/pipe.ts';
import { Distributor, type Target } from '../../../../src/sockets/routing/distributor.ts';
import { format, parse, Peer, type PeerOptions } from '../../pipes.ts';

/** A distributor with peers that have names. */
class Subject {
  readonly distributor = new Distributor();
  readonly peers = new Map<string, Peer>();

  add(name: string, options?: PeerOptions): Peer {
    const peer = new Peer(
      {
        pipeReadable() {},
        pipeWritable() {},
        pipeStatusChanged() {},
        pipeClosed: (pipe: Pipe) => this.distributor.detach(pipe),
        pipeFinished() {},
        pipeHangUp() {},
        pipeSubscription() {},
      },
      options,
    );
    this.peers.set(name, peer);
    this.distributor.attach(peer.near);
    return peer;
  }

  /** Chooses peers by their names. */
  mark(names: string): void {
    this.distributor.begin();
    for (const name of names) {
      const { near } = this.peers.get(name) as Peer;
      this.distributor.mark(this.distributor.targetOf(near) as Target);
    }
  }

  send(names: string, text: string): void {
    this.mark(names);
    this.distributor.write(parse(text));
  }

  /** What each peer gets. */
  take(): string {
    return [...this.peers].map(([name, peer]) => `${name}:${peer.takeAll().join(',')}`).join(' ');
  }
}

function make(names: string, options?: PeerOptions): Subject {
  const subject = new Subject();
  for (const name of names) subject.add(name, options);
  return subject;
}

describe('a message', () => {
  test('goes to those that are marked, once to each', () => {
    const subject = make('abc');
    subject.send('acca', 'x|y');
    subject.send('', 'z');
    expect(subject.take()).toBe('a:x|y b: c:x|y');
  });

  test('goes to all, or to all others', () => {
    const subject = make('abc');
    subject.distributor.begin();
    subject.distributor.markAll();
    subject.distributor.write(parse('all'));
    subject.mark('b');
    subject.distributor.invert();
    subject.distributor.write(parse('not b'));
    expect(subject.take()).toBe('a:all,not b b:all c:all,not b');
  });

  test('goes to nobody who has gone', () => {
    const subject = make('abc');
    subject.peers.get('b')?.leave();
    expect([...subject.distributor.pipes]).toHaveLength(2);
    subject.distributor.begin();
    subject.distributor.markAll();
    subject.distributor.write(parse('x'));
    expect(subject.take()).toBe('a:x b: c:x');
  });

  test('is missed by who is full, until half has been read', () => {
    const subject = make('a');
    const slow = subject.add('s', { readMark: 2 });
    for (const text of '123') subject.send('as', text);
    expect(slow.take()).toBe('1');
    subject.send('as', '4');
    expect(slow.takeAll()).toEqual(['2', '4']);
    expect(subject.take()).toBe('a:1,2,3,4 s:');
  });

  test('can be given up', () => {
    const subject = make('ab', { readMark: 1 });
    expect(subject.distributor.hasFull).toBe(false);
    subject.send('a', 'x');
    expect(subject.distributor.hasFull).toBe(true);
    subject.mark('ab');
    expect(subject.distributor.canAllWrite).toBe(false);
    subject.distributor.giveUp();
    subject.mark('b');
    expect(subject.distributor.canAllWrite).toBe(true);
    subject.distributor.write(parse('y'));
    expect(subject.take()).toBe('a:x b:y');
    expect(subject.distributor.hasFull).toBe(false);
  });

  test('does not wait for who has gone', () => {
    const subject = make('ab', { readMark: 1 });
    subject.send('ab', 'x');
    subject.mark('ab');
    subject.peers.get('a')?.far.close();
    subject.peers.get('b')?.take();
    expect(subject.distributor.canAllWrite).toBe(true);
    subject.distributor.giveUp();
    expect(subject.distributor.hasFull).toBe(false);
  });
});

describe('frames', () => {
  test('that wait are copied, whoever else took them at once', () => {
    const subject = make('ab');
    const reading = subject.add('r', { isReading: true });
    const frames = parse('small|text');
    const [memory] = frames;
    subject.mark('arb');
    subject.distributor.write(frames);
    memory?.fill(0);
    expect(reading.log).toContain('small|text');
    expect(subject.take()).toBe('a:small|text b:small|text r:');
  });

  test('are in an array of its own for each socket', () => {
    const subject = make('ab', { isSocket: true });
    const session = subject.add('s');
    subject.send('asb', 'x|y');
    const [first, second] = ['a', 'b'].map((name) => subject.peers.get(name)?.far.read());
    first?.shift();
    expect(format(first)).toBe('y');
    expect(format(second)).toBe('x|y');
    expect(session.take()).toBe('x|y');
  });
});

describe('while a message is written', () => {
  test('another may be sent to the same peers', () => {
    const subject = make('a');
    const reading = subject.add('r', { isReading: true });
    subject.add('b');
    let count = 0;
    const record = reading.pipeReadable.bind(reading);
    reading.pipeReadable = () => {
      record();
      if (count < 3) subject.send('bar', `inner ${++count}`);
    };
    subject.send('arb', 'outer');
    subject.send('ab', 'next');
    expect(reading.log.filter((entry) => entry !== 'readable')).toEqual([
      'outer',
      'inner 1',
      'inner 2',
      'inner 3',
    ]);
    expect(subject.take()).toBe(
      'a:outer,inner 1,inner 2,inner 3,next r: b:inner 1,inner 2,inner 3,outer,next',
    );
  });

  test('peers may go and come', () => {
    const subject = make('a');
    const reading = subject.add('r', { isReading: true });
    subject.add('b');
    reading.pipeReadable = () => {
      reading.takeAll();
      subject.peers.get('b')?.leave();
      subject.peers.get('a')?.leave();
      if (!subject.peers.has('c')) subject.add('c');
    };
    subject.distributor.begin();
    subject.distributor.markAll();
    subject.distributor.write(parse('x'));
    subject.distributor.begin();
    subject.distributor.markAll();
    subject.distributor.write(parse('y'));
    expect(subject.peers.get('b')?.takeAll()).toEqual([]);
    expect(subject.peers.get('c')?.takeAll()).toEqual(['y']);
  });
});
