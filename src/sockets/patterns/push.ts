/**
 * PUSH: sends each message to one of its peers, in turn. 30/PIPELINE, "The PUSH Socket Type".
 *
 * @module
 */
import type { ErrorCode } from '../../errors.ts';
import type { Frames, Pipe } from '../../pipe.ts';
import { LoadBalancer } from '../routing/load-balancer.ts';
import type { Pattern } from './pattern.ts';

export class PushPattern implements Pattern {
  readonly #balancer = new LoadBalancer();
  readonly isReadable = false;

  get isWritable(): boolean {
    return this.#balancer.hasRoom;
  }

  attach(pipe: Pipe): void {
    this.#balancer.add(pipe);
    this.pipeReadable(pipe);
  }

  detach(pipe: Pipe): void {
    this.#balancer.remove(pipe);
  }

  pipeStatusChanged(): void {}

  /** What a PULL sends nobody wants. */
  pipeReadable(pipe: Pipe): void {
    while (pipe.read() !== undefined);
  }

  pipeWritable(pipe: Pipe): void {
    this.#balancer.add(pipe);
  }

  send(frames: Frames): boolean {
    const pipe = this.#balancer.next();
    if (pipe === undefined) return false;
    pipe.write(frames);
    return true;
  }

  receive(): undefined {
    return undefined;
  }

  blockedBy(operation: 'send' | 'receive'): ErrorCode {
    return operation === 'send' ? 'EAGAIN' : 'ENOTSUP';
  }
}
