import { describe, expect, test } from 'vitest';
import { StreamPattern as Stream } from '../../../../src/sockets/patterns/stream.ts';
import { format, parse, Peer, type PeerOptions } from '../../pipes.ts';

/** The first id that is made up, as it is told to the pattern and as text. */
const FIRST_ID = 0x6162_6364;
const FIRST = '\0abcd';
const SECOND = '\0abce';

function makeStream(...peers: readonly PeerOptions[]): { stream: Stream; peers: Peer[] } {
  const stream = new Stream(FIRST_ID, (size) => new Uint8Array(size));
  return { stream, peers: peers.map((each) => Peer.of(stream, each)) };
}

function one(options: PeerOptions = {}): { stream: Stream; peer: Peer } {
  const { stream, peers } = makeStream(options);
  return { stream, peer: peers[0] as Peer };
}

function receiveAll(stream: Stream): (string | undefined)[] {
  const messages: (string | undefined)[] = [];
  for (let next = stream.receive(); next; next = stream.receive()) messages.push(format(next));
  return messages;
}

describe('bytes', () => {
  test('are received behind the id of who sent them, one of each in turn', () => {
    const { stream, peers } = makeStream({}, {});
    for (const number of '12') for (const peer of peers) peer.send(`bytes ${number}`);
    expect(stream.isReadable).toBe(true);
    expect(receiveAll(stream)).toEqual([
      `${FIRST}|bytes 1`,
      `${SECOND}|bytes 1`,
      `${FIRST}|bytes 2`,
      `${SECOND}|bytes 2`,
    ]);
    expect([stream.isReadable, stream.blockedBy()]).toEqual([false, 'EAGAIN']);
  });

  test('are sent without the id', () => {
    const { stream, peers } = makeStream({}, {});
    expect(stream.send(parse(`${SECOND}|bytes`))).toBe(true);
    expect(peers.map((peer) => peer.takeAll())).toEqual([[], ['bytes']]);
  });

  test('wait for room', () => {
    const { stream, peer } = one({ readMark: 1 });
    expect(stream.send(parse(`${FIRST}|1`))).toBe(true);
    expect(stream.send(parse(`${FIRST}|2`))).toBe(false);
    expect(stream.isWritable).toBe(true);
    expect(peer.take()).toBe('1');
    expect(stream.send(parse(`${FIRST}|2`))).toBe(true);
  });

  test('of a peer that has gone are still received', () => {
    const { stream, peer } = one();
    for (const text of ['a', 'b', '']) peer.send(text);
    peer.leave();
    expect(receiveAll(stream)).toEqual([`${FIRST}|a`, `${FIRST}|b`, `${FIRST}|`]);
  });
});

describe('a peer', () => {
  test('that we connect to can be sent to before it is there', () => {
    const { stream, peer } = one({ isConnected: false, givenId: 'them' });
    expect(stream.hasRoute(Buffer.from('them'))).toBe(true);
    stream.send(parse('them|early'));
    expect(peer.take()).toBe('early');
    peer.send('x');
    expect(receiveAll(stream)).toEqual(['them|x']);
  });

  test('that has gone is unknown, and its id is not given to another', () => {
    const { stream, peer } = one();
    peer.leave();
    expect(stream.hasRoute(parse(FIRST)[0] as Uint8Array)).toBe(false);
    expect(() => stream.send(parse(`${FIRST}|x`))).toThrow(
      expect.objectContaining({ code: 'EHOSTUNREACH' }),
    );
    Peer.of(stream).send('x');
    expect(receiveAll(stream)).toEqual([`${SECOND}|x`]);
  });

  test('is hung up by an empty frame, when what was sent before has left', () => {
    const { stream, peer } = one();
    stream.send(parse(`${FIRST}|last words`));
    expect(stream.send(parse(`${FIRST}|`))).toBe(true);
    expect(peer.log).toContain('finish');
    expect(peer.takeAll()).toEqual(['last words']);
  });

  test('is hung up though it takes nothing', () => {
    const { stream, peer } = one({ readMark: 1 });
    stream.send(parse(`${FIRST}|1`));
    expect(stream.send(parse(`${FIRST}|`))).toBe(true);
    expect(peer.log).toContain('finish');
  });
});

test.each([[[]], [parse(FIRST)], [parse(`${FIRST}|a|b`)], [parse(`${FIRST}||`)]])(
  '%o is no message',
  (frames) => {
    const { stream, peer } = one();
    expect(() => stream.send(frames)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    expect(peer.takeAll()).toEqual([]);
    expect(peer.log).not.toContain('finish');
  },
);

test('an id that nobody has is EHOSTUNREACH', () => {
  const { stream } = makeStream();
  expect(() => stream.send(parse('nobody|x'))).toThrow(
    expect.objectContaining({ code: 'EHOSTUNREACH' }),
  );
});
