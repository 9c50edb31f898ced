/** Subscriptions as messages: who asks for what, how often it is told, and what else goes upstream. */
import { Subscriber, XPublisher, XSubscriber } from 'zeromq';
import { handshakes, listen, showAll } from '../transcript.ts';

function subscription([frame]: Buffer[]): string {
  if (frame === undefined || (frame[0] !== 0 && frame[0] !== 1)) return `? ${String(frame)}`;
  return `${frame[0] === 1 ? '+' : '-'}${frame.toString('latin1', 1)}`;
}

async function hear(socket: XPublisher, until: string): Promise<string> {
  const heard: string[] = [];
  do heard.push(subscription(await socket.receive()));
  while (heard.at(-1) !== until);
  return heard.join(' ');
}

async function subscriptions(verbosity: null | 'allSubs' | 'allSubsUnsubs'): Promise<void> {
  const publisher = new XPublisher();
  publisher.verbosity = verbosity;
  const address = await listen(publisher);
  const one = new Subscriber();
  const oneIsThere = handshakes(one);
  one.connect(address);
  await oneIsThere;
  one.subscribe('a', 'b', 'a');
  one.unsubscribe('a', 'b');
  one.subscribe('first-done');
  const first = await hear(publisher, '+first-done');
  // A second subscriber asks for what is there already.
  const two = new Subscriber();
  const twoIsThere = handshakes(two);
  two.connect(address);
  await twoIsThere;
  two.subscribe('a', 'c');
  two.unsubscribe('a');
  two.subscribe('second-done');
  const second = await hear(publisher, '+second-done');
  one.unsubscribe('a');
  one.subscribe('third-done');
  const third = await hear(publisher, '+third-done');
  console.log(`verbosity ${verbosity}`);
  console.log('  one:', first);
  console.log('  two:', second);
  console.log('  one again:', third);
  for (const socket of [publisher, one, two]) socket.close();
}

await subscriptions(null);
await subscriptions('allSubs');
await subscriptions('allSubsUnsubs');

const publisher = new XPublisher({ welcomeMessage: 'welcome' });
const address = await listen(publisher);
const subscriber = new XSubscriber();
subscriber.connect(address);
await subscriber.send(Buffer.from('\x01news.'));
await subscriber.send(Buffer.from('\x01wel'));
console.log('publisher <-', subscription(await publisher.receive()));
console.log('publisher <-', subscription(await publisher.receive()));
await publisher.send(['news.today', 'all is well']);
await publisher.send(['old', 'is not sent']);
await publisher.send(['news.tomorrow', 'who knows']);
for (const _ of ['welcome', 'today', 'tomorrow']) {
  console.log('subscriber <-', showAll(await subscriber.receive()));
}

// Anything that is no subscription goes upstream as it is.
await subscriber.send('a note for the publisher');
console.log('publisher <-', showAll(await publisher.receive()));
await subscriber.send(Buffer.from('\x00news.'));
console.log('publisher <-', subscription(await publisher.receive()));
await subscriber.send(Buffer.from('\x01last'));
console.log('publisher <-', subscription(await publisher.receive()));
await publisher.send('news.again');
await publisher.send('last');
console.log('subscriber <-', showAll(await subscriber.receive()));

// Who goes takes its subscriptions along.
subscriber.close();
const gone = [subscription(await publisher.receive()), subscription(await publisher.receive())];
console.log('publisher <-', gone.toSorted().join(' '));
publisher.close();

// Subscriptions made before there is anybody to tell arrive in sum.
const early = new Subscriber();
early.subscribe('kept', 'dropped', 'twice', 'twice');
early.unsubscribe('dropped', 'twice');
const late = new XPublisher();
early.connect(await listen(late));
early.subscribe('~done'); // which sorts last: some tell them in the order of their bytes
const told = await hear(late, '+~done');
console.log('late <-', told.split(' ').toSorted().join(' '));
early.close();
late.close();
