/**
 * 28/REQREP, The REQ and REP Socket Types, with raw peers on the other side.
 *
 * Rows T63–T67 and the routing rules of the RFC.
 */

import { describe, expect, test } from 'vitest';
import { Reply } from '../../src/index.ts';
import { bytes, message, ping, pong, property, repeat, text } from '../../src/testing/raw-bytes.ts';
import { RawListener, RawPeer } from '../support/raw-peer.ts';
import { EventLog, expectFrames, ReplySubject, RequestSubject } from '../support/raw-subject.ts';
import { own, watchProcess } from '../support/watch.ts';

watchProcess();

/** A bound REP that answers only when the test says so. */
async function bindReply(): Promise<{
  rep: Reply;
  events: EventLog;
  readonly join: (as?: string) => Promise<RawPeer>;
}> {
  const rep = own(new Reply({ linger: 0 }));
  await rep.bind('tcp://127.0.0.1:*');
  const endpoint = rep.lastEndpoint ?? '';
  const events = new EventLog(rep.events);
  const join = async (as = 'REQ'): Promise<RawPeer> => {
    const peer = own(await RawPeer.connect(endpoint));
    await peer.handshake({ as });
    await events.handshakeWith(peer.localEndpoint);
    return peer;
  };
  return { rep, events, join };
}

describe('REP', () => {
  test('T63: messages without an envelope are discarded silently; the connection and the next request live', async () => {
    const subject = await ReplySubject.create();
    const peer = await subject.join();
    await peer.write(bytes(0, 5, 'nodel', 0, 0));
    expectFrames(await subject.deliver(peer, bytes(1, 0, 0, 1, 'q')), 'q');
    expect(peer.unread.length).toBe(0);
    expect(subject.requests).toEqual([]);
  });

  test.each([
    ['frames but no empty one', message('a', 'b', 'c')],
    ['an empty frame at the very end', message('a', 'b', '')],
    ['a single frame in long form', bytes(2, 0, 0, 0, 0, 0, 0, 0, 1, 'x')],
  ])('T63: %s: discarded', async (_row, malformed) => {
    const subject = await ReplySubject.create();
    const peer = await subject.join();
    for (let round = 0; round < 3; round += 1) {
      await peer.write(malformed);
      expectFrames(await subject.deliver(peer, message('', `${round}`)), `${round}`);
    }
  });

  test('T64: "SHALL remove and store the address envelope, including the delimiter" and put it back', async () => {
    const subject = await ReplySubject.create();
    const peer = await subject.join();
    await peer.write(bytes(1, 3, 'id1', 1, 3, 'id2', 1, 0, 0, 1, 'q'));
    expectFrames(await subject.nextRequest(), 'q');
    await peer.expect(bytes(1, 3, 'id1', 1, 3, 'id2', 1, 0, 0, 1, 'q'));
  });

  test('T64: the envelope ends at the first empty frame; later ones belong to the request', async () => {
    const subject = await ReplySubject.create();
    const peer = await subject.open();
    await peer.handshake({ as: 'DEALER' });
    const long = repeat(7, 300);
    await peer.write(message(long, 'id', '', '', 'a', ''));
    expectFrames(await subject.nextRequest(), '', 'a', '');
    await peer.expect(message(long, 'id', '', '', 'a', ''));
  });

  test('T65: a client that leaves before its reply: the reply is dropped, others are served', async () => {
    const { rep, events, join } = await bindReply();
    const leaver = await join();
    const other = await join();
    await leaver.write(message('', 'from the leaver'));
    expectFrames(await rep.receive(), 'from the leaver');
    leaver.reset();
    await events.find('disconnect', ({ type }) => type === 'disconnect');
    await rep.send('too late');
    await other.write(message('', 'from the other'));
    expectFrames(await rep.receive(), 'from the other');
    await rep.send('in time');
    await other.expect(message('', 'in time'));
  });

  test('a reply goes to nobody else: not even to the same client on its next connection', async () => {
    const { rep, events, join } = await bindReply();
    const first = await join();
    await first.write(message('', 'first'));
    await rep.receive();
    first.reset();
    await events.find('disconnect', ({ type }) => type === 'disconnect');
    const second = await join();
    await rep.send('for the first');
    await second.write(message('', 'second'));
    expectFrames(await rep.receive(), 'second');
    await rep.send('for the second');
    await second.expect(message('', 'for the second'));
  });

  test('"SHALL receive incoming messages from its peers using a fair-queuing strategy"', async () => {
    const { rep, join } = await bindReply();
    const peers = [await join(), await join('DEALER'), await join()];
    // Four requests each are waiting before the first is taken, a PONG shows that they were read.
    for (const [index, peer] of peers.entries()) {
      const requests = [0, 1, 2, 3].map((round) => message('', `${index}`, `${round}`));
      await peer.write(bytes(...requests, ping(0, 'read')));
      await peer.expect(pong('read'));
    }
    const order: string[] = [];
    for (let count = 0; count < 12; count += 1) {
      const frames = await rep.receive();
      order.push(frames.join('.'));
      await rep.send(frames);
    }
    for (let round = 0; round < 4; round += 1) {
      const turn = order.slice(round * 3, round * 3 + 3).toSorted();
      expect(turn).toEqual([`0.${round}`, `1.${round}`, `2.${round}`]);
    }
    for (const [index, peer] of peers.entries()) {
      await peer.expect(bytes(...[0, 1, 2, 3].map((round) => message('', `${index}`, `${round}`))));
    }
  });

  test('pipelined requests of one client are answered one by one, in order', async () => {
    const subject = await ReplySubject.create();
    const peer = await subject.join();
    const requests = bytes(...Array.from({ length: 500 }, (_, index) => message('', `${index}`)));
    await peer.write(requests);
    await peer.expect(requests);
  });

  test('sending before receiving, and receiving twice, is refused with EFSM', async () => {
    const { rep, join } = await bindReply();
    const now = { timeout: 0 };
    await expect(rep.send('nobody asked', now)).rejects.toMatchObject({ code: 'EFSM' });
    const peer = await join();
    await peer.write(bytes(message('', 'one'), message('', 'two')));
    expectFrames(await rep.receive(), 'one');
    await expect(rep.receive(now)).rejects.toMatchObject({ code: 'EFSM' });
    await rep.send('answer one');
    expectFrames(await rep.receive(), 'two');
    await rep.send('answer two');
    await peer.expect(bytes(message('', 'answer one'), message('', 'answer two')));
  });

  test('two clients with the same Identity are both served: REP has no use for it', async () => {
    const subject = await ReplySubject.create();
    for (let index = 0; index < 3; index += 1) {
      const peer = await subject.open();
      await peer.handshake({ as: 'REQ', extra: property('Identity', 'same') });
      expectFrames(await subject.deliver(peer, message('', `${index}`)), `${index}`);
    }
  });
});

describe('REQ', () => {
  test('"SHALL prefix the outgoing message with an empty delimiter frame"', async () => {
    const subject = await RequestSubject.create();
    const peer = await subject.join();
    await subject.socket.send(['a', '', 'b']);
    await peer.expect(bytes(1, 0, 1, 1, 'a', 1, 0, 0, 1, 'b'));
    await peer.write(bytes(1, 0, 1, 0, 0, 1, 'r'));
    expectFrames(await subject.socket.receive(), '', 'r');
  });

  test('T66: a reply without delimiter is never delivered, and the REQ is not lost to it', async () => {
    for (const stray of [
      message('stray'),
      message('stray', 'stray'),
      message('stray', '', 'x'),
      message(''),
    ]) {
      const subject = await RequestSubject.create({ immediate: false, reconnectInterval: 10 });
      const listener = own(await RawListener.listen());
      subject.socket.connect(listener.endpoint);
      const peer = own(await listener.accept());
      await peer.handshake({ as: 'REP' });
      const reply = subject.socket.request('question', { timeout: 4000, retries: 2 });
      await peer.expect(message('', 'question'));
      await peer.write(bytes(stray, ping(0, 'after')));
      const outcome = await peer.expect(pong('after')).then(
        () => 'ignored',
        () => 'closed',
      );
      let server = peer;
      if (outcome === 'closed') {
        await peer.expectClose();
        expect(await subject.events.reasonFor(listener.endpoint)).not.toBe('');
        server = own(await listener.accept());
        await server.handshake({ as: 'REP' });
        await server.expect(message('', 'question'));
      }
      await server.write(message('', 'answer'));
      expectFrames(await reply, 'answer');
    }
  });

  test('T66: what stands behind a malformed reply in the same segment does not answer the next request', async () => {
    const subject = await RequestSubject.create({ immediate: false, reconnectInterval: 10 });
    const listener = own(await RawListener.listen());
    subject.socket.connect(listener.endpoint);
    const first = own(await listener.accept());
    await first.handshake({ as: 'REP' });
    const one = subject.socket.request('one', { timeout: 4000 });
    await first.expect(message('', 'one'));
    await first.write(
      bytes(message('malformed'), message('', 'behind it'), message('', 'and again')),
    );
    // Closed with the request unanswered, or ignored and answered by the second message: both are fair.
    const outcome = await one.then(
      (frames) => frames.join(),
      (error: { code?: string }) => error.code,
    );
    expect(['behind it', 'EHOSTUNREACH']).toContain(outcome);

    const two = subject.socket.request('two', { timeout: 4000 });
    const second = outcome === 'EHOSTUNREACH' ? own(await listener.accept()) : first;
    if (second !== first) await second.handshake({ as: 'REP' });
    await second.expect(message('', 'two'));
    await second.write(message('', 'answer to two'));
    expectFrames(await two, 'answer to two');
  });

  test('T66: a reply whose delimiter is its last frame is never delivered as a message without frames', async () => {
    const subject = await RequestSubject.create();
    const peer = await subject.join();
    await subject.socket.send('question');
    await peer.expect(message('', 'question'));
    await peer.write(bytes(0, 0, ping(0, 'after')));
    const outcome = await Promise.race([
      peer.expect(pong('after')).then(
        () => 'ignored',
        () => 'closed',
      ),
      subject.socket.receive().then(
        (frames) => `delivered ${frames.length} frames`,
        () => 'closed',
      ),
    ]);
    expect(['ignored', 'closed']).toContain(outcome);
  });

  test('T67: "SHALL accept an incoming message only from the last peer that it sent a request to"', async () => {
    const subject = await RequestSubject.create();
    const peers = [await subject.join(), await subject.join()];
    await subject.socket.send('question');
    const asked = await Promise.race(
      peers.map((peer) =>
        peer.waitFor('the request', () => (peer.unread.length > 0 ? peer : undefined)),
      ),
    );
    const other = peers.find((peer) => peer !== asked) as RawPeer;
    await asked.expect(message('', 'question'));
    await other.write(bytes(message('', 'wrong'), ping(0, 'read')));
    await other.expect(pong('read'));
    await asked.write(message('', 'right'));
    expectFrames(await subject.socket.receive(), 'right');

    // Nor does the stray answer surface in the next round, which goes to the other peer.
    await subject.socket.send('again');
    await other.expect(message('', 'again'));
    await other.write(message('', 'right again'));
    expectFrames(await subject.socket.receive(), 'right again');
  });

  test('"SHALL discard silently" a second reply to the same request', async () => {
    const subject = await RequestSubject.create();
    const peer = await subject.join();
    for (let round = 0; round < 3; round += 1) {
      await subject.socket.send(`question ${round}`);
      await peer.expect(message('', `question ${round}`));
      await peer.write(
        bytes(message('', `answer ${round}`), message('', 'again'), message('', 'and again')),
      );
      expectFrames(await subject.socket.receive(), `answer ${round}`);
    }
  });

  test('"SHALL route outgoing messages to connected peers using a round-robin strategy"', async () => {
    const subject = await RequestSubject.create();
    const peers = [await subject.join(), await subject.join(), await subject.join()];
    const order: number[] = [];
    for (let round = 0; round < 9; round += 1) {
      await subject.socket.send(`${round}`);
      const asked = await Promise.race(
        peers.map((peer, index) =>
          peer.waitFor('the request', () => (peer.unread.length > 0 ? index : undefined)),
        ),
      );
      order.push(asked);
      await peers[asked]?.expect(message('', `${round}`));
      await peers[asked]?.write(message('', `${round}`));
      expectFrames(await subject.socket.receive(), `${round}`);
    }
    expect(new Set(order.slice(0, 3))).toEqual(new Set([0, 1, 2]));
    expect(order.slice(3)).toEqual([...order.slice(0, 3), ...order.slice(0, 3)]);
  });

  test('"SHALL NOT" send a second request before the reply, nor receive before a request: EFSM', async () => {
    const subject = await RequestSubject.create();
    const peer = await subject.join();
    const now = { timeout: 0 };
    await expect(subject.socket.receive(now)).rejects.toMatchObject({ code: 'EFSM' });
    await subject.socket.send('one');
    await expect(subject.socket.send('two', now)).rejects.toMatchObject({ code: 'EFSM' });
    await peer.expect(message('', 'one'));
    await peer.write(message('', 'answer'));
    expectFrames(await subject.socket.receive(), 'answer');
  });

  test('"SHALL block on sending, or return a suitable error, when it has no connected peers"', async () => {
    const subject = await RequestSubject.create({ sendTimeout: 0 });
    await expect(subject.socket.send('nobody there')).rejects.toMatchObject({
      code: 'EAGAIN',
    });
  });

  test('a ROUTER that answers with the envelope it got is understood', async () => {
    const subject = await RequestSubject.create();
    const peer = await subject.open();
    await peer.handshake({ as: 'ROUTER' });
    expectFrames(await subject.deliver(peer, message('', 'hello', 'world')), 'hello', 'world');
  });

  test('correlate: request id of 4 bytes before the delimiter; only the reply with the same id is taken', async () => {
    const subject = await RequestSubject.create({ correlate: true });
    const peer = await subject.join();
    let previous = -1;
    for (let round = 0; round < 3; round += 1) {
      await subject.socket.send(`question ${round}`);
      const [id, delimiter, body] = await peer.readMessage();
      expect(id?.length).toBe(4);
      expect(delimiter?.length).toBe(0);
      expect(text(body)).toBe(`question ${round}`);
      const other = Buffer.from(id ?? []);
      other[3] = (other[3] ?? 0) ^ 0x80;
      await peer.write(
        bytes(message(other, '', 'of another request'), message(id ?? '', '', `answer ${round}`)),
      );
      expectFrames(await subject.socket.receive(), `answer ${round}`);
      expect(id?.readUInt32LE()).not.toBe(previous);
      previous = id?.readUInt32LE() ?? -1;
    }
  });

  test.each([
    ['plain', {}],
    ['correlate', { correlate: true }],
    ['relaxed', { relaxed: true }],
  ])(
    'request(), %s: a late reply to a request that timed out never answers the next one',
    async (_name, options) => {
      const subject = await RequestSubject.create({
        reconnectInterval: 1,
        immediate: false,
        ...options,
      });
      const listener = own(await RawListener.listen());
      subject.socket.connect(listener.endpoint);
      const first = own(await listener.accept());
      await first.handshake({ as: 'REP' });

      const one = subject.socket.request('one', { timeout: 50 });
      await expect(one).rejects.toMatchObject({ code: 'EAGAIN' });
      const asked = await first.readMessage();
      expect(text(asked.at(-1))).toBe('one');

      const two = subject.socket.request('two', { timeout: 4000 });
      await first.write(message(...asked.slice(0, -1), 'late answer to one'));
      // The next request comes here, or the connection was given up and it comes on a new one.
      let server = first;
      let request = await first.readMessage().catch(() => undefined);
      if (request === undefined) {
        server = own(await listener.accept());
        await server.handshake({ as: 'REP' });
        request = await server.readMessage();
      }
      expect(text(request.at(-1))).toBe('two');
      await server.write(message(...request.slice(0, -1), 'answer to two'));
      expectFrames(await two, 'answer to two');
    },
  );

  test('a reply with 4 bytes before the delimiter, without correlate, is not delivered and does not kill the peer', async () => {
    const subject = await RequestSubject.create();
    const peer = await subject.join();
    await subject.socket.send('question');
    await peer.expect(message('', 'question'));
    await peer.write(bytes(message('id42', '', 'unmatched'), ping(0, 'after')));
    await peer.expect(pong('after'));
    await peer.write(message('', 'answer'));
    expectFrames(await subject.socket.receive(), 'answer');
  });
});
