/**
 * Heartbeats as a weapon: H9, H10.
 */

import { describe, expect, test } from 'vitest';
import {
  bytes,
  command,
  message,
  ping,
  pong,
  repeat,
  tryParseFrame,
  u16,
} from '../../src/testing/raw-bytes.ts';
import { Pair, Pull, Push } from '../../src/index.ts';
import { turn } from '../../src/testing/turn.ts';
import { Tap } from '../support/peers/tap.ts';
import { expectFrames, SUBJECTS } from '../support/raw-subject.ts';
import { MemoryWatch, own, watchProcess } from '../support/watch.ts';
import { errorOf } from '../unit/sockets/conversation.ts';

watchProcess();

/** Stops the whole process, as an application does that computes for a while. */
function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

describe.each(SUBJECTS)('heartbeats, %s', (_name, create) => {
  test('H9: PING bodies of every length, with every odd time to live: a PONG or a close, never foreign bytes', async () => {
    const subject = await create();
    await subject.serveOther();
    for (const length of [0, 1, 2, 3, 4, 5, 6, 15, 16, 17, 18, 19, 40, 200, 255, 256, 65_000]) {
      for (const ttl of [0, 1, 656, 65_535]) {
        const data = bytes(u16(ttl), repeat(0x70, Math.max(0, length - 2))).subarray(0, length);
        const peer = await subject.join();
        await peer.write(command('PING', data));
        peer.end();
        await peer.expectClose();
        const context = data.subarray(2, 18);
        const answer = peer.unread;
        expect(answer.length === 0 || answer.equals(pong(context)), `${length} ${ttl}`).toBe(true);
        if (length < 2) expect(answer.length).toBe(0);
        await subject.reasonFor(peer);
      }
    }
    await subject.serveOther();
  });

  test('H9: a flood of PONGs nobody asked for is ignored', async () => {
    const subject = await create();
    await subject.serveOther();
    const memory = new MemoryWatch();
    const peer = await subject.join();
    const pongs = bytes(...Array.from({ length: 1000 }, (_, index) => pong(`${index}`.padEnd(16))));
    await peer.flood(pongs, 16 * 2 ** 20);
    await peer.write(ping(0, 'after'));
    await peer.expect(pong('after'));
    expect(memory.sample()).toBeLessThan(16e6);
  });

  test('a flood of unknown commands is ignored', async () => {
    const subject = await create();
    const memory = new MemoryWatch();
    const peer = await subject.join();
    const commands = bytes(
      ...Array.from({ length: 1000 }, () => command('NOTHING', repeat(1, 50))),
    );
    await peer.flood(commands, 16 * 2 ** 20);
    await peer.write(ping(0, 'after'));
    await peer.expect(pong('after'));
    expect(memory.sample()).toBeLessThan(16e6);
    expectFrames(await subject.deliver(peer, message('', 'hello')), 'hello');
  });

  test('a busy application is not taken for a silent peer: what has arrived meanwhile counts', async () => {
    const subject = await create({ heartbeatInterval: 30, heartbeatTimeout: 60 });
    const peer = await subject.join();
    for (let round = 0; round < 3; round += 1) {
      const { name, data } = await peer.readCommand();
      expect(name).toBe('PING');
      // The answer is in the subject's kernel before the whole process stands still for longer than the time-out.
      void peer.write(pong(data.subarray(2)));
      block(150);
    }
    await peer.waitFor('another PING', () => tryParseFrame(peer.unread));
    expect(peer.closed).toBeUndefined();
  });

  test('nor is a time to live over while bytes of the peer wait to be read', async () => {
    const subject = await create();
    const peer = await subject.join();
    await peer.write(ping(1));
    await peer.expect(pong());
    for (let round = 0; round < 3; round += 1) {
      void peer.write(ping(1, `${round}`));
      block(200);
      await peer.expect(pong(`${round}`));
    }
  });

  test('H10: 200,000 PINGs from a peer that reads no reply: memory stays, others are served meanwhile', async () => {
    const subject = await create();
    await subject.serveOther();
    const memory = new MemoryWatch();
    const peer = await subject.join();
    peer.pause();
    const pings = bytes(
      ...Array.from({ length: 2000 }, (_, index) => ping(0, `${index}`.padEnd(16, '.'))),
    );

    // A subject that stops reading such a peer is right as well: then the rounds of the other end the flood.
    const flooded = new AbortController();
    const others = async (): Promise<void> => {
      for (let round = 0; round < 500 && !flooded.signal.aborted; round += 1) {
        // A REQ would send every other request to the flooding peer.
        if (subject.type === 'REP') await subject.serveOther();
        else await turn();
        if (round % 100 === 0) memory.sample();
      }
    };
    const rounds = others();
    await peer.flood(pings, pings.length * 100, rounds);
    flooded.abort();
    await rounds;
    memory.sample();
    expect(memory.peak).toBeLessThan(48e6);

    // Whatever it has kept are whole PONGs, each with the context of a PING.
    peer.resume();
    if (peer.closed === undefined) {
      const last = pong('end of the flood');
      await peer.write(ping(0, 'end of the flood'));
      await peer.waitFor('the last PONG', () =>
        peer.unread.subarray(-last.length).equals(last) ? true : undefined,
      );
    }
    let rest = peer.unread;
    for (let next = tryParseFrame(rest); next !== undefined; next = tryParseFrame(rest)) {
      expect(next.wire.length).toBe(23);
      expect(next.wire.subarray(0, 7)).toEqual(pong(repeat(0, 16)).subarray(0, 7));
      rest = rest.subarray(next.wire.length);
    }
  });
});

test('a PULL whose application takes nothing for long is not taken for dead, and nothing is lost', async () => {
  const pull = own(new Pull({ linger: 0, receiveHighWaterMark: 10 }));
  await pull.bind('tcp://127.0.0.1:*');
  const push = own(new Push({ linger: 0, sendHighWaterMark: 10, heartbeatInterval: 500 }));
  let losses = 0;
  push.events.on('disconnect', () => losses++);
  await using tap = await Tap.open(pull.lastEndpoint ?? '');
  push.connect(tap.endpoint);
  // Before the first PING the PULL does not know that anybody waits for a sign of life.
  await tap.heard('reply', 'PONG', 1);
  // More than the kernel holds, so that PINGs lie behind messages.
  const count = 2000;
  const body = Buffer.alloc(10_000);
  const sending = (async () => {
    for (let i = 0; i < count; i++) await push.send([`${i}`, body]);
  })();
  const clock = own(new Pair());
  // Several times as long as the sender is patient.
  expect(await errorOf(clock.receive({ timeout: 1500 }))).toMatchObject({ code: 'EAGAIN' });
  expect(losses).toBe(0);
  for (let i = 0; i < count; i++) expect(String((await pull.receive())[0])).toBe(`${i}`);
  await sending;
  expect(losses).toBe(0);
});

test('a PULL that reads slowly says nothing to a PUSH that may be gone: its last messages would be lost', async () => {
  const pull = own(new Pull({ linger: 0, receiveHighWaterMark: 10 }));
  await pull.bind('tcp://127.0.0.1:*');
  const push = own(new Push({ sendHighWaterMark: 10 }));
  push.connect(pull.lastEndpoint ?? '');
  const count = 20_000;
  for (let i = 0; i < count; i++) await push.send(`${i}`);
  push.close();
  const clock = own(new Pair());
  // Several times as long as it takes to give a sign of life.
  expect(await errorOf(clock.receive({ timeout: 300 }))).toMatchObject({ code: 'EAGAIN' });
  for (let i = 0; i < count; i++) expect(String((await pull.receive())[0])).toBe(`${i}`);
});
