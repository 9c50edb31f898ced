/**
 * XSUB: receives from all publishers it is attached to, and passes subscriptions on to them. 29/PUBSUB, "The XSUB Socket
 * Type".
 *
 * ```
 * sent        01 topic …      subscribe
 *             00 topic …      cancel
 *             anything else   a message to the publishers
 * ```
 *
 * Subscriptions are counted: publishers hear of each one, and of the cancellation of the last to a topic. They are no
 * messages: none is lost because a queue is full, and a publisher that is connected, for the first time or again, is
 * told all there are.
 *
 * @module
 */
import { type ErrorCode, ZmtpError } from '../../errors.ts';
import type { Frames, Pipe } from '../../pipe.ts';
import { type AllocateFrame, allocateBytes } from '../routing/allocate.ts';
import { Distributor } from '../routing/distributor.ts';
import { FairQueue } from '../routing/fair-queue.ts';
import {
  CANCEL,
  encodeSubscription,
  isSubscription,
  SUBSCRIBE,
} from '../routing/subscription-frame.ts';
import { Topics } from '../routing/topics.ts';
import type { Pattern } from './pattern.ts';

/** A publisher of this package takes no longer commands than 64 KiB, and would drop the connection for ever again. */
const MAX_TOPIC_SIZE = 65_000;

export class Xsub implements Pattern {
  protected readonly topics: Topics = new Topics();
  readonly #distributor = new Distributor();
  readonly #queue: FairQueue;
  readonly #allocate: AllocateFrame;

  /**
   * @param allocate - makes the frames of subscriptions
   * @param accepts - tells which messages are for the application; all when absent
   */
  constructor(allocate: AllocateFrame = allocateBytes, accepts?: (frames: Frames) => boolean) {
    this.#allocate = allocate;
    this.#queue = new FairQueue(accepts);
  }

  get isReadable(): boolean {
    return this.#queue.hasMessage;
  }

  get isWritable(): boolean {
    return true;
  }

  attach(pipe: Pipe): void {
    this.#distributor.attach(pipe);
    if (pipe.isConnected) this.#replay(pipe);
    this.pipeReadable(pipe);
  }

  /** What the publisher had sent is still read. */
  detach(pipe: Pipe): void {
    this.#distributor.detach(pipe);
    this.#queue.remove(pipe);
  }

  pipeReadable(pipe: Pipe): void {
    this.#queue.add(pipe);
    // What is not for the application does not wait for it to ask.
    this.#queue.dropRefused();
  }

  pipeWritable(_pipe: Pipe): void {
    // Room is looked for when there is a message.
  }

  /** A pipe between sockets can be connected a moment before it is attached: then that is the moment for all topics. */
  pipeStatusChanged(pipe: Pipe): void {
    if (pipe.isConnected && this.#distributor.targetOf(pipe) !== undefined) this.#replay(pipe);
  }

  send(frames: Frames): boolean {
    let message = frames;
    if (frames.some(isSubscription)) {
      message = [];
      for (const frame of frames) {
        if (isSubscription(frame)) this.#change(frame);
        else message.push(frame);
      }
    }
    if (message.length > 0) {
      this.#distributor.begin();
      this.#distributor.markAll();
      this.#distributor.write(message);
    }
    return true;
  }

  receive(): Frames | undefined {
    return this.#queue.read();
  }

  subscribe(topic: Uint8Array): void {
    this.#change(encodeSubscription(SUBSCRIBE, topic, this.#allocate));
  }

  unsubscribe(topic: Uint8Array): void {
    this.#change(encodeSubscription(CANCEL, topic, this.#allocate));
  }

  blockedBy(_operation: 'send' | 'receive'): ErrorCode {
    return 'EAGAIN';
  }

  /** Counts a subscription or cancellation, and passes it on: a cancellation only when the topic is held no more. */
  #change(frame: Uint8Array): void {
    const topic = frame.subarray(1);
    if (topic.length > MAX_TOPIC_SIZE) {
      const detail = `a topic has at most ${MAX_TOPIC_SIZE} bytes, this one has ${topic.length}`;
      throw new ZmtpError('EMSGSIZE', { detail });
    }
    if (frame[0] === SUBSCRIBE) this.topics.subscribe(topic);
    else if (!this.topics.cancel(topic)) return;
    for (const pipe of this.#distributor.pipes) {
      if (pipe.isConnected) pipe.sendSubscription(frame);
    }
  }

  #replay(pipe: Pipe): void {
    for (const topic of [...this.topics]) {
      pipe.sendSubscription(encodeSubscription(SUBSCRIBE, topic, this.#allocate));
    }
  }
}
