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

export const CANCEL = 0;
export const SUBSCRIBE = 1;

/** Whether a frame subscribes or cancels. */
export function isSubscription(frame: Uint8Array): boolean {
  const first = frame[0];
  return first === SUBSCRIBE || first === CANCEL;
}

/** Makes the bytes of a frame. */
export type AllocateFrame = (size: number) => Uint8Array;

/** For those who do not care what kind of bytes they get. */
export const allocateBytes: AllocateFrame = (size) => new Uint8Array(size);

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
