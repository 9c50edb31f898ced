/**
 * What peers can make a socket keep, all of them together: `maxBufferedBytes`. Whatever they send, memory follows the limit;
 * where the program can make room nothing is lost, and nobody waits for ever.
 */

import { describe, expect, test } from 'vitest';
import {
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  type Socket,
  Stream,
  Subscriber,
  XPublisher,
} from '../../src/index.ts';
import { bytes, message, repeat, u64 } from '../../src/testing/raw-bytes.ts';
import { turn } from '../../src/testing/turn.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { expectAlive, RawSide } from '../support/raw-socket.ts';
import { MemoryWatch, own, watchProcess } from '../support/watch.ts';

watchProcess();

const LIMIT = 2 ** 20;
const MAX = { maxBufferedBytes: LIMIT };

/** The header of a frame of so many bytes, and of these all but a tenth. */
function mostOf(size: number): Buffer {
  return bytes(2, u64(size), repeat(1, Math.floor(size * 0.9)));
}

/** Looks again in each turn of the event loop. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn();
}

/** Writes messages until the socket reads no more of them; answers how many were written. */
async function fill(peer: RawPeer, text: (index: number) => Uint8Array): Promise<number> {
  let count = 0;
  for (let quiet = 0; quiet < 50; ) {
    if (peer.socket.writableLength === 0) {
      quiet = 0;
      void peer.write(text(count++));
    } else quiet++;
    await turn();
  }
  return count;
}

describe('a crowd with unfinished messages', () => {
  const SIZE = 2 ** 20;

  test.each([
    ['PULL', 'PUSH', () => new Pull(MAX)],
    ['REP', 'REQ', () => new Reply(MAX)],
    ['ROUTER', 'DEALER', () => new Router(MAX)],
    ['DEALER', 'DEALER', () => new Dealer(MAX)],
    ['SUB', 'PUB', () => new Subscriber(MAX)],
    ['XPUB', 'XSUB', () => new XPublisher(MAX)],
    ['PUB', 'SUB', () => new Publisher(MAX)],
    ['PUSH', 'PULL', () => new Push(MAX)],
  ] as ReadonlyArray<[string, string, () => Socket]>)('fills no %s', async (_type, as, make) => {
    const side = await RawSide.bind(make());
    const good = await side.join(as);
    const memory = new MemoryWatch();
    const crowd: RawPeer[] = [];
    for (let i = 0; i < 50; i++) {
      const peer = await side.join(as);
      crowd.push(peer);
      await peer.write(mostOf(SIZE));
    }
    await until(() => crowd.filter((peer) => peer.closed === undefined).length <= 2);
    await expectAlive(good);
    // Two unfinished messages with what is set aside for them, and the other ends of all connections.
    expect(memory.sample()).toBeLessThan(12 * LIMIT);
    const lost = crowd.find((peer) => peer.closed !== undefined) as RawPeer;
    expect(await side.reasonFor(lost)).toContain('(maxBufferedBytes)');
  });

  test('of many empty frames', async () => {
    const side = await RawSide.bind(new Pull(MAX));
    const good = await side.join('PUSH');
    const frames = Buffer.concat(Array.from({ length: 4000 }, () => bytes(1, 0)));
    const crowd: RawPeer[] = [];
    for (let i = 0; i < 10; i++) {
      const peer = await side.join('PUSH');
      crowd.push(peer);
      await peer.write(frames);
    }
    await until(() => crowd.filter((peer) => peer.closed === undefined).length <= 2);
    await expectAlive(good);
  });

  test('does not keep the program from what good peers send', async () => {
    const pull = new Pull(MAX);
    const side = await RawSide.bind(pull);
    const good = own(new Push());
    good.connect(side.endpoint);
    for (let i = 0; i < 20; i++) {
      const peer = await side.join('PUSH');
      void peer.write(mostOf(SIZE));
      await good.send([repeat(i, 1000)]);
      const [frame] = await pull.receive();
      expect(frame?.[0]).toBe(i);
    }
  });
});

test('a message that is larger than the limit comes through', async () => {
  const pull = own(new Pull(MAX));
  await pull.bind('tcp://127.0.0.1:*');
  const push = own(new Push());
  push.connect(pull.lastEndpoint as string);
  for (let i = 0; i < 3; i++) await push.send(repeat(i, 5 * LIMIT));
  for (let i = 0; i < 3; i++) {
    const [frame] = await pull.receive();
    expect(frame?.length).toBe(5 * LIMIT);
    expect(frame?.[LIMIT]).toBe(i);
  }
});

describe('whole messages', () => {
  const COUNT = 60;

  test.each([
    ['small', 1000, 600, 5],
    ['large', 200_000, 20, 5],
    ['larger than the limit', LIMIT + 1, 4, 1],
  ])(
    '%s: of all that is sent to a slow program nothing is lost',
    async (_what, size, count, peers) => {
      const pull = own(new Pull({ ...MAX, receiveHighWaterMark: 0 }));
      await pull.bind('tcp://127.0.0.1:*');
      const memory = new MemoryWatch();
      const pushes = Array.from({ length: peers }, () => own(new Push({ sendHighWaterMark: 0 })));
      const body = repeat(1, size);
      for (const [index, push] of pushes.entries()) {
        push.connect(pull.lastEndpoint as string);
        for (let i = 0; i < count; i++) void push.send([Buffer.of(index, i & 255, i >> 8), body]);
      }
      const next = pushes.map(() => 0);
      for (let left = pushes.length * count; left > 0; left--) {
        if (left % 16 === 0) for (let i = 0; i < 20; i++) await turn();
        const [head] = await pull.receive();
        const [index = 0, low = 0, high = 0] = head as Buffer;
        expect(low + 256 * high).toBe(next[index]);
        next[index] = (next[index] ?? 0) + 1;
        if (left % 100 === 0) memory.sample();
      }
      expect(next).toEqual(pushes.map(() => count));
    },
  );

  test('are not read while the program takes none, and no peer is lost', async () => {
    const pull = new Pull({ ...MAX, receiveHighWaterMark: 0 });
    const side = await RawSide.bind(pull);
    const memory = new MemoryWatch();
    const peers: RawPeer[] = [];
    let sent = 0;
    for (let i = 0; i < 4; i++) {
      const peer = await side.join('PUSH');
      peers.push(peer);
      sent += await fill(peer, () => message(repeat(i, 10_000)));
    }
    // The raw side has the rest in its own and the kernel's buffers.
    expect(memory.sample()).toBeLessThan(3 * LIMIT);
    for (; sent > 0; sent--) await pull.receive();
    for (const peer of peers) await expectAlive(peer);
  });

  test('hold a peer back in the middle of a large one, which comes whole when they have been taken', async () => {
    const pull = new Pull({ ...MAX, receiveHighWaterMark: 0 });
    const side = await RawSide.bind(pull);
    const filler = await side.join('PUSH');
    const sent = await fill(filler, () => message(repeat(0, 10_000)));
    const large = await side.join('PUSH');
    const size = 50 * LIMIT;
    const written = large.write(bytes(2, u64(size), repeat(9, size)));
    const memory = new MemoryWatch();
    for (let i = 0; i < 50; i++) await turn();
    expect(large.socket.writableLength).toBeGreaterThan(0);
    expect(memory.sample()).toBeLessThan(8 * LIMIT);
    let whole: Buffer | undefined;
    for (let left = sent + 1; left > 0; left--) {
      const [frame] = await pull.receive();
      if (frame?.[0] === 9) whole = frame;
    }
    await written;
    expect(whole?.length).toBe(size);
  });

  test('are read on when peers that had filled it have gone', async () => {
    const pull = new Pull({ ...MAX, receiveHighWaterMark: 0 });
    const side = await RawSide.bind(pull);
    const filler = await side.join('PUSH');
    const sent = await fill(filler, () => message(repeat(0, 10_000)));
    filler.reset();
    const good = await side.join('PUSH');
    await good.write(message('good'));
    let count = 0;
    for (;;) {
      const [frame] = await pull.receive();
      if (frame?.toString() === 'good') break;
      count++;
    }
    expect(count).toBeLessThan(sent);
    await expectAlive(good);
  });

  test('are read on when the option is raised', async () => {
    const pull = new Pull({ maxBufferedBytes: 1000, receiveHighWaterMark: 0 });
    const side = await RawSide.bind(pull);
    const peer = await side.join('PUSH');
    await fill(peer, () => message(repeat(0, 10_000)));
    pull.maxBufferedBytes = 0;
    await expectAlive(peer);
  });

  test('that a SUB has cancelled make room', async () => {
    const sub = new Subscriber({ maxBufferedBytes: 20_000, receiveHighWaterMark: 0 });
    sub.subscribe('a');
    const side = await RawSide.bind(sub);
    const peer = await side.join('PUB');
    const sent = await fill(peer, () => message(`a${'.'.repeat(1000)}`));
    sub.unsubscribe('a');
    sub.subscribe('b');
    const received = sub.receive();
    void peer.write(message('b'));
    expect((await received).toString()).toBe('b');
    expect(sent).toBeGreaterThan(20);
  });

  test('of others do not keep a REP from its reply', async () => {
    const rep = new Reply({ maxBufferedBytes: 20_000, receiveHighWaterMark: 0 });
    const side = await RawSide.bind(rep);
    const asking = own(new Request());
    asking.connect(side.endpoint);
    await asking.send('question');
    await rep.receive();
    const filler = await side.join('DEALER');
    const sent = await fill(filler, () => message('', 'x'.repeat(1000)));
    await rep.send('answer');
    expect((await asking.receive()).toString()).toBe('answer');
    await asking.send('another');
    for (let i = 0; ; i++) {
      expect(i).toBeLessThanOrEqual(sent);
      const [request] = await rep.receive();
      await rep.send('answer');
      if (request?.toString() === 'another') break;
    }
    expect((await asking.receive()).toString()).toBe('answer');
  });

  test('of nobody whom a REQ has asked go at once', async () => {
    const req = new Request({ maxBufferedBytes: 10_000 });
    const side = await RawSide.bind(req);
    const one = await side.join('REP');
    const other = await side.join('REP');
    for (let i = 0; i < 50; i++) await other.write(message('', 'x'.repeat(1000)));
    await expectAlive(other);
    await req.send('question');
    await one.write(message('', 'answer'));
    expect((await req.receive()).toString()).toBe('answer');
  });

  test.each([
    ['PUB', 'SUB', () => new Publisher({ maxBufferedBytes: 1000 })],
    ['PUSH', 'PULL', () => new Push({ maxBufferedBytes: 1000 })],
  ] as ReadonlyArray<[string, string, () => Socket]>)(
    'that a %s never receives go at once',
    async (_type, as, make) => {
      const side = await RawSide.bind(make());
      const peer = await side.join(as);
      for (let i = 0; i < COUNT; i++) await peer.write(message('x'.repeat(1000)));
      await expectAlive(peer);
    },
  );

  test('that an XPUB does not take hold no subscriber of another peer up', async () => {
    const xpub = new XPublisher({ maxBufferedBytes: 20_000, receiveHighWaterMark: 0 });
    const side = await RawSide.bind(xpub);
    const filler = await side.join('XSUB');
    const memory = new MemoryWatch();
    const sent = await fill(filler, () => message(`x${'.'.repeat(1000)}`));
    expect(memory.sample()).toBeLessThan(2 * LIMIT);
    for (let i = 0; i < sent; i++) expect((await xpub.receive())[0]?.length).toBe(1001);
    const sub = await side.join('SUB');
    await sub.write(message('\x01topic'));
    expect((await xpub.receive()).toString()).toBe('\x01topic');
  });

  test('of an endpoint that a PAIR does not talk to yet do not count', async () => {
    const pair = new Pair({
      maxBufferedBytes: 20_000,
      receiveHighWaterMark: 20,
      reconnectInterval: 0,
    });
    const side = RawSide.connecting(pair);
    const peer = await side.join('PAIR');
    const spare = await side.join('PAIR');
    await fill(spare, () => message('y'.repeat(10_000)));
    for (let i = 0; i < 10; i++) {
      await peer.write(message(`${i}`));
      expect((await pair.receive()).toString()).toBe(`${i}`);
    }
    peer.reset();
    expect((await pair.receive())[0]?.length).toBe(10_000);
  });

  test('that a STREAM does not take wait in the network', async () => {
    const stream = own(
      new Stream({ maxBufferedBytes: 100_000, receiveHighWaterMark: 0, notify: false }),
    );
    await stream.bind('tcp://127.0.0.1:*');
    const peer = own(await RawPeer.connect(stream.lastEndpoint as string));
    const memory = new MemoryWatch();
    const sent = await fill(peer, () => repeat(7, 10_000));
    expect(memory.sample()).toBeLessThan(2 * LIMIT);
    for (let left = sent * 10_000; left > 0; ) {
      const [, chunk] = await stream.receive();
      left -= chunk?.length ?? 0;
    }
  });

  test('a peer that waits keeps its connection, however long the program takes', async () => {
    const pull = new Pull({ ...MAX, receiveHighWaterMark: 0, heartbeatInterval: 200 });
    const side = await RawSide.bind(pull);
    const filler = await side.join('PUSH');
    const sent = await fill(filler, () => message(repeat(0, 100_000)));
    const slow = await side.join('PUSH');
    await slow.write(mostOf(100_000));
    // Nothing keeps this one from being heard, and it says nothing.
    await side.lost(await side.join('PUSH'));
    for (let i = 0; i < sent; i++) await pull.receive();
    await slow.write(repeat(1, 10_000));
    expect((await pull.receive())[0]?.[0]).toBe(1);
  });

  test('over inproc do not count', async () => {
    const pull = own(new Pull({ maxBufferedBytes: 1 }));
    await pull.bind('inproc://budget');
    const push = own(new Push());
    push.connect('inproc://budget');
    for (let i = 0; i < COUNT; i++) await push.send(`${i}`);
    for (let i = 0; i < COUNT; i++) expect((await pull.receive()).toString()).toBe(`${i}`);
  });

  test('a socket that is full can be closed', async () => {
    const pull = new Pull({ ...MAX, receiveHighWaterMark: 0 });
    const side = await RawSide.bind(pull);
    const peer = await side.join('PUSH');
    await fill(peer, () => message(repeat(0, 10_000)));
    pull.close();
    await peer.whenClosed();
  });
});
