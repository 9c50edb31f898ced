import { describe, expect, test } from 'vitest';
import type { Event } from '../../../src/index.ts';
import { Observer } from '../../../src/index.ts';
import { turn } from '../../../src/testing/turn.ts';
import { watchProcess } from '../../support/watch.ts';
import { converse, endpointOf, errorOf, makeReply, makeRequest, stateOf } from './conversation.ts';

watchProcess();

function alien(value: unknown): never {
  return value as never;
}

/** Every event until the socket is closed. */
async function collect(observer: Observer): Promise<Event[]> {
  const events: Event[] = [];
  for await (const event of observer) events.push(event);
  return events;
}

describe('receive', () => {
  test('answers with events in order, those that wait first', async () => {
    const rep = makeReply();
    const { events } = rep;
    expect(events).toBeInstanceOf(Observer);
    await rep.bind('tcp://127.0.0.1:*');
    expect(await events.receive()).toEqual({ type: 'bind', address: rep.lastEndpoint });
    const next = events.receive();
    expect(await stateOf(next)).toBe('pending');
    await rep.unbind(endpointOf(rep));
    expect(await next).toMatchObject({ type: 'close', address: rep.lastEndpoint });
  });

  test('what was before the first access is not kept', async () => {
    const rep = makeReply();
    await rep.bind('tcp://127.0.0.1:*');
    expect(await errorOf(rep.events.receive({ timeout: 0 }))).toMatchObject({ code: 'EAGAIN' });
  });

  test('can be given up by timeout and signal, and takes no event with it', async () => {
    const rep = makeReply();
    const { events } = rep;
    const controller = new AbortController();
    const reason = new Error('given up');
    const aborted = errorOf(events.receive({ signal: controller.signal }));
    const expired = errorOf(events.receive({ timeout: 1 }));
    controller.abort(reason);
    expect(await aborted).toBe(reason);
    expect(await expired).toMatchObject({ code: 'EAGAIN' });
    await rep.bind('tcp://127.0.0.1:*');
    expect(await events.receive()).toMatchObject({ type: 'bind' });
  });

  test.each([null, 5, { timeout: -2 }, { signal: 1 }])(
    'refuses the options %o',
    async (options) => {
      expect(await errorOf(() => makeReply().events.receive(alien(options)))).toMatchObject({
        code: 'EINVAL',
      });
    },
  );

  test('ends with `end`, and then there is nothing', async () => {
    const rep = makeReply();
    const { events } = rep;
    rep.close();
    expect(events.closed).toBe(false);
    expect(await events.receive()).toEqual({ type: 'end' });
    expect(events.closed).toBe(true);
    expect(await errorOf(() => events.receive())).toMatchObject({ code: 'EBADF' });
  });

  test('that wait when the socket is closed all settle', async () => {
    const rep = makeReply();
    const { events } = rep;
    const waiting = [events.receive(), errorOf(events.receive()), errorOf(events.receive())];
    rep.close();
    expect(await waiting[0]).toEqual({ type: 'end' });
    expect(await stateOf(Promise.all(waiting))).toBe('fulfilled');
    expect(await waiting[1]).toMatchObject({ code: 'EBADF' });
    expect(await waiting[2]).toMatchObject({ code: 'EBADF' });
  });
});

describe('iteration', () => {
  test('goes on until the socket is closed', async () => {
    const { req, rep } = await converse('tcp');
    const server = collect(rep.events);
    const client = collect(req.events);
    await req.send('q');
    await rep.receive();
    await rep.send('a');
    await req.receive();
    req.close();
    const types = (await client).map(({ type }) => type);
    expect(types.slice(0, 2)).toEqual(['connect', 'handshake']);
    expect(types.at(-1)).toBe('end');
    rep.close();
    expect((await server).map(({ type }) => type)).toEqual(
      expect.arrayContaining(['accept', 'handshake', 'close', 'end']),
    );
  });

  test('tells who the peer is', async () => {
    const rep = makeReply();
    const watched = collect(rep.events);
    await rep.bind('tcp://127.0.0.1:*');
    const req = makeRequest({ routingId: 'me' });
    req.connect(endpointOf(rep));
    await req.send('q');
    await rep.receive();
    rep.close();
    const events = await watched;
    const handshake = events.find((event) => event.type === 'handshake');
    expect(handshake).toMatchObject({
      address: rep.lastEndpoint,
      peer: {
        address: expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:\d+$/),
        socketType: 'REQ',
        routingId: Buffer.from('me'),
        minorVersion: 1,
        mechanism: 'NULL',
      },
    });
  });

  test('may be broken off and begun again', async () => {
    const rep = makeReply();
    const { events } = rep;
    await rep.bind('tcp://127.0.0.1:*');
    await rep.bind('tcp://127.0.0.1:*');
    for await (const event of events) {
      expect(event.type).toBe('bind');
      break;
    }
    for await (const event of events) {
      expect(event.type).toBe('bind');
      break;
    }
    expect(events.closed).toBe(false);
  });

  test('by two at once ends for both', async () => {
    const rep = makeReply();
    const both = Promise.all([collect(rep.events), collect(rep.events)]);
    await turn();
    rep.close();
    expect(await stateOf(both)).toBe('fulfilled');
    expect((await both).flat()).toEqual([{ type: 'end' }]);
  });

  test('of one that has ended is over', async () => {
    const rep = makeReply();
    const { events } = rep;
    rep.close();
    await collect(events);
    expect(await collect(events)).toEqual([]);
  });
});

describe('listeners', () => {
  test('hear what comes, and what waits already', async () => {
    const rep = makeReply();
    const { events } = rep;
    await rep.bind('tcp://127.0.0.1:*');
    const heard: string[] = [];
    expect(events.on('bind', (event) => heard.push(`bind ${event.address}`))).toBe(events);
    events.on('close', (event) => heard.push(`close ${event.address}`));
    events.on('end', () => heard.push('end'));
    await turn();
    expect(heard).toEqual([`bind ${rep.lastEndpoint}`]);
    const address = endpointOf(rep);
    await rep.unbind(address);
    rep.close();
    await turn();
    expect(heard).toEqual([`bind ${address}`, `close ${address}`, 'end']);
    expect(events.closed).toBe(true);
  });

  test('take the place of receive', () => {
    const { events } = makeReply();
    events.on('bind', () => {});
    expect(() => events.receive()).toThrow(expect.objectContaining({ code: 'EBUSY' }));
  });

  test('a receive that waits when listeners come is not forgotten', async () => {
    const rep = makeReply();
    const { events } = rep;
    const waiting = events.receive().catch((error: unknown) => error);
    events.on('bind', () => {});
    rep.close();
    expect(await stateOf(waiting)).toBe('fulfilled');
  });

  test('may go', async () => {
    const rep = makeReply();
    const heard: string[] = [];
    const listener = (event: Event): unknown => heard.push(event.type);
    rep.events.on('bind', listener).on('bind', listener);
    rep.events.off('bind', listener);
    await rep.bind('tcp://127.0.0.1:*');
    await turn();
    expect(heard).toEqual(['bind']);
    rep.events.off('bind', listener);
    await rep.bind('tcp://127.0.0.1:*');
    await turn();
    expect(heard).toEqual(['bind']);
    expect(rep.events.off('end', listener)).toBe(rep.events);
  });

  test('are not called from inside the socket', async () => {
    const rep = makeReply();
    let isInside = true;
    const order: string[] = [];
    rep.events.on('end', () => order.push(isInside ? 'inside' : 'outside'));
    rep.close();
    isInside = false;
    await turn();
    expect(order).toEqual(['outside']);
  });
});

describe('close', () => {
  test('ends reading, and not the socket', async () => {
    const rep = makeReply();
    const { events } = rep;
    await rep.bind('tcp://127.0.0.1:*');
    await events.receive();
    const waiting = errorOf(events.receive());
    events.close();
    events.close();
    expect(await waiting).toMatchObject({ code: 'EBADF' });
    expect(events.closed).toBe(true);
    expect(rep.closed).toBe(false);
    expect(() => events.receive()).toThrow(expect.objectContaining({ code: 'EBADF' }));
    await rep.bind('tcp://127.0.0.1:*');
    expect(await collect(events)).toEqual([]);
    rep.close();
  });

  test('stops listeners', async () => {
    const rep = makeReply();
    const heard: string[] = [];
    rep.events.on('bind', ({ type }) => heard.push(type));
    rep.events.close();
    await rep.bind('tcp://127.0.0.1:*');
    await turn();
    expect(heard).toEqual([]);
  });
});

describe('an observer in place of another', () => {
  test('is told from then on, and for the first it is the end', async () => {
    const rep = makeReply();
    const first = collect(rep.events);
    await rep.bind('tcp://127.0.0.1:*');
    const second = new Observer(rep);
    expect(await stateOf(first)).toBe('fulfilled');
    expect((await first).map(({ type }) => type)).toEqual(['bind', 'end']);
    await rep.bind('tcp://127.0.0.1:*');
    expect(await second.receive()).toMatchObject({ type: 'bind' });
    expect(rep.events.closed).toBe(true);
  });

  test('ends listeners, too', async () => {
    const rep = makeReply();
    const heard: string[] = [];
    rep.events.on('end', ({ type }) => heard.push(type));
    const second = new Observer(rep);
    await turn();
    expect(heard).toEqual(['end']);
    expect(second.closed).toBe(false);
  });
});

describe('events that nobody reads', () => {
  test('are as many as maxPendingEvents says, which can change at any time', async () => {
    const rep = makeReply({ maxPendingEvents: 3 });
    const { events } = rep;
    const taken = makeReply();
    await taken.bind('tcp://127.0.0.1:*');
    const fail = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) await errorOf(rep.bind(endpointOf(taken)));
    };
    await fail(5);
    expect(events.dropped).toBe(2);
    rep.maxPendingEvents = 5;
    await fail(2);
    expect(events.dropped).toBe(2);
    rep.maxPendingEvents = 1;
    rep.close();
    expect(events.dropped).toBe(7);
    expect(await collect(events)).toEqual([{ type: 'end' }]);
  });

  test('are dropped from the oldest on, and counted', async () => {
    const rep = makeReply();
    const { events } = rep;
    // Two events for each: `bind:error` needs no listener and no connection.
    const taken = makeReply();
    await taken.bind('tcp://127.0.0.1:*');
    const endpoint = endpointOf(taken);
    for (let i = 0; i < 1010; i += 101) {
      await Promise.all(Array.from({ length: 101 }, () => errorOf(rep.bind(endpoint))));
    }
    expect(events.dropped).toBe(10);
    rep.close();
    const left = await collect(events);
    expect(left).toHaveLength(1000);
    expect(left[0]).toMatchObject({ type: 'bind:error', error: { code: 'EADDRINUSE' } });
    expect(left.at(-1)).toEqual({ type: 'end' });
  });
});
