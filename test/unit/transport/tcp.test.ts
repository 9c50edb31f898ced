/**
 * What tcp does with names, addresses and ports. The resolver is replaced: which names the machine knows is not ours to
 * say.
 *
 * @module
 */
import { type LookupAddress, promises } from 'node:dns';
import { createServer } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import {
  type EventOfType,
  type EventType,
  Reply,
  Request,
  type Socket,
} from '../../../src/index.ts';

const answers = vi.hoisted(() => ({ list: [] as LookupAddress[][], asked: 0 }));
vi.mock('node:dns/promises', () => ({
  lookup: async (name: string, options: { all?: boolean; family?: number }) => {
    if (name !== 'many.example') return promises.lookup(name, options);
    answers.asked++;
    return answers.list.length > 1 ? answers.list.shift() : answers.list[0];
  },
}));

const sockets: Socket[] = [];

function own<S extends Socket>(socket: S): S {
  sockets.push(socket);
  return socket;
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) await socket[Symbol.asyncDispose]();
  answers.list = [];
  answers.asked = 0;
});

async function next<T extends EventType>(socket: Socket, type: T): Promise<EventOfType<T>> {
  for await (const event of socket.events) {
    if (event.type === type) return event as EventOfType<T>;
  }
  throw new Error(`no ${type}`);
}

async function bound(): Promise<{ rep: Reply; port: number }> {
  const rep = own(new Reply());
  await rep.bind('tcp://127.0.0.1:*');
  return { rep, port: Number(rep.lastEndpoint?.split(':').pop()) };
}

/** A port of 127.0.0.1 that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

const at = (address: string): LookupAddress => ({ address, family: 4 });

test('every address of a name is tried, in order, and the event says which one answered', async () => {
  const { rep, port } = await bound();
  answers.list = [[at('127.0.0.2'), at('127.0.0.3'), at('127.0.0.1')]];
  const req = own(new Request({ reconnectInterval: -1 }));
  const connected = next(req, 'connect');
  req.connect(`tcp://many.example:${port}`);
  const reply = req.request('anybody?');
  expect(String(await rep.receive())).toBe('anybody?');
  await rep.send('here');
  expect(String(await reply)).toBe('here');
  expect((await connected).peer.address).toBe(`tcp://127.0.0.1:${port}`);
  expect(answers.asked).toBe(1);
});

test('a name is looked up anew for each attempt', async () => {
  const { rep, port } = await bound();
  answers.list = [[at('127.0.0.2')], [], [at('127.0.0.1')]];
  const req = own(new Request({ reconnectInterval: 1 }));
  req.connect(`tcp://many.example:${port}`);
  const reply = req.request('anybody?');
  await rep.receive();
  await rep.send('here');
  await reply;
  expect(answers.asked).toBe(3);
});

test('an attempt that fails is reported and repeated, until somebody listens', async () => {
  const port = await freePort();
  const req = own(new Request({ reconnectInterval: 1 }));
  const closed = next(req, 'close');
  req.connect(`tcp://127.0.0.1:${port}`);
  const reply = req.request('anybody?');
  expect((await closed).cause).toMatchObject({ code: 'ECONNREFUSED' });
  const rep = own(new Reply());
  await rep.bind(`tcp://127.0.0.1:${port}`);
  await rep.receive();
  await rep.send('here');
  expect(String(await reply)).toBe('here');
});

test('a source address is connected from', async () => {
  const { rep, port } = await bound();
  const accepted = next(rep, 'accept');
  const req = own(new Request());
  req.connect(`tcp://127.0.0.7:*;127.0.0.1:${port}`);
  expect((await accepted).peer.address).toMatch(/^tcp:\/\/127\.0\.0\.7:\d+$/);
});

test('a source port is connected from', async () => {
  const { rep, port } = await bound();
  const source = await freePort();
  const accepted = next(rep, 'accept');
  const req = own(new Request());
  req.connect(`tcp://*:${source};127.0.0.1:${port}`);
  expect((await accepted).peer.address).toBe(`tcp://127.0.0.1:${source}`);
});

test('an interface name stands for its address', async () => {
  const rep = own(new Reply());
  await rep.bind('tcp://lo:*');
  expect(rep.lastEndpoint).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/);
});

test('a wildcard stands for every address', async () => {
  const rep = own(new Reply());
  await rep.bind('tcp://*:*');
  expect(rep.lastEndpoint).toMatch(/^tcp:\/\/0\.0\.0\.0:\d+$/);
});
