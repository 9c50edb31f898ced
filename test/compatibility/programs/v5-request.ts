/** As programs for zeromq 5 were written: emitters, callbacks, options with short names. */
import * as zmq from 'zeromq/v5-compat.js';

const lines: string[] = [];

function ready(socket: zmq.Socket, address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.bind(address, (error) => {
      if (error) reject(error);
      else resolve(String(socket.getsockopt(zmq.ZMQ_LAST_ENDPOINT)));
    });
  });
}
function message(socket: zmq.Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.once('message', (...frames: Buffer[]) => resolve(frames.map(String).join(' | ')));
  });
}
function told(socket: zmq.Socket, event: string): Promise<unknown> {
  return new Promise((resolve) => {
    socket.once(event, (value: unknown) => resolve(value));
  });
}

const server = zmq.socket('rep');
const bound = told(server, 'bind');
const address = await ready(server, 'tcp://127.0.0.1:*');
console.log('bound', (await bound) === 'tcp://127.0.0.1:*', address.startsWith('tcp://127.0.0.1:'));

server.monitor(100, 0);
const accepted = told(server, 'accept');
server.on('message', (...frames: Buffer[]) => {
  lines.push(`server <- ${frames.map(String).join(' | ')}`);
  server.send(['reply to', ...frames]);
});

const client = zmq.createSocket('req', { linger: 0, identity: 'the client' });
client.monitor();
const connected = told(client, 'connect');
client.connect(address);
let answer = message(client);
client.send('hello');
console.log(await answer);
await accepted;
await connected;
console.log('monitored');

answer = message(client);
client.send('several', zmq.ZMQ_SNDMORE).send(Buffer.from('parts'), zmq.ZMQ_SNDMORE).send('at last');
console.log(await answer);
answer = message(client);
await new Promise<void>((resolve) => {
  client.send(['with', 'a', 'callback'], 0, (error) => {
    console.log('sent', error === undefined);
    resolve();
  });
});
console.log(await answer);
for (const line of lines) console.log(line);

console.log(client.type, server.type, client.closed);
console.log(client.getsockopt(zmq.ZMQ_TYPE), client.getsockopt('linger'), client['linger']);
console.log(String(client.getsockopt(zmq.ZMQ_IDENTITY)));
client.setsockopt(zmq.ZMQ_LINGER, 50).setsockopt('rcvbuf', 65_536);
client['sndbuf'] = 4096;
console.log(client.getsockopt('linger'), client.getsockopt(zmq.ZMQ_RCVBUF), client['sndbuf']);
console.log(client.getsockopt(zmq.ZMQ_IPV6), client.getsockopt(zmq.ZMQ_MECHANISM));
console.log(zmq.options.linger, zmq.options.identity, zmq.ZMQ_REQ, zmq.ZMQ_XREP, zmq.ZMQ_POLLOUT);

function text(run: () => unknown): string {
  try {
    return `ok: ${typeof run()}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
console.log(text(() => zmq.socket('nonsense' as zmq.SocketType)));
console.log(text(() => client.getsockopt(1234)));
console.log(text(() => client.setsockopt(1234, 1)));
console.log(text(() => client.read()));
console.log(text(() => client.subscribe('x')));
console.log(text(() => client.disconnect('tcp://127.0.0.1:1')));
console.log(text(() => new zmq.Context()));

// Errors go to the callback, or to listeners.
const refused = await new Promise<Error | undefined>((resolve) => {
  const late = zmq.socket('rep');
  late.bind(address, (error) => {
    late.close();
    resolve(error);
  });
});
console.log('taken:', refused?.message, (refused as NodeJS.ErrnoException).code);
const unlucky = zmq.socket('rep');
const problem = told(unlucky, 'error');
unlucky.bind('tcp://nothing');
console.log('bad:', (await problem) instanceof Error);

// Messages wait while a socket is paused.
client.pause();
let isEarly = false;
answer = message(client).then((reply) => {
  isEarly = !lines.includes('resumed');
  return reply;
});
client.send('paused');
await new Promise((resolve) => setTimeout(resolve, 50));
lines.push('resumed');
client.resume();
await answer;
console.log('after resume:', lines.includes('server <- paused'), 'early', isEarly);

const unbound = told(server, 'unbind');
server.unbind(address);
console.log('unbound', (await unbound) === address);
server.unmonitor();
client.unmonitor();
for (const socket of [server, client, unlucky]) socket.close();
console.log(server.closed, client.closed, /^\d+\.\d+\.\d+$/.test(zmq.version));
