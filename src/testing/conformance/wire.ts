/**
 * A connection to the peer under test, whose every byte is ours to decide. It knows frames, and no rule that a peer has to
 * keep.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { FLAG_COMMAND } from '../../protocol.ts';
import { type Frame, shortest, tryFrame } from './bytes.ts';

/** What seals and opens the frames of a connection in traffic. */
export type Seal = {
  /** The outer frame for an inner one. */
  seal(flags: number, body: Uint8Array): Buffer;
  /** The inner frame; throws when it cannot be opened. */
  open(body: Buffer): Frame;
};

export class Wire {
  readonly socket: Socket;
  /** How many bytes have ever come. */
  received = 0;
  /** How the peer has closed. */
  closed: string | undefined;
  seal: Seal | undefined;
  #unread: Buffer = Buffer.alloc(0);
  readonly #chunks: Buffer[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.length;
      this.#chunks.push(chunk);
      this.#wake();
    });
    socket.on('drain', () => this.#wake());
    socket.on('end', () => this.#end('closed'));
    socket.on('error', (error: NodeJS.ErrnoException) => this.#end(error.code ?? 'failed'));
    socket.on('close', () => this.#end('closed'));
  }

  /** What has come and is not read. */
  get unread(): Buffer {
    if (this.#chunks.length > 0) {
      this.#unread = Buffer.concat([this.#unread, ...this.#chunks.splice(0)]);
    }
    return this.#unread;
  }

  write(bytes: Uint8Array): void {
    if (!this.socket.writable || bytes.length === 0) return;
    this.socket.write(bytes);
  }

  /** Writes, and waits until it is out or the connection is gone. */
  async drained(bytes: Uint8Array): Promise<void> {
    if (!this.socket.writable) return;
    if (this.socket.write(bytes)) return;
    await this.until(() => this.socket.writableLength === 0 || undefined, Infinity);
  }

  /** One frame, sealed where everything is. */
  frameBytes(flags: number, body: Uint8Array): Buffer {
    return this.seal === undefined ? shortest(flags, body) : this.seal.seal(flags, body);
  }

  /** The next `count` bytes, if they are there. */
  tryRead(count: number): Buffer | undefined {
    const { unread } = this;
    if (unread.length < count) return undefined;
    this.#unread = unread.subarray(count);
    return unread.subarray(0, count);
  }

  /**
   * The next frame, if it is there.
   *
   * @throws {Error} when it is sealed and does not open
   */
  tryFrame(): Frame | undefined {
    const parsed = tryFrame(this.unread);
    if (parsed === undefined) return undefined;
    this.#unread = this.unread.subarray(parsed.size);
    const { frame } = parsed;
    if (this.seal === undefined) return frame;
    if ((frame.flags & FLAG_COMMAND) !== 0) throw new Error('a frame in clear that is a command');
    return this.seal.open(frame.body);
  }

  /** Waits for `test` to be true of what has come; `undefined` when it is not within `time` ms. */
  until<T>(test: () => T | undefined, time: number): Promise<T | undefined> {
    const now = test();
    if (now !== undefined) return Promise.resolve(now);
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(check);
      };
      const done = (value: T | undefined): void => {
        stop();
        resolve(value);
      };
      const check = (): void => {
        try {
          const value = test();
          if (value !== undefined) done(value);
          else if (time === Infinity && this.closed !== undefined) done(undefined);
        } catch (error) {
          stop();
          reject(error);
        }
      };
      const timer = time === Infinity ? undefined : setTimeout(done, time, undefined);
      this.#waiting.add(check);
    });
  }

  destroy(): void {
    this.socket.destroy();
  }

  #end(how: string): void {
    this.closed ??= how;
    this.#wake();
  }

  #wake(): void {
    for (const check of [...this.#waiting]) check();
  }
}
