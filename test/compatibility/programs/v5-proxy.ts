/** A queue and a forwarder of zeromq 5, one of them tapped. */
import * as zmq from 'zeromq/v5-compat.js';

function listen(socket: zmq.Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.bind('tcp://127.0.0.1:*', (error) => {
      if (error) reject(error);
      else resolve(String(socket['last_endpoint']));
    });
  });
}
function messages(socket: zmq.Socket, count: number): Promise<string[]> {
  const heard: string[] = [];
  return new Promise((resolve) => {
    socket.on('message', (...frames: Buffer[]) => {
      heard.push(frames.map(String).join(' | '));
      if (heard.length === count) resolve(heard);
    });
  });
}

const front = zmq.socket('router');
const back = zmq.socket('dealer');
const capture = zmq.socket('pair');
const tap = zmq.socket('pair');
const frontAddress = await listen(front);
const backAddress = await listen(back);
tap.connect(await listen(capture));
zmq.proxy(front, back, capture);

const server = zmq.socket('rep');
server.connect(backAddress);
server.on('message', (...frames: Buffer[]) => server.send(['answer', ...frames]));
const client = zmq.socket('req');
client.connect(frontAddress);
const answers = messages(client, 3);
const tapped = messages(tap, 3);
client.send('1');
client.on('message', (_answer: Buffer, question: Buffer) => {
  const next = Number(question) + 1;
  if (next <= 3) client.send(String(next));
});
console.log('client:', (await answers).join(', '));
console.log('tap:', (await tapped).join(', '));

// Publishers on one side, subscribers on the other.
const xsub = zmq.socket('xsub');
const xpub = zmq.socket('xpub');
const publications = await listen(xpub);
const sources = await listen(xsub);
zmq.proxy(xpub, xsub);
const source = zmq.socket('xpub');
source.connect(sources);
const asked = messages(source, 2);
const reader = zmq.socket('sub');
reader.connect(publications);
reader.subscribe('news.').subscribe('more.');
console.log(
  'source:',
  (await asked)
    .map((text) => text.slice(1))
    .toSorted()
    .join(', '),
);
const news = messages(reader, 2);
source.send(['news.1', 'one']).send(['old.2', 'two']).send(['more.3', 'three']);
console.log('reader:', (await news).join(', '));

for (const order of [
  ['dealer', 'router'],
  ['pub', 'sub'],
  ['req', 'rep'],
] as const) {
  const [one, two] = order.map((type) => zmq.socket(type));
  try {
    if (one && two) zmq.proxy(one, two);
    console.log(order.join('/'), 'accepted');
  } catch (error) {
    console.log(order.join('/'), String(error));
  }
  one?.close();
  two?.close();
}
for (const socket of [front, back, capture, tap, server, client, xsub, xpub, source, reader]) {
  socket.close();
}
