/**
 * DEALER, and with it PUSH and PULL, against a simple model: nothing is lost, repeated or sent to the wrong peer, and
 * nobody is passed over, with peers that come and go, fill up and read late.
 *
 * @module
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DealerPattern as Dealer } from '../../src/sockets/patterns/dealer.ts';
import type { Pattern } from '../../src/sockets/patterns/pattern.ts';
import { PullPattern as Pull } from '../../src/sockets/patterns/pull.ts';
import { PushPattern as Push } from '../../src/sockets/patterns/push.ts';
import { format, parse, Peer } from '../unit/pipes.ts';
import { checkFairness, type ModelPeer, modelPeer, Steps } from './steps.ts';

/** `thirst`: how many messages have gone to others while it could have had them. */
type DealerPeer = ModelPeer & { thirst: number };

type Model = {
  readonly peers: DealerPeer[];
  readonly sends: boolean;
  readonly receives: boolean;
  count: number;
};

type Real = { readonly pattern: Pattern; readonly peers: Peer[] };

function hasRoom({ isThere, outgoing }: DealerPeer): boolean {
  return isThere && !outgoing.isFull;
}

function hasMessage({ incoming }: DealerPeer): boolean {
  return incoming.items.length > 0;
}

const steps = new Steps<Model, Real>((model, { pattern, peers }) => {
  expect(pattern.isReadable).toBe(model.peers.some(hasMessage));
  expect(pattern.isWritable).toBe(model.sends && model.peers.some(hasRoom));
  expect(pattern.blockedBy('send')).toBe(model.sends ? 'EAGAIN' : 'ENOTSUP');
  expect(pattern.blockedBy('receive')).toBe(model.receives ? 'EAGAIN' : 'ENOTSUP');
  for (const [index, { isThere, incoming, outgoing }] of model.peers.entries()) {
    const peer = peers[index] as Peer;
    expect(peer.near.unread).toBe(incoming.items.length);
    if (isThere) expect(peer.far.unread).toBe(outgoing.items.length);
    if (isThere) expect(peer.far.canWrite).toBe(!incoming.isFull);
    expect(peer.log).not.toContain('hang up');
  }
});

function join(readMark: number, writeMark: number, isConnected: boolean): fc.Command<Model, Real> {
  return steps.make(`join(${readMark}, ${writeMark}, ${isConnected})`, (model, real) => {
    real.peers.push(Peer.of(real.pattern, { readMark, writeMark, isConnected }));
    model.peers.push({ ...modelPeer(readMark, writeMark), thirst: 0 });
  });
}

function leave(choice: number): fc.Command<Model, Real> {
  return steps.ofPeer('leave', choice, (peer, real) => {
    real.leave();
    peer.isThere = false;
  });
}

function reconnect(choice: number): fc.Command<Model, Real> {
  return steps.ofPeer('reconnect', choice, (_peer, { near, far }) => {
    far.setConnected(!near.isConnected);
  });
}

/** A peer sends, when there is room for it. */
function say(choice: number): fc.Command<Model, Real> {
  return steps.ofPeer(
    'say',
    choice,
    ({ incoming }, real, model) => {
      const text = `in ${model.count++}|x`;
      real.send(text);
      if (model.receives) incoming.push(text);
    },
    ({ incoming }) => !incoming.isFull,
  );
}

const send = steps.make('send', (model, { pattern, peers }) => {
  const text = `out ${model.count++}|x`;
  const before = peers.map(({ far }) => far.unread);
  const couldHaveIt = model.sends ? model.peers.filter(hasRoom) : [];
  expect(pattern.send(parse(text))).toBe(couldHaveIt.length > 0);
  const asked = model.peers.filter((_, i) => (peers[i]?.far.unread ?? 0) > (before[i] ?? 0));
  expect(asked).toHaveLength(Math.min(1, couldHaveIt.length));
  const [peer] = asked;
  if (peer === undefined) return;
  expect(couldHaveIt).toContain(peer);
  peer.outgoing.push(text);
  peer.thirst = 0;
  for (const other of couldHaveIt) {
    if (other === peer) continue;
    other.thirst++;
    expect(other.thirst).toBeLessThanOrEqual(2 * peers.length + 1);
  }
});

const receive = steps.make('receive', ({ peers }, { pattern }) => {
  const text = format(pattern.receive());
  const waiting = peers.filter(hasMessage);
  if (waiting.length === 0) {
    expect(text).toBeUndefined();
    return;
  }
  // It is the oldest of some peer; which, is a matter of fairness.
  const peer = waiting.find(({ incoming }) => incoming.items[0] === text);
  if (peer === undefined) throw new Error(`nobody's next message is ${text}`);
  peer.incoming.shift();
  checkFairness(peers, peer, waiting);
});

const choice = fc.nat(20);
const mark = fc.nat(3);
const commands = fc.commands(
  [
    fc.tuple(mark, mark, fc.boolean()).map(([read, write, isThere]) => join(read, write, isThere)),
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

describe.each([
  {
    kind: 'DEALER',
    make: () => new Dealer({ probeRouter: false }),
    sends: true,
    receives: true,
  },
  { kind: 'PUSH', make: () => new Push(), sends: true, receives: false },
  { kind: 'PULL', make: () => new Pull(), sends: false, receives: true },
])('$kind', ({ make, sends, receives }) => {
  test('does as its model does', () => {
    fc.assert(
      fc.property(commands, (sequence) => {
        const model: Model = { peers: [], sends, receives, count: 0 };
        const real: Real = { pattern: make(), peers: [] };
        fc.modelRun(() => ({ model, real }), sequence);
        // Nothing is lost: what has been sent comes sooner or later, of those who have left too.
        while (model.peers.some(hasMessage)) receive.run(model, real);
        for (const [index, { isThere }] of model.peers.entries()) {
          if (isThere) while (real.peers[index]?.far.unread) steps.take(index).run(model, real);
        }
      }),
      { numRuns: 150 },
    );
  });
});
