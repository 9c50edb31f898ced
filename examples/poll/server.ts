/**
 * Waiting on several sockets at once, with a time limit. This side answers on two endpoints and
 * says so when nothing came for 300 ms. Run both sides, each in TypeScript or in Python:
 *
 *     npx tsx examples/poll/server.ts tcp://127.0.0.1:5555 tcp://127.0.0.1:5556
 *     npx tsx examples/poll/client.ts tcp://127.0.0.1:5555 tcp://127.0.0.1:5556
 *     /usr/bin/python3 examples/poll/server.py tcp://127.0.0.1:5555 tcp://127.0.0.1:5556
 *     /usr/bin/python3 examples/poll/client.py tcp://127.0.0.1:5555 tcp://127.0.0.1:5556
 */
import { poll, Reply } from 'zmtp';

const [first = 'tcp://127.0.0.1:5555', second = 'tcp://127.0.0.1:5556'] = process.argv.slice(2);

const sockets = [new Reply(), new Reply()] as const;
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

await sockets[0].bind(first);
await sockets[1].bind(second);
for (const socket of sockets) console.log(`listening on ${socket.lastEndpoint}`);

try {
  for (;;) {
    const readable = await poll(sockets, { timeout: 300, signal: stop.signal });
    if (readable.length === 0) console.log('nothing within 300 ms');
    for (const socket of readable) {
      const [request] = await socket.receive();
      console.log(`received "${request}" on ${socket.lastEndpoint}`);
      await socket.send(`${request}, yes`);
    }
  }
} catch (error) {
  if (!stop.signal.aborted) throw error;
} finally {
  for (const socket of sockets) socket.close();
}
