/** Follows connections by reading their events one by one. */
import * as zmq from 'zeromq';
import { listen, outcome } from '../transcript.ts';

/** All events until the end; `tell` is called for each. */
async function record(
  socket: zmq.Socket,
  tell: (type: zmq.EventType) => void = () => {},
): Promise<zmq.Event[]> {
  const events: zmq.Event[] = [];
  for await (const event of socket.events) {
    events.push(event);
    tell(event.type);
  }
  return events;
}

function print(title: string, events: readonly zmq.Event[], address = ''): void {
  console.log(title);
  for (const event of events) {
    const words: string[] = [event.type];
    if ('address' in event) words.push(event.address === address ? 'its address' : event.address);
    if ('interval' in event) words.push(`${event.interval >= 20 && event.interval < 40}`);
    if ('error' in event) words.push(event.error.message);
    console.log(' ', words.join(' '));
  }
}

const server = new zmq.Reply();
const serverEvents = server.events;
console.log('same object', serverEvents === server.events, 'closed', serverEvents.closed);
let clientLeft = (): void => {};
const clientHasLeft = new Promise<void>((resolve) => (clientLeft = resolve));
const atServer = record(server, (type) => {
  if (type === 'disconnect') clientLeft();
});
const address = await listen(server);

const client = new zmq.Request();
const atClient = record(client);
client.connect(address);
await client.send('hello');
await server.receive();
await server.send('world');
await client.receive();
client.close();
print('client', await atClient, address);
await clientHasLeft;
server.close();
print('server', await atServer, address);
console.log('closed', serverEvents.closed, await outcome(() => serverEvents.receive()));

// Nobody listens there: attempts go on.
const closed = new zmq.Reply();
const deadAddress = await listen(closed);
await closed.unbind(deadAddress);
closed.close();
const stubborn = new zmq.Dealer({ reconnectInterval: 20, linger: 0 });
const { events } = stubborn;
stubborn.connect(deadAddress);
const attempts: zmq.Event[] = [];
for (let round = 0; round < 2; ) {
  const event = await events.receive();
  attempts.push(event);
  if (event.type === 'connect:retry') round++;
}
print('refused', attempts, deadAddress);
stubborn.close();

// Nothing is told of inproc but the end.
const inproc = new zmq.Pair();
const atInproc = record(inproc);
await inproc.bind('inproc://quiet');
const peer = new zmq.Pair();
peer.connect('inproc://quiet');
await peer.send('x');
await inproc.receive();
peer.close();
inproc.close();
print('inproc', await atInproc);

console.log('of nothing', await outcome(() => Reflect.construct(zmq.Observer, [1])));
