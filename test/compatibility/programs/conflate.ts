/** Only the newest message matters: gauges, prices, positions. */
import * as zmq from 'zeromq';
import { listen, showAll } from '../transcript.ts';

const gauge = new zmq.Push({ conflate: true, linger: 0 });
const display = new zmq.Pull({ conflate: true });
await display.bind('inproc://gauge');
gauge.connect('inproc://gauge');
for (let value = 1; value <= 3; value++) await gauge.send(`value ${value}`);
console.log('display <-', showAll(await display.receive()));
console.log('more:', display.readable);
await gauge.send('value 4');
console.log('display <-', showAll(await display.receive()));
for (let value = 5; value <= 5000; value++) await gauge.send(`value ${value}`);
console.log('display <-', showAll(await display.receive()));
gauge.close();
display.close();

// Over a network some values are skipped; the last one is not.
const prices = new zmq.XPublisher({ sendHighWaterMark: 0 });
const address = await listen(prices);
const reader = new zmq.Subscriber({ conflate: true });
reader.connect(address);
reader.subscribe('');
await prices.receive(); // the subscription
const LAST = 2000;
const reading = (async () => {
  let previous = 0;
  let isRising = true;
  let count = 0;
  while (previous < LAST) {
    const price = Number((await reader.receive())[0]);
    if (price <= previous) isRising = false;
    previous = price;
    count++;
  }
  return `rising ${isRising}, last ${previous}, no more than sent ${count <= LAST}`;
})();
for (let price = 1; price <= LAST; price++) await prices.send(String(price));
console.log(await reading);
prices.close();
reader.close();
