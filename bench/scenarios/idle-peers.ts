/**
 * What peers cost that say nothing: memory and connecting for 5,000 of them on one ROUTER, and the speed of one active
 * peer among up to 1,000 of them. The idle ones are the same program for every contender.
 *
 * @module
 */
import { startIdlePeers, startPeer } from '../contenders.ts';
import { freshAddress } from '../peer.ts';
import { type Case, RATE, type Scenario } from '../scenario.ts';
import { OUTSTANDING } from './dealer-router.ts';
import { startPair, transfer } from './push-pull.ts';
import { rateRig } from './rate.ts';

const CONNECTIONS = 5000;
const SIZE = 128;

const GROWTH: readonly Case[] = [1, 10, 100, 1000].map((idle) => ({
  name: idle === 1 ? '1 idle peer' : `${idle.toLocaleString('en')} idle peers`,
  args: [idle],
}));

export const CONNECTIONS_OF_ROUTER: Scenario = {
  name: 'connections',
  title: '5,000 idle connections on one ROUTER, tcp',
  contenders: ['zmtp', 'zeromq', 'libzmq'],
  cases: [{ name: '5,000 peers', args: [CONNECTIONS] }],
  metrics: [
    { name: 'memory each', unit: 'B', better: 'less', of: ([bytes = Number.NaN]) => bytes },
    { name: 'connect all', unit: 'ms', better: 'less', of: ([, time = Number.NaN]) => time },
  ],
  isShared: false,
  isOneShot: true,
  start: async (contender) => {
    const server = await startPeer(contender, 'connections', { hasManyFiles: true });
    const idle = await startIdlePeers();
    const endpoint = await server.text('serve', freshAddress('tcp'));
    return {
      measure: async ({ args: [count = 0] }) => {
        const before = await server.number('memory');
        const time = await idle.number('hold', endpoint, 'DEALER', count);
        const after = await server.number('memory');
        return [(after - before) / count, time];
      },
    };
  },
};

export const IDLE_PULL: Scenario = {
  name: 'idle-pull',
  title: 'PUSH → PULL among idle peers, 128 B, tcp',
  contenders: ['zmtp', 'zeromq', 'libzmq'],
  cases: GROWTH,
  metrics: [RATE],
  isShared: false,
  start: async (contender, plan, { args: [count = 0] }) => {
    const pair = await startPair(contender, { transport: 'tcp', senders: 1 });
    const idle = await startIdlePeers();
    await idle.call('hold', pair.endpoint, 'PUSH', count);
    return rateRig(plan, (_, messages) => transfer(pair, SIZE, 1, messages));
  },
};

export const IDLE_ROUTER: Scenario = {
  name: 'idle-router',
  title: 'DEALER → ROUTER → DEALER among idle peers, 128 B, 64 outstanding, tcp',
  contenders: ['zmtp', 'zeromq', 'libzmq'],
  cases: GROWTH,
  metrics: [{ ...RATE, unit: 'trips/s' }],
  isShared: false,
  start: async (contender, plan, { args: [count = 0] }) => {
    const server = await startPeer(contender, 'dealer-router', { hasManyFiles: true });
    const client = await startPeer(contender, 'dealer-router');
    const idle = await startIdlePeers();
    const endpoint = await server.text('serve', freshAddress('tcp'));
    await idle.call('hold', endpoint, 'DEALER', count);
    await client.call('connect', endpoint);
    return rateRig(plan, (_, trips) => client.number('measure', SIZE, OUTSTANDING, trips));
  },
};
