/**
 * A client that queues requests faster than they are answered. This side starts a request every
 * 50 ms without waiting for the last one; the socket keeps them in order, one on the wire at a time.
 * Run both sides, each in TypeScript or in Python:
 *
 *     npx tsx examples/queue/server.ts tcp://127.0.0.1:5555
 *     npx tsx examples/queue/client.ts tcp://127.0.0.1:5555
 *     /usr/bin/python3 examples/queue/server.py tcp://127.0.0.1:5555
 *     /usr/bin/python3 examples/queue/client.py tcp://127.0.0.1:5555
 */
import { setTimeout } from 'node:timers/promises';
import { Request } from 'zmtp';

const req = new Request();
req.connect(process.argv[2] ?? 'tcp://127.0.0.1:5555');

async function ask(job: string): Promise<void> {
  const [reply] = await req.request(job);
  console.log(`${reply}, ${req.pendingSends} waiting`);
}

const jobs: Promise<void>[] = [];
for (let i = 1; i <= 12; i++) {
  jobs.push(ask(`job ${i}`));
  console.log(`queued job ${i}, ${req.pendingSends} waiting`);
  await setTimeout(50);
}
await Promise.all(jobs);
console.log('all done');

req.close();
