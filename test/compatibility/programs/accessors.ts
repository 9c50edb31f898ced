/** Options by their numbers in zmq.h, as programs use them whose option has no name here. */
import * as zmq from 'zeromq';
import { listen, outcome, showAll } from '../transcript.ts';

class Low extends zmq.Dealer {
  bool(option: number): boolean {
    return this.getBoolOption(option);
  }
  int32(option: number): number {
    return this.getInt32Option(option);
  }
  uint32(option: number): number {
    return this.getUint32Option(option);
  }
  int64(option: number): number {
    return this.getInt64Option(option);
  }
  uint64(option: number): number {
    return this.getUint64Option(option);
  }
  string(option: number): string | null {
    return this.getStringOption(option);
  }
  write(
    kind: 'Bool' | 'Int32' | 'Uint32' | 'Int64' | 'Uint64' | 'String',
    ...args: unknown[]
  ): void {
    const method = `set${kind}Option` as const;
    Reflect.apply(this[method], this, args);
  }
}

const socket = new Low({ linger: 0 });
const READ = {
  'type 16': () => socket.int32(16),
  'linger 17': () => socket.int32(17),
  'backlog 19': () => socket.int32(19),
  'sndhwm 23': () => socket.int32(23),
  'rcvtimeo 27': () => socket.int32(27),
  'heartbeat_ivl 75': () => socket.int32(75),
  'tos 57': () => socket.uint32(57),
  'maxmsgsize 22': () => socket.int64(22),
  'affinity 4': () => socket.uint64(4),
  'immediate 39': () => socket.bool(39),
  'ipv6 42': () => socket.bool(42),
  'routing_id 5': () => socket.string(5),
  'last_endpoint 32': () => socket.string(32),
};
async function readAll(title: string): Promise<void> {
  console.log(title);
  for (const [name, read] of Object.entries(READ)) console.log(' ', name, await outcome(read));
}
await readAll('at first');
socket.write('Int32', 17, 1000);
socket.write('Int32', 19, 10);
socket.write('Int32', 23, 5);
socket.write('Int32', 27, 77);
socket.write('Int32', 75, 500);
socket.write('Uint32', 57, 8);
socket.write('Int64', 22, 123_456_789_012);
socket.write('Uint64', 4, 5);
socket.write('Bool', 39, true);
socket.write('Bool', 42, true);
socket.write('String', 5, Buffer.from('my name'));
await readAll('written');
console.log('properties say the same:', socket.linger, socket.backlog, socket.sendHighWaterMark);
console.log(
  socket.receiveTimeout,
  socket.heartbeatInterval,
  socket.typeOfService,
  socket.immediate,
);
console.log(socket.maxMessageSize, socket.affinity, socket.routingId);
socket.linger = 5;
console.log('and the other way round:', socket.int32(17));

console.log('refused');
const REFUSED: Record<string, () => unknown> = {
  'no such option': () => socket.int32(9999),
  'no such option to write': () => socket.write('Int32', 9999, 1),
  'value out of range': () => socket.write('Int32', 23, -1),
  'read-only option': () => socket.write('Int32', 16, 1),
  'boolean expected': () => socket.write('Bool', 39, 1),
  'number expected': () => socket.write('Int32', 17, '1'),
  'number expected, 64 bits': () => socket.write('Uint64', 4, true),
  'string expected': () => socket.write('String', 5, 1),
  'no number of an option': () => socket.write('Int32', 'linger', 1),
};
for (const [name, run] of Object.entries(REFUSED)) {
  let text = 'ok';
  try {
    run();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (error instanceof TypeError) text = `TypeError: ${error.message}`;
    else text = `${error instanceof Error} ${code}`;
  }
  console.log(' ', name, '->', text);
}

// Subscriptions are options, too.
class Topics extends zmq.Subscriber {
  add(topic: string | Buffer): void {
    this.setStringOption(6, topic);
  }
  remove(topic: string | Buffer): void {
    this.setStringOption(7, topic);
  }
}
const publisher = new zmq.XPublisher();
const topics = new Topics();
topics.connect(await listen(publisher));
topics.add('by number');
topics.add(Buffer.from([1, 2]));
const told = [showAll(await publisher.receive()), showAll(await publisher.receive())];
console.log('publisher <-', told.toSorted().join(' and '));
topics.remove('by number');
console.log('publisher <-', showAll(await publisher.receive()));
topics.subscribe('by name');
console.log('publisher <-', showAll(await publisher.receive()));

// A publisher that says itself what its subscribers get.
class Choosy extends zmq.XPublisher {
  grant(topic: string): void {
    this.setStringOption(6, topic);
  }
}
const choosy = new Choosy({ manual: true });
const grateful = new zmq.Subscriber();
grateful.connect(await listen(choosy));
grateful.subscribe('all');
console.log('choosy <-', showAll(await choosy.receive()));
choosy.grant('all of it');
await choosy.send('all');
await choosy.send('all of it');
console.log('grateful <-', showAll(await grateful.receive()));

// What can be written only, and is not a property of this class.
class Chatty extends zmq.XPublisher {
  tellAll(): this {
    this.setBoolOption(40, true);
    return this;
  }
}
const chatty = new Chatty().tellAll();
const chattyAddress = await listen(chatty);
for (const _ of [1, 2]) {
  const subscriber = new Topics({ linger: 0 });
  subscriber.connect(chattyAddress);
  subscriber.subscribe('same');
  console.log('chatty <-', showAll(await chatty.receive()));
}
for (const socket of [publisher, topics, choosy, grateful, chatty]) socket.close();
socket.close();
