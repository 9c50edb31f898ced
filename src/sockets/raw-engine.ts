/**
 * The automaton of a STREAM socket's peer: no greeting and no frames. Every chunk that comes is a message of one frame,
 * and so is the news, an empty one, that the connection has begun or ended.
 *
 * @module
 */
import type { Frames } from '../pipe.ts';
import type { MessageSink } from '../zmtp/connection.ts';
import { Encoder, type SlabPool } from '../zmtp/encoder.ts';
import type { Engine, EngineEvent } from './engine.ts';

const NOTHING: Uint8Array = Buffer.alloc(0);

export class RawEngine implements Engine {
  readonly #sink: MessageSink;
  readonly #encoder: Encoder;
  readonly #notifies: boolean;
  readonly #maxSize: number;
  readonly #events: EngineEvent[] = [{ type: 'handshake', peer: undefined }];
  /** Messages that the sink has not taken. */
  #backlog: Uint8Array[] = [];
  #eofReason: string | undefined;
  #isClosed = false;
  isSuspended = false;
  /** Chunks are messages, wherever they lie. */
  readonly inputPlace = undefined;
  readonly unfinishedBytes = 0;
  readonly unfinishedFrames = 0;

  /**
   * @param notifies - whether the beginning and the end of the connection are messages
   * @param maxSize - most bytes in one message, a longer chunk becomes several; -1 for no limit
   */
  constructor(sink: MessageSink, slabs: SlabPool, notifies: boolean, maxSize: number) {
    this.#sink = sink;
    this.#encoder = new Encoder(slabs);
    this.#notifies = notifies;
    this.#maxSize = maxSize > 0 ? maxSize : Number.POSITIVE_INFINITY;
    if (notifies) this.#backlog.push(NOTHING);
  }

  get hasOutput(): boolean {
    return this.#encoder.size > 0;
  }

  get outputSize(): number {
    return this.#encoder.size;
  }

  handleInput(input: Uint8Array, _now = 0, isLent = false): void {
    if (this.#isClosed) return;
    const chunk = isLent ? Buffer.from(input) : input;
    for (let start = 0; start < chunk.length; start += this.#maxSize) {
      const isWhole = start === 0 && chunk.length <= this.#maxSize;
      this.#backlog.push(isWhole ? chunk : chunk.subarray(start, start + this.#maxSize));
    }
    this.#deliver();
  }

  handleEof(reason: string = 'the peer closed the connection'): void {
    if (this.#isClosed || this.#eofReason !== undefined) return;
    this.#eofReason = reason;
    if (this.#notifies) this.#backlog.push(NOTHING);
    this.#deliver();
  }

  handleTimeout(): void {}

  nextTimeout(): number {
    return Number.POSITIVE_INFINITY;
  }

  send(frames: Frames): void {
    for (const frame of frames) this.#encoder.raw(frame);
  }

  sendSubscription(): void {}

  authenticated(): void {}

  suspend(): void {
    this.isSuspended = true;
  }

  resume(): void {
    this.isSuspended = false;
    this.#deliver();
  }

  nextEvent(): EngineEvent | undefined {
    const event = this.#events.shift();
    // The first messages come after the news that there is a connection has been taken.
    if (event === undefined) this.#deliver();
    return event ?? this.#events.shift();
  }

  takeOutput(): Uint8Array[] {
    return this.#encoder.take();
  }

  outputWritten(hasLeft: boolean): void {
    if (hasLeft) this.#encoder.recycle();
    else this.#encoder.forsake();
  }

  #deliver(): void {
    if (this.#events.length > 0) return;
    while (!this.isSuspended) {
      const next = this.#backlog.shift();
      if (next === undefined) {
        this.#end();
        return;
      }
      this.isSuspended = !this.#sink.message([next]);
    }
  }

  #end(): void {
    const reason = this.#eofReason;
    if (reason === undefined || this.#isClosed) return;
    this.#isClosed = true;
    this.#events.push({ type: 'closed', cause: 'eof', wasReady: true, reason });
  }
}
