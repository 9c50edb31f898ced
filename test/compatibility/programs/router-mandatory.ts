/** A router that wants to know when a message has nowhere to go. */
import { Dealer, Router } from 'zeromq';
import { handshakes, listen, outcome, showAll } from '../transcript.ts';

const router = new Router({ mandatory: true, sendTimeout: 0, linger: 0 });
const address = await listen(router);
console.log('nobody there:', await outcome(() => router.send(['ada', 'hello'])));

const ada = new Dealer({ routingId: 'ada', linger: 0 });
ada.connect(address);
await ada.send('I am here');
console.log('router <-', showAll(await router.receive()));
console.log('ada:', await outcome(() => router.send(['ada', 'hello'])));
console.log('bob:', await outcome(() => router.send(['bob', 'hello'])));
router.sendTimeout = -1;
console.log('bob, patiently:', await outcome(() => router.send(['bob', 'hello'])));
router.sendTimeout = 0;
console.log('ada <-', showAll(await ada.receive()));

// What a router sends is for peers it knows by name, in parts as it likes.
await router.send(['ada', '', 'several', 'parts']);
console.log('ada <-', showAll(await ada.receive()));

router.mandatory = false;
console.log('not mandatory:', await outcome(() => router.send(['bob', 'dropped'])));
router.mandatory = true;
console.log('mandatory again:', await outcome(() => router.send(['bob', 'refused'])));

// The other way: a router that connects and gives its peer a name.
const server = new Dealer();
const serverAddress = await listen(server);
const connecting = new Router({ mandatory: true });
connecting.connect(serverAddress, { routingId: 'server' });
console.log('named:', await outcome(() => connecting.send(['server', 'by name'])));
console.log('server <-', showAll(await server.receive()));
await server.send(['and', 'back']);
console.log('connecting <-', showAll(await connecting.receive()));

// A second peer of the same name is refused, unless handover is set.
const desk = new Router({ handover: true });
const seat = await listen(desk);
const first = new Dealer({ routingId: 'seat', linger: 0 });
first.connect(seat);
await first.send('first');
console.log('desk <-', showAll(await desk.receive()));
const second = new Dealer({ routingId: 'seat', linger: 0 });
const secondIsThere = handshakes(second);
second.connect(seat);
await secondIsThere;
await second.send('second');
console.log('desk <-', showAll(await desk.receive()));
await desk.send(['seat', 'for the one who has it now']);
console.log('second <-', showAll(await second.receive()));

for (const socket of [router, ada, server, connecting, desk, first, second]) socket.close();
console.log('end');
