/**
 * A program for `process-exit.test.ts`: does what its first argument names, one thing or several with commas between,
 * prints `done` and then has nothing more to do.
 *
 * @module
 */
import { Context, Observer, poll, Reply, Request } from '../../../src/index.ts';
import * as compat from '../../../src/v5-compat.ts';

const [, , scenarios = '', endpoint = ''] = process.argv;

async function boundReply(): Promise<Reply> {
  const rep = new Reply();
  await rep.bind('tcp://127.0.0.1:*');
  return rep;
}

const SCENARIOS: Record<string, () => Promise<void>> = {
  /** Sockets that are bound, connected and retrying, and nothing to do. */
  async idle() {
    const rep = await boundReply();
    await rep.bind('ipc://*');
    await rep.bind('inproc://idle');
    const req = new Request({ heartbeatInterval: 100_000, handshakeInterval: 100_000 });
    req.connect(rep.lastEndpoint ?? '');
    req.connect('tcp://127.0.0.1:1');
    req.connect('inproc://nobody');
  },

  /** A conversation that has come to its end, with everything left open. */
  async 'after a conversation'() {
    const rep = await boundReply();
    const req = new Request({ heartbeatInterval: 50 });
    req.connect(rep.lastEndpoint ?? '');
    void req.events;
    await req.send('q');
    await rep.receive();
    await rep.send('a');
    await req.receive();
  },

  async 'everything closed'() {
    const rep = await boundReply();
    const req = new Request();
    req.connect(rep.lastEndpoint ?? '');
    req.close();
    rep.close();
  },

  /** The message comes from another process, later. */
  async 'pending receive'() {
    const rep = await boundReply();
    process.stdout.write(`${rep.lastEndpoint}\n`);
    const [frame] = await rep.receive();
    await rep.send(`re ${String(frame)}`);
    process.stdout.write('received\n');
  },

  async 'pending receive over inproc'() {
    const req = new Request({ context: new Context() });
    req.connect('inproc://nobody');
    process.stdout.write('waiting\n');
    await req.receive();
  },

  async 'pending events'() {
    const rep = await boundReply();
    process.stdout.write('waiting\n');
    for await (const event of rep.events) process.stdout.write(`${event.type}\n`);
  },

  async 'listeners that were taken off'() {
    const rep = await boundReply();
    const listener = (): void => {};
    rep.events.on('bind', listener).on('close', listener);
    rep.events.off('bind', listener).off('close', listener);
    compat.socket('pub').monitor().unmonitor();
  },

  async 'listeners of an observer that was replaced'() {
    const rep = await boundReply();
    rep.events.on('bind', () => {});
    void new Observer(rep);
    const other = await boundReply();
    const reading = other.events.receive();
    void new Observer(other);
    await reading;
  },

  async 'listeners that came back'() {
    const rep = await boundReply();
    const listener = (): void => {};
    rep.events.on('bind', listener).off('bind', listener).on('close', listener);
    process.stdout.write('waiting\n');
    await new Promise(() => {});
  },

  async 'pending poll'() {
    const rep = await boundReply();
    process.stdout.write('waiting\n');
    await poll([rep]);
  },

  async 'events of a closed socket'() {
    const rep = await boundReply();
    const { events } = rep;
    rep.close();
    for await (const event of events) process.stdout.write(`${event.type} `);
  },

  /** Whoever listens at `endpoint` does so later than this program wants to end. */
  async 'unsent message'() {
    const req = new Request({ reconnectInterval: 10 });
    req.connect(endpoint);
    await req.send('lingered');
    process.stdout.write('sent\n');
  },

  async 'unsent message of a closed socket'() {
    const req = new Request({ reconnectInterval: 10 });
    req.connect(endpoint);
    await req.send('lingered');
    req.close();
    process.stdout.write('sent\n');
  },

  async 'unsent message with linger 0'() {
    const req = new Request({ linger: 0, reconnectInterval: 10 });
    req.connect(endpoint);
    await req.send('dropped');
  },

  async 'unsent message with linger 0 at close'() {
    const req = new Request({ reconnectInterval: 10 });
    req.connect(endpoint);
    await req.send('dropped');
    req.linger = 0;
    req.close();
  },

  /** Whoever listens at `endpoint` never accepts. */
  async connecting() {
    const req = new Request();
    req.connect(endpoint);
  },

  /** Whoever listens at `endpoint` shakes hands and then reads nothing. */
  async 'unread message with a short linger'() {
    const req = new Request({ linger: 50 });
    req.connect(endpoint);
    await req.send(Buffer.alloc(64 * 1024 * 1024));
  },

  async 'unsent message with a short linger'() {
    const req = new Request({ linger: 50, reconnectInterval: 10 });
    req.connect(endpoint);
    await req.send('dropped');
  },
};

async function main(): Promise<void> {
  for (const name of scenarios.split(',')) await SCENARIOS[name]?.();
}

main().then(
  () => process.stdout.write('done\n'),
  (error: unknown) => {
    process.stdout.write(`${String(error)}\n`);
  },
);
