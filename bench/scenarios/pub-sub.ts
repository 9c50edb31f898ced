/**
 * What a PUB delivers to all its SUBs together: to 1, 10 and 100 of them in one process, and with up to 100,000
 * subscriptions of one. Nothing is dropped, because there is no high-water mark; every message matches one subscription.
 *
 * @module
 */
import { setTimeout } from 'node:timers/promises';
import { type Contender, startPeer } from '../contenders.ts';
import { freshAddress } from '../peer.ts';
import { type Case, type Plan, RATE, type Rig, type Scenario } from '../scenario.ts';
import { rateRig } from './rate.ts';

const SIZE = 128;
const PROBE_INTERVAL = 20;

async function start(contender: Contender, plan: Plan, one: Case): Promise<Rig> {
  const [subscribers = 1, topics = 1] = one.args;
  const pub = await startPeer(contender, 'pub-sub');
  const sub = await startPeer(contender, 'pub-sub');
  await sub.call('connect', await pub.text('bind', freshAddress('tcp')), subscribers, topics);
  // Subscriptions come in order: who has heard of the last topic has all of them in place.
  const ready = sub.call('ready').then(() => true);
  do {
    await pub.call('probe', topics);
  } while (!(await Promise.race([ready, setTimeout(PROBE_INTERVAL, false)])));
  return rateRig(plan, async (_, count) => {
    const messages = Math.ceil(count / subscribers);
    await sub.call('expect', SIZE, messages * subscribers);
    const received = sub.number('receive');
    const sent = pub.call('send', SIZE, topics, messages);
    const [rate] = await Promise.all([received, sent]);
    return rate;
  });
}

export const PUB_SUB: Scenario = {
  name: 'pub-sub',
  title: 'PUB → SUB, 128 B, tcp, delivered to all together',
  contenders: ['zmtp', 'zeromq', 'libzmq'],
  cases: [1, 10, 100].map((subscribers) => ({
    name: subscribers === 1 ? '1 SUB' : `${subscribers} SUB`,
    args: [subscribers, 1],
  })),
  metrics: [RATE],
  isShared: false,
  start,
};

export const SUBSCRIPTIONS: Scenario = {
  name: 'subscriptions',
  title: 'PUB → one SUB by number of its subscriptions, 128 B, tcp',
  contenders: ['zmtp', 'zeromq', 'libzmq'],
  cases: [1, 100, 10_000, 100_000].map((topics) => ({
    name: topics === 1 ? '1 topic' : `${topics.toLocaleString('en')} topics`,
    args: [1, topics],
  })),
  metrics: [RATE],
  isShared: false,
  start,
};
