/**
 * A frame above `maxMessageSize` (ZMQ_MAXMSGSIZE) ends the connection it came on, and nothing else.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { Reply, Request } from '../../src/index.ts';
import { watch } from '../support/peers/events.ts';
import { exchange, serve } from '../support/peers/frames.ts';
import { bytes, digest, message } from '../support/peers/messages.ts';
import { PEER_KINDS } from '../support/peers/peer.ts';
import { usePeer } from '../support/peers/use-peer.ts';

const LIMIT = 1000;
const ALLOWED = [[bytes(LIMIT)], [bytes(LIMIT, 1), bytes(LIMIT, 2)]];
const ALLOWED_FRAMES = ALLOWED.map(message);
const ALLOWED_DIGESTS = ALLOWED_FRAMES.map(digest);
const TOO_LARGE = bytes(LIMIT + 1);

describe.each(PEER_KINDS)('maxMessageSize with %s', (kind) => {
  const peer = usePeer(kind);

  it('our REP drops a client that exceeds it and keeps the others', async () => {
    await using rep = new Reply({ linger: 0, maxMessageSize: LIMIT });
    const events = watch(rep);
    await rep.bind('tcp://127.0.0.1:*');
    await using good = await peer().open('REQ');
    await good.connect(rep.lastEndpoint ?? '');
    await events.next('handshake');
    await using bad = await peer().open('REQ', { reconnectInterval: -1 }, { monitor: true });
    await bad.connect(rep.lastEndpoint ?? '');
    await events.next('handshake');

    await bad.send([TOO_LARGE]);
    const { cause: error, peer: culprit } = await events.next('disconnect');
    expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_ZMTP/), errno: 0 });
    expect(culprit?.socketType).toBe('REQ');
    await bad.events.next('disconnect');

    const [exchanged] = await Promise.all([good.exchange(ALLOWED), serve(rep, ALLOWED_FRAMES)]);
    expect(exchanged.messages).toEqual(ALLOWED_DIGESTS);
    expect(events.count('disconnect')).toBe(1);
  });

  it('our REP never shows the frames in front of one that exceeds it', async () => {
    await using rep = new Reply({ linger: 0, maxMessageSize: LIMIT });
    const events = watch(rep);
    await rep.bind('tcp://127.0.0.1:*');
    await using bad = await peer().open('REQ', { reconnectInterval: -1 });
    await bad.connect(rep.lastEndpoint ?? '');
    await bad.send([bytes(10), bytes(10), TOO_LARGE]);
    await events.next('disconnect');
    await using good = await peer().open('REQ');
    await good.connect(rep.lastEndpoint ?? '');
    const [exchanged] = await Promise.all([good.exchange(ALLOWED), serve(rep, ALLOWED_FRAMES)]);
    expect(exchanged.messages).toEqual(ALLOWED_DIGESTS);
  });

  it('our REQ drops a server that exceeds it, and connects anew', async () => {
    await using router = await peer().open('ROUTER');
    await using req = new Request({ linger: 0, maxMessageSize: LIMIT, reconnectInterval: 10 });
    const events = watch(req);
    req.connect(await router.bind('tcp://127.0.0.1:*'));
    const failure = failureOf(req.request('question', { timeout: 5000, retries: 0 }));
    const { hex } = await router.receive();
    await router.send([{ hex: hex[0] ?? '' }, bytes(0), TOO_LARGE]);
    const { cause: error } = await events.next('disconnect');
    expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_ZMTP/), errno: 0 });
    expect(await failure).toMatchObject({ code: 'EHOSTUNREACH' });

    await events.next('handshake');
    const served = router.serve(ALLOWED.length);
    await exchange(req, ALLOWED_FRAMES);
    expect((await served).messages).toEqual(ALLOWED_DIGESTS);
  });

  it('our REQ gets over a server of theirs that hangs up on a large request', async () => {
    await using rep = await peer().open('REP', { maxMessageSize: LIMIT });
    await using req = new Request({ linger: 0, reconnectInterval: 10 });
    const events = watch(req);
    req.connect(await rep.bind('tcp://127.0.0.1:*'));
    const served = rep.serve(ALLOWED.length);
    const failure = failureOf(req.request(message([TOO_LARGE]), { timeout: 5000, retries: 0 }));
    await events.next('disconnect');
    expect(await failure).toMatchObject({ code: 'EHOSTUNREACH' });

    await events.next('handshake');
    await exchange(req, ALLOWED_FRAMES);
    expect((await served).messages).toEqual(ALLOWED_DIGESTS);
  });
});

/** What `promise` is rejected with, as a value: the rejection may come before anybody waits for it. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('expected a rejection');
}
