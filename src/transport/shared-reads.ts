/**
 * Reading from sockets of `node:net` into one buffer, which all connections of the thread share: what a read has brought is
 * lent to whoever reads, and copied before the next one to where it belongs. Where a reader names a place of its own for what
 * comes next, the body of a large message, that is read to instead.
 *
 * Without this Node allocates 64 KiB for each read, of whatever size it turns out to be, and passes it through a stream:
 * about 1 µs for each read, and most of the garbage.
 *
 * Node offers it, as `onread`, for sockets that are made to connect; for those that are accepted it takes making the socket
 * anew on the same handle. Where that cannot be done, on Windows, whose reads are under way for longer than a call, and in
 * other runtimes, reading goes on as usual.
 *
 * @module
 */
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import type { StreamHandler } from './transport.ts';

/** Bytes that are read at most at once. */
const READ_SIZE = 64 * 1024;
const canShare = process.platform !== 'win32' && process.versions['bun'] === undefined;

let shared: Buffer | undefined;

/** The reads of one socket. */
export class SharedReads {
  /** Who is told what was read. The socket has to be paused until it is set: see `NetStream.start`. */
  reader: Pick<StreamHandler, 'inputPlace' | 'received'> | undefined;
  readonly options: OnReadOpts;

  /** The reader is being told of a chunk. */
  #isTelling = false;
  #isStopped = false;

  private constructor() {
    shared ??= Buffer.allocUnsafeSlow(READ_SIZE);
    const anywhere = shared;
    this.options = {
      buffer: () => this.reader?.inputPlace ?? anywhere,
      callback: (count, buffer) => {
        this.#isTelling = true;
        this.#isStopped = false;
        try {
          this.reader?.received(count === buffer.length ? buffer : buffer.subarray(0, count), true);
        } finally {
          this.#isTelling = false;
        }
        return !this.#isStopped;
      },
    };
  }

  /** For a socket that is about to be made; `undefined` where it has to read as usual. */
  static tryMake(): SharedReads | undefined {
    return canShare ? new SharedReads() : undefined;
  }

  /**
   * Lets no other read follow the one that the reader is being told of, until the socket's `resume`. The socket's `pause`
   * does it too, with all of the stream's machinery: every 256 KiB this cost 220 µs for a message of 1 MiB, an answer costs 60.
   * Answers `false` at any other time.
   */
  tryStop(): boolean {
    this.#isStopped = this.#isTelling;
    return this.#isTelling;
  }

  /** Takes `tryStop` back. */
  goOn(): void {
    this.#isStopped = false;
  }

  /**
   * Makes an accepted socket anew, so that it reads in this way as soon as it is resumed.
   *
   * @param accepted - of a server with `pauseOnConnect`; when it is taken it is of no more use
   */
  static tryTake(accepted: Socket): { socket: Socket; reads: SharedReads } | undefined {
    const owner = accepted as unknown as { _handle: object | null };
    const handle = owner._handle;
    if (!canShare || handle === null || handle === undefined) return undefined;
    const reads = new SharedReads();
    owner._handle = null;
    accepted.destroy();
    const options = { handle, onread: reads.options } as SocketConstructorOpts;
    return { socket: new Socket(options).pause(), reads };
  }
}
