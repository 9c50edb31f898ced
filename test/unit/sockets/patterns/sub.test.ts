import { describe, expect, test } from 'vitest';
import { Sub } from '../../../../src/sockets/patterns/sub.ts';
import { format, parse, Peer, type PeerOptions } from '../../pipes.ts';

function makeSub(
  topics: readonly string[],
  options: PeerOptions = {},
  invertMatching = false,
): { sub: Sub; peer: Peer } {
  const sub = new Sub({ invertMatching });
  const peer = Peer.of(sub, options);
  for (const topic of topics) sub.subscribe(Buffer.from(topic));
  return { sub, peer };
}

function receiveAll(sub: Sub): string[] {
  const received: string[] = [];
  while (sub.isReadable) received.push(format(sub.receive()) ?? '-');
  expect(sub.receive()).toBeUndefined();
  return received;
}

describe('a message', () => {
  test.each([
    [[], ['', 'a'], []],
    [[''], ['', 'a', 'b|c'], ['', 'a', 'b|c']],
    [['ab'], ['zz', 'abc', 'zz|ab', 'a', 'ab|zz', ''], ['abc', 'ab|zz']],
    [
      ['a', 'ab', 'b'],
      ['abc', 'b', 'c'],
      ['abc', 'b'],
    ],
  ])('with the topics %j: of %j are received %j', (topics, sent, received) => {
    const { sub, peer } = makeSub(topics);
    for (const text of sent) peer.send(text);
    expect(receiveAll(sub)).toEqual(received);
    expect(peer.near.unread).toBe(0);
  });

  test('is received inversely with invertMatching', () => {
    const { sub, peer } = makeSub(['a'], {}, true);
    for (const text of ['a', 'b', 'ab', '']) peer.send(text);
    expect(receiveAll(sub)).toEqual(['b', '']);
  });

  test('that does not match makes nothing readable, and takes no room', () => {
    const { sub, peer } = makeSub(['a'], { writeMark: 2 });
    for (let i = 0; i < 100; i++) {
      expect(peer.far.canWrite).toBe(true);
      peer.send('b');
    }
    expect(sub.isReadable).toBe(false);
    peer.send('a');
    expect(sub.isReadable).toBe(true);
    for (const text of ['b', 'b']) peer.send(text);
    expect(peer.far.canWrite).toBe(false);
    expect(receiveAll(sub)).toEqual(['a']);
    expect(peer.far.canWrite).toBe(true);
  });

  test('that waits is received no more when its topic has been cancelled', () => {
    const { sub, peer } = makeSub(['a', 'a', 'b']);
    for (const text of ['a1', 'b1', 'a2']) peer.send(text);
    sub.unsubscribe(Buffer.from('a'));
    expect(sub.isReadable).toBe(true);
    sub.unsubscribe(Buffer.from('a'));
    expect(receiveAll(sub)).toEqual(['b1']);
    sub.unsubscribe(Buffer.from('b'));
    peer.send('b2');
    expect(sub.isReadable).toBe(false);
  });
});

describe('subscriptions', () => {
  test('have a longest topic, that publishers take', () => {
    const { sub, peer } = makeSub([]);
    sub.subscribe(Buffer.alloc(65_000, 'a'));
    expect(peer.subscriptions.splice(0)).toHaveLength(1);
    expect(() => sub.subscribe(Buffer.alloc(65_001))).toThrow(
      expect.objectContaining({ code: 'EMSGSIZE', detail: expect.stringContaining('65001') }),
    );
    expect(peer.subscriptions).toEqual([]);
  });

  test('are counted: each is sent, and the last cancellation', () => {
    const { sub, peer } = makeSub(['ab', 'ab', '']);
    expect(peer.subscriptions.splice(0)).toEqual(['\x01ab', '\x01ab', '\x01']);
    sub.unsubscribe(Buffer.from('ab'));
    expect(peer.subscriptions).toEqual([]);
    for (let i = 0; i < 3; i++) sub.unsubscribe(Buffer.from('ab'));
    expect(peer.subscriptions).toEqual(['\0ab']);
  });

  test('are sent again over each connection, each once, in the order of bytes', () => {
    const { peer } = makeSub(['b', 'a', 'b', ''], { isConnected: false });
    peer.far.setConnected(true);
    expect(peer.subscriptions.splice(0)).toEqual(['\x01', '\x01a', '\x01b']);
    peer.far.setConnected(false);
    peer.far.setConnected(true);
    expect(peer.subscriptions).toEqual(['\x01', '\x01a', '\x01b']);
  });

  test('do not wait for room', () => {
    const { sub, peer } = makeSub([], { readMark: 1 });
    for (let i = 0; i < 5000; i++) sub.subscribe(Buffer.from(`${i}`));
    expect(peer.subscriptions).toHaveLength(5000);
    const late = Peer.of(sub, { readMark: 1 });
    expect(late.subscriptions).toEqual(peer.subscriptions.toSorted());
  });

  test('do not depend on memory of the caller', () => {
    const { sub, peer } = makeSub([]);
    const topic = Buffer.from('abc');
    sub.subscribe(topic);
    topic.fill(0);
    peer.send('abcd');
    expect(receiveAll(sub)).toEqual(['abcd']);
  });
});

test('nothing can be sent', () => {
  const { sub, peer } = makeSub(['a']);
  expect(sub.isWritable).toBe(false);
  expect(sub.send(parse('\x01b'))).toBe(false);
  expect(sub.blockedBy('send')).toBe('ENOTSUP');
  expect(sub.blockedBy('receive')).toBe('EAGAIN');
  expect(peer.subscriptions).toEqual(['\x01a']);
  expect(peer.takeAll()).toEqual([]);
});
