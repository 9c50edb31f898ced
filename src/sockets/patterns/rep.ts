/**
 * REP: takes a request from one peer after the other, and sends the reply to the one that asked. 28/REQREP, "The REP
 * Socket Type".
 *
 * ```
 * request     [address frames of hops on the way …]  [empty delimiter]  frames of the application …
 * ```
 *
 * Everything up to the first empty frame is the envelope: it is kept and stands before the reply. A message without
 * delimiter, or with nothing behind it, is dropped. A reply to a peer that has gone, or takes nothing, is dropped too.
 *
 * @module
 */
import type { ErrorCode } from '../../errors.ts';
import type { Frames, Pipe } from '../../pipe.ts';
import { FairQueue } from '../routing/fair-queue.ts';
import type { Pattern } from './pattern.ts';

/** A request with the way back to whoever sent it. */
type ReceivedRequest = {
  readonly pipe: Pipe;
  /** Address frames and delimiter. */
  readonly envelope: Frames;
  readonly body: Frames;
};

export class Rep implements Pattern {
  readonly #queue = new FairQueue();
  /** The request that `receive` answers with next. */
  #next: ReceivedRequest | undefined;
  /** The request that has been received and has no reply yet. */
  #current: ReceivedRequest | undefined;
  #isFetching = false;

  get isReadable(): boolean {
    return this.#current === undefined && this.#next !== undefined;
  }

  get isWritable(): boolean {
    return this.#current !== undefined;
  }

  attach(pipe: Pipe): void {
    this.#queue.add(pipe);
    this.#fetch();
  }

  /** What the peer had sent is still read; a reply to it is dropped by the closed pipe. */
  detach(pipe: Pipe): void {
    this.#queue.remove(pipe);
  }

  pipeStatusChanged(): void {}

  pipeReadable(pipe: Pipe): void {
    this.#queue.add(pipe);
    this.#fetch();
  }

  pipeWritable(_pipe: Pipe): void {
    // A reply does not wait for room.
  }

  send(frames: Frames): boolean {
    const request = this.#current;
    if (request === undefined) return false;
    this.#current = undefined;
    if (request.pipe.canWrite) request.pipe.write([...request.envelope, ...frames]);
    this.#fetch();
    return true;
  }

  receive(): Frames | undefined {
    const request = this.#next;
    if (request === undefined || this.#current !== undefined) return undefined;
    this.#next = undefined;
    this.#current = request;
    return request.body;
  }

  blockedBy(operation: 'send' | 'receive'): ErrorCode {
    return operation === 'receive' && this.#current === undefined ? 'EAGAIN' : 'EFSM';
  }

  /**
   * Looks for the next well-formed request when it is time for one, and none is there. To read can make room for a
   * sender that at once writes to another pipe of ours: then this is called from within itself, and the outer call goes on.
   */
  #fetch(): void {
    if (this.#isFetching || this.#current !== undefined) return;
    this.#isFetching = true;
    this.#next ??= this.#findRequest();
    this.#isFetching = false;
  }

  #findRequest(): ReceivedRequest | undefined {
    for (;;) {
      const frames = this.#queue.read();
      if (frames === undefined) return undefined;
      const bodyStart = frames.findIndex((frame) => frame.length === 0) + 1;
      if (bodyStart === 0 || bodyStart === frames.length) continue;
      const envelope = frames.splice(0, bodyStart);
      return { pipe: this.#queue.lastPipe as Pipe, envelope, body: frames };
    }
  }
}
