/**
 * PAIR: talks to one peer, the first that comes. 31/EXPAIR, "The PAIR Socket Type".
 *
 * A peer that connects while there is one is sent away; it may try again. An endpoint that we have connected to waits
 * until the one before it is gone.
 *
 * @module
 */
import { type ErrorCode, ProtocolError } from '../../errors.ts';
import type { Frames, Pipe } from '../../pipe.ts';
import type { Pattern } from './pattern.ts';

export class PairPattern implements Pattern {
  #pipe: Pipe | undefined;
  /** Endpoints that we have connected to beside that of the peer, in order. */
  readonly #spare = new Set<Pipe>();
  /** Peers that are gone, and had sent what is not read yet. */
  readonly #left: Pipe[] = [];

  get isReadable(): boolean {
    return this.#reader !== undefined;
  }

  get isWritable(): boolean {
    return this.#pipe?.canWrite ?? false;
  }

  attach(pipe: Pipe): void {
    if (this.#pipe === undefined) this.#take(pipe);
    else if (pipe.isAccepted) {
      pipe.hangUp(new ProtocolError('a PAIR socket talks to one peer, and has it already'));
    } else {
      // Nobody can take what it sends, so that must not keep the peer from sending.
      pipe.setCounted(false);
      this.#spare.add(pipe);
    }
  }

  detach(pipe: Pipe): void {
    this.#spare.delete(pipe);
    if (pipe !== this.#pipe) return;
    if (pipe.unread > 0) this.#left.push(pipe);
    this.#pipe = undefined;
    for (const next of this.#spare) {
      this.#spare.delete(next);
      this.#take(next);
      break;
    }
  }

  pipeStatusChanged(): void {}

  pipeReadable(): void {}

  pipeWritable(): void {}

  send(frames: Frames): boolean {
    if (!this.isWritable) return false;
    this.#pipe?.write(frames);
    return true;
  }

  receive(): Frames | undefined {
    const pipe = this.#reader;
    const frames = pipe?.read();
    if (pipe?.unread === 0 && pipe === this.#pipe) pipe.startWaiting();
    return frames;
  }

  blockedBy(): ErrorCode {
    return 'EAGAIN';
  }

  #take(pipe: Pipe): void {
    this.#pipe = pipe;
    pipe.setCounted(true);
    if (pipe.unread === 0) pipe.startWaiting();
  }

  /** Where the next message is: what a peer that is gone had sent comes first. */
  get #reader(): Pipe | undefined {
    while (this.#left.length > 0) {
      if ((this.#left[0]?.unread ?? 0) > 0) return this.#left[0];
      this.#left.shift();
    }
    return this.#pipe !== undefined && this.#pipe.unread > 0 ? this.#pipe : undefined;
  }
}
