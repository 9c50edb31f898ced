/**
 * Throughput of PUSH and PULL: the same program for this package (as built) and npm `zeromq`. With keys it is encrypted, by
 * CURVE.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';

const { Pull, Push } = await import(process.argv[3]);

let pull;
const pushes = [];
const delays = monitorEventLoopDelay({ resolution: 1 });

export async function bind(address, curveSecretKey) {
  pull = new Pull(curveSecretKey && { curveServer: true, curveSecretKey });
  await pull.bind(address);
  return pull.lastEndpoint;
}

export function connect(endpoint, sockets, curveServerKey, curvePublicKey, curveSecretKey) {
  const options = curveServerKey && { curveServerKey, curvePublicKey, curveSecretKey };
  for (let i = 0; i < sockets; i++) {
    const push = new Push(options);
    push.connect(endpoint);
    pushes.push(push);
  }
}

/** Messages per second, from the first to the last. */
export async function receive(size, frames, count) {
  let left = count;
  let start;
  for await (const message of pull) {
    start ??= performance.now();
    if (message.length !== frames || message[0].length !== size) throw new Error('wrong message');
    if (--left === 0) break;
  }
  return ((count - 1) / (performance.now() - start)) * 1000;
}

/** Every socket sends its share. */
export async function send(size, frames, count) {
  const frame = Buffer.alloc(size, 'x');
  const message = frames === 1 ? frame : new Array(frames).fill(frame);
  await Promise.all(
    pushes.map(async (push, i) => {
      const share = Math.floor((count + i) / pushes.length);
      for (let sent = 0; sent < share; sent++) await push.send(message);
    }),
  );
}

/** From here on the delays of the event loop are measured. */
export function watch() {
  delays.reset();
  delays.enable();
}

/** Milliseconds that a timer of 1 ms took at p99, since `watch`. */
export function delay() {
  delays.disable();
  return delays.percentile(99) / 1e6;
}
