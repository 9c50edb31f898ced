/**
 * Publishing without a look at the clock: nothing but a message or a notification tells that a subscription has
 * arrived, and only a message that got through says that a slow subscriber has caught up.
 *
 * @module
 */

import { setTimeout as pause } from 'node:timers/promises';
import { within } from './events.ts';
import { type FrameSpec, type MessageSpec, text } from './messages.ts';
import type { TestSocket } from './peer.ts';

/** What {@link awaitSubscription} sends; more than one may arrive: receive with `skip: PROBE`. */
export const PROBE: FrameSpec = text('are you there?');

/** Sends this again and again until `outcome` settles, and answers with that. */
export async function sendUntil<T>(
  outcome: Promise<T>,
  publisher: TestSocket,
  frames: MessageSpec,
): Promise<T> {
  const over = new AbortController();
  const sending = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await publisher.send(frames);
      // Not to wait for anything, only to send no more than fit below a high-water mark.
      await pause(2);
    }
  };
  const result = outcome.finally(() => over.abort());
  result.catch(() => {});
  try {
    await within(8000, 'a message to get through', Promise.all([result, sending()]));
  } finally {
    over.abort();
  }
  return result;
}

/**
 * Returns when messages of the publisher reach the subscriber, which must have a subscription that matches the probe.
 * From an XPUB this takes the notification.
 */
export async function awaitSubscription(
  publisher: TestSocket,
  subscriber: TestSocket,
  probe: FrameSpec = PROBE,
): Promise<void> {
  // A libzmq SUB that binds sends its subscriptions only when somebody reads from it.
  const arrival = subscriber.receive();
  arrival.catch(() => {});
  if (publisher.type === 'XPUB') {
    await within(8000, 'the subscription', publisher.receive());
    await publisher.send([probe]);
    await within(8000, 'the first message', arrival);
  } else {
    await sendUntil(arrival, publisher, [probe]);
  }
}
