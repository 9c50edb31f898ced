import { describe, expect, test } from 'vitest';
import { Req, type ReqOptions } from '../../../../src/sockets/patterns/req.ts';
import { format, parse, Peer, type PeerOptions } from '../../pipes.ts';

type Setup = Partial<ReqOptions> & { readonly firstId?: number };

/** A REQ with as many peers as are asked for. */
function makeReq(setup: Setup = {}, ...peers: readonly PeerOptions[]): { req: Req; peers: Peer[] } {
  const { firstId = 0x6162_6364, ...options } = setup;
  const req = new Req(
    {
      correlate: false,
      relaxed: false,
      probeRouter: false,
      routingId: Buffer.alloc(0),
      ...options,
    },
    firstId,
  );
  return { req, peers: peers.map((each) => Peer.of(req, each)) };
}

function one(setup: Setup = {}, options: PeerOptions = {}): { req: Req; peer: Peer } {
  const { req, peers } = makeReq(setup, options);
  return { req, peer: peers[0] as Peer };
}

function two(setup: Setup = {}): { req: Req; first: Peer; second: Peer } {
  const { req, peers } = makeReq(setup, {}, {});
  return { req, first: peers[0] as Peer, second: peers[1] as Peer };
}

describe('a request and its reply', () => {
  test('go with a delimiter, which the application does not see', () => {
    const { req, peer } = one();
    expect(req.send(parse('Hello|you'))).toBe(true);
    expect(peer.take()).toBe('|Hello|you');
    peer.send('|World|me');
    expect(req.isReadable).toBe(true);
    expect(format(req.receive())).toBe('World|me');
    expect(req.receive()).toBeUndefined();
  });

  test('may have empty frames', () => {
    const { req, peer } = one();
    req.send(parse(''));
    expect(peer.take()).toBe('|');
    peer.send('||');
    expect(format(req.receive())).toBe('|');
  });

  test('the caller’s array is left as it was', () => {
    const { req } = one();
    const frames = parse('a|b');
    req.send(frames);
    expect(format(frames)).toBe('a|b');
  });

  test('take turns', () => {
    const { req, peer } = one();
    for (const text of ['a', 'b', 'c']) {
      expect(req.isWritable).toBe(true);
      expect(req.isReadable).toBe(false);
      expect(req.receive()).toBeUndefined();
      expect(req.blockedBy('receive')).toBe('EFSM');
      expect(req.blockedBy('send')).toBe('EAGAIN');
      expect(req.send(parse(text))).toBe(true);

      expect(req.isWritable).toBe(false);
      expect(req.blockedBy('send')).toBe('EFSM');
      expect(req.blockedBy('receive')).toBe('EAGAIN');
      expect(req.send(parse('out of turn'))).toBe(false);
      expect(peer.takeAll()).toEqual([`|${text}`]);

      peer.send(`|re ${text}`);
      expect(req.isWritable, 'before the reply was received').toBe(false);
      expect(format(req.receive())).toBe(`re ${text}`);
    }
  });
});

describe('whom to ask', () => {
  test('nobody there: the request waits', () => {
    const { req } = makeReq();
    expect(req.isWritable).toBe(false);
    expect(req.send(parse('a'))).toBe(false);
    expect(req.blockedBy('send')).toBe('EAGAIN');
    const peer = Peer.of(req);
    expect(req.send(parse('a'))).toBe(true);
    expect(peer.take()).toBe('|a');
  });

  test('each in turn', () => {
    const { req, peers } = makeReq({}, {}, {}, {});
    const asked: number[] = [];
    for (let i = 0; i < 6; i++) {
      req.send(parse('q'));
      const index = peers.findIndex((peer) => peer.take() !== undefined);
      asked.push(index);
      peers[index]?.send('|a');
      req.receive();
    }
    expect(asked).toEqual([0, 1, 2, 0, 1, 2]);
  });

  test('nobody who is full', () => {
    const { req, peer } = one({ relaxed: true }, { readMark: 1 });
    expect(req.send(parse('a'))).toBe(true);
    expect(req.isWritable).toBe(false);
    expect(req.send(parse('b'))).toBe(false);
    peer.take();
    expect(req.isWritable).toBe(true);
    expect(req.send(parse('b'))).toBe(true);
  });

  test('one that is not connected, as long as there is room', () => {
    const { req, peer } = one({}, { isConnected: false });
    expect(req.send(parse('a'))).toBe(true);
    expect(peer.take()).toBe('|a');
  });

  test('only one that is connected, where that is asked for', () => {
    const { req, peers } = makeReq({}, { isConnected: false }, {});
    expect(req.sendToConnected(parse('a'))).toBe(true);
    expect(peers.map((peer) => peer.take())).toEqual([undefined, '|a']);
    expect(req.sendToConnected(parse('b')), 'not our turn').toBe(false);
    const lonely = makeReq({}, { isConnected: false });
    expect(lonely.req.sendToConnected(parse('a'))).toBe(false);
    expect(lonely.req.isWritable).toBe(true);
  });
});

describe('what is no reply', () => {
  test('what nobody asked for', () => {
    const { req, peer } = one();
    peer.send('|unasked');
    expect(req.isReadable).toBe(false);
    req.send(parse('q'));
    expect(req.isReadable).toBe(false);
    peer.send('|answer');
    expect(format(req.receive())).toBe('answer');
  });

  test('what comes from somebody else', () => {
    const { req, first, second } = two();
    req.send(parse('q'));
    expect(first.take()).toBe('|q');
    second.send('|not asked');
    expect(req.isReadable).toBe(false);
    first.send('|answer');
    expect(format(req.receive())).toBe('answer');
    expect(second.log).not.toContain('hang up');
  });

  test('a second one', () => {
    const { req, peer } = one();
    req.send(parse('q1'));
    peer.send('|a1');
    peer.send('|a1 again');
    expect(format(req.receive())).toBe('a1');
    expect(req.isReadable).toBe(false);
    req.send(parse('q2'));
    expect(req.isReadable).toBe(false);
    peer.send('|a2');
    expect(format(req.receive())).toBe('a2');
  });

  test('one with an id that was not sent', () => {
    const { req, peer } = one();
    req.send(parse('q'));
    peer.send('abcd||a');
    expect(req.isReadable).toBe(false);
    peer.send('|a');
    expect(format(req.receive())).toBe('a');
  });

  test.each(['stray', 'two|frames', '', 'abcd', 'abcd|', 'abc||x', 'abcde||x', 'abcd|x|'])(
    '"%s" is a fault and costs the peer its connection',
    (malformed) => {
      for (const isAsked of [true, false]) {
        const { req, peer } = one();
        if (isAsked) req.send(parse('q'));
        peer.send(malformed);
        expect(peer.log).toContain('hang up');
        expect(peer.hangUpError).toMatchObject({ code: 'EPROTO' });
        expect(req.isReadable).toBe(false);
        // The pipe outlives the connection: what comes over the next one is heard.
        if (!isAsked) req.send(parse('q'));
        peer.send('|a');
        expect(format(req.receive())).toBe('a');
      }
    },
  );
});

describe('with correlate', () => {
  test('an id goes before the delimiter, and must come back', () => {
    const { req, peer } = one({ correlate: true });
    req.send(parse('q'));
    expect(peer.take()).toBe('abcd||q');
    for (const wrong of ['|a', 'abce||a', 'dcba||a']) {
      peer.send(wrong);
      expect(req.isReadable).toBe(false);
    }
    peer.send('abcd||a');
    expect(format(req.receive())).toBe('a');
  });

  test('each request has the next id, round the end of 32 bits', () => {
    const { req, peer } = one({ correlate: true, firstId: 0xffff_ffff });
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      req.send(parse('q'));
      const [id] = peer.far.read() ?? [];
      ids.push(Buffer.from(id ?? []).toString('hex'));
      peer.far.write([id ?? Buffer.alloc(0), Buffer.alloc(0), Buffer.from('a')]);
      expect(format(req.receive())).toBe('a');
    }
    expect(ids).toEqual(['ffffffff', '00000000', '00000001']);
  });

  test('a late reply to an earlier request is dropped', () => {
    const { req, peer } = one({ correlate: true, relaxed: true });
    req.send(parse('q1'));
    req.send(parse('q2'));
    expect(peer.takeAll()).toEqual(['abcd||q1', 'abce||q2']);
    peer.send('abcd||late');
    expect(req.isReadable).toBe(false);
    peer.send('abce||a2');
    expect(format(req.receive())).toBe('a2');
  });
});

describe('with relaxed', () => {
  test('a new request may replace one without reply', () => {
    const { req, first, second } = two({ relaxed: true });
    req.send(parse('q1'));
    expect(req.isWritable).toBe(true);
    expect(req.send(parse('q2'))).toBe(true);
    expect([first.take(), second.take()]).toEqual(['|q1', '|q2']);
    first.send('|a1');
    expect(req.isReadable, 'no longer asked').toBe(false);
    second.send('|a2');
    expect(format(req.receive())).toBe('a2');
  });

  test('a reply that was not received is given up with its request', () => {
    const { req, peer } = one({ relaxed: true });
    req.send(parse('q1'));
    peer.send('|a1');
    expect(req.isReadable).toBe(true);
    req.send(parse('q2'));
    expect(req.isReadable).toBe(false);
    peer.send('|a2');
    expect(format(req.receive())).toBe('a2');
  });

  test('a receive without a request is out of turn all the same', () => {
    const { req } = one({ relaxed: true });
    expect(req.blockedBy('receive')).toBe('EFSM');
    expect(req.blockedBy('send')).toBe('EAGAIN');
  });
});

describe('with probeRouter', () => {
  test('each new peer gets an empty message first', () => {
    const { req, first, second } = two({ probeRouter: true });
    req.send(parse('q'));
    expect(first.takeAll()).toEqual(['', '|q']);
    expect(second.takeAll()).toEqual(['']);
  });
});

describe('a peer that goes', () => {
  test('is not asked', () => {
    const { req, first, second } = two();
    first.leave();
    req.send(parse('q'));
    expect(second.take()).toBe('|q');
    second.leave();
    expect(req.isWritable).toBe(false);
  });

  test('may have answered before', () => {
    const { req, peer } = one();
    req.send(parse('q'));
    peer.send('|a');
    peer.leave();
    expect(format(req.receive())).toBe('a');
    expect(req.send(parse('q')), 'nobody is left').toBe(false);
  });

  test('with the request lets anybody answer, as in libzmq', () => {
    const { req, first, second } = two();
    req.send(parse('q'));
    first.leave();
    expect(req.isWritable, 'it is not asked again by itself').toBe(false);
    expect(second.take()).toBeUndefined();
    second.send('|a');
    expect(format(req.receive())).toBe('a');
  });

  test('for a while may answer over its next connection', () => {
    const { req, peer } = one();
    req.send(parse('q'));
    peer.take();
    peer.far.setConnected(false);
    peer.far.setConnected(true);
    peer.send('|a');
    expect(format(req.receive())).toBe('a');
  });
});

describe('isExchangeLost', () => {
  test('while a request is out and its peer is not connected', () => {
    const { req, peer } = one();
    expect(req.isExchangeLost).toBe(false);
    req.send(parse('q'));
    expect(req.isExchangeLost).toBe(false);
    peer.far.setConnected(false);
    expect(req.isExchangeLost).toBe(true);
    peer.far.setConnected(true);
    expect(req.isExchangeLost).toBe(false);
    peer.leave();
    expect(req.isExchangeLost).toBe(true);
  });

  test('not when the reply is there', () => {
    const { req, peer } = one();
    req.send(parse('q'));
    peer.send('|a');
    peer.leave();
    expect(req.isExchangeLost).toBe(false);
    req.receive();
    expect(req.isExchangeLost).toBe(false);
  });
});

describe('abandon', () => {
  test('takes back a request that has not left', () => {
    const { req, peer } = one();
    req.send(parse('q1'));
    req.abandon();
    expect(peer.take()).toBeUndefined();
    expect(peer.log).not.toContain('hang up');
    expect(req.send(parse('q2'))).toBe(true);
    expect(peer.takeAll()).toEqual(['|q2']);
  });

  test('drops the connection of one that has, so that its reply never comes', () => {
    const { req, peer } = one();
    req.send(parse('q1'));
    peer.take();
    req.abandon();
    expect(peer.log).toContain('hang up');
    expect(peer.hangUpError, 'it is no fault of the peer').toBeUndefined();
    expect(req.isWritable).toBe(true);
    expect(req.blockedBy('receive')).toBe('EFSM');
  });

  test('trusts the id when correlating', () => {
    const { req, peer } = one({ correlate: true });
    req.send(parse('q1'));
    peer.take();
    req.abandon();
    expect(peer.log).not.toContain('hang up');
    peer.send('abcd||late');
    expect(req.isReadable).toBe(false);
    req.send(parse('q2'));
    peer.send('abcd||later');
    expect(req.isReadable).toBe(false);
    peer.send('abce||a2');
    expect(format(req.receive())).toBe('a2');
  });

  test('forgets a reply that was not received', () => {
    const { req, peer } = one();
    req.send(parse('q'));
    peer.take();
    peer.send('|a');
    req.abandon();
    expect(req.isReadable).toBe(false);
    expect(req.isWritable).toBe(true);
  });

  test.each([
    ['a peer that has connected to us', {}, true],
    ['a peer that knows our name', { routingId: Buffer.from('me') }, false],
  ])('of a request to %s makes later ones have ids', (_case, setup, isAccepted) => {
    const { req, peer } = one(setup);
    peer.near.isAccepted = isAccepted;
    req.send(parse('q1'));
    expect(peer.take()).toBe('|q1');
    req.abandon();
    req.send(parse('q2'));
    expect(peer.take()).toBe('abcd||q2');
    peer.send('|late');
    expect(req.isReadable).toBe(false);
    peer.send('abcd||a2');
    expect(format(req.receive())).toBe('a2');
  });

  test('is nothing without a request, and without its peer', () => {
    const { req, peer } = one();
    req.abandon();
    expect(req.isWritable).toBe(true);
    req.send(parse('q'));
    peer.take();
    peer.leave();
    req.abandon();
    expect(req.blockedBy('receive')).toBe('EFSM');
    expect(peer.log).not.toContain('hang up');
  });
});
