/** Follows connections with listeners. */
import { type EventOfType, type EventType, Publisher, Subscriber } from 'zeromq';
import { listen } from '../transcript.ts';

const TYPES = ['bind', 'accept', 'handshake', 'disconnect', 'close', 'end'] as const;

const publisher = new Publisher();
const { events } = publisher;
const seen: string[] = [];
let address = '';

function once<T extends EventType>(type: T): Promise<EventOfType<T>> {
  return new Promise((resolve) => {
    const listener = (event: EventOfType<T>): void => {
      events.off(type, listener);
      resolve(event);
    };
    events.on(type, listener);
  });
}

for (const type of TYPES) {
  events.on(type, (event) => {
    seen.push('address' in event ? `${event.type} ${new URL(event.address).hostname}` : event.type);
  });
}
const unused = (): void => console.log('is never called');
events.on('handshake', unused);
events.off('handshake', unused);
events.off('accept', unused); // never added

const bound = once('bind');
address = await listen(publisher);
console.log('bound at its address:', (await bound).address === address);

const accepted = once('accept');
const shaken = once('handshake');
const subscriber = new Subscriber();
subscriber.connect(address);
console.log('accepted at:', (await accepted).address === address);
console.log('shaken at:', (await shaken).address === address);

const disconnected = once('disconnect');
subscriber.close();
console.log('disconnected from:', (await disconnected).address === address);

try {
  await events.receive();
} catch (error) {
  console.log('receive throws', error instanceof Error, String(error).includes('events.on()'));
}

const end = once('end');
publisher.close();
console.log('the end:', JSON.stringify(await end));
console.log(seen.join(', '));
console.log('closed', events.closed);
