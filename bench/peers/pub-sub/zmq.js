/**
 * PUB to many SUB, all of these in one process: the same program for this package (as built) and npm `zeromq`.
 * There is no high-water mark, so nothing is dropped and what has been delivered can be counted.
 */
const { Publisher, Subscriber } = await import(process.argv[3]);

const ZMQ_SNDHWM = 23;
/** Different messages that are published in turn; their topics are spread over all topics. */
const MESSAGES = 1000;

let pub;
const unready = new Set();
let isReady;
let count;

export async function bind(address) {
  pub = new Publisher({ sendHighWaterMark: 0 });
  await pub.bind(address);
  return pub.lastEndpoint;
}

function topic(number) {
  return `topic-${String(number).padStart(6, '0')}`;
}

/** Each subscriber subscribes to all topics. */
export function connect(endpoint, subscribers, topics) {
  for (let i = 0; i < subscribers; i++) {
    const sub = new Subscriber({ receiveHighWaterMark: 0 });
    // libzmq drops subscriptions beyond this mark, which npm `zeromq` has no name for.
    if (process.argv[3] === 'zeromq') sub.setInt32Option(ZMQ_SNDHWM, 0);
    sub.connect(endpoint);
    for (let t = 0; t < topics; t++) sub.subscribe(topic(t));
    unready.add(sub);
    void listen(sub);
  }
}

async function listen(sub) {
  for await (const [message] of sub) {
    if (message.length === count?.size) {
      count.start ??= performance.now();
      if (--count.left === 0) count.resolve();
    } else if (unready.delete(sub) && unready.size === 0) {
      isReady?.();
    }
  }
}

/** Resolves when every subscriber has had a message of `probe`. */
export function ready() {
  return new Promise((resolve) => {
    isReady = resolve;
    if (unready.size === 0) resolve();
  });
}

/** Publishes the topic that was subscribed to last, and nothing behind it. */
export async function probe(topics) {
  await pub.send(topic(topics - 1));
}

/** From here on messages of this size are counted, until `receive` has seen all of them. */
export function expect(size, total) {
  count = { size, total, left: total, start: undefined, resolve: undefined };
  count.done = new Promise((resolve) => {
    count.resolve = resolve;
  });
}

/** Messages per second that come to all subscribers together. */
export async function receive() {
  await count.done;
  const { total, start } = count;
  count = undefined;
  return ((total - 1) / (performance.now() - start)) * 1000;
}

export async function send(size, topics, number) {
  const messages = Array.from({ length: MESSAGES }, (_, i) => {
    const message = Buffer.alloc(size, 'x');
    message.write(topic(Math.floor((((i * 617) % MESSAGES) * topics) / MESSAGES)));
    return message;
  });
  for (let i = 0; i < number; i++) await pub.send(messages[i % MESSAGES]);
}
