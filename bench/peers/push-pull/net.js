/** Bytes over bare `node:net`: as many writes as there are messages, of the size of a message. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { listen, open } from '../net.js';

let connection;
let socket;

export function bind(address) {
  const server = createServer();
  connection = once(server, 'connection');
  return listen(server, address);
}

export async function connect(endpoint) {
  socket = open(endpoint);
  await once(socket, 'connect');
}

/** Messages per second, from the first chunk to the last. */
export async function receive(size, frames, count) {
  const [accepted] = await connection;
  const all = size * frames * count;
  return new Promise((resolve) => {
    let first = 0;
    let bytes = 0;
    let start = 0;
    const onData = (chunk) => {
      if (bytes === 0) {
        start = performance.now();
        first = chunk.length;
      }
      bytes += chunk.length;
      if (bytes < all) return;
      accepted.off('data', onData);
      accepted.pause(); // what comes before the next call waits
      resolve((((all - first) / all) * count * 1000) / (performance.now() - start));
    };
    accepted.on('data', onData);
    accepted.resume();
  });
}

export async function send(size, frames, count) {
  const message = Buffer.alloc(size * frames, 'x');
  for (let i = 0; i < count; i++) {
    if (!socket.write(message)) await once(socket, 'drain');
  }
}
