import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Event, Reply, Request } from '../../../src/index.ts';
import { Context } from '../../../src/index.ts';
import { RawListener, RawPeer } from '../../support/raw-peer.ts';
import { bytes, message, text } from '../../../src/testing/raw-bytes.ts';
import { own, watchProcess } from '../../support/watch.ts';
import {
  bindAddress,
  converse,
  endpointOf,
  errorOf,
  makeReply,
  makeRequest,
  stateOf,
  texts,
  TRANSPORTS,
} from './conversation.ts';

watchProcess();

/** Answers each request with `re …` until the socket is closed. */
async function serve(rep: Reply, seen: string[] = []): Promise<void> {
  for await (const [frame] of rep) {
    seen.push(String(frame));
    await rep.send(`re ${String(frame)}`);
  }
}

/** Waits for an event of a type. */
function nextEvent(socket: Request | Reply, type: Event['type']): Promise<Event> {
  const { events } = socket;
  return (async () => {
    for await (const event of events) if (event.type === type) return event;
    throw new Error(`no ${type}`);
  })();
}

describe.each(TRANSPORTS)('request over %s', (transport) => {
  test('is a send and a receive', async () => {
    const { req, rep } = await converse(transport);
    const serving = serve(rep);
    expect(texts(await req.request('a'))).toEqual(['re a']);
    expect(texts(await req.request(['b', 'c']))).toEqual(['re b']);
    rep.close();
    await serving;
  });

  test('calls queue in order, sends among them', async () => {
    const { req, rep } = await converse(transport);
    const seen: string[] = [];
    const serving = serve(rep, seen);
    const first = req.request('1');
    const second = req.request('2');
    const send = req.send('3');
    const receive = req.receive();
    const fourth = req.request('4');
    expect(req.pendingSends).toBeGreaterThanOrEqual(3);
    expect(texts(await fourth)).toEqual(['re 4']);
    expect(texts(await first)).toEqual(['re 1']);
    expect(texts(await second)).toEqual(['re 2']);
    await send;
    expect(texts(await receive), 'goes to who asked by send').toEqual(['re 3']);
    expect(seen).toEqual(['1', '2', '3', '4']);
    rep.close();
    await serving;
  });

  test('waits for a server that is not there yet', async () => {
    const context = new Context();
    const rep = makeReply({ context });
    await rep.bind(bindAddress(transport));
    const endpoint = endpointOf(rep);
    await rep[Symbol.asyncDispose]();
    const req = makeRequest({ context });
    req.connect(endpoint);
    const reply = req.request('early');
    expect(await stateOf(reply)).toBe('pending');
    const late = makeReply({ context });
    await late.bind(endpoint);
    const serving = serve(late);
    expect(texts(await reply)).toEqual(['re early']);
    late.close();
    await serving;
  });

  test('out of time without a server is EAGAIN and sends nothing later', async () => {
    const context = new Context();
    const rep = makeReply({ context });
    await rep.bind(bindAddress(transport));
    const endpoint = endpointOf(rep);
    await rep[Symbol.asyncDispose]();
    const req = makeRequest({ context });
    req.connect(endpoint);
    expect(await errorOf(req.request('lost', { timeout: 1 }))).toMatchObject({ code: 'EAGAIN' });
    const late = makeReply({ context });
    await late.bind(endpoint);
    const seen: string[] = [];
    const serving = serve(late, seen);
    expect(texts(await req.request('found'))).toEqual(['re found']);
    expect(seen).toEqual(['found']);
    late.close();
    await serving;
  });

  test('out of time without a reply is EAGAIN, and the late reply is nobody’s', async () => {
    for (const correlate of [false, true]) {
      const { req, rep } = await converse(transport, { req: { correlate } });
      const first = errorOf(req.request('slow', { timeout: 20 }));
      expect(texts(await rep.receive())).toEqual(['slow']);
      expect(await first).toMatchObject({ code: 'EAGAIN' });
      const second = req.request('quick');
      await rep.send('late');
      expect(texts(await rep.receive())).toEqual(['quick']);
      await rep.send('in time');
      expect(texts(await second)).toEqual(['in time']);
      expect(req.readable).toBe(false);
    }
  });

  test('a server that dies is EHOSTUNREACH', async () => {
    const { req, rep } = await converse(transport);
    const outcome = errorOf(req.request('a'));
    await rep.receive();
    rep.close();
    expect(await outcome).toMatchObject({ code: 'EHOSTUNREACH', message: 'Host unreachable' });
  });

  test('a server that dies is replaced by the next one that is connected', async () => {
    const { req, rep, context } = await converse(transport);
    const other = makeReply({ context });
    await other.bind(transport === 'inproc' ? 'inproc://other' : 'tcp://127.0.0.1:*');
    const reply = req.request('a', { retries: 1 });
    await rep.receive();
    const serving = serve(other);
    req.connect(endpointOf(other));
    rep.close();
    expect(texts(await reply)).toEqual(['re a']);
    other.close();
    await serving;
  });

  test('a server that restarts is asked again', async () => {
    const { req, rep, context, endpoint } = await converse(transport);
    const reply = req.request('a', { retries: 1 });
    await rep.receive();
    await rep[Symbol.asyncDispose]();
    const next = makeReply({ context });
    await next.bind(endpoint);
    const serving = serve(next);
    expect(texts(await reply)).toEqual(['re a']);
    next.close();
    await serving;
  });

  test('given up by signal before, while queued and while waiting', async () => {
    const { req, rep } = await converse(transport);
    const seen: string[] = [];
    const reason = new Error('given up');

    expect(await errorOf(req.request('before', { signal: AbortSignal.abort(reason) }))).toBe(
      reason,
    );

    const busy = req.request('busy');
    const queued = new AbortController();
    const outcome = errorOf(req.request('queued', { signal: queued.signal }));
    await rep.receive();
    queued.abort(reason);
    expect(await outcome).toBe(reason);
    await rep.send('free');
    expect(texts(await busy)).toEqual(['free']);

    const waiting = new AbortController();
    const lost = errorOf(req.request('waiting', { signal: waiting.signal }));
    expect(texts(await rep.receive())).toEqual(['waiting']);
    waiting.abort(reason);
    expect(await lost).toBe(reason);
    await rep.send('late');

    const serving = serve(rep, seen);
    expect(texts(await req.request('after'))).toEqual(['re after']);
    expect(seen).toEqual(['after']);
    rep.close();
    await serving;
  });

  test('given up by signal while no server is there', async () => {
    const req = makeRequest({ context: new Context() });
    if (transport === 'inproc') req.connect('inproc://nobody');
    else req.connect('tcp://127.0.0.1:1');
    const controller = new AbortController();
    const outcome = errorOf(req.request('a', { signal: controller.signal, retries: 9 }));
    expect(await stateOf(outcome)).toBe('pending');
    controller.abort(new Error('given up'));
    expect(await outcome).toMatchObject({ message: 'given up' });
    expect(req.pendingSends).toBe(0);
    expect(await errorOf(req.request('b', { timeout: 0 }))).toMatchObject({ code: 'EAGAIN' });
  });

  test('no receive of the application gets its reply', async () => {
    const { req, rep } = await converse(transport);
    const receive = errorOf(req.receive({ timeout: 50 }));
    const serving = serve(rep);
    expect(texts(await req.request('mine'))).toEqual(['re mine']);
    expect(await receive).toMatchObject({ code: 'EFSM' });
    rep.close();
    await serving;
  });

  test('readable and writable are false while it runs', async () => {
    const { req, rep } = await converse(transport);
    const reply = req.request('a');
    expect([req.readable, req.writable]).toEqual([false, false]);
    await rep.receive();
    expect([req.readable, req.writable]).toEqual([false, false]);
    await rep.send('b');
    await reply;
    expect([req.readable, req.writable]).toEqual([false, true]);
  });

  test('waits for a reply that the application has still to receive', async () => {
    const { req, rep } = await converse(transport);
    const serving = serve(rep);
    await req.send('mine');
    const request = req.request('yours', { timeout: 5000 });
    expect(await stateOf(request)).toBe('pending');
    expect(texts(await req.receive())).toEqual(['re mine']);
    expect(texts(await request)).toEqual(['re yours']);
    rep.close();
    await serving;
  });

  test('gives up when the application does not receive the reply to its send', async () => {
    const { req, rep } = await converse(transport);
    await req.send('mine');
    expect(await errorOf(req.request('yours', { timeout: 5 }))).toMatchObject({ code: 'EFSM' });
    expect(texts(await rep.receive())).toEqual(['mine']);
    await rep.send('a');
    expect(texts(await req.receive())).toEqual(['a']);
  });

  test('disconnect in the middle is the loss of the connection', async () => {
    const { req, rep, endpoint } = await converse(transport);
    const outcome = errorOf(req.request('a'));
    await rep.receive();
    req.disconnect(endpoint);
    expect(await outcome).toMatchObject({ code: 'EHOSTUNREACH' });
    await rep.send('into the void');
  });

  test('small frames may be used again as soon as it has been called', async () => {
    const { req, rep } = await converse(transport);
    const frame = Buffer.from('a');
    const busy = req.request(frame);
    const queued = req.request(frame);
    frame.fill('b');
    const seen: string[] = [];
    const serving = serve(rep, seen);
    await Promise.all([busy, queued]);
    expect(seen).toEqual(['a', 'a']);
    rep.close();
    await serving;
  });
});

describe('attempts', () => {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'],
    });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  /** Lets time pass, and everything that follows from it. */
  function pass(duration: number): Promise<unknown> {
    return vi.advanceTimersByTimeAsync(duration);
  }

  test.each([0, 1, 3])('are one more than the %i retries', async (retries) => {
    const { req, rep } = await converse('inproc', { req: { correlate: true } });
    const outcome = req.request('q', { timeout: 100, retries }).catch((error: unknown) => error);
    for (let attempt = 0; attempt <= retries; attempt++) {
      expect(texts(await rep.receive({ timeout: 0 }))).toEqual(['q']);
      await pass(99);
      expect(rep.readable).toBe(false);
      await pass(2);
      await rep.send(`late ${attempt}`);
    }
    expect(await outcome).toMatchObject({ code: 'EAGAIN' });
    expect(rep.readable).toBe(false);
  });

  test.each([false, true])('take no reply to an earlier one, correlate %s', async (correlate) => {
    const { req, rep } = await converse('inproc', { req: { correlate } });
    const reply = req.request('q', { timeout: 100, retries: 2 });
    for (const attempt of [1, 2]) {
      expect(texts(await rep.receive({ timeout: 0 }))).toEqual(['q']);
      await pass(101);
      await rep.send(`to attempt ${attempt}`);
      expect(req.readable).toBe(false);
    }
    expect(texts(await rep.receive({ timeout: 0 }))).toEqual(['q']);
    await rep.send('to attempt 3');
    expect(texts(await reply)).toEqual(['to attempt 3']);
  });

  test('wait for a server first, and then as long again for its reply', async () => {
    const context = new Context();
    const req = makeRequest({ context });
    req.connect('inproc://late');
    const reply = req.request('q', { timeout: 100 });
    await pass(90);
    const rep = makeReply({ context });
    await rep.bind('inproc://late');
    expect(texts(await rep.receive({ timeout: 0 }))).toEqual(['q']);
    await pass(90);
    await rep.send('a');
    expect(texts(await reply)).toEqual(['a']);
  });

  test('go on for ever when there is no end to the retries', async () => {
    const { req, rep } = await converse('inproc', { req: { correlate: true } });
    const reply = req.request('q', { timeout: 10, retries: Number.POSITIVE_INFINITY });
    for (let attempt = 0; attempt < 20; attempt++) {
      await rep.receive({ timeout: 0 });
      await pass(12);
      await rep.send('late');
    }
    await rep.receive({ timeout: 0 });
    await rep.send('at last');
    expect(texts(await reply)).toEqual(['at last']);
  });

  test('begin when it is their turn', async () => {
    const { req, rep } = await converse();
    const first = req.request('first');
    const second = req.request('second', { timeout: 100 });
    await rep.receive();
    await pass(1000);
    await rep.send('a');
    expect(texts(await first)).toEqual(['a']);
    await rep.receive();
    await pass(90);
    await rep.send('b');
    expect(texts(await second)).toEqual(['b']);
  });

  test('go to another server each time', async () => {
    const context = new Context();
    const servers = [0, 1, 2].map(() => makeReply({ context }));
    for (const [index, rep] of servers.entries()) await rep.bind(`inproc://${index}`);
    const req = makeRequest({ context });
    for (const index of servers.keys()) req.connect(`inproc://${index}`);
    const outcome = req.request('q', { timeout: 100, retries: 3 }).catch((error: unknown) => error);
    const asked: number[] = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      asked.push(servers.findIndex((rep) => rep.readable));
      await servers[asked.at(-1) ?? 0]?.receive();
      await pass(101);
    }
    expect(asked).toEqual([0, 1, 2]);
    await pass(101);
    expect(await outcome).toMatchObject({ code: 'EAGAIN' });
  });

  test('that lose their connection count like those that time out', async () => {
    const context = new Context();
    const req = makeRequest({ context });
    req.connect('inproc://server');
    const outcome = req
      .request('killer', { timeout: 100, retries: 1 })
      .catch((error: unknown) => error);
    for (let attempt = 0; attempt < 2; attempt++) {
      const rep = makeReply({ context });
      await rep.bind('inproc://server');
      expect(texts(await rep.receive({ timeout: 0 }))).toEqual(['killer']);
      rep.close();
    }
    expect(await outcome).toMatchObject({ code: 'EHOSTUNREACH' });
  });

  test('end with the last one’s error', async () => {
    const context = new Context();
    const req = makeRequest({ context });
    req.connect('inproc://server');
    const outcome = req.request('q', { timeout: 100, retries: 1 }).catch((error: unknown) => error);
    const rep = makeReply({ context });
    await rep.bind('inproc://server');
    await rep.receive();
    rep.close();
    await pass(101);
    expect(await outcome).toMatchObject({ code: 'EAGAIN' });
  });
});

describe('request over several connections', () => {
  test('goes to none whose connection is only wanted', async () => {
    const { req, rep } = await converse('tcp');
    req.connect('tcp://127.0.0.1:1');
    const serving = serve(rep);
    for (const text of ['a', 'b', 'c']) {
      expect(texts(await req.request(text, { timeout: 5000 }))).toEqual([`re ${text}`]);
    }
    rep.close();
    await serving;
  });
});

describe('against a server of bytes', () => {
  test('without correlate a late reply dies with its connection', async () => {
    const listener = own(await RawListener.listen());
    const req = makeRequest();
    req.connect(listener.endpoint);
    const first = await listener.accept();
    await first.handshake({ as: 'REP' });
    const outcome = errorOf(req.request('q1', { timeout: 10 }));
    expect((await first.readMessage()).map(text)).toEqual(['', 'q1']);
    expect(await outcome).toMatchObject({ code: 'EAGAIN' });
    await first.expectClose();
    const second = await listener.accept();
    await second.handshake({ as: 'REP' });
    const reply = req.request('q2');
    expect((await second.readMessage()).map(text)).toEqual(['', 'q2']);
    await second.write(message('', 'a2'));
    expect((await reply).map(text)).toEqual(['a2']);
  });
});

test('a server that replies twice at once does not answer the next request with it', async () => {
  const listener = own(await RawListener.listen());
  const req = makeRequest();
  req.connect(listener.endpoint);
  const server = await listener.accept();
  await server.handshake({ as: 'REP' });
  const first = req.request('q1');
  const second = req.request('q2');
  expect((await server.readMessage()).map(text)).toEqual(['', 'q1']);
  await server.write(bytes(message('', 'a1'), message('', 'a1 again')));
  expect((await first).map(text)).toEqual(['a1']);
  expect((await server.readMessage()).map(text)).toEqual(['', 'q2']);
  await server.write(message('', 'a2'));
  expect((await second).map(text)).toEqual(['a2']);
});

test('a late reply on the next connection of a connecting server is told apart', async () => {
  const req = makeRequest();
  await req.bind('tcp://127.0.0.1:*');
  const before = await RawPeer.connect(endpointOf(req));
  await before.handshake({ as: 'REP' });
  const outcome = errorOf(req.request('q1', { timeout: 50 }));
  expect((await before.readMessage()).map(text)).toEqual(['', 'q1']);
  expect(await outcome).toMatchObject({ code: 'EAGAIN' });
  await before.expectClose();
  const after = own(await RawPeer.connect(endpointOf(req)));
  await after.handshake({ as: 'REP' });
  const reply = req.request('q2');
  const [id, ...request] = await after.readMessage();
  expect(request.map(text)).toEqual(['', 'q2']);
  await after.write(bytes(message('', 'late'), message(id ?? '', '', 'a2')));
  expect((await reply).map(text)).toEqual(['a2']);
});

test('a connection that was dropped for its late reply is made anew without waiting', async () => {
  const { req, rep } = await converse('tcp', { req: { reconnectInterval: 60_000 } });
  const retry = nextEvent(req, 'connect:retry');
  const outcome = errorOf(req.request('slow', { timeout: 10 }));
  await rep.receive();
  await outcome;
  expect(await retry).toMatchObject({ interval: 0 });
});
