/** A DEALER with many requests under way, and a ROUTER that answers: for this package (as built) and npm `zeromq`. */
const { Dealer, Router } = await import(process.argv[3]);

let dealer;

export async function serve(address) {
  const router = new Router();
  await router.bind(address);
  void answer(router);
  return router.lastEndpoint;
}

async function answer(router) {
  for await (const frames of router) await router.send(frames);
}

export function connect(endpoint) {
  dealer = new Dealer();
  dealer.connect(endpoint);
}

/** Round trips per second. */
export async function measure(size, outstanding, count) {
  const body = Buffer.alloc(size, 'x');
  const start = performance.now();
  for (let i = 0; i < outstanding && i < count; i++) await dealer.send(body);
  for (let i = 0; i < count; i++) {
    await dealer.receive();
    if (i + outstanding < count) await dealer.send(body);
  }
  return (count / (performance.now() - start)) * 1000;
}
