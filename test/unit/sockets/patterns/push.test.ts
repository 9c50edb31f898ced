import { describe, expect, test } from 'vitest';
import { PushPattern as Push } from '../../../../src/sockets/patterns/push.ts';
import { parse, Peer, type PeerOptions } from '../../pipes.ts';

function makePush(...peers: readonly PeerOptions[]): { push: Push; peers: Peer[] } {
  const push = new Push();
  return { push, peers: peers.map((each) => Peer.of(push, each)) };
}

/** Sends numbered messages while it can; answers how many went. */
function fill(push: Push, limit = 100): number {
  for (let count = 0; count < limit; count++) if (!push.send(parse(`${count}`))) return count;
  return limit;
}

describe('sending', () => {
  test('goes round the peers', () => {
    const { push, peers } = makePush({}, {}, {});
    expect(fill(push, 6)).toBe(6);
    expect(peers.map((peer) => peer.takeAll())).toEqual([
      ['0', '3'],
      ['1', '4'],
      ['2', '5'],
    ]);
  });

  test('keeps the frames of a message together', () => {
    const { push, peers } = makePush({}, {});
    push.send(parse('a|b|c'));
    push.send(parse('|'));
    expect(peers.map((peer) => peer.takeAll())).toEqual([['a|b|c'], ['|']]);
  });

  test('waits where there is nobody, also when the last one has gone', () => {
    const { push, peers } = makePush();
    expect([push.isWritable, push.send(parse('x'))]).toEqual([false, false]);
    peers.push(Peer.of(push));
    expect(push.isWritable).toBe(true);
    peers[0]?.leave();
    expect([push.isWritable, push.send(parse('x'))]).toEqual([false, false]);
    expect(push.blockedBy('send')).toBe('EAGAIN');
  });

  test('waits where all are full, and goes on when half of what waited has been read', () => {
    const { push, peers } = makePush({ readMark: 4 });
    expect(fill(push)).toBe(4);
    peers[0]?.take();
    expect(push.isWritable).toBe(false);
    peers[0]?.take();
    expect(push.isWritable).toBe(true);
    expect(fill(push)).toBe(2);
    expect(peers[0]?.takeAll()).toEqual(['2', '3', '0', '1']);
  });

  test('is not held up by one that takes nothing', () => {
    const { push, peers } = makePush({ readMark: 1 }, { isReading: true });
    expect(fill(push, 10)).toBe(10);
    expect(peers[0]?.takeAll()).toEqual(['0']);
    expect(peers[1]?.log.filter((entry) => entry !== 'readable')).toHaveLength(9);
  });

  test('queues for an endpoint that is not connected yet', () => {
    const { push, peers } = makePush({ isConnected: false });
    expect(fill(push, 2)).toBe(2);
    expect(peers[0]?.takeAll()).toEqual(['0', '1']);
  });
});

describe('receiving', () => {
  test('is nothing that it does', () => {
    const { push } = makePush({});
    expect([push.isReadable, push.receive()]).toEqual([false, undefined]);
    expect(push.blockedBy('receive')).toBe('ENOTSUP');
  });

  test('what is sent to it is thrown away, and fills nothing', () => {
    const { push, peers } = makePush({ writeMark: 2 });
    for (let i = 0; i < 10; i++) {
      expect(peers[0]?.far.canWrite).toBe(true);
      peers[0]?.send('unwanted');
    }
    expect(push.isReadable).toBe(false);
  });
});
