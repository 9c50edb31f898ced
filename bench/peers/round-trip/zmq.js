/** REQ/REP round trips: the same program for this package (as built) and npm `zeromq`. */
const { Reply, Request } = await import(process.argv[3]);

let req;

export async function serve(address) {
  const rep = new Reply();
  await rep.bind(address);
  void answer(rep);
  return rep.lastEndpoint;
}

async function answer(rep) {
  for await (const frames of rep) await rep.send(frames);
}

export function connect(endpoint) {
  req = new Request();
  req.connect(endpoint);
}

/** Milliseconds of each round trip. */
export async function measure(size, count) {
  const body = Buffer.alloc(size, 'x');
  const times = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await req.send(body);
    const [reply] = await req.receive();
    times.push(performance.now() - start);
    if (reply.length !== size) throw new Error(`sent ${size} bytes, received ${reply.length}`);
  }
  return times;
}
