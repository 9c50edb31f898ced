/**
 * One message to many peers. 29/PUBSUB, "The PUB Socket Type": a peer that takes nothing now does not get it, and holds
 * up nobody.
 *
 * A message is sent in two steps: `begin` and `mark` (or `markAll`, `invert`) choose who is to get it, each once however
 * often it is marked; `write` gives it to them, or `giveUp` lets it be. To write may set off another message to the same
 * peers, from within: it has its choice behind that of the outer one.
 *
 * @module
 */
import type { Frames, Pipe } from '../../pipe.ts';

/** An attached pipe. */
export class Target {
  readonly pipe: Pipe;
  /** The number of the last message that it was marked for. */
  stamp = 0;

  constructor(pipe: Pipe) {
    this.pipe = pipe;
  }
}

export class Distributor {
  /** Marks a target; a function by itself, so that it can be handed to `Subscriptions.match`. */
  readonly mark: (target: Target) => void = (target) => this.#mark(target);
  readonly #targets = new Map<Pipe, Target>();
  /** Those that get the message, and before them those of outer ones. */
  readonly #marked: (Target | undefined)[] = [];
  #start = 0;
  #end = 0;
  #stamp = 0;

  get pipes(): Iterable<Pipe> {
    return this.#targets.keys();
  }

  attach(pipe: Pipe): void {
    this.#targets.set(pipe, new Target(pipe));
  }

  detach(pipe: Pipe): void {
    this.#targets.delete(pipe);
  }

  targetOf(pipe: Pipe): Target | undefined {
    return this.#targets.get(pipe);
  }

  /** A new message, that nobody gets so far. */
  begin(): void {
    this.#start = this.#end;
    this.#stamp++;
  }

  markAll(): void {
    for (const target of this.#targets.values()) this.#mark(target);
  }

  /** Chooses those that were not marked in place of those that were. */
  invert(): void {
    const stamp = this.#stamp;
    this.#end = this.#start;
    for (const target of this.#targets.values()) {
      if (target.stamp !== stamp) this.#marked[this.#end++] = target;
    }
  }

  /** Whether all that were chosen can take the message. */
  get canAllWrite(): boolean {
    for (let i = this.#start; i < this.#end; i++) {
      const pipe = this.#marked[i]?.pipe;
      if (pipe !== undefined && isFull(pipe)) return false;
    }
    return true;
  }

  /** Whether any pipe is full. */
  get hasFull(): boolean {
    for (const pipe of this.#targets.keys()) {
      if (isFull(pipe)) return true;
    }
    return false;
  }

  /** Gives the message to all that were chosen and have room. */
  write(frames: Frames): void {
    const start = this.#start;
    const end = this.#end;
    const isForMany = end - start > 1;
    for (let i = start; i < end; i++) {
      const { pipe } = this.#marked[i] as Target;
      this.#marked[i] = undefined;
      if (!pipe.canWrite) continue;
      // Sessions only read the array, so they can share it: when the message has to wait in several pipes its small
      // frames are copied several times, but only the last copies are kept. A socket hands it to a program, which may
      // do with it what it likes.
      pipe.write(isForMany && pipe.joinsSockets ? frames.slice() : frames);
    }
    this.#end = start;
  }

  /** Nobody gets the message. */
  giveUp(): void {
    this.#marked.fill(undefined, this.#start, this.#end);
    this.#end = this.#start;
  }

  #mark(target: Target): void {
    if (target.stamp === this.#stamp) return;
    target.stamp = this.#stamp;
    this.#marked[this.#end++] = target;
  }
}

function isFull(pipe: Pipe): boolean {
  return !pipe.canWrite && !pipe.isClosed;
}
