/**
 * Who a received message comes from: what libzmq has as properties of a message (`zmq_msg_gets`).
 *
 * @module
 */
import { checkCount } from '../arguments.ts';
import { invalidType } from '../errors.ts';
import type { Message } from '../message.ts';
import { senderOf } from '../sender.ts';
import type { EventPeer } from './monitor.ts';

/**
 * Who has sent a message, as the event `handshake` of its connection has it in `peer`; frozen, and one object for all
 * messages of the connection. `undefined` where nobody has said who the peer is: the option `authenticate`, or the ZAP handler,
 * has given it neither a user id nor metadata, or has not been asked, as over inproc and about the servers of a client.
 *
 * `userId` and `metadata` are what this side has said of the peer. `address` and `mechanism` are those of the connection. What
 * the peer says of itself, `socketType`, `routingId`, `minorVersion` and `announced`, it may make up.
 *
 * @param message - the very array that `receive`, `request` or `for await` answered with: neither a copy of it nor a frame
 * @throws {TypeError} code EINVAL for what is no array, such as a single frame
 * @example
 * ```ts
 * for await (const message of reply) {
 *   const userId = peerOf(message)?.userId;
 *   await reply.send(userId === 'admin' ? 'at your service' : 'no');
 * }
 * ```
 */
export function peerOf(message: readonly Message[]): EventPeer | undefined {
  // oxlint-disable-next-line prefer-rest-params
  checkCount(arguments.length, 1);
  if (!Array.isArray(message)) {
    const detail = 'not one of its frames, but the array that was received';
    throw invalidType('Message must be an array', detail);
  }
  // Only sessions note senders that programs can get at.
  return senderOf(message as Message[]) as EventPeer | undefined;
}
