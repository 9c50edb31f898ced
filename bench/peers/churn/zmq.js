/** A SUB that subscribes and cancels without end, and an XPUB that hears of it: for this package and npm `zeromq`. */
const { Subscriber, XPublisher } = await import(process.argv[3]);

const ZMQ_SNDHWM = 23;
const AT_ONCE = 500;

let xpub;
let sub;

export async function bind(address) {
  xpub = new XPublisher({ verbosity: 'allSubsUnsubs' });
  await xpub.bind(address);
  return xpub.lastEndpoint;
}

export function connect(endpoint) {
  sub = new Subscriber();
  // libzmq drops subscriptions beyond this mark, which npm `zeromq` has no name for.
  if (process.argv[3] === 'zeromq') sub.setInt32Option(ZMQ_SNDHWM, 0);
  sub.connect(endpoint);
  sub.subscribe('first');
}

/** Resolves when the subscriber is there. */
export async function ready() {
  await xpub.receive();
}

/** Subscriptions and cancellations per second, as they are heard of. */
export async function receive(count) {
  let left = count;
  let start;
  for await (const _ of xpub) {
    start ??= performance.now();
    if (--left === 0) break;
  }
  return ((count - 1) / (performance.now() - start)) * 1000;
}

/** Half of them subscriptions, each cancelled before the next. */
export async function send(count) {
  for (let i = 0; i < count / 2; i++) {
    const topic = `topic-${i}`;
    sub.subscribe(topic);
    sub.unsubscribe(topic);
    if (i % AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}
