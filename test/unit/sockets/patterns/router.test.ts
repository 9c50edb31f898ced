import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../../src/errors.ts';
import {
  RouterPattern as Router,
  type RouterOptions,
} from '../../../../src/sockets/patterns/router.ts';
import { format, parse, Peer, type PeerOptions } from '../../pipes.ts';

/** The first id that is made up, as it is told to the pattern and as text. */
const FIRST_ID = 0x6162_6364;
const FIRST = '\0abcd';
const SECOND = '\0abce';

type Setup = Partial<{ -readonly [K in keyof RouterOptions]: RouterOptions[K] }>;

function makeRouter(setup: Setup = {}, firstId = FIRST_ID): Router {
  const options = { mandatory: false, handover: false, probeRouter: false, ...setup };
  return new Router(options, firstId, (size) => new Uint8Array(size));
}

/** A peer that has connected to us. */
function join(router: Router, routingId = '', options: PeerOptions = {}): Peer {
  return Peer.of(router, { routingId, isAccepted: true, whenHungUp: 'leave', ...options });
}

/** A socket of the same process. */
function joinInproc(router: Router, routingId = '', options: PeerOptions = {}): Peer {
  return Peer.of(router, { routingId, isSocket: true, ...options });
}

function receiveAll(router: Router): (string | undefined)[] {
  const messages: (string | undefined)[] = [];
  for (let next = router.receive(); next; next = router.receive()) messages.push(format(next));
  return messages;
}

/** The ids by which a router knows these peers. */
function idsOf(router: Router, peers: readonly Peer[]): string[] {
  return peers.map((peer) => {
    peer.send('who am I?');
    return Buffer.from(router.receive()?.[0] ?? []).toString('latin1');
  });
}

describe('messages', () => {
  test('are received behind the id of who sent them', () => {
    const router = makeRouter();
    const peer = join(router, 'peer');
    for (const text of ['a', 'b|c', '|d', '']) peer.send(text);
    expect(router.isReadable).toBe(true);
    expect(receiveAll(router)).toEqual(['peer|a', 'peer|b|c', 'peer||d', 'peer|']);
    expect([router.isReadable, router.blockedBy()]).toEqual([false, 'EAGAIN']);
  });

  test('are sent to whom the first frame names, without it', () => {
    const router = makeRouter();
    const [one, other] = [join(router, 'one'), join(router, 'other')];
    for (const text of ['other|a', 'one|b|c', 'other||d', 'one|']) {
      expect(router.send(parse(text))).toBe(true);
    }
    expect([one.takeAll(), other.takeAll()]).toEqual([
      ['b|c', ''],
      ['a', '|d'],
    ]);
  });

  test('are received of each in turn', () => {
    const router = makeRouter();
    for (const name of 'abc') {
      const peer = join(router, name);
      for (const number of '12') peer.send(number);
    }
    expect(receiveAll(router)).toEqual(['a|1', 'b|1', 'c|1', 'a|2', 'b|2', 'c|2']);
  });

  test('of peers that have gone are still received, under their names', () => {
    const router = makeRouter();
    for (const name of ['a', 'b']) {
      const peer = join(router, name);
      for (const number of '12') peer.send(number);
      peer.leave();
    }
    const nameless = join(router);
    nameless.send('1');
    nameless.leave();
    expect(receiveAll(router)).toEqual(['a|1', 'b|1', `${FIRST}|1`, 'a|2', 'b|2']);
  });

  test('of a peer that has come again are received as before', () => {
    const router = makeRouter();
    join(router, 'peer').leave();
    join(router, 'peer').send('x');
    expect(receiveAll(router)).toEqual(['peer|x']);
  });

  test('that a peer has sent before it is known wait', () => {
    const router = makeRouter();
    const peer = Peer.of(router, { isConnected: false });
    peer.send('early');
    expect(router.isReadable).toBe(false);
    peer.far.setConnected(true);
    expect(receiveAll(router)).toEqual([`${FIRST}|early`]);
  });
});

describe('a message that goes nowhere', () => {
  test('is dropped, and is an error with mandatory', () => {
    const setup = { mandatory: false, handover: false, probeRouter: false };
    const router = new Router(setup, FIRST_ID, (size) => new Uint8Array(size));
    const peer = join(router, 'peer');
    expect(router.send(parse('nobody|x'))).toBe(true);
    setup.mandatory = true;
    for (const text of ['nobody|x', 'nobody', 'pee|x', 'peer1|x', '|x', `${FIRST}|x`]) {
      expect(() => router.send(parse(text))).toThrow(
        expect.objectContaining({ name: 'ZmtpError', code: 'EHOSTUNREACH' }),
      );
    }
    expect(peer.takeAll()).toEqual([]);
  });

  test.each([false, true])(
    'because it is nothing but an id is dropped, mandatory: %s',
    (mandatory) => {
      const router = makeRouter({ mandatory });
      const peer = join(router, 'peer');
      expect(router.send(parse('peer'))).toBe(true);
      expect(peer.takeAll()).toEqual([]);
    },
  );

  test('because its peer has gone is one to nobody', () => {
    const router = makeRouter({ mandatory: true });
    join(router, 'peer').leave();
    expect(router.hasRoute(Buffer.from('peer'))).toBe(false);
    expect(() => router.send(parse('peer|x'))).toThrow(
      expect.objectContaining({ code: 'EHOSTUNREACH' }),
    );
  });

  test('because its peer is full is dropped, and waits with mandatory', () => {
    for (const mandatory of [false, true]) {
      const router = makeRouter({ mandatory });
      const peer = join(router, 'peer', { readMark: 2 });
      const other = join(router, 'other');
      const sent = ['1', '2', '3'].map((text) => router.send(parse(`peer|${text}`)));
      expect(sent).toEqual([true, true, !mandatory]);
      expect(router.isWritable).toBe(true);
      expect(router.send(parse('other|x'))).toBe(true);
      expect([peer.takeAll(), other.takeAll()]).toEqual([['1', '2'], ['x']]);
      expect(router.send(parse('peer|4'))).toBe(true);
      expect(peer.takeAll()).toEqual(['4']);
    }
  });
});

describe('ids that are made up', () => {
  test('are five bytes, 0 and a counter', () => {
    const router = makeRouter();
    const peers = [join(router), joinInproc(router), join(router), Peer.of(router)];
    expect(idsOf(router, peers)).toEqual([FIRST, SECOND, '\0abcf', '\0abcg']);
    for (const [index, id] of [FIRST, SECOND, '\0abcf', '\0abcg'].entries()) {
      router.send(parse(`${id}|${index}`));
    }
    expect(peers.map((peer) => peer.takeAll())).toEqual([['0'], ['1'], ['2'], ['3']]);
  });

  test('go round at the end of the counter', () => {
    const router = makeRouter({}, 0xffff_ffff);
    expect(idsOf(router, [join(router), join(router)])).toEqual([
      '\0\xff\xff\xff\xff',
      '\0\0\0\0\0',
    ]);
  });

  test('pass over those that somebody has', () => {
    const router = makeRouter();
    const [first, second] = [join(router, '', { givenId: FIRST }), join(router, SECOND)];
    expect(idsOf(router, [first, second, join(router)])).toEqual([FIRST, SECOND, '\0abcf']);
  });

  test('are not used again when the peer has gone', () => {
    const router = makeRouter();
    join(router).leave();
    expect(idsOf(router, [join(router)])).toEqual([SECOND]);
  });

  test('are different, however many there are', () => {
    const router = makeRouter({}, 0xffff_fff0);
    const ids = idsOf(
      router,
      Array.from({ length: 300 }, () => join(router)),
    );
    expect(new Set(ids).size).toBe(300);
    for (const id of ids) expect([id.length, id[0]]).toEqual([5, '\0']);
  });

  test('stay with an endpoint over its connections', () => {
    const router = makeRouter();
    const peer = Peer.of(router);
    expect(idsOf(router, [peer])).toEqual([FIRST]);
    peer.far.setConnected(false);
    expect(router.send(parse(`${FIRST}|meanwhile`))).toBe(true);
    peer.far.introduce(Buffer.from('another name'));
    peer.far.setConnected(true);
    expect(idsOf(router, [peer])).toEqual([FIRST]);
    expect(peer.takeAll()).toEqual(['meanwhile']);
  });
});

describe('an endpoint that we connect to', () => {
  test('is unknown until it has said its name', () => {
    const router = makeRouter({ mandatory: true });
    const peer = Peer.of(router, { isConnected: false });
    peer.far.introduce(Buffer.from('peer'));
    expect(router.hasRoute(Buffer.from('peer'))).toBe(false);
    peer.far.setConnected(true);
    expect(router.hasRoute(Buffer.from('peer'))).toBe(true);
    expect(router.send(parse('peer|x'))).toBe(true);
    expect(peer.take()).toBe('x');
  });

  test('can be sent to at once by the name that we give it, whatever it calls itself', () => {
    const router = makeRouter({ mandatory: true });
    const peer = Peer.of(router, { isConnected: false, givenId: 'ours', routingId: 'theirs' });
    expect(router.send(parse('ours|early'))).toBe(true);
    peer.far.setConnected(true);
    expect(idsOf(router, [peer])).toEqual(['ours']);
    expect(peer.takeAll()).toEqual(['early']);
    expect(router.hasRoute(Buffer.from('theirs'))).toBe(false);
  });
});

describe('a name that another peer has', () => {
  test('costs a peer that connects its connection', () => {
    const router = makeRouter();
    const [first, second] = [
      join(router, 'x'),
      Peer.of(router, { routingId: 'x', isAccepted: true }),
    ];
    expect(first.log).not.toContain('hang up');
    expect(second.log).toContain('hang up');
    expect(second.hangUpError).toBeInstanceOf(ProtocolError);
    second.send('not heard');
    first.send('heard');
    router.send(parse('x|reply'));
    expect(receiveAll(router)).toEqual(['x|heard']);
    expect([first.takeAll(), second.takeAll()]).toEqual([['reply'], []]);
    second.leave();
    expect(router.send(parse('x|still there'))).toBe(true);
    expect(first.takeAll()).toEqual(['still there']);
  });

  test('can be had when that peer has gone', () => {
    const router = makeRouter();
    const [first] = [join(router, 'x'), join(router, 'x')];
    first.leave();
    const third = join(router, 'x');
    expect(third.log).not.toContain('hang up');
    router.send(parse('x|a'));
    third.send('b');
    expect([third.takeAll(), receiveAll(router)]).toEqual([['a'], ['x|b']]);
  });

  test('costs an endpoint one connection after the other', () => {
    const router = makeRouter();
    const first = join(router, 'x');
    const second = Peer.of(router, { routingId: 'x' });
    second.far.setConnected(false);
    second.far.setConnected(true);
    expect(second.log.filter((entry) => entry === 'hang up')).toHaveLength(2);
    second.far.setConnected(false);
    first.leave();
    second.send('a');
    second.far.setConnected(true);
    expect(receiveAll(router)).toEqual(['x|a']);
    expect(second.log.filter((entry) => entry === 'hang up')).toHaveLength(2);
  });

  test('lets a socket of the process wait until it is free', () => {
    const router = makeRouter({ mandatory: true });
    const [first, second, third] = [
      joinInproc(router, 'x'),
      joinInproc(router, 'x'),
      joinInproc(router, 'x'),
    ];
    const peers = [first, second, third];
    for (const [index, peer] of peers.entries()) peer.send(`from ${index}`);
    for (const [index, peer] of peers.entries()) {
      expect(router.isReadable).toBe(true);
      expect(receiveAll(router)).toEqual([`x|from ${index}`]);
      router.send(parse(`x|to ${index}`));
      expect(peers.map((each) => each.takeAll().join())).toEqual(
        peers.map((each) => (each === peer ? `to ${index}` : '')),
      );
      expect(peer.log).not.toContain('hang up');
      peer.leave();
    }
    expect(() => router.send(parse('x|to nobody'))).toThrow();
  });

  test('is not waited for by a socket that has gone', () => {
    const router = makeRouter();
    const [first, second] = [joinInproc(router, 'x'), joinInproc(router, 'x')];
    second.leave();
    first.leave();
    expect(router.hasRoute(Buffer.from('x'))).toBe(false);
  });

  test('is free for those who wait only when it is: others that go change nothing', () => {
    const router = makeRouter();
    const [first, , other] = [joinInproc(router, 'x'), joinInproc(router, 'x'), joinInproc(router)];
    other.leave();
    router.send(parse('x|a'));
    expect(first.takeAll()).toEqual(['a']);
  });
});

describe('handover', () => {
  test('gives the name to the peer that came last, and hangs up on the other', () => {
    const router = makeRouter({ handover: true });
    const [first, second] = [join(router, 'x'), join(router, 'x')];
    expect(first.log).toContain('hang up');
    expect(first.hangUpError).toBeInstanceOf(ProtocolError);
    expect(second.log).not.toContain('hang up');
    router.send(parse('x|a'));
    second.send('b');
    expect([first.takeAll(), second.takeAll()]).toEqual([[], ['a']]);
    expect(receiveAll(router)).toEqual(['x|b']);
    second.leave();
    expect(router.hasRoute(Buffer.from('x'))).toBe(false);
  });

  test('what the other had sent before is still received', () => {
    const router = makeRouter({ handover: true });
    const first = join(router, 'x');
    first.send('before');
    const second = join(router, 'x');
    second.send('after');
    expect(receiveAll(router).toSorted()).toEqual(['x|after', 'x|before']);
  });

  test('the other may go late', () => {
    const router = makeRouter({ handover: true });
    const first = Peer.of(router, { routingId: 'x', isAccepted: true });
    const second = join(router, 'x');
    first.leave();
    expect(router.send(parse('x|a'))).toBe(true);
    expect(second.takeAll()).toEqual(['a']);
  });

  test('lets the other wait when it is a socket of the process, unheard', () => {
    const router = makeRouter({ handover: true });
    const [first, second] = [joinInproc(router, 'x'), joinInproc(router, 'x')];
    first.send('from the first');
    second.send('from the second');
    expect(receiveAll(router)).toEqual(['x|from the second']);
    router.send(parse('x|a'));
    expect([first.takeAll(), second.takeAll()]).toEqual([[], ['a']]);
    second.leave();
    expect(receiveAll(router)).toEqual(['x|from the first']);
    router.send(parse('x|b'));
    expect(first.takeAll()).toEqual(['b']);
  });

  test('what the other had sent before waits with it', () => {
    const router = makeRouter({ handover: true });
    const first = joinInproc(router, 'x');
    for (const text of '12') first.send(text);
    const second = joinInproc(router, 'x');
    expect(receiveAll(router)).toEqual([]);
    first.send('3');
    expect(router.isReadable).toBe(false);
    second.leave();
    expect(receiveAll(router)).toEqual(['x|1', 'x|2', 'x|3']);
  });

  test('is not made by those who wait, when somebody else goes', () => {
    const router = makeRouter({ handover: true });
    const [first, second, other] = [
      joinInproc(router, 'x'),
      joinInproc(router, 'x'),
      joinInproc(router, 'y'),
    ];
    other.leave();
    router.send(parse('x|a'));
    expect([first.takeAll(), second.takeAll()]).toEqual([[], ['a']]);
  });

  test('does not let those who wait in between', () => {
    const router = makeRouter({ handover: true, mandatory: true });
    const waiting = joinInproc(router, 'x');
    const [second, third] = [join(router, 'x'), join(router, 'x')];
    expect(second.log).toContain('hang up');
    waiting.send('unheard');
    expect(receiveAll(router)).toEqual([]);
    waiting.leave();
    router.send(parse('x|a'));
    expect([waiting.takeAll(), third.takeAll()]).toEqual([[], ['a']]);
  });

  test('an endpoint that loses its name and has it again is heard in its turn, not twice', () => {
    const router = makeRouter({ handover: true });
    const first = Peer.of(router, { routingId: 'x' });
    const other = join(router, 'y');
    for (let i = 0; i < 3; i++) {
      join(router, 'x');
      first.send(`${i}`);
      first.far.setConnected(false);
      first.far.setConnected(true);
    }
    for (const text of 'abc') other.send(text);
    expect(receiveAll(router)).toEqual(['x|0', 'y|a', 'x|1', 'y|b', 'x|2', 'y|c']);
  });
});

describe('a probe', () => {
  test('is an empty message to each new peer, before all others', () => {
    const router = makeRouter({ probeRouter: true });
    const peer = Peer.of(router, { isConnected: false, givenId: 'peer' });
    router.send(parse('peer|a'));
    peer.far.setConnected(true);
    peer.far.setConnected(false);
    peer.far.setConnected(true);
    expect(peer.takeAll()).toEqual(['', 'a']);
    expect(join(router).takeAll()).toEqual(['']);
  });

  test('of a peer is received as an empty message', () => {
    const router = makeRouter();
    const peer = join(router, 'peer');
    peer.send('');
    expect(receiveAll(router)).toEqual(['peer|']);
  });
});
