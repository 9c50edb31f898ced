/**
 * What one message costs does not grow with the peers that have no part in it: once those have been found idle, nobody so
 * much as looks at their pipes.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Pipe } from '../../../../src/pipe.ts';
import { defaultOptions } from '../../../../src/options.ts';
import type { OptionValues, SocketKind } from '../../../../src/option-types.ts';
import type { Pattern } from '../../../../src/sockets/patterns/pattern.ts';
import { kindOf, numberOf } from '../../../../src/sockets/socket-kinds.ts';
import { format, parse, Peer, type PeerOptions } from '../../pipes.ts';

const IDLE = 20;
const MESSAGES = 10;

/** The pipes that are watched, and what was asked of them. */
const watched = new Set<unknown>();
const asked: string[] = [];

const { prototype } = Pipe;
const original = Object.getOwnPropertyDescriptors(prototype);

function note<A extends unknown[], R>(name: string, call: (...args: A) => R) {
  return function (this: unknown, ...args: A): R {
    if (watched.has(this)) asked.push(name);
    return call.apply(this, args);
  };
}

beforeEach(() => {
  for (const [name, descriptor] of Object.entries(original)) {
    if (name === 'constructor') continue;
    const part = descriptor.get === undefined ? 'value' : 'get';
    const call = descriptor[part] as () => unknown;
    Object.defineProperty(prototype, name, { configurable: true, [part]: note(name, call) });
  }
});

afterEach(() => {
  Object.defineProperties(prototype, original);
  watched.clear();
  asked.length = 0;
});

function make(kind: SocketKind, change: Partial<OptionValues> = {}): Pattern {
  return kindOf(numberOf(kind)).makePattern({ ...defaultOptions(kind), ...change });
}

/** Joins one peer that is busy and many that are idle, in between them, and watches these. */
function join(
  pattern: Pattern,
  idle: PeerOptions,
  busy: PeerOptions,
): { busy: Peer; idle: Peer[] } {
  const half = (name: string): Peer[] =>
    Array.from({ length: IDLE / 2 }, (_, i) =>
      Peer.of(pattern, { routingId: `${name}${i}`, ...idle }),
    );
  const before = half('before');
  const peer = Peer.of(pattern, { routingId: 'busy', ...busy });
  const peers = [...before, ...half('after')];
  for (const { near, far } of peers) watched.add(near).add(far);
  return { busy: peer, idle: peers };
}

/** Does it once, with whatever it takes to find out who is idle, and then watches. */
function expectNotAsked(once: () => void): void {
  for (let i = 0; i < 2; i++) once();
  asked.length = 0;
  for (let i = 0; i < MESSAGES; i++) once();
  expect(asked).toEqual([]);
}

describe('peers that say nothing are not asked when another one is heard', () => {
  test.each(['PULL', 'DEALER', 'SUB', 'XSUB'] as const)('%s', (kind) => {
    const pattern = make(kind);
    if (kind === 'SUB')
      (pattern as unknown as { subscribe(topic: Uint8Array): void }).subscribe(Buffer.from(''));
    const { busy } = join(pattern, {}, {});
    expectNotAsked(() => {
      busy.send('x');
      expect(pattern.isReadable).toBe(true);
      expect(format(pattern.receive())).toBe('x');
      expect(pattern.receive()).toBeUndefined();
    });
  });

  test('ROUTER and its answers', () => {
    const pattern = make('ROUTER');
    const { busy } = join(pattern, {}, {});
    expectNotAsked(() => {
      busy.send('x');
      const frames = pattern.receive();
      expect(format(frames)).toBe('busy|x');
      expect(pattern.send(frames ?? [])).toBe(true);
      expect(busy.take()).toBe('x');
    });
  });

  test('REP and its answers', () => {
    const pattern = make('REP');
    const { busy } = join(pattern, {}, {});
    expectNotAsked(() => {
      busy.send('|x');
      expect(format(pattern.receive())).toBe('x');
      expect(pattern.send(parse('y'))).toBe(true);
      expect(busy.take()).toBe('|y');
    });
  });
});

describe('peers that take nothing are not asked when another one does', () => {
  test.each(['PUSH', 'DEALER', 'REQ'] as const)('%s', (kind) => {
    const pattern = make(kind, { relaxed: true });
    const { busy, idle } = join(pattern, { readMark: 1 }, {});
    for (const { near } of idle) near.write(parse('fills it'));
    // Each is passed over once.
    for (let i = 0; i <= IDLE; i++) pattern.send(parse('x'));
    busy.takeAll();
    expectNotAsked(() => {
      expect(pattern.isWritable).toBe(true);
      expect(pattern.send(parse('x'))).toBe(true);
      expect(busy.takeAll()).toHaveLength(1);
    });
  });
});

describe('subscribers to something else are not asked', () => {
  test.each([
    ['PUB', {}],
    ['XPUB', {}],
    ['PUB', { noDrop: true }],
  ] as const)('%s, %o', (kind, options) => {
    const pattern = make(kind, options);
    const { busy, idle } = join(pattern, {}, {});
    for (const peer of idle) peer.send('\u0001other');
    busy.send('\u0001news');
    if (kind === 'XPUB') while (pattern.receive() !== undefined);
    expectNotAsked(() => {
      expect(pattern.send(parse('news today'))).toBe(true);
      expect(busy.takeAll()).toEqual(['news today']);
    });
  });
});
