import { describe, expect, test } from 'vitest';
import { Xpub, type XpubOptions } from '../../../../src/sockets/patterns/xpub.ts';
import { format, parse, Peer, type PeerOptions } from '../../pipes.ts';

type Changeable<T> = { -readonly [K in keyof T]: T[K] };

const DEFAULTS: XpubOptions = {
  maxSubscriptions: 0,
  maxTopicSize: -1,
  noDrop: false,
  invertMatching: false,
  receiveHighWaterMark: 0,
  maxBufferedBytes: 0,
  verbosity: null,
  manual: false,
  welcomeMessage: new Uint8Array(0),
};

/** An XPUB with some peers, and what its application can do. */
class Subject {
  readonly options: Changeable<XpubOptions>;
  readonly xpub: Xpub;
  readonly peers: Peer[];

  constructor(options: Partial<XpubOptions> = {}, ...peers: readonly PeerOptions[]) {
    this.options = { ...DEFAULTS, ...options };
    this.xpub = new Xpub(this.options);
    this.peers = peers.map((each) => Peer.of(this.xpub, each));
  }

  peer(index = 0): Peer {
    return this.peers[index] as Peer;
  }

  /** All that the application can receive now. */
  receive(): string[] {
    const received: string[] = [];
    while (this.xpub.isReadable) received.push(format(this.xpub.receive()) ?? '-');
    expect(this.xpub.receive()).toBeUndefined();
    return received;
  }

  /** What each peer gets of these messages. */
  send(...texts: string[]): string[][] {
    for (const text of texts) expect(this.xpub.send(parse(text))).toBe(true);
    return this.peers.map((peer) => peer.takeAll());
  }
}

/** Who says what, in order: `0+a` subscribes, `0-a` cancels, `0!` leaves, `0~` loses its connection. */
function play(subject: Subject, script: string): void {
  for (const step of script.split(' ')) {
    const peer = subject.peer(Number(step[0]));
    const topic = step.slice(2);
    if (step[1] === '+') peer.send(`\x01${topic}`);
    else if (step[1] === '-') peer.send(`\0${topic}`);
    else if (step[1] === '!') peer.leave();
    else peer.far.setConnected(false);
  }
}

/** Notifications in the same notation. */
function readable(received: readonly string[]): string {
  return received.map((text) => text.replace('\x01', '+').replace('\0', '-')).join(' ');
}

describe('notifications', () => {
  test.each([
    // script, by default, allSubs, allSubsUnsubs, manual
    ['0+a', '+a', '+a', '+a', '+a'],
    ['0+a 0+a', '+a', '+a +a', '+a +a', '+a +a'],
    ['0+a 1+a', '+a', '+a +a', '+a +a', '+a +a'],
    ['0+a 0+a 0-a 0-a', '+a -a', '+a +a -a', '+a +a -a', '+a +a -a'],
    ['0+a 1+a 0-a', '+a', '+a +a', '+a +a -a', '+a +a -a'],
    ['0+a 1+a 0-a 1-a', '+a -a', '+a +a -a', '+a +a -a -a', '+a +a -a -a'],
    ['0-a', '', '', '', ''],
    ['0+a 1-a', '+a', '+a', '+a', '+a'],
    ['0+ 0-', '+ -', '+ -', '+ -', '+ -'],
    ['0+a 0+ab 0-a', '+a +ab -a', '+a +ab -a', '+a +ab -a', '+a +ab -a'],
    ['0+a 0+b 0!', '+a +b -a -b', '+a +b -a -b', '+a +b -a -b', '+a +b -a -b'],
    ['0+a 1+a 0!', '+a', '+a +a', '+a +a -a', '+a +a -a'],
    ['0+a 1+a 0! 1!', '+a -a', '+a +a -a', '+a +a -a -a', '+a +a -a -a'],
    ['0+a 1+a 1+b 1~', '+a +b -b', '+a +a +b -b', '+a +a +b -a -b', '+a +a +b -a -b'],
    ['0+a 0~ 0!', '+a -a', '+a -a', '+a -a', '+a -a'],
  ])('of "%s"', (script, byDefault, allSubs, allSubsUnsubs, manual) => {
    const expected = { byDefault, allSubs, allSubsUnsubs, manual };
    const seen = (options: Partial<XpubOptions>): string => {
      const subject = new Subject(options, {}, {});
      play(subject, script);
      return readable(subject.receive());
    };
    expect({
      byDefault: seen({}),
      allSubs: seen({ verbosity: 'allSubs' }),
      allSubsUnsubs: seen({ verbosity: 'allSubsUnsubs' }),
      manual: seen({ manual: true }),
    }).toEqual(expected);
  });

  test('of several frames come one by one, and the rest of the message behind them', () => {
    const subject = new Subject({}, {});
    subject.peer().send('x|\x01a|y|\x01b|\0a');
    expect(subject.receive()).toEqual(['\x01a', '\x01b', '\0a', 'x|y']);
    expect(subject.send('a', 'b')).toEqual([['b']]);
  });

  test('take effect without being read', () => {
    const subject = new Subject({}, {});
    subject.peer().send('\x01a');
    expect(subject.send('a', 'b')).toEqual([['a']]);
  });

  test('stay as they were when their memory is used again', () => {
    const subject = new Subject({}, {});
    const frame = Buffer.from('\x01abc');
    subject.peer().far.write([frame]);
    subject.receive();
    frame.fill(0);
    expect(subject.send('abc')).toEqual([['abc']]);
    subject.peer().leave();
    expect(subject.receive()).toEqual(['\0abc']);
  });
});

describe('messages of peers', () => {
  test.each(['x', '', 'x|y', '\x02', 'SUBSCRIBE', '|'])('"%s" is received', (text) => {
    const subject = new Subject({}, {});
    subject.peer().send(text);
    expect(subject.receive()).toEqual([text]);
    expect(subject.xpub.blockedBy('receive')).toBe('EAGAIN');
  });

  test('are received when the peer has gone', () => {
    const subject = new Subject({ receiveHighWaterMark: 2 }, {});
    for (const text of ['a', 'b', 'c', '\x01x', 'd']) subject.peer().send(text);
    subject.peer().leave();
    expect(subject.receive()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('that many have left behind are limited, too', () => {
    const subject = new Subject({ receiveHighWaterMark: 2 });
    for (let i = 0; i < 10; i++) {
      const peer = Peer.of(subject.xpub);
      peer.send(`${i}`);
      peer.leave();
    }
    expect(subject.receive()).toEqual(['0', '1', '2', '3']);
    Peer.of(subject.xpub).send('x');
    expect(subject.receive()).toEqual(['x']);
  });
});

describe('what waits for the application', () => {
  test('is limited, and then no messages are read', () => {
    const subject = new Subject({ receiveHighWaterMark: 2 }, { writeMark: 2 });
    const { far, near } = subject.peer();
    for (const text of 'abcd') {
      expect(far.canWrite).toBe(true);
      subject.peer().send(text);
    }
    expect(far.canWrite).toBe(false);
    expect(near.unread).toBe(2);
    expect(format(subject.xpub.receive())).toBe('a');
    expect(far.canWrite).toBe(true);
    expect(subject.receive()).toEqual(['b', 'c', 'd']);
    subject.peer().send('e');
    expect(subject.receive()).toEqual(['e']);
  });

  test.each([{ manual: true }, { verbosity: 'allSubs' }, { verbosity: 'allSubsUnsubs' }] as const)(
    'is limited with %o, and then nothing is read',
    (options) => {
      const subject = new Subject({ receiveHighWaterMark: 2, ...options }, { writeMark: 2 });
      const { far, near } = subject.peer();
      for (const topic of 'abcd') subject.peer().send(`\x01${topic}`);
      expect(far.canWrite).toBe(false);
      expect(near.unread).toBe(2);
      expect(subject.receive()).toEqual(['\x01a', '\x01b', '\x01c', '\x01d']);
      subject.peer().send('\x01e');
      expect(subject.receive()).toEqual(['\x01e']);
    },
  );

  test.each([{ manual: true }, { verbosity: 'allSubsUnsubs' }] as const)(
    'with %o does not grow with peers that come and go',
    (options) => {
      const subject = new Subject({ receiveHighWaterMark: 4, ...options });
      for (let i = 0; i < 10; i++) {
        const peer = Peer.of(subject.xpub);
        peer.send(`\x01${i}`);
        peer.leave();
      }
      expect(readable(subject.receive())).toBe('+0 -0 +1 -1');
    },
  );

  test('does not hold up a subscription', () => {
    const subject = new Subject({ receiveHighWaterMark: 2 }, { writeMark: 2 }, { writeMark: 2 });
    play(subject, '0+a 0+b 0+c 0+d 1+e 0-a 1+c');
    expect(subject.peers.map(({ near }) => near.unread)).toEqual([0, 0]);
    expect(subject.send('a', 'b', 'c', 'd', 'e')).toEqual([
      ['b', 'c', 'd'],
      ['c', 'e'],
    ]);
    expect(readable(subject.receive())).toBe('+a +b +c +d +e -a');
  });

  test('is of each topic only what has come of it', () => {
    const subject = new Subject({ receiveHighWaterMark: 1 }, {}, {});
    play(subject, '0+x 0+a 1+b 0-a 0+c 1-b 1+b 0-x 0+x');
    expect(readable(subject.receive())).toBe('+x +c +b');
    play(subject, '0+y 0!');
    expect(readable(subject.receive())).toBe('+y -c -x -y');
  });

  test('is nothing of many topics that come and go', () => {
    const subject = new Subject({ receiveHighWaterMark: 2 });
    for (let i = 0; i < 100; i++) {
      const peer = Peer.of(subject.xpub);
      peer.send(`\x01${i}`);
      peer.leave();
    }
    expect(readable(subject.receive())).toBe('+0 -0');
  });

  test('a subscription waits behind a message that waits', () => {
    const subject = new Subject({ receiveHighWaterMark: 1 }, {}, {});
    for (const text of ['a', 'b', '\x01x']) subject.peer().send(text);
    play(subject, '1+y');
    expect(subject.send('x', 'y')).toEqual([[], ['y']]);
    expect(format(subject.xpub.receive())).toBe('a');
    expect(subject.send('x')).toEqual([[], []]);
    expect(readable([format(subject.xpub.receive()) ?? ''])).toBe('+y');
    expect(subject.send('x')).toEqual([['x'], []]);
    expect(subject.receive()).toEqual(['b', '\x01x']);
    play(subject, '0+z');
    expect(subject.receive()).toEqual(['\x01z']);
  });

  test('a pipe that was read to its end is read on when all is full', () => {
    const subject = new Subject({ receiveHighWaterMark: 1 }, {}, {});
    for (const text of ['a', 'b']) subject.peer().send(text);
    expect(format(subject.xpub.receive())).toBe('a');
    play(subject, '0+x');
    expect(subject.send('x')).toEqual([['x'], []]);
    expect(subject.receive()).toEqual(['b', '\x01x']);
  });

  test('may become more, or each request may begin to matter', () => {
    const subject = new Subject({ receiveHighWaterMark: 1 }, {});
    play(subject, '0+a 0+b 0+c');
    subject.options.verbosity = 'allSubs';
    subject.options.receiveHighWaterMark = 0;
    play(subject, '0-b 0+b');
    expect(readable(subject.receive())).toBe('+a +b +c -b +b');
  });

  test('is taken from all peers in turn', () => {
    const subject = new Subject({ receiveHighWaterMark: 1 }, {}, {});
    for (const text of 'abc') subject.peer(0).send(text);
    for (const text of 'xy') subject.peer(1).send(text);
    expect(subject.receive()).toEqual(['a', 'b', 'x', 'c', 'y']);
  });

  test('of an old connection does not come after the new one', () => {
    const subject = new Subject({ receiveHighWaterMark: 1 }, {});
    const peer = subject.peer();
    for (const text of ['\x01a', '\x01b', 'message', '\x01c', '']) peer.send(text);
    peer.far.setConnected(false);
    peer.far.setConnected(true);
    peer.send('\x01b');
    expect(subject.receive()).toEqual(['\x01a', '\0a', 'message', '', '\x01b']);
    expect(subject.send('a', 'b', 'c')).toEqual([['b']]);
    peer.send('\x01d');
    expect(subject.receive()).toEqual(['\x01d']);
  });

  test('of old connections stays within the mark of the pipe', () => {
    const subject = new Subject({ receiveHighWaterMark: 1 }, { writeMark: 3 });
    const peer = subject.peer();
    for (let i = 0; i < 5; i++) {
      while (peer.far.canWrite) peer.send('x');
      peer.far.setConnected(false);
      peer.far.setConnected(true);
    }
    expect(subject.receive()).toEqual(['x', 'x', 'x', 'x']);
  });
});

describe('manual', () => {
  test('leaves it to the application who gets what', () => {
    const subject = new Subject({ manual: true }, {}, {});
    const { xpub } = subject;
    play(subject, '0+a 1+b');
    expect(subject.send('a', 'b', 'x', 'y')).toEqual([[], []]);
    xpub.subscribe(Buffer.from('none was read'));
    expect(format(xpub.receive())).toBe('\x01a');
    xpub.subscribe(Buffer.from('x'));
    expect(format(xpub.receive())).toBe('\x01b');
    xpub.subscribe(Buffer.from('x'));
    xpub.subscribe(Buffer.from('y'));
    expect(subject.send('a', 'b', 'x', 'y')).toEqual([['x'], ['x', 'y']]);
    xpub.unsubscribe(Buffer.from('x'));
    expect(subject.send('x', 'y')).toEqual([['x'], ['y']]);
    play(subject, '0-a');
    expect(readable(subject.receive())).toBe('-a');
    xpub.unsubscribe(Buffer.from('x'));
    expect(subject.send('x', 'y')).toEqual([[], ['y']]);
  });

  test.each(['0!', '0~'])('does nothing for a peer that is lost (%s)', (loss) => {
    const subject = new Subject({ manual: true }, {});
    play(subject, '0+a');
    subject.xpub.receive();
    subject.xpub.subscribe(Buffer.from('x'));
    play(subject, loss);
    expect(readable(subject.receive())).toBe('-a');
    subject.xpub.subscribe(Buffer.from('x'));
    subject.xpub.unsubscribe(Buffer.from('x'));
    expect(subject.send('x')).toEqual([[]]);
  });
});

describe('welcomeMessage', () => {
  test("is each peer's own", () => {
    const subject = new Subject({ welcomeMessage: Buffer.alloc(200, 'x') });
    for (let i = 0; i < 2; i++) {
      const peer = Peer.of(subject.xpub, { isSocket: true });
      const [frame] = peer.far.read() ?? [];
      expect(format([frame as Uint8Array])).toBe('x'.repeat(200));
      frame?.fill(0);
    }
  });

  test('is for every new peer, before all else', () => {
    const subject = new Subject({}, {});
    subject.options.welcomeMessage = Buffer.from('hello');
    const late = Peer.of(subject.xpub, { isConnected: false });
    late.far.setConnected(true);
    late.send('\x01');
    subject.xpub.send(parse('x'));
    late.far.setConnected(false);
    late.far.setConnected(true);
    expect(late.takeAll()).toEqual(['hello', 'x']);
    expect(subject.peer().takeAll()).toEqual([]);
  });
});

test('noDrop lets nobody have what one has no room for', () => {
  const subject = new Subject({ noDrop: true }, { readMark: 1 }, {});
  play(subject, '0+a 1+a');
  expect(subject.xpub.send(parse('a1'))).toBe(true);
  expect(subject.xpub.send(parse('a2'))).toBe(false);
  expect(subject.xpub.isWritable).toBe(false);
  expect(subject.peers.map((peer) => peer.takeAll())).toEqual([['a1'], ['a1']]);
  expect(subject.xpub.isWritable).toBe(true);
});

test('invertMatching sends to the others', () => {
  const subject = new Subject({ invertMatching: true }, {}, {});
  play(subject, '0+a');
  expect(subject.send('a', 'b')).toEqual([['b'], ['a', 'b']]);
});
