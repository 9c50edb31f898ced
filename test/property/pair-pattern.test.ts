/**
 * PAIR against a simple model: one peer at a time, those who have left heard first, and nobody else at all.
 *
 * @module
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { PairPattern as Pair } from '../../src/sockets/patterns/pair.ts';
import { format, parse, Peer } from '../unit/pipes.ts';
import { type ModelPeer, modelPeer, Steps } from './steps.ts';

type PairPeer = ModelPeer & { hangUps: number };

type Model = {
  readonly peers: PairPeer[];
  current: PairPeer | undefined;
  /** Endpoints that wait for their turn. */
  readonly spare: PairPeer[];
  /** Who has left, and is not heard to the end. */
  readonly left: PairPeer[];
  count: number;
};

type Real = { readonly pair: Pair; readonly peers: Peer[] };

/** Whose message is next. */
function findSpeaker({ left, current }: Model): PairPeer | undefined {
  return [...left, ...(current === undefined ? [] : [current])].find(
    ({ incoming }) => incoming.items.length > 0,
  );
}

const steps = new Steps<Model, Real>((model, { pair, peers }) => {
  expect(pair.isReadable).toBe(findSpeaker(model) !== undefined);
  expect(pair.isWritable).toBe(model.current !== undefined && !model.current.outgoing.isFull);
  expect(pair.blockedBy()).toBe('EAGAIN');
  for (const [index, { isThere, incoming, outgoing, hangUps }] of model.peers.entries()) {
    const peer = peers[index] as Peer;
    if (isThere) expect(peer.far.unread).toBe(outgoing.items.length);
    if (isThere) expect(peer.far.canWrite).toBe(!incoming.isFull);
    expect(peer.log.filter((entry) => entry === 'hang up')).toHaveLength(hangUps);
  }
});

function join(readMark: number, writeMark: number, isAccepted: boolean): fc.Command<Model, Real> {
  const name = `join(${readMark}, ${writeMark}, ${isAccepted})`;
  return steps.make(name, (model, real) => {
    const options = { readMark, writeMark, isAccepted, whenHungUp: 'leave' } as const;
    real.peers.push(Peer.of(real.pair, options));
    const peer = { ...modelPeer(readMark, writeMark), hangUps: 0 };
    model.peers.push(peer);
    if (model.current === undefined) {
      model.current = peer;
    } else if (isAccepted) {
      peer.hangUps++;
      peer.isThere = false;
    } else {
      model.spare.push(peer);
    }
  });
}

function leave(choice: number): fc.Command<Model, Real> {
  return steps.ofPeer('leave', choice, (peer, real, model) => {
    real.leave();
    peer.isThere = false;
    if (peer === model.current) {
      model.left.push(peer);
      model.current = model.spare.shift();
    } else {
      model.spare.splice(model.spare.indexOf(peer), 1);
    }
  });
}

function reconnect(choice: number): fc.Command<Model, Real> {
  return steps.ofPeer('reconnect', choice, (_peer, { near, far }) => {
    far.setConnected(!near.isConnected);
  });
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
    ({ incoming }) => !incoming.isFull,
  );
}

const send = steps.make('send', (model, { pair }) => {
  const text = `out ${model.count++}|x`;
  const { current } = model;
  const hasRoom = current !== undefined && !current.outgoing.isFull;
  expect(pair.send(parse(text))).toBe(hasRoom);
  if (hasRoom) current.outgoing.push(text);
});

const receive = steps.make('receive', (model, { pair }) => {
  expect(format(pair.receive())).toBe(findSpeaker(model)?.incoming.shift());
});

const choice = fc.nat(20);
const mark = fc.nat(3);

test('PAIR does as its model does', () => {
  const commands = fc.commands(
    [
      fc.tuple(mark, mark, fc.boolean()).map(([read, write, flag]) => join(read, write, flag)),
      choice.map(leave),
      choice.map(reconnect),
      choice.map(say),
      choice.map(say),
      choice.map((index) => steps.take(index)),
      choice.map((index) => steps.take(index)),
      fc.constant(send),
      fc.constant(send),
      fc.constant(receive),
      fc.constant(receive),
    ],
    { maxCommands: 80, size: 'max' },
  );
  fc.assert(
    fc.property(commands, (sequence) => {
      const model: Model = { peers: [], current: undefined, spare: [], left: [], count: 0 };
      const real: Real = { pair: new Pair(), peers: [] };
      fc.modelRun(() => ({ model, real }), sequence);
      while (findSpeaker(model) !== undefined) receive.run(model, real);
    }),
    { numRuns: 200 },
  );
});
