/** Two halves of one program that talk over inproc, with and without room in between. */
import { Context, Pair } from 'zeromq';
import { outcome, show, showAll } from '../transcript.ts';

const left = new Pair();
const right = new Pair();
await left.bind('inproc://talk');
right.connect('inproc://talk');
console.log('writable', left.writable, right.writable, 'readable', left.readable, right.readable);

await left.send(['ping', '1']);
console.log('right is readable', right.readable);
console.log('right <-', showAll(await right.receive()));
console.log('right is readable', right.readable);

async function bounce(socket: Pair, hops: number): Promise<void> {
  for (;;) {
    const hop = Number((await socket.receive())[0]);
    await socket.send(String(hop + 1));
    if (hop >= hops) return;
  }
}
const bouncing = [bounce(left, 9), bounce(right, 10)];
await left.send('1');
await Promise.all(bouncing);
console.log('one more hop:', showAll(await left.receive()));

// Messages stay in their order, and each is a copy of what was sent.
const small = Buffer.from('small');
await left.send(small);
small.fill('X');
for (let count = 0; count < 5; count++) await left.send(`message ${count}`);
for (let count = 0; count < 6; count++)
  console.log('right <-', show((await right.receive())[0] ?? small));

// As many messages fit between them as both high-water marks say.
const context = new Context();
const sender = new Pair({ context, sendHighWaterMark: 2, sendTimeout: 0, linger: 0 });
const receiver = new Pair({ context, receiveHighWaterMark: 3, receiveTimeout: 0 });
await receiver.bind('inproc://talk'); // the same name in another context
sender.connect('inproc://talk');
let sent = 0;
let problem = 'ok';
while (problem === 'ok' && sent < 100) {
  problem = await outcome(() => sender.send(String(sent)));
  if (problem === 'ok') sent++;
}
console.log(`${sent} fit, then it ${problem}`);
let received = 0;
while (receiver.readable) {
  await receiver.receive();
  received++;
}
console.log(`${received} were received, then it`, await outcome(() => receiver.receive()));

// A name nobody has bound yet is no error.
const early = new Pair({ context });
early.connect('inproc://later');
await early.send('sent before there was anybody');
const later = new Pair({ context });
await later.bind('inproc://later');
console.log('later <-', showAll(await later.receive()));

for (const socket of [left, right, sender, receiver, early, later]) socket.close();
console.log(await outcome(() => left.send('too late')));
console.log(await outcome(() => right.receive()));
