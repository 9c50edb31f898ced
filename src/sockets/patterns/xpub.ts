/**
 * XPUB: a PUB whose application hears what its peers subscribe to. 29/PUBSUB, "The XPUB Socket Type".
 *
 * ```
 * received    01 topic …      somebody subscribed to what nobody had subscribed to
 *             00 topic …      and now nobody holds it any more, because all have cancelled or gone
 *             anything else   a message that a peer has sent
 * ```
 *
 * Subscriptions take effect as soon as they have come, whether or not the application reads. But when too many
 * notifications wait for it no more are read from the peers: then theirs wait in the pipes, and then in the network.
 * What peers leave behind that go is beyond that limit.
 *
 * @module
 */
import type { ErrorCode } from '../../errors.ts';
import type { Frames, Pipe } from '../../pipe.ts';
import { Queue } from '../../queue.ts';
import { Audience, type AudienceOptions } from '../routing/audience.ts';
import { FairQueue } from '../routing/fair-queue.ts';
import {
  type AllocateFrame,
  allocateBytes,
  CANCEL,
  encodeSubscription,
  isSubscription,
  SUBSCRIBE,
} from '../routing/subscription-frame.ts';
import { Subscriptions } from '../routing/subscriptions.ts';
import type { Pattern } from './pattern.ts';

export type XpubOptions = AudienceOptions & {
  /** Most messages that may wait for the application before no more are read from the peers; 0 for no limit. */
  readonly receiveHighWaterMark: number;
  /** Notify of every subscription, or of every one and every cancellation, not only of the first and the last. */
  readonly verbosity: null | 'allSubs' | 'allSubsUnsubs';
  /** Leave it to the application what peers get: it hears all they ask for, and then calls `subscribe`. */
  readonly manual: boolean;
  /** Sent to each new peer, whatever it subscribes to; empty for none. */
  readonly welcomeMessage: Uint8Array;
};

/** A notification or a message, with who sent it. */
type Delivery = { readonly pipe: Pipe; readonly frames: Frames };

export class Xpub implements Pattern {
  readonly #options: XpubOptions;
  readonly #allocate: AllocateFrame;
  readonly #audience: Audience;
  /** What peers have asked for under `manual`. */
  readonly #requests = new Subscriptions<Pipe>();
  readonly #queue = new FairQueue();
  readonly #deliveries = new Queue<Delivery>();
  /** The peer of the message that the application read last. */
  #lastPipe: Pipe | undefined;
  #isFetching = false;

  /**
   * @param options - read whenever they matter
   * @param allocate - makes the notifications of subscriptions that have ended
   */
  constructor(options: XpubOptions, allocate: AllocateFrame = allocateBytes) {
    this.#options = options;
    this.#allocate = allocate;
    this.#audience = new Audience(options);
  }

  get isReadable(): boolean {
    return this.#deliveries.length > 0;
  }

  get isWritable(): boolean {
    return this.#audience.isWritable;
  }

  attach(pipe: Pipe): void {
    const { welcomeMessage } = this.#options;
    this.#audience.attach(pipe);
    // `slice` of a `Buffer` would be a view of the same memory.
    if (welcomeMessage.length > 0) pipe.write([new Uint8Array(welcomeMessage)]);
    this.pipeReadable(pipe);
  }

  /** Messages that the peer had sent are still read, but subscriptions no more. */
  detach(pipe: Pipe): void {
    this.#forget(pipe);
    this.#audience.detach(pipe);
    this.#queue.remove(pipe);
    if (this.#lastPipe === pipe) this.#lastPipe = undefined;
  }

  pipeReadable(pipe: Pipe): void {
    this.#queue.add(pipe);
    this.#fetch();
  }

  pipeWritable(_pipe: Pipe): void {
    // Room is looked for when there is a message.
  }

  /** The peer subscribes anew over the next connection. What is left of the last one must not come after that. */
  pipeStatusChanged(pipe: Pipe): void {
    if (pipe.isConnected) return;
    while (pipe.unread > 0) this.#take(pipe, pipe.read() as Frames);
    this.#forget(pipe);
  }

  send(frames: Frames): boolean {
    return this.#audience.send(frames);
  }

  receive(): Frames | undefined {
    const delivery = this.#deliveries.shift();
    if (delivery === undefined) return undefined;
    this.#lastPipe = delivery.pipe;
    this.#fetch();
    return delivery.frames;
  }

  /** Subscribes the peer of the message that was read last, if it is still there. */
  subscribe(topic: Uint8Array): void {
    if (this.#lastPipe !== undefined) this.#audience.subscribe(this.#lastPipe, topic);
  }

  /** Undoes `subscribe` for the peer of the message that was read last. */
  unsubscribe(topic: Uint8Array): void {
    if (this.#lastPipe !== undefined) this.#audience.cancel(this.#lastPipe, topic);
  }

  blockedBy(_operation: 'send' | 'receive'): ErrorCode {
    return 'EAGAIN';
  }

  get #hasRoom(): boolean {
    const { receiveHighWaterMark } = this.#options;
    return receiveHighWaterMark === 0 || this.#deliveries.length < receiveHighWaterMark;
  }

  /** Reads what peers have said. To read can bring in more from within: then the outer call goes on. */
  #fetch(): void {
    if (this.#isFetching) return;
    this.#isFetching = true;
    while (this.#hasRoom) {
      const frames = this.#queue.read();
      if (frames === undefined) break;
      this.#take(this.#queue.lastPipe as Pipe, frames);
    }
    this.#isFetching = false;
  }

  #take(pipe: Pipe, frames: Frames): void {
    let message = frames;
    if (frames.some(isSubscription)) {
      message = [];
      for (const frame of frames) {
        if (!isSubscription(frame)) message.push(frame);
        else if (this.#applies(pipe, frame)) this.#deliver(pipe, [frame]);
      }
    }
    if (message.length > 0) this.#deliver(pipe, message);
  }

  /** Does what a subscription says; answers whether the application is to hear of it. */
  #applies(pipe: Pipe, frame: Uint8Array): boolean {
    const { manual, verbosity } = this.#options;
    if (!this.#audience.canSubscribe(pipe)) return false;
    const topic = frame.subarray(1);
    if (manual) {
      if (frame[0] === CANCEL) return this.#requests.remove(topic, pipe) !== 'unknown';
      this.#requests.add(topic, pipe);
      return true;
    }
    if (frame[0] === SUBSCRIBE) {
      return this.#audience.subscribe(pipe, topic) === 'first' || verbosity !== null;
    }
    const result = this.#audience.cancel(pipe, topic);
    return result === 'last' || (result === 'another' && verbosity === 'allSubsUnsubs');
  }

  /** The pipe, or its connection, is gone, and its subscriptions with it. */
  #forget(pipe: Pipe): void {
    const { manual, verbosity } = this.#options;
    this.#requests.removeAll(pipe, (topic) => this.#deliverCancel(pipe, topic));
    this.#audience.forget(pipe, (topic, isLast) => {
      const isNews = isLast || verbosity === 'allSubsUnsubs';
      if (isNews && !manual) this.#deliverCancel(pipe, topic);
    });
  }

  #deliverCancel(pipe: Pipe, topic: Uint8Array): void {
    this.#deliver(pipe, [encodeSubscription(CANCEL, topic, this.#allocate)]);
  }

  #deliver(pipe: Pipe, frames: Frames): void {
    this.#deliveries.push({ pipe, frames });
  }
}
