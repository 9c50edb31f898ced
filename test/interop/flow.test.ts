/**
 * How bytes arrive is nobody's business: a request right behind the handshake, more requests than the queue holds.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { Reply } from '../../src/index.ts';
import { serve } from '../support/peers/frames.ts';
import { bytes, digest, message, text } from '../support/peers/messages.ts';
import { PEER_KINDS } from '../support/peers/peer.ts';
import { Tap } from '../support/peers/tap.ts';
import { usePeer } from '../support/peers/use-peer.ts';

describe.each(PEER_KINDS)('flow from %s', (kind) => {
  const peer = usePeer(kind);

  it.each(['REQ', 'DEALER'] as const)(
    'our REP takes READY and a request of their %s in one piece',
    async (type) => {
      const specs = [[text('Hello')], [text('World')]];
      const frames = specs.map(message);
      await using rep = new Reply({ linger: 0 });
      await rep.bind('tcp://127.0.0.1:*');
      await using tap = await Tap.open(rep.lastEndpoint ?? '', {
        direction: 'request',
        from: 'READY',
        until: 'Hello',
      });
      await using client = await peer().open(type);
      await client.connect(tap.endpoint);
      const [exchanged] = await Promise.all([client.exchange(specs), serve(rep, frames)]);
      expect(exchanged.messages).toEqual(frames.map(digest));
    },
  );

  it.each([2, 3, 4, 5])(
    'our REP with receiveHighWaterMark 1 takes %i requests in one piece, each once',
    async (count) => {
      const specs = Array.from({ length: count }, (_, i) => [text(`request ${i + 1}`)]);
      const frames = specs.map(message);
      await using rep = new Reply({ linger: 0, receiveHighWaterMark: 1 });
      await rep.bind('tcp://127.0.0.1:*');
      await using tap = await Tap.open(rep.lastEndpoint ?? '', {
        direction: 'request',
        from: 'request 1',
        until: `request ${count}`,
      });
      await using dealer = await peer().open('DEALER');
      await dealer.connect(tap.endpoint);
      const [exchanged] = await Promise.all([dealer.exchange(specs), serve(rep, frames)]);
      expect(exchanged.messages).toEqual(frames.map(digest));
      await expect(rep.receive({ timeout: 0 })).rejects.toMatchObject({ code: 'EAGAIN' });
    },
  );

  it.each([1, 10])(
    'our REP with receiveHighWaterMark %i serves 2000 requests in advance',
    async (mark) => {
      const specs = Array.from({ length: 2000 }, (_, i) => [text(`${i}`), bytes(1000)]);
      const frames = specs.map(message);
      await using rep = new Reply({ linger: 0, receiveHighWaterMark: mark });
      await rep.bind('tcp://127.0.0.1:*');
      await using dealer = await peer().open('DEALER', { receiveHighWaterMark: 0 });
      await dealer.connect(rep.lastEndpoint ?? '');
      const [exchanged] = await Promise.all([dealer.exchange(specs), serve(rep, frames)]);
      expect(exchanged.messages).toEqual(frames.map(digest));
    },
  );
});
