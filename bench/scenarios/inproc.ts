/**
 * Messages per second from PUSH to PULL within a process: in one thread for JavaScript, between two for libzmq.
 *
 * @module
 */
import { startPeer } from '../contenders.ts';
import { RATE, type Scenario } from '../scenario.ts';
import { rateRig } from './rate.ts';

export const INPROC: Scenario = {
  name: 'inproc',
  title: 'PUSH → PULL, inproc',
  contenders: ['zmtp', 'zeromq', 'libzmq'],
  cases: [
    { name: '10 B', args: [10] },
    { name: '64 KiB', args: [65_536] },
  ],
  metrics: [RATE],
  isShared: true,
  start: async (contender, plan) => {
    const peer = await startPeer(contender, 'inproc');
    await peer.call('open');
    return rateRig(plan, ({ args: [size = 0] }, count) => peer.number('measure', size, count));
  },
};
