/**
 * Steps of model tests of patterns: what is done to the model and to the pattern with its peers, and compared after each.
 *
 * @module
 */
import type * as fc from 'fast-check';
import { expect } from 'vitest';
import type { Peer } from '../unit/pipes.ts';

/** One direction of a pipe, as the model has it. */
class ModelQueue {
  readonly items: string[] = [];
  /** It met its high-water mark and half of that has not been read since. */
  isFull = false;
  readonly #mark: number;

  constructor(mark: number) {
    this.#mark = mark;
  }

  push(item: string): void {
    this.items.push(item);
    if (this.#mark > 0 && this.items.length >= this.#mark) this.isFull = true;
  }

  shift(): string | undefined {
    const item = this.items.shift();
    if (this.items.length <= this.#mark - ((this.#mark + 1) >> 1)) this.isFull = false;
    return item;
  }
}

/** What the models of all patterns know of a peer. */
export type ModelPeer = {
  isThere: boolean;
  /** What the pattern has sent and the peer has not read. */
  readonly outgoing: ModelQueue;
  /** What the peer has sent and the program has not received. */
  readonly incoming: ModelQueue;
  /** How many messages of others have been received while its own waited. */
  patience: number;
};

/** A peer that has just come. */
export function modelPeer(readMark: number, writeMark: number): ModelPeer {
  return {
    isThere: true,
    outgoing: new ModelQueue(readMark),
    incoming: new ModelQueue(writeMark),
    patience: 0,
  };
}

type Model = { readonly peers: readonly ModelPeer[] };
type Real = { readonly peers: readonly Peer[] };

/** Makes steps after each of which `compare` looks at what can be seen from outside. */
export class Steps<M extends Model, R extends Real> {
  readonly #compare: (model: M, real: R) => void;

  constructor(compare: (model: M, real: R) => void) {
    this.#compare = compare;
  }

  make(
    name: string,
    act: (model: M, real: R) => void,
    check: (model: Readonly<M>) => boolean = () => true,
  ): fc.Command<M, R> {
    return {
      check,
      run: (model, real) => {
        act(model, real);
        this.#compare(model, real);
      },
      toString: () => name,
    };
  }

  /** A step of one of the peers that are there; `choice` says which. */
  ofPeer(
    name: string,
    choice: number,
    act: (peer: M['peers'][number], real: Peer, model: M, index: number) => void,
    isPossible: (peer: M['peers'][number]) => boolean = () => true,
  ): fc.Command<M, R> {
    const indexIn = (model: Readonly<M>): number => choice % Math.max(1, model.peers.length);
    return this.make(
      `${name}(${choice})`,
      (model, { peers }) => {
        const index = indexIn(model);
        act(model.peers[index] as M['peers'][number], peers[index] as Peer, model, index);
      },
      (model) => {
        const peer = model.peers[indexIn(model)];
        return peer !== undefined && peer.isThere && isPossible(peer);
      },
    );
  }

  /** The peer reads what is for it. */
  take(choice: number): fc.Command<M, R> {
    return this.ofPeer('take', choice, ({ outgoing }, real) => {
      expect(real.take()).toBe(outgoing.shift());
    });
  }
}

/** Everyone whose messages wait while one of `served` is received becomes less patient, and nobody waits for ever. */
export function checkFairness(
  peers: readonly ModelPeer[],
  served: ModelPeer,
  waiting: ModelPeer[],
): void {
  served.patience = 0;
  for (const peer of waiting) {
    if (peer === served) continue;
    peer.patience++;
    expect(peer.patience).toBeLessThanOrEqual(2 * peers.length + 1);
  }
}
