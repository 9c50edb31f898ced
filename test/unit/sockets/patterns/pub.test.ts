import { describe, expect, test } from 'vitest';
import { Pub } from '../../../../src/sockets/patterns/pub.ts';
import { parse, Peer, type PeerOptions } from '../../pipes.ts';

const DEFAULTS = { noDrop: false, invertMatching: false, maxSubscriptions: 0, maxTopicSize: -1 };

function makePub(...peers: readonly PeerOptions[]): {
  pub: Pub;
  peers: Peer[];
  options: typeof DEFAULTS;
} {
  const options = { ...DEFAULTS };
  const pub = new Pub(options);
  return { pub, options, peers: peers.map((each) => Peer.of(pub, each)) };
}

function one(options: PeerOptions = {}): { pub: Pub; peer: Peer } {
  const { pub, peers } = makePub(options);
  return { pub, peer: peers[0] as Peer };
}

describe('a message', () => {
  test('goes nowhere without peers, and that is no fault', () => {
    const { pub } = makePub();
    expect(pub.isWritable).toBe(true);
    expect(pub.send(parse('x'))).toBe(true);
  });

  test.each([
    [[], ['', 'a'], []],
    [['\x01'], ['', 'a', 'b|c'], ['', 'a', 'b|c']],
    [['\x01a'], ['', 'a', 'ab', 'b', 'b|a', 'ba'], ['a', 'ab']],
    [['\x01a', '\x01ab', '\x01'], ['abc'], ['abc']],
    [['\x01a', '\x01a', '\0a'], ['a'], []],
    [['\x01a', '\x01b', '\0a'], ['a', 'b'], ['b']],
    [['\0a', '\x01a'], ['a'], ['a']],
    [['\x01a|\x01b|\0a'], ['a', 'b'], ['b']],
    [['hello', '', 'x|\x01b', 'SUBSCRIBEa'], ['a', 'b', 'hello'], ['b']],
    [['\x02a', '\x03'], ['a'], []],
  ])('after %j: of %j the peer gets %j', (said, sent, got) => {
    const { pub, peer } = one();
    for (const text of said) peer.send(text);
    for (const text of sent) expect(pub.send(parse(text))).toBe(true);
    expect(peer.takeAll()).toEqual(got);
  });

  test('goes to each that wants it', () => {
    const { pub, peers } = makePub({}, {}, {});
    for (const [i, topic] of ['\x01a', '\x01b', '\x01'].entries()) peers[i]?.send(topic);
    for (const text of ['a1', 'b1', 'c1']) pub.send(parse(text));
    expect(peers.map((peer) => peer.takeAll())).toEqual([['a1'], ['b1'], ['a1', 'b1', 'c1']]);
  });

  test('is missed by a peer that is full, and by nobody else', () => {
    const { pub, peers } = makePub({ readMark: 2 }, {});
    for (const peer of peers) peer.send('\x01');
    for (const text of '1234') pub.send(parse(text));
    expect(peers.map((peer) => peer.takeAll())).toEqual([
      ['1', '2'],
      ['1', '2', '3', '4'],
    ]);
  });

  test('that does not match takes no room', () => {
    const { pub, peer } = one({ readMark: 1 });
    peer.send('\x01a');
    for (const text of ['b', 'b', 'a']) pub.send(parse(text));
    expect(peer.takeAll()).toEqual(['a']);
  });
});

describe('noDrop', () => {
  test('lets nobody have what one has no room for', () => {
    const { pub, peers, options } = makePub({ readMark: 1 }, {});
    for (const peer of peers) peer.send('\x01a');
    options.noDrop = true;
    expect(pub.send(parse('a1'))).toBe(true);
    expect(pub.isWritable).toBe(false);
    expect(pub.send(parse('a2'))).toBe(false);
    expect(pub.blockedBy('send')).toBe('EAGAIN');
    expect(pub.send(parse('b'))).toBe(true);
    expect(peers[0]?.take()).toBe('a1');
    expect(pub.isWritable).toBe(true);
    expect(pub.send(parse('a2'))).toBe(true);
    expect(peers.map((peer) => peer.takeAll())).toEqual([['a2'], ['a1', 'a2']]);
  });

  test('does not wait for a peer that has gone', () => {
    const { pub, peers, options } = makePub({ readMark: 1 }, {});
    for (const peer of peers) peer.send('\x01');
    options.noDrop = true;
    pub.send(parse('1'));
    peers[0]?.leave();
    expect(pub.isWritable).toBe(true);
    expect(pub.send(parse('2'))).toBe(true);
    expect(peers[1]?.takeAll()).toEqual(['1', '2']);
  });
});

test('invertMatching sends to the others', () => {
  const { pub, peers, options } = makePub({}, {});
  peers[0]?.send('\x01a');
  options.invertMatching = true;
  for (const text of ['a', 'b']) pub.send(parse(text));
  expect(peers.map((peer) => peer.takeAll())).toEqual([['b'], ['a', 'b']]);
});

describe('a peer', () => {
  test('that had subscribed before it was attached is heard', () => {
    const pub = new Pub(DEFAULTS);
    const peer = new Peer({
      pipeReadable() {},
      pipeWritable() {},
      pipeStatusChanged() {},
      pipeClosed() {},
      pipeFinished() {},
      pipeHangUp() {},
      pipeSubscription() {},
    });
    peer.send('\x01a');
    pub.attach(peer.near);
    pub.send(parse('a'));
    expect(peer.takeAll()).toEqual(['a']);
  });

  test('that goes is forgotten', () => {
    const { pub, peers } = makePub({}, {});
    for (const peer of peers) peer.send('\x01a');
    peers[0]?.leave();
    pub.send(parse('a'));
    expect(peers.map((peer) => peer.takeAll())).toEqual([[], ['a']]);
  });

  test('that loses its connection subscribes anew', () => {
    const { pub, peer } = one();
    peer.send('\x01a');
    peer.far.setConnected(false);
    pub.send(parse('a1'));
    peer.far.setConnected(true);
    pub.send(parse('a2'));
    peer.send('\x01b');
    for (const text of ['a3', 'b3']) pub.send(parse(text));
    expect(peer.takeAll()).toEqual(['b3']);
  });

  test('may be attached before its connection is there', () => {
    const { pub, peer } = one({ isConnected: false });
    peer.far.setConnected(true);
    peer.send('\x01');
    pub.send(parse('a'));
    expect(peer.takeAll()).toEqual(['a']);
  });

  test('of the same process may subscribe a moment before it counts as connected', () => {
    const { pub, peer } = one({ isConnected: false, isSocket: true });
    peer.send('\x01');
    peer.far.setConnected(true);
    pub.send(parse('a'));
    expect(peer.takeAll()).toEqual(['a']);
  });

  test('may write on and on, and nothing is kept', () => {
    const { pub, peer } = one({ writeMark: 2 });
    for (let i = 0; i < 1000; i++) {
      expect(peer.far.canWrite).toBe(true);
      peer.send('rubbish');
    }
    expect(peer.near.unread).toBe(0);
    expect(pub.isReadable).toBe(false);
  });
});

test('nothing can be received', () => {
  const { pub, peer } = one();
  peer.send('\x01a');
  expect(pub.isReadable).toBe(false);
  expect(pub.receive()).toBeUndefined();
  expect(pub.blockedBy('receive')).toBe('ENOTSUP');
});
