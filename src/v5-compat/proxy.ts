/**
 * `proxy`: passes messages between two sockets of the older API.
 *
 * @module
 */
import { invalidCall } from '../errors.ts';
import type { SocketType } from './make-socket.ts';
import type { Socket } from './socket.ts';

/** For each type of a front end: the back end that fits, and the frames before a reply that are not captured. */
const BACK_ENDS: {
  readonly [T in SocketType]?: { readonly type: SocketType; readonly envelope: number };
} = {
  push: { type: 'pull', envelope: 0 },
  pull: { type: 'push', envelope: 0 },
  xpub: { type: 'xsub', envelope: 0 },
  // The routing id of the client and the empty delimiter.
  router: { type: 'dealer', envelope: 2 },
  xrep: { type: 'xreq', envelope: 2 },
};

/**
 * Sends the messages of each of two sockets by the other one, from now until one is closed. Those that go from the back
 * to the front end are sent by `capture` too; of replies only what follows the empty frame.
 *
 * @throws {Error} code EINVAL, for types that do not belong together in this order
 */
export function proxy(frontend: Socket, backend: Socket, capture?: Socket): void {
  const expected = BACK_ENDS[frontend.type];
  if (expected === undefined || expected.type !== backend.type) {
    throw invalidCall(
      'This socket type order is not supported in compatibility mode',
      `${frontend.type} in front of ${backend.type}`,
    );
  }
  frontend.on('message', (...frames: Buffer[]) => {
    backend.send(frames);
  });
  backend.on('message', (...frames: Buffer[]) => {
    frontend.send(frames);
    capture?.send(frames.slice(expected.envelope));
  });
}
