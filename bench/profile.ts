/**
 * Where the time goes: runs one job of this package, as built, with a CPU profile of each process, and prints the functions
 * that most of it is spent in themselves.
 *
 *     npm run bench:profile -- push-pull 10          the size of a message, in bytes
 *     npm run bench:profile -- dealer-router 10
 *     npm run bench:profile -- inproc 10
 *
 * @module
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freshAddress, Peer } from './peer.ts';
import { table } from './text.ts';

type Profile = {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
};

const MAIN = fileURLToPath(new URL('peers/main.js', import.meta.url));
const OUTSTANDING = 64;
const SHOWN = 12;
/** Bytes that are sent, or as many messages if they are small. */
const BYTES = 2e9;
const MOST_MESSAGES = 4_000_000;
const MOST_TRIPS = 1_000_000;

const [job = 'push-pull', sizeText = '10'] = process.argv.slice(2);
const size = Number(sizeText);
const count = Math.min(MOST_MESSAGES, Math.ceil(BYTES / size));
const folder = mkdtempSync(join(tmpdir(), 'zmtp-profile-'));

function start(role: string): Promise<Peer> {
  const flags = ['--cpu-prof', '--cpu-prof-dir', join(folder, role)];
  const command = [process.execPath, ...flags, MAIN, `./${job}/zmq.js`, 'zmtp'];
  return Peer.start(role, command);
}

/** Messages or round trips per second, and the processes that made them. */
async function run(): Promise<{ rate: number; peers: Record<string, Peer> }> {
  if (job === 'inproc') {
    const both = await start('both');
    await both.call('open');
    return { rate: await both.number('measure', size, count), peers: { both } };
  }
  const [one, other] = job === 'push-pull' ? ['receiver', 'sender'] : ['router', 'dealer'];
  const peers = { [one]: await start(one), [other]: await start(other) };
  const [server, client] = Object.values(peers) as [Peer, Peer];
  if (job === 'push-pull') {
    await client.call('connect', await server.text('bind', freshAddress('tcp')), 1);
    const rate = server.number('receive', size, 1, count);
    await client.call('send', size, 1, count);
    return { rate: await rate, peers };
  }
  await client.call('connect', await server.text('serve', freshAddress('tcp')));
  const rate = await client.number('measure', size, OUTSTANDING, Math.min(count, MOST_TRIPS));
  return { rate, peers };
}

/** Shares of all samples by function, the largest first. */
function selfTimes(role: string): string[][] {
  const [file = ''] = readdirSync(join(folder, role));
  const profile = JSON.parse(readFileSync(join(folder, role, file), 'utf8')) as Profile;
  const names = new Map(
    profile.nodes.map(({ id, callFrame: { functionName, url } }) => [
      id,
      `${functionName || 'the program itself'} ${url.slice(url.lastIndexOf('/') + 1)}`,
    ]),
  );
  const times = new Map<string, number>();
  for (const [i, sample] of profile.samples.entries()) {
    const name = names.get(sample) ?? '';
    times.set(name, (times.get(name) ?? 0) + (profile.timeDeltas[i] ?? 0));
  }
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  return [...times]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, SHOWN)
    .map(([name, time]) => [name, `${((100 * time) / total).toFixed(1)} %`]);
}

try {
  const { rate, peers } = await run();
  await Promise.all(Object.values(peers).map((peer) => peer.end()));
  console.log(`${job}, ${size} B: ${Math.round(rate).toLocaleString('en')} in a second, profiled`);
  for (const role of Object.keys(peers)) {
    console.log(`\n${role}\n${table(selfTimes(role), 1)}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
