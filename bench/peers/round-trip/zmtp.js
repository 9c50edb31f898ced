/** REQ/REP round trips with this package, as built: `zmtp` resolves to `dist/`. */
import { Reply, Request } from 'zmtp';

const req = new Request();

export async function serve() {
  const rep = new Reply();
  await rep.bind('tcp://127.0.0.1:*');
  void answer(rep);
  return rep.lastEndpoint;
}

async function answer(rep) {
  for await (const frames of rep) await rep.send(frames);
}

export function connect(endpoint) {
  req.connect(endpoint);
}

export async function measure(size, count) {
  const body = Buffer.alloc(size, 'x');
  const times = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await req.send(body);
    const [reply] = await req.receive();
    times[i] = performance.now() - start;
    if (reply.length !== size) throw new Error(`sent ${size} bytes, received ${reply.length}`);
  }
  return times;
}
