/**
 * What peers may subscribe to at most. A publisher keeps each topic of each peer, so without limits a peer could have it
 * keep anything.
 *
 * A topic costs its publisher 200 bytes when it is short and like others, 340 when it is random, 650 where a peer does its
 * worst, and as many as it has: so a longer one counts as several. Other sockets of the process, over inproc, may do as
 * they like.
 *
 * @module
 */
import { ProtocolError } from '../../errors.ts';
import type { Pipe } from '../../pipe.ts';
import type { Subscriptions } from './subscriptions.ts';

export type SubscriptionLimits = {
  /** Most topics of one peer; 0 for no limit. */
  readonly maxSubscriptions: number;
  /** Most bytes of a topic; -1 for no limit. */
  readonly maxTopicSize: number;
};

/**
 * Whether a subscription of a peer is beyond the limits. Then the peer is sent away with the reason.
 *
 * @param held - where the subscription is to be kept, and `subscriber` the peer there
 */
export function refusesSubscription<S>(
  { maxSubscriptions, maxTopicSize }: SubscriptionLimits,
  pipe: Pipe,
  topic: Uint8Array,
  held: Subscriptions<S>,
  subscriber: S,
): boolean {
  if (pipe.joinsSockets) return false;
  if (maxTopicSize !== -1 && topic.length > maxTopicSize) {
    const limit = `${maxTopicSize} (maxTopicSize)`;
    pipe.hangUp(
      new ProtocolError(`a topic of ${topic.length} bytes is over the limit of ${limit}`),
    );
    return true;
  }
  if (maxSubscriptions === 0 || held.hasRoom(topic, subscriber, maxSubscriptions)) return false;
  pipe.hangUp(
    new ProtocolError(
      `the peer subscribes to more than ${maxSubscriptions} topics (maxSubscriptions)`,
    ),
  );
  return true;
}
