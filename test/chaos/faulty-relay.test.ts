/**
 * `request()` with retries over connections that fragment, stall, half-close and reset: every reply
 * belongs to its request.
 */

import { describe, expect, test } from 'vitest';
import { Reply, Request } from '../../src/index.ts';
import { FaultyRelay, type FaultyRelayOptions } from '../../src/testing/faulty-relay.ts';
import { text } from '../../src/testing/raw-bytes.ts';
import { SEED } from '../support/raw-random.ts';
import { own, watchProcess } from '../support/watch.ts';

watchProcess();

const REQUESTS = 200;

/** A REP that answers with its name, its own count and the request, so that every reply is unmistakable. */
async function serve(name: string): Promise<{ endpoint: string; served(): number }> {
  const rep = own(new Reply({ linger: 0, handshakeInterval: 200 }));
  await rep.bind('tcp://127.0.0.1:*');
  let count = 0;
  const answer = async (): Promise<void> => {
    for await (const frames of rep) {
      count += 1;
      if (!rep.closed) await rep.send([name, `${count}`, ...frames]);
    }
  };
  void answer();
  return { endpoint: rep.lastEndpoint ?? '', served: () => count };
}

async function relayTo(
  target: string,
  options: Partial<FaultyRelayOptions> = {},
): Promise<FaultyRelay> {
  return own(await FaultyRelay.listen({ target, seed: SEED, ...options }));
}

function connectRequest(relays: readonly FaultyRelay[], options: object = {}): Request {
  const req = own(
    new Request({ linger: 0, reconnectInterval: 1, handshakeInterval: 100, ...options }),
  );
  for (const { endpoint } of relays) req.connect(endpoint);
  return req;
}

async function askAll(req: Request, size: (index: number) => number): Promise<Array<Buffer[]>> {
  const replies = Array.from({ length: REQUESTS }, async (_, index) => {
    const body = Buffer.alloc(size(index), index);
    const reply = await req.request([`job ${index}`, body], { timeout: 150, retries: 200 });
    expect(text(reply[2])).toBe(`job ${index}`);
    expect(reply[3]?.equals(body)).toBe(true);
    expect(reply.length).toBe(4);
    return reply;
  });
  return Promise.all(replies);
}

function totalFaults(relay: FaultyRelay): number {
  return relay.faults.reset + relay.faults['half-close'] + relay.faults.stall;
}

describe(`through a faulty relay (seed ${SEED})`, () => {
  test.each([
    ['plain', {}],
    ['correlate', { correlate: true }],
    ['correlate and relaxed', { correlate: true, relaxed: true }],
    ['immediate', { immediate: true }],
  ])('%s: 200 requests, each gets its own reply, none a stale one', async (_name, options) => {
    const server = await serve('one');
    const relay = await relayTo(server.endpoint);
    const replies = await askAll(connectRequest([relay], options), (index) => index % 50);
    // The count in each reply is that of its own execution: an answer to an earlier attempt would repeat one.
    const counts = replies.map((reply) => Number(reply[1]));
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(new Set(counts).size).toBe(REQUESTS);
    expect(server.served()).toBeGreaterThanOrEqual(REQUESTS);
    expect(totalFaults(relay)).toBeGreaterThan(10);
  });

  test('two servers behind two relays: the work goes on with whoever is connected', async () => {
    const servers = [await serve('one'), await serve('two')];
    const relays = await Promise.all(
      servers.map(({ endpoint }, index) => relayTo(endpoint, { seed: SEED + index })),
    );
    const replies = await askAll(connectRequest(relays), (index) => index % 50);
    expect(new Set(replies.map((reply) => text(reply[0])))).toEqual(new Set(['one', 'two']));
  });

  test('bytes take as long as they are told to, each way', async () => {
    const { endpoint } = await serve('far');
    const relay = await relayTo(endpoint, { faultRate: 0, latency: 20 });
    const req = connectRequest([relay], { handshakeInterval: 30_000 });
    await req.request('near');
    const start = performance.now();
    expect((await req.request('far')).map(text).at(-1)).toBe('far');
    // Timers may come a millisecond early.
    expect(performance.now() - start).toBeGreaterThan(38);
  });

  test('a reset of all connections leaves the relay there for the next', async () => {
    const { endpoint } = await serve('again');
    const relay = await relayTo(endpoint, { faultRate: 0 });
    const req = connectRequest([relay]);
    await req.request('before');
    const gone = new Promise((resolve) => req.events.on('disconnect', resolve));
    relay.reset();
    await gone;
    expect((await req.request('after')).map(text).at(-1)).toBe('after');
    expect(relay.connections).toBe(2);
  });

  test('fragments alone lose nothing: large replies, no retry', async () => {
    const server = await serve('one');
    const relay = await relayTo(server.endpoint, { faultRate: 0 });
    await askAll(connectRequest([relay]), (index) => (index % 20 === 0 ? 3000 : index));
    expect(relay.connections).toBe(1);
    expect(server.served()).toBe(REQUESTS);
  });
});
