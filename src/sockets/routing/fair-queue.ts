/**
 * Fair queueing: one message from each peer that has any, in turn. 28/REQREP, "The REP Socket Type".
 *
 * The list holds the pipes that may have a message; a pipe that is found empty leaves it and comes back with its next
 * message, so idle peers cost nothing.
 *
 * @module
 */
import type { Frames, Pipe } from '../../pipe.ts';

export class FairQueue {
  readonly #accepts: ((frames: Frames) => boolean) | undefined;
  readonly #active: Pipe[] = [];
  #cursor = 0;
  #lastPipe: Pipe | undefined;

  /** @param accepts - messages for which it answers `false` are dropped when their turn comes; none when absent */
  constructor(accepts?: (frames: Frames) => boolean) {
    this.#accepts = accepts;
  }

  /** The pipe of the message that `read` answered last. */
  get lastPipe(): Pipe | undefined {
    return this.#lastPipe;
  }

  /** Adds a pipe that is not in the list, now or with its next message. */
  add(pipe: Pipe): void {
    if (pipe.unread === 0) pipe.startWaiting();
    else this.#active.push(pipe);
  }

  /** Forgets a pipe whose far end is closed, unless there is something left to read. */
  remove(pipe: Pipe): void {
    if (pipe.unread === 0) this.suspend(pipe);
  }

  /** Reads a pipe no more, whatever is left in it, until it is added again. */
  suspend(pipe: Pipe): void {
    pipe.stopWaiting();
    const index = this.#active.indexOf(pipe);
    if (index === -1) return;
    this.#active.splice(index, 1);
    if (index < this.#cursor) this.#cursor--;
  }

  /** Whether `read` would find a message. */
  get hasMessage(): boolean {
    return this.#findPipe() !== undefined;
  }

  /** Drops the messages that `accepts` refuses, as far as the first that it does not. */
  dropRefused(): void {
    if (this.#accepts !== undefined) this.#findPipe();
  }

  /** The next message in turn. A pipe whose far end is closed is read to the end first. */
  read(): Frames | undefined {
    const pipe = this.#findPipe();
    if (pipe === undefined) return undefined;
    this.#lastPipe = pipe;
    this.#cursor++;
    return pipe.read();
  }

  /** The pipe whose turn it is among those that have a message. */
  #findPipe(): Pipe | undefined {
    while (this.#active.length > 0) {
      // The turn wraps here and not when it is passed on: a pipe that is added meanwhile comes before the one just read.
      if (this.#cursor >= this.#active.length) this.#cursor = 0;
      const pipe = this.#active[this.#cursor] as Pipe;
      const frames = pipe.peek();
      if (frames !== undefined) {
        if (this.#accepts === undefined || this.#accepts(frames)) return pipe;
        pipe.read();
        continue;
      }
      pipe.startWaiting();
      const last = this.#active.pop() as Pipe;
      if (last !== pipe) this.#active[this.#cursor] = last;
    }
    return undefined;
  }
}
