/**
 * Peers that do not read, and applications that do not receive: H18. What waits is bounded by the
 * high-water marks, and goes on when somebody reads again.
 */

import { describe, expect, test } from 'vitest';
import { Reply, Request } from '../../src/index.ts';
import { bytes, message, ping, pong, repeat, text } from '../../src/testing/raw-bytes.ts';
import { RawListener, RawPeer } from '../support/raw-peer.ts';
import { expectFrames, ReplySubject, RequestSubject } from '../support/raw-subject.ts';
import { MemoryWatch, own, watchProcess } from '../support/watch.ts';

watchProcess();

describe('output', () => {
  test('H18: REP: 200 MB of replies for a peer that reads none: dropped beyond the mark, others are served', async () => {
    const rep = own(new Reply({ linger: 0, sendHighWaterMark: 10 }));
    await rep.bind('tcp://127.0.0.1:*');
    const endpoint = rep.lastEndpoint ?? '';
    const [deaf, other] = [
      own(await RawPeer.connect(endpoint)),
      own(await RawPeer.connect(endpoint)),
    ];
    await deaf.handshake({ as: 'REQ' });
    await other.handshake({ as: 'REQ' });
    deaf.pause();
    const memory = new MemoryWatch();
    for (let count = 0; count < 2000; count += 1) {
      await deaf.write(message('', `${count}`));
      // 28/REQREP: the reply is discarded when the peer's queue is full; the request was taken all the same.
      expectFrames(await rep.receive(), `${count}`);
      await rep.send(Buffer.alloc(100_000, count));
      if (count % 100 !== 0) continue;
      memory.sample();
      await other.write(message('', 'other'));
      await rep.receive();
      await rep.send('answer');
      await other.expect(message('', 'answer'));
    }
    expect(memory.peak).toBeLessThan(32e6);

    // What was kept arrives whole once it reads, then new requests are answered again.
    deaf.resume();
    let kept = 0;
    for (
      let body = (await deaf.readMessage())[1];
      text(body) !== 'new';
      body = (await deaf.readMessage())[1]
    ) {
      expect(body?.length).toBe(100_000);
      expect(body?.equals(Buffer.alloc(100_000, body[0] ?? 0))).toBe(true);
      kept += 1;
      await deaf.write(message('', 'once more'));
      await rep.receive();
      await rep.send('new');
    }
    expect(kept).toBeGreaterThanOrEqual(10);
    expect(kept).toBeLessThan(2000);
  });

  test('H18: REQ: requests for a peer that reads none stop at sendHighWaterMark with EAGAIN', async () => {
    const options = {
      relaxed: true,
      correlate: true,
      sendHighWaterMark: 5,
      sendTimeout: 100,
      linger: 0,
    };
    const listener = own(await RawListener.listen());
    const req = own(new Request(options));
    req.connect(listener.endpoint);
    const deaf = own(await listener.accept());
    await deaf.handshake({ as: 'REP' });
    deaf.pause();
    const memory = new MemoryWatch();
    let sent = 0;
    const sendAll = async (): Promise<void> => {
      for (; sent < 200; sent += 1) await req.send(Buffer.alloc(1 << 20, sent));
    };
    await expect(sendAll()).rejects.toMatchObject({ code: 'EAGAIN' });
    // 5 in the queue, one batch on its way, and what the kernel takes (up to 10 MB on loopback).
    expect(sent).toBeLessThan(30);
    expect(memory.sample()).toBeLessThan(40e6);

    deaf.resume();
    for (let index = 0; index < sent; index += 1) {
      const frames = await deaf.readMessage();
      expect(frames[2]?.equals(Buffer.alloc(1 << 20, index))).toBe(true);
    }
    await req.send('flows again');
    expect(text((await deaf.readMessage())[2])).toBe('flows again');
  });

  test('H18: REQ without any peer: the mark holds as well', async () => {
    const listener = own(await RawListener.listen());
    const { endpoint } = listener;
    listener.close();
    const options = {
      relaxed: true,
      correlate: true,
      sendHighWaterMark: 5,
      sendTimeout: 0,
      linger: 0,
    };
    const req = own(new Request(options));
    req.connect(endpoint);
    let sent = 0;
    const sendAll = async (): Promise<void> => {
      for (; sent < 100; sent += 1) await req.send(`${sent}`);
    };
    await expect(sendAll()).rejects.toMatchObject({ code: 'EAGAIN' });
    expect(sent).toBe(5);
  });

  test('close() with linger 0 does not wait for a peer that reads nothing', async () => {
    const subject = await ReplySubject.create();
    const deaf = await subject.join();
    deaf.pause();
    for (let count = 0; count < 20; count += 1) {
      await deaf.write(message('', repeat(1, 1 << 20)));
      await subject.nextRequest();
    }
    subject.socket.close();
    expect(subject.socket.closed).toBe(true);
    // The raw side sees the end as soon as it looks.
    deaf.discardInput();
    await deaf.expectClose();
  });
});

describe('input', () => {
  test('REP whose application does not receive: 200 MB of requests are held back in the peer', async () => {
    const rep = own(new Reply({ linger: 0 }));
    await rep.bind('tcp://127.0.0.1:*');
    const endpoint = rep.lastEndpoint ?? '';
    const [eager, other] = [
      own(await RawPeer.connect(endpoint)),
      own(await RawPeer.connect(endpoint)),
    ];
    await eager.handshake({ as: 'DEALER' });
    await other.handshake({ as: 'REQ' });
    const memory = new MemoryWatch();
    const request = message('', repeat(1, 10_000));
    // PINGs of the other peer are the clock: its connection is not held up.
    const rounds = async (): Promise<void> => {
      for (let round = 0; round < 1000; round += 1) {
        await other.write(ping(0, 'clock'));
        await other.expect(pong('clock'));
        if (round % 100 === 0) memory.sample();
      }
    };
    const clock = rounds();
    const sent = await eager.flood(request, 200 * 2 ** 20, clock);
    await clock;
    // 1,000 messages of 10 KB by the mark, the rest in the kernel.
    expect(sent).toBeLessThan(100 * 2 ** 20);
    expect(memory.peak).toBeLessThan(48e6);

    // Nothing of it is lost when the application begins to receive.
    await other.write(message('', 'other'));
    eager.discardInput();
    const total = Math.ceil(sent / request.length);
    let served = 0;
    let isOtherServed = false;
    while (served < total) {
      const [body] = await rep.receive();
      if (body?.length === 10_000) served += 1;
      else isOtherServed = true;
      await rep.send('ok');
    }
    expect(isOtherServed).toBe(true);
    await other.expect(message('', 'ok'));
  });

  test('the other peer waits for at most one turn behind a peer with 10,000 waiting requests', async () => {
    const subject = await ReplySubject.create();
    await subject.serveOther();
    const eager = await subject.open();
    await eager.handshake({ as: 'DEALER' });
    await eager.write(bytes(...Array.from({ length: 10_000 }, () => message('', 'eager'))));
    const other = await subject.join();
    await other.write(message('', 'other'));
    await other.expect(message('', 'other'));
    // While its requests wait the socket may give signs of life.
    const sign = pong().toString('latin1');
    const wanted = bytes(...Array.from({ length: 10_000 }, () => message('', 'eager')));
    const answers = await eager.waitFor('all answers', () => {
      const text = eager.unread.toString('latin1').replaceAll(sign, '');
      return text.length >= wanted.length ? text : undefined;
    });
    expect(answers === wanted.toString('latin1')).toBe(true);
  });

  test('REQ: 64 MB of replies nobody asked for are discarded, memory stays, the next reply is the right one', async () => {
    const subject = await RequestSubject.create();
    const peer = await subject.join();
    const memory = new MemoryWatch();
    const unasked = message('', repeat(1, 1000));
    const chunk = bytes(...Array.from({ length: 100 }, () => unasked));
    await peer.flood(chunk, 64 * 2 ** 20);
    await peer.write(ping(0, 'read'));
    await peer.expect(pong('read'));
    expect(memory.sample()).toBeLessThan(16e6);
    expectFrames(await subject.deliver(peer, message('', 'right')), 'right');
  });

  test('REQ: a reply of 32 MB in small pieces is put together once', async () => {
    const subject = await RequestSubject.create();
    const peer = await subject.join();
    const body = repeat(0x42, 32 * 2 ** 20);
    const write = async (): Promise<void> => {
      const wire = message('', body);
      await peer.writeInPieces(wire, () => 65_000);
    };
    const [got] = await subject.deliver(peer, write);
    expect(got?.equals(body)).toBe(true);
  });
});
