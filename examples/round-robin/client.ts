/**
 * One client over several servers, asked in turn. This side connects one socket to all of them and
 * sends six requests. Run two or more servers and one client, each in TypeScript or in Python:
 *
 *     npx tsx examples/round-robin/server.ts tcp://127.0.0.1:5555
 *     /usr/bin/python3 examples/round-robin/server.py tcp://127.0.0.1:5556
 *     npx tsx examples/round-robin/client.ts tcp://127.0.0.1:5555 tcp://127.0.0.1:5556
 *     /usr/bin/python3 examples/round-robin/client.py tcp://127.0.0.1:5555 tcp://127.0.0.1:5556
 */
import { Request } from 'zmtp';

const endpoints = process.argv.slice(2);
if (endpoints.length === 0) endpoints.push('tcp://127.0.0.1:5555', 'tcp://127.0.0.1:5556');

const req = new Request();
for (const endpoint of endpoints) req.connect(endpoint);

for (let i = 1; i <= 6; i++) {
  await req.send(`request ${i}`);
  const [reply] = await req.receive();
  console.log(`${reply}`);
}

req.close();
