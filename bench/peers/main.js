/**
 * The child process of a bench: loads one peer and calls its functions when the harness asks.
 *
 * Peers are plain JavaScript run by node itself, so that no TypeScript loader sits in a measured
 * process. A peer is a module that exports functions; arguments and results travel over the IPC
 * channel, which is silent while a function runs.
 *
 *     node bench/peers/main.js round-trip/zmtp.js   (started by harness.ts)
 *
 * @module
 */
const peer = await import(new URL(process.argv[2], import.meta.url));

async function answer({ name, args }) {
  try {
    process.send({ value: await peer[name](...args) });
  } catch (error) {
    process.send({ error: error instanceof Error ? error.stack : String(error) });
  }
}

process.on('message', (call) => void answer(call));
process.on('disconnect', () => process.exit());
process.send({ value: 'ready' });
