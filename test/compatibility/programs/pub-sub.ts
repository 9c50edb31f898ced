/** News for subscribers with several prefixes, some of which they give up. */
import * as zmq from 'zeromq';
import { listen, showAll } from '../transcript.ts';

/** Subscriptions take effect some time after the call, in its order: goes on when one made last works. */
async function settle(publisher: zmq.Publisher, subscriber: zmq.Subscriber): Promise<void> {
  subscriber.subscribe('settle');
  subscriber.receiveTimeout = 10;
  for (let round = 1, heard = 0; heard === 0; round++) {
    await publisher.send(['settle', String(round)]);
    heard = await subscriber.receive().then(
      () => round,
      () => 0,
    );
  }
  subscriber.receiveTimeout = -1;
  await publisher.send(['settle', 'end']);
  while (String((await subscriber.receive())[1]) !== 'end');
  subscriber.unsubscribe('settle');
}

const publisher = new zmq.Publisher();
const address = await listen(publisher);

const weather = new zmq.Subscriber();
weather.connect(address);
weather.subscribe('weather.', 'alert', Buffer.from([0xff]));
const everything = new zmq.Subscriber({ receiveHighWaterMark: 0 });
everything.connect(address);
everything.subscribe();

const NEWS: (string | Buffer)[][] = [
  ['weather.oslo', 'rain'],
  ['weather', 'no dot, no match'],
  ['sports.oslo', 'draw'],
  ['alert', 'storm', 'tonight'],
  ['alerts too', ''],
  [Buffer.from([0xff, 1]), 'binary'],
  ['', 'an empty topic'],
  ['sp', 'short'],
];

async function round(title: string): Promise<void> {
  await settle(publisher, weather);
  await settle(publisher, everything);
  for (const news of NEWS) await publisher.send(news);
  await publisher.send(['alert', 'over']);
  for (const [name, subscriber] of Object.entries({ weather, everything })) {
    console.log(`${title}: ${name}`);
    for (;;) {
      const message = await subscriber.receive();
      if (String(message[0]) === 'settle') continue;
      console.log(' ', showAll(message));
      if (String(message[1]) === 'over') break;
    }
  }
}

await round('at first');
weather.unsubscribe('weather.', Buffer.from([0xff]));
weather.subscribe('sports', 'sp');
await round('changed');
weather.subscribe('sp'); // a second time: it takes two calls to give it up
weather.unsubscribe('sp', 'never subscribed');
await round('counted');
weather.unsubscribe('sports', 'sp');
await round('given up');

await publisher.send('nobody reads this');
publisher.close();
weather.close();
everything.close();
await new zmq.Publisher().send('no subscriber at all');
console.log('end');
