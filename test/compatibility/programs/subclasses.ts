/** Sockets of one's own: narrower messages, more methods, and classes made from Socket itself. */
// oxlint-disable typescript/no-unsafe-declaration-merging -- it is how zeromq's classes are narrowed
import { Dealer, Pull, Push, type Readable, Reply, Request, Socket, type Writable } from 'zeromq';
import { listen, outcome, showAll } from '../transcript.ts';

type Job = { readonly id: number; readonly name: string };

class JobPush extends Push {
  push(job: Job): Promise<void> {
    return this.send(JSON.stringify(job));
  }
}
class JobPull extends Pull {
  #pulled = 0;

  get pulled(): number {
    return this.#pulled;
  }

  async pull(): Promise<Job> {
    const [frame] = await this.receive();
    this.#pulled++;
    return JSON.parse(String(frame)) as Job;
  }

  async *jobs(): AsyncGenerator<Job> {
    while (!this.closed) yield await this.pull();
  }
}

const push = new JobPush({ linger: 100 });
const pull = new JobPull({ receiveHighWaterMark: 7 });
pull.connect(await listen(push));
await push.push({ id: 1, name: 'first' });
await push.push({ id: 2, name: 'second' });
await push.push({ id: 3, name: 'third' });
for await (const { id, name } of pull.jobs()) {
  console.log('job', id, name);
  if (id === 3) break;
}
console.log(pull.pulled, pull.receiveHighWaterMark, push.linger, pull instanceof Pull);

/** Sends text only. */
interface TextPush extends Writable<string> {}
class TextPush extends Socket {
  constructor() {
    super(8);
  }
}
/** Receives two frames. */
interface NamedPull extends Readable<[name: Buffer, value: Buffer]> {}
class NamedPull extends Socket {
  constructor(options?: { linger?: number }) {
    super(7, options);
  }
}
const text = new TextPush();
const named = new NamedPull({ linger: 50 });
await named.bind('inproc://text');
text.connect('inproc://text');
await text.send('only text');
console.log('named <-', showAll(await named.receive()));
console.log(text.type, named.type, named.linger, text instanceof Socket, text instanceof Push);

/** A client and a server that speak JSON. */
type Question = { n: number };
type Answer = { square: number };
class JsonClient extends Request {
  async ask(question: Question): Promise<Answer> {
    await this.send(JSON.stringify(question));
    const [answer] = await this.receive();
    return JSON.parse(String(answer)) as Answer;
  }
}
class JsonServer extends Reply {
  async serve(answer: (question: Question) => Answer): Promise<void> {
    for await (const [question] of this) {
      await this.send(JSON.stringify(answer(JSON.parse(String(question)) as Question)));
    }
  }
}
const server = new JsonServer();
const client = new JsonClient({ relaxed: true });
client.connect(await listen(server));
const serving = server.serve(({ n }) => ({ square: n * n }));
for (const n of [1, 2, 12]) console.log(n, '->', (await client.ask({ n })).square);
server.close();
await serving;

/** Overrides what is there. */
class Counting extends Dealer {
  static sent = 0;

  override send(...args: Parameters<Dealer['send']>): Promise<void> {
    Counting.sent++;
    return super.send(...args);
  }

  override close(): void {
    console.log('closing after', Counting.sent);
    super.close();
  }
}
const counting = new Counting({ routingId: 'counting' });
await counting.bind('inproc://counting');
const peer = new Dealer();
peer.connect('inproc://counting');
await counting.send('one');
await counting.send(['two', 'three']);
console.log('peer <-', showAll(await peer.receive()), 'and', showAll(await peer.receive()));
counting.close();

console.log('sealed:', Object.isSealed(peer));
console.log(await outcome(() => Object.assign(peer, { note: 'no room for it' })));
console.log(await outcome(() => Reflect.construct(Socket, ['push'])));
console.log(await outcome(() => Reflect.construct(Socket, [])));
console.log(await outcome(() => Reflect.construct(Socket, [4591])));
console.log(await outcome(() => Reflect.construct(Socket, [8, 'options'])));
console.log(await outcome(() => (Reflect.construct(Socket, [3, { linger: 3 }]) as Socket).linger));
for (const socket of [push, pull, text, named, client, peer]) socket.close();
