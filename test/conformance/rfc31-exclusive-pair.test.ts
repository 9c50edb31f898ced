/**
 * 31/EXPAIR, The PAIR Socket Type, with raw peers on the other side.
 *
 * Row T68 and the rules of the RFC.
 */

import { describe, expect, test } from 'vitest';
import { Pair } from '../../src/index.ts';
import {
  bytes,
  command,
  greeting,
  message,
  property,
  ready,
  repeat,
  u64,
} from '../../src/testing/raw-bytes.ts';
import { RawListener, type RawPeer } from '../support/raw-peer.ts';
import { type AnyOptions, expectAlive, RawSide, SIDES } from '../support/raw-socket.ts';
import { EventLog, expectFrames } from '../support/raw-subject.ts';
import { own, watchProcess } from '../support/watch.ts';

watchProcess();

/** A message each way. */
async function expectTalk(side: RawSide<Pair>, peer: RawPeer, word: string): Promise<void> {
  await side.socket.send(`${word}?`);
  await peer.expect(message(`${word}?`));
  await peer.write(message(`${word}!`));
  expectFrames(await side.socket.receive(), `${word}!`);
}

describe.each(SIDES)('PAIR, %s', (_side, create) => {
  const createPair = async (options: AnyOptions = {}): Promise<RawSide<Pair>> =>
    (await create('PAIR', options)) as RawSide<Pair>;

  test('"MAY both send and receive messages", in no lockstep', async () => {
    const side = await createPair();
    const peer = await side.join('PAIR');
    for (const body of ['a', 'b', 'c']) await side.socket.send(body);
    await peer.expect(bytes(message('a'), message('b'), message('c')));
    await peer.write(bytes(message('1'), message('2'), message('3')));
    for (const body of ['1', '2', '3']) expectFrames(await side.socket.receive(), body);
    await expectTalk(side, peer, 'and on');
  });

  test('"SHALL not filter or modify outgoing or incoming messages in any way"', async () => {
    const side = await createPair();
    const peer = await side.join('PAIR');
    const messages = [
      [''],
      ['', ''],
      ['id', '', bytes(1, 'topic')],
      [bytes(0, 'x')],
      [repeat(1, 255), repeat(2, 256), repeat(3, 100_000)],
    ];
    for (const frames of messages) {
      await side.socket.send(frames);
      await peer.expect(message(...frames));
      await peer.write(message(...frames));
      expectFrames(await side.socket.receive(), ...frames);
    }
    await peer.write(bytes(3, u64(1), 'l', 2, u64(0)));
    expectFrames(await side.socket.receive(), 'l', '');
  });

  test('messages in their order however many, in both directions at once', async () => {
    const side = await createPair();
    const peer = await side.join('PAIR');
    const all = bytes(...Array.from({ length: 3000 }, (_, index) => message(`${index}`, '')));
    const written = peer.write(all);
    const echo = async (): Promise<void> => {
      for (let count = 0; count < 3000; count += 1) {
        const frames = await side.socket.receive();
        expectFrames(frames, `${count}`, '');
        await side.socket.send(frames);
      }
    };
    await Promise.all([written, echo(), peer.expect(all)]);
  });

  test('commands that other types have a use for are ignored', async () => {
    const side = await createPair();
    const peer = await side.join('PAIR');
    await peer.write(bytes(command('SUBSCRIBE', ''), command('CANCEL', ''), command('JOIN', 'g')));
    await expectAlive(peer);
    await expectTalk(side, peer, 'hello');
  });

  test('what a peer sent before it left is still received, then what the next one sends', async () => {
    const side = await createPair();
    const first = await side.join('PAIR');
    await first.write(bytes(message('one'), message('two'), 1, 4, 'half'));
    first.end();
    await side.lost(first);
    const second = await side.join('PAIR');
    await second.write(message('three'));
    await expectAlive(second);
    for (const body of ['one', 'two', 'three']) expectFrames(await side.socket.receive(), body);
    await expectTalk(side, second, 'now');
  });
});

describe('PAIR, bound', () => {
  const now = { timeout: 0 };

  test('T68: "MAY be connected to at most one PAIR peer": the second is sent away with a reason, the first unaffected', async () => {
    const side = await RawSide.bind(new Pair({ linger: 0 }));
    const first = await side.join('PAIR');
    await expectTalk(side, first, 'before');
    for (let round = 0; round < 5; round += 1) {
      const second = await side.open();
      // Everything in one segment: a message that comes along with READY is not delivered either.
      await second.write(bytes(greeting(), ready('PAIR'), message('from the second')));
      await second.expectClose();
      expect(await side.reasonFor(second)).toMatch(/one peer/);
      await side.socket.send(`to the first ${round}`);
      await first.expect(message(`to the first ${round}`));
      // At most the READY of the subject, and no message.
      expect(second.unread.indexOf('first')).toBe(-1);
    }
    await expectTalk(side, first, 'after');
    await expect(side.socket.receive(now)).rejects.toMatchObject({ code: 'EAGAIN' });
  });

  test('T68: two that come at the same time: exactly one is taken', async () => {
    const side = await RawSide.bind(new Pair({ linger: 0 }));
    const peers = [await side.open(), await side.open(), await side.open()];
    for (const peer of peers) await peer.exchangeGreetings();
    for (const peer of peers) {
      await peer.readReady();
      void peer.write(ready('PAIR'));
    }
    const losers = await Promise.all(
      peers.map((peer) =>
        expectAlive(peer).then(
          () => 0,
          () => 1,
        ),
      ),
    );
    expect(losers.filter((lost) => lost === 1).length).toBe(2);
    await expectTalk(side, peers[losers.indexOf(0)] as RawPeer, 'the one');
  });

  test('a peer that comes when the first has left is served', async () => {
    const side = await RawSide.bind(new Pair({ linger: 0 }));
    for (const cut of ['end', 'reset', 'end'] as const) {
      const peer = await side.join('PAIR');
      await expectTalk(side, peer, cut);
      peer[cut]();
      await side.lost(peer);
    }
  });

  test('a connection that has not finished its handshake, or is of another type, takes nobody’s place', async () => {
    const side = await RawSide.bind(new Pair({ linger: 0 }));
    const silent = await side.open();
    const greeted = await side.open();
    await greeted.exchangeGreetings();
    await greeted.readReady();
    const peer = await side.join('PAIR');
    await expectTalk(side, peer, 'served');
    const wrong = await side.open();
    await wrong.exchangeGreetings();
    await wrong.write(ready('DEALER'));
    await wrong.expectClose();
    silent.end();
    await side.reasonFor(silent);
    await expectTalk(side, peer, 'still served');
  });

  test('"SHALL block on sending, or return a suitable error, when it has no available peer"', async () => {
    const side = await RawSide.bind(new Pair({ linger: 0 }));
    await expect(side.socket.send('nobody', now)).rejects.toMatchObject({ code: 'EAGAIN' });
    const waiting = side.socket.send('waits');
    const peer = await side.join('PAIR');
    await waiting;
    await peer.expect(message('waits'));
    peer.end();
    await side.lost(peer);
    await expect(side.socket.send('nobody', now)).rejects.toMatchObject({ code: 'EAGAIN' });
  });

  test('two peers with an Identity: it is ignored', async () => {
    const side = await RawSide.bind(new Pair({ linger: 0 }));
    for (let round = 0; round < 2; round += 1) {
      const peer = await side.join('PAIR', { extra: property('Identity', 'same') });
      await expectTalk(side, peer, `${round}`);
      peer.end();
      await side.lost(peer);
    }
  });
});

describe('PAIR, connecting', () => {
  test('"SHALL maintain the double queue whether or not the connection is established"', async () => {
    const pair = own(new Pair({ linger: 0, reconnectInterval: 1, sendHighWaterMark: 3 }));
    const events = new EventLog(pair.events);
    const listener = own(await RawListener.listen());
    pair.connect(listener.endpoint);
    const now = { timeout: 0 };
    for (const body of ['a', 'b', 'c']) await pair.send(body, now);
    await expect(pair.send('d', now)).rejects.toMatchObject({ code: 'EAGAIN' });
    const first = own(await listener.accept());
    await first.handshake({ as: 'PAIR' });
    await first.expect(bytes(message('a'), message('b'), message('c')));
    first.reset();
    await events.find('disconnect', ({ type }) => type === 'disconnect');
    await pair.send('e', now);
    const second = own(await listener.accept());
    await second.handshake({ as: 'PAIR' });
    await second.expect(message('e'));
    await second.write(message('answer'));
    expectFrames(await pair.receive(), 'answer');
  });

  test('T68: of two endpoints the second is neither read nor written until the first is gone', async () => {
    const side = RawSide.connecting(new Pair({ linger: 0 }));
    const first = await side.join('PAIR');
    const second = await side.join('PAIR');
    await second.write(message('from the second'));
    await expectAlive(second);
    await expectTalk(side, first, 'first');
    await expect(side.socket.receive({ timeout: 0 })).rejects.toMatchObject({ code: 'EAGAIN' });
    side.socket.disconnect(side.nameOf(first));
    await first.expectClose();
    expectFrames(await side.socket.receive(), 'from the second');
    await expectTalk(side, second, 'second');
  });
});
