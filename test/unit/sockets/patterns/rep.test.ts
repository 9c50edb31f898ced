import { describe, expect, test } from 'vitest';
import { Rep } from '../../../../src/sockets/patterns/rep.ts';
import { format, parse, Peer, type PeerOptions } from '../../pipes.ts';

function makeRep(...peers: readonly PeerOptions[]): { rep: Rep; peers: Peer[] } {
  const rep = new Rep();
  return { rep, peers: peers.map((each) => Peer.of(rep, each)) };
}

function one(options: PeerOptions = {}): { rep: Rep; peer: Peer } {
  const { rep, peers } = makeRep(options);
  return { rep, peer: peers[0] as Peer };
}

/** Receives and answers until there is nothing left; answers with what was received. */
function serve(rep: Rep): (string | undefined)[] {
  const requests: (string | undefined)[] = [];
  for (let request = rep.receive(); request; request = rep.receive()) {
    requests.push(format(request));
    rep.send(parse(`re ${format(request)}`));
  }
  return requests;
}

describe('a request and its reply', () => {
  test('take turns', () => {
    const { rep, peer } = one();
    expect([rep.isReadable, rep.isWritable]).toEqual([false, false]);
    expect([rep.blockedBy('receive'), rep.blockedBy('send')]).toEqual(['EAGAIN', 'EFSM']);
    expect(rep.send(parse('too soon'))).toBe(false);
    expect(rep.receive()).toBeUndefined();

    peer.send('|q');
    expect([rep.isReadable, rep.isWritable]).toEqual([true, false]);
    expect(rep.send(parse('too soon'))).toBe(false);
    expect(format(rep.receive())).toBe('q');

    expect([rep.isReadable, rep.isWritable]).toEqual([false, true]);
    expect([rep.blockedBy('receive'), rep.blockedBy('send')]).toEqual(['EFSM', 'EFSM']);
    expect(rep.receive()).toBeUndefined();
    expect(rep.send(parse('a|b'))).toBe(true);
    expect(peer.takeAll()).toEqual(['|a|b']);
    expect([rep.isReadable, rep.isWritable]).toEqual([false, false]);
  });

  test('a second request waits until the first is answered', () => {
    const { rep, peer } = one();
    peer.send('|q1');
    peer.send('|q2');
    expect(format(rep.receive())).toBe('q1');
    expect(rep.isReadable).toBe(false);
    expect(rep.receive()).toBeUndefined();
    rep.send(parse('a1'));
    expect(rep.isReadable).toBe(true);
    expect(format(rep.receive())).toBe('q2');
  });

  test.each([
    ['|q', 'q', '|'],
    ['||', '|', '|'],
    ['|', '', '|'],
    ['id||q', 'q', 'id||'],
    ['a|bb|ccc||q|r', 'q|r', 'a|bb|ccc||'],
    ['abcd||q||r', 'q||r', 'abcd||'],
  ])('"%s" is the request "%s" with the envelope "%s"', (wire, request, envelope) => {
    const { rep, peer } = one();
    peer.send(wire);
    expect(format(rep.receive())).toBe(request);
    rep.send(parse('a|b'));
    expect(peer.take()).toBe(`${envelope}a|b`);
  });

  test.each(['', 'no delimiter', 'a|b|c', 'a|'])('"%s" is no request', (wire) => {
    const { rep, peer } = one();
    peer.send(wire);
    expect(rep.isReadable).toBe(false);
    expect(rep.receive()).toBeUndefined();
    peer.send('|q');
    expect(serve(rep)).toEqual(['q']);
    expect(peer.log).not.toContain('hang up');
  });

  test('what is no request does not hide those behind it', () => {
    const { rep, peer } = one();
    for (const wire of ['|q1', 'junk', '', '|q2', 'junk', '|q3', 'junk']) peer.send(wire);
    expect(serve(rep)).toEqual(['q1', 'q2', 'q3']);
  });
});

describe('several peers', () => {
  test('are served in turn, and each gets its own replies', () => {
    const { rep, peers } = makeRep({}, {}, {});
    for (const [index, peer] of peers.entries()) {
      for (const number of [0, 1, 2]) peer.send(`|${index}.${number}`);
    }
    expect(serve(rep)).toEqual(['0.0', '1.0', '2.0', '0.1', '1.1', '2.1', '0.2', '1.2', '2.2']);
    for (const [index, peer] of peers.entries()) {
      expect(peer.takeAll()).toEqual([0, 1, 2].map((number) => `|re ${index}.${number}`));
    }
  });

  test('that come later are served too', () => {
    const { rep, peer } = one();
    peer.send('|a1');
    peer.send('|a2');
    expect(format(rep.receive())).toBe('a1');
    const other = Peer.of(rep);
    other.send('|b1');
    rep.send(parse('x'));
    expect(serve(rep).toSorted()).toEqual(['a2', 'b1']);
    expect(other.takeAll()).toEqual(['|re b1']);
  });

  test('that had sent before they were attached are heard', () => {
    const rep = new Rep();
    const owner = {
      pipeReadable: rep.pipeReadable.bind(rep),
      pipeWritable() {},
      pipeStatusChanged() {},
      pipeClosed() {},
      pipeSubscription() {},
      pipeFinished() {},
      pipeHangUp() {},
    };
    const peer = new Peer(owner);
    peer.send('|early');
    rep.attach(peer.near);
    expect(serve(rep)).toEqual(['early']);
  });
});

describe('a peer that goes', () => {
  test('is answered into the void', () => {
    const { rep, peer } = one();
    peer.send('|q');
    rep.receive();
    peer.leave();
    expect(rep.isWritable).toBe(true);
    expect(rep.send(parse('a'))).toBe(true);
    expect([rep.isReadable, rep.isWritable]).toEqual([false, false]);
  });

  test('is heard to the end', () => {
    const { rep, peer } = one();
    for (const wire of ['|q1', '|q2', '|q3']) peer.send(wire);
    peer.leave();
    expect(serve(rep)).toEqual(['q1', 'q2', 'q3']);
  });

  test('does not disturb the others', () => {
    const { rep, peers } = makeRep({}, {});
    const [first, second] = peers as [Peer, Peer];
    first.send('|a');
    second.send('|b');
    expect(format(rep.receive())).toBe('a');
    first.leave();
    rep.send(parse('x'));
    expect(format(rep.receive())).toBe('b');
    rep.send(parse('y'));
    expect(second.takeAll()).toEqual(['|y']);
  });
});

describe('a peer that takes nothing', () => {
  test('loses its replies beyond the high-water mark, and holds nobody up', () => {
    const { rep, peers } = makeRep({ readMark: 2 }, {});
    const [slow, quick] = peers as [Peer, Peer];
    for (let i = 1; i <= 4; i++) {
      slow.send(`|s${i}`);
      quick.send(`|q${i}`);
    }
    expect(serve(rep)).toHaveLength(8);
    expect(slow.takeAll()).toEqual(['|re s1', '|re s2']);
    expect(quick.takeAll()).toHaveLength(4);
  });
});

describe('a peer that waits for room', () => {
  test('may write more as soon as it is told', () => {
    const rep = new Rep();
    let left = 20;
    const peer = Peer.of(rep, { writeMark: 1 });
    const fill = (): void => {
      while (left > 0 && peer.far.canWrite) peer.send(`|${left--}`);
    };
    peer.pipeWritable = fill;
    fill();
    expect(serve(rep)).toEqual(Array.from({ length: 20 }, (_, i) => String(20 - i)));
  });
});
