/**
 * 28/REQREP, The DEALER and ROUTER Socket Types, and 37/ZMTP, The Identity Property, with raw peers on
 * the other side.
 *
 * Rows T60–T62 and the routing rules of the RFC. REQ and REP are in rfc28-request-reply.test.ts.
 */

import { describe, expect, test } from 'vitest';
import { Dealer, Router } from '../../src/index.ts';
import { bytes, message, property, ready, repeat, text } from '../../src/testing/raw-bytes.ts';
import { RawListener, type RawPeer } from '../support/raw-peer.ts';
import { type AnyOptions, expectAlive, RawSide, SIDES } from '../support/raw-socket.ts';
import { EventLog, expectFrames } from '../support/raw-subject.ts';
import { own, watchProcess } from '../support/watch.ts';

watchProcess();

const NOW = { timeout: 0 };

type DealerOptions = AnyOptions & { readonly probeRouter?: boolean };
type RouterOptions = NonNullable<ConstructorParameters<typeof Router>[0]>;

function bindRouter(options: RouterOptions = {}): Promise<RawSide<Router>> {
  return RawSide.bind(new Router({ linger: 0, ...options }));
}

/** A peer of a ROUTER that has a name. */
function joinAs(side: RawSide, name: string | Uint8Array, as = 'DEALER'): Promise<RawPeer> {
  return side.join(as, { extra: property('Identity', name) });
}

/** A message to the application, and one back by the id it came with. */
async function expectEcho(side: RawSide<Router>, peer: RawPeer, body: string): Promise<Buffer> {
  await peer.write(message(body));
  const [id, ...frames] = await side.socket.receive();
  expectFrames(frames, body);
  await side.socket.send([id ?? '', 're', body]);
  await peer.expect(message('re', body));
  return id as Buffer;
}

describe('ROUTER', () => {
  test('"SHALL prefix each incoming message with a frame containing the identity of the originating double queue"', async () => {
    const side = await bindRouter();
    const dealer = await joinAs(side, 'A');
    const req = await joinAs(side, 'B', 'REQ');
    const router = await joinAs(side, 'C', 'ROUTER');
    await dealer.write(bytes(message('x', '', 'y'), message('')));
    expectFrames(await side.socket.receive(), 'A', 'x', '', 'y');
    expectFrames(await side.socket.receive(), 'A', '');
    await req.write(message('', 'question'));
    expectFrames(await side.socket.receive(), 'B', '', 'question');
    await router.write(message('C', 'A'));
    expectFrames(await side.socket.receive(), 'C', 'C', 'A');
  });

  test('"SHALL remove the first frame from each outgoing message and use this as the identity of a double queue"', async () => {
    const side = await bindRouter();
    const peers = new Map<string, RawPeer>();
    for (const name of ['A', 'AB', 'B']) peers.set(name, await joinAs(side, name));
    await side.socket.send(['AB', 'A', '', repeat(1, 256)]);
    await side.socket.send(['A', '']);
    await side.socket.send(['B', 'B']);
    await peers.get('AB')?.expect(message('A', '', repeat(1, 256)));
    await peers.get('A')?.expect(message(''));
    await peers.get('B')?.expect(message('B'));
    for (const peer of peers.values()) await expectAlive(peer);
  });

  test('"SHALL either silently drop the message, or return an error, depending on configuration, if the queue does not exist"', async () => {
    const side = await bindRouter();
    const peer = await joinAs(side, 'A');
    for (const unknown of ['B', 'a', '', bytes('A', 0), repeat(1, 300)]) {
      await side.socket.send([unknown, 'x']);
    }
    // Nor is a message of nothing but an id one to send.
    await side.socket.send('A');
    await expectAlive(peer);
    side.socket.mandatory = true;
    for (const unknown of ['B', '', repeat(1, 300)]) {
      await expect(side.socket.send([unknown, 'x'])).rejects.toMatchObject({
        code: 'EHOSTUNREACH',
      });
    }
    await side.socket.send(['A', 'there']);
    await peer.expect(message('there'));
    peer.end();
    await side.lost(peer);
    await expect(side.socket.send(['A', 'gone'])).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
  });

  test('T60: Identity X twice: the second is refused with a reason, the first keeps working', async () => {
    const side = await bindRouter();
    const first = await joinAs(side, 'X');
    await expectEcho(side, first, 'before');
    for (let round = 0; round < 3; round += 1) {
      const second = await side.open();
      await second.exchangeGreetings();
      await second.readReady();
      await second.write(bytes(ready('DEALER', property('Identity', 'X')), message('not X')));
      await second.expectClose();
      expect(await side.reasonFor(second)).toMatch(/routing id/);
      expect(text(await expectEcho(side, first, `after ${round}`))).toBe('X');
      expect(second.unread.length).toBe(0);
    }
    first.end();
    await side.lost(first);
    await expectEcho(side, await joinAs(side, 'X'), 'free again');
  });

  test('T60: handover: the second takes the name over, the first is sent away with a reason', async () => {
    const side = await bindRouter({ handover: true });
    let holder = await joinAs(side, 'X');
    for (let round = 0; round < 3; round += 1) {
      await expectEcho(side, holder, `${round}`);
      const next = await joinAs(side, 'X');
      await holder.expectClose();
      expect(await side.reasonFor(holder)).toMatch(/routing id/);
      await expectEcho(side, next, `taken over ${round}`);
      holder = next;
    }
  });

  test('T60: handover: what the first had sent is still received, under the same name', async () => {
    const side = await bindRouter({ handover: true });
    const first = await joinAs(side, 'X');
    await first.write(message('from the first'));
    await expectAlive(first);
    const second = await joinAs(side, 'X');
    await second.write(message('from the second'));
    await expectAlive(second);
    expectFrames(await side.socket.receive(), 'X', 'from the first');
    expectFrames(await side.socket.receive(), 'X', 'from the second');
  });

  test('T61: "identities starting with a zero octet are reserved", and 256 bytes are too many: closes', async () => {
    const side = await bindRouter();
    const good = await joinAs(side, 'good');
    for (const name of [bytes(0, 'abcd'), bytes(0), repeat(0x41, 256), repeat(0x41, 10_000)]) {
      const peer = await side.open();
      await peer.exchangeGreetings();
      await peer.write(ready('DEALER', property('Identity', name)));
      await peer.expectClose();
      expect(await side.reasonFor(peer)).toMatch(/Identity/);
    }
    await expectEcho(side, good, 'hello');
  });

  test('T61: 1 to 255 bytes of any value but a first zero are a name', async () => {
    const side = await bindRouter();
    for (const name of [
      'x',
      bytes(1, 0, 0, 0, 0),
      repeat(0xff, 255),
      bytes(0xc3, 0x28),
      '__proto__',
    ]) {
      const id = await expectEcho(side, await joinAs(side, name), 'hello');
      expectFrames([id], name);
    }
  });

  test('T62: without an Identity, or with an empty one, the name is 5 bytes, the first 0, and nobody else’s', async () => {
    const side = await bindRouter();
    const ids = new Set<string>();
    for (const extra of [bytes(), property('Identity', ''), bytes(), property('Identity', '')]) {
      const id = await expectEcho(side, await side.join('DEALER', { extra }), 'hello');
      expect(id.length).toBe(5);
      expect(id[0]).toBe(0);
      ids.add(id.toString('hex'));
    }
    expect(ids.size).toBe(4);
  });

  test('T62: a peer that comes again is another one', async () => {
    const side = await bindRouter();
    const first = await side.join('REQ');
    const id = await expectEcho(side, first, 'first');
    first.end();
    await side.lost(first);
    const second = await side.join('REQ');
    const other = await expectEcho(side, second, 'second');
    expect(other.equals(id)).toBe(false);
    await side.socket.send([id, 'to the first']);
    await expectAlive(second);
  });

  test('"If this peer disconnects, the ROUTER socket SHALL destroy its double queue": a namesake gets nothing of it', async () => {
    const side = await bindRouter();
    const first = await joinAs(side, 'X');
    first.reset();
    await side.lost(first);
    await side.socket.send(['X', 'for the first']);
    const second = await joinAs(side, 'X');
    await expectAlive(second);
    await expectEcho(side, second, 'second');
  });

  test('"SHALL receive incoming messages from its peers using a fair-queuing strategy"', async () => {
    const side = await bindRouter();
    for (const name of ['A', 'B', 'C']) {
      const peer = await joinAs(side, name);
      await peer.write(bytes(...[0, 1, 2].map((round) => message(`${round}`))));
      await expectAlive(peer);
    }
    for (let round = 0; round < 3; round += 1) {
      const names = [];
      for (let count = 0; count < 3; count += 1) {
        const [name, body] = await side.socket.receive();
        expect(text(body)).toBe(`${round}`);
        names.push(text(name));
      }
      expect(names.toSorted()).toEqual(['A', 'B', 'C']);
    }
  });

  test('the array that is received can be sent as it is, also when it is kept for later', async () => {
    const side = await bindRouter();
    const peer = await side.join('DEALER');
    await peer.write(bytes(message('1'), message('2', ''), message('3')));
    const kept = [];
    for (let count = 0; count < 3; count += 1) kept.push(await side.socket.receive());
    for (const frames of kept) await side.socket.send(frames);
    await peer.expect(bytes(message('1'), message('2', ''), message('3')));
  });

  test('probeRouter: an empty message to each new peer, before anything else', async () => {
    const side = await bindRouter({ probeRouter: true });
    const peer = await joinAs(side, 'X', 'ROUTER');
    await side.socket.send(['X', 'hello']);
    await peer.expect(bytes(message(''), message('hello')));
  });
});

describe('ROUTER, connecting', () => {
  function connecting(options: RouterOptions = {}): Router {
    return own(new Router({ linger: 0, reconnectInterval: 1, mandatory: true, ...options }));
  }

  test('a peer cannot be sent to before its name has come', async () => {
    const router = connecting();
    const events = new EventLog(router.events);
    const listener = own(await RawListener.listen());
    router.connect(listener.endpoint);
    const peer = own(await listener.accept());
    await peer.exchangeGreetings();
    await peer.readReady();
    await expect(router.send(['S', 'early'])).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
    await peer.write(ready('ROUTER', property('Identity', 'S')));
    await events.handshakeWith(listener.endpoint);
    await router.send(['S', 'now']);
    await peer.expect(message('now'));
    await peer.write(message('back'));
    expectFrames(await router.receive(), 'S', 'back');
  });

  test('a name given with connect counts from the start, and whatever the peer calls itself', async () => {
    const router = connecting();
    const listener = own(await RawListener.listen());
    router.connect(listener.endpoint, { routingId: 'given' });
    await router.send(['given', 'early']);
    const peer = own(await listener.accept());
    await peer.handshake({ as: 'DEALER', extra: property('Identity', 'own') });
    await peer.expect(message('early'));
    await peer.write(message('hello'));
    expectFrames(await router.receive(), 'given', 'hello');
    await expect(router.send(['own', 'x'])).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
    expect(() => router.connect('tcp://127.0.0.1:1', { routingId: 'given' })).toThrow(
      expect.objectContaining({ code: 'EADDRINUSE' }),
    );
  });

  test('"SHALL maintain the double queue whether or not the connection is established": the name is kept', async () => {
    const router = connecting();
    const events = new EventLog(router.events);
    const listener = own(await RawListener.listen());
    router.connect(listener.endpoint);
    const first = own(await listener.accept());
    await first.handshake({ as: 'ROUTER', extra: property('Identity', 'A') });
    await events.handshakeWith(listener.endpoint);
    first.reset();
    await events.find('disconnect', ({ type }) => type === 'disconnect');
    await router.send(['A', 'in between']);
    const second = own(await listener.accept());
    await second.handshake({ as: 'ROUTER', extra: property('Identity', 'B') });
    await second.expect(message('in between'));
    await second.write(message('x'));
    expectFrames(await router.receive(), 'A', 'x');
    await expect(router.send(['B', 'x'])).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
  });

  test('T60: two endpoints that call themselves the same: the first is served, the second let go with a reason', async () => {
    const side = RawSide.connecting(connecting({ reconnectInterval: 0 }));
    const first = await joinAs(side, 'S', 'ROUTER');
    const second = await side.open();
    await second.exchangeGreetings();
    await second.write(ready('ROUTER', property('Identity', 'S')));
    await second.expectClose();
    expect(await side.reasonFor(second)).toMatch(/routing id/);
    await expectEcho(side, first, 'hello');
  });
});

describe.each(SIDES)('DEALER, %s', (_side, create) => {
  const createDealer = async (options: DealerOptions = {}): Promise<RawSide<Dealer>> =>
    (await create('DEALER', options)) as RawSide<Dealer>;

  test('"SHALL not filter or modify outgoing or incoming messages in any way"', async () => {
    const side = await createDealer();
    for (const as of ['REP', 'DEALER', 'ROUTER']) {
      const peer = await side.join(as);
      for (const frames of [
        [''],
        ['', 'request'],
        ['id', '', 'x'],
        [repeat(1, 255), repeat(2, 256)],
      ]) {
        await side.socket.send(frames);
        await peer.expect(message(...frames));
        await peer.write(message(...frames));
        expectFrames(await side.socket.receive(), ...frames);
      }
      peer.end();
      await side.lost(peer);
    }
  });

  test('"SHALL route outgoing messages to available peers using a round-robin strategy"', async () => {
    const side = await createDealer();
    const peers = [await side.join('REP'), await side.join('DEALER'), await side.join('ROUTER')];
    for (let count = 0; count < 9; count += 1) await side.socket.send([`${count}`, '', 'x']);
    const first: Array<number | undefined> = [];
    for (const peer of peers) {
      const got: number[] = [];
      for (let count = 0; count < 3; count += 1) got.push(Number((await peer.readMessage())[0]));
      first.push(got[0]);
      expect(got).toEqual([0, 3, 6].map((step) => step + (got[0] ?? 0)));
    }
    expect(first.toSorted()).toEqual([0, 1, 2]);
  });

  test('"SHALL receive incoming messages from its peers using a fair-queuing strategy"', async () => {
    const side = await createDealer();
    const peers = [await side.join('REP'), await side.join('DEALER'), await side.join('ROUTER')];
    for (const [index, peer] of peers.entries()) {
      await peer.write(bytes(...[0, 1, 2].map((round) => message(`${index}.${round}`))));
      await expectAlive(peer);
    }
    const order: string[] = [];
    for (let count = 0; count < 9; count += 1) order.push(text((await side.socket.receive())[0]));
    for (let round = 0; round < 3; round += 1) {
      expect(order.slice(round * 3, round * 3 + 3).toSorted()).toEqual(
        [0, 1, 2].map((index) => `${index}.${round}`),
      );
    }
  });

  test('sending and receiving are in no lockstep; replies come in any number', async () => {
    const side = await createDealer();
    const peer = await side.join('ROUTER');
    for (const body of ['1', '2', '3']) await side.socket.send(body);
    await peer.expect(bytes(message('1'), message('2'), message('3')));
    await peer.write(bytes(...Array.from({ length: 10 }, (_, index) => message(`${index}`))));
    for (let index = 0; index < 10; index += 1) {
      expectFrames(await side.socket.receive(), `${index}`);
    }
    await expect(side.socket.receive(NOW)).rejects.toMatchObject({ code: 'EAGAIN' });
  });

  test('probeRouter: an empty message first', async () => {
    const side = await createDealer({ probeRouter: true });
    const peer = await side.join('ROUTER');
    await side.socket.send('hello');
    await peer.expect(bytes(message(''), message('hello')));
  });
});

describe('DEALER', () => {
  test('bound: "SHALL block on sending, or return a suitable error, when it has no available peers"', async () => {
    const side = await RawSide.bind(new Dealer({ linger: 0 }));
    await expect(side.socket.send('nobody', NOW)).rejects.toMatchObject({ code: 'EAGAIN' });
    const waiting = [side.socket.send('a'), side.socket.send('b')];
    const peer = await side.join('ROUTER');
    await peer.expect(bytes(message('a'), message('b')));
    await Promise.all(waiting);
    peer.end();
    await side.lost(peer);
    await expect(side.socket.send('nobody', NOW)).rejects.toMatchObject({ code: 'EAGAIN' });
  });

  test('connecting: "SHALL create a double queue when initiating an outgoing connection", and keep it', async () => {
    const dealer = own(new Dealer({ linger: 0, reconnectInterval: 1, sendHighWaterMark: 3 }));
    const events = new EventLog(dealer.events);
    const listener = own(await RawListener.listen());
    dealer.connect(listener.endpoint);
    for (const body of ['a', 'b', 'c']) await dealer.send(body, NOW);
    await expect(dealer.send('d', NOW)).rejects.toMatchObject({ code: 'EAGAIN' });
    const first = own(await listener.accept());
    await first.handshake({ as: 'ROUTER' });
    await first.expect(bytes(message('a'), message('b'), message('c')));
    await first.write(message('answer'));
    await expectAlive(first);
    first.reset();
    await events.find('disconnect', ({ type }) => type === 'disconnect');
    // "SHALL NOT discard messages": what came, and what is sent now, is kept.
    await dealer.send('e', NOW);
    expectFrames(await dealer.receive(), 'answer');
    const second = own(await listener.accept());
    await second.handshake({ as: 'ROUTER' });
    await second.expect(message('e'));
  });
});
