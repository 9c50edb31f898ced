/**
 * Two connections joined in memory: a link with latency, loss, splits and resets where a test wants them, and a clock that a
 * test moves. Nothing here waits: `drive()` goes on until nothing is under way any more, `advance()` lets time pass.
 *
 * What is joined are `Connection`s of `zmtp/protocol`, one peer's automaton each, not whole sockets: sockets have timers of
 * their own and follow the real clock. For these there is `FaultyRelay`.
 *
 * What a peer does around its connection is what a session does: it takes the events, writes what there is to write,
 * reads no more while the connection is suspended, and ends the stream when the connection is closed.
 *
 * @module
 */
import { Connection, type ConnectionEvent, type ConnectionOptions } from '../protocol.ts';
import { createRandom, type Random } from './random.ts';

/** How bytes fall apart on their way. Together the pieces are the bytes. */
export type Split = (bytes: Uint8Array) => Uint8Array[];

/** As they were written: one piece. */
export const whole: Split = (bytes) => [bytes];

/** Each byte for itself. */
export const byteByByte: Split = (bytes) => Array.from(bytes, (byte) => Uint8Array.of(byte));

/** In pieces of the given sizes, which are gone through again and again. */
export function inPiecesOf(...sizes: readonly number[]): Split {
  let turn = 0;
  return (bytes) => {
    const pieces: Uint8Array[] = [];
    for (let offset = 0; offset < bytes.length; ) {
      const size = Math.max(1, sizes[turn++ % sizes.length] ?? 1);
      pieces.push(bytes.slice(offset, offset + size));
      offset += size;
    }
    return pieces;
  };
}

export type ConnectionPairOptions = {
  /** Milliseconds that bytes are under way; 0 when absent. */
  readonly latency?: number;
  readonly split?: Split;
  /** What the clock says at the beginning, in milliseconds; 0 when absent. */
  readonly now?: number;
  /**
   * A stream loses no bytes, but what it has to send again comes late, and all that is behind waits for it: the share of the
   * pieces for which that is so, from 0 to 1, and how much later they come, in milliseconds.
   */
  readonly loss?: { readonly rate: number; readonly delay: number };
  /** Bytes, of both directions together, after which the link breaks as by `cut()`; never when absent. */
  readonly resetAfter?: number;
  /** Decides which pieces are lost; 1 when absent. */
  readonly seed?: number;
};

/** Something under way to a peer: bytes, or the end of the stream. */
type Delivery = { readonly at: number; readonly bytes: Uint8Array | undefined };

/** One side of a pair: a connection, and all that has come of it. */
export class Side {
  readonly connection: Connection;
  /** Every event so far but messages. */
  readonly events: ConnectionEvent[] = [];
  /** Every message so far, whether it came by the sink or as an event. */
  readonly messages: Uint8Array[][] = [];
  /** Every byte this side has written. */
  readonly written: Uint8Array[] = [];
  /** While it is set the sink takes one message more and then refuses. */
  isBusy = false;
  readonly inbox: Delivery[] = [];

  constructor(options: ConnectionOptions, now: number) {
    const sink = {
      message: (frames: Uint8Array[]): boolean => {
        this.messages.push(frames);
        return !this.isBusy;
      },
    };
    this.connection = new Connection({ sink, ...options }, now);
  }

  /** The last event, if the connection is closed. */
  get closed(): Extract<ConnectionEvent, { type: 'closed' }> | undefined {
    const last = this.events.at(-1);
    return last?.type === 'closed' ? last : undefined;
  }

  /** Whether the handshake has been done. */
  get isReady(): boolean {
    return this.events.some((event) => event.type === 'handshake');
  }
}

/**
 * Two connections and the link between them.
 *
 * @example
 * ```ts
 * const pair = new ConnectionPair({ socketType: 'REQ' }, { socketType: 'REP' }, { latency: 20 });
 * pair.drive();
 * pair.one.isReady; // true, and pair.now is 40
 * ```
 */
export class ConnectionPair {
  readonly one: Side;
  readonly two: Side;
  /** What the clock says, in milliseconds. */
  now: number;
  readonly #latency: number;
  readonly #split: Split;
  readonly #loss: { readonly rate: number; readonly delay: number };
  readonly #random: Random;
  readonly #ended = new Set<Side>();
  /** When the last piece arrives on each side: none overtakes another. */
  readonly #arrivals = new Map<Side, number>();
  #bytesLeft: number;
  #isSilent = false;

  /**
   * @param one - options of one connection; its messages go to a sink of the pair's unless it brings its own
   * @param two - options of the other
   */
  constructor(one: ConnectionOptions, two: ConnectionOptions, options: ConnectionPairOptions = {}) {
    this.now = options.now ?? 0;
    this.#latency = options.latency ?? 0;
    this.#split = options.split ?? whole;
    this.#loss = options.loss ?? { rate: 0, delay: 0 };
    this.#random = createRandom(options.seed ?? 1);
    this.#bytesLeft = options.resetAfter ?? Number.POSITIVE_INFINITY;
    this.one = new Side(one, this.now);
    this.two = new Side(two, this.now);
  }

  /** Lets things take their course until nothing is under way. Passes time for the latency, but waits for no deadline. */
  drive(): void {
    for (;;) {
      this.#settle();
      const next = Math.min(this.#nextDelivery(this.one), this.#nextDelivery(this.two));
      if (next === Number.POSITIVE_INFINITY) return;
      this.now = Math.max(this.now, next);
      this.#deliver(this.one);
      this.#deliver(this.two);
    }
  }

  /** Lets `duration` milliseconds pass, with every delivery and every deadline in its time. */
  advance(duration: number): void {
    const end = this.now + duration;
    for (;;) {
      this.#settle();
      const next = Math.min(
        this.#nextDelivery(this.one),
        this.#nextDelivery(this.two),
        this.one.connection.nextTimeout(),
        this.two.connection.nextTimeout(),
      );
      if (next > end) break;
      this.now = Math.max(this.now, next);
      this.#deliver(this.one);
      this.#deliver(this.two);
      for (const side of [this.one, this.two]) {
        if (side.connection.nextTimeout() <= this.now) side.connection.handleTimeout(this.now);
      }
    }
    this.now = end;
  }

  /** Breaks the link: what is under way is lost, and both sides are told. */
  cut(): void {
    for (const side of [this.one, this.two]) {
      side.inbox.length = 0;
      this.#ended.add(side);
      side.connection.handleEof('the link was cut');
    }
    this.#settle();
  }

  /** The link goes silent for ever: nothing arrives any more, and nobody is told. */
  silence(): void {
    this.#isSilent = true;
    for (const side of [this.one, this.two]) side.inbox.length = 0;
  }

  /** The sink of `side` takes messages again. */
  resume(side: Side): void {
    side.isBusy = false;
    side.connection.resume(this.now);
    this.drive();
  }

  /** Takes events and output of both sides. */
  #settle(): void {
    this.#pump(this.one, this.two);
    this.#pump(this.two, this.one);
  }

  #pump(from: Side, to: Side): void {
    const { connection } = from;
    for (let event = connection.nextEvent(); event !== undefined; event = connection.nextEvent()) {
      if (event.type === 'message') from.messages.push(event.frames);
      else from.events.push(event);
    }
    if (this.#ended.has(from)) return;
    if (connection.hasOutput) {
      // Copied, because the memory serves again as soon as the bytes are said to have left.
      const bytes = Buffer.concat(connection.takeOutput());
      connection.outputWritten(true);
      // Another copy, because a peer that decrypts does it in place.
      from.written.push(Buffer.from(bytes));
      for (const piece of this.#split(bytes)) this.#carry(to, piece);
    }
    if (from.closed !== undefined) {
      this.#ended.add(from);
      this.#carry(to, undefined);
    }
  }

  #carry(to: Side, bytes: Uint8Array | undefined): void {
    if (this.#isSilent) return;
    const { rate, delay } = this.#loss;
    const late = rate > 0 && this.#random.next() < rate ? delay : 0;
    const at = Math.max(this.now + this.#latency + late, this.#arrivals.get(to) ?? 0);
    this.#arrivals.set(to, at);
    to.inbox.push({ at, bytes });
  }

  /** When the next delivery to `side` is due. What a suspended connection does not read stays where it is. */
  #nextDelivery(side: Side): number {
    const [next] = side.inbox;
    if (next === undefined || side.connection.isSuspended) return Number.POSITIVE_INFINITY;
    return next.at;
  }

  /** Hands over what is due, one piece at a time, so that events come between pieces as they would. */
  #deliver(side: Side): void {
    if (this.#nextDelivery(side) > this.now) return;
    const next = side.inbox.shift();
    if (next === undefined) return;
    if (next.bytes === undefined) {
      side.connection.handleEof();
      return;
    }
    const bytes = next.bytes.subarray(0, this.#bytesLeft);
    this.#bytesLeft -= bytes.length;
    if (bytes.length > 0) side.connection.handleInput(bytes, this.now);
    if (this.#bytesLeft > 0) return;
    this.#bytesLeft = Number.POSITIVE_INFINITY;
    this.cut();
  }
}
