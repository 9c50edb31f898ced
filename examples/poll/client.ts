/**
 * Waiting on several sockets at once, with a time limit. This side asks on two endpoints, takes the
 * answers in the order they come, and then waits in vain. Run both sides, each in TypeScript or in
 * Python:
 *
 *     npx tsx examples/poll/server.ts tcp://127.0.0.1:5555 tcp://127.0.0.1:5556
 *     npx tsx examples/poll/client.ts tcp://127.0.0.1:5555 tcp://127.0.0.1:5556
 *     /usr/bin/python3 examples/poll/server.py tcp://127.0.0.1:5555 tcp://127.0.0.1:5556
 *     /usr/bin/python3 examples/poll/client.py tcp://127.0.0.1:5555 tcp://127.0.0.1:5556
 */
import { poll, Request } from 'zmtp';

const [first = 'tcp://127.0.0.1:5555', second = 'tcp://127.0.0.1:5556'] = process.argv.slice(2);

const sockets = [new Request(), new Request()] as const;
sockets[0].connect(first);
sockets[1].connect(second);
await sockets[0].send('first');
await sockets[1].send('second');

for (;;) {
  const readable = await poll(sockets, { timeout: 1000 });
  if (readable.length === 0) break;
  for (const socket of readable) {
    const [reply] = await socket.receive();
    console.log(`received "${reply}"`);
  }
}
console.log('nothing within 1000 ms');

for (const socket of sockets) socket.close();
