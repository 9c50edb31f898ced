/**
 * What a transport with bytes is to the sockets above it. A transport knows no ZMTP and no sockets: it makes streams, and
 * tells the handler it was given what happens to them.
 *
 * Contract: no method calls its handler back before it has returned. After `closed` a stream is silent. `close` and
 * `destroy` may be called at any time and more than once.
 *
 * @module
 */
import type { PeerCertificate } from '../authentication.ts';
import type { Endpoint } from '../endpoint.ts';
import type { TlsOptions } from '../tls-options.ts';

/** Who is told what a stream does. */
export interface StreamHandler {
  /** Bytes came. They belong to the handler; when they are lent only until this returns. */
  received(chunk: Uint8Array, isLent: boolean): void;
  /** Where the next bytes should be read to; `undefined`: anywhere. What is read there still goes to `received`. */
  readonly inputPlace: Uint8Array | undefined;
  /** All bytes that `write` still held have left. */
  drained(): void;
  /** The stream is gone: the peer ended it (no error), or it broke. */
  closed(error: Error | undefined): void;
}

/** A two-way stream of bytes to one peer. */
export interface ByteStream {
  /** The peer, as an endpoint where that has a meaning, e.g. `tcp://127.0.0.1:4711`. */
  readonly peerAddress: string;
  /**
   * What has to be over before the stream is started or written to, where there is such a thing: the handshake of TLS.
   * Rejects, in bounded time, when it has failed. It may never settle once the stream has been closed.
   */
  readonly opening?: Promise<void>;
  /** Who the peer has proved to be. */
  readonly peerCertificate?: PeerCertificate | undefined;
  /** Begins to tell `handler` what happens. Nothing is lost before. */
  start(handler: StreamHandler): void;
  /**
   * Writes pieces, of which there is one at least, in order. Answers `true` when the operating system has taken all of them,
   * `false` when some are held: then their memory is in use until `drained`.
   */
  write(pieces: Uint8Array[]): boolean;
  /** Reads no more until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends the stream when everything written has left. */
  close(): void;
  /** Ends the stream now. */
  destroy(): void;
}

/** What transports look at of the socket's options. */
export type TransportOptions = {
  readonly backlog: number;
  readonly ipv6: boolean;
  /** Milliseconds; 0 for no limit but that of the operating system. */
  readonly connectTimeout: number;
  /** Milliseconds for TLS, and for a proxy when `connectTimeout` is 0; 0 for no limit. */
  readonly handshakeInterval: number;
  /** The SOCKS5 proxy to connect through, `host:port` as text; empty for none. */
  readonly socksProxy: Uint8Array;
  readonly tcpKeepalive: number;
  /** Seconds. */
  readonly tcpKeepaliveIdle: number;
  /** CIDR blocks of those who may connect, as text with commas between them; empty for anybody. */
  readonly tcpAcceptFilter: Uint8Array;
  /** What is spoken for this side over `tls://`. */
  readonly tls: TlsOptions | null;
};

/** Who is told what a listener does. */
export interface ListenHandler {
  accepted(stream: ByteStream): void;
  acceptFailed(error: Error): void;
}

export interface Listener {
  /** The endpoint with its wildcards filled in, as others can connect to it. */
  readonly address: string;
  /** Accepts no more and frees the endpoint. Streams that were accepted live on. */
  close(): Promise<void>;
}

/** Who is told how an attempt to connect ends: exactly one of the two is called, unless it is cancelled. */
export interface ConnectHandler {
  connected(stream: ByteStream): void;
  connectFailed(error: Error): void;
}

export interface Attempt {
  cancel(): void;
}

export interface Transport<E extends Endpoint> {
  /** Rejects with a ZmtpError or an error of the operating system, each with a `code`. */
  listen(endpoint: E, options: TransportOptions, handler: ListenHandler): Promise<Listener>;
  /** As `listen`, and done on return. */
  listenSync(endpoint: E, options: TransportOptions, handler: ListenHandler): Listener;
  connect(endpoint: E, options: TransportOptions, handler: ConnectHandler): Attempt;
}
