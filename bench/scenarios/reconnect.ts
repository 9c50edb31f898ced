/**
 * 100 DEALERs in one process whose ROUTER is killed and starts again: the time from its `bind` until each has had an
 * answer.
 *
 * @module
 */
import { setTimeout } from 'node:timers/promises';
import { startPeer } from '../contenders.ts';
import { freshAddress } from '../peer.ts';
import type { Scenario } from '../scenario.ts';

const CLIENTS = 100;
/** Until all clients have noticed that the server is gone. */
const NOTICE = 200;

export const RECONNECT: Scenario = {
  name: 'reconnect',
  title: '100 clients whose server starts again, tcp, until all are served',
  contenders: ['zmtp', 'zeromq', 'libzmq'],
  cases: [{ name: '100 clients', args: [CLIENTS] }],
  metrics: [{ name: 'time', unit: 'ms', better: 'less', of: ([time = Number.NaN]) => time }],
  isShared: true,
  start: async (contender) => {
    let server = await startPeer(contender, 'reconnect');
    const clients = await startPeer(contender, 'reconnect');
    const endpoint = await server.text('serve', freshAddress('tcp'));
    await clients.call('connect', endpoint, CLIENTS);
    await clients.call('ask');
    return {
      measure: async () => {
        const next = await startPeer(contender, 'reconnect');
        server.stop();
        server = next;
        await setTimeout(NOTICE);
        const asked = clients.call('ask');
        await next.call('serve', endpoint);
        const start = performance.now();
        await asked;
        return [performance.now() - start];
      },
    };
  },
};
