/**
 * The interop matrix of socket types: pairing × which side is ours × who binds, against one kind of peer over one
 * transport. Each test sends one sequence of messages of mixed sizes in every direction that the pairing allows.
 *
 * @module
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IpcDirectory, type Transport } from './endpoints.ts';
import { within } from './events.ts';
import { bytes, digest, type MessageSpec, message, text } from './messages.ts';
import { OurSocket } from './our-socket.ts';
import {
  type Peer,
  type PeerKind,
  type PeerOptions,
  type PeerSocketType,
  startPeer,
  type TestSocket,
} from './peer.ts';
import { awaitSubscription, PROBE } from './publish.ts';

/** 200 messages of 1 to 5 frames, 4 MB in all, each with a seed of its own. */
const SPECS: readonly MessageSpec[] = Array.from({ length: 200 }, (_, i) =>
  i === 100
    ? [bytes(1024 * 1024, 99)]
    : // No frame may begin with 0 or 1: from an XSUB that would be a subscription.
      Array.from({ length: 1 + (i % 5) }, (_, j) => bytes(sizeOf(i, j), 2 + ((i + j) % 240))),
);
const DIGESTS = SPECS.map(message).map(digest);

function sizeOf(messageNumber: number, frameNumber: number): number {
  if (messageNumber % 25 === frameNumber) return 70_000;
  if (messageNumber % 10 === 9 - frameNumber) return 8193;
  return [255, 0, 1, 256][(messageNumber + frameNumber) % 4] ?? 0;
}

/** Two sockets that are connected to each other. */
interface Pair {
  readonly first: TestSocket;
  readonly second: TestSocket;
  readonly binder: TestSocket;
  readonly connecter: TestSocket;
}

interface Pairing {
  readonly first: PeerSocketType;
  readonly second: PeerSocketType;
  /** Before the sockets are connected. */
  readonly prepare?: (pair: Pair) => Promise<void>;
  readonly talk: (pair: Pair) => Promise<void>;
  readonly binderOptions?: PeerOptions;
  readonly connecterOptions?: PeerOptions;
}

/** The sequence goes from one socket to the other. */
async function flow(from: TestSocket, to: TestSocket): Promise<void> {
  const [{ messages }] = await Promise.all([
    to.receiveMany({ count: SPECS.length, skip: PROBE }),
    from.sendMany(SPECS),
  ]);
  expect(messages).toEqual(DIGESTS);
}

const oneWay = async ({ first, second }: Pair): Promise<void> => flow(first, second);

async function bothWays({ first, second }: Pair): Promise<void> {
  await Promise.all([flow(first, second), flow(second, first)]);
}

const subscribe = async ({ second }: Pair): Promise<void> => second.subscribe(text(''));

async function publish({ first, second }: Pair): Promise<void> {
  await awaitSubscription(first, second);
  await flow(first, second);
}

async function publishAndSendUpstream(pair: Pair): Promise<void> {
  await publish(pair);
  await flow(pair.second, pair.first);
}

async function route({ first: dealer, second: router }: Pair): Promise<void> {
  const [asked] = await Promise.all([
    router.receiveMany({ count: SPECS.length }),
    dealer.sendMany(SPECS),
  ]);
  expect(asked.messages).toEqual(DIGESTS);
  const to = asked.peers[0] ?? '';
  expect(new Set(asked.peers)).toEqual(new Set([to]));
  const [answered] = await Promise.all([
    dealer.receiveMany({ count: SPECS.length }),
    router.sendMany(SPECS, { to }),
  ]);
  expect(answered.messages).toEqual(DIGESTS);
}

const hex = (id: string): string => Buffer.from(id).toString('hex');

async function routeByName({ binder, connecter }: Pair): Promise<void> {
  // The probe tells the one who binds that there is a route; its greeting tells the other one.
  expect((await binder.receive()).hex).toEqual([hex('connecter'), '']);
  await binder.send([text('connecter'), text('hello')]);
  expect((await connecter.receive()).hex).toEqual([hex('binder'), hex('hello')]);
  for (const [from, to, sender, addressee] of [
    [binder, connecter, 'binder', 'connecter'],
    [connecter, binder, 'connecter', 'binder'],
  ] as const) {
    const [received] = await Promise.all([
      to.receiveMany({ count: SPECS.length }),
      from.sendMany(SPECS, { to: hex(addressee) }),
    ]);
    expect(received.messages).toEqual(DIGESTS);
    expect(new Set(received.peers)).toEqual(new Set([hex(sender)]));
  }
}

async function request({ first: asker, second: answerer }: Pair): Promise<void> {
  const [replies, requests] = await Promise.all([
    asker.exchange(SPECS),
    answerer.serve(SPECS.length),
  ]);
  expect(requests.messages).toEqual(DIGESTS);
  expect(replies.messages).toEqual(DIGESTS);
}

const PAIRINGS: readonly Pairing[] = [
  { first: 'PUSH', second: 'PULL', talk: oneWay },
  { first: 'PUB', second: 'SUB', prepare: subscribe, talk: publish },
  { first: 'PUB', second: 'XSUB', prepare: subscribe, talk: publish },
  { first: 'XPUB', second: 'SUB', prepare: subscribe, talk: publish },
  { first: 'XPUB', second: 'XSUB', prepare: subscribe, talk: publishAndSendUpstream },
  { first: 'PAIR', second: 'PAIR', talk: bothWays },
  { first: 'DEALER', second: 'DEALER', talk: bothWays },
  { first: 'DEALER', second: 'ROUTER', talk: route },
  {
    first: 'ROUTER',
    second: 'ROUTER',
    talk: routeByName,
    binderOptions: { routingId: 'binder' },
    connecterOptions: { routingId: 'connecter', probeRouter: true },
  },
  { first: 'REQ', second: 'REP', talk: request },
  { first: 'REQ', second: 'ROUTER', talk: request },
  { first: 'DEALER', second: 'REP', talk: request },
];

/** Which of the two is ours; between equals it makes no difference. */
function sidesOf({ first, second }: Pairing): readonly ('first' | 'second')[] {
  return first === second ? ['first'] : ['first', 'second'];
}

const CASES = PAIRINGS.flatMap((pairing) =>
  sidesOf(pairing).flatMap((ours) =>
    (['we bind', 'they bind'] as const).map((binder) => {
      const theirs = ours === 'first' ? 'second' : 'first';
      const name = `our ${pairing[ours]} and their ${pairing[theirs]}, ${binder}`;
      return { name, pairing, ours, theirs, weBind: binder === 'we bind' } as const;
    }),
  ),
);

/** Registers the tests of the matrix for one kind of peer and one transport. */
export function describeTypeMatrix(kind: PeerKind, transport: Transport): void {
  let peer: Peer;
  let directory: IpcDirectory;

  beforeAll(async () => {
    directory = new IpcDirectory();
    peer = await startPeer(kind);
  });

  afterAll(async () => {
    await peer?.[Symbol.asyncDispose]();
    directory[Symbol.dispose]();
  });

  describe('a sequence of messages', () => {
    it.each(CASES)('$name', async ({ pairing, ours, theirs, weBind }) => {
      const { binderOptions, connecterOptions } = pairing;
      const [ourOptions, theirOptions] = weBind
        ? [binderOptions, connecterOptions]
        : [connecterOptions, binderOptions];
      await using our = new OurSocket(pairing[ours], ourOptions);
      await using their = await peer.open(pairing[theirs], theirOptions);
      const [first, second] = ours === 'first' ? [our, their] : [their, our];
      const [binder, connecter] = weBind ? [our, their] : [their, our];
      const pair: Pair = { first, second, binder, connecter };

      await pairing.prepare?.(pair);
      const endpoint = await binder.bind(
        transport === 'ipc' ? directory.next() : 'tcp://127.0.0.1:*',
      );
      expect(endpoint).not.toContain('*');
      await connecter.connect(endpoint);
      await within(10_000, 'the messages', pairing.talk(pair));
    });
  });
}
