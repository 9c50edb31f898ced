import { describe, expect, test } from 'vitest';
import { Context } from '../../../src/index.ts';
import { turn } from '../../../src/testing/turn.ts';
import { watchProcess } from '../../support/watch.ts';
import { converse, errorOf, makeReply, makeRequest, stateOf, texts } from './conversation.ts';
import '../compare-bytes.ts';

watchProcess();

describe('names', () => {
  test('are shared by the sockets of a context, and by them only', async () => {
    const context = new Context();
    const mine = makeReply({ context });
    const theirs = makeReply({ context: new Context() });
    await mine.bind('inproc://name');
    await theirs.bind('inproc://name');
    expect(mine.lastEndpoint).toBe('inproc://name');
    const req = makeRequest({ context });
    req.connect('inproc://name');
    await req.send('q');
    expect(theirs.readable).toBe(false);
    expect(texts(await mine.receive())).toEqual(['q']);
  });

  test('of the default context are shared by all that are given none', async () => {
    const name = 'inproc://of the default context';
    const rep = makeReply();
    await rep.bind(name);
    const req = makeRequest();
    req.connect(name);
    await req.send('q');
    expect(texts(await rep.receive())).toEqual(['q']);
  });

  test('are exact', async () => {
    const { rep, context } = await converse();
    const req = makeRequest({ context });
    req.connect('inproc://Test');
    req.connect('inproc://test ');
    await req.send('q');
    await turn();
    expect(rep.readable).toBe(false);
  });

  test('are taken once, by the same socket too', async () => {
    const { rep, endpoint } = await converse();
    expect(await errorOf(rep.bind(endpoint))).toMatchObject({
      code: 'EADDRINUSE',
      address: endpoint,
    });
  });
});

describe('connect before bind', () => {
  test('what was sent waits for the binder', async () => {
    const context = new Context();
    const req = makeRequest({ context, relaxed: true });
    req.connect('inproc://late');
    await req.send('early');
    await req.send('bird');
    const rep = makeReply({ context });
    await rep.bind('inproc://late');
    for (const text of ['early', 'bird']) {
      expect(texts(await rep.receive())).toEqual([text]);
      await rep.send(`re ${text}`);
    }
    expect(texts(await req.receive())).toEqual(['re early']);
  });

  test('several wait for one', async () => {
    const context = new Context();
    const requests = ['a', 'b', 'c'].map(async (text) => {
      const req = makeRequest({ context });
      req.connect('inproc://late');
      return texts(await req.request(text));
    });
    const rep = makeReply({ context });
    await rep.bind('inproc://late');
    for (let i = 0; i < requests.length; i++) {
      const [frame] = await rep.receive();
      await rep.send(`re ${String(frame)}`);
    }
    expect(await Promise.all(requests)).toEqual([['re a'], ['re b'], ['re c']]);
  });

  test('who has disconnected meanwhile is not joined', async () => {
    const context = new Context();
    const req = makeRequest({ context });
    req.connect('inproc://late');
    req.disconnect('inproc://late');
    const rep = makeReply({ context });
    await rep.bind('inproc://late');
    expect(req.writable).toBe(false);
  });

  test('a REP may come first as well', async () => {
    const context = new Context();
    const rep = makeReply({ context });
    rep.connect('inproc://late');
    const req = makeRequest({ context });
    await req.bind('inproc://late');
    await req.send('q');
    expect(texts(await rep.receive())).toEqual(['q']);
  });

  test('with immediate nothing is queued before', async () => {
    const context = new Context();
    const req = makeRequest({ context, immediate: true });
    req.connect('inproc://late');
    expect(req.writable).toBe(false);
    const rep = makeReply({ context });
    await rep.bind('inproc://late');
    expect(req.writable).toBe(true);
  });
});

describe('the high-water mark', () => {
  /** How many messages can be sent before the socket says no. */
  async function count(req: ReturnType<typeof makeRequest>): Promise<number> {
    for (let sent = 0; sent < 100; sent++) {
      if (!req.writable) return sent;
      await req.send('x');
    }
    return Number.POSITIVE_INFINITY;
  }

  test.each([
    [2, 3, 5],
    [1, 1, 2],
    [10, 1, 11],
    [0, 3, Number.POSITIVE_INFINITY],
    [2, 0, Number.POSITIVE_INFINITY],
  ])('of the sender, %s, and of the receiver, %s, add up to %s', async (send, receive, sum) => {
    const { req } = await converse('inproc', {
      req: { relaxed: true, sendHighWaterMark: send },
      rep: { receiveHighWaterMark: receive },
    });
    // A REP takes one message out before it is asked to.
    expect(await count(req)).toBe(sum === Number.POSITIVE_INFINITY ? sum : sum + 1);
  });

  test('before the name is bound is that of the sender', async () => {
    const context = new Context();
    const req = makeRequest({ context, relaxed: true, sendHighWaterMark: 2 });
    req.connect('inproc://late');
    expect(await count(req)).toBe(2);
    const rep = makeReply({ context, receiveHighWaterMark: 10 });
    await rep.bind('inproc://late');
    expect(await count(req)).toBe(11);
  });

  test('a send that waits goes on when there is room', async () => {
    const { req, rep } = await converse('inproc', {
      req: { relaxed: true, sendHighWaterMark: 1 },
      rep: { receiveHighWaterMark: 1 },
    });
    expect(await count(req)).toBe(3);
    const sent = req.send('last');
    expect(await stateOf(sent)).toBe('pending');
    for (const text of ['x', 'x', 'x', 'last']) {
      expect(texts(await rep.receive())).toEqual([text]);
      await rep.send('');
    }
    await sent;
  });
});

describe('bytes', () => {
  test('of small frames are the receiver’s own, large ones are shared', async () => {
    const { req, rep } = await converse();
    const [small, large] = [Buffer.alloc(128, 's'), Buffer.alloc(129, 'l')];
    await req.send([small, large]);
    const [first, second] = await rep.receive();
    small.fill('x');
    large.fill('x');
    expect(first).toEqual(Buffer.alloc(128, 's'));
    expect(second).toEqual(Buffer.alloc(129, 'x'));
  });

  test('the array that was sent is not the one that is received', async () => {
    const { req, rep } = await converse();
    const sent = ['a', 'b'];
    await req.send(sent);
    const received = await rep.receive();
    received.pop();
    expect(sent).toEqual(['a', 'b']);
  });
});

describe('the binder goes', () => {
  test('and what it had not received goes with it', async () => {
    const { req, rep, context, endpoint } = await converse();
    await req.send('lost');
    rep.close();
    const next = makeReply({ context });
    await next.bind(endpoint);
    expect(await stateOf(next.receive())).toBe('pending');
    expect(await stateOf(req.receive()), 'a plain request is not repeated').toBe('pending');
  });

  test('and the next request of who was connected reaches the next', async () => {
    const { req, rep, context, endpoint } = await converse();
    for (const text of ['1', '2', '3']) {
      const current = text === '1' ? rep : makeReply({ context });
      if (current !== rep) await current.bind(endpoint);
      await req.send(text);
      expect(texts(await current.receive())).toEqual([text]);
      await current.send(`re ${text}`);
      expect(texts(await req.receive())).toEqual([`re ${text}`]);
      current.close();
      expect(req.writable, 'queues for whoever comes').toBe(true);
    }
  });

  test('with immediate there is nobody until the next one', async () => {
    const context = new Context();
    const rep = makeReply({ context });
    await rep.bind('inproc://name');
    const req = makeRequest({ context, immediate: true });
    req.connect('inproc://name');
    expect(req.writable).toBe(true);
    rep.close();
    expect(req.writable).toBe(false);
    const next = makeReply({ context });
    await next.bind('inproc://name');
    expect(req.writable).toBe(true);
  });
});

describe('unbind', () => {
  test('frees the name, and whoever connects then waits', async () => {
    const { rep, context, endpoint } = await converse();
    await rep.unbind(endpoint);
    const next = makeReply({ context });
    await next.bind(endpoint);
    const req = makeRequest({ context });
    req.connect(endpoint);
    await req.send('q');
    expect(texts(await next.receive())).toEqual(['q']);
    expect(rep.readable).toBe(false);
  });

  test('of a name that is bound by another is ENOENT', async () => {
    const { context, endpoint } = await converse();
    const other = makeReply({ context });
    expect(await errorOf(other.unbind(endpoint))).toMatchObject({
      code: 'ENOENT',
      address: endpoint,
    });
  });

  test('leaves a conversation that is under way to its end', async () => {
    const { req, rep, endpoint } = await converse();
    await req.send('q');
    await rep.receive();
    await rep.unbind(endpoint);
    await rep.send('a');
    expect(texts(await req.receive())).toEqual(['a']);
  });
});

describe('disconnect', () => {
  test('what has been sent is still received', async () => {
    const { req, rep, endpoint } = await converse();
    await req.send('q');
    req.disconnect(endpoint);
    expect(texts(await rep.receive())).toEqual(['q']);
    await rep.send('into the void');
    expect(req.readable).toBe(false);
  });

  test('and connect again', async () => {
    const { req, rep, endpoint } = await converse();
    req.disconnect(endpoint);
    req.connect(endpoint);
    await req.send('q');
    expect(texts(await rep.receive())).toEqual(['q']);
  });
});

describe('the connecting socket closes', () => {
  test('what it has sent is still received', async () => {
    const { req, rep } = await converse();
    await req.send('q');
    req.close();
    expect(texts(await rep.receive())).toEqual(['q']);
    await rep.send('a');
  });

  test('what waits for a binder lingers', async () => {
    const context = new Context();
    const req = makeRequest({ context, linger: -1 });
    req.connect('inproc://late');
    await req.send('q');
    await req[Symbol.asyncDispose]();
    const rep = makeReply({ context });
    await rep.bind('inproc://late');
    expect(texts(await rep.receive())).toEqual(['q']);
    await rep.send('into the void');
  });

  test('what waits for a binder is dropped without linger', async () => {
    const context = new Context();
    const req = makeRequest({ context, linger: 0 });
    req.connect('inproc://late');
    await req.send('q');
    await req[Symbol.asyncDispose]();
    const rep = makeReply({ context });
    await rep.bind('inproc://late');
    expect(await stateOf(rep.receive())).toBe('pending');
  });
});

describe('a hang-up', () => {
  test('after a request that was given up joins both anew', async () => {
    const { req, rep } = await converse();
    const outcome = errorOf(req.request('slow', { timeout: 1 }));
    await rep.receive();
    await outcome;
    const reply = req.request('quick');
    await rep.send('late');
    expect(texts(await rep.receive())).toEqual(['quick']);
    await rep.send('in time');
    expect(texts(await reply)).toEqual(['in time']);
  });

  test('goes for a REQ that is bound, too', async () => {
    const context = new Context();
    const req = makeRequest({ context });
    await req.bind('inproc://req');
    const rep = makeReply({ context });
    rep.connect('inproc://req');
    const outcome = errorOf(req.request('slow', { timeout: 1 }));
    await rep.receive();
    await outcome;
    const reply = req.request('quick');
    await rep.send('late');
    expect(texts(await rep.receive())).toEqual(['quick']);
    await rep.send('in time');
    expect(texts(await reply)).toEqual(['in time']);
  });
});

describe('types that do not fit', () => {
  test('is told to both', async () => {
    const context = new Context();
    const sockets = [makeRequest({ context }), makeRequest({ context })] as const;
    const told = sockets.map(({ events }) => events.receive());
    sockets[0].connect('inproc://name');
    await sockets[1].bind('inproc://name');
    for (const event of await Promise.all(told)) {
      expect(event).toMatchObject({
        type: 'handshake:error:protocol',
        address: 'inproc://name',
        peer: { socketType: 'REQ' },
        error: { code: 'ERR_ZMTP_INVALID_METADATA' },
      });
    }
  });

  test('are not joined, and whoever waits is there for one that does', async () => {
    const context = new Context();
    const req = makeRequest({ context });
    req.connect('inproc://name');
    const wrong = makeRequest({ context });
    await wrong.bind('inproc://name');
    await req.send('q');
    await turn();
    expect(wrong.readable).toBe(false);
    expect(wrong.writable).toBe(false);
    wrong.close();
    const rep = makeReply({ context });
    await rep.bind('inproc://name');
    const received = rep.receive();
    expect(await stateOf(received)).toBe('fulfilled');
    expect(texts(await received)).toEqual(['q']);
  });
});
