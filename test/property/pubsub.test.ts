/**
 * XPUB and SUB against simple models, with peers that come and go, subscribe and cancel at will, and do not read.
 *
 * @module
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Sub } from '../../src/sockets/patterns/sub.ts';
import { Xpub, type XpubOptions } from '../../src/sockets/patterns/xpub.ts';
import { format, parse, Peer } from '../unit/pipes.ts';

const topics = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 3 });
const choice = fc.nat(20);

type Step =
  | { readonly type: 'join'; readonly mark: number }
  | { readonly type: 'leave' | 'reconnect' | 'take'; readonly peer: number }
  | { readonly type: 'say'; readonly peer: number; readonly frames: readonly string[] }
  | { readonly type: 'send'; readonly text: string }
  | { readonly type: 'receive' }
  | { readonly type: 'subscribe' | 'unsubscribe'; readonly topic: string };

/** What peers say: mostly one subscription, sometimes several, or something else. */
const said = fc.oneof(
  { weight: 4, arbitrary: topics.map((topic) => `\x01${topic}`) },
  { weight: 3, arbitrary: topics.map((topic) => `\0${topic}`) },
  { weight: 1, arbitrary: fc.constantFrom('', 'x', '\x02') },
);

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ type: fc.constant('join' as const), mark: fc.nat(3) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constantFrom('leave' as const, 'reconnect', 'take', 'take', 'take'),
      peer: choice,
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      type: fc.constant('say' as const),
      peer: choice,
      frames: fc.oneof(
        { weight: 5, arbitrary: said.map((frame) => [frame]) },
        { weight: 1, arbitrary: fc.array(said, { minLength: 2, maxLength: 4 }) },
      ),
    }),
  },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('send' as const), text: topics }) },
  { weight: 4, arbitrary: fc.constant({ type: 'receive' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constantFrom('subscribe' as const, 'subscribe', 'unsubscribe'),
      topic: topics,
    }),
  },
);

const sequences = fc.array(steps, { maxLength: 60, size: 'max' });

class ModelPeer {
  readonly mark: number;
  isThere = true;
  isConnected = true;
  isFull = false;
  waiting: string[] = [];
  /** What it has asked for. */
  readonly requests = new Set<string>();
  /** What it gets. */
  readonly topics = new Set<string>();

  constructor(mark: number) {
    this.mark = mark;
  }

  wants(text: string, isInverse: boolean): boolean {
    return this.isThere && [...this.topics].some((topic) => text.startsWith(topic)) !== isInverse;
  }
}

/** An XPUB whose application reads without limit. */
class Model {
  readonly options: XpubOptions;
  readonly peers: ModelPeer[] = [];
  readonly deliveries: { readonly peer: ModelPeer; readonly text: string }[] = [];
  last: ModelPeer | undefined;

  constructor(options: XpubOptions) {
    this.options = options;
  }

  say(peer: ModelPeer, frames: readonly string[]): void {
    const others: string[] = [];
    for (const frame of frames) {
      const topic = frame.slice(1);
      if (frame.startsWith('\x01')) this.subscribe(peer, topic);
      else if (frame.startsWith('\0')) this.cancel(peer, topic);
      else others.push(frame);
    }
    if (others.length > 0) this.deliveries.push({ peer, text: others.join('|') });
  }

  subscribe(peer: ModelPeer, topic: string): void {
    const { manual, verbosity } = this.options;
    if (!peer.isConnected) return;
    const isFirst = !this.peers.some((each) => each.topics.has(topic));
    if (manual) peer.requests.add(topic);
    else peer.topics.add(topic);
    const isNews = manual || isFirst || verbosity !== null;
    if (isNews) this.deliveries.push({ peer, text: `\x01${topic}` });
  }

  cancel(peer: ModelPeer, topic: string): void {
    const { manual, verbosity } = this.options;
    const isKnown = (manual ? peer.requests : peer.topics).delete(topic);
    const isLast = !this.peers.some((each) => each.topics.has(topic));
    const isNews = isKnown && (manual || isLast || verbosity === 'allSubsUnsubs');
    if (isNews) this.deliveries.push({ peer, text: `\0${topic}` });
  }

  forget(peer: ModelPeer): void {
    for (const topic of this.options.manual ? peer.requests : peer.topics) {
      this.cancel(peer, topic);
    }
    peer.topics.clear();
  }

  send(text: string): boolean {
    const { noDrop, invertMatching } = this.options;
    const wanting = this.peers.filter((peer) => peer.wants(text, invertMatching));
    if (noDrop && wanting.some(({ isFull }) => isFull)) return false;
    for (const peer of wanting) {
      if (peer.isFull) continue;
      peer.waiting.push(text);
      if (peer.mark > 0 && peer.waiting.length >= peer.mark) peer.isFull = true;
    }
    return true;
  }

  take(peer: ModelPeer): string | undefined {
    const text = peer.waiting.shift();
    if (peer.waiting.length <= peer.mark - ((peer.mark + 1) >> 1)) peer.isFull = false;
    return text;
  }
}

/** Does one step to both; what can be seen from outside must agree. */
function run(step: Step, model: Model, xpub: Xpub, peers: Peer[]): void {
  if (step.type === 'join') {
    peers.push(Peer.of(xpub, { readMark: step.mark }));
    model.peers.push(new ModelPeer(step.mark));
  } else if ('peer' in step) {
    const index = step.peer % Math.max(1, peers.length);
    const peer = peers[index];
    const modelPeer = model.peers[index];
    if (peer === undefined || !modelPeer?.isThere) return;
    runPeer(step, model, modelPeer, peer);
  } else if (step.type === 'send') {
    expect(xpub.send(parse(step.text))).toBe(model.send(step.text));
  } else if (step.type === 'receive') {
    const expected = model.deliveries.shift();
    if (expected !== undefined) model.last = expected.peer;
    expect(format(xpub.receive())).toBe(expected?.text);
  } else if (model.options.manual) {
    xpub[step.type](Buffer.from(step.topic));
    if (!model.last?.isConnected) return;
    if (step.type === 'subscribe') model.last.topics.add(step.topic);
    else model.last.topics.delete(step.topic);
  }
}

function runPeer(
  step: Extract<Step, { peer: number }>,
  model: Model,
  modelPeer: ModelPeer,
  peer: Peer,
): void {
  switch (step.type) {
    case 'leave':
      peer.leave();
      modelPeer.isConnected = false;
      modelPeer.isThere = false;
      model.forget(modelPeer);
      break;
    case 'reconnect':
      modelPeer.isConnected = !modelPeer.isConnected;
      peer.far.setConnected(modelPeer.isConnected);
      if (!modelPeer.isConnected) model.forget(modelPeer);
      break;
    case 'take':
      expect(peer.take()).toBe(model.take(modelPeer));
      break;
    case 'say':
      if (!modelPeer.isConnected) return;
      peer.send(step.frames.join('|'));
      model.say(modelPeer, step.frames);
      break;
  }
}

const DEFAULTS: XpubOptions = {
  maxSubscriptions: 0,
  maxTopicSize: -1,
  noDrop: false,
  invertMatching: false,
  receiveHighWaterMark: 0,
  maxBufferedBytes: 0,
  verbosity: null,
  manual: false,
  welcomeMessage: new Uint8Array(0),
};

describe.each([
  ['by default', {}],
  ['with all subscriptions', { verbosity: 'allSubs' }],
  ['with all subscriptions and cancellations', { verbosity: 'allSubsUnsubs' }],
  ['by hand', { manual: true }],
  ['without drops', { noDrop: true }],
  ['inversely', { invertMatching: true }],
] as const)('XPUB %s', (_name, changes) => {
  test('does as its model does', () => {
    fc.assert(
      fc.property(sequences, (sequence) => {
        const options = { ...DEFAULTS, ...changes };
        const model = new Model(options);
        const xpub = new Xpub(options);
        const peers: Peer[] = [];
        for (const step of sequence) {
          run(step, model, xpub, peers);
          expect(xpub.isReadable).toBe(model.deliveries.length > 0);
          const isFull = model.peers.some((peer) => peer.isThere && peer.isFull);
          expect(xpub.isWritable).toBe(!options.noDrop || !isFull);
          for (const [i, peer] of model.peers.entries()) {
            if (peer.isThere) expect(peers[i]?.far.unread).toBe(peer.waiting.length);
          }
        }
      }),
    );
  });
});

describe('XPUB whose application reads little', () => {
  test('tells it in the end which topics there are', () => {
    fc.assert(
      fc.property(sequences, fc.integer({ min: 1, max: 3 }), (sequence, receiveHighWaterMark) => {
        const xpub = new Xpub({ ...DEFAULTS, receiveHighWaterMark });
        const peers: Peer[] = [Peer.of(xpub), Peer.of(xpub)];
        const held = peers.map(() => new Set<string>());
        const told = new Set<string>();
        const receive = (): void => {
          const text = format(xpub.receive()) ?? '';
          const topic = text.slice(1);
          if (text.startsWith('\x01')) {
            expect(told.has(topic)).toBe(false);
            told.add(topic);
          } else if (text.startsWith('\0')) {
            expect(told.delete(topic)).toBe(true);
          }
        };
        for (const step of sequence) {
          if (step.type === 'receive') receive();
          if (step.type === 'reconnect') {
            const index = step.peer % 2;
            peers[index]?.far.setConnected(false);
            held[index]?.clear();
            peers[index]?.far.setConnected(true);
          }
          if (step.type !== 'say') continue;
          peers[step.peer % 2]?.send(step.frames.join('|'));
          for (const frame of step.frames) {
            if (frame.startsWith('\x01')) held[step.peer % 2]?.add(frame.slice(1));
            else if (frame.startsWith('\0')) held[step.peer % 2]?.delete(frame.slice(1));
          }
        }
        for (const peer of peers) peer.takeAll();
        // What is held counts at once, unless a message is in front of it.
        for (const text of ['a', 'b', 'aa', 'ab', 'ba', 'bb', 'aaa', 'bbb']) {
          xpub.send(parse(text));
          for (const [i, peer] of peers.entries()) {
            const isHeld = [...(held[i] ?? [])].some((topic) => text.startsWith(topic));
            const seen = peer.takeAll();
            if (peer.near.unread === 0) expect(seen).toEqual(isHeld ? [text] : []);
          }
        }
        while (xpub.isReadable) receive();
        expect(peers.map(({ near }) => near.unread)).toEqual([0, 0]);
        expect([...told].toSorted()).toEqual(
          [...new Set(held.flatMap((each) => [...each]))].toSorted(),
        );
      }),
    );
  });
});

describe('SUB', () => {
  test('lets through what it has subscribed to, and its publishers know what that is', () => {
    const subSteps = fc.oneof(
      fc.record({ type: fc.constantFrom('subscribe', 'unsubscribe'), topic: topics }),
      fc.record({ type: fc.constantFrom('send', 'receive'), topic: topics }),
      fc.record({ type: fc.constant('reconnect'), topic: fc.constant('') }),
    );
    fc.assert(
      fc.property(fc.array(subSteps, { maxLength: 60, size: 'max' }), (sequence) => {
        const sub = new Sub({ invertMatching: false });
        const peer = Peer.of(sub);
        const counts = new Map<string, number>();
        const known = new Set<string>();
        const waiting: string[] = [];
        /** The message that is readable. It is chosen as soon as there is one. */
        let next: string | undefined;
        const matches = (text: string): boolean =>
          [...counts].some(([topic, count]) => count > 0 && text.startsWith(topic));
        const choose = (): void => {
          if (next !== undefined && !matches(next)) next = undefined;
          while (next === undefined && waiting.length > 0) {
            const text = waiting.shift();
            if (text !== undefined && matches(text)) next = text;
          }
        };
        for (const { type, topic } of sequence) {
          const count = counts.get(topic) ?? 0;
          if (type === 'subscribe') {
            sub.subscribe(Buffer.from(topic));
            counts.set(topic, count + 1);
          } else if (type === 'unsubscribe') {
            sub.unsubscribe(Buffer.from(topic));
            counts.set(topic, Math.max(0, count - 1));
          } else if (type === 'send') {
            peer.send(topic);
            waiting.push(topic);
          } else if (type === 'receive') {
            expect(format(sub.receive())).toBe(next);
            next = undefined;
          } else {
            peer.far.setConnected(false);
            known.clear();
            peer.far.setConnected(true);
          }
          choose();
          for (const frame of peer.subscriptions.splice(0)) {
            if (frame.startsWith('\x01')) known.add(frame.slice(1));
            else expect(known.delete(frame.slice(1))).toBe(true);
          }
          const held = [...counts].flatMap(([each, number]) => (number > 0 ? [each] : []));
          expect([...known].toSorted()).toEqual(held.toSorted());
          expect(sub.isReadable).toBe(next !== undefined);
        }
      }),
    );
  });
});
