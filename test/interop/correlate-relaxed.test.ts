/**
 * `correlate` and `relaxed` (ZMQ_REQ_CORRELATE, ZMQ_REQ_RELAXED) towards libzmq, and libzmq's towards our REP.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { Reply, Request } from '../../src/index.ts';
import { exchange, serve } from '../support/peers/frames.ts';
import { digest, type FrameSpec, message, text } from '../support/peers/messages.ts';
import { PEER_KINDS, type PeerSocket } from '../support/peers/peer.ts';
import { Tap } from '../support/peers/tap.ts';
import { usePeer } from '../support/peers/use-peer.ts';

const SPECS = Array.from({ length: 10 }, (_, i) => [text(`message ${i}`), text('')]);
const FRAMES = SPECS.map(message);
const DIGESTS = FRAMES.map(digest);

/** A request as a ROUTER of theirs sees it. */
interface Routed {
  /** Routing id, then what the REQ put in front of the delimiter, then the delimiter. */
  readonly envelope: readonly FrameSpec[];
  /** The request number of a REQ that correlates. */
  readonly requestId: string | undefined;
  readonly body: readonly string[];
}

async function receiveRouted(router: PeerSocket): Promise<Routed> {
  const { hex } = await router.receive();
  const delimiter = hex.indexOf('');
  return {
    envelope: hex.slice(0, delimiter + 1).map((digits) => ({ hex: digits })),
    requestId: delimiter === 2 ? hex[1] : undefined,
    body: hex.slice(delimiter + 1).map((digits) => String(Buffer.from(digits, 'hex'))),
  };
}

describe.each(PEER_KINDS)('correlate and relaxed with %s', (kind) => {
  const peer = usePeer(kind);

  it.each([{ correlate: true }, { relaxed: true }, { correlate: true, relaxed: true }])(
    'our REQ with %o talks to their REP',
    async (options) => {
      await using rep = await peer().open('REP');
      await using req = new Request({ linger: 0, ...options });
      req.connect(await rep.bind('tcp://127.0.0.1:*'));
      const served = rep.serve(FRAMES.length);
      await exchange(req, FRAMES);
      expect((await served).messages).toEqual(DIGESTS);
    },
  );

  it.each([{ correlate: true }, { relaxed: true }, { correlate: true, relaxed: true }])(
    'their REQ with %o talks to our REP',
    async (options) => {
      await using rep = new Reply({ linger: 0 });
      await rep.bind('tcp://127.0.0.1:*');
      await using req = await peer().open('REQ', options);
      await req.connect(rep.lastEndpoint ?? '');
      const [exchanged] = await Promise.all([req.exchange(SPECS), serve(rep, FRAMES)]);
      expect(exchanged.messages).toEqual(DIGESTS);
    },
  );

  it('our request ids are four bytes and differ from request to request', async () => {
    await using router = await peer().open('ROUTER');
    await using req = new Request({ linger: 0, correlate: true });
    req.connect(await router.bind('tcp://127.0.0.1:*'));
    const ids = new Set<string | undefined>();
    for (let i = 0; i < 3; i++) {
      await req.send(`question ${i}`);
      const { envelope, requestId, body } = await receiveRouted(router);
      expect(body).toEqual([`question ${i}`]);
      expect(requestId).toMatch(/^[0-9a-f]{8}$/);
      ids.add(requestId);
      await router.send([...envelope, text(`answer ${i}`)]);
      expect((await req.receive()).map(String)).toEqual([`answer ${i}`]);
    }
    expect(ids.size).toBe(3);
  });

  it('without correlate our REQ puts nothing but a delimiter in front', async () => {
    await using router = await peer().open('ROUTER');
    await using req = new Request({ linger: 0, relaxed: true });
    req.connect(await router.bind('tcp://127.0.0.1:*'));
    await req.send('question');
    const { envelope, requestId } = await receiveRouted(router);
    expect(envelope).toHaveLength(2);
    expect(requestId).toBeUndefined();
  });

  it('our REQ with both drops the late reply to a request it gave up', async () => {
    await using router = await peer().open('ROUTER');
    await using req = new Request({ linger: 0, correlate: true, relaxed: true });
    req.connect(await router.bind('tcp://127.0.0.1:*'));
    await req.send('given up');
    const old = await receiveRouted(router);
    await req.send('wanted');
    const current = await receiveRouted(router);
    await router.send([...old.envelope, text('late')]);
    await router.send([...current.envelope, text('in time')]);
    expect((await req.receive()).map(String)).toEqual(['in time']);
  });

  it('our REQ that correlates drops a reply to a request it never made', async () => {
    await using router = await peer().open('ROUTER');
    await using req = new Request({ linger: 0, correlate: true });
    req.connect(await router.bind('tcp://127.0.0.1:*'));
    await req.send('question');
    const { envelope } = await receiveRouted(router);
    const [routingId, , delimiter] = envelope;
    if (routingId === undefined || delimiter === undefined) throw new Error('no envelope');
    await router.send([routingId, { hex: 'deadbeef' }, delimiter, text('forged')]);
    await router.send([...envelope, text('real')]);
    expect((await req.receive()).map(String)).toEqual(['real']);
  });

  it('our REQ drops a second reply to the same request', async () => {
    await using router = await peer().open('ROUTER');
    // Without correlate a REQ can tell only by the time: the second reply has to be there before the next request.
    await using tap = await Tap.open(await router.bind('tcp://127.0.0.1:*'), {
      direction: 'reply',
      from: 'reply',
      until: 'again',
    });
    await using req = new Request({ linger: 0 });
    req.connect(tap.endpoint);
    await req.send('one');
    const first = await receiveRouted(router);
    await router.send([...first.envelope, text('reply')]);
    await router.send([...first.envelope, text('and again')]);
    expect((await req.receive()).map(String)).toEqual(['reply']);
    await req.send('two');
    const second = await receiveRouted(router);
    await router.send([...second.envelope, text('answer')]);
    expect((await req.receive()).map(String)).toEqual(['answer']);
  });

  it('request() with retries never returns the reply to an attempt it gave up', async () => {
    await using router = await peer().open('ROUTER');
    await using req = new Request({ linger: 0 });
    req.connect(await router.bind('tcp://127.0.0.1:*'));
    const answering = (async () => {
      const first = await receiveRouted(router);
      for (;;) {
        const { envelope, body } = await receiveRouted(router);
        await router.send([...first.envelope, text('late')]);
        await router.send([...envelope, text(`answer to ${body[0]}`)]);
        if (body[0] === 'another question') return;
      }
    })();
    const reply = await req.request('question', { timeout: 200, retries: 50 });
    expect(reply.map(String)).toEqual(['answer to question']);
    const next = await req.request('another question', { timeout: 5000 });
    expect(next.map(String)).toEqual(['answer to another question']);
    await answering;
  });

  it('their REQ with both gets the reply to its second request from our REP', async () => {
    await using rep = new Reply({ linger: 0 });
    await rep.bind('tcp://127.0.0.1:*');
    await using req = await peer().open('REQ', { correlate: true, relaxed: true });
    await req.connect(rep.lastEndpoint ?? '');
    await req.send([text('given up')]);
    await req.send([text('wanted')]);
    for (const request of ['given up', 'wanted']) {
      expect((await rep.receive()).map(String)).toEqual([request]);
      await rep.send(`reply to ${request}`);
    }
    expect((await req.receive()).digest).toEqual(digest([Buffer.from('reply to wanted')]));
  });
});
