/**
 * REP against a simple model: lockstep, envelopes, replies to who asked, nothing lost, nobody starved.
 *
 * @module
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Rep } from '../../src/sockets/patterns/rep.ts';
import { format, parse, Peer } from '../unit/pipes.ts';

/** A request on its way: `text` is different for each. */
type ModelRequest = { readonly peer: number; readonly envelope: string; readonly text: string };

type ModelPeer = {
  readonly mark: number;
  isThere: boolean;
  /** What it has asked and the application has not received. */
  requests: ModelRequest[];
  /** Replies that it has not read. */
  replies: string[];
  /** It met its high-water mark and has not read half of it since. */
  isFull: boolean;
  /** How many requests of others have been received while its own waited. */
  patience: number;
};

type Model = {
  readonly peers: ModelPeer[];
  current: ModelRequest | undefined;
  count: number;
};

type Real = { readonly rep: Rep; readonly peers: Peer[] };

function compare(model: Model, { rep, peers }: Real): void {
  const isWaiting = model.peers.some(({ requests }) => requests.length > 0);
  expect(rep.isReadable).toBe(model.current === undefined && isWaiting);
  expect(rep.isWritable).toBe(model.current !== undefined);
  expect(rep.blockedBy('receive')).toBe(model.current === undefined ? 'EAGAIN' : 'EFSM');
  expect(rep.blockedBy('send')).toBe('EFSM');
  for (const [index, peer] of model.peers.entries()) {
    if (peer.isThere) expect(peers[index]?.far.unread).toBe(peer.replies.length);
    expect(peers[index]?.log).not.toContain('hang up');
  }
}

abstract class Step implements fc.Command<Model, Real> {
  check(_model: Readonly<Model>): boolean {
    return true;
  }

  run(model: Model, real: Real): void {
    this.act(model, real);
    compare(model, real);
  }

  protected abstract act(model: Model, real: Real): void;

  toString(): string {
    return this.constructor.name;
  }
}

class Join extends Step {
  readonly #mark: number;

  constructor(mark: number) {
    super();
    this.#mark = mark;
  }

  protected override act(model: Model, { rep, peers }: Real): void {
    peers.push(Peer.of(rep, { readMark: this.#mark }));
    model.peers.push({
      mark: this.#mark,
      isThere: true,
      requests: [],
      replies: [],
      isFull: false,
      patience: 0,
    });
  }
}

abstract class PeerStep extends Step {
  readonly #choice: number;

  constructor(choice: number) {
    super();
    this.#choice = choice;
  }

  override check(model: Readonly<Model>): boolean {
    return model.peers[this.#indexIn(model)]?.isThere ?? false;
  }

  #indexIn(model: Readonly<Model>): number {
    return this.#choice % Math.max(1, model.peers.length);
  }

  protected override act(model: Model, real: Real): void {
    const index = this.#indexIn(model);
    this.actOn(model, model.peers[index] as ModelPeer, real.peers[index] as Peer, index);
  }

  protected abstract actOn(model: Model, peer: ModelPeer, real: Peer, index: number): void;

  override toString(): string {
    return `${super.toString()}(${this.#choice})`;
  }
}

class Leave extends PeerStep {
  protected override actOn(_model: Model, peer: ModelPeer, real: Peer): void {
    real.leave();
    peer.isThere = false;
  }
}

class Ask extends PeerStep {
  readonly #envelope: string;

  constructor(choice: number, envelope: string) {
    super(choice);
    this.#envelope = envelope;
  }

  protected override actOn(model: Model, peer: ModelPeer, real: Peer, index: number): void {
    const request = { peer: index, envelope: this.#envelope, text: `r${model.count++}` };
    real.send(request.envelope + request.text);
    peer.requests.push(request);
  }

  override toString(): string {
    return `${super.toString()}:${this.#envelope}`;
  }
}

class Babble extends PeerStep {
  readonly #wire: string;

  constructor(choice: number, wire: string) {
    super(choice);
    this.#wire = wire;
  }

  protected override actOn(_model: Model, _peer: ModelPeer, real: Peer): void {
    real.send(this.#wire);
  }
}

class Take extends PeerStep {
  protected override actOn(_model: Model, peer: ModelPeer, real: Peer): void {
    expect(real.take()).toBe(peer.replies.shift());
    if (peer.mark > 0 && peer.replies.length <= peer.mark - ((peer.mark + 1) >> 1)) {
      peer.isFull = false;
    }
  }
}

class Receive extends Step {
  protected override act(model: Model, { rep }: Real): void {
    const text = format(rep.receive());
    const heads = model.peers.flatMap(({ requests: [head] }) => head ?? []);
    if (model.current !== undefined || heads.length === 0) {
      expect(text).toBeUndefined();
      return;
    }
    // It is the oldest of some peer; which, is a matter of fairness.
    const request = heads.find((head) => head.text === text);
    if (request === undefined) throw new Error(`nobody's next request is ${text}`);
    model.current = request;
    for (const [index, peer] of model.peers.entries()) {
      if (index === request.peer) {
        peer.requests.shift();
        peer.patience = 0;
      } else if (peer.requests.length > 0) {
        peer.patience++;
        expect(peer.patience).toBeLessThanOrEqual(2 * model.peers.length + 1);
      }
    }
  }
}

class Send extends Step {
  protected override act(model: Model, { rep }: Real): void {
    const { current } = model;
    const text = `a${model.count++}`;
    expect(rep.send(parse(`${text}|x`))).toBe(current !== undefined);
    model.current = undefined;
    const asker = current === undefined ? undefined : model.peers[current.peer];
    if (current === undefined || asker === undefined || !asker.isThere || asker.isFull) return;
    asker.replies.push(`${current.envelope}${text}|x`);
    if (asker.mark > 0 && asker.replies.length >= asker.mark) asker.isFull = true;
  }
}

const choice = fc.nat(20);
const envelopes = fc.constantFrom('|', 'hop||', 'a|bb|ccc||', 'abcd||');
const junk = fc.constantFrom('', 'junk', 'a|b|c', 'a|', 'a|b|');
const steps = [
  fc.nat(3).map((mark) => new Join(mark)),
  choice.map((index) => new Leave(index)),
  fc.tuple(choice, envelopes).map(([index, envelope]) => new Ask(index, envelope)),
  fc.tuple(choice, envelopes).map(([index, envelope]) => new Ask(index, envelope)),
  fc.tuple(choice, envelopes).map(([index, envelope]) => new Ask(index, envelope)),
  fc.tuple(choice, junk).map(([index, wire]) => new Babble(index, wire)),
  choice.map((index) => new Take(index)),
  fc.constant(new Receive()),
  fc.constant(new Receive()),
  fc.constant(new Send()),
  fc.constant(new Send()),
];

test('REP does as its model does', () => {
  fc.assert(
    fc.property(fc.commands(steps, { maxCommands: 80, size: 'max' }), (commands) => {
      const model: Model = { peers: [], current: undefined, count: 0 };
      const real: Real = { rep: new Rep(), peers: [] };
      fc.modelRun(() => ({ model, real }), commands);
      // Nothing is lost: what has been asked comes sooner or later, of those who have left too.
      const end = [new Send(), new Receive()];
      const isWaiting = (): boolean => model.peers.some(({ requests }) => requests.length > 0);
      while (isWaiting()) for (const step of end) step.run(model, real);
    }),
    { numRuns: 200 },
  );
});
