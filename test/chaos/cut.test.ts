/**
 * A valid session cut at every byte, by the peer and by ourselves: H14, H20.
 */

import { describe, expect, test } from 'vitest';
import { Request } from '../../src/index.ts';
import { bytes, greeting, message, ready } from '../../src/testing/raw-bytes.ts';
import { turn } from '../../src/testing/turn.ts';
import { RawListener, type RawPeer } from '../support/raw-peer.ts';
import {
  EventLog,
  expectFrames,
  ReplySubject,
  RequestSubject,
  SUBJECTS,
} from '../support/raw-subject.ts';
import { own, watchProcess } from '../support/watch.ts';

watchProcess();

const CUTS: ReadonlyArray<[name: string, cut: (peer: RawPeer) => void]> = [
  ['FIN', (peer) => peer.end()],
  ['RST', (peer) => peer.reset()],
];

describe.each(CUTS)('H14: the peer cuts with %s', (kind, cut) => {
  test('REP: after every byte of greeting, READY and request: dropped, nothing half delivered, others served', async () => {
    const subject = await ReplySubject.create();
    await subject.serveOther();
    const session = bytes(greeting(), ready('REQ'), message('', 'hello', 'world'));
    for (let length = 0; length <= session.length; length += 1) {
      const peer = await subject.open();
      await peer.write(session.subarray(0, length));
      await turn();
      cut(peer);
      expect(await subject.reasonFor(peer)).not.toBe('');
      if (length === session.length && kind === 'FIN')
        expectFrames(await subject.nextRequest(), 'hello', 'world');
      if (length % 10 === 0) await subject.serveOther();
    }
    // An RST may overtake the last whole request.
    for (const frames of subject.requests.splice(0)) expectFrames(frames, 'hello', 'world');
    await subject.serveOther();
  });

  test('REQ: after every byte of greeting, READY and reply: connects anew, asks again, gets its reply', async () => {
    const handshake = bytes(greeting(), ready('REP'));
    const session = bytes(handshake, message('', 'whole', 'reply'));
    for (let length = 0; length <= session.length; length += 1) {
      const listener = own(await RawListener.listen());
      const req = own(new Request({ linger: 0, reconnectInterval: 1 }));
      req.connect(listener.endpoint);
      const reply = req.request('question', { timeout: 5000, retries: 1 });
      const serve = async (peer: RawPeer, end: number): Promise<void> => {
        await peer.write(session.subarray(0, Math.min(end, handshake.length)));
        if (end < handshake.length) return;
        await peer.read(64);
        await peer.readReady();
        await peer.expect(message('', 'question'));
        await peer.write(session.subarray(handshake.length, end));
      };
      const first = own(await listener.accept());
      await serve(first, length);
      await turn();
      cut(first);
      // The whole reply may have made it through even so.
      const again = listener.accept().then((peer) => serve(own(peer), session.length));
      await Promise.race([again, reply]);
      expectFrames(await reply, 'whole', 'reply');
      void again.catch(() => undefined);
      req.close();
      listener.close();
    }
  });
});

describe('H14: our side closes', () => {
  test.each(SUBJECTS)(
    '%s: close() after every byte received: the peer sees the end, nothing is thrown',
    async (_name, create) => {
      for (let length = 0; ; length += 1) {
        const subject = await create();
        const peer = await subject.open();
        const session = bytes(greeting(), ready(subject.accepts[0]), message('', 'hello'));
        await peer.write(session.subarray(0, length));
        await turn();
        subject.socket.close();
        await peer.expectClose();
        expect(subject.socket.closed).toBe(true);
        if (length === session.length) break;
      }
    },
  );

  test('REQ: disconnect() after every byte received', async () => {
    const session = bytes(greeting(), ready('REP'), message('', 'hello'));
    const req = own(new Request({ linger: 0 }));
    for (let length = 0; length <= session.length; length += 1) {
      const listener = own(await RawListener.listen());
      req.connect(listener.endpoint);
      const peer = own(await listener.accept());
      await peer.write(session.subarray(0, length));
      await turn();
      req.disconnect(listener.endpoint);
      await peer.expectClose();
      listener.close();
    }
  });

  test('REP: unbind() after every byte received closes what was accepted there', async () => {
    const session = bytes(greeting(), ready('REQ'), message('', 'hello').subarray(0, -1));
    for (let length = 0; length <= session.length; length += 9) {
      const subject = await ReplySubject.create();
      const peer = await subject.open();
      await peer.write(session.subarray(0, length));
      await turn();
      await subject.socket.unbind(subject.endpoint);
      await peer.expectClose();
    }
  });
});

describe('H20', () => {
  test.each(SUBJECTS)(
    '%s: FIN right behind data: what came before it is not lost',
    async (_name, create) => {
      const subject = await create();
      const peer = await subject.join();
      if (subject instanceof ReplySubject) {
        await peer.write(message('', 'last words'));
        peer.end();
        expectFrames(await subject.nextRequest(), 'last words');
      } else {
        const write = async (): Promise<void> => {
          await peer.write(message('', 'last words'));
          peer.end();
        };
        expectFrames(await subject.deliver(peer, write), 'last words');
      }
      await peer.expectClose();
      await subject.reasonFor(peer);
      await subject.serveOther();
    },
  );

  test('REP: 100 requests and a FIN: all are answered or dropped, the application sees each once', async () => {
    const subject = await ReplySubject.create();
    const peer = await subject.join();
    await peer.write(bytes(...Array.from({ length: 100 }, (_, index) => message('', `${index}`))));
    peer.end();
    for (let index = 0; index < 100; index += 1)
      expectFrames(await subject.nextRequest(), `${index}`);
    await peer.expectClose();
    await subject.serveOther();
  });

  test('REP: a peer that sends FIN and reads nothing is not waited for', async () => {
    const subject = await ReplySubject.create();
    await subject.serveOther();
    const peer = await subject.join();
    peer.pause();
    // Answers pile up until the kernel's buffers are full.
    const request = message('', Buffer.alloc(100_000, 1));
    for (let count = 0; count < 200; count += 1) {
      await peer.write(request);
      await subject.nextRequest();
    }
    peer.end();
    await subject.events.find(
      'disconnect',
      ({ type, peer: whose }) => type === 'disconnect' && whose?.address === peer.localEndpoint,
    );
    await subject.serveOther();
  });

  test('half open: a peer that vanished without a FIN is noticed by the heartbeat and its request asked anew', async () => {
    const subject = await RequestSubject.create({
      heartbeatInterval: 20,
      heartbeatTimeout: 100,
      reconnectInterval: 1,
      immediate: false,
    });
    const listener = own(await RawListener.listen());
    subject.socket.connect(listener.endpoint);
    const vanished = own(await listener.accept());
    await vanished.handshake({ as: 'REP' });
    const reply = subject.socket.request('question', { timeout: 5000, retries: 1 });
    await vanished.expect(message('', 'question'));
    vanished.pause();
    const next = own(await listener.accept());
    await next.handshake({ as: 'REP' });
    await next.expect(message('', 'question'));
    await next.write(message('', 'answer'));
    expectFrames(await reply, 'answer');
    expect(await subject.events.reasonFor(listener.endpoint)).not.toBe('');
  });

  test('REQ: a server that accepts and resets at once is retried with a delay, never in a tight loop', async () => {
    const listener = own(await RawListener.listen());
    const req = own(new Request({ linger: 0, reconnectInterval: 20 }));
    const events = new EventLog(req.events);
    req.connect(listener.endpoint);
    const since = performance.now();
    for (let round = 0; round < 6; round += 1) own(await listener.accept()).reset();
    // Five pauses of at least the interval lie between six connections.
    expect(performance.now() - since).toBeGreaterThan(5 * 20 * 0.9);
    const retries = events.seen.filter(({ type }) => type === 'connect:retry');
    expect(retries.length).toBeGreaterThanOrEqual(5);
  });
});
