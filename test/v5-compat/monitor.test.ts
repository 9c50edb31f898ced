/**
 * `monitor` of the older API: the events, their names and arguments.
 *
 * @module
 */
import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { freePort } from '../support/peers/endpoints.ts';
import { watchProcess } from '../support/watch.ts';
import { ANY_PORT, bound, IMPLEMENTATIONS, open, record } from './modules.ts';

describe.each(IMPLEMENTATIONS)('$name', ({ zmq, isOurs }) => {
  describe('quietly', () => {
    watchProcess();

    it('tells of both ends of a connection', async () => {
      const rep = open(zmq, 'rep');
      const server = record(rep, 'listen', 'accept', 'disconnect', 'close');
      expect(rep.monitor()).toBe(rep);
      const endpoint = await bound(rep);
      expect(await server.next('listen')).toEqual([undefined, endpoint, undefined]);

      const req = open(zmq, 'req');
      const client = record(req, 'connect_delay', 'connect');
      req.monitor();
      req.connect(endpoint);
      expect(await client.next('connect_delay')).toEqual([undefined, endpoint, undefined]);
      expect(await client.next('connect')).toEqual([undefined, endpoint, undefined]);
      expect(await server.next('accept')).toEqual([undefined, endpoint, undefined]);
      req.close();
      expect(await server.next('disconnect')).toEqual([undefined, endpoint, undefined]);
      rep.unbind(endpoint);
      expect(await server.next('close')).toEqual([undefined, endpoint, undefined]);
    });

    it('tells of attempts to connect', async () => {
      const endpoint = `tcp://127.0.0.1:${await freePort()}`;
      const req = open(zmq, 'req', { reconnect_ivl: 10 });
      const log = record(req, 'connect_retry', 'close');
      req.monitor().connect(endpoint);
      expect(await log.next('close')).toEqual([undefined, endpoint, undefined]);
      const args = await log.next('connect_retry');
      expect(args).toEqual([expect.any(Number), endpoint, undefined]);
      expect(args[0]).toBeGreaterThan(0);
      expect(args[0]).toBeLessThanOrEqual(20);
      await log.next('connect_retry');
    });

    it('tells of a bind that failed, by its number', async () => {
      const taken = await bound(open(zmq, 'rep'));
      const rep = open(zmq, 'rep');
      const log = record(rep, 'bind_error', 'error');
      rep.monitor();
      rep.bind(taken);
      const args = await log.next('bind_error');
      // npm `zeromq` leaves the scheme out of this address.
      expect(taken).toContain(String(args[1]));
      expect(args[2]).toBeInstanceOf(Error);
      expect(args[2]).toMatchObject({ code: 'EADDRINUSE' });
      expect(args[0]).toBe(constants.errno.EADDRINUSE);
    });

    it('is silent without monitor, and after unmonitor', async () => {
      const rep = open(zmq, 'rep');
      const log = record(rep, 'listen');
      await bound(rep);
      // After this npm `zeromq` reports no bind any more.
      if (isOurs) {
        expect(rep.unmonitor()).toBe(rep);
        await bound(rep);
        rep.monitor();
        expect(rep.unmonitor()).toBe(rep);
        await bound(rep);
      }
      expect(log.all).toEqual([]);
    });

    it.runIf(isOurs)('may be asked for again', async () => {
      const rep = open(zmq, 'rep');
      const log = record(rep, 'listen');
      rep.monitor().unmonitor().monitor().monitor();
      const first = await bound(rep);
      expect((await log.next('listen'))[1]).toBe(first);
      rep.unmonitor();
      await bound(rep);
      rep.monitor();
      const third = await bound(rep);
      expect((await log.next('listen'))[1]).toBe(third);
      expect(log.all).toHaveLength(2);
    });

    it.runIf(isOurs)('can be ended after close', () => {
      const rep = zmq.socket('rep').monitor().close();
      expect(rep.unmonitor()).toBe(rep);
      expect(rep.unmonitor()).toBe(rep);
    });
  });

  it('warns of arguments', async () => {
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    const rep = open(zmq, 'rep');
    rep.monitor(100, 0);
    expect((await warned).message).toBe(
      'Arguments to monitor() are ignored in compatibility mode; all events are read automatically',
    );
    await bound(rep, ANY_PORT);
    rep.close();
  });
});
