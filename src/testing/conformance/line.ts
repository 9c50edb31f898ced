/**
 * A connection of a case: a wire, what has been agreed on it, and what has come, sorted into messages and commands.
 *
 * @module
 */
import { COMPATIBLE_TYPES, FLAG_COMMAND, FLAG_MORE, type SocketType } from '../../protocol.ts';
import type { CurveBox, KeyPair } from '../../protocol.ts';
import { commandBody } from '../raw-bytes.ts';
import { commandName, type Frame, show, showFrame } from './bytes.ts';
import type { CurveClientSide } from './curve.ts';
import type { Wire } from './wire.ts';

export const GREETING_SIZE = 64;
/** Behind the name and the time to live. */
const PING_CONTEXT_OFFSET = 7;

/** What we play in the mechanism of the run. */
export type Security =
  | { readonly mechanism: 'NULL' }
  | {
      readonly mechanism: 'PLAIN';
      readonly role: 'client';
      readonly username: string;
      readonly password: string;
    }
  | { readonly mechanism: 'PLAIN'; readonly role: 'server' }
  | {
      readonly mechanism: 'CURVE';
      readonly role: 'client';
      readonly box: CurveBox;
      readonly serverKey: Uint8Array;
      readonly keys: KeyPair;
    }
  | {
      readonly mechanism: 'CURVE';
      readonly role: 'server';
      readonly box: CurveBox;
      readonly keys: KeyPair;
    };

/** What there is to know of the peer before cases can be run. */
export type Subject = {
  readonly type: SocketType;
  /** Of ZMTP 3. */
  readonly minor: number;
  readonly answersPing: boolean;
};

/** The peer has not done what was expected. */
export class Deviation extends Error {
  override readonly name = 'Deviation';
  readonly expected: string;
  readonly got: string;

  constructor(expected: string, got: string) {
    super(`expected ${expected}, got ${got}`);
    this.expected = expected;
    this.got = got;
  }
}

/** What we say that we are, for a peer of each type. */
const PARTNERS: Readonly<Record<SocketType, SocketType>> = {
  PAIR: 'PAIR',
  PUB: 'SUB',
  SUB: 'PUB',
  REQ: 'REP',
  REP: 'REQ',
  DEALER: 'DEALER',
  ROUTER: 'DEALER',
  PULL: 'PUSH',
  PUSH: 'PULL',
  XPUB: 'SUB',
  XSUB: 'PUB',
};

export function partnerOf(type: SocketType): SocketType {
  return PARTNERS[type];
}

/** A type that may not talk to `type`. */
export function strangerTo(type: SocketType): SocketType {
  return COMPATIBLE_TYPES[type].includes('PUSH') ? 'SUB' : 'PUSH';
}

export class Line {
  readonly wire: Wire;
  readonly security: Security;
  readonly subject: Subject;
  /** What we have said. */
  minor = 1;
  /** The peer's; frames come behind it. */
  greeting: Buffer | undefined;
  /** What the peer has said of itself. */
  properties: ReadonlyMap<string, Uint8Array> = new Map();
  /** Whether traffic has begun. */
  isJoined = false;
  /** Whether PINGs of the peer are left without an answer. */
  isMute = false;
  /** What the peer sends of its own accord does not count. */
  readonly commands: Frame[] = [];
  readonly messages: Frame[][] = [];
  readonly pings: Frame[] = [];
  readonly subscriptions: Frame[] = [];
  /** Of a message whose last frame has not come. */
  readonly partial: Frame[] = [];
  curve: CurveClientSide | undefined;
  /** When something was last written, and how much had come by then. */
  wroteAt: number = performance.now();
  hadCome = 0;
  #syncs = 0;

  constructor(wire: Wire, security: Security, subject: Subject) {
    this.wire = wire;
    this.security = security;
    this.subject = subject;
  }

  write(bytes: Uint8Array): void {
    this.wroteAt = performance.now();
    this.hadCome = this.wire.received;
    this.wire.write(bytes);
  }

  /** Whether subscriptions are commands here, and not messages. */
  get hasCommands(): boolean {
    return Math.min(this.minor, this.subject.minor) >= 1;
  }

  /** Sorts what has come. */
  pump(): void {
    this.greeting ??= this.wire.tryRead(GREETING_SIZE);
    if (this.greeting === undefined) return;
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) {
      if ((frame.flags & FLAG_COMMAND) !== 0) this.#command(frame);
      else this.#message(frame);
    }
  }

  #next(): Frame | undefined {
    try {
      return this.wire.tryFrame();
    } catch (error) {
      throw new Deviation('frames', (error as Error).message);
    }
  }

  #command(frame: Frame): void {
    const name = commandName(frame.body);
    if (name === 'PING') this.#pinged(frame);
    else if (name === 'SUBSCRIBE' || name === 'CANCEL') this.subscriptions.push(frame);
    else this.commands.push(frame);
  }

  /** A peer with heartbeats is kept alive, so that it is judged by what the case is about. */
  #pinged(frame: Frame): void {
    this.pings.push(frame);
    if (this.isMute || !this.isJoined) return;
    const pong = commandBody('PONG', frame.body.subarray(PING_CONTEXT_OFFSET));
    this.wire.write(this.wire.frameBytes(FLAG_COMMAND, pong));
  }

  #message(frame: Frame): void {
    this.partial.push(frame);
    if ((frame.flags & FLAG_MORE) !== 0) return;
    const message = this.partial.splice(0);
    const [first] = message;
    const isSubscriber = this.subject.type === 'SUB' || this.subject.type === 'XSUB';
    if (isSubscriber && message.length === 1 && first !== undefined && (first.body[0] ?? 2) < 2) {
      this.subscriptions.push(first);
    } else this.messages.push(message);
  }

  /** Waits until `test` is true of what has come; `undefined` when it is not in time, or cannot be any more. */
  async until<T>(test: () => T | undefined, time: number): Promise<T | undefined> {
    const ended = Symbol('ended');
    const found = await this.wire.until<T | typeof ended>(() => {
      this.pump();
      const value = test();
      if (value !== undefined) return value;
      return this.wire.closed === undefined ? undefined : ended;
    }, time);
    return found === ended ? undefined : found;
  }

  /**
   * Asks for a PONG behind everything else.
   *
   * @returns whether it came; `undefined` when the peer has closed instead, and `false` when neither happened in time
   */
  async sync(time: number): Promise<boolean | undefined> {
    const context = Buffer.from(`sync ${++this.#syncs}`);
    const pong = commandBody('PONG', context);
    this.wire.write(
      this.wire.frameBytes(
        FLAG_COMMAND,
        commandBody('PING', Buffer.concat([Buffer.alloc(2), context])),
      ),
    );
    const answer = await this.until(() => {
      const index = this.commands.findIndex(({ body }) => body.equals(pong));
      if (index < 0) return undefined;
      this.commands.splice(index, 1);
      return true;
    }, time);
    if (answer === true) return true;
    return this.wire.closed === undefined ? false : undefined;
  }

  /** What the connection looks like, for whoever has to find out what went wrong. */
  describe(): string {
    const { wire, messages, commands, partial } = this;
    const frames = [...commands, ...messages.flat(), ...partial].map(showFrame);
    const rest = wire.unread.length > 0 ? [`bytes ${show(wire.unread)}`] : [];
    const what = [...frames.slice(0, 6), ...(frames.length > 6 ? ['…'] : []), ...rest].join('; ');
    const state =
      wire.closed === undefined
        ? 'the connection is open'
        : `the peer has ended it (${wire.closed})`;
    return `${what === '' ? 'nothing more' : what}; ${state}`;
  }
}
