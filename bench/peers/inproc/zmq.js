/** PUSH and PULL in one thread over inproc: for this package (as built) and npm `zeromq`. */
const { Pull, Push } = await import(process.argv[3]);

const pull = new Pull();
const push = new Push();

export async function open() {
  await pull.bind('inproc://bench');
  push.connect('inproc://bench');
}

/** Messages per second. */
export async function measure(size, count) {
  const start = performance.now();
  await Promise.all([receive(count), send(Buffer.alloc(size, 'x'), count)]);
  return (count / (performance.now() - start)) * 1000;
}

async function receive(count) {
  let left = count;
  for await (const _ of pull) if (--left === 0) return;
}

async function send(message, count) {
  for (let i = 0; i < count; i++) await push.send(message);
}
