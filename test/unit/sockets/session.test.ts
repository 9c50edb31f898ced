import { describe, expect, test } from 'vitest';
import type { OptionValues } from '../../../src/option-types.ts';
import { defaultOptions } from '../../../src/options.ts';
import { Pipe } from '../../../src/pipe.ts';
import { ReceiveBudget } from '../../../src/receive-budget.ts';
import { type Event, Monitor } from '../../../src/sockets/monitor.ts';
import type { Security } from '../../../src/sockets/security.ts';
import { Session, type SessionParent } from '../../../src/sockets/session.ts';
import { spendTurn } from '../../../src/sockets/turn.ts';
import type { ByteStream } from '../../../src/transport/transport.ts';
import { NullMechanism } from '../../../src/zmtp/mechanism/null.ts';
import {
  bytes,
  greeting,
  message,
  ping,
  pong,
  ready,
  u64,
} from '../../../src/testing/raw-bytes.ts';
import { turn } from '../../../src/testing/turn.ts';
import { watchProcess } from '../../support/watch.ts';
import { format, parse } from '../pipes.ts';
import '../compare-bytes.ts';

watchProcess();

/** A session of a REP that was bound, with the byte stream below it and the socket's end of its pipe above. */
class Subject implements SessionParent, ByteStream {
  declare readonly opening?: Promise<void>;
  readonly kind = 'REP';
  readonly maxMessageBytes = 0x7fff_ffff;
  readonly budget = new ReceiveBudget(0, setImmediate);
  readonly monitor = new Monitor();
  readonly address = 'test://subject';
  readonly peerAddress = 'test://peer';
  readonly isSocketClosed = false;
  readonly security: Security = {
    mechanism: (metadata) => new NullMechanism(metadata),
    loading: undefined,
    ask: () => () => {},
  };
  readonly events: Event[] = [];
  readonly session: Session;
  /** The calls of the session, in order. */
  readonly log: string[] = [];
  readonly #writeMark: number;
  readonly #written: Uint8Array[] = [];
  hasStarted = false;
  /** Whether the stream takes what is written at once. */
  isOpen = true;
  /** The socket's end. */
  pipe: Pipe | undefined;

  constructor(options: Partial<OptionValues> = {}, opening?: Promise<void>) {
    if (opening !== undefined) this.opening = opening;
    this.#writeMark = options.receiveHighWaterMark ?? 0;
    this.monitor.watch((event) => this.events.push(event));
    this.session = new Session(this, { ...defaultOptions('REP'), ...options }, this);
    this.session.start();
  }

  /** One that is ready for messages. */
  static ready(options?: Partial<OptionValues>): Subject {
    const subject = new Subject(options);
    subject.session.received(bytes(greeting(), ready('REQ')));
    subject.written();
    return subject;
  }

  get socketEnd(): Pipe {
    if (this.pipe === undefined) throw new Error('not ready');
    return this.pipe;
  }

  /** What has been written since the last call. */
  written(): Buffer {
    return Buffer.concat(this.#written.splice(0));
  }

  // The stream.

  start(): void {
    this.hasStarted = true;
  }

  write(pieces: Uint8Array[]): boolean {
    // What a stream holds back it holds by reference; what it takes it has read.
    this.#written.push(...(this.isOpen ? pieces.map((piece) => Buffer.from(piece)) : pieces));
    return this.isOpen;
  }

  pause(): void {
    this.log.push('pause');
  }

  resume(): void {
    this.log.push('resume');
  }

  close(): void {
    this.log.push('close');
  }

  destroy(): void {
    this.log.push('destroy');
  }

  // The parent.

  sessionReady(session: Session): Pipe {
    const owner = {
      pipeReadable() {},
      pipeWritable() {},
      pipeStatusChanged() {},
      pipeClosed() {},
      pipeSubscription() {},
      pipeFinished() {},
      pipeHangUp() {},
    };
    const [ours, theirs] = Pipe.pair(
      { owner: session, highWaterMark: this.#writeMark, isShared: false },
      { owner, highWaterMark: 0, isShared: true },
    );
    this.pipe = theirs;
    return ours;
  }

  sessionClosed(_session: Session, end: { readonly cause: string } | undefined): void {
    this.log.push(`closed ${end?.cause ?? 'here'}`);
  }
}

describe('from the greeting on', () => {
  test('greeting and READY go out, and a pipe exists once the peer is known', () => {
    const subject = new Subject();
    expect(subject.written().subarray(9)).toEqual(greeting().subarray(9));
    subject.session.received(greeting());
    expect(subject.written()).toEqual(ready('REP'));
    expect(subject.session.isReady).toBe(false);
    subject.session.received(bytes(ready('REQ'), message('', 'q')));
    expect(subject.session.isReady).toBe(true);
    expect(subject.socketEnd.isConnected).toBe(true);
    expect(format(subject.socketEnd.read())).toBe('|q');
    expect(subject.events.map(({ type }) => type)).toEqual(['handshake']);
  });

  test('messages of the socket go out, and PONGs among them', () => {
    const subject = Subject.ready();
    subject.socketEnd.write(parse('|a'));
    subject.session.received(ping(0, 'x'));
    expect(subject.written()).toEqual(bytes(message('', 'a'), pong('x')));
  });

  test('the first message after input goes at once, what follows at the end of the tick', async () => {
    const subject = Subject.ready();
    for (const text of ['1', '2', '3']) subject.socketEnd.write(parse(text));
    expect(subject.written()).toEqual(message('1'));
    await turn();
    expect(subject.written()).toEqual(bytes(message('2'), message('3')));
  });

  test('answers to a burst of messages go in shares of a quarter, and none at once', async () => {
    const subject = Subject.ready();
    const texts = Array.from({ length: 64 }, (_, i) => `${i}`);
    subject.session.received(bytes(...texts.map((text) => message('', text))));
    for (const text of texts) {
      subject.socketEnd.write(parse(text));
      const isShare = [16, 32, 48].includes(Number(text));
      const count = isShare ? (Number(text) === 16 ? 17 : 16) : 0;
      const share = texts.slice(Number(text) + 1 - count, Number(text) + 1);
      expect(subject.written()).toEqual(bytes(...share.map((each) => message(each))));
    }
    await turn();
    expect(subject.written()).toEqual(bytes(...texts.slice(49).map((text) => message(text))));
  });

  test('what is sent behind the answers to a burst is not cut into shares', () => {
    const subject = Subject.ready();
    subject.session.received(bytes(...Array.from({ length: 16 }, () => message('', 'q'))));
    for (let i = 0; i < 16; i++) subject.socketEnd.write(parse('answer'));
    subject.written();
    for (let i = 0; i < 1000; i++) subject.socketEnd.write(parse('more'));
    expect(subject.written()).toHaveLength(0);
  });

  test('much is not gathered until the end of the tick', () => {
    const subject = Subject.ready();
    for (let i = 0; i < 20; i++) subject.socketEnd.write([Buffer.alloc(8000, 'm')]);
    expect(subject.written().length).toBeGreaterThan(60_000);
  });
});

describe('a stream that is not open yet', () => {
  const failure = Object.assign(new Error('no certificate'), { code: 'NO_CERTIFICATE' });

  test('is left alone until it is', async () => {
    let open = (): void => {};
    const opening = new Promise<void>((resolve) => {
      open = resolve;
    });
    const subject = new Subject({}, opening);
    subject.session.closeWhenSent();
    await turn();
    expect(subject.hasStarted).toBe(false);
    expect(subject.log).toEqual([]);
    expect(subject.written()).toHaveLength(0);
    expect([subject.session.hasUnsent, subject.session.isHeldUp]).toEqual([false, false]);
    open();
    await turn();
    expect(subject.hasStarted).toBe(true);
    expect(subject.written().subarray(9)).toEqual(greeting().subarray(9));
  });

  test('ends with the reason for which it does not open', async () => {
    const subject = new Subject({}, Promise.reject(failure));
    await turn();
    expect(subject.log).toEqual(['destroy', 'closed eof']);
    expect(subject.written()).toHaveLength(0);
    const error = expect.objectContaining({ code: 'NO_CERTIFICATE', message: 'no certificate' });
    expect(subject.events).toMatchObject([
      { type: 'handshake:error:other', error, reason: 'no certificate' },
      { type: 'disconnect', cause: error },
    ]);
  });

  test.each(['opens', 'fails'])(
    'is forgotten when the session is closed, though it %s',
    async (end) => {
      let settle = (): void => {};
      const opening = new Promise<void>((resolve, reject) => {
        settle = end === 'opens' ? resolve : () => reject(failure);
      });
      const subject = new Subject({}, opening);
      subject.session.close(0);
      const log = [...subject.log];
      settle();
      await turn();
      expect(subject.hasStarted).toBe(false);
      expect(subject.log).toEqual(log);
      expect(subject.written()).toHaveLength(0);
      expect(subject.events).toEqual([]);
    },
  );

  test('has the time of the handshake', async () => {
    const subject = new Subject({ handshakeInterval: 1 }, new Promise(() => {}));
    while (subject.log.length === 0) await turn();
    expect(subject.log.at(-1)).toBe('closed handshake-timeout');
    expect(subject.written()).toHaveLength(0);
  });
});

describe('a peer that sends without end', () => {
  const KiB = 1024;

  test('rests for one turn of the event loop after 256 KiB', async () => {
    const subject = Subject.ready();
    const chunk = message('', 'x'.repeat(64 * KiB));
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 3; i++) subject.session.received(chunk);
      expect(subject.log).toEqual([]);
      subject.session.received(chunk);
      expect(subject.log.splice(0)).toEqual(['pause']);
      await turn();
      expect(subject.log.splice(0)).toEqual(['resume']);
    }
  });

  test('is not asked for more than 1 MiB of a large body at once', () => {
    const subject = Subject.ready();
    expect(subject.session.inputPlace).toBeUndefined();
    subject.session.received(bytes(1, 0, 2, u64(16 * KiB * KiB), new Uint8Array(64 * KiB)));
    expect(subject.session.inputPlace).toHaveLength(960 * KiB);
    subject.session.received(new Uint8Array(1000 * KiB));
    expect(subject.session.inputPlace).toHaveLength(1024 * KiB);
  });
});

describe('a stream that holds bytes back', () => {
  test('is given nothing more until it has drained', () => {
    const subject = Subject.ready();
    subject.isOpen = false;
    subject.socketEnd.write(parse('held'));
    expect(subject.written()).toEqual(message('held'));
    subject.socketEnd.write(parse('waits'));
    subject.session.received(ping());
    expect(subject.written()).toHaveLength(0);
    expect(subject.session.hasUnsent).toBe(true);
    subject.isOpen = true;
    subject.session.drained();
    expect(subject.written()).toEqual(bytes(pong(), message('waits')));
    expect(subject.session.hasUnsent).toBe(false);
  });

  test('keeps its bytes though more is sent', () => {
    const subject = Subject.ready();
    subject.isOpen = false;
    subject.socketEnd.write(parse('held back'));
    const other = Subject.ready();
    for (let i = 0; i < 30; i++) {
      other.socketEnd.write(parse('something else'));
      other.session.received(ping());
    }
    expect(subject.written()).toEqual(message('held back'));
  });

  test('does not keep a program from using its memory again', () => {
    const subject = Subject.ready();
    subject.isOpen = false;
    subject.socketEnd.write(parse('first'));
    subject.written();
    const frame = Buffer.from('second');
    subject.socketEnd.write([frame]);
    frame.fill('x');
    subject.isOpen = true;
    subject.session.drained();
    expect(subject.written()).toEqual(message('second'));
  });

  test('does not, when the pipe had been read empty before it blocked', async () => {
    const subject = Subject.ready();
    subject.socketEnd.write(parse('goes at once'));
    subject.socketEnd.write(parse('is gathered'));
    subject.isOpen = false;
    await turn();
    subject.written();
    const frame = Buffer.from('third');
    subject.socketEnd.write([frame]);
    frame.fill('x');
    subject.isOpen = true;
    subject.session.drained();
    expect(subject.written()).toEqual(message('third'));
  });
});

describe('a socket that takes nothing', () => {
  test('stops the decoder at its mark, and the stream with the next chunk', () => {
    const subject = Subject.ready({ receiveHighWaterMark: 2 });
    subject.session.received(bytes(message('1'), message('2'), message('3')));
    expect(subject.socketEnd.unread).toBe(2);
    expect(subject.log).toEqual([]);
    subject.session.received(message('4'));
    expect(subject.log).toEqual(['pause']);
    const read: (string | undefined)[] = [];
    for (let i = 0; i < 4; i++) read.push(format(subject.socketEnd.read()));
    expect(read).toEqual(['1', '2', '3', '4']);
    expect(subject.log).toEqual(['pause', 'resume']);
  });

  test('gets everything though the peer has gone, and then hears of it', () => {
    const subject = Subject.ready({ receiveHighWaterMark: 1 });
    subject.session.received(bytes(message('1'), message('2')));
    subject.session.closed(undefined);
    expect(subject.log).toEqual([]);
    expect(format(subject.socketEnd.read())).toBe('1');
    expect(format(subject.socketEnd.read())).toBe('2');
    expect(subject.log).toEqual(['destroy', 'closed eof']);
  });
});

test('what is read can be received in the same turn, whatever has been received in it', async () => {
  const subject = Subject.ready();
  let nextTurn = spendTurn();
  while (nextTurn === undefined) nextTurn = spendTurn();
  subject.session.received(message('a'));
  expect(spendTurn()).toBeUndefined();
  await nextTurn;
});

describe('the end', () => {
  test('of the stream is told once, with the reason', () => {
    const subject = Subject.ready();
    subject.session.closed(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    subject.session.closed(undefined);
    expect(subject.log).toEqual(['destroy', 'closed eof']);
    expect(subject.events.at(-1)).toMatchObject({
      type: 'disconnect',
      reason: 'read ECONNRESET',
      cause: { code: 'ECONNRESET' },
      peer: { address: 'test://peer', socketType: 'REQ' },
    });
  });

  test('by a fault is told, and nothing after it is heard', () => {
    const subject = Subject.ready();
    subject.session.received(bytes(message('1'), 0xff, message('2')));
    subject.session.received(message('3'));
    expect(subject.log).toEqual(['close', 'closed protocol']);
    expect(subject.socketEnd.unread).toBe(1);
    expect(subject.events.at(-1)).toMatchObject({
      type: 'disconnect',
      cause: { code: 'ERR_ZMTP_UNSPECIFIED' },
    });
  });

  test('of a handshake has an event of its own', () => {
    const subject = new Subject();
    subject.session.received(bytes('GET / HTTP/1.1'));
    expect(subject.events.map(({ type }) => type)).toEqual([
      'handshake:error:protocol',
      'disconnect',
    ]);
  });

  test('by close waits for what is in the pipe', () => {
    const subject = Subject.ready();
    subject.isOpen = false;
    subject.socketEnd.write(parse('1'));
    subject.socketEnd.write(parse('2'));
    subject.session.close(-1);
    expect(subject.log).toEqual([]);
    subject.written();
    subject.isOpen = true;
    subject.session.drained();
    expect(subject.written()).toEqual(message('2'));
    expect(subject.log).toEqual(['close', 'closed here']);
  });

  test('by close without linger waits for nothing', () => {
    const subject = Subject.ready();
    subject.isOpen = false;
    subject.socketEnd.write(parse('1'));
    subject.session.close(0);
    expect(subject.log).toEqual(['destroy', 'closed here']);
    subject.session.close(0);
    subject.session.drop(undefined);
    expect(subject.log).toHaveLength(2);
  });

  test('by close lets what was gathered go first', () => {
    const subject = Subject.ready();
    subject.socketEnd.write(parse('1'));
    subject.socketEnd.write(parse('2'));
    subject.session.close(0);
    expect(subject.written()).toEqual(bytes(message('1'), message('2')));
    expect(subject.log).toEqual(['close', 'closed here']);
  });

  test('by hanging up is at once', () => {
    const subject = Subject.ready();
    subject.socketEnd.hangUp();
    expect(subject.log).toEqual(['destroy', 'closed eof']);
    subject.session.received(message('late'));
    expect(subject.socketEnd.unread).toBe(0);
  });

  test('to make room for another says so', () => {
    const subject = new Subject();
    subject.session.giveWay('maxPendingHandshakes');
    expect(subject.log).toEqual(['destroy', 'closed handshake-timeout']);
    expect(subject.events[0]).toMatchObject({
      type: 'handshake:error:other',
      reason: expect.stringContaining('maxPendingHandshakes'),
    });
    const other = new Subject();
    other.session.giveWay('maxConnections');
    expect(other.events[0]).toMatchObject({ reason: expect.stringContaining('maxConnections') });
  });
});
