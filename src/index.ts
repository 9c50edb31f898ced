/**
 * `zmtp`: ZeroMQ sockets in TypeScript.
 *
 * @module
 */
export { type ErrorCode, ProtocolError, type ProtocolErrorCode, ZmtpError } from './errors.ts';
export type { Message, MessageLike } from './message.ts';
export type {
  CommonOptions,
  ReadableOptions,
  RequestOptions,
  RoutingIdOptions,
  WritableOptions,
} from './options.ts';
export {
  type Readable,
  Reply,
  type ReplySocketOptions,
  Request,
  type RequestSocketOptions,
  type Sendable,
  type Writable,
} from './sockets/classes.ts';
export { Context, context } from './sockets/context.ts';
export type { Event, EventError, EventOfType, EventPeer, EventType } from './sockets/monitor.ts';
export { Observer } from './sockets/observer.ts';
export type { OperationOptions } from './sockets/operations.ts';
export { poll } from './sockets/poll.ts';
export type { RequestCallOptions } from './sockets/request.ts';
export { type BaseOptions, Socket } from './sockets/socket.ts';
