/** A queue between clients and servers that is paused, resumed and ended. */
import { Dealer, Proxy, Pull, Push, Reply, Request, Router } from 'zeromq';
import { handshakes, listen, outcome, showAll } from '../transcript.ts';

console.log('not bound:', await outcome(() => new Proxy(new Router(), new Dealer()).run()));

const queue = new Proxy(new Router(), new Dealer());
console.log('before:', await outcome(() => queue.pause()));
const serversAreThere = handshakes(queue.backEnd, 2);
const front = await listen(queue.frontEnd);
const back = await listen(queue.backEnd);

async function serve(server: Reply): Promise<number> {
  server.connect(back);
  let served = 0;
  for await (const [question] of server) {
    served++;
    await server.send(['answer to', question ?? '']);
  }
  return served;
}
const servers = [new Reply(), new Reply()];
const serving = servers.map(serve);
await serversAreThere;

const running = queue.run();
const client = new Request({ linger: 0 });
client.connect(front);
for (let count = 1; count <= 6; count++) {
  await client.send(`question ${count}`);
  console.log('client <-', showAll(await client.receive()));
}

// Without traffic: in zeromq 6.8 a proxy forwards while it is paused, and stops when it is resumed.
console.log('pause:', await outcome(() => queue.pause()));
console.log('resume:', await outcome(() => queue.resume()));
queue.terminate();
console.log('ends:', await outcome(() => running));
console.log('closed:', queue.frontEnd.closed, queue.backEnd.closed);
console.log('afterwards:', await outcome(() => queue.terminate()));
for (const server of servers) server.close();
console.log('served:', (await Promise.all(serving)).join(' + '));
client.close();

// One way, over inproc.
const streamer = new Proxy(new Pull(), new Push());
await streamer.frontEnd.bind('inproc://in');
await streamer.backEnd.bind('inproc://out');
const streaming = streamer.run();
const source = new Push();
source.connect('inproc://in');
const sink = new Pull();
sink.connect('inproc://out');
for (let count = 0; count < 3; count++) await source.send(['item', String(count)]);
for (let count = 0; count < 3; count++) console.log('sink <-', showAll(await sink.receive()));
streamer.terminate();
await streaming;
source.close();
sink.close();

function refused(...args: unknown[]): () => unknown {
  return () => Reflect.construct(Proxy, args);
}
console.log('no sockets:', await outcome(refused()));
console.log('one socket:', await outcome(refused(new Router())));
