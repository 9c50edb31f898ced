/**
 * `send` of the older API: parts, the queue, callbacks and errors, `pause` and `resume`.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { watchProcess } from '../support/watch.ts';
import { ANY_PORT, bound, IMPLEMENTATIONS, open, pair, record, sent } from './modules.ts';

watchProcess();

/** Takes what reaches the process while `run` does, instead of the test runner. */
async function uncaughtDuring(run: () => Promise<void>): Promise<unknown[]> {
  const others = process.listeners('uncaughtException');
  const caught: unknown[] = [];
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => caught.push(error));
  try {
    await run();
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const listener of others) process.on('uncaughtException', listener);
  }
  return caught;
}

describe.each(IMPLEMENTATIONS)('$name', ({ zmq, isOurs }) => {
  describe('parts', () => {
    it('ZMQ_SNDMORE gathers frames until a call without it', async () => {
      const [pull, push] = await pair(zmq, 'pull', 'push');
      const log = record(pull);
      push.send('a', zmq.ZMQ_SNDMORE);
      push.send(['b', 'c'], zmq.ZMQ_SNDMORE);
      push.send('d');
      push.send('alone');
      expect(await log.message()).toEqual(['a', 'b', 'c', 'd']);
      expect(await log.message()).toEqual(['alone']);
    });

    it('other flags, null and undefined do not', async () => {
      const [pull, push] = await pair(zmq, 'pull', 'push');
      const log = record(pull);
      for (const flags of [0, 1, null, undefined]) {
        push.send('part', flags);
        expect(await log.message()).toEqual(['part']);
      }
    });

    it('an array may be changed after send', async () => {
      const [pull, push] = await pair(zmq, 'pull', 'push');
      const log = record(pull);
      const frames = ['one'];
      push.send(frames);
      frames[0] = 'other';
      frames.push('more');
      expect(await log.message()).toEqual(['one']);
    });
  });

  describe('the queue', () => {
    it('keeps the requests of a req while one has no reply', async () => {
      const [rep, req] = await pair(zmq, 'rep', 'req');
      const requests = record(rep);
      const replies = record(req);
      for (const text of ['1', '2', '3']) req.send(text);
      for (const text of ['1', '2', '3']) {
        expect(await requests.message()).toEqual([text]);
        expect(requests.count('message')).toBe(Number(text));
        rep.send(`re ${text}`);
        expect(await replies.message()).toEqual([`re ${text}`]);
      }
    });

    it('keeps more than the high water mark while there is no peer', async () => {
      const push = open(zmq, 'push', {});
      push.setsockopt(zmq.ZMQ_SNDHWM, 2);
      const texts = Array.from({ length: 3000 }, (_, i) => String(i));
      for (const text of texts) push.send(text);
      const pull = open(zmq, 'pull');
      const log = record(pull);
      push.connect(await bound(pull));
      for (const text of texts) expect(await log.message()).toEqual([text]);
    });

    it.runIf(isOurs)('is not lost when the socket is closed in the same turn', async () => {
      const pull = open(zmq, 'pull');
      const log = record(pull);
      const push = open(zmq, 'push', { linger: 5000 });
      push.connect(await bound(pull));
      push.send('1').send('2').send('3').close();
      for (const text of ['1', '2', '3']) expect(await log.message()).toEqual([text]);
    });
  });

  describe('callbacks', () => {
    it('hear nothing when all is well, and not in the turn of the call', async () => {
      const [, push] = await pair(zmq, 'pull', 'push');
      let isSameTurn = true;
      const heard = new Promise<[unknown[], boolean]>((resolve) => {
        push.send('x', 0, (...args) => resolve([args, isSameTurn]));
      });
      isSameTurn = false;
      expect(await heard).toEqual([[], false]);
    });

    it('of the last part counts for the message', async () => {
      const [, push] = await pair(zmq, 'pull', 'push');
      const calls: string[] = [];
      push.send('a', zmq.ZMQ_SNDMORE, () => calls.push('a'));
      await new Promise<void>((resolve) => {
        push.send('b', 0, () => {
          calls.push('b');
          resolve();
        });
      });
      expect(calls).toEqual(['b']);
    });

    it('come in the order of the calls', async () => {
      const [, push] = await pair(zmq, 'pull', 'push');
      const order: number[] = [];
      const calls = [1, 2, 3, 4].map(
        (number) =>
          new Promise<void>((resolve) => {
            push.send(String(number), 0, () => {
              order.push(number);
              resolve();
            });
          }),
      );
      await Promise.all(calls);
      expect(order).toEqual([1, 2, 3, 4]);
    });

    it('hear what went wrong, and no error is emitted', async () => {
      const router = open(zmq, 'router');
      router.setsockopt(zmq.ZMQ_ROUTER_MANDATORY, 1);
      router.setsockopt(zmq.ZMQ_SNDTIMEO, 0);
      await bound(router);
      const errors = record(router, 'error');
      const [error] = await sent(router, ['nobody', 'x']);
      expect(error).toMatchObject({ code: 'EHOSTUNREACH', message: 'Host unreachable' });
      expect(errors.all).toEqual([]);
    });

    it('hear of a timeout', async () => {
      const dealer = open(zmq, 'dealer');
      dealer.setsockopt(zmq.ZMQ_SNDTIMEO, 0);
      const [error] = await sent(dealer, 'x');
      expect(error).toMatchObject({
        code: 'EAGAIN',
        message: 'Operation was not possible or timed out',
      });
    });

    it.runIf(isOurs)('that throw stop nothing but themselves', async () => {
      const [pull, push] = await pair(zmq, 'pull', 'push');
      const log = record(pull);
      const caught = await uncaughtDuring(async () => {
        push.send('1', 0, () => {
          throw new Error('from a callback');
        });
        push.send('2');
        expect(await log.message()).toEqual(['1']);
        expect(await log.message()).toEqual(['2']);
      });
      expect(caught).toMatchObject([{ message: 'from a callback' }]);
    });
  });

  describe('errors without a callback', () => {
    it('are emitted, and the messages behind go on', async () => {
      const router = open(zmq, 'router');
      const dealer = open(zmq, 'dealer', { identity: 'here' });
      router.setsockopt(zmq.ZMQ_ROUTER_MANDATORY, 1);
      dealer.connect(await bound(router));
      const hello = record(router);
      dealer.send('hello');
      await hello.message();

      const errors = record(router, 'error');
      const log = record(dealer);
      router.send(['nobody', 'x']);
      router.send(['here', 'y']);
      expect(await errors.error()).toMatchObject({ code: 'EHOSTUNREACH' });
      expect(await log.message()).toEqual(['y']);
      expect(errors.all).toHaveLength(1);
    });

    it('of what cannot become bytes are emitted too', async () => {
      const [pull, push] = await pair(zmq, 'pull', 'push');
      const errors = record(push, 'error');
      const log = record(pull);
      push.send(Symbol('s') as unknown as string);
      expect(await errors.error()).toMatchObject({
        message: 'Cannot convert a Symbol value to a string',
      });
      push.send('next');
      expect(await log.message()).toEqual(['next']);
    });

    it.runIf(isOurs)('tell a socket that only receives', async () => {
      for (const type of ['pull', 'sub'] as const) {
        const socket = open(zmq, type);
        const errors = record(socket, 'error');
        const expected = { code: 'ENOTSUP', message: 'Cannot send on this socket type.' };
        socket.send('x');
        expect(await errors.error()).toMatchObject(expected);
        expect(await sent(socket, 'x')).toMatchObject([expected]);
      }
    });
  });

  describe('pause and resume', () => {
    it('holds messages to send back', async () => {
      const [pull, push] = await pair(zmq, 'pull', 'push');
      const other = open(zmq, 'push');
      other.connect(String(pull['last_endpoint']));
      const log = record(pull);
      push.pause();
      push.send('1');
      push.send('2');
      // What another sends later is there first.
      other.send('not held');
      expect(await log.message()).toEqual(['not held']);
      push.resume();
      expect(await log.message()).toEqual(['1']);
      expect(await log.message()).toEqual(['2']);
    });

    it('holds messages that come back', async () => {
      const [pull, push] = await pair(zmq, 'pull', 'push');
      const log = record(pull);
      pull.pause();
      for (const text of ['1', '2', '3']) await sent(push, text);
      // Several turns of a conversation with somebody else over the same loop.
      const [rep, req] = await pair(zmq, 'rep', 'req');
      rep.on('message', () => rep.send('re'));
      const replies = record(req);
      for (let i = 0; i < 10; i++) {
        req.send('x');
        await replies.message();
      }
      expect(log.all).toEqual([]);
      pull.resume();
      expect(log.all).toEqual([]);
      for (const text of ['1', '2', '3']) expect(await log.message()).toEqual([text]);
    });

    it('may be called again and again', async () => {
      const [pull, push] = await pair(zmq, 'pull', 'push');
      const log = record(pull);
      for (const text of ['1', '2', '3', '4']) {
        pull.pause();
        push.send(text);
        pull.pause();
        pull.resume();
        pull.resume();
        expect(await log.message()).toEqual([text]);
      }
      expect(log.all).toHaveLength(4);
    });

    it.runIf(isOurs)('works from inside a listener, at once', async () => {
      const [pull, push] = await pair(zmq, 'pull', 'push');
      const log = record(pull);
      pull.on('message', () => pull.pause());
      for (const text of ['1', '2', '3']) push.send(text);
      for (const [index, text] of ['1', '2', '3'].entries()) {
        expect(await log.message()).toEqual([text]);
        expect(log.all).toHaveLength(index + 1);
        pull.resume();
      }
    });
  });

  it('goes on after a listener that throws', async () => {
    const [pull, push] = await pair(zmq, 'pull', 'push');
    const log = record(pull);
    pull.once('message', () => {
      throw new Error('from a listener');
    });
    const caught = await uncaughtDuring(async () => {
      push.send('1');
      push.send('2');
      expect(await log.message()).toEqual(['1']);
      expect(await log.message()).toEqual(['2']);
    });
    expect(caught).toMatchObject([{ message: 'from a listener' }]);
  });

  it('reports receive timeouts and goes on', async () => {
    const pull = open(zmq, 'pull');
    const endpoint = await bound(pull, ANY_PORT);
    pull.setsockopt(zmq.ZMQ_RCVTIMEO, 1);
    const log = record(pull, 'message', 'error');
    const push = open(zmq, 'push');
    push.connect(endpoint);
    push.send('1');
    await log.message();
    expect(await log.error()).toMatchObject({ code: 'EAGAIN' });
    push.send('2');
    expect(await log.message()).toEqual(['2']);
  });
});
