/**
 * The peers of a publisher: which of them hears a message. 29/PUBSUB, "The PUB Socket Type".
 *
 * It joins subscriptions to the distributor. What peers say has to be read elsewhere: see PUB and XPUB.
 *
 * @module
 */
import type { Frames, Pipe } from '../../pipe.ts';
import { Distributor, type Target } from './distributor.ts';
import { refusesSubscription, type SubscriptionLimits } from './subscription-limits.ts';
import { type AddResult, type RemoveResult, Subscriptions } from './subscriptions.ts';

export type AudienceOptions = SubscriptionLimits & {
  /** Send nothing to anybody while one who would get it has no room. */
  readonly noDrop: boolean;
  /** Send to those whose subscriptions do not match. */
  readonly invertMatching: boolean;
};

export class Audience {
  readonly #options: AudienceOptions;
  readonly #distributor = new Distributor();
  readonly #subscriptions = new Subscriptions<Target>();

  constructor(options: AudienceOptions) {
    this.#options = options;
  }

  /** Whether `send` would answer `true` whatever the message. */
  get isWritable(): boolean {
    return !this.#options.noDrop || !this.#distributor.hasFull;
  }

  attach(pipe: Pipe): void {
    this.#distributor.attach(pipe);
  }

  detach(pipe: Pipe): void {
    this.forget(pipe);
    this.#distributor.detach(pipe);
  }

  /**
   * Whether a subscription from this pipe counts. One that is read when the pipe is detached, or its connection lost,
   * comes too late. Between sockets the first subscriptions may come a moment before the pipe counts as connected.
   */
  canSubscribe(pipe: Pipe): boolean {
    return (
      (pipe.isConnected || pipe.joinsSockets) && this.#distributor.targetOf(pipe) !== undefined
    );
  }

  /** `known`, too, when the pipe is not one that can subscribe. */
  subscribe(pipe: Pipe, topic: Uint8Array): AddResult {
    const target = this.#distributor.targetOf(pipe);
    if (target === undefined || !this.canSubscribe(pipe)) return 'known';
    return this.#subscriptions.add(topic, target);
  }

  /** As `subscribe`, for what the peer itself asks for: more than it may have costs it its connection. */
  request(pipe: Pipe, topic: Uint8Array): AddResult | 'refused' {
    const target = this.#distributor.targetOf(pipe);
    if (target === undefined || !this.canSubscribe(pipe)) return 'known';
    if (refusesSubscription(this.#options, pipe, topic, this.#subscriptions, target)) {
      return 'refused';
    }
    return this.#subscriptions.add(topic, target);
  }

  cancel(pipe: Pipe, topic: Uint8Array): RemoveResult {
    const target = this.#distributor.targetOf(pipe);
    return target === undefined ? 'unknown' : this.#subscriptions.remove(topic, target);
  }

  /**
   * Cancels all that a pipe has subscribed to.
   *
   * @param onTopic - called for each topic, with whether nobody else holds it
   */
  forget(pipe: Pipe, onTopic?: (topic: Uint8Array, isLast: boolean) => void): void {
    const target = this.#distributor.targetOf(pipe);
    if (target !== undefined) this.#subscriptions.removeAll(target, onTopic);
  }

  /** Sends a message to all that want it and have room; answers `false` when `noDrop` keeps it from everybody. */
  send(frames: Frames): boolean {
    const distributor = this.#distributor;
    distributor.begin();
    this.#subscriptions.match(frames[0] as Uint8Array, distributor.mark);
    if (this.#options.invertMatching) distributor.invert();
    if (this.#options.noDrop && !distributor.canAllWrite) {
      distributor.giveUp();
      return false;
    }
    distributor.write(frames);
    return true;
  }
}
