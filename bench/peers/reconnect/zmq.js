/** Many DEALERs that lose their ROUTER and find it again: for this package (as built) and npm `zeromq`. */
const { Dealer, Router } = await import(process.argv[3]);

const dealers = [];

export async function serve(address) {
  const router = new Router();
  await router.bind(address);
  void answer(router);
  return router.lastEndpoint;
}

async function answer(router) {
  for await (const frames of router) await router.send(frames);
}

export function connect(endpoint, clients) {
  for (let i = 0; i < clients; i++) {
    const dealer = new Dealer();
    dealer.connect(endpoint);
    dealers.push(dealer);
  }
}

/** Resolves when every client has been served once. */
export async function ask() {
  await Promise.all(
    dealers.map(async (dealer) => {
      await dealer.send('are you there?');
      await dealer.receive();
    }),
  );
}
