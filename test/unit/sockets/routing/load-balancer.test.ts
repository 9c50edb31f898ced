import { describe, expect, test } from 'vitest';
import type { Pipe } from '../../../../src/pipe.ts';
import { LoadBalancer } from '../../../../src/sockets/routing/load-balancer.ts';
import { parse, Peer, type PeerOptions } from '../../pipes.ts';

/** A balancer with peers that have names. */
class Subject {
  readonly balancer = new LoadBalancer();
  readonly peers = new Map<string, Peer>();

  add(name: string, options?: PeerOptions): Peer {
    const owner = {
      pipeReadable() {},
      pipeWritable: (pipe: Pipe) => this.balancer.add(pipe),
      pipeStatusChanged() {},
      pipeClosed: (pipe: Pipe) => this.balancer.remove(pipe),
      pipeSubscription() {},
      pipeFinished() {},
      pipeHangUp() {},
    };
    const peer = new Peer(owner, options);
    this.peers.set(name, peer);
    this.balancer.add(peer.near);
    return peer;
  }

  /** Sends `count` messages; answers who got them. */
  send(count: number, kind: 'next' | 'nextConnected' = 'next'): string {
    let names = '';
    for (let i = 0; i < count; i++) {
      const pipe = this.balancer[kind]();
      pipe?.write(parse('x'));
      names += [...this.peers].find(([, { near }]) => near === pipe)?.[0] ?? '-';
    }
    return names;
  }
}

describe('LoadBalancer', () => {
  test('has nobody at first', () => {
    const subject = new Subject();
    expect(subject.balancer.hasRoom).toBe(false);
    expect(subject.send(1)).toBe('-');
    expect(subject.send(1, 'nextConnected')).toBe('-');
  });

  test('goes round', () => {
    const subject = new Subject();
    for (const name of 'abc') subject.add(name);
    expect(subject.send(7)).toBe('abcabca');
  });

  test('asking whether there is room does not pass the turn on', () => {
    const subject = new Subject();
    for (const name of 'ab') subject.add(name);
    expect(subject.balancer.hasRoom).toBe(true);
    expect(subject.balancer.hasRoom).toBe(true);
    expect(subject.send(2)).toBe('ab');
  });

  test('takes in a newcomer within one round', () => {
    const subject = new Subject();
    subject.add('a');
    subject.send(1);
    subject.add('b');
    expect([...subject.send(2)].toSorted().join('')).toBe('ab');
    expect([...subject.send(2)].toSorted().join('')).toBe('ab');
  });

  test('knows each pipe once', () => {
    const subject = new Subject();
    const { near } = subject.add('a');
    subject.add('b');
    subject.balancer.add(near);
    expect(subject.send(4)).toBe('abab');
  });

  test('passes over who is full, and comes back when there is room', () => {
    const subject = new Subject();
    subject.add('a', { readMark: 1 });
    const b = subject.add('b', { readMark: 4 });
    expect(subject.send(6)).toBe('abbbb-');
    expect(subject.balancer.hasRoom).toBe(false);
    subject.peers.get('a')?.take();
    expect(subject.send(2)).toBe('a-');
    b.take();
    expect(subject.balancer.hasRoom, 'three of four still wait').toBe(false);
    b.take();
    expect(subject.send(3)).toBe('bb-');
  });

  test('forgets who leaves, and nobody else’s turn', () => {
    for (const [leaves, expected] of [
      ['a', 'bcb'],
      ['b', 'cac'],
      ['c', 'bab'],
    ] as const) {
      const subject = new Subject();
      for (const name of 'abc') subject.add(name);
      subject.send(1);
      subject.peers.get(leaves)?.leave();
      expect(subject.send(3)).toBe(expected);
    }
  });

  test('one that leaves twice, or was never there, is no matter', () => {
    const subject = new Subject();
    const { near } = subject.add('a');
    subject.balancer.remove(near);
    subject.balancer.remove(near);
    expect(subject.send(1)).toBe('-');
  });

  test('among the connected only, leaves the others in place', () => {
    const subject = new Subject();
    const a = subject.add('a', { isConnected: false });
    subject.add('b');
    subject.add('c');
    expect(subject.send(3, 'nextConnected')).toBe('bcb');
    a.far.setConnected(true);
    expect(subject.send(3, 'nextConnected')).toBe('cab');
    a.far.setConnected(false);
    expect([...subject.send(3)].toSorted().join('')).toBe('abc');
  });

  test('among the connected finds nobody when they are full', () => {
    const subject = new Subject();
    subject.add('a', { readMark: 1 });
    subject.add('b', { isConnected: false });
    expect(subject.send(2, 'nextConnected')).toBe('a-');
    expect(subject.send(1)).toBe('b');
  });
});
