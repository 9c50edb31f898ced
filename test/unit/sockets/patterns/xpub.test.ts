import { describe, expect, test } from 'vitest';
import { Xpub, type XpubOptions } from '../../../../src/sockets/patterns/xpub.ts';
import { format, parse, Peer, type PeerOptions } from '../../pipes.ts';

type Changeable<T> = { -readonly [K in keyof T]: T[K] };

const DEFAULTS: XpubOptions = {
  noDrop: false,
  invertMatching: false,
  receiveHighWaterMark: 0,
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
    const subject = new Subject({ receiveHighWaterMark: 1 }, {});
    for (const text of ['a', 'b', '\x01c', 'd']) subject.peer().send(text);
    subject.peer().leave();
    expect(subject.receive()).toEqual(['a', 'b', 'd']);
  });
});

describe('what waits for the application', () => {
  test('is limited, and then peers are not read', () => {
    const subject = new Subject({ receiveHighWaterMark: 2 }, { writeMark: 2 });
    const { far, near } = subject.peer();
    for (const topic of 'abcd') {
      expect(far.canWrite).toBe(true);
      subject.peer().send(`\x01${topic}`);
    }
    expect(far.canWrite).toBe(false);
    expect(near.unread).toBe(2);
    expect(subject.send('a', 'c')).toEqual([['a']]);
    expect(format(subject.xpub.receive())).toBe('\x01a');
    expect(far.canWrite).toBe(true);
    expect(subject.send('c', 'd')).toEqual([['c']]);
    expect(subject.receive()).toEqual(['\x01b', '\x01c', '\x01d']);
    subject.peer().send('\x01e');
    expect(subject.receive()).toEqual(['\x01e']);
  });

  test('does not count what needs no notification', () => {
    const subject = new Subject({ receiveHighWaterMark: 1 }, {}, {});
    for (let i = 0; i < 5; i++) play(subject, '0+a 1+a 1-a 1-x');
    expect(subject.peers.map(({ near }) => near.unread)).toEqual([4, 15]);
    expect(readable([format(subject.xpub.receive()) ?? ''])).toBe('+a');
    expect(subject.peers.map(({ near }) => near.unread)).toEqual([0, 0]);
    expect(subject.xpub.isReadable).toBe(false);
  });

  test('is taken from all peers in turn', () => {
    const subject = new Subject({ receiveHighWaterMark: 1 }, {}, {});
    play(subject, '0+a 0+b 0+c 1+x 1+y');
    expect(readable(subject.receive())).toBe('+a +x +b +y +c');
  });

  test('of an old connection does not come after the new one', () => {
    const subject = new Subject({ receiveHighWaterMark: 1 }, {});
    const peer = subject.peer();
    for (const text of ['\x01a', '\x01b', 'message', '\x01c']) peer.send(text);
    peer.far.setConnected(false);
    peer.far.setConnected(true);
    peer.send('\x01b');
    expect(subject.receive()).toEqual(['\x01a', 'message', '\0a', '\x01b']);
    expect(subject.send('a', 'b', 'c')).toEqual([['b']]);
    peer.send('\x01d');
    expect(subject.receive()).toEqual(['\x01d']);
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
