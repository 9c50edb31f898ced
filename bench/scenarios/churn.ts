/**
 * Subscriptions and their cancellations in a second, from a SUB until the application of an XPUB hears of them.
 *
 * @module
 */
import { startPeer } from '../contenders.ts';
import { freshAddress } from '../peer.ts';
import { RATE, type Scenario } from '../scenario.ts';
import { rateRig } from './rate.ts';

export const CHURN: Scenario = {
  name: 'churn',
  title: 'SUB → XPUB, subscribing and cancelling, tcp',
  contenders: ['zmtp', 'zeromq', 'libzmq'],
  cases: [{ name: 'changes', args: [] }],
  metrics: [{ ...RATE, unit: 'changes/s' }],
  isShared: true,
  start: async (contender, plan) => {
    const xpub = await startPeer(contender, 'churn');
    const sub = await startPeer(contender, 'churn');
    await sub.call('connect', await xpub.text('bind', freshAddress('tcp')));
    await xpub.call('ready');
    return rateRig(plan, async (_, count) => {
      const even = count + (count % 2);
      const [rate] = await Promise.all([xpub.number('receive', even), sub.call('send', even)]);
      return rate;
    });
  },
};
