/**
 * DEALER: sends to its peers in turn and receives from them in turn, in no lockstep and with no envelope of its own.
 * 28/REQREP, "The DEALER Socket Type".
 *
 * @module
 */
import type { ErrorCode } from '../../errors.ts';
import type { Frames, Pipe } from '../../pipe.ts';
import { type AllocateFrame, allocateBytes } from '../routing/allocate.ts';
import { FairQueue } from '../routing/fair-queue.ts';
import { LoadBalancer } from '../routing/load-balancer.ts';
import type { Pattern } from './pattern.ts';
import { probe } from './probe.ts';

export type DealerOptions = {
  /** Say hello to each new peer with an empty message, for a ROUTER to learn who is there. */
  readonly probeRouter: boolean;
};

export class DealerPattern implements Pattern {
  readonly #options: DealerOptions;
  readonly #allocate: AllocateFrame;
  readonly #balancer = new LoadBalancer();
  readonly #queue = new FairQueue();

  /** @param allocate - makes the message of `probeRouter` */
  constructor(options: DealerOptions, allocate: AllocateFrame = allocateBytes) {
    this.#options = options;
    this.#allocate = allocate;
  }

  get isReadable(): boolean {
    return this.#queue.hasMessage;
  }

  get isWritable(): boolean {
    return this.#balancer.hasRoom;
  }

  attach(pipe: Pipe): void {
    if (this.#options.probeRouter) probe(pipe, this.#allocate);
    this.#balancer.add(pipe);
    this.#queue.add(pipe);
  }

  detach(pipe: Pipe): void {
    this.#balancer.remove(pipe);
    this.#queue.remove(pipe);
  }

  pipeStatusChanged(): void {}

  pipeReadable(pipe: Pipe): void {
    this.#queue.add(pipe);
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

  receive(): Frames | undefined {
    return this.#queue.read();
  }

  blockedBy(): ErrorCode {
    return 'EAGAIN';
  }
}
