/**
 * Round robin over the peers that can take a message. 28/REQREP, "The REQ Socket Type" and "The DEALER Socket Type".
 *
 * The list holds the pipes that had room when last tried, so a message costs the same however many pipes are full.
 *
 * @module
 */
import type { Pipe } from '../../pipe.ts';

export class LoadBalancer {
  readonly #active: Pipe[] = [];
  #cursor = 0;

  /** Adds a pipe that is new or has room again, at the end of the round. */
  add(pipe: Pipe): void {
    if (!this.#active.includes(pipe)) this.#active.push(pipe);
  }

  remove(pipe: Pipe): void {
    const index = this.#active.indexOf(pipe);
    if (index !== -1) this.#removeAt(index);
  }

  /** Whether `next` would find a pipe. */
  get hasRoom(): boolean {
    return this.#findRoom() !== undefined;
  }

  /** The pipe whose turn it is among those with room, and the turn passes on. */
  next(): Pipe | undefined {
    const pipe = this.#findRoom();
    if (pipe !== undefined) this.#advance();
    return pipe;
  }

  /** As `next`, but only among the pipes that have a connection behind them. */
  nextConnected(): Pipe | undefined {
    for (let i = 0; i < this.#active.length; i++) {
      const index = (this.#cursor + i) % this.#active.length;
      const pipe = this.#active[index];
      if (pipe?.isConnected && pipe.canWrite) {
        this.#cursor = index;
        this.#advance();
        return pipe;
      }
    }
    return undefined;
  }

  #findRoom(): Pipe | undefined {
    for (;;) {
      const pipe = this.#active[this.#cursor];
      if (pipe === undefined || pipe.canWrite) return pipe;
      this.#removeAt(this.#cursor);
    }
  }

  #advance(): void {
    this.#cursor++;
    if (this.#cursor >= this.#active.length) this.#cursor = 0;
  }

  #removeAt(index: number): void {
    this.#active.splice(index, 1);
    if (index < this.#cursor) this.#cursor--;
    if (this.#cursor >= this.#active.length) this.#cursor = 0;
  }
}
