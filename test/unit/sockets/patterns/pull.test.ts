import { describe, expect, test } from 'vitest';
import { PullPattern as Pull } from '../../../../src/sockets/patterns/pull.ts';
import { format, Peer, type PeerOptions } from '../../pipes.ts';

function makePull(...peers: readonly PeerOptions[]): { pull: Pull; peers: Peer[] } {
  const pull = new Pull();
  return { pull, peers: peers.map((each) => Peer.of(pull, each)) };
}

function receiveAll(pull: Pull): (string | undefined)[] {
  const messages: (string | undefined)[] = [];
  for (let next = pull.receive(); next; next = pull.receive()) messages.push(format(next));
  return messages;
}

describe('receiving', () => {
  test('takes one message of each peer in turn', () => {
    const { pull, peers } = makePull({}, {}, {});
    for (const [index, peer] of peers.entries()) {
      for (const number of '12') peer.send(`${'abc'[index]}${number}`);
    }
    expect(pull.isReadable).toBe(true);
    expect(receiveAll(pull)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'c2']);
    expect([pull.isReadable, pull.receive()]).toEqual([false, undefined]);
    expect(pull.blockedBy('receive')).toBe('EAGAIN');
  });

  test('takes whatever comes, as it is', () => {
    const { pull, peers } = makePull({});
    const wires = ['', '|', 'a|b|c', '\u0001topic', '|x'];
    for (const wire of wires) peers[0]?.send(wire);
    expect(receiveAll(pull)).toEqual(wires);
  });

  test('hears peers that have gone to their end', () => {
    const { pull, peers } = makePull({}, {}, {});
    for (const peer of peers) {
      for (const number of '12') peer.send(`${peers.indexOf(peer)}.${number}`);
      peer.leave();
    }
    expect(receiveAll(pull)).toEqual(['0.1', '1.1', '2.1', '0.2', '1.2', '2.2']);
    const next = Peer.of(pull);
    next.send('x');
    expect(receiveAll(pull)).toEqual(['x']);
  });

  test('lets a peer that has filled its queue go on when half of it has been read', () => {
    const { pull, peers } = makePull({ writeMark: 4 });
    const [peer] = peers as [Peer];
    for (let i = 0; i < 4; i++) peer.send('x');
    expect(peer.far.canWrite).toBe(false);
    pull.receive();
    expect(peer.log).not.toContain('writable');
    pull.receive();
    expect(peer.log).toContain('writable');
  });
});

test('sending is nothing that it does', () => {
  const { pull, peers } = makePull({});
  expect([pull.isWritable, pull.send()]).toEqual([false, false]);
  expect(pull.blockedBy('send')).toBe('ENOTSUP');
  expect(peers[0]?.takeAll()).toEqual([]);
});
