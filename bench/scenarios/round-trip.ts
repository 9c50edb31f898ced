/**
 * REQ/REP round trips, one at a time, between two processes.
 *
 * Where the two run matters more than what they do. Waking a process on the same processor takes a few microseconds,
 * waking one on an idle other processor takes ten times as long, and left alone the scheduler changes its mind within a
 * run. So there are placements:
 *
 * - `apart`: the asking process has processor 0, the answering one processor 1. Steady.
 * - `together`: both have processor 0. Steady; next to no waking, so it shows what the code costs.
 * - `free`: as the scheduler likes, which is how programs run. Jumps between the two above.
 *
 * @module
 */
import { type Contender, startPeer } from '../contenders.ts';
import { freshAddress } from '../peer.ts';
import { type Case, type Plan, type Rig, type Scenario, TRIP_TIMES } from '../scenario.ts';

const SLICES = 6; // each contender comes first, second and third twice within a repetition
const SLICE_START = 20; // round trips at the start of a slice that do not count: it was idle
const WARM_UP_TRIPS = 4000; // in a second of warm-up: about what takes a second when waking is slow

const PLACEMENTS = { apart: [0, 1], together: [0, 0], free: [undefined, undefined] } as const;

const CASES: readonly Case[] = [10, 128, 1024].map((size) => ({
  name: size < 1024 ? `${size} B` : '1 KiB',
  args: [size],
}));

async function start(
  contender: Contender,
  plan: Plan,
  transport: 'tcp' | 'ipc',
  placement: keyof typeof PLACEMENTS,
): Promise<Rig> {
  const [clientCpu, serverCpu] = PLACEMENTS[placement];
  const server = await startPeer(contender, 'round-trip', { cpu: serverCpu });
  const client = await startPeer(contender, 'round-trip', { cpu: clientCpu });
  await client.call('connect', await server.text('serve', freshAddress(transport)));
  const measure = async (one: Case, count: number): Promise<readonly number[]> =>
    (await client.call('measure', ...one.args, count)) as number[];
  return {
    warm: async (one) => {
      await measure(one, Math.ceil(plan.warmUp * WARM_UP_TRIPS));
    },
    measure: async (one) => {
      const times = await measure(one, SLICE_START + Math.ceil(plan.roundTrips / SLICES));
      return times.slice(SLICE_START);
    },
  };
}

function roundTrip(
  name: string,
  where: string,
  transport: 'tcp' | 'ipc',
  placement: keyof typeof PLACEMENTS,
): Scenario {
  return {
    name,
    title: `REQ/REP round trips, ${where}`,
    contenders: ['zmtp', 'zeromq', 'libzmq', 'pyzmq', 'net'],
    cases: CASES,
    metrics: TRIP_TIMES,
    isShared: true,
    slices: SLICES,
    isPinned: placement !== 'free',
    start: (contender, plan) => start(contender, plan, transport, placement),
  };
}

export const ROUND_TRIP_APART: Scenario = roundTrip(
  'round-trip-apart',
  'tcp, each process on a processor of its own',
  'tcp',
  'apart',
);
export const ROUND_TRIP_TOGETHER: Scenario = roundTrip(
  'round-trip-together',
  'tcp, both processes on one processor',
  'tcp',
  'together',
);
export const ROUND_TRIP_FREE: Scenario = roundTrip(
  'round-trip-free',
  'tcp, processes where the scheduler puts them',
  'tcp',
  'free',
);
export const ROUND_TRIP_IPC: Scenario = roundTrip(
  'round-trip-ipc',
  'ipc, processes where the scheduler puts them',
  'ipc',
  'free',
);
