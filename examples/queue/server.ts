/**
 * A client that queues requests faster than they are answered. This side takes 300 ms over every
 * third answer. Run both sides, each in TypeScript or in Python:
 *
 *     npx tsx examples/queue/server.ts tcp://127.0.0.1:5555
 *     npx tsx examples/queue/client.ts tcp://127.0.0.1:5555
 *     /usr/bin/python3 examples/queue/server.py tcp://127.0.0.1:5555
 *     /usr/bin/python3 examples/queue/client.py tcp://127.0.0.1:5555
 */
import { setTimeout } from 'node:timers/promises';
import { Reply } from 'zmtp';

const rep = new Reply();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => rep.close());

await rep.bind(process.argv[2] ?? 'tcp://127.0.0.1:5555');
console.log(`listening on ${rep.lastEndpoint}`);

let count = 0;
for await (const [request] of rep) {
  count++;
  if (count % 3 === 0) await setTimeout(300);
  if (rep.closed) break;
  await rep.send(`${request} done`);
}
