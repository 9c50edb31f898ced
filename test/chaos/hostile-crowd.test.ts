/**
 * A bound socket of each type with default options, and a crowd that does one thing wrong, again and again, as fast as it
 * can: before the handshake, in it and after it. A good peer that was there before and one that comes in the midst of it are
 * served all along, and nothing is left of the crowd.
 */

import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { loadCurveBox } from '../../src/curve-loader.ts';
import { Pull, Push, Stream } from '../../src/index.ts';
import { encodeZ85 } from '../../src/z85.ts';
import {
  bytes,
  command,
  frame,
  greeting,
  message,
  ping,
  property,
  ready,
  repeat,
  u64,
} from '../../src/testing/raw-bytes.ts';
import { RawCurveClient } from '../../src/testing/raw-curve.ts';
import { turn } from '../../src/testing/turn.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { expectAlive, legalPeer, SIDES, TYPE_NAMES } from '../support/raw-socket.ts';
import { MemoryWatch, own, watchProcess } from '../support/watch.ts';

watchProcess();

const ROUNDS = 4;
const CROWD = 6;
/** Both sides of the connections live in this process, and an event is kept for each end of one. */
const BOUND = 16e6;

const [[, bind]] = SIDES as [(typeof SIDES)[0]];

/** What one of the crowd does with a connection, from its beginning on. It may end it, or leave that to others. */
type Attack = (peer: RawPeer, as: string, isOver: () => boolean) => Promise<void>;

/** Past the handshake, without waiting for the other side. */
function enter(peer: RawPeer, as: string): Promise<void> {
  return peer.write(bytes(greeting(), ready(as)));
}

function many(count: number, make: (index: number) => Buffer): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, index) => make(index)));
}

/** Writes until the socket, or the test, has had enough. */
async function pour(peer: RawPeer, chunk: Buffer, isOver: () => boolean): Promise<void> {
  while (!isOver() && peer.closed === undefined) {
    const flushed = peer.write(chunk);
    // A socket that reads no more of this peer is right; so no more is waited for than that others have their turn.
    await Promise.race([flushed, turn(), peer.whenClosed()]);
    if (peer.socket.writableLength > 2 ** 18) return;
  }
}

const EMPTY_FRAMES = many(20_000, () => bytes(1, 0));
const PINGS = many(3000, (index) => ping(0, `${index}`));
const CHURN = many(1000, (index) =>
  bytes(command('SUBSCRIBE', `t ${index}`), command('CANCEL', `t ${index}`)),
);

const ATTACKS: ReadonlyArray<[name: string, attack: Attack]> = [
  [
    'connects and resets',
    async (peer) => {
      // Accepted: else the kernel's queue overflows, and new connections wait a second.
      await peer.read(1).catch(() => undefined);
      peer.reset();
    },
  ],
  ['connects and says nothing', async (peer) => void (await peer.read(1).catch(() => undefined))],
  [
    'greets one byte at a time',
    async (peer, _as, isOver) => {
      for (const byte of greeting()) {
        if (isOver()) return;
        await peer.write(Buffer.of(byte));
        await turn();
      }
    },
  ],
  [
    'announces properties of 100 MB and sends them',
    async (peer, as, isOver) => {
      const start = bytes(6, u64(100 * 2 ** 20), 5, 'READY', property('Socket-Type', as));
      await peer.write(bytes(greeting(), start));
      await pour(peer, repeat(0, 2 ** 16), isOver);
    },
  ],
  [
    'sends PINGs and reads nothing',
    async (peer, as, isOver) => {
      peer.pause();
      await enter(peer, as);
      await pour(peer, PINGS, isOver);
    },
  ],
  [
    'sends empty frames with MORE',
    async (peer, as, isOver) => {
      await enter(peer, as);
      await pour(peer, EMPTY_FRAMES, isOver);
    },
  ],
  [
    'subscribes to always new topics',
    async (peer, as, isOver) => {
      await enter(peer, as);
      for (let start = 0; !isOver() && start < 20_000; start += 1000) {
        await peer.write(many(1000, (index) => command('SUBSCRIBE', `t ${start + index}`)));
        await turn();
      }
    },
  ],
  [
    'subscribes and cancels',
    async (peer, as, isOver) => {
      await enter(peer, as);
      await pour(peer, CHURN, isOver);
    },
  ],
  [
    'is gone in the middle of a frame',
    async (peer, as) => {
      await enter(peer, as);
      await peer.write(bytes(2, u64(100_000), repeat(0, 50_000)));
      await peer.read(1).catch(() => undefined);
      peer.reset();
    },
  ],
  [
    'says its last word, and stays',
    async (peer, as) => {
      await enter(peer, as);
      peer.end();
      await peer.whenClosed();
    },
  ],
  [
    'sends messages that nobody asked for',
    async (peer, as, isOver) => {
      await enter(peer, as);
      await pour(
        peer,
        many(1000, () => message('hello', '', 'world')),
        isOver,
      );
    },
  ],
];

/** The crowd is at it until `serve` has been called so often. */
async function serveAmong(
  endpoint: string,
  as: string,
  attack: Attack,
  serve: () => Promise<void>,
): Promise<void> {
  const over = new AbortController();
  const isOver = (): boolean => over.signal.aborted;
  const overAt = once(over.signal, 'abort');
  const beHostile = async (): Promise<void> => {
    while (!isOver()) {
      const peer = await RawPeer.connect(endpoint);
      await Promise.race([attack(peer, as, isOver), overAt]);
      peer.close();
      await turn();
    }
  };
  const crowd = Array.from({ length: CROWD }, beHostile);
  try {
    for (let round = 0; round < ROUNDS; round += 1) await serve();
  } finally {
    over.abort();
    await Promise.all(crowd);
    // What the crowd's own sockets still held is given back when they are closed.
    await turn();
    await turn();
  }
}

describe.each(TYPE_NAMES)('a bound %s among a crowd that', (type) => {
  test.each(ATTACKS)('%s', async (_name, attack) => {
    const as = legalPeer(type);
    const side = await bind(type);
    const other = await side.join(as);
    const memory = new MemoryWatch();
    await serveAmong(side.endpoint, as, attack, () => expectAlive(other));
    // A PAIR has one peer, and it is there.
    if (type !== 'PAIR') await expectAlive(await side.join(as));
    expect(memory.sample()).toBeLessThan(BOUND);
  });
});

test.each(ATTACKS)('a bound STREAM among a crowd that %s', async (_name, attack) => {
  const stream = own(new Stream({ linger: 0, notify: false }));
  await stream.bind('tcp://127.0.0.1:*');
  const other = own(await RawPeer.connect(stream.lastEndpoint ?? ''));
  const memory = new MemoryWatch();
  await serveAmong(stream.lastEndpoint ?? '', 'DEALER', attack, async () => {
    await other.write(Buffer.from('from other'));
    for (;;) {
      const [id, body] = await stream.receive();
      if (body?.toString() !== 'from other') continue;
      await stream.send([id, 'to other']);
      break;
    }
    await other.expect(Buffer.from('to other'));
  });
  expect(memory.sample()).toBeLessThan(BOUND);
});

const box = await loadCurveBox();
const serverKeys = box.generateKeyPair();
const CURVE_GREETING = greeting({ mechanism: 'CURVE' });

/** Greets and says HELLO as it should be. */
async function beginCurve(peer: RawPeer): Promise<RawCurveClient> {
  const raw = new RawCurveClient(box, serverKeys.publicKey);
  await peer.write(bytes(CURVE_GREETING, frame(0x04, raw.hello())));
  return raw;
}

/** The body of the command that comes, or nothing when the connection is gone. */
async function readBody(peer: RawPeer, size: number): Promise<Buffer | undefined> {
  await peer.read(64 + 2).catch(() => undefined);
  return peer.read(size).catch(() => undefined);
}

const CURVE_ATTACKS: ReadonlyArray<[name: string, attack: Attack]> = [
  [
    'sends a HELLO of zeros',
    async (peer) => {
      await peer.write(bytes(CURVE_GREETING, command('HELLO', repeat(0, 194))));
      await peer.whenClosed();
    },
  ],
  [
    'sends HELLO and hangs up',
    async (peer) => {
      await beginCurve(peer);
      peer.end();
      await peer.whenClosed();
    },
  ],
  ['sends HELLO and says no more', async (peer) => void (await beginCurve(peer))],
  [
    'sends HELLO, and 60,000 bytes of properties in INITIATE',
    async (peer) => {
      const raw = await beginCurve(peer);
      const welcome = await readBody(peer, 168);
      if (welcome === undefined) return;
      const metadata = bytes(property('Socket-Type', 'PUSH'), property('X', repeat(1, 60_000)));
      await peer.write(frame(0x06, raw.initiate(welcome, { metadata })));
    },
  ],
  [
    'is let in, and sends a MESSAGE that is none',
    async (peer) => {
      const raw = await beginCurve(peer);
      const welcome = await readBody(peer, 168);
      if (welcome === undefined) return;
      const metadata = property('Socket-Type', 'PUSH');
      await peer.write(frame(0x06, raw.initiate(welcome, { metadata })));
      await peer.write(command('MESSAGE', repeat(0, 8), repeat(7, 10_000)));
      await peer.whenClosed();
    },
  ],
];

test.each(CURVE_ATTACKS)('a PULL with CURVE among a crowd that %s', async (_name, attack) => {
  const pull = own(
    new Pull({ linger: 0, curveServer: true, curveSecretKey: encodeZ85(serverKeys.secretKey) }),
  );
  await pull.bind('tcp://127.0.0.1:*');
  const keys = box.generateKeyPair();
  const push = own(
    new Push({
      linger: 0,
      curveServerKey: encodeZ85(serverKeys.publicKey),
      curveSecretKey: encodeZ85(keys.secretKey),
    }),
  );
  push.connect(pull.lastEndpoint ?? '');
  const serve = async (): Promise<void> => {
    await push.send('from other');
    expect((await pull.receive()).map(String)).toEqual(['from other']);
  };
  await serve();
  const memory = new MemoryWatch();
  await serveAmong(pull.lastEndpoint ?? '', 'PUSH', attack, serve);
  expect(memory.sample()).toBeLessThan(BOUND);
});
