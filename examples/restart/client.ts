/**
 * A server that dies in the middle of a request and comes back. This side sends five jobs and asks
 * again whenever the server is lost or silent for a second, so a job may run twice: make yours
 * safe to repeat. Run both sides, each in TypeScript or in Python:
 *
 *     npx tsx examples/restart/server.ts tcp://127.0.0.1:5555
 *     npx tsx examples/restart/client.ts tcp://127.0.0.1:5555
 *     /usr/bin/python3 examples/restart/server.py tcp://127.0.0.1:5555
 *     /usr/bin/python3 examples/restart/client.py tcp://127.0.0.1:5555
 */
import { Request } from 'zmtp';

const req = new Request();
req.events.on('disconnect', () => console.log('lost the server'));
req.connect(process.argv[2] ?? 'tcp://127.0.0.1:5555');

for (let i = 1; i <= 5; i++) {
  const [reply] = await req.request(`job ${i}`, { timeout: 1000, retries: 20 });
  console.log(`${reply}`);
}
console.log('all done');

req.close();
