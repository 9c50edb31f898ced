/**
 * REQ against a simple model, with peers that come and go, answer late, twice, wrongly or not at all.
 *
 * @module
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Req, type ReqOptions } from '../../src/sockets/patterns/req.ts';
import { format, parse, Peer } from '../unit/pipes.ts';

const FIRST_ID = 0x6161_6161;

/** What the model knows of a peer. */
type ModelPeer = {
  readonly mark: number;
  isThere: boolean;
  isConnected: boolean;
  /** What has been sent to it and what it has not read. */
  waiting: string[];
  /** It met its high-water mark and has not read half of it since. */
  isFull: boolean;
  /** What it has read over the connection that it has now. */
  read: string[];
  hangUps: number;
};

type Model = {
  readonly options: ReqOptions;
  readonly peers: ModelPeer[];
  /** Who was asked, unless that peer is gone, and with what. */
  exchange: { peer: number | undefined; wire: string; hasId: boolean } | undefined;
  /** Whether requests have ids: they are asked for, or an answer without one may still come from anywhere. */
  isCorrelating: boolean;
  reply: string | undefined;
  /** How many requests have been sent, and how many answers. */
  count: number;
  ids: number;
  answers: number;
};

type Real = { readonly req: Req; readonly peers: Peer[] };

type Command = fc.Command<Model, Real>;

function isOurTurn(model: Model): boolean {
  return model.exchange === undefined || model.options.relaxed;
}

function hasRoom(peer: ModelPeer): boolean {
  return peer.isThere && !peer.isFull;
}

function checkFull(peer: ModelPeer): void {
  const { mark, waiting } = peer;
  if (mark > 0 && waiting.length <= mark - ((mark + 1) >> 1)) peer.isFull = false;
}

/** Takes a request back that the peer has not read; answers whether that was in time. */
function takeBack(peer: ModelPeer, wire: string | undefined): boolean {
  const { length } = peer.waiting;
  peer.waiting = peer.waiting.filter((other) => other !== wire);
  checkFull(peer);
  return peer.waiting.length < length;
}

/** What can be seen from outside must agree after every step. */
function compare(model: Model, { req, peers }: Real): void {
  const { exchange, reply } = model;
  const asked = exchange?.peer === undefined ? undefined : model.peers[exchange.peer];
  expect(req.isReadable).toBe(reply !== undefined);
  expect(req.isWritable).toBe(isOurTurn(model) && model.peers.some(hasRoom));
  expect(req.blockedBy('receive')).toBe(exchange === undefined ? 'EFSM' : 'EAGAIN');
  expect(req.blockedBy('send')).toBe(isOurTurn(model) ? 'EAGAIN' : 'EFSM');
  expect(req.isExchangeLost).toBe(
    exchange !== undefined && reply === undefined && !(asked?.isThere && asked.isConnected),
  );
  for (const [index, peer] of model.peers.entries()) {
    const real = peers[index];
    if (peer.isThere) expect(real?.far.unread).toBe(peer.waiting.length);
    expect(real?.log.filter((entry) => entry === 'hang up')).toHaveLength(peer.hangUps);
  }
}

abstract class Step implements Command {
  check(_model: Readonly<Model>): boolean {
    return true;
  }

  run(model: Model, real: Real): void {
    this.act(model, real);
    compare(model, real);
  }

  protected abstract act(model: Model, real: Real): void;
  abstract toString(): string;
}

class Join extends Step {
  readonly #mark: number;
  readonly #isConnected: boolean;

  constructor(mark: number, isConnected: boolean) {
    super();
    this.#mark = mark;
    this.#isConnected = isConnected;
  }

  protected override act(model: Model, { req, peers }: Real): void {
    const options = { readMark: this.#mark, isConnected: this.#isConnected };
    peers.push(Peer.of(req, options));
    model.peers.push({
      mark: this.#mark,
      isThere: true,
      isConnected: this.#isConnected,
      waiting: [],
      isFull: false,
      read: [],
      hangUps: 0,
    });
  }

  override toString(): string {
    return `join(${this.#mark}, ${this.#isConnected})`;
  }
}

/** A step of one peer, if there is any. */
abstract class PeerStep extends Step {
  readonly #choice: number;

  constructor(choice: number) {
    super();
    this.#choice = choice;
  }

  override check(model: Readonly<Model>): boolean {
    return model.peers[this.indexIn(model)]?.isThere ?? false;
  }

  protected indexIn(model: Readonly<Model>): number {
    return this.#choice % Math.max(1, model.peers.length);
  }

  protected override act(model: Model, real: Real): void {
    const index = this.indexIn(model);
    this.actOn(model, model.peers[index] as ModelPeer, real.peers[index] as Peer, index);
  }

  protected abstract actOn(model: Model, peer: ModelPeer, real: Peer, index: number): void;

  override toString(): string {
    return `${this.constructor.name}(${this.#choice})`;
  }
}

class Leave extends PeerStep {
  protected override actOn(model: Model, peer: ModelPeer, real: Peer, index: number): void {
    real.leave();
    peer.isThere = false;
    if (model.exchange?.peer === index) model.exchange.peer = undefined;
  }
}

/** The connection of a peer is lost or made anew. What was read over the old one is not answered over the new one. */
class Reconnect extends PeerStep {
  protected override actOn(_model: Model, peer: ModelPeer, real: Peer): void {
    peer.isConnected = !peer.isConnected;
    peer.read = [];
    real.far.setConnected(peer.isConnected);
  }
}

class Take extends PeerStep {
  protected override actOn(_model: Model, peer: ModelPeer, real: Peer): void {
    const wire = peer.waiting.shift();
    expect(real.take()).toBe(wire);
    if (wire !== undefined) peer.read.push(wire);
    checkFull(peer);
  }
}

/** A peer answers something that it has read, the last or an earlier one, or says something else. */
class Answer extends PeerStep {
  readonly #which: number;

  constructor(choice: number, which: number) {
    super(choice);
    this.#which = which;
  }

  protected override actOn(model: Model, peer: ModelPeer, real: Peer, index: number): void {
    const wire = this.#wire(peer, model.answers++);
    real.send(wire);
    const [first, second, ...others] = wire.split('|');
    if (first === '' && second !== undefined) {
      this.#judge(model, index, undefined, [second, ...others].join('|'));
    } else if (first?.length === 4 && second === '' && others.length > 0) {
      this.#judge(model, index, first, others.join('|'));
    } else {
      peer.hangUps++;
    }
  }

  /** No two answers are the same, to the same request neither. */
  #wire(peer: ModelPeer, count: number): string {
    const others = [
      '|unasked',
      'zzzz||other id',
      'malformed',
      '',
      'zzzz|',
      'aaa||x',
      '||',
      'aaaa||',
    ];
    if (this.#which < 0) return others[-this.#which % others.length] ?? '';
    const request = peer.read.at(-1 - (this.#which % 3)) ?? '|unasked';
    const bodyStart = request.lastIndexOf('|') + 1;
    return `${request.slice(0, bodyStart)}re ${request.slice(bodyStart)}#${count}`;
  }

  #judge(model: Model, index: number, id: string | undefined, body: string): void {
    const { exchange } = model;
    if (exchange === undefined || model.reply !== undefined) return;
    if (exchange.peer !== undefined && exchange.peer !== index) return;
    const expected = exchange.hasId ? exchange.wire.slice(0, 4) : undefined;
    if (id === expected) model.reply = body;
  }

  override toString(): string {
    return `${super.toString()}:${this.#which}`;
  }
}

class Send extends Step {
  readonly #isForConnected: boolean;

  constructor(isForConnected: boolean) {
    super();
    this.#isForConnected = isForConnected;
  }

  protected override act(model: Model, { req, peers }: Real): void {
    const text = `q${model.count}`;
    const before = peers.map(({ far }) => far.unread);
    const hasSent = this.#isForConnected ? req.sendToConnected(parse(text)) : req.send(parse(text));
    const mayBeAsked = (peer: ModelPeer): boolean =>
      hasRoom(peer) && (!this.#isForConnected || peer.isConnected);
    expect(hasSent).toBe(isOurTurn(model) && model.peers.some(mayBeAsked));
    const asked = peers.flatMap(({ far }, i) => (far.unread > (before[i] ?? 0) ? [i] : []));
    expect(asked).toHaveLength(hasSent ? 1 : 0);
    const [index] = asked;
    const peer = index === undefined ? undefined : model.peers[index];
    if (index === undefined || peer === undefined) return;
    expect(mayBeAsked(peer)).toBe(true);
    const hasId = model.isCorrelating;
    const id = Buffer.alloc(4);
    id.writeUInt32BE(FIRST_ID + model.ids);
    const wire = hasId ? `${id.toString('latin1')}||${text}` : `|${text}`;
    model.count++;
    if (hasId) model.ids++;
    model.exchange = { peer: index, wire, hasId };
    model.reply = undefined;
    peer.waiting.push(wire);
    if (peer.mark > 0 && peer.waiting.length >= peer.mark) peer.isFull = true;
  }

  override toString(): string {
    return this.#isForConnected ? 'sendToConnected' : 'send';
  }
}

class Receive extends Step {
  protected override act(model: Model, { req }: Real): void {
    const { reply, exchange } = model;
    expect(format(req.receive())).toBe(reply);
    if (reply === undefined) return;
    // With an id a reply is always one to the last request, whatever the peers do.
    const [, request] = /^re (.*)#/.exec(reply) ?? [];
    if (exchange?.hasId && request !== undefined) {
      expect(exchange?.wire.endsWith(`|${request}`)).toBe(true);
    }
    model.reply = undefined;
    model.exchange = undefined;
  }

  override toString(): string {
    return 'receive';
  }
}

class Abandon extends Step {
  protected override act(model: Model, { req, peers }: Real): void {
    const { exchange } = model;
    const index = exchange?.peer;
    const peer = index === undefined ? undefined : model.peers[index];
    req.abandon();
    model.exchange = undefined;
    model.reply = undefined;
    if (exchange === undefined || exchange.hasId) {
      if (peer !== undefined) takeBack(peer, exchange?.wire);
      return;
    }
    if (index === undefined || peer === undefined) {
      model.isCorrelating = true;
      return;
    }
    if (takeBack(peer, exchange.wire) || !peer.isConnected) return;
    // The peer's session drops the connection, and with it all that was read over it.
    peer.hangUps++;
    peer.isConnected = false;
    peer.read = [];
    peers[index]?.far.setConnected(false);
  }

  override toString(): string {
    return 'abandon';
  }
}

const choice = fc.nat(20);
const steps = [
  fc.tuple(fc.nat(3), fc.boolean()).map(([mark, isConnected]) => new Join(mark, isConnected)),
  choice.map((index) => new Leave(index)),
  choice.map((index) => new Reconnect(index)),
  choice.map((index) => new Take(index)),
  choice.map((index) => new Take(index)),
  fc.tuple(choice, fc.nat(2)).map(([index, which]) => new Answer(index, which)),
  fc
    .tuple(choice, fc.integer({ min: -8, max: 2 }))
    .map(([index, which]) => new Answer(index, which)),
  fc.constantFrom(false, false, true).map((isForConnected) => new Send(isForConnected)),
  fc.constantFrom(false, false, true).map((isForConnected) => new Send(isForConnected)),
  fc.constant(new Receive()),
  fc.constant(new Receive()),
  fc.constant(new Abandon()),
];

describe.each([
  { correlate: false, relaxed: false },
  { correlate: true, relaxed: false },
  { correlate: false, relaxed: true },
  { correlate: true, relaxed: true },
])('REQ with correlate $correlate and relaxed $relaxed', (flags) => {
  test('does as its model does', () => {
    const options: ReqOptions = { ...flags, probeRouter: false, routingId: Buffer.alloc(0) };
    fc.assert(
      fc.property(fc.commands(steps, { maxCommands: 60, size: 'max' }), (commands) => {
        const setup = (): { model: Model; real: Real } => ({
          model: {
            options,
            peers: [],
            exchange: undefined,
            isCorrelating: flags.correlate,
            reply: undefined,
            count: 0,
            ids: 0,
            answers: 0,
          },
          real: { req: new Req(options, FIRST_ID), peers: [] },
        });
        fc.modelRun(setup, commands);
      }),
      { numRuns: 100 },
    );
  });
});
