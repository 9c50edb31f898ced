/**
 * How fast one peer is read. Its stream is paused while the automaton takes no more, and for a turn after `REST_AFTER` bytes:
 * timers and other peers come first.
 *
 * @module
 */
import type { ByteStream } from '../transport/transport.ts';
import type { Engine } from './engine.ts';
import { rest, type Sleeper } from './rest.ts';

/** Bytes that are read of one peer before others have their turn. */
const REST_AFTER = 256 * 1024;

/** Bytes of a large body that are read at most at once: 256 KiB cost a fifth more time. */
const LARGEST_READ = 1024 * 1024;

export class ReadingPace implements Sleeper {
  readonly #stream: ByteStream;
  readonly #engine: Engine;
  #isPaused = false;
  /** Bytes read since the last rest. */
  #unrested = 0;
  #isResting = false;

  constructor(stream: ByteStream, engine: Engine) {
    this.#stream = stream;
    this.#engine = engine;
  }

  /** So many bytes have come, and the automaton has not been given them yet. */
  count(length: number): void {
    this.#unrested += length;
    if (this.#unrested >= REST_AFTER && !this.#isResting) {
      this.#isResting = true;
      this.#unrested = 0;
      this.pause();
      rest(this);
    }
    if (this.#engine.isSuspended) this.pause();
  }

  /** Where the next bytes should be read to. They need no decoding, but there are not to be too many at once either. */
  get place(): Uint8Array | undefined {
    const place = this.#engine.inputPlace;
    return place !== undefined && place.length > LARGEST_READ
      ? place.subarray(0, LARGEST_READ)
      : place;
  }

  /** Reads on, unless there is still a reason not to. */
  goOn(): void {
    if (!this.#isPaused || this.#isResting || this.#engine.isSuspended) return;
    this.#isPaused = false;
    this.#stream.resume();
  }

  /** The rest is over. */
  wake(): void {
    this.#isResting = false;
    this.goOn();
  }

  /** Reads no further, until `goOn`. */
  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#stream.pause();
  }
}
