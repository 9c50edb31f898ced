/**
 * What JavaScript itself takes for a message, when nothing is behind `send` and `for await` but a promise that is resolved,
 * and what is allocated for it: no implementation of this API gets below.
 *
 *     node --min-semi-space-size=1024 --max-semi-space-size=1024 bench/floor.js
 *
 * The options are for the bytes: with less room the collector comes in between. For the times leave them out.
 *
 * @module
 */
const COUNT = 500_000;
const ROUNDS = 7;

const chunk = Buffer.allocUnsafeSlow(64 * 1024);
const FastBuffer = Buffer[Symbol.species];
const message = [chunk];
const done = Promise.resolve();
const kept = new Array(1024);

const messages = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: false, value: message }) }),
};

const CASES = {
  'await send': async (count) => {
    for (let i = 0; i < count; i++) await done;
  },
  'for await': async (count) => {
    let left = count;
    for await (const _ of messages) if (--left === 0) break;
  },
  'a view': (count) => {
    for (let i = 0; i < count; i++) kept[i & 1023] = new FastBuffer(chunk.buffer, i & 1023, 10);
  },
  'an array of one': (count) => {
    for (let i = 0; i < count; i++) kept[i & 1023] = [chunk];
  },
  'a result of an iterator': (count) => {
    for (let i = 0; i < count; i++) kept[i & 1023] = { done: false, value: message };
  },
  'a resolved promise': (count) => {
    for (let i = 0; i < count; i++) kept[i & 1023] = Promise.resolve(message);
  },
};

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

for (const [name, run] of Object.entries(CASES)) {
  const [times, bytes] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    const heap = process.memoryUsage().heapUsed;
    const cpu = process.cpuUsage();
    await run(COUNT);
    const { user, system } = process.cpuUsage(cpu);
    bytes.push((process.memoryUsage().heapUsed - heap) / COUNT);
    times.push(((user + system) * 1000) / COUNT);
  }
  console.log(`${name}: ${median(times).toFixed(0)} ns, ${median(bytes).toFixed(0)} B`);
}
