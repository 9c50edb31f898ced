/**
 * One client over several servers, asked in turn. This side answers with its own endpoint. Run two
 * or more servers and one client, each in TypeScript or in Python:
 *
 *     npx tsx examples/round-robin/server.ts tcp://127.0.0.1:5555
 *     /usr/bin/python3 examples/round-robin/server.py tcp://127.0.0.1:5556
 *     npx tsx examples/round-robin/client.ts tcp://127.0.0.1:5555 tcp://127.0.0.1:5556
 *     /usr/bin/python3 examples/round-robin/client.py tcp://127.0.0.1:5555 tcp://127.0.0.1:5556
 */
import { Reply } from 'zmtp';

const rep = new Reply();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => rep.close());

await rep.bind(process.argv[2] ?? 'tcp://127.0.0.1:5555');
console.log(`listening on ${rep.lastEndpoint}`);

for await (const [request] of rep) {
  console.log(`received "${request}"`);
  await rep.send(`${request} answered by ${rep.lastEndpoint}`);
}
