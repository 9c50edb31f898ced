import { describe, expect, test } from 'vitest';
import { DealerPattern as Dealer } from '../../../../src/sockets/patterns/dealer.ts';
import { format, parse, Peer, type PeerOptions } from '../../pipes.ts';

function makeDealer(...peers: readonly PeerOptions[]): { dealer: Dealer; peers: Peer[] } {
  const dealer = new Dealer({ probeRouter: false });
  return { dealer, peers: peers.map((each) => Peer.of(dealer, each)) };
}

function one(options: PeerOptions = {}): { dealer: Dealer; peer: Peer } {
  const { dealer, peers } = makeDealer(options);
  return { dealer, peer: peers[0] as Peer };
}

/** Sends numbered messages while it can; answers how many went. */
function fill(dealer: Dealer, limit = 100): number {
  for (let count = 0; count < limit; count++) if (!dealer.send(parse(`${count}`))) return count;
  return limit;
}

function receiveAll(dealer: Dealer): (string | undefined)[] {
  const messages: (string | undefined)[] = [];
  for (let next = dealer.receive(); next; next = dealer.receive()) messages.push(format(next));
  return messages;
}

describe('sending', () => {
  test('goes round the peers', () => {
    const { dealer, peers } = makeDealer({}, {}, {});
    expect(fill(dealer, 6)).toBe(6);
    expect(peers.map((peer) => peer.takeAll())).toEqual([
      ['0', '3'],
      ['1', '4'],
      ['2', '5'],
    ]);
  });

  test('is not held up by what is received, and has no envelope', () => {
    const { dealer, peer } = one();
    for (const text of ['a', '|b', '', 'c||d']) expect(dealer.send(parse(text))).toBe(true);
    expect(peer.takeAll()).toEqual(['a', '|b', '', 'c||d']);
    for (const text of ['a', '|b', '', 'c||d']) peer.send(text);
    expect(receiveAll(dealer)).toEqual(['a', '|b', '', 'c||d']);
  });

  test('queues for an endpoint that is not connected yet', () => {
    const { dealer, peer } = one({ isConnected: false });
    expect(dealer.isWritable).toBe(true);
    dealer.send(parse('early'));
    expect(peer.take()).toBe('early');
  });

  test('waits where there is nobody', () => {
    const { dealer } = makeDealer();
    expect(dealer.isWritable).toBe(false);
    expect(dealer.send(parse('x'))).toBe(false);
    expect([dealer.blockedBy(), dealer.isReadable]).toEqual(['EAGAIN', false]);
  });

  test('waits where all are full, and passes over those that are', () => {
    const { dealer, peers } = makeDealer({ readMark: 1 }, { readMark: 3 }, { readMark: 2 });
    expect(fill(dealer)).toBe(6);
    expect(dealer.isWritable).toBe(false);
    expect(peers.map((peer) => peer.takeAll())).toEqual([['0'], ['1', '3', '5'], ['2', '4']]);
    expect(dealer.isWritable).toBe(true);
    expect(fill(dealer)).toBe(6);
  });

  test('goes on with the peer that has room again', () => {
    const { dealer, peers } = makeDealer({ readMark: 2 }, { readMark: 2 });
    expect(fill(dealer)).toBe(4);
    expect(peers[1]?.take()).toBe('1');
    expect(dealer.send(parse('next'))).toBe(true);
    expect(peers[1]?.takeAll()).toEqual(['3', 'next']);
    expect(peers[0]?.takeAll()).toEqual(['0', '2']);
  });

  test('leaves out a peer that has gone', () => {
    const { dealer, peers } = makeDealer({}, {}, {});
    dealer.send(parse('to the first'));
    peers[1]?.leave();
    expect(fill(dealer, 4)).toBe(4);
    expect(peers[0]?.takeAll()).toEqual(['to the first', '1', '3']);
    expect(peers[2]?.takeAll()).toEqual(['0', '2']);
    for (const peer of peers) peer.leave();
    expect(dealer.send(parse('x'))).toBe(false);
  });

  test('takes in a peer that comes', () => {
    const { dealer } = one({ readMark: 1 });
    expect(fill(dealer)).toBe(1);
    const late = Peer.of(dealer);
    expect(dealer.isWritable).toBe(true);
    dealer.send(parse('x'));
    expect(late.take()).toBe('x');
  });
});

describe('receiving', () => {
  test('takes one message of each peer in turn', () => {
    const { dealer, peers } = makeDealer({}, {}, {});
    for (const [index, peer] of peers.entries()) {
      for (const number of '12') peer.send(`${'abc'[index]}${number}`);
    }
    expect(dealer.isReadable).toBe(true);
    expect(receiveAll(dealer)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'c2']);
    expect(dealer.isReadable).toBe(false);
  });

  test('hears a peer that has gone to its end', () => {
    const { dealer, peers } = makeDealer({}, {});
    for (const number of '123') peers[0]?.send(`a${number}`);
    peers[1]?.send('b1');
    peers[0]?.leave();
    expect(receiveAll(dealer)).toEqual(['a1', 'b1', 'a2', 'a3']);
  });

  test('hears a peer over its next connection too', () => {
    const { dealer, peer } = one();
    peer.send('first');
    peer.far.setConnected(false);
    peer.far.setConnected(true);
    peer.send('second');
    expect(receiveAll(dealer)).toEqual(['first', 'second']);
    peer.send('third');
    expect(receiveAll(dealer)).toEqual(['third']);
  });

  test('lets a peer that has filled its queue go on', () => {
    const { dealer, peer } = one({ writeMark: 2 });
    peer.send('1');
    peer.send('2');
    expect(peer.far.canWrite).toBe(false);
    expect(format(dealer.receive())).toBe('1');
    expect(peer.log).toContain('writable');
  });
});

describe('a probe', () => {
  test('is an empty message before all others, once for each peer', () => {
    const dealer = new Dealer({ probeRouter: true });
    const peer = Peer.of(dealer, { isConnected: false });
    dealer.send(parse('a'));
    peer.far.setConnected(true);
    peer.far.setConnected(false);
    peer.far.setConnected(true);
    expect(peer.takeAll()).toEqual(['', 'a']);
    expect(Peer.of(dealer).takeAll()).toEqual(['']);
  });

  test('goes to those who come when the option is set', () => {
    const options = { probeRouter: false };
    const dealer = new Dealer(options);
    const first = Peer.of(dealer);
    options.probeRouter = true;
    expect([first.takeAll(), Peer.of(dealer).takeAll()]).toEqual([[], ['']]);
  });
});
