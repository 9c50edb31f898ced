/**
 * A `ByteStream` over a socket of `node:net`, and what tcp, tls and ipc have in common beyond it. The sockets do not keep the
 * process alive; what keeps it alive is a pending operation.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import type { NetConnectOpts, Server, Socket } from 'node:net';
import net, { connect, isIP } from 'node:net';
import { ZmtpError } from '../errors.ts';
import { util } from '../node-modules.ts';
import { SharedReads } from './shared-reads.ts';
import type {
  Attempt,
  ByteStream,
  ConnectHandler,
  ListenHandler,
  StreamHandler,
} from './transport.ts';

const NOTHING = Buffer.alloc(0);

export class NetStream implements ByteStream {
  readonly peerAddress: string;
  readonly #socket: Socket;
  readonly #onWritten: (error?: Error | null) => void;
  #handler: StreamHandler | undefined;
  readonly #reads: SharedReads | undefined;
  #error: Error | undefined;

  /**
   * @param socket - connected or accepted, and not read from yet
   * @param reads - its reads, when they are not the usual ones
   * @param describe - puts the error that ends it into words
   */
  constructor(
    socket: Socket,
    peerAddress: string,
    reads: SharedReads | undefined,
    describe?: (error: Error) => Error,
  ) {
    this.#socket = socket;
    this.#reads = reads;
    this.peerAddress = peerAddress;
    this.#onWritten = (error) => {
      if (!error) this.#handler?.drained();
    };
    socket.unref();
    socket.on('error', (error) => {
      this.#error = describe?.(error) ?? error;
    });
  }

  start(handler: StreamHandler): void {
    const socket = this.#socket;
    this.#handler = handler;
    if (this.#reads === undefined) {
      socket.on('data', (chunk: Buffer) => handler.received(chunk, false));
    } else {
      this.#reads.reader = handler;
    }
    socket.resume();
    const gone = (): void => {
      if (this.#handler === undefined) return;
      this.#handler = undefined;
      socket.destroy();
      handler.closed(this.#error);
    };
    // A peer that has said its last word is gone, whatever it would still take.
    socket.on('end', gone);
    socket.on('close', gone);
    if (socket.destroyed) process.nextTick(gone);
  }

  write(pieces: Uint8Array[]): boolean {
    const socket = this.#socket;
    if (!socket.writable) return true;
    const last = pieces.length - 1;
    if (last > 0) {
      socket.cork();
      for (let i = 0; i < last; i++) socket.write(pieces[i] as Uint8Array);
    }
    socket.write(pieces[last] as Uint8Array);
    if (last > 0) socket.uncork();
    if (socket.writableLength === 0) return true;
    // A callback costs a tick, so only the rare write that does not go through gets one: on nothing, behind the bytes.
    socket.write(NOTHING, this.#onWritten);
    return false;
  }

  pause(): void {
    if (this.#reads?.tryStop() !== true) this.#socket.pause();
  }

  resume(): void {
    this.#reads?.goOn();
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

function ignore(): void {}

/** The stream over a socket that was accepted, and that nobody reads from yet. */
export function overAccepted(accepted: Socket, peerAddress: string): NetStream {
  const { socket, reads } = SharedReads.tryTake(accepted) ?? { socket: accepted, reads: undefined };
  return new NetStream(socket, peerAddress, reads);
}

/**
 * Tells `handler` of the sockets that `server` accepts.
 *
 * @param refuse - says why a socket is not welcome, when it is not
 */
export function serveStreams(
  server: Server,
  handler: ListenHandler,
  toStream: (socket: Socket) => ByteStream,
  refuse?: (socket: Socket) => Error | undefined,
): void {
  server.unref();
  server.on('connection', (socket) => {
    const refusal = refuse?.(socket);
    if (refusal === undefined) {
      handler.accepted(toStream(socket));
    } else {
      socket.on('error', ignore).destroy();
      handler.acceptFailed(refusal);
    }
  });
  server.on('error', (error) => handler.acceptFailed(error));
}

/** Starts to listen; rejects with the operating system's error. */
export function startListening(
  server: Server,
  options: Parameters<Server['listen']>[0],
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Node's way to a bound handle without waiting for a look-up. It is not documented, and other runtimes lack it. */
type MakeHandle = (address: string, port: number, family: 4 | 6) => object | number;
const { _createServerHandle: makeHandle } = net as unknown as { _createServerHandle?: MakeHandle };

/**
 * Starts to listen and is done with it on return.
 *
 * @throws the operating system's error; ENOTSUP where Node's way to do this is missing
 */
export function startListeningSync(
  server: Server,
  where: { readonly path: string } | { readonly host: string; readonly port: number },
  backlog: number,
): void {
  // What goes wrong is told later as well.
  server.once('error', ignore);
  if ('path' in where) {
    server.listen({ path: where.path, backlog });
    if (!server.listening) throw listenError(existsSync(where.path) ? 'EADDRINUSE' : 'EACCES');
  } else {
    if (makeHandle === undefined) {
      throw new ZmtpError('ENOTSUP', { detail: 'this runtime can only bind in the background' });
    }
    const handle = makeHandle(where.host, where.port, isIP(where.host) === 6 ? 6 : 4);
    if (typeof handle === 'number') throw listenError(util().getSystemErrorName(handle));
    server.listen(handle, backlog);
    if (!server.listening) throw listenError('EADDRINUSE');
  }
  server.off('error', ignore);
}

function listenError(code: string): Error {
  return Object.assign(new Error(`listen ${code}`), { code, syscall: 'listen' });
}

/** Stops listening. Accepted sockets are not waited for. */
export function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // The callback of `close` would wait for every accepted socket to end.
    server.close();
    server.getConnections(() => resolve());
  });
}

/** How to connect. */
export type Dialling = {
  /** Finds the addresses, anew for each attempt. */
  readonly targets: () => Promise<NetConnectOpts[]>;
  /** Milliseconds for each of them; 0 for no limit. */
  readonly timeout: number;
  /** The stream over a socket that is connected; `reads` are to be its reads, when they are not the usual ones. */
  readonly toStream: (socket: Socket, reads: SharedReads | undefined) => ByteStream;
  /** Whether the stream reads what comes from the socket as it is, and nobody before it does. */
  readonly readsDirectly: boolean;
  /** Says what is to be said before the peer is there; it rejects when it has failed. */
  readonly introduce?: ((socket: Socket) => Promise<void>) | undefined;
};

/** Tries one address after the other until one accepts, and tells `handler` of the first success or the last failure. */
export function connectToFirst(
  { targets, timeout, toStream, readsDirectly, introduce }: Dialling,
  handler: ConnectHandler,
): Attempt {
  let isOver = false;
  let current: Socket | undefined;
  let timer: NodeJS.Timeout | undefined;

  const finish = (): boolean => {
    if (isOver) return false;
    isOver = true;
    clearTimeout(timer);
    return true;
  };
  const fail = (error: Error): void => {
    if (!finish()) return;
    current?.destroy();
    handler.connectFailed(error);
  };
  const tryNext = (options: NetConnectOpts[], index: number, lastError: Error): void => {
    if (isOver) return;
    const option = options[index];
    if (option === undefined) {
      fail(lastError);
      return;
    }
    const reads = readsDirectly ? SharedReads.tryMake() : undefined;
    const socket =
      reads === undefined ? connect(option) : connect({ ...option, onread: reads.options }).pause(); // until `NetStream.start`
    current = socket;
    socket.unref();
    const refused = (error: Error): void => {
      if (socket !== current) return;
      socket.off('error', refused).on('error', ignore);
      socket.destroy();
      tryNext(options, index + 1, error);
    };
    socket.once('error', refused);
    clearTimeout(timer);
    if (timeout > 0) {
      const detail = `no connection within ${timeout} ms`;
      timer = setTimeout(() => refused(new ZmtpError('ETIMEDOUT', { detail })), timeout).unref();
    }
    const accepted = (): void => {
      if (!finish()) return;
      socket.off('error', refused);
      handler.connected(toStream(socket, reads));
    };
    socket.once('connect', () => {
      if (introduce === undefined) accepted();
      else introduce(socket).then(accepted, refused);
    });
  };

  targets().then(
    (options) =>
      tryNext(options, 0, new ZmtpError('EADDRNOTAVAIL', { detail: 'the name has no address' })),
    fail,
  );
  return {
    cancel: () => {
      if (finish()) current?.destroy();
    },
  };
}
