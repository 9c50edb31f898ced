/**
 * `bind`, `connect` and `close` of the older API: events, callbacks and errors.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { freePort } from '../support/peers/endpoints.ts';
import { own, watchProcess } from '../support/watch.ts';
import { ANY_PORT, bound, IMPLEMENTATIONS, open, pair, record, sent } from './modules.ts';

watchProcess();

describe.each(IMPLEMENTATIONS)('$name', ({ zmq, isOurs }) => {
  it('bind emits the address, then calls back', async () => {
    const socket = open(zmq, 'rep');
    const order: unknown[] = [];
    socket.on('bind', (...args: unknown[]) => order.push(['event', ...args]));
    await new Promise<void>((resolve) => {
      const returned = socket.bind(ANY_PORT, (...args) => {
        order.push(['callback', ...args]);
        resolve();
      });
      expect(returned).toBe(socket);
      expect(order).toEqual([]);
    });
    expect(order).toEqual([['event', ANY_PORT], ['callback']]);
    expect(socket['last_endpoint']).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/);
  });

  it('unbind emits the address, then calls back, and the port is free', async () => {
    const socket = open(zmq, 'rep');
    const endpoint = await bound(socket);
    const order: unknown[] = [];
    socket.on('unbind', (...args: unknown[]) => order.push(['event', ...args]));
    await new Promise<void>((resolve) => {
      const returned = socket.unbind(endpoint, (...args) => {
        order.push(['callback', ...args]);
        resolve();
      });
      expect(returned).toBe(socket);
    });
    expect(order).toEqual([['event', endpoint], ['callback']]);
    // libzmq closes the port a moment later.
    if (isOurs) expect(await bound(open(zmq, 'rep'), endpoint)).toBe(endpoint);
  });

  it('a bind that fails calls back and emits nothing', async () => {
    const socket = open(zmq, 'rep');
    const log = record(socket, 'bind', 'error');
    const args = await new Promise<unknown[]>((resolve) => {
      socket.bind('foo://bar', (...args) => resolve(args));
    });
    expect(args).toMatchObject([
      { message: 'Protocol not supported', code: 'EPROTONOSUPPORT', address: 'foo://bar' },
    ]);
    expect(log.all).toEqual([]);
  });

  it('a bind or unbind that fails without a callback emits an error', async () => {
    const taken = await bound(open(zmq, 'rep'));
    const socket = open(zmq, 'rep');
    const log = record(socket, 'bind', 'unbind', 'error');
    socket.bind(taken);
    expect(await log.error()).toMatchObject({
      message: 'Address already in use',
      code: 'EADDRINUSE',
      address: taken,
    });
    socket.unbind(taken);
    expect(await log.error()).toMatchObject({ code: 'ENOENT', address: taken });
    expect(log.all).toHaveLength(2);
  });

  it.runIf(isOurs)('binds twice in one turn', async () => {
    const socket = open(zmq, 'pull');
    const log = record(socket, 'bind');
    socket.bind(ANY_PORT).bind('inproc://v5-compat-twice');
    const addresses = [await log.next('bind'), await log.next('bind')].flat();
    expect(addresses.toSorted()).toEqual(['inproc://v5-compat-twice', ANY_PORT]);
  });

  it('bindSync binds or throws', () => {
    const first = open(zmq, 'rep');
    expect(first.bindSync('inproc://v5-compat-sync')).toBeUndefined();
    expect(() => open(zmq, 'rep').bindSync('inproc://v5-compat-sync')).toThrow(
      expect.objectContaining({ code: 'EADDRINUSE' }),
    );
    expect(() => first.bindSync('foo-bar')).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  it('bindSync listens on a port', async () => {
    const pull = open(zmq, 'pull');
    const endpoint = `tcp://127.0.0.1:${await freePort()}`;
    pull.bindSync(endpoint);
    const push = open(zmq, 'push');
    push.connect(endpoint);
    const log = record(pull);
    push.send('x');
    expect(await log.message()).toEqual(['x']);
  });

  it('connect and disconnect chain, and throw what is wrong', async () => {
    const socket = open(zmq, 'req');
    const endpoint = await bound(open(zmq, 'rep'));
    expect(socket.connect(endpoint)).toBe(socket);
    expect(socket.disconnect(endpoint)).toBe(socket);
    expect(() => socket.disconnect(endpoint)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    expect(() => socket.connect('foo-bar')).toThrow(
      expect.objectContaining({ code: 'EINVAL', address: 'foo-bar' }),
    );
  });

  it('read says that it is gone', () => {
    expect(() => open(zmq, 'req').read()).toThrow(
      "read() has been removed from compatibility mode; use on('message', ...) instead.",
    );
  });

  describe('close', () => {
    it('chains, and may be called twice', () => {
      const socket = zmq.socket('req');
      expect(socket.close()).toBe(socket);
      expect(socket.closed).toBe(true);
      expect(socket.close()).toBe(socket);
    });

    it('leaves nothing that can be bound or connected', () => {
      const socket = zmq.socket('req').close();
      const closed = expect.objectContaining({ code: 'EBADF', message: 'Socket is closed' });
      expect(() => socket.bind(ANY_PORT)).toThrow(closed);
      expect(() => socket.unbind(ANY_PORT)).toThrow(closed);
      expect(() => socket.bindSync(ANY_PORT)).toThrow(closed);
      expect(() => socket.connect('tcp://127.0.0.1:1')).toThrow(closed);
      expect(() => socket.disconnect('tcp://127.0.0.1:1')).toThrow(closed);
    });

    it('fails the message that waits for a peer', async () => {
      const push = open(zmq, 'push');
      const waiting = sent(push, 'never');
      push.close();
      expect(await waiting).toMatchObject([{ code: 'EAGAIN' }]);
    });

    it.runIf(isOurs)('fails all messages that wait, in order, and emits no error', async () => {
      for (const isPaused of [false, true]) {
        const push = open(zmq, 'push');
        const log = record(push, 'error');
        if (isPaused) push.pause();
        const codes: unknown[] = [];
        const waiting = Array.from({ length: 3000 }, (_, index) =>
          sent(push, String(index)).then(([error]) =>
            codes.push([index, (error as { code: string }).code]),
          ),
        );
        push.send('without a callback');
        push.close();
        await Promise.all(waiting);
        expect(codes[0]).toEqual([0, isPaused ? 'EBADF' : 'EAGAIN']);
        expect(codes.slice(1)).toEqual(
          Array.from({ length: 2999 }, (_, index) => [index + 1, 'EBADF']),
        );
        expect(log.all).toEqual([]);
      }
    });

    it.runIf(isOurs)('makes a later send fail in its callback, and no error', async () => {
      const push = zmq.socket('push').close();
      const log = record(push, 'error');
      push.send('x');
      expect(await sent(push, 'x')).toMatchObject([{ code: 'EBADF' }]);
      expect(log.all).toEqual([]);
    });

    it.runIf(isOurs)('from inside a listener is the end of messages', async () => {
      const [pull, push] = await pair(zmq, 'pull', 'push');
      const log = record(pull);
      pull.on('message', () => pull.close());
      const other = open(zmq, 'pull');
      for (const text of ['1', '2', '3']) push.send(text);
      expect(await log.message()).toEqual(['1']);
      // What was on its way when the socket was closed had its chance by the time of a round trip elsewhere.
      const witness = record(other);
      const sender = own(zmq.socket('push'));
      sender.connect(await bound(other));
      sender.send('x');
      await witness.message();
      expect(log.all).toHaveLength(1);
    });
  });
});
