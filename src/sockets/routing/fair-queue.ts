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
  readonly #active: Pipe[] = [];
  #cursor = 0;
  #lastPipe: Pipe | undefined;

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
    const index = pipe.unread === 0 ? this.#active.indexOf(pipe) : -1;
    if (index === -1) return;
    this.#active.splice(index, 1);
    if (index < this.#cursor) this.#cursor--;
  }

  /** The next message in turn. A pipe whose far end is closed is read to the end first. */
  read(): Frames | undefined {
    while (this.#active.length > 0) {
      // The turn wraps here and not when it is passed on: a pipe that is added meanwhile comes before the one just read.
      if (this.#cursor >= this.#active.length) this.#cursor = 0;
      const pipe = this.#active[this.#cursor] as Pipe;
      const frames = pipe.read();
      if (frames !== undefined) {
        this.#lastPipe = pipe;
        this.#cursor++;
        return frames;
      }
      const last = this.#active.pop() as Pipe;
      if (last !== pipe) this.#active[this.#cursor] = last;
    }
    return undefined;
  }
}
