/**
 * A server that dies in the middle of a request and comes back. This side takes 300 ms over each
 * job: kill it (`kill -9`) while the client runs, start it again, and watch the client carry on.
 * Run both sides, each in TypeScript or in Python:
 *
 *     npx tsx examples/restart/server.ts tcp://127.0.0.1:5555
 *     npx tsx examples/restart/client.ts tcp://127.0.0.1:5555
 *     /usr/bin/python3 examples/restart/server.py tcp://127.0.0.1:5555
 *     /usr/bin/python3 examples/restart/client.py tcp://127.0.0.1:5555
 */
import { setTimeout } from 'node:timers/promises';
import { Reply } from 'zmtp';

const rep = new Reply();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => rep.close());

await rep.bind(process.argv[2] ?? 'tcp://127.0.0.1:5555');
console.log(`listening on ${rep.lastEndpoint}`);

for await (const [request] of rep) {
  console.log(`working on ${request}`);
  await setTimeout(300);
  if (rep.closed) break;
  await rep.send(`${request} done by process ${process.pid}`);
}
