/**
 * The child process of a bench that runs JavaScript: loads one peer and calls its functions when the harness asks.
 *
 * Peers are plain JavaScript run by node itself, so that no TypeScript loader sits in a measured process. A peer is a
 * module that exports functions. The harness writes a line with a name and arguments, and gets a line back: `ok` with a
 * JSON value, or `error` with a text. Peers in C and Python speak the same lines. While a function runs nothing is said.
 *
 *     node bench/peers/main.js push-pull/zmq.js zmtp     (started by contenders.ts)
 *
 * @module
 */
import { createInterface } from 'node:readline';

const peer = await import(new URL(process.argv[2], import.meta.url));

async function answer(line) {
  const [name, ...args] = line.split(' ');
  try {
    const value = await peer[name](...args.map((arg) => (/^\d+$/.test(arg) ? Number(arg) : arg)));
    process.stdout.write(`ok ${JSON.stringify(value ?? null)}\n`);
  } catch (error) {
    process.stdout.write(`error ${String(error?.stack ?? error).replaceAll('\n', ' ')}\n`);
  }
}

createInterface({ input: process.stdin })
  .on('line', (line) => void answer(line))
  .on('close', () => process.exit()); // the harness is gone
process.stdout.write('ok "ready"\n');
