/**
 * 37/ZMTP, The Socket-Type Property, The Identity Property and the NULL handshake, for each socket type
 * and on both sides of a connection.
 *
 * Rows T4–T6, T16–T20, T69 and T70.
 */

import { describe, expect, test } from 'vitest';
import { Dealer, Reply, Request, Router } from '../../src/index.ts';
import { bytes, command, greeting, property, ready, repeat } from '../../src/testing/raw-bytes.ts';
import { RawListener, type RawPeer } from '../support/raw-peer.ts';
import { createRandom, SEED } from '../support/raw-random.ts';
import {
  expectAlive,
  LEGAL_PEERS,
  legalPeer,
  RawSide,
  SIDES,
  TYPE_NAMES,
  type TypeName,
} from '../support/raw-socket.ts';
import { own, watchProcess } from '../support/watch.ts';

watchProcess();

/** The largest delay any timer-driven step may add on a loaded machine. */
const LATE = 3000;

const UNKNOWN_TYPES = ['CLIENT', 'STREAM', '', 'toString', '\xff\x00\n'];

/** Types whose READY carries an Identity, as libzmq's does. */
const NAMED: readonly TypeName[] = ['REQ', 'DEALER', 'ROUTER'];

/** The whole READY frame of a type without a name. */
function anonymousReady(type: TypeName): Buffer {
  return ready(type, NAMED.includes(type) ? property('Identity', '') : '');
}

/** A peer that does everything right until its READY. */
async function openGreeted(side: RawSide): Promise<RawPeer> {
  const peer = await side.open();
  await peer.exchangeGreetings();
  await peer.readReady();
  return peer;
}

/** Bytes that the subject must refuse: it closes and says why, and its good peer is served before and after. */
async function expectRefusal(side: RawSide, input: Uint8Array): Promise<[RawPeer, string]> {
  const peer = await openGreeted(side);
  await peer.write(input);
  await peer.expectClose();
  return [peer, await side.reasonFor(peer)];
}

describe.each(SIDES)('%s', (_side, create) => {
  describe.each(TYPE_NAMES)('%s', (type) => {
    const legal: readonly string[] = LEGAL_PEERS[type];

    test('READY names the socket type; an Identity comes with REQ, DEALER and ROUTER only', async () => {
      const side = await create(type);
      const peer = await side.open();
      await peer.exchangeGreetings();
      await peer.expect(anonymousReady(type));
      await peer.write(ready(legalPeer(type)));
      expect((await side.handshakeOf(peer)).peer).toMatchObject({ socketType: legalPeer(type) });
      await expectAlive(peer);
    });

    test.each(legal)('T16: its "legal peer types are as follows": %s', async (other) => {
      const side = await create(type);
      const peer = await side.join(other);
      await expectAlive(peer);
      // It needs nothing of its own to say before it is a peer.
      expect((await side.handshakeOf(peer)).peer).toMatchObject({ socketType: other });
    });

    test('T16: every other type: "returning an ERROR command, and then disconnecting the peer", and an event', async () => {
      const side = await create(type);
      const good = await side.join(legalPeer(type));
      const illegal = [...TYPE_NAMES, ...UNKNOWN_TYPES].filter((other) => !legal.includes(other));
      expect(illegal.length).toBe(11 - legal.length + UNKNOWN_TYPES.length);
      for (const other of illegal) {
        const [peer, reason] = await expectRefusal(side, ready(other));
        const { name, data } = await peer.readCommand();
        expect(name, other).toBe('ERROR');
        expect(data[0], other).toBe(data.length - 1);
        expect(data.length, other).toBeGreaterThan(1);
        // Both names, so that whoever reads it knows which of the two programs to look at.
        expect(reason).toContain(type);
        if (/^[A-Z]+$/.test(other)) expect(reason).toContain(`"${other}"`);
        await expectAlive(good);
      }
    });

    test(`T4: a greeting and READY byte by byte, and cut at random (seed ${SEED})`, async () => {
      const side = await create(type);
      const input = bytes(greeting(), ready(legalPeer(type)));
      const slow = await side.open();
      await slow.writeBytewise(input);
      await slow.read(64);
      await slow.expect(anonymousReady(type));
      await expectAlive(slow);
      slow.end();
      await side.lost(slow);
      const cut = await side.open();
      await cut.writeSplit(input, createRandom());
      await cut.read(64);
      await cut.expect(anonymousReady(type));
      await expectAlive(cut);
    });

    test.each([
      [
        'T5: "SHALL NOT assign any significance to the padding field"',
        greeting({ padding: repeat(0xaa, 8), filler: repeat(0xee, 31) }),
      ],
      ['T6: with NULL "the as-server field SHALL have no significance"', greeting({ asServer: 1 })],
      ['"MUST accept higher protocol versions as valid"', greeting({ major: 4, minor: 9 })],
      ['a peer of 3.0', greeting({ minor: 0 })],
    ])('%s', async (_row, own) => {
      const side = await create(type);
      const peer = await side.open();
      await peer.exchangeGreetings(own);
      await peer.write(ready(legalPeer(type)));
      await peer.readReady();
      await expectAlive(peer);
    });

    test.each<[row: string, input: Buffer]>([
      ['T18: "Metadata names SHALL be case-insensitive"', property('socket-type', legalPeer(type))],
      ['in any spelling', property('SOCKET-typE', legalPeer(type))],
      [
        'an Identity before it',
        bytes(property('Identity', 'me'), property('Socket-Type', legalPeer(type))),
      ],
      [
        'an empty Identity',
        bytes(property('Socket-Type', legalPeer(type)), property('Identity', '')),
      ],
      [
        'properties of an application',
        bytes(property('X-app', repeat(7, 300)), property('Socket-Type', legalPeer(type))),
      ],
    ])('%s: completes', async (_row, metadata) => {
      const side = await create(type);
      const peer = await openGreeted(side);
      await peer.write(command('READY', metadata));
      await expectAlive(peer);
    });

    test('T17, T19, T20: a READY that says nothing, says it in lower case or has a byte too many closes', async () => {
      const side = await create(type);
      const good = await side.join(legalPeer(type));
      const socketType = property('Socket-Type', legalPeer(type));
      for (const metadata of [
        bytes(),
        property('X-a', 'b'),
        property('Socket-Type', legalPeer(type).toLowerCase()),
        property('Socket-Type', ` ${legalPeer(type)}`),
        property('Socket-Type', `${legalPeer(type)}\0`),
        bytes(socketType, 0),
        bytes(socketType, socketType),
        socketType.subarray(0, -1),
      ]) {
        const [, reason] = await expectRefusal(side, command('READY', metadata));
        expect(reason).not.toBe('');
        await expectAlive(good);
      }
    });

    test('nothing is sent between its READY and the READY of the peer', async () => {
      const side = await create(type);
      const peer = await openGreeted(side);
      // The other connection is the clock, or a refused READY where there can only be one.
      await expectRefusal(side, ready('ZZZ'));
      expect(peer.unread.length).toBe(0);
      await peer.write(ready(legalPeer(type)));
      await expectAlive(peer);
    });
  });
});

describe('the Identity property', () => {
  test.each([
    ['REQ', Request],
    ['DEALER', Dealer],
    ['ROUTER', Router],
  ] as const)('%s announces its routing id', async (type, Class) => {
    for (const routingId of ['x', 'client-1', Buffer.alloc(255, 0xfe)]) {
      const side = RawSide.connecting(new Class({ linger: 0, routingId }));
      const peer = await side.open();
      await peer.exchangeGreetings();
      await peer.expect(ready(type, property('Identity', routingId)));
      side.socket.close();
    }
  });

  test('REP keeps its own to itself, as libzmq does', async () => {
    const side = RawSide.connecting(new Reply({ linger: 0, routingId: 'x' }));
    const peer = await side.open();
    await peer.exchangeGreetings();
    await peer.expect(ready('REP'));
  });

  test('"For all other socket types, the Identity property shall be ignored": two peers of the same name', async () => {
    for (const type of TYPE_NAMES) {
      if (type === 'ROUTER' || type === 'PAIR') continue;
      const [[, bind]] = SIDES as [(typeof SIDES)[0]];
      const side = await bind(type);
      const extra = property('Identity', 'same');
      const peers = [
        await side.join(legalPeer(type), { extra }),
        await side.join(legalPeer(type), { extra }),
      ];
      for (const peer of peers) await expectAlive(peer);
    }
  });
});

/** Types do not wait for each other: what takes time here is timers. */
function forAllTypes(check: (type: TypeName) => Promise<void>): Promise<void[]> {
  return Promise.all(TYPE_NAMES.map(check));
}

describe('T69: "if the connection is broken, SHOULD reconnect after a suitable delay"', () => {
  const [, [, connecting]] = SIDES as [(typeof SIDES)[0], (typeof SIDES)[0]];

  test('every type: a peer that accepts and hangs up five times: never at once, ever later, then it is served', async () => {
    await forAllTypes(async (type) => {
      const side = await connecting(type, { reconnectInterval: 10, reconnectMaxInterval: 40 });
      const listener = own(await RawListener.listen());
      side.socket.connect(listener.endpoint);
      const times: number[] = [];
      for (let round = 0; round < 5; round += 1) {
        const peer = own(await listener.accept());
        times.push(performance.now());
        peer.reset();
      }
      const peer = own(await listener.accept());
      times.push(performance.now());
      // The whole of them: a busy loop may see one connection late and the next one in time.
      expect((times.at(-1) ?? 0) - (times[0] ?? 0), type).toBeGreaterThan(5 * 10 * 0.9);
      const intervals = side.events.seen.flatMap(({ interval }) => interval ?? []);
      expect(intervals.length, type).toBe(5);
      expect(Math.min(...intervals), type).toBeGreaterThanOrEqual(10);
      expect(Math.max(...intervals), type).toBeLessThanOrEqual(40);
      expect(Math.min(...intervals.slice(2)), type).toBeGreaterThanOrEqual(intervals[0] ?? 0);
      await peer.handshake({ as: legalPeer(type) });
      await expectAlive(peer);
    });
  });

  test('every type: sent away by a peer of another type, it tries again', async () => {
    await forAllTypes(async (type) => {
      const side = await connecting(type, { reconnectInterval: 10 });
      const listener = own(await RawListener.listen());
      side.socket.connect(listener.endpoint);
      const wrong = own(await listener.accept());
      await wrong.exchangeGreetings();
      await wrong.write(ready('ZZZ'));
      await wrong.expectClose();
      const right = own(await listener.accept());
      await right.handshake({ as: legalPeer(type) });
      await expectAlive(right);
    });
  });
});

test.each(SIDES)(
  'T70: every type, %s: PING with our time to live; a peer that answers stays, one that is silent is dropped',
  async (_side, create) => {
    await forAllTypes(async (type) => {
      const side = await create(type, {
        heartbeatInterval: 20,
        heartbeatTimeToLive: 1234,
        heartbeatTimeout: 200,
      });
      const peer = await side.join(legalPeer(type));
      for (let beat = 0; beat < 3; beat += 1) {
        const { name, data } = await peer.readCommand();
        expect(name).toBe('PING');
        expect(data.readUInt16BE(0)).toBe(12);
        await peer.write(command('PONG', data.subarray(2)));
      }
      const since = performance.now();
      await peer.expectClose();
      expect(performance.now() - since).toBeLessThan(220 + LATE);
      expect(await side.reasonFor(peer)).toMatch(/silent/);
    });
  },
);
