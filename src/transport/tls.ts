/**
 * TLS over connections of `node:net`, for `tls://`: who the peer is, or why that is not known, and a stream when it is.
 * Which keys, certificates and rules are used says the option `tls`.
 *
 * `node:tls` is loaded by the first endpoint that needs it: that takes some milliseconds, and most programs do without it.
 *
 * @module
 */
import { isIP, type Socket } from 'node:net';
import type { SecureContext, TLSSocket } from 'node:tls';
import type * as NodeTls from 'node:tls';
import type { PeerCertificate } from '../authentication.ts';
import { formatTcp, type TcpEndpoint } from '../endpoint.ts';
import { ZmtpError } from '../errors.ts';
import { crypto } from '../node-modules.ts';
import type { TlsOptions } from '../tls-options.ts';
import { NetStream } from './net-stream.ts';
import type { ByteStream, StreamHandler, TransportOptions } from './transport.ts';

/** The longest time that a timer can wait: as good as none, for a limit that is kept elsewhere. */
const NO_LIMIT = 0x7fff_ffff;
const NO_OPTIONS: TlsOptions = {};

function tls(): typeof NodeTls {
  return process.getBuiltinModule('node:tls');
}

/**
 * Makes streams of connections that are accepted.
 *
 * @throws {ZmtpError} EINVAL for keys and certificates that are missing, cannot be read or do not belong together
 */
export function acceptTls({
  tls: given,
  handshakeInterval,
}: TransportOptions): (raw: Socket, peerAddress: string) => ByteStream {
  const { servername: _, ...options } = given ?? NO_OPTIONS;
  check(options);
  if (options.cert === undefined && options.pfx === undefined) {
    throw unfit('a server of TLS needs a certificate: tls with cert and key, or with pfx');
  }
  const server = readMaterial(() =>
    tls().createServer({
      ...(options as NodeTls.TlsOptions),
      rejectUnauthorized: options.rejectUnauthorized ?? true,
      handshakeTimeout: NO_LIMIT,
    }),
  );
  const streams = new WeakMap<Socket, TlsStream>();
  server.on('secureConnection', (socket) => {
    const stream = streams.get(beneath(socket));
    if (stream === undefined) socket.destroy();
    else stream.secured(socket);
  });
  server.on('tlsClientError', (error, socket) => {
    streams.get(beneath(socket))?.failed(refusalOf(socket) ?? describe(error));
  });
  return (raw, peerAddress) => {
    const stream = new TlsStream(raw, peerAddress, handshakeInterval);
    streams.set(raw, stream);
    server.emit('connection', raw);
    return stream;
  };
}

/** The connection that TLS is spoken on. Node does not document how to find it, and tells of failures in no other way. */
function beneath(socket: TLSSocket): Socket {
  return (socket as unknown as { _parent: Socket })._parent;
}

/** Why a client's certificate was refused, if it was: Node then says no more than that the connection is gone. */
function refusalOf({ authorizationError }: TLSSocket): Error | undefined {
  if (!authorizationError) return undefined;
  const code = String(authorizationError);
  return Object.assign(new Error(`TLS: the client's certificate is refused: ${code}`), { code });
}

/**
 * Makes streams of connections that have been made.
 *
 * @throws {ZmtpError} EINVAL for keys and certificates that cannot be read or do not belong together
 */
export function connectTls(
  endpoint: TcpEndpoint,
  { tls: given, handshakeInterval }: TransportOptions,
): (raw: Socket, peerAddress: string) => ByteStream {
  const options = given ?? NO_OPTIONS;
  const secureContext = contextOf(options, formatTcp(endpoint, 'tls'));
  const name = options.servername ?? endpoint.host;
  const { rejectUnauthorized = true, ALPNProtocols } = options;
  return (raw, peerAddress) => {
    const stream = new TlsStream(raw, peerAddress, handshakeInterval);
    const socket = tls().connect({
      socket: raw,
      host: name,
      // An address is looked for in the certificate, but not told to the server: 6066, Server Name Indication.
      ...(isIP(name) === 0 && { servername: name }),
      ...(ALPNProtocols && { ALPNProtocols: [...ALPNProtocols] }),
      secureContext,
      rejectUnauthorized,
    });
    socket.once('secureConnect', () => stream.secured(socket));
    socket.on('error', (error) => stream.failed(describe(error)));
    return stream;
  };
}

/** What has been read of options, for the connections that are made with them again and again. */
const contexts = new WeakMap<TlsOptions, SecureContext>();

function contextOf(options: TlsOptions, address: string): SecureContext {
  let context = contexts.get(options);
  if (context === undefined) {
    check(options, address);
    const material = options as NodeTls.SecureContextOptions;
    context = readMaterial(() => tls().createSecureContext(material), address);
    contexts.set(options, context);
  }
  return context;
}

/** What Node takes, and then lets every peer fail for: a key or a certificate alone, authorities that are none, names too long to be told. */
function check({ key, cert, ca = [], ALPNProtocols = [] }: TlsOptions, address?: string): void {
  if ((key === undefined) !== (cert === undefined)) {
    throw unfit('in tls, cert and key belong together', address);
  }
  if (!fitsHello(ALPNProtocols)) {
    throw unfit(
      'in tls, a name of ALPNProtocols has 255 bytes at most, and all have 65,535 with one more for each',
      address,
    );
  }
  const { X509Certificate } = crypto();
  for (const bundle of [ca].flat()) {
    const text = typeof bundle === 'string' ? bundle : Buffer.from(bundle).toString();
    const certificates = text.match(CERTIFICATE);
    if (certificates === null) throw unfit('ca of tls has no certificate in PEM', address);
    for (const pem of certificates) readMaterial(() => new X509Certificate(pem), address);
  }
}

/** 7301, "The Application-Layer Protocol Negotiation Extension": a name has one byte for its length, the list two. */
function fitsHello(names: readonly string[]): boolean {
  const sizes = names.map((name) => Buffer.byteLength(name));
  const total = sizes.reduce((sum, size) => sum + 1 + size, 0);
  return total <= 65_535 && sizes.every((size) => size <= 255);
}

const CERTIFICATE = /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----[^]*?-----END \1-----/g;

function readMaterial<T>(read: () => T, address?: string): T {
  try {
    return read();
  } catch (cause) {
    const { message } = describe(cause as OpenSslError);
    throw unfit(`what tls says cannot be used: ${message}`, address, cause);
  }
}

function unfit(detail: string, address?: string, cause?: unknown): ZmtpError {
  return new ZmtpError('EINVAL', { detail, cause, ...(address !== undefined && { address }) });
}

type OpenSslError = Error & { readonly code?: string; readonly reason?: string };

/** An error of `node:tls` in the words that OpenSSL has for it, without its line numbers. */
function describe(error: OpenSslError): Error {
  const { code = 'EPROTO', reason, message } = error;
  return Object.assign(new Error(`TLS: ${reason ?? message}`, { cause: error }), { code });
}

/** A stream that cannot be read from or written to before the peer is known. */
class TlsStream implements ByteStream {
  readonly peerAddress: string;
  readonly opening: Promise<void>;
  readonly #raw: Socket;
  readonly #timer: NodeJS.Timeout | undefined;
  #open: () => void = () => {};
  #fail: (error: Error) => void = () => {};
  #socket: TLSSocket | undefined;
  #stream: NetStream | undefined;

  /** @param timeout - milliseconds for the handshake; 0 for no limit */
  constructor(raw: Socket, peerAddress: string, timeout: number) {
    this.#raw = raw;
    this.peerAddress = peerAddress;
    raw.unref();
    this.opening = new Promise((resolve, reject) => {
      this.#open = resolve;
      this.#fail = reject;
    });
    // A stream that is not wanted is closed before anybody waits for it: then it does not matter how that ends.
    this.opening.catch(() => {});
    if (timeout > 0) {
      const message = `TLS: no handshake within ${timeout} ms`;
      const late = (): void => this.failed(new ZmtpError('ETIMEDOUT', { message }));
      this.#timer = setTimeout(late, timeout).unref();
    }
  }

  /** The handshake is done, and the peer's certificate is one that will do. */
  secured(socket: TLSSocket): void {
    if (this.#raw.destroyed) return;
    clearTimeout(this.#timer);
    // Node leaves a connection that has got a broken record as it is.
    socket.on('error', () => socket.destroy());
    this.#socket = socket;
    this.#stream = new NetStream(socket, this.peerAddress, undefined, describe);
    this.#open();
  }

  /** The handshake has failed. Of no effect when it is done. */
  failed(error: Error): void {
    if (this.#stream !== undefined) return;
    this.destroy();
    this.#fail(error);
  }

  get peerCertificate(): PeerCertificate | undefined {
    const found = this.#socket?.authorized ? this.#socket.getPeerX509Certificate() : undefined;
    if (found === undefined) return undefined;
    const { subject, subjectAltName, fingerprint256, raw } = found;
    return { subject, fingerprint256, raw, ...(subjectAltName && { subjectAltName }) };
  }

  start(handler: StreamHandler): void {
    this.#stream?.start(handler);
  }

  write(pieces: Uint8Array[]): boolean {
    return this.#stream?.write(pieces) ?? true;
  }

  pause(): void {
    this.#stream?.pause();
  }

  resume(): void {
    this.#stream?.resume();
  }

  close(): void {
    if (this.#stream === undefined) this.destroy();
    else this.#stream.close();
  }

  destroy(): void {
    clearTimeout(this.#timer);
    if (this.#stream === undefined) this.#raw.destroy();
    else this.#stream.destroy();
  }
}
