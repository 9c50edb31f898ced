/**
 * `zmtp/protocol`: the ZMTP 3.1 codec without any I/O, for every JavaScript runtime, for dissectors and fuzzers.
 *
 * @module
 */
export { type Endpoint, formatTcp, parseEndpoint, type TcpEndpoint } from './endpoint.ts';
export { type ErrorCode, ProtocolError, type ProtocolErrorCode } from './errors.ts';
export {
  type Command,
  decodeCommand,
  encodeCommand,
  joinCommand,
  MAX_PING_CONTEXT,
  MAX_TTL_DECISECONDS,
  type RawCommand,
  splitCommand,
} from './zmtp/command.ts';
export type { CloseCause, ConnectionEvent } from './zmtp/connection-event.ts';
export {
  Connection,
  type ConnectionOptions,
  DEFAULT_LIMITS,
  type MessageSink,
} from './zmtp/connection.ts';
export {
  type Allocate,
  Decoder,
  type DecoderLimits,
  type FrameSink,
  type Keep,
  type View,
} from './zmtp/decoder.ts';
export { Dissector, type DissectorOptions } from './zmtp/dissect/dissector.ts';
export type { Fault, Item, ItemKind, Side } from './zmtp/dissect/item.ts';
export { COPY_LIMIT, Encoder, type Slab, SlabPool } from './zmtp/encoder.ts';
export {
  type BytesLike,
  forgeCommand,
  type ForgedGreeting,
  forgeFrame,
  forgeGreeting,
  forgeProperty,
  joinBytes,
} from './zmtp/forge.ts';
export {
  encodeFrame,
  FLAG_COMMAND,
  FLAG_LONG,
  FLAG_MORE,
  isLegalFlags,
  readLongLength,
  writeHeader,
} from './zmtp/frame.ts';
export {
  decodeGreeting,
  encodeGreeting,
  GREETING_SIZE,
  type Greeting,
  GreetingReader,
} from './zmtp/greeting.ts';
export { Heartbeat, type HeartbeatOptions } from './zmtp/heartbeat.ts';
export type { BoxCipher, CurveBox, KeyPair } from './zmtp/mechanism/curve-box.ts';
export { CurveClient, type CurveClientOptions } from './zmtp/mechanism/curve-client.ts';
export { CurveServer, type CurveServerOptions } from './zmtp/mechanism/curve-server.ts';
export type {
  Acceptance,
  AuthenticationRequest,
  AuthenticationVerdict,
  Denial,
  FrameCipher,
  Mechanism,
  MechanismFactory,
  MechanismStep,
  NoVerdict,
} from './zmtp/mechanism/mechanism.ts';
export { NullMechanism, type NullOptions } from './zmtp/mechanism/null.ts';
export {
  PlainClient,
  type PlainClientOptions,
  PlainServer,
  type PlainServerOptions,
} from './zmtp/mechanism/plain.ts';
export { decodeMetadata, encodeMetadata, findProperty, type Metadata } from './zmtp/metadata.ts';
export type { PeerDescription } from './zmtp/peer.ts';
export { COMPATIBLE_TYPES, isCompatible, type SocketType } from './zmtp/socket-type.ts';
export { decodeZ85, encodeZ85 } from './z85.ts';
