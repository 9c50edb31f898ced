import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../src/errors.ts';
import type { ConnectionEvent } from '../../../src/zmtp/connection-event.ts';
import { Connection, type ConnectionOptions } from '../../../src/zmtp/connection.ts';
import { joinCommand, splitCommand } from '../../../src/zmtp/command.ts';
import { SlabPool } from '../../../src/zmtp/encoder.ts';
import type { Mechanism } from '../../../src/zmtp/mechanism/mechanism.ts';
import { decodeMetadata } from '../../../src/zmtp/metadata.ts';
import { COMPATIBLE_TYPES, isCompatible, type SocketType } from '../../../src/zmtp/socket-type.ts';
import {
  ConnectionPair,
  byteByByte,
  inPiecesOf,
  whole,
} from '../../../src/testing/connection-pair.ts';
import {
  bytes,
  command,
  errorCommand,
  frame,
  greeting,
  message,
  ping,
  pong,
  property,
  ready,
  u64,
} from '../../../src/testing/raw-bytes.ts';
import '../compare-bytes.ts';

const NEVER = Number.POSITIVE_INFINITY;
const NO_BYTES = new Uint8Array(0);

/** A connection with everything that came out of it. */
class Subject {
  readonly events: ConnectionEvent[] = [];
  readonly messages: string[] = [];
  readonly connection: Connection;
  isEager = true;

  constructor(options: Partial<ConnectionOptions> = {}, now = 0) {
    const message = (frames: Uint8Array[]): boolean => {
      this.messages.push(frames.map((each) => Buffer.from(each).toString('latin1')).join('|'));
      return this.isEager;
    };
    this.connection = new Connection({ socketType: 'REP', sink: { message }, ...options }, now);
  }

  give(chunk: Uint8Array, now = 0): this {
    this.connection.handleInput(chunk, now);
    return this.drain();
  }

  /** Takes the events that are there. */
  drain(): this {
    const { connection } = this;
    for (let event = connection.nextEvent(); event; event = connection.nextEvent()) {
      this.events.push(event);
    }
    return this;
  }

  output(): Buffer {
    const output = Buffer.concat(this.connection.takeOutput());
    this.connection.outputWritten(true);
    return output;
  }

  /** What there was to be told since the last call. */
  news(): ConnectionEvent[] {
    return this.events.splice(0);
  }
}

/** Greeting and READY of a REQ. */
const HELLO = bytes(greeting(), ready('REQ'));

function subjectIn(state: Connection['state'], options?: Partial<ConnectionOptions>): Subject {
  const subject = new Subject(options);
  if (state === 'handshake') subject.give(greeting());
  if (state === 'traffic') subject.give(HELLO);
  if (state === 'closed') subject.give(bytes(0));
  subject.news();
  subject.output();
  return subject;
}

describe('every state and every step', () => {
  const states = ['greeting', 'handshake', 'traffic', 'closed'] as const;
  type State = (typeof states)[number];
  /** Where each step leads, and the events on the way; `message` stands for one taken by the sink. */
  type Outcome = readonly [state: State, ...events: string[]];
  const fault: Outcome = ['closed', 'closed protocol'];
  const nothing: Outcome = ['closed'];

  const steps: Record<string, { act(subject: Subject): void } & Record<State, Outcome>> = {
    'part of a greeting': {
      act: (subject) => subject.give(greeting().subarray(0, 11)),
      greeting: ['greeting'],
      handshake: fault,
      traffic: fault,
      closed: nothing,
    },
    'a greeting': {
      act: (subject) => subject.give(greeting()),
      greeting: ['handshake'],
      handshake: fault,
      traffic: fault,
      closed: nothing,
    },
    'greeting and READY': {
      act: (subject) => subject.give(HELLO),
      greeting: ['traffic', 'handshake'],
      handshake: fault,
      traffic: fault,
      closed: nothing,
    },
    READY: {
      act: (subject) => subject.give(ready('REQ')),
      greeting: fault,
      handshake: ['traffic', 'handshake'],
      traffic: ['traffic'],
      closed: nothing,
    },
    'READY of a type that does not fit': {
      act: (subject) => subject.give(ready('PUB')),
      greeting: fault,
      handshake: fault,
      traffic: ['traffic'],
      closed: nothing,
    },
    ERROR: {
      act: (subject) => subject.give(errorCommand('no')),
      greeting: fault,
      handshake: ['closed', 'closed refused'],
      traffic: ['traffic'],
      closed: nothing,
    },
    PING: {
      act: (subject) => subject.give(ping()),
      greeting: fault,
      handshake: fault,
      traffic: ['traffic'],
      closed: nothing,
    },
    PONG: {
      act: (subject) => subject.give(pong()),
      greeting: fault,
      handshake: fault,
      traffic: ['traffic', 'command PONG'],
      closed: nothing,
    },
    'an unknown command': {
      act: (subject) => subject.give(command('HELLO')),
      greeting: fault,
      handshake: fault,
      traffic: ['traffic', 'command unknown'],
      closed: nothing,
    },
    'a message': {
      act: (subject) => subject.give(message('', 'q')),
      greeting: fault,
      handshake: fault,
      traffic: ['traffic', 'message'],
      closed: nothing,
    },
    'half a message': {
      act: (subject) => subject.give(frame(1, '')),
      greeting: fault,
      handshake: fault,
      traffic: ['traffic'],
      closed: nothing,
    },
    'an illegal byte': {
      act: (subject) => subject.give(bytes(0xf0)),
      greeting: fault,
      handshake: fault,
      traffic: fault,
      closed: nothing,
    },
    'no bytes': {
      act: (subject) => subject.give(NO_BYTES),
      greeting: ['greeting'],
      handshake: ['handshake'],
      traffic: ['traffic'],
      closed: nothing,
    },
    'the end of the stream': {
      act: (subject) => {
        subject.connection.handleEof();
        subject.drain();
      },
      greeting: ['closed', 'closed eof'],
      handshake: ['closed', 'closed eof'],
      traffic: ['closed', 'closed eof'],
      closed: nothing,
    },
    'the end of the handshake’s time': {
      act: (subject) => {
        subject.connection.handleTimeout(1000);
        subject.drain();
      },
      greeting: ['closed', 'closed handshake-timeout'],
      handshake: ['closed', 'closed handshake-timeout'],
      traffic: ['traffic'],
      closed: nothing,
    },
    'a timer that came too early': {
      act: (subject) => {
        subject.connection.handleTimeout(999);
        subject.drain();
      },
      greeting: ['greeting'],
      handshake: ['handshake'],
      traffic: ['traffic'],
      closed: nothing,
    },
    'resume without having been suspended': {
      act: (subject) => {
        subject.connection.resume(1);
        subject.drain();
      },
      greeting: ['greeting'],
      handshake: ['handshake'],
      traffic: ['traffic'],
      closed: nothing,
    },
  };

  for (const [name, step] of Object.entries(steps)) {
    test.each(states)(`${name} in state %s`, (state) => {
      const subject = subjectIn(state, { handshakeInterval: 1000 });
      expect(subject.connection.state).toBe(state);
      step.act(subject);
      const told = [
        ...subject.messages.map(() => 'message'),
        ...subject.news().map((event) => {
          if (event.type === 'closed') return `closed ${event.cause}`;
          return event.type === 'command' ? `command ${event.command.name}` : event.type;
        }),
      ];
      expect([subject.connection.state, ...told]).toEqual(step[state]);
    });
  }

  test.each(['greeting', 'handshake', 'closed'] as const)(
    'nothing can be sent in state %s',
    (state) => {
      const { connection } = subjectIn(state);
      expect(() => connection.send([NO_BYTES])).toThrow(Error);
      expect(() => connection.sendCommand({ name: 'PONG', context: NO_BYTES })).toThrow(Error);
      expect(connection.state).toBe(state);
      expect(connection.hasOutput).toBe(false);
    },
  );

  test('a message has frames', () => {
    const { connection } = subjectIn('traffic');
    expect(() => connection.send([])).toThrow(Error);
    expect(connection.hasOutput).toBe(false);
  });
});

describe('greeting and handshake', () => {
  test('the greeting is there from the start, READY follows the peer’s greeting', () => {
    const subject = new Subject({ socketType: 'REQ', routingId: Buffer.from('me') });
    expect(subject.output().subarray(9)).toEqual(greeting().subarray(9));
    subject.give(greeting());
    expect(subject.output()).toEqual(ready('REQ', property('Identity', 'me')));
    subject.give(ready('REP'));
    expect(subject.output()).toHaveLength(0);
  });

  test('the event tells what the peer told', () => {
    const subject = new Subject();
    subject.give(
      bytes(
        greeting({ minor: 0 }),
        ready('DEALER', property('identity', 'id'), property('X-a', 'b')),
      ),
    );
    const [event] = subject.events;
    expect(event).toMatchObject({
      type: 'handshake',
      peer: {
        greeting: { major: 3, minor: 0, mechanism: 'NULL', asServer: false },
        socketType: 'DEALER',
        routingId: Buffer.from('id'),
      },
    });
    const metadata = event?.type === 'handshake' ? event.peer.metadata : new Map();
    expect([...metadata.keys()]).toEqual(['Socket-Type', 'identity', 'X-a']);
  });

  test('types fit or are refused with an ERROR, each as the table says', () => {
    const types = Object.keys(COMPATIBLE_TYPES) as SocketType[];
    for (const own of types) {
      for (const other of types) {
        const subject = new Subject({ socketType: own });
        subject.give(greeting());
        subject.output();
        subject.give(ready(other));
        if (isCompatible(own, other)) {
          expect(subject.connection.state).toBe('traffic');
          expect(subject.output()).toHaveLength(0);
        } else {
          expect(subject.events).toMatchObject([
            { type: 'closed', cause: 'protocol', wasReady: false },
          ]);
          expect(subject.output()).toEqual(errorCommand('Invalid socket type'));
        }
      }
    }
  });

  test('another mechanism is refused after our greeting is out, and without READY', () => {
    const subject = new Subject();
    subject.give(greeting({ mechanism: 'CURVE' }));
    expect(subject.output()).toHaveLength(64);
    expect(subject.events).toMatchObject([
      { type: 'closed', cause: 'protocol', error: { protocolCode: 'ERR_ZMTP_MECHANISM_MISMATCH' } },
    ]);
    expect(subject.events[0]).toMatchObject({ reason: expect.stringContaining('CURVE') });
  });

  test('the deadline covers greeting and handshake together', () => {
    const subject = new Subject({ handshakeInterval: 500 }, 1000);
    expect(subject.connection.nextTimeout()).toBe(1500);
    subject.give(greeting(), 1400);
    expect(subject.connection.nextTimeout()).toBe(1500);
    subject.connection.handleTimeout(1499);
    expect(subject.connection.state).toBe('handshake');
    subject.connection.handleTimeout(1500);
    expect(subject.drain().events).toMatchObject([
      { type: 'closed', cause: 'handshake-timeout', wasReady: false },
    ]);
    expect(subject.connection.nextTimeout()).toBe(NEVER);
  });

  test('the deadline is gone with the handshake', () => {
    const subject = new Subject({ handshakeInterval: 500 }, 1000);
    subject.give(HELLO, 1499);
    expect(subject.connection.nextTimeout()).toBe(NEVER);
    subject.connection.handleTimeout(9999);
    expect(subject.connection.state).toBe('traffic');
  });

  test('there is no deadline with 0', () => {
    const subject = new Subject({ handshakeInterval: 0 });
    expect(subject.connection.nextTimeout()).toBe(NEVER);
    subject.connection.handleTimeout(1e12);
    expect(subject.connection.state).toBe('greeting');
  });

  test('a mechanism of the caller’s is run to its end', () => {
    const steps: string[] = [];
    const mechanism = (): Mechanism => ({
      name: 'TEST',
      isServer: true,
      start: () => ({ type: 'continue' }),
      receive: (body) => {
        const { name, data } = splitCommand(body);
        steps.push(name);
        if (name === 'READY') return { type: 'done', metadata: decodeMetadata(data) };
        return { type: 'continue', send: joinCommand('WELCOME', NO_BYTES) };
      },
      accept: () => ({ type: 'continue' }),
      wipe: () => steps.push('wipe'),
    });
    const subject = new Subject({ mechanism });
    const theirs = greeting({ mechanism: 'TEST' });
    const head = subject.output();
    expect(head).toHaveLength(11);
    subject.give(theirs.subarray(0, 10));
    expect(subject.output()).toHaveLength(0);
    subject.give(theirs.subarray(10));
    const ours = bytes(head, subject.output());
    expect(ours.subarray(12, 16).toString()).toBe('TEST');
    expect(ours[32]).toBe(1);
    expect(ours).toHaveLength(64);
    subject.give(bytes(command('HELLO'), command('INITIATE'), command('INITIATE')));
    expect(subject.output()).toEqual(
      bytes(command('WELCOME'), command('WELCOME'), command('WELCOME')),
    );
    expect(subject.connection.state).toBe('handshake');
    subject.give(bytes(ready('REQ'), message('a')));
    expect(steps).toEqual(['HELLO', 'INITIATE', 'INITIATE', 'READY']);
    expect(subject.messages).toEqual(['a']);
    subject.connection.handleEof();
    subject.connection.handleEof();
    expect(steps.slice(4)).toEqual(['wipe']);
  });
});

describe('the end', () => {
  test('by ERROR keeps the reason, and the world knows it was no fault of the bytes', () => {
    const subject = subjectIn('handshake').give(errorCommand('400'));
    expect(subject.events).toEqual([
      { type: 'closed', cause: 'refused', wasReady: false, reason: '400' },
    ]);
  });

  test('by ERROR without words has words all the same', () => {
    const subject = subjectIn('handshake').give(errorCommand(''));
    expect(subject.events).toMatchObject([
      { cause: 'refused', reason: expect.stringMatching(/\w/) },
    ]);
  });

  test('by a fault carries the error and its reason', () => {
    const subject = subjectIn('traffic').give(bytes(0x80));
    const [event] = subject.events;
    expect(event).toMatchObject({ type: 'closed', cause: 'protocol', wasReady: true });
    if (event?.type !== 'closed') throw new Error('no closed');
    expect(event.error).toBeInstanceOf(ProtocolError);
    expect(event.reason).toBe(event.error?.reason);
  });

  test('by the end of the stream takes the world’s words', () => {
    const subject = subjectIn('traffic');
    subject.connection.handleEof('read ECONNRESET');
    expect(subject.drain().events).toEqual([
      { type: 'closed', cause: 'eof', wasReady: true, reason: 'read ECONNRESET' },
    ]);
  });

  test.each(['greeting', 'handshake', 'traffic'] as const)(
    'comes once, whatever follows, from %s',
    (state) => {
      const subject = subjectIn(state, { heartbeat: { interval: 1, timeout: 1, timeToLive: 0 } });
      subject.connection.handleEof();
      subject.drain();
      expect(subject.news()).toHaveLength(1);
      const { connection } = subject;
      subject.give(HELLO, 10);
      subject.give(bytes(message('late'), ping(), 0xff), 11);
      connection.handleTimeout(1e9);
      connection.handleEof('again');
      connection.resume(1e9);
      subject.drain();
      expect(subject.events).toEqual([]);
      expect(subject.messages).toEqual([]);
      expect(connection.state).toBe('closed');
      expect(connection.nextTimeout()).toBe(NEVER);
      expect(subject.output()).toHaveLength(0);
    },
  );

  test('leaves what was written before it to be written', () => {
    const subject = subjectIn('traffic');
    subject.connection.send([Buffer.from('last words')]);
    subject.connection.handleEof();
    expect(subject.drain().output()).toEqual(message('last words'));
  });

  test('in the middle of a message delivers nothing of it', () => {
    const subject = subjectIn('traffic').give(bytes(message('a'), frame(1, 'b'), frame(1, 'c')));
    subject.connection.handleEof();
    subject.drain();
    expect(subject.messages).toEqual(['a']);
  });
});

describe('events keep their order', () => {
  test('nothing overtakes the handshake, though all came in one chunk', () => {
    const subject = new Subject();
    const { connection } = subject;
    connection.handleInput(bytes(HELLO, message('a'), pong(), message('b'), 0xff), 0);
    expect(subject.messages, 'before the event was taken').toEqual([]);
    expect(connection.nextEvent()?.type).toBe('handshake');
    expect(subject.messages, 'while the event is dealt with').toEqual([]);
    expect(connection.nextEvent()).toMatchObject({ type: 'command', command: { name: 'PONG' } });
    expect(subject.messages).toEqual(['a']);
    expect(connection.nextEvent()?.type).toBe('closed');
    expect(subject.messages).toEqual(['a', 'b']);
    expect(connection.nextEvent()).toBeUndefined();
  });

  test('without a sink messages are events like all others', () => {
    const connection = new Connection({ socketType: 'REP' }, 0);
    connection.handleInput(bytes(HELLO, message('a'), pong(), message('b', '')), 0);
    const types: string[] = [];
    for (let event = connection.nextEvent(); event; event = connection.nextEvent()) {
      types.push(event.type === 'message' ? Buffer.concat(event.frames).toString() : event.type);
    }
    expect(types).toEqual(['handshake', 'a', 'command', 'b']);
  });

  test('without a sink, and for a peer that is no publisher, SUBSCRIBE and CANCEL are commands', () => {
    const input = bytes(command('SUBSCRIBE', 'a'), command('CANCEL', 'a'), command('JOIN', 'g'));
    const expected = [
      { command: { name: 'SUBSCRIBE', topic: Buffer.from('a') } },
      { command: { name: 'CANCEL', topic: Buffer.from('a') } },
      { command: { name: 'unknown', unknownName: 'JOIN', data: Buffer.from('g') } },
    ];
    const connection = new Connection({ socketType: 'PUB' }, 0);
    connection.handleInput(bytes(greeting(), ready('SUB'), input), 0);
    expect(connection.nextEvent()).toMatchObject({ type: 'handshake' });
    expect([1, 2, 3].map(() => connection.nextEvent())).toMatchObject(expected);
    const subject = subjectIn('traffic');
    subject.give(input);
    expect(subject.events).toMatchObject(expected);
  });

  test('the sink of a publisher gets subscriptions as messages, in whatever form they came', () => {
    const subject = new Subject({ socketType: 'PUB' });
    subject.give(bytes(greeting(), ready('SUB')));
    subject.news();
    subject.give(
      bytes(command('SUBSCRIBE', 'a'), message('\x01b'), command('CANCEL', 'a'), command('X', 'g')),
    );
    expect(subject.messages).toEqual(['\x01a', '\x01b', '\x00a']);
    expect(subject.events).toMatchObject([{ command: { unknownName: 'X' } }]);
  });
});

describe('a sink that is full', () => {
  test('suspends the connection until it resumes', () => {
    const subject = subjectIn('traffic');
    subject.isEager = false;
    subject.give(bytes(message('a'), message('b'), message('c')));
    expect(subject.messages).toEqual(['a']);
    expect(subject.connection.isSuspended).toBe(true);
    subject.give(message('d'));
    expect(subject.messages).toEqual(['a']);
    subject.connection.resume(1);
    expect(subject.drain().messages).toEqual(['a', 'b']);
    subject.isEager = true;
    subject.connection.resume(2);
    expect(subject.drain().messages).toEqual(['a', 'b', 'c', 'd']);
    expect(subject.connection.isSuspended).toBe(false);
  });

  test('is asked again from inside and nothing comes twice', () => {
    const seen: string[] = [];
    const connection: Connection = new Connection(
      {
        socketType: 'REP',
        sink: {
          message: (frames) => {
            seen.push(Buffer.concat(frames).toString());
            connection.resume(0);
            connection.handleInput(NO_BYTES, 0);
            return true;
          },
        },
      },
      0,
    );
    connection.handleInput(HELLO, 0);
    expect(connection.nextEvent()?.type).toBe('handshake');
    connection.handleInput(bytes(message('a'), message('b'), message('c')), 0);
    expect(connection.nextEvent()).toBeUndefined();
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  test('gets everything before the end of the stream is told', () => {
    const subject = subjectIn('traffic');
    subject.isEager = false;
    subject.give(bytes(message('a'), message('b'), message('c')));
    subject.connection.handleEof('gone');
    expect(subject.drain().events).toEqual([]);
    expect(subject.connection.state).toBe('traffic');
    subject.connection.resume(1);
    expect(subject.drain().events).toEqual([]);
    subject.connection.resume(1);
    subject.drain();
    // The sink refused after the last message too: only its consent brings the end.
    expect(subject.messages).toEqual(['a', 'b', 'c']);
    subject.isEager = true;
    subject.connection.resume(1);
    expect(subject.drain().events).toMatchObject([
      { type: 'closed', cause: 'eof', reason: 'gone' },
    ]);
  });

  test('hears of a fault behind what it has not taken only afterwards', () => {
    const subject = subjectIn('traffic');
    subject.isEager = false;
    subject.give(bytes(message('a'), message('b'), 0xff));
    subject.connection.handleEof();
    expect(subject.drain().events).toEqual([]);
    subject.isEager = true;
    subject.connection.resume(1);
    expect(subject.drain().messages).toEqual(['a', 'b']);
    expect(subject.events).toMatchObject([{ type: 'closed', cause: 'protocol' }]);
  });

  test('gives no sign of life when the stream has ended', () => {
    const subject = subjectIn('traffic');
    subject.isEager = false;
    subject.give(bytes(ping(), message('a'), message('b')), 10);
    expect(subject.connection.nextTimeout()).toBeLessThan(NEVER);
    subject.connection.handleEof();
    expect(subject.connection.nextTimeout()).toBe(NEVER);
  });

  test('is not taken for a silent peer', () => {
    const heartbeat = { interval: 100, timeout: 50, timeToLive: 0 };
    const subject = subjectIn('traffic', { heartbeat });
    subject.isEager = false;
    subject.give(bytes(ping(1), message('a'), message('b')), 10);
    subject.output();
    subject.connection.handleTimeout(100);
    expect(subject.output(), 'our PINGs go on').toEqual(ping());
    subject.connection.handleTimeout(180);
    expect(subject.output(), 'a sign of life').toEqual(pong());
    expect(subject.connection.nextTimeout()).toBe(200);
    expect(subject.connection.state).toBe('traffic');
    subject.isEager = true;
    subject.connection.resume(1000);
    subject.drain();
    subject.connection.handleTimeout(1050);
    expect(subject.connection.state).toBe('traffic');
    subject.connection.handleTimeout(1100);
    expect(subject.drain().events).toMatchObject([{ type: 'closed', cause: 'heartbeat-timeout' }]);
  });
});

describe('heartbeats', () => {
  test('a PING is answered at once, in the middle of a message too', () => {
    const subject = subjectIn('traffic');
    subject.give(bytes(frame(1, 'a'), ping(0, 'one'), frame(1, 'b')));
    expect(subject.connection.hasOutput).toBe(true);
    expect(subject.output()).toEqual(pong('one'));
    subject.give(bytes(ping(0, 'two'), frame(0, 'c')));
    expect(subject.output()).toEqual(pong('two'));
    expect(subject.messages).toEqual(['a|b|c']);
    expect(subject.events).toEqual([]);
  });

  test('a PING inside a message of ours does not tear it apart', () => {
    const subject = subjectIn('traffic');
    subject.connection.send([Buffer.from('x'), Buffer.from('y')]);
    subject.give(ping());
    expect(subject.output()).toEqual(bytes(message('x', 'y'), pong()));
  });

  test('PONGs that are not taken do not pile up', () => {
    const subject = subjectIn('traffic');
    for (let i = 0; i < 1000; i++) subject.give(ping(0, Buffer.of(i >> 8, i & 0xff)));
    const output = subject.output();
    expect(output).toHaveLength(16 * pong('xy').length);
    expect(output.subarray(-9)).toEqual(pong(Buffer.of(999 >> 8, 999 & 0xff)));
  });

  test('as many PONGs wait as the options say', () => {
    const heartbeat = { interval: 0, timeout: 0, timeToLive: 0, maxPendingPongs: 3 };
    const subject = subjectIn('traffic', { heartbeat });
    for (let i = 0; i < 10; i++) subject.give(ping(0, Buffer.of(i)));
    expect(subject.output()).toEqual(bytes(...[0, 1, 9].map((i) => pong(Buffer.of(i)))));
  });

  test('our PINGs go out and a silent peer is given up', () => {
    const heartbeat = { interval: 1000, timeout: 300, timeToLive: 2500 };
    const subject = subjectIn('traffic', { heartbeat });
    expect(subject.connection.nextTimeout()).toBe(1000);
    subject.connection.handleTimeout(1000);
    expect(subject.output()).toEqual(ping(25));
    expect(subject.connection.nextTimeout()).toBe(1300);
    subject.connection.handleTimeout(1300);
    expect(subject.drain().events).toMatchObject([
      { type: 'closed', cause: 'heartbeat-timeout', wasReady: true },
    ]);
  });

  test.each([
    ['a message', message('a')],
    ['a part of one', frame(1, 'a')],
    ['a single byte', bytes(0)],
    ['PONG', pong()],
    ['PING', ping()],
  ])('%s is a sign of life', (_what, input) => {
    const heartbeat = { interval: 1000, timeout: 300, timeToLive: 0 };
    const subject = subjectIn('traffic', { heartbeat });
    subject.connection.handleTimeout(1000);
    subject.give(input, 1299);
    subject.connection.handleTimeout(1300);
    expect(subject.connection.state).toBe('traffic');
    expect(subject.connection.nextTimeout()).toBe(2000);
  });

  test('a time to live of the peer’s ends the connection', () => {
    const subject = subjectIn('traffic');
    subject.give(ping(3), 500);
    expect(subject.connection.nextTimeout()).toBe(800);
    subject.connection.handleTimeout(800);
    expect(subject.drain().events).toMatchObject([{ cause: 'heartbeat-timeout' }]);
  });

  test('the clock starts at the handshake', () => {
    const subject = new Subject({ heartbeat: { interval: 100, timeout: 0, timeToLive: 0 } }, 0);
    subject.give(greeting(), 50);
    expect(subject.connection.nextTimeout()).toBe(NEVER);
    subject.give(ready('REQ'), 70);
    expect(subject.connection.nextTimeout()).toBe(170);
  });

  test('two connections keep each other alive', () => {
    const heartbeat = { interval: 1000, timeout: 1500, timeToLive: 3000 };
    const pair = new ConnectionPair(
      { socketType: 'REQ', heartbeat },
      { socketType: 'REP', heartbeat },
      { latency: 20 },
    );
    pair.drive();
    pair.advance(60_000);
    expect([pair.one.connection.state, pair.two.connection.state]).toEqual(['traffic', 'traffic']);
  });

  test('one that falls silent is given up by the time to live alone', () => {
    const heartbeat = { interval: 1000, timeout: 0, timeToLive: 3000 };
    const pair = new ConnectionPair(
      { socketType: 'REQ', heartbeat },
      { socketType: 'REP' },
      { latency: 20 },
    );
    pair.drive();
    pair.advance(2500);
    const pings = pair.one.written.length;
    expect(pings).toBeGreaterThan(2);
    // From here on nothing of the first one arrives.
    const last = pair.two.connection.nextTimeout();
    pair.two.connection.handleTimeout(last);
    pair.drive();
    expect(pair.two.closed?.cause).toBe('heartbeat-timeout');
    expect(pair.one.closed?.cause).toBe('eof');
  });
});

describe('output', () => {
  test('takes messages in order, large ones by reference', () => {
    const subject = subjectIn('traffic');
    const large = Buffer.alloc(10_000, 'L');
    subject.connection.send([Buffer.from('a')]);
    subject.connection.send([Buffer.from('b'), large]);
    expect(subject.connection.hasOutput).toBe(true);
    expect(subject.connection.outputSize).toBe(3 + 3 + 9 + 10_000);
    const pieces = subject.connection.takeOutput();
    expect(pieces).toContain(large);
    expect(Buffer.concat(pieces)).toEqual(bytes(message('a'), message('b', large)));
    expect(subject.connection.hasOutput).toBe(false);
    expect(subject.connection.outputSize).toBe(0);
  });

  test('uses the slabs it is given, and its own for any size of message', () => {
    const sizes: number[] = [];
    const slabs = new SlabPool((size) => {
      sizes.push(size);
      return new Uint8Array(size);
    }, 20_000);
    for (const options of [{ slabs }, {}]) {
      const subject = subjectIn('traffic', options);
      for (const length of [0, 255, 4000, 4096, 5000, 8192, 8193]) {
        const body = Buffer.alloc(length, 'm');
        subject.connection.send([body]);
        expect(subject.output()).toEqual(message(body));
      }
    }
    expect(sizes).toEqual([20_000]);
  });

  test('SUBSCRIBE can be sent', () => {
    const subject = new Subject({ socketType: 'SUB' });
    subject.give(bytes(greeting(), ready('PUB')));
    subject.output();
    subject.connection.sendCommand({ name: 'SUBSCRIBE', topic: Buffer.from('t') });
    expect(subject.output()).toEqual(command('SUBSCRIBE', 't'));
  });
});

describe('limits', () => {
  test('are those of the caller, and a frame is refused by its header', () => {
    const subject = subjectIn('traffic', { limits: { maxFrameSize: 100 } });
    subject.give(message('x'.repeat(100)));
    expect(subject.messages).toHaveLength(1);
    subject.give(bytes(0, 101));
    expect(subject.events).toMatchObject([{ type: 'closed', cause: 'protocol' }]);
  });

  test('hold for commands of the handshake', () => {
    const subject = subjectIn('handshake');
    subject.give(bytes(6, u64(65_537)));
    expect(subject.events).toMatchObject([{ type: 'closed', cause: 'protocol', wasReady: false }]);
  });

  test('READY does not count as a frame of a message', () => {
    const subject = new Subject({ limits: { maxFrameSize: 0, maxMessageFrames: 1 } });
    subject.give(bytes(HELLO, message('')));
    expect(subject.messages).toEqual(['']);
  });

  test('the allocate function of the caller is used', () => {
    const sizes: number[] = [];
    const allocate = (size: number): Uint8Array => {
      sizes.push(size);
      return new Uint8Array(size);
    };
    const subject = subjectIn('traffic', {
      allocate,
      slabs: new SlabPool((n) => new Uint8Array(n)),
    });
    sizes.length = 0;
    subject.give(bytes(2, u64(2 ** 30)));
    subject.give(new Uint8Array(10_000));
    expect(sizes.length).toBeGreaterThan(0);
    for (const size of sizes) expect(size).toBeLessThanOrEqual(160_000);
  });
});

describe('two connections', () => {
  test.each([
    ['whole', whole],
    ['byte by byte', byteByByte],
    ['in odd pieces', inPiecesOf(1, 63, 2, 7, 300)],
  ])('shake hands and talk, %s', (_how, split) => {
    const pair = new ConnectionPair(
      { socketType: 'REQ', routingId: Buffer.from('req') },
      { socketType: 'REP' },
      { latency: 10, split },
    );
    pair.drive();
    expect(pair.one.events).toMatchObject([{ type: 'handshake', peer: { socketType: 'REP' } }]);
    expect(pair.two.events).toMatchObject([
      { type: 'handshake', peer: { socketType: 'REQ', routingId: Buffer.from('req') } },
    ]);
    pair.one.connection.send([Buffer.alloc(0), Buffer.alloc(10_000, 'q')]);
    pair.drive();
    expect(pair.two.messages).toEqual([[Buffer.alloc(0), Buffer.alloc(10_000, 'q')]]);
    pair.two.connection.send([Buffer.alloc(0), Buffer.from('a')]);
    pair.drive();
    expect(pair.one.messages).toEqual([[Buffer.alloc(0), Buffer.from('a')]]);
    pair.cut();
    expect(pair.one.closed).toMatchObject({ cause: 'eof', wasReady: true });
    expect(pair.two.closed).toMatchObject({ cause: 'eof', wasReady: true });
  });

  test('that do not fit tell each other', () => {
    const pair = new ConnectionPair({ socketType: 'REQ' }, { socketType: 'PUB' }, { latency: 5 });
    pair.drive();
    for (const side of [pair.one, pair.two]) expect(side.closed).toMatchObject({ wasReady: false });
    const causes = [pair.one.closed?.cause, pair.two.closed?.cause];
    expect(causes.every((cause) => cause === 'protocol' || cause === 'refused')).toBe(true);
  });

  test('a handshake across a line that is too slow is given up', () => {
    const options = { handshakeInterval: 100 };
    const pair = new ConnectionPair(
      { socketType: 'REQ', ...options },
      { socketType: 'REP' },
      { latency: 200 },
    );
    pair.advance(1000);
    expect(pair.one.closed?.cause).toBe('handshake-timeout');
    expect(pair.two.closed?.cause).toBe('eof');
  });

  test('one that takes nothing holds the other up and loses nothing', () => {
    const pair = new ConnectionPair(
      { socketType: 'PUSH' },
      { socketType: 'PULL' },
      { latency: 1, split: inPiecesOf(5) },
    );
    pair.drive();
    pair.two.isBusy = true;
    for (let i = 0; i < 20; i++) pair.one.connection.send([Buffer.of(i)]);
    pair.drive();
    expect(pair.two.messages).toHaveLength(1);
    pair.cut();
    expect(pair.two.closed, 'messages that have come wait still').toBeUndefined();
    pair.resume(pair.two);
    expect(pair.two.closed?.cause).toBe('eof');
    const received = pair.two.messages.map(([first]) => first?.[0]);
    expect(received).toEqual(received.map((_, i) => i));
  });

  test('one that has been pinged and takes nothing for long is not taken for dead', () => {
    const heartbeat = { interval: 200, timeout: 200, timeToLive: 0 };
    const pair = new ConnectionPair(
      { socketType: 'PUSH', heartbeat },
      { socketType: 'PULL' },
      { latency: 1 },
    );
    pair.drive();
    pair.advance(5000);
    pair.two.isBusy = true;
    for (let i = 0; i < 20; i++) pair.one.connection.send([Buffer.of(i)]);
    pair.advance(10_000);
    expect(pair.two.messages).toHaveLength(1);
    expect(pair.one.closed).toBeUndefined();
    pair.resume(pair.two);
    expect(pair.two.messages).toHaveLength(20);
    pair.advance(1000);
    expect([pair.one.closed, pair.two.closed]).toEqual([undefined, undefined]);
  });
});
