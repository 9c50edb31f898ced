/**
 * Subscriptions as frames, the way sockets and pipes hand them on and ZMTP 3.0 has them on the wire.
 *
 * ```
 * subscribe   01  topic …
 * cancel      00  topic …
 * ```
 *
 * @module
 */
import type { AllocateFrame } from './allocate.ts';

export { type AllocateFrame, allocateBytes } from './allocate.ts';

export const CANCEL = 0;
export const SUBSCRIBE = 1;

/** Whether a frame subscribes or cancels. */
export function isSubscription(frame: Uint8Array): boolean {
  const first = frame[0];
  return first === SUBSCRIBE || first === CANCEL;
}

export function encodeSubscription(
  kind: typeof SUBSCRIBE | typeof CANCEL,
  topic: Uint8Array,
  allocate: AllocateFrame,
): Uint8Array {
  const frame = allocate(1 + topic.length);
  frame[0] = kind;
  frame.set(topic, 1);
  return frame;
}

/** As many bytes as can be the arguments of one call. */
const KEY_PART = 8192;

/** A topic as a key: one character for each byte. */
export function topicKey(topic: Uint8Array): string {
  let key = '';
  for (let start = 0; start < topic.length; start += KEY_PART) {
    const part = topic.subarray(start, start + KEY_PART);
    // As in `PrefixTree`: an array of bytes does for a list of arguments.
    key += String.fromCharCode.apply(null, part as unknown as number[]);
  }
  return key;
}

/** The topic of a key. */
export function topicOfKey(key: string): Uint8Array {
  return Uint8Array.from({ length: key.length }, (_, i) => key.charCodeAt(i));
}
