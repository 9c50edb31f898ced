/**
 * What is known of one side of a connection, from what it has said so far: the other side's bytes are read by it.
 *
 * @module
 */

import { COMPATIBLE_TYPES, type SocketType } from '../socket-type.ts';

/** What a handshake consists of, from each role. Other mechanisms have their own. */
const HANDSHAKES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  NULL: [['READY']],
  PLAIN: [
    ['HELLO', 'INITIATE'],
    ['WELCOME', 'READY'],
  ],
  CURVE: [
    ['HELLO', 'INITIATE'],
    ['WELCOME', 'READY'],
  ],
};

/** Socket types by their numbers in greetings before ZMTP 3. 15/ZMTP, "Formal Grammar"; from 9 on they are libzmq's. */
export const NUMBERED_TYPES: readonly string[] = [
  'PAIR',
  'PUB',
  'SUB',
  'REQ',
  'REP',
  'DEALER',
  'ROUTER',
  'PULL',
  'PUSH',
  'XPUB',
  'XSUB',
  'STREAM',
];

/** Types that no socket here has. */
const OTHER_TYPES = ['CLIENT', 'SERVER', 'RADIO', 'DISH', 'SCATTER', 'GATHER', 'PEER', 'CHANNEL'];

/** Whether there is a socket type of this name. */
export function isTypeName(name: string): boolean {
  return Object.hasOwn(COMPATIBLE_TYPES, name) || OTHER_TYPES.includes(name);
}

export class SideFacts {
  /** `1.0`, `2.0`, `3.1` and so on, once it can be told. */
  version: string | undefined;
  /** The number behind the signature, if there is one. */
  major: number | undefined;
  minor: number | undefined;
  mechanism: string | undefined;
  socketType: string | undefined;
  /** Whether it has said all that the handshake wants of it. */
  isReady = false;
  /** How many commands of the handshake it has said, and which sequence they belong to. */
  #step = 0;
  #role: number | undefined;
  #counter: readonly [high: number, low: number] = [0, 0];

  /** Whether it speaks ZMTP 1.0 without telling a version. */
  get isUnversioned(): boolean {
    return this.version !== undefined && this.major === undefined;
  }

  /** Whether all frames are sealed from here on. */
  get isSealed(): boolean {
    return this.isReady && this.mechanism === 'CURVE';
  }

  /** What the handshake wants to hear next; nothing when that cannot be told. */
  get awaited(): readonly string[] {
    const sequences = HANDSHAKES[this.mechanism ?? ''] ?? [];
    if (this.#role === undefined) return sequences.map(([first = '']) => first);
    return [sequences[this.#role]?.[this.#step] ?? ''];
  }

  /** Whether the types of both sides fit each other, as far as they are known. */
  canTalkTo(peer: SideFacts): boolean {
    const own = this.socketType ?? '';
    const other = peer.socketType ?? '';
    if (!Object.hasOwn(COMPATIBLE_TYPES, own) || !Object.hasOwn(COMPATIBLE_TYPES, other))
      return true;
    return COMPATIBLE_TYPES[own as SocketType].includes(other as SocketType);
  }

  /**
   * It has said a command before it was ready.
   *
   * @returns whether that was the one to be said
   */
  say(name: string): boolean {
    const sequences = HANDSHAKES[this.mechanism ?? ''];
    if (sequences === undefined) {
      this.isReady = name === 'READY';
      return true;
    }
    if (name === 'ERROR') return true;
    const isAwaited = this.awaited.includes(name);
    const role = sequences.findIndex((sequence) => sequence.includes(name));
    if (role === -1) return false;
    this.#role = role;
    this.#step = (sequences[role]?.indexOf(name) ?? 0) + 1;
    this.isReady = this.#step === sequences[role]?.length;
    return isAwaited;
  }

  /**
   * It has used a counter of CURVE.
   *
   * @returns whether it is greater than the one before
   */
  count(high: number, low: number): boolean {
    const [lastHigh, lastLow] = this.#counter;
    this.#counter = [high, low];
    return high > lastHigh || (high === lastHigh && low > lastLow);
  }
}
