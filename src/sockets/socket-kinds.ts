/**
 * The kinds of sockets: libzmq's number, the name on the wire, and the pattern that makes the difference.
 *
 * @module
 */
import { ZmtpError } from '../errors.ts';
import type { OptionValues, SocketKind } from '../option-types.ts';
import { DealerPattern } from './patterns/dealer.ts';
import { PairPattern } from './patterns/pair.ts';
import type { Pattern } from './patterns/pattern.ts';
import { Pub } from './patterns/pub.ts';
import { PullPattern } from './patterns/pull.ts';
import { PushPattern } from './patterns/push.ts';
import { Rep } from './patterns/rep.ts';
import { Req } from './patterns/req.ts';
import { RouterPattern } from './patterns/router.ts';
import { StreamPattern } from './patterns/stream.ts';
import { Sub } from './patterns/sub.ts';
import { Xpub } from './patterns/xpub.ts';
import { Xsub } from './patterns/xsub.ts';

type KindSpec = {
  readonly kind: SocketKind;
  /** `options` are the values as they are at any time. */
  readonly makePattern: (options: Readonly<OptionValues>) => Pattern;
};

/** By libzmq's numbers. */
const KINDS: readonly KindSpec[] = [
  { kind: 'PAIR', makePattern: () => new PairPattern() },
  { kind: 'PUB', makePattern: (options) => new Pub(options) },
  { kind: 'SUB', makePattern: (options) => new Sub(options, allocate) },
  { kind: 'REQ', makePattern: (options) => new Req(options, randomUint32(), allocate) },
  { kind: 'REP', makePattern: () => new Rep() },
  { kind: 'DEALER', makePattern: (options) => new DealerPattern(options, allocate) },
  {
    kind: 'ROUTER',
    makePattern: (options) => new RouterPattern(options, randomUint32(), allocate),
  },
  { kind: 'PULL', makePattern: () => new PullPattern() },
  { kind: 'PUSH', makePattern: () => new PushPattern() },
  { kind: 'XPUB', makePattern: (options) => new Xpub(options, allocate) },
  { kind: 'XSUB', makePattern: () => new Xsub(allocate) },
  { kind: 'STREAM', makePattern: () => new StreamPattern(randomUint32(), allocate) },
];

/**
 * The kind of socket with a number.
 *
 * @throws {ZmtpError} EINVAL when there is none
 */
export function kindOf(type: number): KindSpec {
  const found = KINDS[type];
  if (found === undefined) {
    throw new ZmtpError('EINVAL', { detail: `there is no socket type ${type}` });
  }
  return found;
}

/** libzmq's number of a kind of socket. */
export function numberOf(kind: SocketKind): number {
  return KINDS.findIndex((spec) => spec.kind === kind);
}

/** Where the ids of a socket begin: it only has to differ from one to the next. */
function randomUint32(): number {
  return Math.floor(Math.random() * 2 ** 32);
}

function allocate(size: number): Uint8Array {
  return Buffer.alloc(size);
}
