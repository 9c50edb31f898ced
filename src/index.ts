/**
 * `zmtp`: ZeroMQ sockets in TypeScript.
 *
 * @module
 */
// `import zmq from 'zmtp'` has all of this too, because it works with npm `zeromq`, which is CommonJS.
// oxlint-disable-next-line import/no-self-import -- no other module has exactly these names
export * as default from './index.ts';
export { allowAddresses, allowKeys, allowPasswords, requireAll } from './allow.ts';
export type {
  AuthenticationRequest,
  AuthenticationVerdict,
  Authenticator,
  PeerCertificate,
} from './authentication.ts';
export { capability, version } from './capability.ts';
export { type CurveKeyPair, curveKeyPair, curvePublicKey } from './curve-keys.ts';
export { loadCurveBox } from './curve-loader.ts';
export { type ErrorCode, ProtocolError, type ProtocolErrorCode, ZmtpError } from './errors.ts';
export type { Message, MessageLike } from './message.ts';
export type {
  CommonOptions,
  ConflateOptions,
  MatchingOptions,
  ProbeOptions,
  PublisherOptions,
  ReadableOptions,
  RequestOptions,
  RouterOptions,
  RoutingIdOptions,
  StreamOptions,
  WritableOptions,
  XPublisherOptions,
} from './option-types.ts';
export {
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  type RouterConnectOptions,
  Stream,
  type StreamConnectOptions,
  Subscriber,
  XPublisher,
  XSubscriber,
} from './sockets/classes.ts';
export { Context, context, type ContextOptions } from './sockets/context.ts';
export type { Readable, Writable } from './sockets/messaging.ts';
export type {
  Event,
  EventError,
  EventOfType,
  EventPeer,
  EventType,
} from './sockets/monitor.ts';
export { type EventSubscriber, Observer } from './sockets/observer.ts';
export type { OperationOptions } from './sockets/operations.ts';
export { peerOf } from './sockets/peer-of.ts';
export { poll } from './sockets/poll.ts';
export { Proxy } from './sockets/proxy.ts';
export type { RequestCallOptions } from './sockets/request.ts';
export { Socket } from './sockets/socket.ts';
export type { SocketOptions } from './sockets/socket-options.ts';
export type { TlsMaterial, TlsOptions } from './tls-options.ts';
