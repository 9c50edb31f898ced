/**
 * Routing ids between our sockets and libzmq.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { Reply, Request } from '../../src/index.ts';
import { exchange } from '../support/peers/frames.ts';
import { digest, message, text } from '../support/peers/messages.ts';
import { PEER_KINDS } from '../support/peers/peer.ts';
import { usePeer } from '../support/peers/use-peer.ts';

const SPECS = [[text('Hello')]];
const FRAMES = SPECS.map(message);
const DIGESTS = FRAMES.map(digest);

describe.each(PEER_KINDS)('routing ids with %s', (kind) => {
  const peer = usePeer(kind);

  it.each([
    ['a short one', 'me'],
    ['one of 255 bytes', 'x'.repeat(255)],
    ['one outside ASCII', 'größe-ü'],
  ])('their ROUTER sees the routing id of our REQ: %s', async (_, routingId) => {
    await using router = await peer().open('ROUTER');
    await using req = new Request({ linger: 0, routingId });
    req.connect(await router.bind('tcp://127.0.0.1:*'));
    const served = router.serve(1);
    await exchange(req, FRAMES);
    expect((await served).peers).toEqual([Buffer.from(routingId).toString('hex')]);
  });

  it('their ROUTER makes up an id for our REQ without one', async () => {
    await using router = await peer().open('ROUTER');
    await using req = new Request({ linger: 0 });
    req.connect(await router.bind('tcp://127.0.0.1:*'));
    const served = router.serve(1);
    await exchange(req, FRAMES);
    expect((await served).peers[0]).toMatch(/^00[0-9a-f]{8}$/);
  });

  it('our REP serves two REQ with the same routing id, and a third without', async () => {
    await using rep = new Reply({ linger: 0 });
    await rep.bind('tcp://127.0.0.1:*');
    await using first = await peer().open('REQ', { routingId: 'twin' });
    await using second = await peer().open('REQ', { routingId: 'twin' });
    await using third = await peer().open('REQ');
    const exchanges = [first, second, third].map(async (req) => {
      await req.connect(rep.lastEndpoint ?? '');
      return req.exchange(SPECS);
    });
    // All three requests come in before the answers start, so an answer could go to the wrong twin.
    for (const _ of exchanges) {
      const request = await rep.receive();
      await rep.send(request);
    }
    for (const { messages } of await Promise.all(exchanges)) expect(messages).toEqual(DIGESTS);
  });

  it('answers reach the right one of two REQ with the same routing id', async () => {
    await using rep = new Reply({ linger: 0 });
    await rep.bind('tcp://127.0.0.1:*');
    await using first = await peer().open('REQ', { routingId: 'twin' });
    await using second = await peer().open('REQ', { routingId: 'twin' });
    const echoes = (async () => {
      for await (const request of rep) await rep.send(request);
    })();
    const exchanges = [first, second].map(async (req, number) => {
      await req.connect(rep.lastEndpoint ?? '');
      const specs = Array.from({ length: 20 }, (_, i) => [text(`${number}`), text(`${i}`)]);
      const { messages } = await req.exchange(specs);
      expect(messages).toEqual(specs.map(message).map(digest));
    });
    await Promise.all(exchanges);
    rep.close();
    await echoes;
  });

  it('our REP answers a REQ behind ROUTER hops, envelope unchanged', async () => {
    await using rep = new Reply({ linger: 0 });
    await rep.bind('tcp://127.0.0.1:*');
    await using dealer = await peer().open('DEALER');
    await dealer.connect(rep.lastEndpoint ?? '');
    const envelope = [text('hop 2'), text('hop 1'), text('')];
    await dealer.send([...envelope, text('Hello'), text(''), text('World')]);
    const request = await rep.receive();
    expect(request.map(String)).toEqual(['Hello', '', 'World']);
    await rep.send(['', 'answer']);
    const { hex } = await dealer.receive();
    expect(hex.map((frame) => String(Buffer.from(frame, 'hex')))).toEqual([
      'hop 2',
      'hop 1',
      '',
      '',
      'answer',
    ]);
  });

  it('our REP passes over requests without a delimiter', async () => {
    await using rep = new Reply({ linger: 0 });
    await rep.bind('tcp://127.0.0.1:*');
    await using dealer = await peer().open('DEALER');
    await dealer.connect(rep.lastEndpoint ?? '');
    await dealer.send([text('no delimiter')]);
    await dealer.send([text('no'), text('delimiter')]);
    await dealer.send([text('')]);
    await dealer.send([text(''), text('fine')]);
    expect((await rep.receive()).map(String)).toEqual(['fine']);
    await rep.send('answer');
    expect((await dealer.receive()).digest).toEqual(digest(message([text(''), text('answer')])));
  });
});
