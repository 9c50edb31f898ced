import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../../src/errors.ts';
import { PairPattern as Pair } from '../../../../src/sockets/patterns/pair.ts';
import { format, parse, Peer, type PeerOptions } from '../../pipes.ts';

const ACCEPTED: PeerOptions = { isAccepted: true, whenHungUp: 'leave' };

function makePair(...peers: readonly PeerOptions[]): { pair: Pair; peers: Peer[] } {
  const pair = new Pair();
  return { pair, peers: peers.map((each) => Peer.of(pair, each)) };
}

function one(options: PeerOptions = ACCEPTED): { pair: Pair; peer: Peer } {
  const { pair, peers } = makePair(options);
  return { pair, peer: peers[0] as Peer };
}

function two(...options: readonly [PeerOptions, PeerOptions]): {
  pair: Pair;
  first: Peer;
  second: Peer;
} {
  const { pair, peers } = makePair(...options);
  return { pair, first: peers[0] as Peer, second: peers[1] as Peer };
}

function receiveAll(pair: Pair): (string | undefined)[] {
  const messages: (string | undefined)[] = [];
  for (let next = pair.receive(); next; next = pair.receive()) messages.push(format(next));
  return messages;
}

describe('with its peer', () => {
  test('it sends and receives as it likes', () => {
    const { pair, peer } = one();
    expect([pair.isReadable, pair.isWritable]).toEqual([false, true]);
    for (const text of ['a', '|b', '']) expect(pair.send(parse(text))).toBe(true);
    expect(peer.takeAll()).toEqual(['a', '|b', '']);
    for (const text of ['a', '|b', '']) peer.send(text);
    expect(pair.isReadable).toBe(true);
    expect(receiveAll(pair)).toEqual(['a', '|b', '']);
    expect([pair.isReadable, pair.receive()]).toEqual([false, undefined]);
  });

  test('it hears what comes each time that nothing was left', () => {
    const { pair, peer } = one();
    for (let i = 0; i < 3; i++) {
      peer.send(`${i}`);
      expect(receiveAll(pair)).toEqual([`${i}`]);
    }
  });

  test('it waits when that is full', () => {
    const { pair, peer } = one({ ...ACCEPTED, readMark: 2 });
    expect([pair.send(parse('1')), pair.send(parse('2')), pair.send(parse('3'))]).toEqual([
      true,
      true,
      false,
    ]);
    expect([pair.isWritable, pair.blockedBy()]).toEqual([false, 'EAGAIN']);
    expect(peer.takeAll()).toEqual(['1', '2']);
    expect(pair.send(parse('3'))).toBe(true);
  });

  test('it lets that go on when half of what waited has been read', () => {
    const { pair, peer } = one({ ...ACCEPTED, writeMark: 2 });
    peer.send('1');
    peer.send('2');
    expect(peer.far.canWrite).toBe(false);
    pair.receive();
    expect(peer.far.canWrite).toBe(true);
  });

  test('it queues before that is connected', () => {
    const { pair, peer } = one({ isConnected: false });
    expect(pair.send(parse('early'))).toBe(true);
    expect(peer.take()).toBe('early');
  });
});

test('alone it waits', () => {
  const { pair } = makePair();
  expect([pair.isReadable, pair.isWritable]).toEqual([false, false]);
  expect([pair.send(parse('x')), pair.receive()]).toEqual([false, undefined]);
  expect(pair.blockedBy()).toBe('EAGAIN');
});

describe('a second peer that connects', () => {
  test('is sent away, and neither heard nor spoken to', () => {
    const { pair, first, second } = two(ACCEPTED, { isAccepted: true });
    expect(second.log).toContain('hang up');
    expect(second.hangUpError).toBeInstanceOf(ProtocolError);
    expect(first.log).not.toContain('hang up');
    second.send('let me in');
    expect(pair.isReadable).toBe(false);
    pair.send(parse('x'));
    pair.send(parse('y'));
    expect([first.takeAll(), second.takeAll()]).toEqual([['x', 'y'], []]);
    second.leave();
    expect(pair.isWritable).toBe(true);
  });

  test('finds an open door when the first one has gone', () => {
    const { pair, first } = two(ACCEPTED, ACCEPTED);
    first.leave();
    expect(pair.isWritable).toBe(false);
    const third = Peer.of(pair, ACCEPTED);
    expect(third.log).not.toContain('hang up');
    pair.send(parse('x'));
    third.send('y');
    expect([third.takeAll(), receiveAll(pair)]).toEqual([['x'], ['y']]);
  });
});

describe('a second endpoint that we have connected to', () => {
  test('waits, and has its turn when the first one has gone', () => {
    const { pair, first, second } = two({}, {});
    second.send('early');
    pair.send(parse('to the first'));
    expect(receiveAll(pair)).toEqual([]);
    expect(second.log).not.toContain('hang up');
    first.leave();
    expect(pair.isReadable).toBe(true);
    expect(receiveAll(pair)).toEqual(['early']);
    pair.send(parse('to the second'));
    second.send('late');
    expect([second.takeAll(), receiveAll(pair)]).toEqual([['to the second'], ['late']]);
  });

  test('may go while it waits', () => {
    const { pair, peers } = makePair({}, {}, {});
    peers[1]?.leave();
    peers[0]?.leave();
    pair.send(parse('x'));
    expect(peers[2]?.takeAll()).toEqual(['x']);
    peers[2]?.leave();
    expect(pair.isWritable).toBe(false);
  });

  test('is there before a peer that connects meanwhile', () => {
    const { pair, peers } = makePair(ACCEPTED, {}, ACCEPTED);
    expect(peers[2]?.log).toContain('hang up');
    peers[0]?.leave();
    pair.send(parse('x'));
    expect(peers[1]?.takeAll()).toEqual(['x']);
  });
});

describe('a peer that goes', () => {
  test('is heard to the end, before the next one', () => {
    const { pair, first, second } = two(ACCEPTED, {});
    for (const text of ['a', 'b']) first.send(text);
    second.send('c');
    first.leave();
    const third = Peer.of(pair, ACCEPTED);
    third.send('not heard');
    expect(pair.isReadable).toBe(true);
    expect(receiveAll(pair)).toEqual(['a', 'b', 'c']);
    second.send('d');
    expect(receiveAll(pair)).toEqual(['d']);
  });

  test('several in a row are heard in order', () => {
    const { pair } = makePair();
    for (const text of ['a', 'b', 'c']) {
      const peer = Peer.of(pair, ACCEPTED);
      peer.send(text);
      peer.leave();
    }
    expect([pair.isReadable, pair.isWritable]).toEqual([true, false]);
    expect(receiveAll(pair)).toEqual(['a', 'b', 'c']);
    expect(pair.isReadable).toBe(false);
  });

  test('and comes again over the same endpoint is the same peer', () => {
    const { pair, peer } = one({});
    peer.far.setConnected(false);
    expect(pair.send(parse('meanwhile'))).toBe(true);
    peer.far.setConnected(true);
    expect(peer.takeAll()).toEqual(['meanwhile']);
    peer.send('x');
    expect(receiveAll(pair)).toEqual(['x']);
  });
});
