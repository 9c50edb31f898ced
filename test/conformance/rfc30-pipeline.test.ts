/**
 * 30/PIPELINE, The PUSH and PULL Socket Types, with raw peers on the other side.
 *
 * Rows T30–T38, T84 and T85: without an envelope every frame on the wire is one of the application.
 */

import { describe, expect, test } from 'vitest';
import { type Pull, Push } from '../../src/index.ts';
import {
  bytes,
  greeting,
  message,
  ping,
  pong,
  ready,
  repeat,
  u64,
} from '../../src/testing/raw-bytes.ts';
import { turn } from '../../src/testing/turn.ts';
import { RawListener, type RawPeer } from '../support/raw-peer.ts';
import { createRandom, SEED } from '../support/raw-random.ts';
import { type AnyOptions, expectAlive, RawSide, SIDES } from '../support/raw-socket.ts';
import { expectFrames } from '../support/raw-subject.ts';
import { MemoryWatch, own, watchProcess } from '../support/watch.ts';

watchProcess();

type Frame = string | Uint8Array;

describe.each(SIDES)('PULL, %s', (_side, create) => {
  const createPull = async (options: AnyOptions = {}): Promise<RawSide<Pull>> =>
    (await create('PULL', options)) as RawSide<Pull>;

  const DELIVERED: ReadonlyArray<[row: string, wire: Buffer, frames: Frame[]]> = [
    ['T30: an empty message', bytes(0, 0), ['']],
    [
      'T31: three frames, one of them empty, are one message',
      bytes(1, 1, 'a', 1, 0, 0, 1, 'b'),
      ['a', '', 'b'],
    ],
    ['T31: three empty frames', bytes(1, 0, 1, 0, 0, 0), ['', '', '']],
    ['T32: the long form of a small frame', bytes(2, u64(2), 'hi'), ['hi']],
    ['T32: the long form of an empty frame', bytes(2, u64(0)), ['']],
    ['T32: the long form with MORE', bytes(3, u64(0), 3, u64(1), 'a', 0, 1, 'b'), ['', 'a', 'b']],
    ['T33: 255 bytes in a short frame', bytes(0, 0xff, repeat(7, 255)), [repeat(7, 255)]],
    ['T33: 256 bytes in a long frame', bytes(2, u64(256), repeat(7, 256)), [repeat(7, 256)]],
    ['65,536 bytes', bytes(2, u64(65_536), repeat(7, 65_536)), [repeat(7, 65_536)]],
    ['a body that looks like a subscription', message(bytes(1, 'topic')), [bytes(1, 'topic')]],
    ['a body that looks like an envelope', message('id', '', 'x'), ['id', '', 'x']],
    ['a body that looks like a command', message(ping()), [ping()]],
    ['a body that looks like a greeting', message(greeting()), [greeting()]],
  ];

  test.each(DELIVERED)('%s is delivered', async (_row, wire, frames) => {
    const side = await createPull();
    const peer = await side.join('PUSH');
    await peer.write(wire);
    expectFrames(await side.socket.receive(), ...frames);
  });

  test(`T30–T33: all in one segment, byte by byte and cut at random (seed ${SEED})`, async () => {
    const side = await createPull();
    const peer = await side.join('PUSH');
    const small = DELIVERED.filter(([, wire]) => wire.length < 1000);
    const wire = bytes(...small.map(([, each]) => each));
    await peer.write(wire);
    await peer.writeBytewise(wire);
    await peer.writeSplit(wire, createRandom());
    for (let round = 0; round < 3; round += 1) {
      for (const [, , frames] of small) expectFrames(await side.socket.receive(), ...frames);
    }
  });

  test('T37: maxMessageSize 100: a frame of 100 is delivered, one of 101 closes with a reason', async () => {
    const side = await createPull({ maxMessageSize: 100 });
    const peer = await side.join('PUSH');
    await peer.write(bytes(message(repeat(1, 100), repeat(2, 100)), message(repeat(3, 101))));
    expectFrames(await side.socket.receive(), repeat(1, 100), repeat(2, 100));
    await peer.expectClose();
    expect(await side.reasonFor(peer)).toMatch(/101.*100/);
    const header = await side.join('PUSH');
    // Nothing of the body need come.
    await header.write(bytes(1, 1, 'a', 2, u64(101)));
    await header.expectClose();
    await expect(side.socket.receive({ timeout: 0 })).rejects.toMatchObject({ code: 'EAGAIN' });
  });

  test('T38: "all the frames of a message, or none": what is cut off is never delivered', async () => {
    const side = await createPull();
    for (const half of [bytes(1, 1, 'a'), bytes(1, 1, 'a', 0, 5, 'b'), bytes(0), bytes(3, 0, 0)]) {
      for (const cut of ['end', 'reset'] as const) {
        const first = await side.join('PUSH');
        await first.write(half);
        first[cut]();
        await side.lost(first);
        const second = await side.join('PUSH');
        await second.write(bytes(0, 1, 'w'));
        expectFrames(await side.socket.receive(), 'w');
        await expect(side.socket.receive({ timeout: 0 })).rejects.toMatchObject({ code: 'EAGAIN' });
        second.end();
        await side.lost(second);
      }
    }
  });

  test('whole messages that came before the end of their connection are still delivered', async () => {
    const side = await createPull();
    const peer = await side.join('PUSH');
    const other = await side.join('PUSH');
    await peer.write(bytes(message('one'), message('two', 'frames'), 1, 4, 'half'));
    peer.end();
    await side.lost(peer);
    await other.write(message('three'));
    await expectAlive(other);
    const got = [await side.socket.receive(), await side.socket.receive()];
    got.push(await side.socket.receive());
    expect(got.map((frames) => frames.join('.')).toSorted()).toEqual([
      'one',
      'three',
      'two.frames',
    ]);
  });

  test('T85: a message of 1-byte frames without end closes at the limit, with a reason; memory as before', async () => {
    const side = await createPull();
    const other = await side.join('PUSH');
    const peer = await side.join('PUSH');
    const memory = new MemoryWatch();
    const frames = Buffer.alloc(3 * 10_000, bytes(1, 1, 'm'));
    const sent = await peer.flood(frames, 32 * 2 ** 20);
    await peer.expectClose();
    expect(sent).toBeLessThan(32 * 2 ** 20);
    expect(await side.reasonFor(peer)).toMatch(/frames/);
    await other.write(message('served'));
    expectFrames(await side.socket.receive(), 'served');
    expect(memory.sample()).toBeLessThan(8e6);
  });

  test('T85: nor do PINGs between them prolong it: a close, or silence, at a limit', async () => {
    const side = await createPull();
    const peer = await side.join('PUSH');
    peer.discardInput();
    const memory = new MemoryWatch();
    const frames = Buffer.concat(
      Array.from({ length: 1000 }, () => bytes(1, 1, 'm', ping(0, repeat(1, 16)))),
    );
    await peer.flood(frames, 64 * 2 ** 20);
    await peer.expectClose();
    expect(await side.reasonFor(peer)).not.toBe('');
    expect(memory.sample()).toBeLessThan(8e6);
  });

  test('"SHALL receive incoming messages from its peers using a fair-queuing strategy"', async () => {
    const side = await createPull();
    const peers = [await side.join('PUSH'), await side.join('PUSH'), await side.join('PUSH')];
    for (const [index, peer] of peers.entries()) {
      await peer.write(bytes(...[0, 1, 2].map((round) => message(`${index}.${round}`, 'x'))));
      await expectAlive(peer);
    }
    const order: string[] = [];
    for (let count = 0; count < 9; count += 1) order.push(`${(await side.socket.receive())[0]}`);
    for (let round = 0; round < 3; round += 1) {
      expect(order.slice(round * 3, round * 3 + 3).toSorted()).toEqual(
        [0, 1, 2].map((index) => `${index}.${round}`),
      );
    }
  });

  test('"SHALL only receive messages"', async () => {
    const side = await createPull();
    const socket = side.socket as unknown as Push;
    await expect(socket.send('x')).rejects.toMatchObject({ code: 'ENOTSUP' });
  });
});

describe.each(SIDES)('PUSH, %s', (_side, create) => {
  const createPush = async (options: AnyOptions = {}): Promise<RawSide<Push>> =>
    (await create('PUSH', options)) as RawSide<Push>;

  test('T30–T33: "SHALL not filter or modify outgoing messages in any way": short up to 255 bytes, long from 256 on', async () => {
    const side = await createPush();
    const peer = await side.join('PULL');
    const messages: ReadonlyArray<[frames: Frame[], wire: Buffer]> = [
      [[''], bytes(0, 0)],
      [['a', '', 'b'], bytes(1, 1, 'a', 1, 0, 0, 1, 'b')],
      [['', ''], bytes(1, 0, 0, 0)],
      [[repeat(1, 255)], bytes(0, 0xff, repeat(1, 255))],
      [[repeat(1, 256)], bytes(2, u64(256), repeat(1, 256))],
      [
        [repeat(1, 256), repeat(2, 255)],
        bytes(3, u64(256), repeat(1, 256), 0, 255, repeat(2, 255)),
      ],
      [[repeat(1, 100_000), ''], bytes(3, u64(100_000), repeat(1, 100_000), 0, 0)],
    ];
    for (const [frames, wire] of messages) {
      await side.socket.send(frames);
      await peer.expect(wire);
    }
    for (const [frames] of messages) void side.socket.send(frames);
    for (const [, wire] of messages) await peer.expect(wire);
  });

  test('"SHALL route outgoing messages to available peers using a round-robin strategy"', async () => {
    const side = await createPush();
    const peers = [await side.join('PULL'), await side.join('PULL'), await side.join('PULL')];
    for (let count = 0; count < 9; count += 1) await side.socket.send([`${count}`, 'x']);
    const first: Array<number | undefined> = [];
    for (const peer of peers) {
      const got: number[] = [];
      for (let count = 0; count < 3; count += 1) got.push(Number((await peer.readMessage())[0]));
      first.push(got[0]);
      expect(got).toEqual([0, 3, 6].map((step) => step + (got[0] ?? 0)));
    }
    expect(first.toSorted()).toEqual([0, 1, 2]);
  });

  test('what a PULL sends is discarded, whole and half, and harms nobody', async () => {
    const side = await createPush();
    const peer = await side.join('PULL');
    const memory = new MemoryWatch();
    await peer.flood(Buffer.alloc(100_000, message('nobody wants this', '')), 8 * 2 ** 20);
    peer.end();
    await peer.expectClose();
    const next = await side.join('PULL');
    await next.write(bytes(message('x'), 1, 1, 'h'));
    await side.socket.send('served');
    await next.expect(message('served'));
    expect(memory.sample()).toBeLessThan(8e6);
  });

  test('T84: connections that are silent, or never finish their handshake, get no message', async () => {
    const side = await createPush({ immediate: true });
    const silent = await side.open();
    const greeted = await side.open();
    await greeted.exchangeGreetings();
    const half = await side.open();
    await half.write(bytes(greeting(), ready('PULL').subarray(0, -1)));
    const good = await side.join('PULL');
    for (let count = 0; count < 100; count += 1) await side.socket.send(`${count}`);
    for (let count = 0; count < 100; count += 1) await good.expect(message(`${count}`));
    await silent.read(64);
    await greeted.readReady();
    await half.read(64);
    await half.readReady();
    for (const peer of [silent, greeted, half]) expect(peer.unread.length).toBe(0);
  });

  test('"SHALL NOT discard messages that it cannot queue": they go to the next peer that comes', async () => {
    const side = await createPush();
    const sends = ['a', 'b', 'c'].map((body) => side.socket.send(body));
    const peer = await side.join('PULL');
    await Promise.all(sends);
    await peer.expect(bytes(message('a'), message('b'), message('c')));
  });

  test('"SHALL only send messages"', async () => {
    const side = await createPush();
    const socket = side.socket as unknown as Pull;
    await expect(socket.receive()).rejects.toMatchObject({ code: 'ENOTSUP' });
  });
});

describe('PUSH, bound', () => {
  test('"SHALL block on sending, or return a suitable error, when it has no available peers", before and after', async () => {
    const side = await RawSide.bind(new Push({ linger: 0 }));
    const now = { timeout: 0 };
    await expect(side.socket.send('nobody', now)).rejects.toMatchObject({ code: 'EAGAIN' });
    const peer = await side.join('PULL');
    await side.socket.send('one', now);
    await peer.expect(message('one'));
    peer.end();
    await side.lost(peer);
    await expect(side.socket.send('nobody', now)).rejects.toMatchObject({ code: 'EAGAIN' });
    const waiting = side.socket.send('two');
    await (await side.join('PULL')).expect(message('two'));
    await waiting;
  });

  test('"If this peer disconnects, the PUSH socket SHALL destroy its queue": nothing of it goes to another, or twice', async () => {
    const side = await RawSide.bind(new Push({ linger: 0, sendHighWaterMark: 3 }));
    const deaf = await side.join('PULL');
    deaf.pause();
    const body = Buffer.alloc(1 << 20);
    let sent = 0;
    const fill = async (): Promise<void> => {
      for (; sent < 100; sent += 1) await side.socket.send([`${sent}`, body], { timeout: 0 });
    };
    // The kernel takes some, and more of it in a later turn.
    for (let round = 0; round < 5; round += 1) {
      await expect(fill()).rejects.toMatchObject({ code: 'EAGAIN' });
      await turn();
    }
    deaf.reset();
    await side.lost(deaf);
    const next = await side.join('PULL');
    await side.socket.send('fresh');
    await next.expect(message('fresh'));
    expect(sent).toBeLessThan(100);
  });
});

describe('PUSH, connecting', () => {
  /** Connects and drops its first peer after a handshake. */
  async function accept(listener: RawListener): Promise<RawPeer> {
    const peer = own(await listener.accept());
    await peer.handshake({ as: 'PULL' });
    return peer;
  }

  test('"SHALL maintain the queue whether or not the connection is established", up to its mark, in order', async () => {
    const push = own(new Push({ linger: 0, reconnectInterval: 1, sendHighWaterMark: 5 }));
    const listener = own(await RawListener.listen());
    push.connect(listener.endpoint);
    const now = { timeout: 0 };
    for (let count = 0; count < 5; count += 1) await push.send(`${count}`, now);
    await expect(push.send('too many', now)).rejects.toMatchObject({ code: 'EAGAIN' });
    const first = await accept(listener);
    for (let count = 0; count < 5; count += 1) await first.expect(message(`${count}`));
    const events = new Promise((resolve) => push.events.on('disconnect', resolve));
    first.reset();
    await events;
    for (let count = 5; count < 10; count += 1) await push.send(`${count}`, now);
    const second = await accept(listener);
    for (let count = 5; count < 10; count += 1) await second.expect(message(`${count}`));
    await second.write(ping(0, 'no more'));
    await second.expect(pong('no more'));
  });

  test('a second connect to another endpoint is another queue: messages alternate from the start', async () => {
    const push = own(new Push({ linger: 0 }));
    const listeners = [own(await RawListener.listen()), own(await RawListener.listen())];
    for (const { endpoint } of listeners) push.connect(endpoint);
    for (let count = 0; count < 4; count += 1) await push.send(`${count}`);
    const [even, odd] = [
      await accept(listeners[0] as RawListener),
      await accept(listeners[1] as RawListener),
    ];
    await even.expect(bytes(message('0'), message('2')));
    await odd.expect(bytes(message('1'), message('3')));
  });
});
