/**
 * Monitor events of our sockets with libzmq at the other end: their order, and what they say about the peer.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { Reply, Request } from '../../src/index.ts';
import { IpcDirectory } from '../support/peers/endpoints.ts';
import { watch } from '../support/peers/events.ts';
import { PEER_KINDS } from '../support/peers/peer.ts';
import { usePeer } from '../support/peers/use-peer.ts';

describe.each(PEER_KINDS)('monitor events with %s', (kind) => {
  const peer = usePeer(kind);

  it('our REQ tells about its connection to their REP', async () => {
    await using req = new Request({ linger: 0, reconnectInterval: 10 });
    const events = watch(req);
    const rep = await peer().open('REP');
    const endpoint = await rep.bind('tcp://127.0.0.1:*');
    req.connect(endpoint);

    const connect = await events.next('connect');
    expect(connect.address).toBe(endpoint);
    const handshake = await events.next('handshake');
    expect(handshake.address).toBe(endpoint);
    expect(handshake.peer).toMatchObject({ address: endpoint, socketType: 'REP' });

    await rep.close();
    const disconnect = await events.next('disconnect');
    expect(disconnect.address).toBe(endpoint);
    expect(disconnect.peer).toMatchObject({ address: endpoint, socketType: 'REP' });
    const retry = await events.next('connect:retry');
    expect(retry.address).toBe(endpoint);
    expect(retry.interval).toBeGreaterThan(0);
    expect(retry.interval).toBeLessThanOrEqual(20);

    req.close();
    await events.next('end');
  });

  it('our REQ names their ROUTER and its routing id', async () => {
    await using req = new Request({ linger: 0 });
    const events = watch(req);
    await using router = await peer().open('ROUTER', { routingId: 'router-1' });
    req.connect(await router.bind('tcp://127.0.0.1:*'));
    const { peer: seen } = await events.next('handshake');
    expect(seen?.socketType).toBe('ROUTER');
    expect(String(seen?.routingId)).toBe('router-1');
  });

  it('our REP tells about the clients it accepts', async () => {
    await using rep = new Reply({ linger: 0 });
    const events = watch(rep);
    await rep.bind('tcp://127.0.0.1:*');
    const endpoint = rep.lastEndpoint ?? '';
    expect((await events.next('bind')).address).toBe(endpoint);

    for (const [type, routingId] of [
      ['REQ', 'client-1'],
      ['DEALER', 'client-2'],
    ] as const) {
      const client = await peer().open(type, { routingId });
      await client.connect(endpoint);
      expect((await events.next('accept')).address).toBe(endpoint);
      const handshake = await events.next('handshake');
      expect(handshake.peer?.socketType).toBe(type);
      expect(String(handshake.peer?.routingId)).toBe(routingId);
      // The address of the client, not the one we bound.
      expect(handshake.peer?.address).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/);
      expect(handshake.peer?.address).not.toBe(endpoint);

      await client.close();
      const disconnect = await events.next('disconnect');
      expect(disconnect.peer?.address).toBe(handshake.peer?.address);
      expect(disconnect.peer?.socketType).toBe(type);
      expect(disconnect.cause).toBeUndefined();
    }

    rep.close();
    expect((await events.next('close')).address).toBe(endpoint);
    await events.next('end');
  });

  it('tells about ipc as it does about tcp', async () => {
    using directory = new IpcDirectory();
    const endpoint = directory.next();
    await using rep = new Reply({ linger: 0 });
    const ourEvents = watch(rep);
    await rep.bind(endpoint);
    await using client = await peer().open('REQ', {}, { monitor: true });
    await client.connect(endpoint);
    const handshake = await ourEvents.next('handshake');
    expect(handshake.address).toBe(endpoint);
    expect(handshake.peer?.socketType).toBe('REQ');
    await client.events.next('handshake');
  });

  it('our REQ that finds nobody says when it tries again', async () => {
    using directory = new IpcDirectory();
    const endpoint = directory.next();
    await using req = new Request({ linger: 0, reconnectInterval: 10 });
    const events = watch(req);
    req.connect(endpoint);
    for (let i = 0; i < 3; i++) {
      const { address, interval } = await events.next('connect:retry');
      expect(address).toBe(endpoint);
      expect(interval).toBeGreaterThan(0);
    }
    await using rep = await peer().open('REP');
    await rep.bind(endpoint);
    expect((await events.next('handshake')).peer?.socketType).toBe('REP');
  });

  it('their monitors see our side as they see libzmq', async () => {
    await using rep = await peer().open('REP', {}, { monitor: true });
    const endpoint = await rep.bind('tcp://127.0.0.1:*');
    const req = new Request({ linger: 0 });
    req.connect(endpoint);
    for (const type of ['accept', 'handshake']) await rep.events.next(type);
    req.close();
    await rep.events.next('disconnect');

    const server = new Reply({ linger: 0 });
    await server.bind('tcp://127.0.0.1:*');
    await using client = await peer().open('REQ', {}, { monitor: true });
    await client.connect(server.lastEndpoint ?? '');
    for (const type of ['connect', 'handshake']) await client.events.next(type);
    server.close();
    for (const type of ['disconnect', 'connect:retry']) await client.events.next(type);
    const problems = [...rep.events.all, ...client.events.all].filter(({ type }) =>
      type.startsWith('handshake:error'),
    );
    expect(problems).toEqual([]);
  });
});
