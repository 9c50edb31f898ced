/**
 * Many peers that complete the handshake and then say nothing, over bare `node:net`: the same for every contender, so
 * that only the other side is measured.
 */
import { connect } from 'node:net';

const GREETING_SIZE = 64;
/** Connections that are being made at the same time: fewer than any backlog. */
const AT_ONCE = 50;

const greeting = Buffer.alloc(GREETING_SIZE);
greeting.write('ff00000000000000017f0301', 'hex');
greeting.write('NULL', 12, 'latin1');

function property(name, value) {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(value.length);
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), size, Buffer.from(value)]);
}

function readyCommand(socketType) {
  const body = Buffer.concat([
    Buffer.from('\u0005READY'),
    property('Socket-Type', socketType),
    property('Identity', ''),
  ]);
  return Buffer.concat([Buffer.from([4, body.length]), body]);
}

/** Resolves when the other side has sent its READY. */
function shakeHands(port, ready) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    let bytes = 0;
    let isGreeted = false;
    socket.once('connect', () => socket.write(greeting));
    socket.once('close', () => reject(new Error('the connection was closed')));
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      bytes += chunk.length;
      if (!isGreeted && bytes >= GREETING_SIZE) {
        isGreeted = true;
        socket.write(ready);
      }
      if (bytes > GREETING_SIZE + 2) resolve();
    });
  });
}

/** Milliseconds until all are connected. */
export async function hold(endpoint, socketType, count) {
  const port = Number(new URL(endpoint).port);
  const ready = readyCommand(socketType);
  let left = count;
  const start = performance.now();
  const connectOneByOne = async () => {
    while (left-- > 0) await shakeHands(port, ready);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, connectOneByOne));
  return performance.now() - start;
}
