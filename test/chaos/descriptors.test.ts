/**
 * H19: a process without a free file descriptor refuses connections, does not spin, and recovers.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { message } from '../../src/testing/raw-bytes.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { own, watchProcess } from '../support/watch.ts';

watchProcess();

const CHILD = fileURLToPath(new URL('../support/raw-crowded-child.ts', import.meta.url));
const DESCRIPTORS = 60;

async function ask(peer: RawPeer): Promise<number> {
  await peer.write(message('', 'CPU time?'));
  const [, answer] = await peer.readMessage();
  return Number(answer);
}

test.skipIf(process.platform === 'win32')(
  'H19: out of file descriptors: known peers are served, no CPU is burnt, new peers are served later',
  async () => {
    const command = `ulimit -n ${DESCRIPTORS} && exec "$0" --import tsx "$1"`;
    const child = spawn('sh', ['-c', command, process.execPath, CHILD], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    own({ close: () => child.kill() });
    const [endpoint] = (await once(createInterface(child.stdout), 'line')) as [string];

    const known = own(await RawPeer.connect(endpoint));
    await known.handshake({ as: 'REQ' });
    const before = await ask(known);

    const crowd: RawPeer[] = [];
    for (let count = 0; count < 2 * DESCRIPTORS; count += 1) {
      const peer = own(await RawPeer.connect(endpoint));
      // Accepted and greeted, or turned away: either way the child has dealt with it.
      await peer
        .waitFor('a greeting', () => (peer.receivedBytes >= 64 ? true : undefined))
        .catch(() => undefined);
      crowd.push(peer);
    }
    expect(crowd.filter((peer) => peer.closed !== undefined).length).toBeGreaterThan(
      DESCRIPTORS / 2,
    );
    const crowded = await ask(known);

    // The first of the crowd is let go after the handshake interval of a second: until then nothing happens.
    await Promise.race(
      crowd.filter((peer) => peer.closed === undefined).map((peer) => peer.expectClose()),
    );
    const after = await ask(known);
    expect(crowded - before).toBeLessThan(2000);
    expect(after - crowded).toBeLessThan(500);

    for (const peer of crowd) peer.close();
    const late = own(await RawPeer.connect(endpoint));
    await late.handshake({ as: 'REQ' });
    expect(await ask(late)).toBeGreaterThan(0);
  },
);
