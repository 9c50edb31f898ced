/**
 * XPUB: a PUB whose application hears what its peers subscribe to. 29/PUBSUB, "The XPUB Socket Type".
 *
 * ```
 * received    01 topic …      somebody subscribed to what nobody had subscribed to
 *             00 topic …      and now nobody holds it any more, because all have cancelled or gone
 *             anything else   a message that a peer has sent
 * ```
 *
 * Subscriptions take effect as soon as they have come, whether or not the application reads. Of notifications as many
 * wait for it as the high-water mark says. From then on it is only noted which topics are held and were not when it was
 * last told of them, or the other way round; when it reads, it hears of these. A topic that was subscribed to and
 * cancelled meanwhile is no news. So memory follows the topics that are held, or that the application believes to be.
 *
 * Messages of peers are no more read when so much waits: they stay in the pipes, then in the network, and what their
 * sender subscribes to behind them stays with them. With `manual` or `verbosity` every single request matters to the
 * application, so there requests are held up in the same way, and take effect when there is room for them.
 *
 * What a peer that goes has not got rid of is dropped where it is a subscription, which cannot count any more. Its
 * messages are kept, as many as the high-water mark says once more for all such peers together.
 *
 * @module
 */
import type { ErrorCode } from '../../errors.ts';
import type { Frames, Pipe } from '../../pipe.ts';
import { Queue } from '../../queue.ts';
import { weigh } from '../../receive-budget.ts';
import { noteSender, senderOf } from '../../sender.ts';
import { Audience, type AudienceOptions } from '../routing/audience.ts';
import { FairQueue } from '../routing/fair-queue.ts';
import {
  type AllocateFrame,
  allocateBytes,
  CANCEL,
  encodeSubscription,
  isSubscription,
  SUBSCRIBE,
  topicKey,
  topicOfKey,
} from '../routing/subscription-frame.ts';
import { refusesSubscription } from '../routing/subscription-limits.ts';
import { Subscriptions } from '../routing/subscriptions.ts';
import type { Pattern } from './pattern.ts';

export type XpubOptions = AudienceOptions & {
  /** Most messages and notifications that may wait for the application, see above; 0 for no limit. */
  readonly receiveHighWaterMark: number;
  /** Bytes of what waits from which on no more is taken from peers; 0 for no limit. */
  readonly maxBufferedBytes: number;
  /** Notify of every subscription, or of every one and every cancellation, not only of the first and the last. */
  readonly verbosity: null | 'allSubs' | 'allSubsUnsubs';
  /** Leave it to the application what peers get: it hears all they ask for, and then calls `subscribe`. */
  readonly manual: boolean;
  /** Sent to each new peer, whatever it subscribes to; empty for none. */
  readonly welcomeMessage: Uint8Array;
};

/** A peer, as deliveries refer to it: they may outlive its pipe, and do not keep that. */
type Source = {
  /** `undefined` once it is detached. */
  pipe: Pipe | undefined;
  /** How many of the messages in the pipe come from a connection that is lost: subscriptions in them count no more. */
  stale: number;
  /** Who has sent what was read last, if that is known. */
  sender: object | undefined;
};

/** A notification or a message, with who sent it. */
type Delivery = { readonly source: Source; readonly frames: Frames };

/** That a topic is held, or is so no more, and who brought it about. */
type News = {
  readonly source: Source;
  readonly sender: object | undefined;
  readonly kind: typeof SUBSCRIBE | typeof CANCEL;
};

export class Xpub implements Pattern {
  readonly #options: XpubOptions;
  readonly #allocate: AllocateFrame;
  readonly #audience: Audience;
  /** What peers have asked for under `manual`. */
  readonly #requests = new Subscriptions<Pipe>();
  readonly #sources = new Map<Pipe, Source>();
  readonly #queue = new FairQueue();
  readonly #deliveries = new Queue<Delivery>();
  /** Bytes of these. */
  #weight = 0;
  /** What is to be told when there is room in `#deliveries`, by topic. While there is any, the queue is full. */
  readonly #news = new Map<string, News>();
  /** The peer of the message that the application read last. */
  #lastSource: Source | undefined;
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
    this.#sources.set(pipe, { pipe, stale: 0, sender: undefined });
    this.#audience.attach(pipe);
    if (welcomeMessage.length > 0) {
      const copy = this.#allocate(welcomeMessage.length);
      copy.set(welcomeMessage);
      pipe.write([copy]);
    }
    this.pipeReadable(pipe);
  }

  /** Messages that the peer had sent are still read, but subscriptions no more. */
  detach(pipe: Pipe): void {
    const source = this.#sources.get(pipe);
    this.#forget(pipe);
    this.#audience.detach(pipe);
    this.#queue.suspend(pipe);
    if (source === undefined) return;
    this.#sources.delete(pipe);
    source.pipe = undefined;
    while (pipe.unread > 0) this.#inherit(source, pipe.read() as Frames);
  }

  pipeReadable(pipe: Pipe): void {
    this.#takeSubscriptions(pipe);
    this.#queue.add(pipe);
    this.#fetch();
  }

  pipeWritable(_pipe: Pipe): void {
    // Room is looked for when there is a message.
  }

  /** The peer subscribes anew over the next connection. What is left of the last one must not come after that. */
  pipeStatusChanged(pipe: Pipe): void {
    const source = this.#sources.get(pipe);
    if (source === undefined || pipe.isConnected) return;
    source.stale = pipe.unread;
    this.#forget(pipe);
    this.#readOn(pipe);
    this.#fetch();
  }

  send(frames: Frames): boolean {
    return this.#audience.send(frames);
  }

  receive(): Frames | undefined {
    const delivery = this.#deliveries.shift();
    if (delivery === undefined) return undefined;
    this.#weight -= weigh(delivery.frames);
    this.#lastSource = delivery.source;
    while (this.#hasRoom && this.#news.size > 0) this.#deliverNews();
    this.#fetch();
    return delivery.frames;
  }

  /** Subscribes the peer of the message that was read last, if it is still there. */
  subscribe(topic: Uint8Array): void {
    const pipe = this.#lastSource?.pipe;
    if (pipe !== undefined) this.#audience.subscribe(pipe, topic);
  }

  /** Undoes `subscribe` for the peer of the message that was read last. */
  unsubscribe(topic: Uint8Array): void {
    const pipe = this.#lastSource?.pipe;
    if (pipe !== undefined) this.#audience.cancel(pipe, topic);
  }

  blockedBy(_operation: 'send' | 'receive'): ErrorCode {
    return 'EAGAIN';
  }

  get #hasRoom(): boolean {
    return this.#hasRoomFor(1);
  }

  /** Whether less waits than `times` what the limits say. */
  #hasRoomFor(times: number): boolean {
    const { receiveHighWaterMark, maxBufferedBytes } = this.#options;
    return (
      (receiveHighWaterMark === 0 || this.#deliveries.length < times * receiveHighWaterMark) &&
      (maxBufferedBytes === 0 || this.#weight < times * maxBufferedBytes)
    );
  }

  /** Whether the application is to hear of each request, and not only of what comes of them. */
  get #isEachNews(): boolean {
    const { manual, verbosity } = this.#options;
    return manual || verbosity !== null;
  }

  /** Reads what peers have said. To read can bring in more from within: then the outer call goes on. */
  #fetch(): void {
    if (this.#isFetching) return;
    this.#isFetching = true;
    while (this.#hasRoom) {
      const frames = this.#queue.read();
      if (frames === undefined) break;
      const pipe = this.#queue.lastPipe as Pipe;
      this.#take(pipe, frames);
      if (!this.#isEachNews) this.#readOn(pipe);
    }
    this.#isFetching = false;
  }

  /** As `pipeReadable`, for a pipe that may be in the queue. */
  #readOn(pipe: Pipe): void {
    this.#queue.suspend(pipe);
    this.#takeSubscriptions(pipe);
    this.#queue.add(pipe);
  }

  /** Reads the subscriptions that need not wait for room, as far as the first message. */
  #takeSubscriptions(pipe: Pipe): void {
    const source = this.#sources.get(pipe);
    if (source === undefined) return;
    while (!this.#isEachNews || source.stale > 0) {
      if (!pipe.peek()?.every(isSubscription)) return;
      this.#take(pipe, pipe.read() as Frames);
    }
  }

  #take(pipe: Pipe, frames: Frames): void {
    const source = this.#sources.get(pipe);
    if (source === undefined) return;
    const isStale = source.stale > 0;
    if (isStale) source.stale--;
    source.sender = senderOf(frames);
    let message = frames;
    if (frames.some(isSubscription)) {
      message = [];
      for (const frame of frames) {
        if (!isSubscription(frame)) message.push(frame);
        else if (!isStale && this.#applies(pipe, frame)) this.#notify(source, frame);
      }
    }
    if (message.length > 0) this.#deliver(source, message, source.sender);
  }

  /** Keeps a message that somebody has left behind, unless there are too many. */
  #inherit(source: Source, frames: Frames): void {
    const message = frames.filter((frame) => !isSubscription(frame));
    if (message.length === 0) return;
    if (!this.#hasRoomFor(2)) return;
    this.#deliver(source, message, senderOf(frames));
  }

  #deliver(source: Source, frames: Frames, sender: object | undefined): void {
    noteSender(frames, sender);
    this.#weight += weigh(frames);
    this.#deliveries.push({ source, frames });
  }

  /** Does what a subscription says; answers whether the application is to hear of it. */
  #applies(pipe: Pipe, frame: Uint8Array): boolean {
    const { manual, verbosity } = this.#options;
    if (!this.#audience.canSubscribe(pipe)) return false;
    const topic = frame.subarray(1);
    if (manual) {
      if (frame[0] === CANCEL) return this.#requests.remove(topic, pipe) !== 'unknown';
      if (refusesSubscription(this.#options, pipe, topic, this.#requests, pipe)) return false;
      this.#requests.add(topic, pipe);
      return true;
    }
    if (frame[0] === SUBSCRIBE) {
      const result = this.#audience.request(pipe, topic);
      return result === 'first' || (verbosity !== null && result !== 'refused');
    }
    const result = this.#audience.cancel(pipe, topic);
    return result === 'last' || (result === 'another' && verbosity === 'allSubsUnsubs');
  }

  /** The pipe, or its connection, is gone, and its subscriptions with it. */
  #forget(pipe: Pipe): void {
    const source = this.#sources.get(pipe);
    if (source === undefined) return;
    const { manual, verbosity } = this.#options;
    const notify = (topic: Uint8Array): void => {
      this.#notify(source, encodeSubscription(CANCEL, topic, this.#allocate));
    };
    this.#requests.removeAll(pipe, notify);
    this.#audience.forget(pipe, (topic, isLast) => {
      const isNews = isLast || verbosity === 'allSubsUnsubs';
      if (isNews && !manual) notify(topic);
    });
  }

  /** Tells the application, now or when there is room. */
  #notify(source: Source, frame: Uint8Array): void {
    if (this.#isEachNews) {
      // It may have been otherwise until now.
      while (this.#news.size > 0) this.#deliverNews();
    } else if (this.#news.size > 0 || !this.#hasRoom) {
      this.#note(source, frame);
      return;
    }
    this.#deliver(source, [frame], source.sender);
  }

  /** What is said of a topic is in turn that it is held and that it is not: two of these cancel each other out. */
  #note(source: Source, frame: Uint8Array): void {
    const key = topicKey(frame.subarray(1));
    if (this.#news.delete(key)) return;
    const { sender } = source;
    this.#news.set(key, { source, sender, kind: frame[0] === SUBSCRIBE ? SUBSCRIBE : CANCEL });
  }

  #deliverNews(): void {
    for (const [key, { source, sender, kind }] of this.#news) {
      this.#news.delete(key);
      const frame = encodeSubscription(kind, topicOfKey(key), this.#allocate);
      this.#deliver(source, [frame], sender);
      return;
    }
  }
}
