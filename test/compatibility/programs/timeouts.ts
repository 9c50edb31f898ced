/** Calls that wait: not at all, for a while, until the socket is closed. */
import * as zmq from 'zeromq';
import { listen, outcome, showAll } from '../transcript.ts';

/** Whether something took about this long; generous, because machines are busy. */
async function timed(milliseconds: number, run: () => Promise<unknown>): Promise<string> {
  await new Promise(setImmediate); // timers count from when the loop last looked at the clock
  const start = performance.now();
  const result = await outcome(run);
  const elapsed = performance.now() - start;
  const isInTime = elapsed >= milliseconds / 2 && elapsed < milliseconds + 5000;
  return `${result}, ${isInTime ? `after ${milliseconds} ms` : `after ${elapsed} ms!`}`;
}

const push = new zmq.Push({ sendTimeout: 0, linger: 0 });
console.log('send 0:', await timed(0, () => push.send('x')));
push.sendTimeout = 100;
console.log('send 100:', await timed(100, () => push.send('x')));
const pull = new zmq.Pull({ receiveTimeout: 0 });
console.log('receive 0:', await timed(0, () => pull.receive()));
pull.receiveTimeout = 100;
console.log('receive 100:', await timed(100, () => pull.receive()));

// Somebody comes while a call waits.
push.sendTimeout = 5000;
const sending = outcome(() => push.send('waits for somebody'));
pull.receiveTimeout = 5000;
const receiving = pull.receive();
const address = await listen(push);
pull.connect(address);
console.log('send with a peer in time:', await sending);
console.log('receive with a peer in time:', showAll(await receiving));

// The time that counts is that of the call.
pull.receiveTimeout = -1;
const patient = pull.receive();
pull.receiveTimeout = 10;
await push.send('for the patient one');
console.log('patient:', showAll(await patient));
console.log('impatient:', await timed(10, () => pull.receive()));

// A loop ends with the timeout.
await push.send('one');
await push.send('two');
pull.receiveTimeout = 200;
try {
  for await (const message of pull) console.log('loop <-', showAll(message));
} catch (error) {
  console.log('loop ends with', (error as NodeJS.ErrnoException).code);
}

// It is not the turn of this call.
const server = new zmq.Reply({ sendTimeout: 50, receiveTimeout: 50 });
const client = new zmq.Request({ sendTimeout: 50, receiveTimeout: 50, linger: 0 });
client.connect(await listen(server));
console.log('reply without request:', await timed(50, () => server.send('x')));
console.log('receive without request:', await timed(50, () => client.receive()));
console.log('request:', await outcome(() => client.send('x')));
console.log('request again:', await timed(50, () => client.send('x')));
server.receiveTimeout = -1;
console.log('server <-', showAll(await server.receive()));
console.log('no reply yet:', await timed(50, () => client.receive()));
console.log('reply:', await outcome(() => server.send('y')));
client.receiveTimeout = -1;
console.log('client <-', showAll(await client.receive()));

// Closing ends what waits.
const waiting = new zmq.Dealer();
const waitingSend = outcome(() => waiting.send('x'));
const waitingReceive = outcome(() => waiting.receive());
waiting.close();
console.log('closed send:', await waitingSend);
console.log('closed receive:', await waitingReceive);
console.log('send when closed:', await outcome(() => waiting.send('x')));
console.log('receive when closed:', await outcome(() => waiting.receive()));
for await (const message of waiting) console.log('never', showAll(message));
console.log('a loop over a closed socket is over');

const looping = new zmq.Pull();
await looping.bind('inproc://looping');
let bothRead = (): void => {};
const bothAreRead = new Promise<void>((resolve) => (bothRead = resolve));
const loop = (async () => {
  let count = 0;
  for await (const _ of looping) if (++count === 2) bothRead();
  return count;
})();
const feeding = new zmq.Push();
feeding.connect('inproc://looping');
await feeding.send('1');
await feeding.send('2');
await bothAreRead;
looping.close();
console.log('a loop that is closed:', await outcome(() => loop));

// Many calls in a row leave room for timers.
const left = new zmq.Pair();
const right = new zmq.Pair();
await left.bind('inproc://busy');
right.connect('inproc://busy');
const timer = { hasRun: false };
setTimeout(() => (timer.hasRun = true), 1);
for (let rounds = 0; !timer.hasRun && rounds < 1_000_000; rounds++) {
  await left.send('x');
  await right.receive();
}
console.log('a timer ran:', timer.hasRun);
for (const socket of [push, pull, server, client, looping, feeding, left, right]) socket.close();
