/** A broker of slow jobs: dealers have names, the router answers when it likes. */
import { Dealer, Router } from 'zeromq';
import { listen, show, showAll } from '../transcript.ts';

const router = new Router();
const address = await listen(router);

const names = ['ada', 'bob', 'cyd'];
const dealers = new Map(names.map((name) => [name, new Dealer({ routingId: name })]));
for (const [name, dealer] of dealers) {
  dealer.connect(address);
  for (let job = 1; job <= 3; job++) await dealer.send([`job ${job}`, Buffer.from(name)]);
}

const jobs: { peer: Buffer; job: string; owner: string }[] = [];
for (let count = 0; count < 9; count++) {
  const [peer, job, owner] = await router.receive();
  if (peer && job && owner) jobs.push({ peer, job: String(job), owner: String(owner) });
}
console.log('ids are', [...new Set(jobs.map(({ peer }) => show(peer)))].toSorted().join(' '));
for (const name of names) {
  const own = jobs.filter(({ owner }) => owner === name).map(({ job }) => job);
  console.log(name, 'asked in order for', own.join(', '));
}

// Answers go the other way round: the last job of the last name first.
const order = jobs.toSorted((a, b) => b.owner.localeCompare(a.owner) || b.job.localeCompare(a.job));
for (const { peer, job, owner } of order) {
  await router.send([peer, '', `done: ${job} of ${owner}`]);
}
await router.send(['nobody', 'is dropped']);
await router.send(['ada']);

for (const [name, dealer] of dealers) {
  for (let count = 0; count < 3; count++) console.log(name, '<-', showAll(await dealer.receive()));
}

// Without a name the router makes one up: five bytes, the first of them zero.
const anonymous = new Dealer();
anonymous.connect(address);
await anonymous.send('who am I');
const [id] = await router.receive();
console.log('made-up id:', id?.length, 'bytes, first', id?.[0]);
await router.send([id ?? '', 'you']);
console.log('anonymous <-', showAll(await anonymous.receive()));

// One dealer, two routers: it takes turns, and hears both.
const other = new Router();
const both = new Dealer({ routingId: 'both' });
both.connect(address);
both.connect(await listen(other));
for (let count = 0; count < 4; count++) await both.send(`message ${count}`);
for (const [name, socket] of Object.entries({ router, other })) {
  const got = [await socket.receive(), await socket.receive()];
  console.log(name, 'got', got.length, 'from', show(got[0]?.[0] ?? Buffer.alloc(0)));
  await socket.send(['both', `from ${name}`]);
}
const heard = [await both.receive(), await both.receive()].map(showAll);
console.log('both heard', heard.toSorted().join(' and '));

for (const socket of [router, other, anonymous, both, ...dealers.values()]) socket.close();
