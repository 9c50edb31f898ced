import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { Context, poll, Publisher, Push, Reply } from '../../../src/index.ts';
import { turn } from '../../../src/testing/turn.ts';
import { own, watchProcess } from '../../support/watch.ts';
import {
  converse,
  errorOf,
  makeReply,
  makeRequest,
  stateOf,
  texts,
  TRANSPORTS,
} from './conversation.ts';

watchProcess();

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

function alien(value: unknown): never {
  return value as never;
}

describe.each(TRANSPORTS)('poll over %s', (transport) => {
  test('answers with those that are readable, in the order given', async () => {
    const one = await converse(transport);
    const two = await converse(transport);
    await two.req.send('2');
    expect(await poll([one.rep, two.rep])).toEqual([two.rep]);
    await one.req.send('1');
    await poll([one.rep]);
    expect(await poll([two.rep, one.rep])).toEqual([two.rep, one.rep]);
    expect(texts(await one.rep.receive())).toEqual(['1']);
    expect(texts(await two.rep.receive())).toEqual(['2']);
  });

  test('waits for the first, and takes nothing', async () => {
    const { req, rep } = await converse(transport);
    const idle = makeReply();
    const polled = poll([idle, rep]);
    expect(await stateOf(polled)).toBe('pending');
    await req.send('q');
    expect(await polled).toEqual([rep]);
    expect(await poll([idle, rep]), 'still there').toEqual([rep]);
    expect(texts(await rep.receive())).toEqual(['q']);
  });

  test('sees a request that was waiting behind another', async () => {
    const { req, rep, context, endpoint } = await converse(transport);
    const other = makeRequest({ context });
    other.connect(endpoint);
    await req.send('first');
    await other.send('second');
    await rep.receive();
    const polled = poll([rep]);
    expect(await stateOf(polled), 'not its turn').toBe('pending');
    await rep.send('a');
    expect(await stateOf(polled)).toBe('fulfilled');
    expect(await polled).toEqual([rep]);
  });

  test('sees a reply', async () => {
    const { req, rep } = await converse(transport);
    await req.send('q');
    const polled = poll([req]);
    await rep.receive();
    await rep.send('a');
    expect(await polled).toEqual([req]);
  });
});

describe('poll', () => {
  test('answers with nothing when time is over', async () => {
    const { rep } = await converse();
    expect(await poll([rep], { timeout: 0 })).toEqual([]);
    expect(await poll([rep], { timeout: 1 })).toEqual([]);
    expect(await poll([], { timeout: 1 })).toEqual([]);
  });

  test('refuses to wait for ever for nothing', async () => {
    expect(await errorOf(poll([]))).toMatchObject({ name: 'RangeError', code: 'EINVAL' });
    const reason = new Error('given up');
    expect(await errorOf(poll([], { signal: AbortSignal.abort(reason) }))).toBe(reason);
  });

  test('with timeout 0 finds what is there', async () => {
    const { req, rep } = await converse();
    await req.send('q');
    expect(await poll([rep], { timeout: 0 })).toEqual([rep]);
  });

  test('several may wait for one socket', async () => {
    const { req, rep } = await converse();
    const polls = [poll([rep]), poll([rep, makeReply()]), poll([rep])];
    await req.send('q');
    expect(await Promise.all(polls)).toEqual([[rep], [rep], [rep]]);
  });

  test('a receive that waits comes first, and poll goes on waiting', async () => {
    const { req, rep } = await converse();
    const polled = poll([rep], { timeout: 5 });
    const received = rep.receive();
    await req.send('q');
    expect(texts(await received)).toEqual(['q']);
    expect(await polled).toEqual([]);
  });

  test('can be given up by signal', async () => {
    const { req, rep } = await converse();
    const controller = new AbortController();
    const reason = new Error('given up');
    const outcome = errorOf(poll([rep], { signal: controller.signal }));
    controller.abort(reason);
    expect(await outcome).toBe(reason);
    expect(await errorOf(poll([rep], { signal: AbortSignal.abort(reason) }))).toBe(reason);
    await req.send('q');
    expect(await poll([rep])).toEqual([rep]);
  });

  test('rejects with EBADF when a socket is closed or becomes so', async () => {
    const { rep } = await converse();
    const other = makeReply();
    const outcome = errorOf(poll([other, rep]));
    rep.close();
    expect(await outcome).toMatchObject({ code: 'EBADF' });
    expect(await errorOf(poll([other, rep]))).toMatchObject({ code: 'EBADF' });
  });

  test('leaves nothing behind: a socket that was polled with another can be forgotten', async () => {
    const { req, rep } = await converse();
    const forgotten = await (async () => {
      // Not owned by the test, which would hold it.
      const other = new Reply();
      const polled = poll([rep, other]);
      await req.send('q');
      await polled;
      return new WeakRef(other);
    })();
    await turn();
    collectGarbage();
    expect(forgotten.deref()).toBeUndefined();
  });

  test.each([[[{}]], [[null]], [['text']], [[new Context()]], ['text'], [5], [null], [undefined]])(
    'refuses %o',
    async (sockets) => {
      const error = await errorOf(poll(alien(sockets), { timeout: 0 }));
      expect(error).toBeInstanceOf(TypeError);
      expect(error).toMatchObject({ code: 'EINVAL' });
    },
  );

  test('refuses a socket that never receives', async () => {
    for (const socket of [own(new Push()), own(new Publisher())]) {
      expect(await errorOf(poll([makeReply(), socket]))).toMatchObject({
        code: 'ENOTSUP',
        detail: expect.stringMatching(/^a (PUSH|PUB) socket does not receive$/),
      });
    }
  });

  test.each([null, 5, { timeout: -2 }, { timeout: 'x' }, { signal: {} }])(
    'refuses the options %o',
    async (options) => {
      expect(await errorOf(poll([makeReply()], alien(options)))).toMatchObject({ code: 'EINVAL' });
    },
  );
});
