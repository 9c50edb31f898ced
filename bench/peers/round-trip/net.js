/**
 * The floor: an echo over bare `node:net` with callbacks, no protocol and no promise per message.
 * A message has the length of its ZMTP frame: 2 bytes more, 9 bytes more above 255 bytes.
 */
import { once } from 'node:events';
import { connect as open, createServer } from 'node:net';

let socket;

export async function serve() {
  const server = createServer({ noDelay: true }, (peer) => {
    peer.on('data', (chunk) => peer.write(chunk));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `tcp://127.0.0.1:${server.address().port}`;
}

export async function connect(endpoint) {
  socket = open({ host: '127.0.0.1', port: Number(new URL(endpoint).port), noDelay: true });
  await once(socket, 'connect');
}

export function measure(size, count) {
  const frame = Buffer.alloc(size > 255 ? 9 + size : 2 + size, 'x');
  const times = new Float64Array(count);
  return new Promise((resolve) => {
    let i = 0;
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
      times[i++] = performance.now() - start;
      if (i < count) {
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
