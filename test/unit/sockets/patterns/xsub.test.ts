import { describe, expect, test } from 'vitest';
import { Xsub } from '../../../../src/sockets/patterns/xsub.ts';
import { format, parse, Peer, type PeerOptions } from '../../pipes.ts';

function makeXsub(...peers: readonly PeerOptions[]): { xsub: Xsub; peers: Peer[] } {
  const xsub = new Xsub();
  return { xsub, peers: peers.map((each) => Peer.of(xsub, each)) };
}

function one(options: PeerOptions = {}): { xsub: Xsub; peer: Peer } {
  const { xsub, peers } = makeXsub(options);
  return { xsub, peer: peers[0] as Peer };
}

function receiveAll(xsub: Xsub): string[] {
  const received: string[] = [];
  while (xsub.isReadable) received.push(format(xsub.receive()) ?? '-');
  expect(xsub.receive()).toBeUndefined();
  return received;
}

describe('what is sent', () => {
  test.each([
    // sent, as subscriptions, as messages
    [['\x01a'], ['\x01a'], []],
    [['\x01a', '\x01a'], ['\x01a', '\x01a'], []],
    [['\x01a', '\x01a', '\0a'], ['\x01a', '\x01a'], []],
    [['\x01a', '\x01a', '\0a', '\0a'], ['\x01a', '\x01a', '\0a'], []],
    [['\0a'], [], []],
    [['\x01', '\0'], ['\x01', '\0'], []],
    [['\x01a|\x01b|\0a'], ['\x01a', '\x01b', '\0a'], []],
    [['x', '', 'x|y', '\x02'], [], ['x', '', 'x|y', '\x02']],
    [['x|\x01a|y'], ['\x01a'], ['x|y']],
  ])('%j: subscriptions %j, messages %j', (sent, subscriptions, messages) => {
    const { xsub, peer } = one();
    for (const text of sent) expect(xsub.send(parse(text))).toBe(true);
    expect(peer.subscriptions).toEqual(subscriptions);
    expect(peer.takeAll()).toEqual(messages);
  });

  test('goes to all publishers, and messages not to those that are full', () => {
    const { xsub, peers } = makeXsub({ readMark: 1 }, {});
    for (const text of ['1', '2', '\x01a']) xsub.send(parse(text));
    expect(xsub.isWritable).toBe(true);
    expect(peers.map((peer) => peer.takeAll())).toEqual([['1'], ['1', '2']]);
    expect(peers.map((peer) => peer.subscriptions)).toEqual([['\x01a'], ['\x01a']]);
  });

  test('is a message like others to a socket of the same process, beyond the high-water mark', () => {
    const { xsub, peer } = one({ isSocket: true, readMark: 1 });
    for (const text of ['1', '\x01a', '\0a', '2']) xsub.send(parse(text));
    expect(peer.takeAll()).toEqual(['1', '\x01a', '\0a']);
    expect(peer.subscriptions).toEqual([]);
  });

  test('may be sent by methods too', () => {
    const { xsub, peer } = one();
    xsub.subscribe(Buffer.from('a'));
    xsub.subscribe(Buffer.from('a'));
    xsub.send(parse('\0a'));
    xsub.unsubscribe(Buffer.from('a'));
    xsub.unsubscribe(Buffer.from('a'));
    expect(peer.subscriptions).toEqual(['\x01a', '\x01a', '\0a']);
  });

  test('goes nowhere without publishers, and is not forgotten', () => {
    const { xsub } = makeXsub();
    for (const text of ['\x01b', '\x01a', '\x01a', '\x01c', '\0c', 'x']) xsub.send(parse(text));
    const peer = Peer.of(xsub);
    expect(peer.subscriptions).toEqual(['\x01a', '\x01b']);
    expect(peer.takeAll()).toEqual([]);
  });
});

describe('a publisher', () => {
  test('is told all topics whenever it is connected, and nothing meanwhile', () => {
    const { xsub, peer } = one({ isConnected: false });
    for (const text of ['\x01b', '\x01a', '\x01a']) xsub.send(parse(text));
    expect(peer.subscriptions).toEqual([]);
    peer.far.setConnected(true);
    expect(peer.subscriptions.splice(0)).toEqual(['\x01a', '\x01b']);
    peer.far.setConnected(false);
    for (const text of ['\0b', '\x01c', 'x']) xsub.send(parse(text));
    expect(peer.subscriptions).toEqual([]);
    peer.far.setConnected(true);
    expect(peer.subscriptions).toEqual(['\x01a', '\x01c']);
    expect(peer.takeAll()).toEqual(['x']);
  });

  test('of the same process is told once, though its connection comes before it is attached', () => {
    const xsub = new Xsub();
    xsub.send(parse('\x01a'));
    const peer = new Peer(
      {
        pipeReadable: (pipe) => xsub.pipeReadable(pipe),
        pipeWritable() {},
        pipeStatusChanged: (pipe) => xsub.pipeStatusChanged(pipe),
        pipeClosed() {},
        pipeFinished() {},
        pipeHangUp() {},
        pipeSubscription() {},
      },
      { isSocket: true },
    );
    expect(peer.takeAll()).toEqual([]);
    xsub.attach(peer.near);
    expect(peer.takeAll()).toEqual(['\x01a']);
  });

  test('that has gone is told nothing, and heard to the end', () => {
    const { xsub, peer } = one();
    for (const text of ['1', '2', '3']) peer.send(text);
    peer.leave();
    xsub.send(parse('\x01a'));
    xsub.send(parse('x'));
    expect(peer.subscriptions).toEqual([]);
    expect(receiveAll(xsub)).toEqual(['1', '2', '3']);
  });

  test('is heard whatever it sends', () => {
    const { xsub, peer } = one();
    for (const text of ['', 'a', 'a|b', '\x01a', '\0']) peer.send(text);
    expect(receiveAll(xsub)).toEqual(['', 'a', 'a|b', '\x01a', '\0']);
    expect(xsub.blockedBy('receive')).toBe('EAGAIN');
  });

  test('takes turns with the others', () => {
    const { xsub, peers } = makeXsub({}, {});
    for (const [i, peer] of peers.entries()) {
      for (const number of '123') peer.send(`${i}.${number}`);
    }
    expect(receiveAll(xsub)).toEqual(['0.1', '1.1', '0.2', '1.2', '0.3', '1.3']);
  });

  test('may write more as soon as it is told', () => {
    const xsub = new Xsub();
    let left = 20;
    const peer = Peer.of(xsub, { writeMark: 1 });
    const fill = (): void => {
      while (left > 0 && peer.far.canWrite) peer.send(`${left--}`);
    };
    peer.pipeWritable = fill;
    fill();
    expect(receiveAll(xsub)).toEqual(Array.from({ length: 20 }, (_, i) => String(20 - i)));
  });
});
