/**
 * The socket under test with an application behind it, seen from a raw peer.
 *
 * Rules about bytes hold on both sides of a connection, so most tests run twice: against a REP that
 * is bound and answers every request with its own frames, and against a REQ that connects to us. The
 * two classes below hide which side it is: `open()` gives one more raw connection to the same socket,
 * `deliver()` pushes one message through to the application, `serveOther()` proves that a well-behaved
 * peer of the same socket is served, `reasonFor()` waits for the event that says why a peer was dropped.
 *
 * @module
 */

import { Reply, Request } from '../../src/index.ts';
import { bytes, hexDump, message } from '../../src/testing/raw-bytes.ts';
import { DEADLINE, RawListener, RawPeer } from './raw-peer.ts';
import { own } from './watch.ts';

export type ReplyOptions = NonNullable<ConstructorParameters<typeof Reply>[0]>;
export type RequestOptions = NonNullable<ConstructorParameters<typeof Request>[0]>;

/** What the tests look at in an event; every event of the library has this shape. */
export interface SeenEvent {
  readonly type: string;
  readonly address?: string;
  readonly cause?: Error & { readonly code?: string; readonly reason?: string };
  readonly error?: Error & { readonly code?: string; readonly reason?: string };
  readonly reason?: string;
  readonly peer?: { readonly address?: string; readonly socketType?: string };
  readonly interval?: number;
}

/** Events that may carry the reason why a peer was dropped. */
const DROPPED = [
  'handshake:error:protocol',
  'handshake:error:other',
  'handshake:error:auth',
  'disconnect',
];

/** Resolves promises when a test of the current state becomes true; fails with `describe()` when it never does. */
class Bell {
  readonly #checks = new Set<() => void>();

  ring(): void {
    for (const check of [...this.#checks]) check();
  }

  until<T>(what: string, test: () => T | undefined, describe: () => string): Promise<T> {
    const origin = new Error();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#checks.delete(check);
        origin.message = `no ${what} within ${DEADLINE} ms; ${describe()}`;
        reject(origin);
      }, DEADLINE);
      const check = (): void => {
        const value = test();
        if (value === undefined) return;
        this.#checks.delete(check);
        clearTimeout(timer);
        resolve(value);
      };
      this.#checks.add(check);
      check();
    });
  }
}

/** Everything a socket's observer says, kept and waitable. */
export class EventLog {
  readonly seen: SeenEvent[] = [];
  readonly #bell = new Bell();

  constructor(events: AsyncIterable<SeenEvent>) {
    void this.#collect(events);
  }

  async #collect(events: AsyncIterable<SeenEvent>): Promise<void> {
    for await (const event of events) {
      this.seen.push(event);
      this.#bell.ring();
    }
  }

  /** The first event, past or future, that passes `test`; those before number `since` do not count. */
  find(what: string, test: (event: SeenEvent) => boolean, since = 0): Promise<SeenEvent> {
    const describe = (): string =>
      `seen: ${this.seen.map((event) => `${event.type} ${event.peer?.address ?? event.address} ${reasonOf(event)}`).join('\n')}`;
    return this.#bell.until(
      what,
      () => this.seen.find((event, index) => index >= since && test(event)),
      describe,
    );
  }

  /** Waits until the subject has done its part of the handshake as well. */
  async handshakeWith(address: string, since = 0): Promise<void> {
    const isDone = ({ type, peer }: SeenEvent): boolean =>
      type === 'handshake' && peer?.address === address;
    await this.find(`handshake with ${address}`, isDone, since);
  }

  /** The reason with which the peer at `address` was dropped; an event without one does not count. */
  async reasonFor(address: string, since = 0): Promise<string> {
    const event = await this.find(
      `event with a reason for ${address}`,
      ({ type, peer, ...rest }) =>
        DROPPED.includes(type) && peer?.address === address && reasonOf({ type, ...rest }) !== '',
      since,
    );
    return reasonOf(event);
  }
}

function reasonOf(event: SeenEvent): string {
  return event.reason ?? event.error?.reason ?? event.error?.message ?? '';
}

/** A message on the wire, or how to write it. */
export type Wire = Uint8Array | (() => Promise<unknown>);

function writeWire(peer: RawPeer, wire: Wire): Promise<unknown> {
  return typeof wire === 'function' ? wire() : peer.write(wire);
}

/** A socket under test; see the module comment. */
export interface Subject {
  /** Its socket type on the wire. */
  readonly type: 'REP' | 'REQ';
  /** Socket types it must accept; the first is used unless a test says otherwise. */
  readonly accepts: readonly [string, string];
  readonly events: EventLog;
  readonly socket: Reply | Request;
  /** One more raw connection to the socket, nothing exchanged on it yet. */
  open(): Promise<RawPeer>;
  /** `open()` and the NULL handshake, done on both sides. */
  join(minor?: number): Promise<RawPeer>;
  /**
   * Makes the peer send one valid message, given as bytes or as a function that writes them, and
   * returns what the application got.
   */
  deliver(peer: RawPeer, wire: Wire): Promise<Buffer[]>;
  /** A round trip with a well-behaved peer. */
  serveOther(): Promise<void>;
  /** Waits for the event that names this peer and says why it was dropped. */
  reasonFor(peer: RawPeer): Promise<string>;
}

/** A bound REP whose application answers each request with the request's own frames. */
export class ReplySubject implements Subject {
  readonly type = 'REP';
  readonly accepts = ['REQ', 'DEALER'] as const;
  readonly socket: Reply;
  readonly events: EventLog;
  readonly endpoint: string;
  /** Requests in the order in which the application got them, minus those already looked at. */
  readonly requests: Buffer[][] = [];
  readonly #bell = new Bell();
  #other: RawPeer | undefined;
  #rounds = 0;

  private constructor(socket: Reply) {
    this.socket = socket;
    this.endpoint = socket.lastEndpoint ?? '';
    this.events = new EventLog(socket.events);
    void this.#answer();
  }

  static async create(options: ReplyOptions = {}): Promise<ReplySubject> {
    const socket = own(new Reply({ linger: 0, ...options }));
    await socket.bind('tcp://127.0.0.1:*');
    return new ReplySubject(socket);
  }

  async #answer(): Promise<void> {
    for await (const frames of this.socket) {
      this.requests.push(frames);
      this.#bell.ring();
      // The end of the test may come between the two.
      if (!this.socket.closed) await this.socket.send(frames);
    }
  }

  nextRequest(): Promise<Buffer[]> {
    return this.#bell.until(
      'request',
      () => this.requests.shift(),
      () => 'the application got none',
    );
  }

  async open(): Promise<RawPeer> {
    return own(await RawPeer.connect(this.endpoint));
  }

  async join(minor = 1): Promise<RawPeer> {
    const peer = await this.open();
    await peer.handshake({ as: 'REQ', minor });
    await this.events.handshakeWith(peer.localEndpoint);
    return peer;
  }

  async deliver(peer: RawPeer, wire: Wire): Promise<Buffer[]> {
    await writeWire(peer, wire);
    const frames = await this.nextRequest();
    await peer.expect(message('', ...frames));
    return frames;
  }

  async serveOther(): Promise<void> {
    this.#other ??= await this.join();
    this.#rounds += 1;
    const body = `round ${this.#rounds}`;
    await this.#other.write(message('', body));
    await this.#other.expect(message('', body));
    expectFrames(await this.nextRequest(), body);
  }

  reasonFor(peer: RawPeer): Promise<string> {
    return this.events.reasonFor(peer.localEndpoint);
  }
}

/**
 * A REQ that connects to raw listeners. `immediate` makes it send only where a handshake was completed,
 * so a peer that fails in its handshake never takes a request along. It does not reconnect unless a
 * test asks for that.
 */
export class RequestSubject implements Subject {
  readonly type = 'REQ';
  readonly accepts = ['REP', 'ROUTER'] as const;
  readonly socket: Request;
  readonly events: EventLog;
  readonly #endpoints = new Map<RawPeer, string>();
  #other: RawPeer | undefined;
  #rounds = 0;

  private constructor(socket: Request) {
    this.socket = socket;
    this.events = new EventLog(socket.events);
  }

  static create(options: RequestOptions = {}): Promise<RequestSubject> {
    const socket = own(
      new Request({ linger: 0, immediate: true, reconnectInterval: 0, ...options }),
    );
    return Promise.resolve(new RequestSubject(socket));
  }

  async open(): Promise<RawPeer> {
    const listener = own(await RawListener.listen());
    this.socket.connect(listener.endpoint);
    const peer = own(await listener.accept());
    this.#endpoints.set(peer, listener.endpoint);
    listener.close();
    return peer;
  }

  async join(minor = 1): Promise<RawPeer> {
    const peer = await this.open();
    await peer.handshake({ as: 'REP', minor });
    await this.events.handshakeWith(this.#endpoints.get(peer) ?? '');
    return peer;
  }

  /** Needs the peer to be the only one connected. */
  async deliver(peer: RawPeer, wire: Wire): Promise<Buffer[]> {
    await this.socket.send('question');
    await peer.expect(message('', 'question'));
    await writeWire(peer, wire);
    return this.socket.receive();
  }

  /** Needs every other peer to have been dropped, as requests go round. */
  async serveOther(): Promise<void> {
    this.#other ??= await this.join();
    this.#rounds += 1;
    const body = `round ${this.#rounds}`;
    await this.socket.send(body);
    await this.#other.expect(message('', body));
    await this.#other.write(message('', `answer to ${body}`));
    expectFrames(await this.socket.receive(), `answer to ${body}`);
  }

  reasonFor(peer: RawPeer): Promise<string> {
    return this.events.reasonFor(this.#endpoints.get(peer) ?? 'unknown');
  }
}

/** For `describe.each`. */
export const SUBJECTS: ReadonlyArray<
  [name: string, create: (options?: ReplyOptions & RequestOptions) => Promise<Subject>]
> = [
  ['bound REP', (options) => ReplySubject.create(options)],
  ['connecting REQ', (options) => RequestSubject.create(options)],
];

const NOTHING = Buffer.alloc(0);

function showFrames(frames: readonly Uint8Array[]): string {
  return frames.map((part) => hexDump(part)).join('\n  --\n');
}

/** Compares whole messages with a readable failure. */
export function expectFrames(
  actual: readonly Uint8Array[],
  ...expected: ReadonlyArray<string | Uint8Array>
): void {
  const wanted = expected.map((frame) => bytes(frame));
  const isEqual =
    actual.length === wanted.length &&
    wanted.every((frame, index) => Buffer.compare(frame, actual[index] ?? NOTHING) === 0);
  if (isEqual) return;
  throw new Error(`expected the message\n${showFrames(wanted)}\ngot\n${showFrames(actual)}`);
}

/**
 * The sequence of all violation tests: others are served, the peer misbehaves and is dropped, the event
 * names it and says why, others are still served.
 *
 * @param misbehave does the bad thing on a fresh connection
 * @returns the peer (closed; what it was sent before is in `unread`) and the reason given
 */
export async function expectViolation(
  subject: Subject,
  misbehave: (peer: RawPeer) => Promise<unknown>,
): Promise<{ peer: RawPeer; reason: string }> {
  await subject.serveOther();
  const peer = await subject.open();
  await misbehave(peer);
  await peer.expectClose();
  const reason = await subject.reasonFor(peer);
  await subject.serveOther();
  return { peer, reason };
}
