/**
 * Messages per second from PUSH to PULL between two processes, with `await send` and `for await`: over tcp and ipc, in
 * sizes from 1 B to 16 MiB, of several frames, encrypted, from many peers to one, and what a full load does to the event
 * loop.
 *
 * Against bare `net`, which has no messages, the same number of bytes goes in writes of the size of a message.
 *
 * @module
 */
import { curveKeyPair } from '../../src/index.ts';
import { type Contender, startPeer } from '../contenders.ts';
import { freshAddress, type Peer } from '../peer.ts';
import { type Case, type Plan, RATE, type Rig, type Scenario } from '../scenario.ts';
import { rateRig } from './rate.ts';

const ALL: readonly Contender[] = ['zmtp', 'zeromq', 'libzmq', 'pyzmq', 'net'];
const SOCKETS: readonly Contender[] = ['zmtp', 'zeromq', 'libzmq', 'pyzmq'];

/** How the two ends are connected. */
type Way = {
  readonly transport: 'tcp' | 'ipc';
  /** Sockets of the sending process. */
  readonly senders: number;
  readonly isEncrypted?: boolean;
};

type Pair = { readonly receiver: Peer; readonly sender: Peer };

export async function startPair(
  contender: Contender,
  { transport, senders, isEncrypted = false }: Way,
): Promise<Pair & { readonly endpoint: string }> {
  const receiver = await startPeer(contender, 'push-pull', { hasManyFiles: true });
  const sender = await startPeer(contender, 'push-pull');
  const [server, client] = [curveKeyPair(), curveKeyPair()];
  const address = freshAddress(transport);
  const endpoint = await receiver.text('bind', address, ...(isEncrypted ? [server.secretKey] : []));
  const keys = [server.publicKey, client.publicKey, client.secretKey];
  await sender.call('connect', endpoint, senders, ...(isEncrypted ? keys : []));
  return { receiver, sender, endpoint };
}

/** Messages per second. */
export async function transfer(
  { receiver, sender }: Pair,
  size: number,
  frames: number,
  count: number,
): Promise<number> {
  const received = receiver.number('receive', size, frames, count);
  const sent = sender.call('send', size, frames, count);
  const [rate] = await Promise.all([received, sent]);
  return rate;
}

async function start(contender: Contender, plan: Plan, way: Way): Promise<Rig> {
  const pair = await startPair(contender, way);
  return rateRig(plan, ({ args: [size = 0, frames = 1] }, count) =>
    transfer(pair, size, frames, count),
  );
}

function sized(name: string, bytes: number): Case {
  // A write of few bytes for each message says nothing about `net`, which has no messages.
  return { name, args: [bytes, 1], bytes, contenders: bytes < 65_536 ? SOCKETS : ALL };
}

export const PUSH_PULL: Scenario = {
  name: 'push-pull',
  title: 'PUSH → PULL, tcp',
  contenders: ALL,
  cases: [
    sized('10 B', 10),
    sized('128 B', 128),
    sized('1 KiB', 1024),
    sized('64 KiB', 65_536),
    sized('1 MiB', 1_048_576),
  ],
  metrics: [RATE],
  isShared: true,
  start: (contender, plan) => start(contender, plan, { transport: 'tcp', senders: 1 }),
};

export const PUSH_PULL_IPC: Scenario = {
  ...PUSH_PULL,
  name: 'push-pull-ipc',
  title: 'PUSH → PULL, ipc',
  cases: [sized('10 B', 10), sized('1 KiB', 1024), sized('64 KiB', 65_536)],
  start: (contender, plan) => start(contender, plan, { transport: 'ipc', senders: 1 }),
};

export const PUSH_PULL_CURVE: Scenario = {
  ...PUSH_PULL,
  name: 'push-pull-curve',
  title: 'PUSH → PULL, tcp, encrypted by CURVE',
  contenders: SOCKETS,
  cases: [sized('10 B', 10), sized('1 KiB', 1024), sized('64 KiB', 65_536)],
  start: (contender, plan) =>
    start(contender, plan, { transport: 'tcp', senders: 1, isEncrypted: true }),
};

export const PUSH_PULL_SIZES: Scenario = {
  ...PUSH_PULL,
  name: 'push-pull-sizes',
  title: 'PUSH → PULL by message size, tcp',
  contenders: ['zmtp', 'zeromq', 'libzmq'],
  cases: [
    sized('1 B', 1),
    sized('16 B', 16),
    sized('256 B', 256),
    sized('4 KiB', 4096),
    sized('16 KiB', 16_384),
    sized('256 KiB', 262_144),
    sized('16 MiB', 16_777_216),
  ],
};

export const PUSH_PULL_FRAMES: Scenario = {
  ...PUSH_PULL,
  name: 'push-pull-frames',
  title: 'PUSH → PULL by number of frames of 128 B, tcp',
  contenders: SOCKETS,
  cases: [1, 2, 10].map((frames) => ({
    name: frames === 1 ? '1 frame' : `${frames} frames`,
    args: [128, frames],
    bytes: 128 * frames,
  })),
};

export const FAN_IN: Scenario = {
  ...PUSH_PULL,
  name: 'fan-in',
  title: 'PUSH → PULL from 100 peers in one process, tcp',
  contenders: SOCKETS,
  cases: [sized('128 B', 128)],
  start: (contender, plan) => start(contender, plan, { transport: 'tcp', senders: 100 }),
};

export const LOOP_DELAY: Scenario = {
  name: 'loop-delay',
  title: 'Delay of the event loop under full load, PUSH → PULL, tcp (a timer of 1 ms, at p99)',
  contenders: ['zmtp', 'zeromq'],
  cases: [sized('10 B', 10), sized('64 KiB', 65_536)],
  metrics: [
    { name: 'receiver', unit: 'ms', better: 'less', of: ([value = Number.NaN]) => value },
    { name: 'sender', unit: 'ms', better: 'less', of: ([, value = Number.NaN]) => value },
  ],
  isShared: true,
  start: async (contender, plan) => {
    const pair = await startPair(contender, { transport: 'tcp', senders: 1 });
    const { receiver, sender } = pair;
    const rig = rateRig(plan, ({ args: [size = 0, frames = 1] }, count) =>
      transfer(pair, size, frames, count),
    );
    return {
      ...rig,
      measure: async (one) => {
        await Promise.all([receiver.call('watch'), sender.call('watch')]);
        await rig.measure(one);
        return Promise.all([receiver.number('delay'), sender.number('delay')]);
      },
    };
  },
};
