/**
 * `zmtp/v5-compat`: the API that npm `zeromq` had up to version 5, with sockets that emit events, over the sockets of
 * this package. For programs that exist; new ones are better off with `zmtp`.
 *
 * Model and yardstick is `zeromq/v5-compat` of npm `zeromq` 6, which the tests run beside it. Where that loses something
 * or falls into a loop this does not follow:
 *
 * - After `close` all callbacks of messages that wait hear of it, in order; a failure without a callback is no `error`
 *   any more, and no message is emitted.
 * - What can be sent at once is, so a `close` in the same turn loses nothing; a callback that throws stops no queue.
 * - `pause` in a listener holds at once: the next message is not read before the listeners are done with this one.
 * - `bind` may be called again before the first is through. `monitor` may be called twice, and again after `unmonitor`.
 * - Sending on a socket that only receives fails like any other send, and errors have a `code`.
 *
 * @module
 */
import { context, curveKeyPair } from './index.ts';
import type { SocketType } from './v5-compat/make-socket.ts';
import { Socket } from './v5-compat/socket.ts';

// oxlint-disable-next-line import/no-self-import -- as in index.ts: what imports the default of npm `zeromq` works
export * as default from './v5-compat.ts';
export { version } from './index.ts';
export * from './v5-compat/constants.ts';
export type { SocketType } from './v5-compat/make-socket.ts';
export { options } from './v5-compat/options.ts';
export { proxy } from './v5-compat/proxy.ts';
export { Socket } from './v5-compat/socket.ts';
export { createSocket as socket };

/**
 * Makes a socket.
 *
 * @param options - properties that it is given: options by their short names, and anything else
 * @throws {Error} code EINVAL, for an unknown type
 * @example
 * const socket = createSocket('req', { linger: 0 });
 */
export function createSocket(
  type: SocketType,
  // oxlint-disable-next-line typescript/no-explicit-any
  options: { [key: string]: any } = {},
): Socket {
  const socket = new Socket(type);
  try {
    for (const [name, value] of Object.entries(options ?? {})) socket[name] = value;
  } catch (error) {
    // Nobody else could.
    socket.close();
    throw error;
  }
  return socket;
}

/** The default context, whose options stand for those of the process. */
export class Context {
  /** @throws {Error} always: code ENOTSUP */
  constructor() {
    const text = 'Context cannot be instantiated in compatibility mode';
    throw Object.assign(new Error(text), { code: 'ENOTSUP' as const });
  }

  static setMaxThreads(value: number): void {
    context.ioThreads = value;
  }

  static getMaxThreads(): number {
    return context.ioThreads;
  }

  static setMaxSockets(value: number): void {
    context.maxSockets = value;
  }

  static getMaxSockets(): number {
    return context.maxSockets;
  }
}

/** A new pair of keys for CURVE, each as 40 characters of Z85. */
export function curveKeypair(): { public: string; secret: string } {
  const { publicKey, secretKey } = curveKeyPair();
  return { public: publicKey, secret: secretKey };
}
