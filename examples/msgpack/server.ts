/**
 * Typed objects as msgpack: a request is two parts, `[topic, data]`, and its answer is one part.
 * This side adds up orders. Run both sides, each in TypeScript or in Python:
 *
 *     npx tsx examples/msgpack/server.ts tcp://127.0.0.1:5555
 *     npx tsx examples/msgpack/client.ts tcp://127.0.0.1:5555
 *     /usr/bin/python3 examples/msgpack/server.py tcp://127.0.0.1:5555
 *     /usr/bin/python3 examples/msgpack/client.py tcp://127.0.0.1:5555
 */
import { decode, encode } from '@msgpack/msgpack';
import { type Message, Reply } from 'zmtp';

type Order = { id: number; item: string; quantity: number; price: number };
type Answer = { id: number; total: number } | { error: string };

function isOrder(value: unknown): value is Order {
  if (typeof value !== 'object' || value === null) return false;
  const { id, item, quantity, price } = value as Partial<Order>; // every field is checked below
  return (
    typeof id === 'number' &&
    typeof item === 'string' &&
    typeof quantity === 'number' &&
    typeof price === 'number'
  );
}

// Whatever a client sends gets an answer: a REP socket that does not answer is stuck.
function answer(topic: Message = Buffer.alloc(0), data: Message = Buffer.alloc(0)): Answer {
  if (topic.toString() !== 'order') return { error: `unknown topic "${topic}"` };
  try {
    const order = decode(data);
    if (!isOrder(order)) return { error: 'not an order' };
    console.log(`order ${order.id}: ${order.quantity} x ${order.item}`);
    return { id: order.id, total: order.quantity * order.price };
  } catch (error) {
    return { error: `not msgpack: ${error}` };
  }
}

const rep = new Reply();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => rep.close());

await rep.bind(process.argv[2] ?? 'tcp://127.0.0.1:5555');
console.log(`listening on ${rep.lastEndpoint}`);

for await (const [topic, data] of rep) {
  await rep.send(encode(answer(topic, data)));
}
