/**
 * Receives that time out, on both sides, and then succeed. This side waits 300 ms at a time for a
 * request and takes 500 ms over each answer. Run both sides, each in TypeScript or in Python:
 *
 *     npx tsx examples/timeout/server.ts tcp://127.0.0.1:5555
 *     npx tsx examples/timeout/client.ts tcp://127.0.0.1:5555
 *     /usr/bin/python3 examples/timeout/server.py tcp://127.0.0.1:5555
 *     /usr/bin/python3 examples/timeout/client.py tcp://127.0.0.1:5555
 */
import { setTimeout } from 'node:timers/promises';
import { Reply, ZmtpError } from 'zmtp';

const rep = new Reply({ receiveTimeout: 300 }); // for every receive of this socket
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => rep.close());

await rep.bind(process.argv[2] ?? 'tcp://127.0.0.1:5555');
console.log(`listening on ${rep.lastEndpoint}`);

while (!rep.closed) {
  try {
    const [request] = await rep.receive();
    console.log(`received "${request}", answering in 500 ms`);
    await setTimeout(500);
    if (!rep.closed) await rep.send(`answer to ${request}`);
  } catch (error) {
    // Out of time, or closed while waiting; nothing is lost, so the loop just goes on.
    if (!(error instanceof ZmtpError && error.code === 'EAGAIN')) throw error;
    if (!rep.closed) console.log('no request within 300 ms');
  }
}
