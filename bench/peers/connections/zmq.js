/** A ROUTER with many connections that say nothing: for this package (as built) and npm `zeromq`. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const { Router } = await import(process.argv[3]);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');
let router;

export async function serve(address) {
  router = new Router();
  await router.bind(address);
  return router.lastEndpoint;
}

/** Bytes of the whole process, garbage aside. */
export async function memory() {
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return process.memoryUsage.rss();
}
