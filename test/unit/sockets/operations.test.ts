import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { Operations } from '../../../src/sockets/operations.ts';
import { turn } from '../../../src/testing/turn.ts';
import { watchProcess } from '../../support/watch.ts';
import { converse, errorOf, makeReply, makeRequest, stateOf, texts } from './conversation.ts';

watchProcess();

const NEVER = -1;

function makeOperations(onRemoved: () => void = () => {}): Operations<string, number> {
  return new Operations('test', (timeout) => new Error(`timed out after ${timeout}`), onRemoved);
}

describe('Operations', () => {
  test('wait in order and leave one by one', async () => {
    let removed = 0;
    const operations = makeOperations(() => {
      removed++;
    });
    const results = ['a', 'b', 'c'].map((item) => operations.add(item, NEVER, 10, undefined));
    expect(operations.size).toBe(3);
    for (const [index, item] of ['a', 'b', 'c'].entries()) {
      expect(operations.first?.item).toBe(item);
      operations.first?.resolve(index);
    }
    expect(operations.first).toBeUndefined();
    expect(operations.size).toBe(0);
    expect(await Promise.all(results)).toEqual([0, 1, 2]);
    expect(removed).toBe(3);
  });

  test('can leave from the middle, the beginning and the end', async () => {
    const controllers = Array.from({ length: 5 }, () => new AbortController());
    for (const [middle, left] of [
      [2, 'abde'],
      [0, 'bcde'],
      [4, 'abcd'],
    ] as const) {
      const operations = makeOperations();
      const outcomes = [...'abcde'].map((item, i) => {
        const signal = i === middle ? controllers[i]?.signal : undefined;
        return operations.add(item, NEVER, 10, signal).catch((error: unknown) => error);
      });
      controllers[middle]?.abort(new Error('given up'));
      expect(await outcomes[middle]).toMatchObject({ message: 'given up' });
      let order = '';
      for (let next = operations.first; next !== undefined; next = operations.first) {
        order += next.item;
        next.resolve(1);
      }
      expect(order).toBe(left);
    }
  });

  test('settle once', async () => {
    const operations = makeOperations();
    const result = operations.add('a', NEVER, 10, undefined);
    const operation = operations.first;
    operation?.resolve(1);
    operation?.resolve(2);
    operation?.reject(new Error('late'));
    expect(await result).toBe(1);
    expect(operations.size).toBe(0);
  });

  test('have left the queue when the caller hears of it', () => {
    const sizes: number[] = [];
    const operations: Operations<string, number> = makeOperations(() =>
      sizes.push(operations.size),
    );
    void operations.add('a', NEVER, 10, undefined);
    void operations.add('b', NEVER, 10, undefined);
    operations.first?.resolve(1);
    operations.first?.resolve(1);
    expect(sizes).toEqual([1, 0]);
  });

  test('beyond the limit are refused with EBUSY', async () => {
    const operations = makeOperations();
    void operations.add('a', NEVER, 2, undefined);
    void operations.add('b', NEVER, 2, undefined);
    expect(await errorOf(operations.add('c', NEVER, 2, undefined))).toMatchObject({
      code: 'EBUSY',
    });
    operations.first?.resolve(1);
    void operations.add('d', NEVER, 2, undefined);
    expect(operations.size).toBe(2);
    operations.first?.resolve(1);
    operations.first?.resolve(1);
  });

  test('with timeout 0 do not wait', async () => {
    const operations = makeOperations();
    expect(await errorOf(operations.add('a', 0, 10, undefined))).toMatchObject({
      message: 'timed out after 0',
    });
    expect(operations.size).toBe(0);
  });

  test('time out', async () => {
    const operations = makeOperations();
    const outcome = errorOf(operations.add('a', 5, 10, undefined));
    expect(operations.size).toBe(1);
    expect(await outcome).toMatchObject({ message: 'timed out after 5' });
    expect(operations.size).toBe(0);
  });

  test('with a signal that was aborted before do not begin', async () => {
    const operations = makeOperations();
    const reason = new Error('too late');
    expect(await errorOf(operations.add('a', NEVER, 10, AbortSignal.abort(reason)))).toBe(reason);
    expect(operations.size).toBe(0);
  });

  test('leave nothing behind at the signal, however they end', async () => {
    const { signal } = new AbortController();
    const operations = makeOperations();
    const listeners = (): number => getEventListeners(signal, 'abort').length;
    void operations.add('a', NEVER, 10, signal);
    const rejected = errorOf(operations.add('b', NEVER, 10, signal));
    const expired = errorOf(operations.add('c', 1, 10, signal));
    expect(listeners()).toBe(3);
    operations.first?.resolve(1);
    operations.first?.reject(new Error('no'));
    await Promise.all([rejected, expired]);
    expect(listeners()).toBe(0);
  });

  test('are all rejected, in order', async () => {
    const operations = makeOperations();
    const order: string[] = [];
    const outcomes = ['a', 'b', 'c'].map((item) =>
      operations.add(item, NEVER, 10, undefined).catch(() => order.push(item)),
    );
    operations.rejectAll(() => new Error('over'));
    await Promise.all(outcomes);
    expect(order).toEqual(['a', 'b', 'c']);
    expect(operations.size).toBe(0);
  });
});

describe('receive', () => {
  test('calls are served in order', async () => {
    const { req, rep } = await converse();
    const order: string[] = [];
    const waiting = [0, 1, 2].map(async (number) => {
      const [frame] = await rep.receive();
      order.push(`${number}:${String(frame)}`);
      await rep.send('a');
    });
    for (const text of ['x', 'y', 'z']) {
      await req.send(text);
      await req.receive();
    }
    await Promise.all(waiting);
    expect(order).toEqual(['0:x', '1:y', '2:z']);
  });

  test('given up by timeout takes no message with it', async () => {
    const { req, rep } = await converse();
    expect(await errorOf(rep.receive({ timeout: 1 }))).toMatchObject({
      code: 'EAGAIN',
      message: 'Operation was not possible or timed out',
    });
    await req.send('a');
    expect(texts(await rep.receive())).toEqual(['a']);
  });

  test('given up by signal takes no message with it, whenever that is', async () => {
    const { req, rep } = await converse();
    const reason = new Error('given up');
    for (const moment of ['before', 'while'] as const) {
      const controller = new AbortController();
      if (moment === 'before') controller.abort(reason);
      const first = errorOf(rep.receive({ signal: controller.signal }));
      const second = rep.receive();
      controller.abort(reason);
      await req.send(moment);
      expect(await first).toBe(reason);
      expect(texts(await second)).toEqual([moment]);
      await rep.send('a');
      await req.receive();
    }
  });

  test('takes none that comes of the very signal that gives it up', async () => {
    const { req, rep } = await converse();
    const controller = new AbortController();
    const { signal } = controller;
    // Is told before the socket is.
    signal.addEventListener('abort', () => void req.send('a'));
    const given = errorOf(rep.receive({ signal }));
    const reason = new Error('given up');
    controller.abort(reason);
    expect(await given).toBe(reason);
    expect(texts(await rep.receive())).toEqual(['a']);
  });

  test('a signal that fires when the message has been taken comes too late', async () => {
    const { req, rep } = await converse();
    const controller = new AbortController();
    const received = rep.receive({ signal: controller.signal });
    const sent = req.send('a');
    controller.abort();
    expect(texts(await received)).toEqual(['a']);
    await sent;
  });

  test('0 does not wait, and takes what is there', async () => {
    const { req, rep } = await converse();
    expect(await errorOf(rep.receive({ timeout: 0 }))).toMatchObject({ code: 'EAGAIN' });
    await req.send('a');
    expect(texts(await rep.receive({ timeout: 0 }))).toEqual(['a']);
  });

  test('an aborted signal wins over a message that is there', async () => {
    const { req, rep } = await converse();
    await req.send('a');
    const reason = new Error('no');
    expect(await errorOf(rep.receive({ signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(texts(await rep.receive())).toEqual(['a']);
  });

  test('the option is the default, the call decides', async () => {
    const { rep } = await converse();
    rep.receiveTimeout = 0;
    expect(await errorOf(rep.receive())).toMatchObject({ code: 'EAGAIN' });
    expect(await stateOf(rep.receive({ timeout: -1 }))).toBe('pending');
  });

  test('out of turn is EFSM once its time is over, and says so', async () => {
    const { req, rep } = await converse();
    expect(await errorOf(req.receive({ timeout: 0 }))).toMatchObject({
      code: 'EFSM',
      message: 'Operation cannot be accomplished in current state',
    });
    expect(await errorOf(req.receive({ timeout: 1 }))).toMatchObject({ code: 'EFSM' });
    await req.send('q');
    await rep.receive();
    expect(await errorOf(rep.receive({ timeout: 0 }))).toMatchObject({ code: 'EFSM' });
  });

  test('beyond maxPendingOperations is EBUSY', async () => {
    const rep = makeReply({ maxPendingOperations: 2 });
    const waiting = [errorOf(rep.receive()), errorOf(rep.receive())];
    expect(await errorOf(rep.receive())).toMatchObject({ code: 'EBUSY' });
    rep.maxPendingOperations = 3;
    expect(await stateOf(rep.receive())).toBe('pending');
    rep.close();
    await Promise.all(waiting);
  });

  test('a failed call does not hold up the next', async () => {
    const { req, rep } = await converse();
    const first = errorOf(rep.receive({ timeout: 1 }));
    const second = rep.receive();
    await first;
    await req.send('a');
    expect(texts(await second)).toEqual(['a']);
  });
});

describe('send', () => {
  test('calls that wait go in order, and are counted', async () => {
    const { context, rep } = await converse();
    const req = makeRequest({ context });
    const sent = ['a', 'b', 'c'].map((text) => req.send(text));
    expect(req.pendingSends).toBe(3);
    expect(req.writable).toBe(false);
    req.connect('inproc://test');
    expect(req.pendingSends).toBe(2);
    for (const text of ['a', 'b', 'c']) {
      expect(texts(await rep.receive())).toEqual([text]);
      await rep.send(`re ${text}`);
      expect(texts(await req.receive())).toEqual([`re ${text}`]);
    }
    await Promise.all(sent);
    expect(req.pendingSends).toBe(0);
  });

  test('waits for its turn, not only for a peer', async () => {
    const { req, rep } = await converse();
    await req.send('first');
    const second = req.send('second');
    expect(await stateOf(second)).toBe('pending');
    await rep.receive();
    await rep.send('a');
    expect(await stateOf(second), 'the reply has not been received').toBe('pending');
    await req.receive();
    await second;
    expect(texts(await rep.receive())).toEqual(['second']);
  });

  test('given up is never sent', async () => {
    const { context, rep } = await converse();
    const req = makeRequest({ context });
    const controller = new AbortController();
    const reason = new Error('given up');
    const aborted = errorOf(req.send('aborted', { signal: controller.signal }));
    const expired = errorOf(req.send('expired', { timeout: 1 }));
    const sent = req.send('sent');
    controller.abort(reason);
    expect(await aborted).toBe(reason);
    expect(await expired).toMatchObject({ code: 'EAGAIN' });
    req.connect('inproc://test');
    await sent;
    expect(texts(await rep.receive())).toEqual(['sent']);
    await rep.send('a');
    await req.receive();
    await turn();
    expect(rep.readable).toBe(false);
  });

  test('is not sent because of the very signal that gives it up', async () => {
    const { context, rep } = await converse();
    const req = makeRequest({ context });
    const controller = new AbortController();
    const { signal } = controller;
    signal.addEventListener('abort', () => req.connect('inproc://test'));
    const reason = new Error('given up');
    const outcomes = [errorOf(req.send('a', { signal })), errorOf(req.request('b', { signal }))];
    controller.abort(reason);
    expect(await Promise.all(outcomes)).toEqual([reason, reason]);
    expect(rep.readable).toBe(false);
    expect(req.writable).toBe(true);
  });

  test('an aborted signal wins over a peer that is there', async () => {
    const { req, rep } = await converse();
    const reason = new Error('no');
    expect(await errorOf(req.send('x', { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(rep.readable).toBe(false);
    expect(req.writable).toBe(true);
  });

  test('a signal that fires afterwards changes nothing', async () => {
    const { req, rep } = await converse();
    const controller = new AbortController();
    await req.send('x', { signal: controller.signal });
    controller.abort();
    expect(texts(await rep.receive())).toEqual(['x']);
  });

  test('without a peer is EAGAIN, out of turn is EFSM', async () => {
    const lonely = makeRequest({ sendTimeout: 0 });
    expect(await errorOf(lonely.send('x'))).toMatchObject({ code: 'EAGAIN' });
    expect(await errorOf(lonely.send('x', { timeout: 1 }))).toMatchObject({ code: 'EAGAIN' });
    const { req, rep } = await converse();
    await req.send('q');
    for (const timeout of [0, 1]) {
      expect(await errorOf(req.send('x', { timeout }))).toMatchObject({ code: 'EFSM' });
      expect(await errorOf(rep.send('x', { timeout }))).toMatchObject({ code: 'EFSM' });
    }
  });

  test('beyond maxPendingOperations is EBUSY, requests included', async () => {
    const req = makeRequest({ maxPendingOperations: 2 });
    const waiting = [errorOf(req.send('a')), errorOf(req.send('b'))];
    expect(await errorOf(req.send('c'))).toMatchObject({ code: 'EBUSY' });
    expect(await errorOf(req.request('d'))).toMatchObject({ code: 'EBUSY' });
    req.close();
    await Promise.all(waiting);
  });

  test('of a REP that waits for its turn goes out with the request', async () => {
    const { req, rep } = await converse();
    const sent = rep.send('prepared');
    const received = rep.receive();
    await req.send('q');
    expect(texts(await received)).toEqual(['q']);
    await sent;
    expect(texts(await req.receive())).toEqual(['prepared']);
  });
});

describe('many calls', () => {
  test('share one signal without a warning', async () => {
    const controller = new AbortController();
    const rep = makeReply();
    const waiting = Array.from({ length: 50 }, () =>
      errorOf(rep.receive({ signal: controller.signal })),
    );
    controller.abort(new Error('all'));
    for (const error of await Promise.all(waiting)) expect(error).toMatchObject({ message: 'all' });
  });

  test('thousands wait and are served in order', async () => {
    const { req, rep } = await converse();
    const count = 2500;
    const replies: string[] = [];
    const requests = Array.from({ length: count }, (_, i) =>
      req.request(`${i}`).then(([frame]) => replies.push(String(frame))),
    );
    for (let i = 0; i < count; i++) {
      const [frame] = await rep.receive();
      await rep.send(frame ?? '');
    }
    await Promise.all(requests);
    expect(replies).toEqual(Array.from({ length: count }, (_, i) => `${i}`));
  });
});
