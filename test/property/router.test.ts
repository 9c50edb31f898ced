/**
 * ROUTER against a simple model: nothing goes to or comes from the wrong peer, whoever has which name: peers that connect,
 * endpoints that are connected to and come again, sockets of the process that wait for a name.
 *
 * @module
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RouterPattern as Router, type RouterOptions } from '../../src/sockets/patterns/router.ts';
import { format, parse, Peer, type PeerOptions } from '../unit/pipes.ts';
import { checkFairness, type ModelPeer, modelPeer, Steps } from './steps.ts';

/** The first id that is made up; the pattern is told it as a number. */
const FIRST_ID = 0x6161_6161;

/** The made-up id with a number, as text. */
function madeUp(number: number): string {
  const id = Buffer.alloc(5);
  id.writeUInt32BE(FIRST_ID + number, 1);
  return id.toString('latin1');
}

type Kind = 'accepted' | 'endpoint' | 'named endpoint' | 'socket';

type RouterPeer = ModelPeer & {
  readonly kind: Kind;
  isConnected: boolean;
  /** Empty until one is made up. */
  name: string;
  /** Whether it is the one that has the name. */
  isKnown: boolean;
  /** Whether what it sends is received: since it was known, and while it does not wait for its name. */
  isHeard: boolean;
  hangUps: number;
};

type Model = {
  readonly options: RouterOptions;
  readonly peers: RouterPeer[];
  /** Sockets that wait for their names, in order. */
  readonly waiting: Set<RouterPeer>;
  /** How many names have been made up. */
  madeUp: number;
  count: number;
};

type Real = { readonly router: Router; readonly peers: Peer[] };

function holderOf({ peers }: Model, name: string): RouterPeer | undefined {
  return peers.find((peer) => peer.isKnown && peer.name === name);
}

/** A peer asks for its name, or for one. */
function enter(model: Model, peer: RouterPeer): void {
  if (peer.isKnown) return;
  while (peer.name === '') {
    const name = madeUp(model.madeUp++);
    if (holderOf(model, name) === undefined) peer.name = name;
  }
  const holder = holderOf(model, peer.name);
  if (holder !== undefined && !model.options.handover) {
    refuse(model, peer);
    return;
  }
  if (holder !== undefined) holder.isKnown = false;
  model.waiting.delete(peer);
  peer.isKnown = true;
  peer.isHeard = true;
  peer.patience = 0;
  if (holder !== undefined) refuse(model, holder);
}

function refuse(model: Model, peer: RouterPeer): void {
  switch (peer.kind) {
    case 'socket':
      model.waiting.add(peer);
      peer.isHeard = false;
      return;
    case 'accepted':
      peer.hangUps++;
      depart(model, peer);
      return;
    default:
      peer.hangUps++;
      peer.isConnected = false;
  }
}

function depart(model: Model, peer: RouterPeer): void {
  peer.isThere = false;
  peer.isKnown = false;
  model.waiting.delete(peer);
  for (const next of model.waiting) {
    if (holderOf(model, next.name) === undefined) enter(model, next);
  }
}

function isWaiting({ isHeard, incoming }: RouterPeer): boolean {
  return isHeard && incoming.items.length > 0;
}

const steps = new Steps<Model, Real>((model, { router, peers }) => {
  expect(router.isReadable).toBe(model.peers.some(isWaiting));
  expect(router.isWritable).toBe(true);
  for (const [index, peer] of model.peers.entries()) {
    const real = peers[index] as Peer;
    const { isThere, incoming, outgoing, name } = peer;
    expect(real.log.filter((entry) => entry === 'hang up')).toHaveLength(peer.hangUps);
    if (peer.isKnown) expect(router.hasRoute(Buffer.from(name, 'latin1'))).toBe(true);
    if (!isThere) continue;
    expect(real.near.unread).toBe(incoming.items.length);
    expect(real.far.unread).toBe(outgoing.items.length);
    expect(real.far.canWrite).toBe(!incoming.isFull);
    expect(real.near.isConnected).toBe(peer.isConnected);
  }
});

const OPTIONS_OF: Record<Kind, PeerOptions> = {
  accepted: { isAccepted: true, whenHungUp: 'leave' },
  endpoint: { isConnected: false, whenHungUp: 'disconnect' },
  'named endpoint': { isConnected: false, whenHungUp: 'disconnect' },
  socket: { isSocket: true },
};

function join(
  kind: Kind,
  name: string,
  readMark: number,
  writeMark: number,
): fc.Command<Model, Real> {
  const isGiven = kind === 'named endpoint';
  return steps.make(
    `join(${kind}, "${name}", ${readMark}, ${writeMark})`,
    (model, { router, peers }) => {
      const options = { ...OPTIONS_OF[kind], readMark, writeMark };
      const naming = isGiven ? { givenId: name, routingId: 'other' } : { routingId: name };
      peers.push(Peer.of(router, { ...options, ...naming }));
      const peer: RouterPeer = {
        ...modelPeer(readMark, writeMark),
        kind,
        name,
        isConnected: options.isConnected ?? true,
        isKnown: false,
        isHeard: false,
        hangUps: 0,
      };
      model.peers.push(peer);
      if (isGiven || peer.isConnected) enter(model, peer);
    },
    // The socket sees to it that a name that is taken is not given.
    (model) => !isGiven || (name !== '' && holderOf(model, name) === undefined),
  );
}

function leave(choice: number): fc.Command<Model, Real> {
  return steps.ofPeer('leave', choice, (peer, real, model) => {
    real.leave();
    depart(model, peer);
  });
}

function reconnect(choice: number): fc.Command<Model, Real> {
  return steps.ofPeer(
    'reconnect',
    choice,
    (peer, { near, far }, model) => {
      far.setConnected(!near.isConnected);
      peer.isConnected = !peer.isConnected;
      if (peer.isConnected) enter(model, peer);
    },
    ({ kind }) => kind.endsWith('endpoint'),
  );
}

function say(choice: number): fc.Command<Model, Real> {
  return steps.ofPeer(
    'say',
    choice,
    ({ incoming }, real, model) => {
      const text = `in ${model.count++}|x`;
      real.send(text);
      incoming.push(text);
    },
    ({ incoming, isConnected }) => isConnected && !incoming.isFull,
  );
}

function send(name: string): fc.Command<Model, Real> {
  return steps.make(`send(${JSON.stringify(name)})`, (model, { router }) => {
    const text = `out ${model.count++}|x`;
    const attempt = (): boolean => router.send(parse(`${name}|${text}`));
    const { mandatory } = model.options;
    const peer = holderOf(model, name);
    if (peer === undefined && mandatory) {
      expect(attempt).toThrow(expect.objectContaining({ code: 'EHOSTUNREACH' }));
      return;
    }
    const isTaken = peer !== undefined && !peer.outgoing.isFull;
    expect(attempt()).toBe(isTaken || !mandatory);
    if (isTaken) peer.outgoing.push(text);
  });
}

const receive = steps.make('receive', ({ peers }, { router }) => {
  const text = format(router.receive());
  const waiting = peers.filter(isWaiting);
  if (waiting.length === 0) {
    expect(text).toBeUndefined();
    return;
  }
  // It is the oldest of some peer, under its name; which, is a matter of fairness.
  const peer = waiting.find(({ name, incoming }) => `${name}|${incoming.items[0]}` === text);
  if (peer === undefined) throw new Error(`nobody's next message is ${JSON.stringify(text)}`);
  peer.incoming.shift();
  checkFairness(peers, peer, waiting);
});

const choice = fc.nat(20);
const mark = fc.nat(3);
const kind = fc.constantFrom<Kind[]>('accepted', 'endpoint', 'named endpoint', 'socket');
const name = fc.constantFrom('', '', 'a', 'a', 'b', 'c');
const target = fc.constantFrom('', 'a', 'a', 'b', 'b', 'c', 'nobody', ...[0, 1, 2, 3].map(madeUp));
const commands = fc.commands(
  [
    fc.tuple(kind, name, mark, mark).map((setup) => join(...setup)),
    fc.tuple(kind, name, mark, mark).map((setup) => join(...setup)),
    choice.map(leave),
    choice.map(reconnect),
    choice.map(reconnect),
    choice.map(say),
    choice.map(say),
    choice.map(say),
    choice.map((index) => steps.take(index)),
    choice.map((index) => steps.take(index)),
    target.map(send),
    target.map(send),
    target.map(send),
    fc.constant(receive),
    fc.constant(receive),
    fc.constant(receive),
  ],
  { maxCommands: 100, size: 'max' },
);

describe.each([
  { mandatory: false, handover: false },
  { mandatory: true, handover: false },
  { mandatory: true, handover: true },
])('ROUTER with mandatory $mandatory and handover $handover', (flags) => {
  test('does as its model does', () => {
    const options: RouterOptions = { ...flags, probeRouter: false };
    fc.assert(
      fc.property(commands, (sequence) => {
        const allocate = (size: number): Uint8Array => new Uint8Array(size);
        const model: Model = { options, peers: [], waiting: new Set(), madeUp: 0, count: 0 };
        const real: Real = { router: new Router(options, FIRST_ID, allocate), peers: [] };
        fc.modelRun(() => ({ model, real }), sequence);
        while (model.peers.some(isWaiting)) receive.run(model, real);
      }),
      { numRuns: 200 },
    );
  });
});
