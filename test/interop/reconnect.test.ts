/**
 * A libzmq process dies without a word and comes back at the same endpoint.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { Reply, Request } from '../../src/index.ts';
import { freePort, IpcDirectory } from '../support/peers/endpoints.ts';
import { watch } from '../support/peers/events.ts';
import { exchange, serve } from '../support/peers/frames.ts';
import { bytes, digest, message, text } from '../support/peers/messages.ts';
import { PEER_KINDS, startPeer } from '../support/peers/peer.ts';

const SPECS = [[text('Hello')], [text(''), bytes(70_000)]];
const FRAMES = SPECS.map(message);
const DIGESTS = FRAMES.map(digest);

describe.each(PEER_KINDS)('reconnecting to %s', (kind) => {
  it.each(['tcp', 'ipc'] as const)(
    'our REQ survives SIGKILL and restart of their REP over %s',
    async (transport) => {
      using directory = new IpcDirectory();
      const endpoint =
        transport === 'ipc' ? directory.next() : `tcp://127.0.0.1:${await freePort()}`;
      await using req = new Request({ linger: 0, reconnectInterval: 10 });
      const events = watch(req);
      req.connect(endpoint);
      for (let life = 0; life < 3; life++) {
        await using peer = await startPeer(kind);
        const rep = await peer.open('REP');
        await rep.bind(endpoint);
        await events.next('handshake');
        const served = rep.serve(FRAMES.length);
        await exchange(req, FRAMES);
        expect((await served).messages).toEqual(DIGESTS);
        await peer.kill('SIGKILL');
        await events.next('disconnect');
      }
    },
  );

  it('their REQ finds our REP again after we close and bind anew', async () => {
    await using peer = await startPeer(kind);
    const req = await peer.open('REQ', { reconnectInterval: 10 }, { monitor: true });
    const endpoint = `tcp://127.0.0.1:${await freePort()}`;
    await req.connect(endpoint);
    for (let life = 0; life < 3; life++) {
      const rep = new Reply();
      await rep.bind(endpoint);
      const [exchanged] = await Promise.all([req.exchange(SPECS), serve(rep, FRAMES)]);
      expect(exchanged.messages).toEqual(DIGESTS);
      rep.close();
      // A request into the dead connection would be lost: libzmq does not send it again.
      await req.events.next('disconnect');
    }
  });

  it('our REP keeps serving when a client is killed before its answer', async () => {
    await using rep = new Reply({ linger: 0 });
    const events = watch(rep);
    await rep.bind('tcp://127.0.0.1:*');
    for (let life = 0; life < 2; life++) {
      await using peer = await startPeer(kind);
      const req = await peer.open('REQ');
      await req.connect(rep.lastEndpoint ?? '');
      await req.send([text('last words')]);
      expect((await rep.receive()).map(String)).toEqual(['last words']);
      await peer.kill('SIGKILL');
      await events.next('disconnect');
      await rep.send('nobody is there');
    }
    await using peer = await startPeer(kind);
    const req = await peer.open('REQ');
    await req.connect(rep.lastEndpoint ?? '');
    const [exchanged] = await Promise.all([req.exchange(SPECS), serve(rep, FRAMES)]);
    expect(exchanged.messages).toEqual(DIGESTS);
  });

  it('request() is sent again to a server that was killed before its answer', async () => {
    const endpoint = `tcp://127.0.0.1:${await freePort()}`;
    await using req = new Request({ linger: 0, reconnectInterval: 10 });
    req.connect(endpoint);
    const reply = req.request('Hello', { timeout: 10_000, retries: 5 });
    reply.catch(() => {});
    for (let life = 0; life < 2; life++) {
      await using peer = await startPeer(kind);
      const router = await peer.open('ROUTER');
      await router.bind(endpoint);
      expect((await router.receive()).digest.at(-1)).toEqual(digest([Buffer.from('Hello')])[0]);
      await peer.kill('SIGKILL');
    }
    await using peer = await startPeer(kind);
    const rep = await peer.open('REP');
    await rep.bind(endpoint);
    const served = rep.serve(1);
    expect((await reply).map(String)).toEqual(['Hello']);
    expect((await served).messages).toEqual([digest([Buffer.from('Hello')])]);
  });
});
