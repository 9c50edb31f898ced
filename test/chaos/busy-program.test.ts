/**
 * A program that awaits one call after the other, none of which ever has to wait: timers fire meanwhile, and other sockets
 * are served.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Publisher, Pull, Push, Reply, Request, Subscriber } from '../../src/index.ts';
import { own, watchProcess } from '../support/watch.ts';

watchProcess();

const ROUNDS = 4;
/** A loop that starves everybody else ends here, and not by the deadline: that could not fire either. */
const ENDLESS = 1_000_000;

/** Round trips over the network and timers, until there were enough of them. */
async function live(): Promise<void> {
  const [req, rep] = [own(new Request({ linger: 0 })), own(new Reply({ linger: 0 }))];
  await rep.bind('tcp://127.0.0.1:*');
  req.connect(rep.lastEndpoint ?? '');
  for (let round = 0; round < ROUNDS; round += 1) {
    await req.send(`${round}`);
    await rep.send(await rep.receive());
    await req.receive();
    await delay(1);
  }
}

async function endpoint(socket: Pull | Publisher, address: string): Promise<string> {
  await socket.bind(address);
  return socket.lastEndpoint ?? '';
}

/** Makes a call that never has to wait. */
type MakeLoop = () => Promise<() => Promise<unknown>>;

function pushPull(address: string): MakeLoop {
  return async () => {
    const [push, pull] = [own(new Push({ linger: 0 })), own(new Pull())];
    push.connect(await endpoint(pull, address));
    const iterator = pull[Symbol.asyncIterator]();
    return async () => {
      await push.send('x');
      await iterator.next();
    };
  };
}

const LOOPS: readonly [name: string, make: MakeLoop][] = [
  [
    'send of a PUB that nobody hears',
    async () => {
      const pub = own(new Publisher());
      await pub.bind('tcp://127.0.0.1:*');
      return () => pub.send('x');
    },
  ],
  [
    'send of a PUSH whose queue has no bound',
    async () => {
      const push = own(new Push({ linger: 0, sendHighWaterMark: 0 }));
      push.connect('tcp://127.0.0.1:1');
      return () => push.send('');
    },
  ],
  ['send and for await over inproc', pushPull('inproc://busy')],
  ['send and for await over tcp', pushPull('tcp://127.0.0.1:*')],
  [
    'receive of what waits',
    async () => {
      const [pub, sub] = [own(new Publisher({ sendHighWaterMark: 0 })), own(new Subscriber())];
      sub.receiveHighWaterMark = 0;
      sub.subscribe('');
      sub.connect(await endpoint(pub, 'inproc://waiting'));
      return async () => {
        await pub.send('x');
        await sub.receive();
      };
    },
  ],
  [
    'receive that finds nothing',
    async () => {
      const pull = own(new Pull({ receiveTimeout: 0 }));
      await pull.bind('tcp://127.0.0.1:*');
      return () =>
        pull.receive().catch((error: { code?: string }) => expect(error.code).toBe('EAGAIN'));
    },
  ],
  [
    'send that finds no room',
    async () => {
      const push = own(new Push({ sendTimeout: 0 }));
      await push.bind('tcp://127.0.0.1:*');
      return () =>
        push.send('x').catch((error: { code?: string }) => expect(error.code).toBe('EAGAIN'));
    },
  ],
];

describe('timers fire and other sockets are served during a loop of', () => {
  test.each(LOOPS)('%s', async (_name, make) => {
    const call = await make();
    const others = { areServed: false };
    const served = live().then(() => {
      others.areServed = true;
    });
    let count = 0;
    while (!others.areServed && count < ENDLESS) {
      await call();
      count += 1;
    }
    expect(others.areServed).toBe(true);
    await served;
  });
});
