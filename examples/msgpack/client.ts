/**
 * Typed objects as msgpack: a request is two parts, `[topic, data]`, and its answer is one part.
 * This side sends three orders and one message on an unknown topic. Run both sides, each in
 * TypeScript or in Python:
 *
 *     npx tsx examples/msgpack/server.ts tcp://127.0.0.1:5555
 *     npx tsx examples/msgpack/client.ts tcp://127.0.0.1:5555
 *     /usr/bin/python3 examples/msgpack/server.py tcp://127.0.0.1:5555
 *     /usr/bin/python3 examples/msgpack/client.py tcp://127.0.0.1:5555
 */
import { decode, encode } from '@msgpack/msgpack';
import { Request } from 'zmtp';

type Order = { id: number; item: string; quantity: number; price: number };
type Answer = { id: number; total: number } | { error: string };

const orders: Order[] = [
  { id: 1, item: 'tea', quantity: 3, price: 4.5 },
  { id: 2, item: 'café au lait', quantity: 1, price: 3.25 },
  { id: 3, item: 'biscuit', quantity: 24, price: 0.5 },
];

const req = new Request();
req.connect(process.argv[2] ?? 'tcp://127.0.0.1:5555');

async function ask(topic: string, order: Order): Promise<Answer> {
  await req.send([topic, encode(order)]);
  const [data] = await req.receive();
  return decode(data ?? []) as Answer; // our own server: taken at its word
}

for (const order of orders) {
  const answer = await ask('order', order);
  console.log('total' in answer ? `order ${answer.id} costs ${answer.total}` : answer.error);
}
const refused = await ask('weather', { id: 4, item: 'rain', quantity: 1, price: 0 });
console.log('error' in refused ? `refused: ${refused.error}` : refused);

req.close();
