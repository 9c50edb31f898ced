/**
 * Reading from sockets of `node:net` into one buffer, which all connections of the thread share: what a read has brought is
 * copied out before the next one, to where it costs what it is worth. Small reads lie one behind the other in a slab, so an
 * idle connection holds nothing and a message that is kept holds one slab at most.
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
const SLAB_SIZE = 64 * 1024;
/** Reads above this size get a buffer of their own. */
const SMALL_READ = 16 * 1024;
/** Bytes copied one by one: below this, a loop is quicker than a call. */
const LOOP_LIMIT = 64;

const canShare = process.platform !== 'win32' && process.versions['bun'] === undefined;

let shared: Buffer | undefined;
let slab = Buffer.alloc(0);
let used = 0;

/** What has been read, as a buffer that is the caller's. */
function copyOut(from: Uint8Array, count: number): Buffer {
  if (count > SMALL_READ) {
    const own = Buffer.allocUnsafeSlow(count);
    own.set(count === from.length ? from : from.subarray(0, count));
    return own;
  }
  if (used + count > slab.length) {
    slab = Buffer.allocUnsafeSlow(SLAB_SIZE);
    used = 0;
  }
  const start = used;
  used += count;
  if (count <= LOOP_LIMIT) {
    for (let i = 0; i < count; i++) slab[start + i] = from[i] as number;
  } else {
    slab.set(from.subarray(0, count), start);
  }
  return slab.subarray(start, used);
}

/** The reads of one socket. */
export class SharedReads {
  /** Who is told what was read. Nothing is read before it is set: see `NetStream.start`. */
  onChunk: ((chunk: Buffer) => void) | undefined;
  readonly options: OnReadOpts;

  private constructor() {
    shared ??= Buffer.allocUnsafeSlow(READ_SIZE);
    const buffer = shared;
    this.options = {
      buffer,
      callback: (count) => {
        this.onChunk?.(copyOut(buffer, count));
        return true;
      },
    };
  }

  /** For a socket that is about to be made; `undefined` where it has to read as usual. */
  static tryMake(): SharedReads | undefined {
    return canShare ? new SharedReads() : undefined;
  }

  /**
   * Makes an accepted socket anew, so that it reads in this way.
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
    return { socket: new Socket(options), reads };
  }
}
