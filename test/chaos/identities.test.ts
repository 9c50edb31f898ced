/**
 * Names as a weapon: H12. Whoever claims a name that is illegal, taken or about to be given to somebody
 * else, and in whatever number: the peers of good names are served, and memory stays as it was.
 */

import { describe, expect, test } from 'vitest';
import { Router } from '../../src/index.ts';
import {
  bytes,
  greeting,
  message,
  property,
  ready,
  repeat,
  u32,
} from '../../src/testing/raw-bytes.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import { createRandom, SEED } from '../support/raw-random.ts';
import { expectAlive, RawSide } from '../support/raw-socket.ts';
import { expectFrames } from '../support/raw-subject.ts';
import { MemoryWatch, watchProcess } from '../support/watch.ts';

watchProcess();

type Options = NonNullable<ConstructorParameters<typeof Router>[0]>;
type Name = string | Uint8Array;

const ROLES = ['DEALER', 'REQ', 'ROUTER'] as const;

function bindRouter(options: Options = {}): Promise<RawSide<Router>> {
  return RawSide.bind(new Router({ linger: 0, mandatory: true, ...options }));
}

function join(side: RawSide, name: Name, as: string = 'DEALER'): Promise<RawPeer> {
  return side.join(as, { extra: property('Identity', name) });
}

/** Everything a peer of a name has to say, in one segment. */
async function claim(side: RawSide, name: Name, as: string = 'DEALER'): Promise<RawPeer> {
  const peer = await side.open();
  await peer.write(bytes(greeting(), ready(as, property('Identity', name)), message('claimed')));
  return peer;
}

let rounds = 0;

async function expectEcho(side: RawSide<Router>, peer: RawPeer): Promise<Buffer> {
  rounds += 1;
  await peer.write(message(`${rounds}`));
  const [id, ...frames] = await side.socket.receive();
  expectFrames(frames, `${rounds}`);
  await side.socket.send([id ?? '', `re ${rounds}`]);
  await peer.expect(message(`re ${rounds}`));
  return id as Buffer;
}

describe('H12: Identity', () => {
  test('illegal ones, from peers of every type: closed with a reason, nothing delivered', async () => {
    const side = await bindRouter();
    const good = await join(side, 'good');
    for (const as of ROLES) {
      for (const name of [
        bytes(0),
        bytes(0, 'good'),
        repeat(0, 5),
        repeat(0x41, 256),
        repeat(0x41, 60_000),
      ]) {
        const peer = await claim(side, name, as);
        await peer.expectClose();
        expect(await side.reasonFor(peer)).toMatch(/Identity/);
      }
      await expectEcho(side, good);
    }
    await expect(side.socket.receive({ timeout: 0 })).rejects.toMatchObject({ code: 'EAGAIN' });
  });

  test('names around the borders: 1 and 255 bytes, prefixes of each other, names every object has', async () => {
    const side = await bindRouter();
    const names: Name[] = [
      ...['a', 'ab', 'abc', 'A', ' ', '__proto__', 'constructor', 'toString', 'ä'],
      ...[repeat(0x61, 254), repeat(0x61, 255), bytes('a', 0), bytes('a', 0, 0), bytes(0xff)],
    ];
    const peers = new Map<Name, RawPeer>();
    for (const name of names) peers.set(name, await join(side, name));
    for (const [name, peer] of peers) {
      const id = await expectEcho(side, peer);
      expectFrames([id], name === 'ä' ? bytes(0xe4) : name);
    }
  });

  test('the ids that the counter hands out next cannot be claimed; nor is one in use', async () => {
    const side = await bindRouter();
    const first = await side.join('DEALER');
    const id = await expectEcho(side, first);
    for (let step = 0; step < 5; step += 1) {
      const next = bytes(0, u32((id.readUInt32BE(1) + step) >>> 0));
      const peer = await claim(side, next);
      await peer.expectClose();
      expect(await side.reasonFor(peer)).toMatch(/Identity/);
    }
    const ids = new Set([id.toString('hex')]);
    for (let count = 0; count < 5; count += 1) {
      ids.add((await expectEcho(side, await side.join('DEALER'))).toString('hex'));
    }
    expect(ids.size).toBe(6);
    await expectEcho(side, first);
  });

  test('300 claims of a live name, from every type: all refused with a reason, the holder is served all along', async () => {
    const side = await bindRouter();
    const holder = await join(side, 'X');
    const memory = new MemoryWatch();
    for (let round = 0; round < 10; round += 1) {
      const claimers = await Promise.all(
        Array.from({ length: 30 }, (_, index) => claim(side, 'X', ROLES[index % 3])),
      );
      const id = await expectEcho(side, holder);
      expectFrames([id], 'X');
      await Promise.all(claimers.map((peer) => peer.expectClose()));
      for (const peer of claimers) {
        expect(await side.reasonFor(peer)).toMatch(/routing id/);
        expect(peer.unread.indexOf('re ')).toBe(-1);
      }
    }
    await expect(side.socket.receive({ timeout: 0 })).rejects.toMatchObject({ code: 'EAGAIN' });
    expect(memory.sample()).toBeLessThan(4e6);
  });

  test('handover: 300 claims of one name: one peer has it in the end, all others are gone with a reason', async () => {
    const side = await bindRouter({ handover: true });
    const other = await join(side, 'other');
    const memory = new MemoryWatch();
    for (let round = 0; round < 10; round += 1) {
      const claimers = await Promise.all(
        Array.from({ length: 30 }, (_, index) => side.open().then((peer) => ({ peer, index }))),
      );
      const asked = claimers.map(({ peer, index }) =>
        peer.handshake({ as: ROLES[index % 3] ?? '', extra: property('Identity', 'X') }),
      );
      await Promise.allSettled(asked);
      // Who is still there after a PONG, when nobody else comes, has the name.
      const alive = await Promise.all(
        claimers.map(({ peer }) =>
          expectAlive(peer).then(
            () => [peer],
            () => [],
          ),
        ),
      );
      const holders = alive.flat();
      expect(holders.length).toBe(1);
      const holder = holders[0] as RawPeer;
      expectFrames([await expectEcho(side, holder)], 'X');
      for (const { peer } of claimers) {
        if (peer !== holder) expect(await side.reasonFor(peer)).toMatch(/routing id/);
      }
      await expectEcho(side, other);
      holder.end();
      await side.lost(holder);
      await expect(side.socket.send(['X', 'x'])).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
    }
    expect(memory.sample()).toBeLessThan(4e6);
  });

  test('500 peers with a long name each come and go: no name is kept', async () => {
    const side = await bindRouter();
    const memory = new MemoryWatch();
    for (let round = 0; round < 10; round += 1) {
      const names = Array.from({ length: 50 }, (_, index) => `${round}.${index} `.padEnd(255, 'n'));
      const peers = await Promise.all(names.map((name) => join(side, name)));
      await Promise.all(names.map((name) => side.socket.send([name, 'hello'])));
      await Promise.all(peers.map((peer) => peer.expect(message('hello'))));
      for (const [index, peer] of peers.entries()) {
        if (index % 2 === 0) peer.end();
        else peer.reset();
      }
      await Promise.all(peers.map((peer) => side.lost(peer)));
      for (const name of names) {
        await expect(side.socket.send([name, 'x'])).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
      }
      // Events are kept by the test.
      side.events.seen.length = 0;
    }
    expect(memory.sample()).toBeLessThan(4e6);
  });

  test(`messages to 50,000 names that nobody has leave nothing behind (seed ${SEED})`, async () => {
    const side = await bindRouter({ mandatory: false });
    const peer = await join(side, 'X');
    const random = createRandom();
    const memory = new MemoryWatch();
    for (let count = 0; count < 50_000; count += 1) {
      await side.socket.send([bytes('-', random.bytes(random.below(8))), 'x']);
    }
    expect(memory.sample()).toBeLessThan(2e6);
    await expectEcho(side, peer);
  });
});
