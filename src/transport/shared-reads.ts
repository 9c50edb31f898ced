/**
 * Reading from sockets of `node:net` into one buffer, which all connections of the thread share: what a read has brought is
 * lent to whoever reads, and copied before the next one to where it belongs.
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

/** Bytes that are read at most at once. */
const READ_SIZE = 64 * 1024;
const canShare = process.platform !== 'win32' && process.versions['bun'] === undefined;

let shared: Buffer | undefined;

/** The reads of one socket. */
export class SharedReads {
  /** Who is told what was read. The socket has to be paused until it is set: see `NetStream.start`. */
  onChunk: ((chunk: Buffer) => void) | undefined;
  readonly options: OnReadOpts;

  private constructor() {
    shared ??= Buffer.allocUnsafeSlow(READ_SIZE);
    const buffer = shared;
    this.options = {
      buffer,
      callback: (count) => {
        this.onChunk?.(count === READ_SIZE ? buffer : buffer.subarray(0, count));
        return true;
      },
    };
  }

  /** For a socket that is about to be made; `undefined` where it has to read as usual. */
  static tryMake(): SharedReads | undefined {
    return canShare ? new SharedReads() : undefined;
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
