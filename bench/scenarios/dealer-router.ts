/**
 * Requests answered in a second by a ROUTER for a DEALER that has 64 of them under way.
 *
 * @module
 */
import { startPeer } from '../contenders.ts';
import { freshAddress } from '../peer.ts';
import { RATE, type Scenario } from '../scenario.ts';
import { rateRig } from './rate.ts';

export const OUTSTANDING = 64;

export const DEALER_ROUTER: Scenario = {
  name: 'dealer-router',
  title: 'DEALER → ROUTER → DEALER, 64 outstanding, tcp',
  contenders: ['zmtp', 'zeromq', 'libzmq', 'pyzmq'],
  cases: [
    { name: '10 B', args: [10] },
    { name: '1 KiB', args: [1024] },
  ],
  metrics: [{ ...RATE, unit: 'trips/s' }],
  isShared: true,
  start: async (contender, plan) => {
    const server = await startPeer(contender, 'dealer-router');
    const client = await startPeer(contender, 'dealer-router');
    await client.call('connect', await server.text('serve', freshAddress('tcp')));
    return rateRig(plan, ({ args: [size = 0] }, count) =>
      client.number('measure', size, OUTSTANDING, count),
    );
  },
};
