/**
 * A REP in a process of its own that soon runs out of file descriptors; see chaos/descriptors.test.ts.
 *
 * Prints its endpoint. Answers every request with the CPU time the process has used so far, in ms.
 *
 * @module
 */

import { Reply } from '../../src/index.ts';

async function main(): Promise<void> {
  const rep = new Reply({ handshakeInterval: 1000, linger: 0 });
  await rep.bind('tcp://127.0.0.1:*');
  console.log(rep.lastEndpoint);
  for await (const _request of rep) {
    const { user, system } = process.cpuUsage();
    await rep.send(`${(user + system) / 1000}`);
  }
}

void main();
