/**
 * Socket types that do not fit: the handshake ends with a reason on our side, and nothing is exchanged.
 *
 * libzmq itself says nothing in this case, it closes; its monitor shows DISCONNECTED.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { Reply, Request } from '../../src/index.ts';
import { watch } from '../support/peers/events.ts';
import { exchange, serve } from '../support/peers/frames.ts';
import { digest, message, text } from '../support/peers/messages.ts';
import { PEER_KINDS, type PeerSocketType } from '../support/peers/peer.ts';
import { usePeer } from '../support/peers/use-peer.ts';

const SPECS = [[text('Hello')]];
const FRAMES = SPECS.map(message);
const DIGESTS = FRAMES.map(digest);

const STRANGERS: readonly PeerSocketType[] = ['PUB', 'SUB', 'XPUB', 'XSUB', 'PUSH', 'PULL', 'PAIR'];
const NOT_FOR_REQ: readonly PeerSocketType[] = ['REQ', 'DEALER', ...STRANGERS];
const NOT_FOR_REP: readonly PeerSocketType[] = ['REP', 'ROUTER', ...STRANGERS];

describe.each(PEER_KINDS)('socket types that do not fit, with %s', (kind) => {
  const peer = usePeer(kind);

  it.each(NOT_FOR_REQ)('our REQ refuses their %s, with a reason', async (type) => {
    await using theirs = await peer().open(type, {}, { monitor: true });
    await using req = new Request({ linger: 0, reconnectInterval: 10 });
    const events = watch(req);
    req.connect(await theirs.bind('tcp://127.0.0.1:*'));
    const { reason } = await events.next('handshake:error:protocol');
    expect(reason).toContain('REQ');
    expect(reason).toContain(type);
    await theirs.events.next('disconnect');
    expect(events.count('handshake')).toBe(0);
    expect(theirs.events.count('handshake')).toBe(0);
  });

  it.each(NOT_FOR_REP)(
    'our REP refuses their %s, with a reason, and serves others',
    async (type) => {
      await using rep = new Reply({ linger: 0 });
      const events = watch(rep);
      await rep.bind('tcp://127.0.0.1:*');
      await using theirs = await peer().open(type, {}, { monitor: true });
      await theirs.connect(rep.lastEndpoint ?? '');
      const { reason } = await events.next('handshake:error:protocol');
      expect(reason).toContain('REP');
      expect(reason).toContain(type);
      await theirs.events.next('disconnect');
      expect(events.count('handshake')).toBe(0);

      await using req = await peer().open('REQ');
      await req.connect(rep.lastEndpoint ?? '');
      const [exchanged] = await Promise.all([req.exchange(SPECS), serve(rep, FRAMES)]);
      expect(exchanged.messages).toEqual(DIGESTS);
    },
  );

  it('our REQ leaves the wrong server aside and talks to the right one', async () => {
    await using pull = await peer().open('PULL');
    await using rep = await peer().open('REP');
    await using req = new Request({ linger: 0, immediate: true });
    const events = watch(req);
    req.connect(await pull.bind('tcp://127.0.0.1:*'));
    await events.next('handshake:error:protocol');
    req.connect(await rep.bind('tcp://127.0.0.1:*'));
    const served = rep.serve(FRAMES.length);
    await exchange(req, FRAMES);
    expect((await served).messages).toEqual(DIGESTS);
  });
});
