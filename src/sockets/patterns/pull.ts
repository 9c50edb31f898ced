/**
 * PULL: receives from its peers in turn. 30/PIPELINE, "The PULL Socket Type".
 *
 * @module
 */
import type { ErrorCode } from '../../errors.ts';
import type { Frames, Pipe } from '../../pipe.ts';
import { FairQueue } from '../routing/fair-queue.ts';
import type { Pattern } from './pattern.ts';

export class PullPattern implements Pattern {
  readonly #queue = new FairQueue();
  readonly isWritable = false;

  get isReadable(): boolean {
    return this.#queue.hasMessage;
  }

  attach(pipe: Pipe): void {
    this.#queue.add(pipe);
  }

  detach(pipe: Pipe): void {
    this.#queue.remove(pipe);
  }

  pipeStatusChanged(): void {}

  pipeReadable(pipe: Pipe): void {
    this.#queue.add(pipe);
  }

  pipeWritable(): void {}

  send(): boolean {
    return false;
  }

  receive(): Frames | undefined {
    return this.#queue.read();
  }

  blockedBy(operation: 'send' | 'receive'): ErrorCode {
    return operation === 'receive' ? 'EAGAIN' : 'ENOTSUP';
  }
}
