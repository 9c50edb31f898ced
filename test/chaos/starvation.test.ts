/**
 * One peer that is as loud as it can be, and another that has something to say: whatever the first sends,
 * the second has its turn. The loud one goes on until the other has been served ten times; a socket
 * that starved it would fail by the deadline of each wait.
 */

import { describe, expect, test } from 'vitest';
import { Dealer, Pull, Reply, Request, Router, Subscriber, XPublisher } from '../../src/index.ts';
import {
  bytes,
  command,
  message,
  ping,
  property,
  repeat,
  text,
} from '../../src/testing/raw-bytes.ts';
import { turn } from '../../src/testing/turn.ts';
import { type RawPeer } from '../support/raw-peer.ts';
import { expectAlive, legalPeer, RawSide, SIDES, type TypeName } from '../support/raw-socket.ts';
import { expectFrames } from '../support/raw-subject.ts';
import { MemoryWatch, watchProcess } from '../support/watch.ts';

watchProcess();

const ROUNDS = 10;
const ENDLESS = Number.MAX_SAFE_INTEGER;

/** Both sides of a connection live in this process: so much is in the air between them. */
const BOUND = 16e6;

/**
 * 256 KiB of one peer are read in a turn of the event loop, and a receiver may still have as much to take of the turn before.
 * Node by itself would read 2 MiB.
 */
const SHARE = 1024 * 1024;
const MESSAGE_SIZE = 1024;

const [[, bind]] = SIDES as [(typeof SIDES)[0]];

/** Floods from one peer until `serve` has been called ten times. */
async function serveAgainst(
  loud: RawPeer,
  chunk: Uint8Array,
  serve: (round: number) => Promise<void>,
): Promise<void> {
  const memory = new MemoryWatch();
  // What it is sent, PONGs for example, it reads and forgets.
  loud.discardInput();
  let isServed = false;
  const serveAll = async (): Promise<void> => {
    // The flood is there before anybody else asks for anything.
    await loud.write(chunk);
    for (let round = 0; round < ROUNDS; round += 1) await serve(round);
    isServed = true;
  };
  const served = serveAll();
  const sent = await loud.flood(chunk, ENDLESS, served);
  await served;
  expect(isServed).toBe(true);
  expect(loud.closed).toBeUndefined();
  expect(sent).toBeGreaterThan(0);
  expect(memory.sample()).toBeLessThan(BOUND);
}

/** Fair queueing: of what comes before a message of another peer, one at most is the loud peer's. */
async function expectNextButOne(
  socket: Pull | Subscriber,
  other: RawPeer,
  body: string,
): Promise<void> {
  await other.write(message(body));
  await expectAlive(other);
  const [first] = await socket.receive();
  if (text(first) === 'loud') expectFrames(await socket.receive(), body);
  else expect(text(first)).toBe(body);
}

function many(count: number, make: (index: number) => Buffer): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, index) => make(index)));
}

const PINGS = many(3000, (index) => ping(0, `${index}`));
const UNKNOWN = many(2000, () => command('NOTHING', repeat(1, 20)));
const CHURN = many(1000, (index) =>
  bytes(command('SUBSCRIBE', `t ${index}`), command('CANCEL', `t ${index}`)),
);

describe.each<[name: string, chunk: Buffer, types: readonly TypeName[]]>([
  ['PINGs', PINGS, ['REQ', 'ROUTER', 'XPUB', 'SUB', 'PUSH']],
  ['unknown commands', UNKNOWN, ['ROUTER', 'SUB']],
  ['subscriptions and cancellations', CHURN, ['PUB', 'XPUB', 'PULL']],
])('a flood of %s', (_name, chunk, types) => {
  test.each(types)('%s: another peer gets its PONGs', async (type) => {
    const side = await bind(type);
    const other = await side.join(legalPeer(type));
    const loud = await side.join(legalPeer(type));
    await serveAgainst(loud, chunk, () => expectAlive(other));
  });

  test('REP: another client gets its replies', async () => {
    const side = await RawSide.bind(new Reply({ linger: 0 }));
    const other = await side.join('REQ');
    const loud = await side.join('REQ');
    await serveAgainst(loud, chunk, async (round) => {
      await other.write(message('', `${round}`));
      await side.socket.send(await side.socket.receive());
      await other.expect(message('', `${round}`));
    });
  });

  test('XPUB: another subscriber gets what it subscribes to', async () => {
    const side = await RawSide.bind(new XPublisher({ linger: 0 }));
    const notifications = (async () => {
      let count = 0;
      for await (const _frames of side.socket) count += 1;
      return count;
    })();
    const other = await side.join('SUB');
    const loud = await side.join('SUB');
    await serveAgainst(loud, chunk, async (round) => {
      await other.write(command('SUBSCRIBE', `other ${round} `));
      await expectAlive(other);
      await side.socket.send(`other ${round} news`);
      await other.expect(message(`other ${round} news`));
    });
    side.socket.close();
    expect(await notifications).toBeGreaterThanOrEqual(ROUNDS);
  });
});

describe('a flood of messages', () => {
  const MESSAGES = many(2000, () => message('loud', ''));

  test('PULL: messages of another peer are received within two turns', async () => {
    const side = await RawSide.bind(new Pull());
    const other = await side.join('PUSH');
    const loud = await side.join('PUSH');
    await serveAgainst(loud, MESSAGES, async (round) => {
      await expectNextButOne(side.socket, other, `${round}`);
    });
  });

  test('PULL: however much of them has come, a turn of the event loop takes a bounded share', async () => {
    const side = await RawSide.bind(new Pull({ receiveHighWaterMark: 0 }));
    const loud = await side.join('PUSH');
    let count = 0;
    const received = (async () => {
      for await (const _frames of side.socket) count += 1;
    })();
    const sent = loud.flood(
      many(4096, () => message(repeat(1, MESSAGE_SIZE))),
      64e6,
    );
    let most = 0;
    for (let isSent = false; !isSent; ) {
      const before = count;
      isSent = await Promise.race([sent.then(() => true), turn().then(() => false)]);
      most = Math.max(most, count - before);
    }
    side.socket.close();
    await received;
    expect(most).toBeGreaterThan(0);
    expect(most * MESSAGE_SIZE).toBeLessThan(SHARE);
  });

  test('SUB: of another publisher too', async () => {
    const side = await RawSide.bind(new Subscriber());
    side.socket.subscribe('');
    const other = await side.join('PUB');
    const loud = await side.join('PUB');
    await other.expect(command('SUBSCRIBE', ''));
    await serveAgainst(loud, MESSAGES, async (round) => {
      await expectNextButOne(side.socket, other, `${round}`);
    });
  });

  test('SUB: a flood that nobody has subscribed to does not keep out what is wanted', async () => {
    const side = await RawSide.bind(new Subscriber());
    side.socket.subscribe('wanted');
    const other = await side.join('PUB');
    const loud = await side.join('PUB');
    await serveAgainst(loud, MESSAGES, async (round) => {
      await other.write(message('wanted', `${round}`));
      expectFrames(await side.socket.receive(), 'wanted', `${round}`);
    });
  });

  test('ROUTER: another peer is answered', async () => {
    const side = await RawSide.bind(new Router({ linger: 0 }));
    const other = await side.join('DEALER', { extra: property('Identity', 'other') });
    const loud = await side.join('DEALER', { extra: property('Identity', 'loud') });
    await serveAgainst(loud, MESSAGES, async (round) => {
      await other.write(message(`${round}`));
      await expectAlive(other);
      let frames = await side.socket.receive();
      if (text(frames[0]) === 'loud') frames = await side.socket.receive();
      expectFrames(frames, 'other', `${round}`);
      await side.socket.send(frames);
      await other.expect(message(`${round}`));
    });
  });

  test('DEALER: another peer is heard, and what is sent goes to both in turn', async () => {
    const side = await RawSide.bind(new Dealer({ linger: 0 }));
    const other = await side.join('ROUTER');
    const loud = await side.join('ROUTER');
    await serveAgainst(loud, MESSAGES, async (round) => {
      await other.write(message(`${round}`));
      await expectAlive(other);
      const [first] = await side.socket.receive();
      if (text(first) === 'loud') expectFrames(await side.socket.receive(), `${round}`);
      for (let count = 0; count < 2; count += 1) await side.socket.send('to both');
      await other.expect(message('to both'));
    });
  });

  test('REQ: replies that nobody asked for do not keep out the one that was', async () => {
    const side = await RawSide.bind(new Request({ linger: 0 }));
    const other = await side.join('REP');
    const loud = await side.join('REP');
    const unasked = many(2000, () => message('', 'loud'));
    let asked = 0;
    await serveAgainst(loud, unasked, async (round) => {
      await side.socket.send(`${round}`);
      const first = await Promise.race([
        side.socket.receive(),
        other.waitFor('the request', () => (other.unread.length > 0 ? 'asked' : undefined)),
      ]);
      if (first !== 'asked') return;
      asked += 1;
      await other.expect(message('', `${round}`));
      await other.write(message('', `re ${round}`));
    });
    expect(asked).toBeGreaterThan(0);
  });
});
