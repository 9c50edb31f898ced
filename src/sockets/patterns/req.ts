/**
 * REQ: sends a request to one peer, takes the reply from that peer, and only then sends the next. 28/REQREP, "The REQ
 * Socket Type".
 *
 * ```
 * on the wire     [request id(4), when correlating]  [empty delimiter]  frames of the application …
 * ```
 *
 * What is read is judged at once: a reply that is not awaited, not from the peer that was asked or not with the id that
 * was sent is dropped, so a stale reply never waits for the next request. A reply without delimiter is a fault of the
 * peer and costs it the connection.
 *
 * @module
 */
import { type ErrorCode, ProtocolError } from '../../errors.ts';
import type { Frames, Pipe } from '../../pipe.ts';
import { type AllocateFrame, allocateBytes } from '../routing/allocate.ts';
import { LoadBalancer } from '../routing/load-balancer.ts';
import type { Pattern } from './pattern.ts';
import { probe } from './probe.ts';

const REQUEST_ID_SIZE = 4;

export type ReqOptions = {
  /** Put an id before each request and take no reply with another one. */
  readonly correlate: boolean;
  /** Let a new request replace one that has no reply yet. */
  readonly relaxed: boolean;
  /** Say hello to each new peer with an empty message, for a ROUTER to learn who is there. */
  readonly probeRouter: boolean;
  /** Our name; empty for none. */
  readonly routingId: Uint8Array;
};

/** A request that has been sent and has no reply yet. */
type Exchange = {
  /** Who was asked; `undefined` when that peer is gone for good: then the reply may come from anybody. */
  pipe: Pipe | undefined;
  /** As it was written to the pipe. From then on its frames are the reader's. */
  readonly request: Frames;
  /** The id that the reply must have, when correlating. */
  readonly id: Uint8Array | undefined;
};

export class Req implements Pattern {
  readonly #options: ReqOptions;
  readonly #allocate: AllocateFrame;
  readonly #delimiter: Uint8Array;
  readonly #balancer = new LoadBalancer();
  #nextId: number;
  #exchange: Exchange | undefined;
  #reply: Frames | undefined;
  /** A request without id was given up whose reply may yet come on another connection: from now on ids tell. */
  #mustCorrelate = false;

  /**
   * @param firstId - where the ids of correlated requests start: 0 to 2^32 - 1, best at random
   * @param allocate - makes ids and delimiters
   */
  constructor(options: ReqOptions, firstId: number, allocate: AllocateFrame = allocateBytes) {
    this.#options = options;
    this.#allocate = allocate;
    this.#delimiter = allocate(0);
    this.#nextId = firstId >>> 0;
  }

  get isReadable(): boolean {
    return this.#reply !== undefined;
  }

  get isWritable(): boolean {
    return this.#isOurTurn && this.#balancer.hasRoom;
  }

  /** Whether the request that is out can be answered no more: the connection that it went to is lost. */
  get isExchangeLost(): boolean {
    const exchange = this.#exchange;
    return exchange !== undefined && this.#reply === undefined && !exchange.pipe?.isConnected;
  }

  attach(pipe: Pipe): void {
    this.#balancer.add(pipe);
    if (this.#options.probeRouter) probe(pipe, this.#allocate);
    this.pipeReadable(pipe);
  }

  detach(pipe: Pipe): void {
    this.#balancer.remove(pipe);
    if (this.#exchange?.pipe === pipe) this.#exchange.pipe = undefined;
  }

  pipeStatusChanged(): void {}

  pipeWritable(pipe: Pipe): void {
    this.#balancer.add(pipe);
  }

  pipeReadable(pipe: Pipe): void {
    for (;;) {
      const frames = pipe.read();
      if (frames === undefined) return;
      const bodyStart = findBody(frames);
      if (bodyStart === 0) {
        pipe.hangUp(new ProtocolError('a reply without the empty delimiter'));
      } else if (this.#isAwaited(pipe, frames, bodyStart)) {
        for (let i = 0; i < bodyStart; i++) frames.shift();
        this.#reply = frames;
      }
    }
  }

  send(frames: Frames): boolean {
    return this.#isOurTurn && this.#sendTo(this.#balancer.next(), frames);
  }

  /** As `send`, but only to a peer that is connected now. */
  sendToConnected(frames: Frames): boolean {
    return this.#isOurTurn && this.#sendTo(this.#balancer.nextConnected(), frames);
  }

  receive(): Frames | undefined {
    const reply = this.#reply;
    if (reply !== undefined) {
      this.#reply = undefined;
      this.#exchange = undefined;
    }
    return reply;
  }

  /**
   * Gives up the request that is out. Its reply will not be taken for another's: by its id when correlating, else the
   * connection that it would come on is dropped; unless the request had not left yet and can be taken back.
   *
   * To drop the connection is not enough where the peer keeps the way to us beyond it: a peer that connects to us has a
   * queue that outlives its connections, and a ROUTER finds us again by our routing id. Then all later requests have ids.
   */
  abandon(): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#reply = undefined;
    if (exchange === undefined) return;
    const { pipe } = exchange;
    if (pipe?.retract(exchange.request) || exchange.id !== undefined) return;
    const isFoundAgain =
      pipe === undefined || pipe.isAccepted || this.#options.routingId.length > 0;
    if (isFoundAgain) this.#mustCorrelate = true;
    if (pipe?.isConnected) pipe.hangUp();
  }

  blockedBy(operation: 'send' | 'receive'): ErrorCode {
    const isItsTurn = operation === 'send' ? this.#isOurTurn : this.#exchange !== undefined;
    return isItsTurn ? 'EAGAIN' : 'EFSM';
  }

  get #isOurTurn(): boolean {
    return this.#exchange === undefined || this.#options.relaxed;
  }

  #sendTo(pipe: Pipe | undefined, frames: Frames): boolean {
    if (pipe === undefined) return false;
    const id = this.#options.correlate || this.#mustCorrelate ? this.#makeId() : undefined;
    const delimiter = this.#delimiter;
    const request = id === undefined ? [delimiter, ...frames] : [id, delimiter, ...frames];
    this.#reply = undefined;
    this.#exchange = { pipe, request, id };
    pipe.write(request);
    return true;
  }

  #makeId(): Uint8Array {
    const count = this.#nextId;
    this.#nextId = (count + 1) >>> 0;
    const id = this.#allocate(REQUEST_ID_SIZE);
    id[0] = count >>> 24;
    id[1] = count >>> 16;
    id[2] = count >>> 8;
    id[3] = count;
    return id;
  }

  /** Whether `frames` from `pipe` are the reply that is waited for. */
  #isAwaited(pipe: Pipe, frames: Frames, bodyStart: number): boolean {
    const exchange = this.#exchange;
    if (exchange === undefined || this.#reply !== undefined) return false;
    if (exchange.pipe !== undefined && exchange.pipe !== pipe) return false;
    if (exchange.id === undefined) return bodyStart === 1;
    return bodyStart === 2 && areEqual(frames[0] as Uint8Array, exchange.id);
  }
}

/** The index of the first frame behind id and delimiter, or 0 when there is no proper delimiter. */
function findBody(frames: Frames): number {
  const first = frames[0]?.length;
  if (first === 0 && frames.length > 1) return 1;
  if (first === REQUEST_ID_SIZE && frames[1]?.length === 0 && frames.length > 2) return 2;
  return 0;
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
