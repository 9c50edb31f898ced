/**
 * The floor: an echo over bare `node:net` with callbacks, no protocol and no promise per message.
 * A message has the length of its ZMTP frame: 2 bytes more, 9 bytes more above 255 bytes.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { listen, open } from '../net.js';

let socket;

export function serve(address) {
  const server = createServer({ noDelay: true }, (peer) => {
    peer.on('data', (chunk) => peer.write(chunk));
  });
  return listen(server, address);
}

export async function connect(endpoint) {
  socket = open(endpoint);
  await once(socket, 'connect');
}

/** Milliseconds of each round trip. */
export function measure(size, count) {
  const frame = Buffer.alloc(size > 255 ? 9 + size : 2 + size, 'x');
  const times = [];
  return new Promise((resolve) => {
    let missing = 0;
    let start = 0;
    const ask = () => {
      missing = frame.length;
      start = performance.now();
      socket.write(frame);
    };
    const onData = (chunk) => {
      missing -= chunk.length;
      if (missing > 0) return;
      times.push(performance.now() - start);
      if (times.length < count) {
        ask();
      } else {
        socket.off('data', onData);
        resolve(times);
      }
    };
    socket.on('data', onData);
    ask();
  });
}
