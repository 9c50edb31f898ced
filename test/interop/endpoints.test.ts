/**
 * Host names and IPv6 towards libzmq.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { Reply, Request } from '../../src/index.ts';
import { HAS_IPV6_LOOPBACK } from '../support/peers/endpoints.ts';
import { exchange, serve } from '../support/peers/frames.ts';
import { digest, message, text } from '../support/peers/messages.ts';
import { PEER_KINDS, type PeerOptions } from '../support/peers/peer.ts';
import { usePeer } from '../support/peers/use-peer.ts';

const SPECS = [[text('Hello'), text('World')]];
const FRAMES = SPECS.map(message);
const DIGESTS = FRAMES.map(digest);

describe.each(PEER_KINDS)('endpoints shared with %s', (kind) => {
  const peer = usePeer(kind);

  async function requestOverOur(
    endpoint: (port: string) => string,
    bound: string,
    options: PeerOptions = {},
  ) {
    await using rep = await peer().open('REP', options);
    const port = portOf(await rep.bind(bound));
    await using req = new Request({ linger: 0, ...options });
    req.connect(endpoint(port));
    const served = rep.serve(1);
    await exchange(req, FRAMES);
    expect((await served).messages).toEqual(DIGESTS);
  }

  async function requestOverTheir(
    endpoint: (port: string) => string,
    bound: string,
    options: PeerOptions = {},
  ) {
    await using rep = new Reply({ linger: 0, ...options });
    await rep.bind(bound);
    await using req = await peer().open('REQ', options);
    await req.connect(endpoint(portOf(rep.lastEndpoint)));
    const [exchanged] = await Promise.all([req.exchange(SPECS), serve(rep, FRAMES)]);
    expect(exchanged.messages).toEqual(DIGESTS);
  }

  it('our REQ finds their REP by host name', async () => {
    await requestOverOur((port) => `tcp://localhost:${port}`, 'tcp://127.0.0.1:*');
  });

  it('their REQ finds our REP by host name', async () => {
    await requestOverTheir((port) => `tcp://localhost:${port}`, 'tcp://127.0.0.1:*');
  });

  it('our REP binds by host name', async () => {
    await requestOverTheir((port) => `tcp://127.0.0.1:${port}`, 'tcp://localhost:*');
  });

  it('our REP binds all interfaces', async () => {
    await requestOverTheir((port) => `tcp://127.0.0.1:${port}`, 'tcp://*:*');
  });

  it('our REQ reaches a REP on all their interfaces', async () => {
    await requestOverOur((port) => `tcp://127.0.0.1:${port}`, 'tcp://*:*');
  });

  describe.skipIf(!HAS_IPV6_LOOPBACK)('with IPv6 (skipped where the machine has no ::1)', () => {
    it('our REQ connects to their REP', async () => {
      await requestOverOur((port) => `tcp://[::1]:${port}`, 'tcp://[::1]:*', { ipv6: true });
    });

    it('their REQ connects to our REP', async () => {
      await requestOverTheir((port) => `tcp://[::1]:${port}`, 'tcp://[::1]:*', { ipv6: true });
    });

    it('our REP on all interfaces serves both address families', async () => {
      await requestOverTheir((port) => `tcp://[::1]:${port}`, 'tcp://*:*', { ipv6: true });
      await requestOverTheir((port) => `tcp://127.0.0.1:${port}`, 'tcp://*:*', { ipv6: true });
    });

    it('our REQ with IPv6 on still reaches an IPv4 server by its host name', async () => {
      // The resolver may put ::1 first, where nobody listens.
      await using rep = await peer().open('REP');
      const port = portOf(await rep.bind('tcp://127.0.0.1:*'));
      await using req = new Request({ linger: 0, ipv6: true });
      req.connect(`tcp://localhost:${port}`);
      const served = rep.serve(1);
      await exchange(req, FRAMES);
      expect((await served).messages).toEqual(DIGESTS);
    });
  });
});

function portOf(endpoint: string | null): string {
  return endpoint?.split(':').at(-1) ?? '';
}
