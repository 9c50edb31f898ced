/**
 * A turn of the event loop.
 *
 * @module
 */

/** One turn of the event loop, after pending reads were handled. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
