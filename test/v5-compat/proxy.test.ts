/**
 * `proxy` of the older API.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { SocketType } from '../../src/v5-compat.ts';
import { watchProcess } from '../support/watch.ts';
import { bound, type Compat, type CompatSocket, IMPLEMENTATIONS, open, record } from './modules.ts';

watchProcess();

const TYPES = [
  'pair',
  'req',
  'rep',
  'pub',
  'sub',
  'dealer',
  'xreq',
  'router',
  'xrep',
  'pull',
  'push',
  'xpub',
  'xsub',
  'stream',
] as const satisfies readonly SocketType[];

type Setup = {
  front: CompatSocket;
  back: CompatSocket;
  client: CompatSocket;
  server: CompatSocket;
  /** What reads the capture socket. */
  reader: CompatSocket;
};

/** A client and a server with a proxy between them, all connected. */
async function setUp(
  zmq: Compat,
  [client, front, back, server]: readonly [SocketType, SocketType, SocketType, SocketType],
): Promise<Setup> {
  const setup: Setup = {
    front: open(zmq, front),
    back: open(zmq, back),
    client: open(zmq, client),
    server: open(zmq, server),
    reader: open(zmq, 'pull'),
  };
  setup.client.connect(await bound(setup.front));
  setup.server.connect(await bound(setup.back));
  const capture = open(zmq, 'push');
  capture.connect(await bound(setup.reader));
  zmq.proxy(setup.front, setup.back, capture);
  return setup;
}

describe.each(IMPLEMENTATIONS)('$name', ({ zmq }) => {
  it.each([
    ['req', 'router', 'dealer', 'rep'],
    ['req', 'xrep', 'xreq', 'rep'],
  ] as const)('%s, %s, %s, %s: replies are captured without their envelope', async (...types) => {
    const { client, server, reader } = await setUp(zmq, types);
    server.on('message', (...frames: Buffer[]) => server.send(['re', ...frames]));
    const replies = record(client);
    const captured = record(reader);
    client.send(['ask', 'this']);
    expect(await replies.message()).toEqual(['re', 'ask', 'this']);
    expect(await captured.message()).toEqual(['re', 'ask', 'this']);
    client.send('more');
    expect(await replies.message()).toEqual(['re', 'more']);
    expect(await captured.message()).toEqual(['re', 'more']);
    expect(captured.all).toHaveLength(2);
  });

  it('sub, xpub, xsub, xpub: subscriptions go one way, messages the other', async () => {
    const { client, server, reader } = await setUp(zmq, ['sub', 'xpub', 'xsub', 'xpub']);
    const subscriptions = record(server);
    const log = record(client);
    const captured = record(reader);
    client.subscribe('topic');
    expect(await subscriptions.message()).toEqual(['\u0001topic']);
    server.send(['topic', 'body']);
    expect(await log.message()).toEqual(['topic', 'body']);
    expect(await captured.message()).toEqual(['topic', 'body']);
    client.unsubscribe('topic');
    expect(await subscriptions.message()).toEqual(['\u0000topic']);
  });

  it('push, pull, push, pull: work goes to the back', async () => {
    const { client, server, reader } = await setUp(zmq, ['push', 'pull', 'push', 'pull']);
    const log = record(server);
    const captured = record(reader);
    client.send(['a', 'b']);
    client.send('c');
    expect(await log.message()).toEqual(['a', 'b']);
    expect(await log.message()).toEqual(['c']);
    expect(captured.all).toEqual([]);
  });

  it('pull, push, pull, push: work goes to the front, and is captured', async () => {
    const { client, server, reader } = await setUp(zmq, ['pull', 'push', 'pull', 'push']);
    const log = record(client);
    const captured = record(reader);
    server.send(['a', 'b']);
    expect(await log.message()).toEqual(['a', 'b']);
    expect(await captured.message()).toEqual(['a', 'b']);
  });

  it('takes no other types, nor these in another order', () => {
    const allowed = ['push/pull', 'pull/push', 'xpub/xsub', 'router/dealer', 'xrep/xreq'];
    const sockets = TYPES.map((type) => open(zmq, type));
    for (const front of sockets) {
      for (const back of sockets) {
        const attempt = (): void => zmq.proxy(front, back);
        if (allowed.includes(`${front.type}/${back.type}`)) expect(attempt).not.toThrow();
        else
          expect(attempt).toThrow('This socket type order is not supported in compatibility mode');
      }
    }
  });
});
