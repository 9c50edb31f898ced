/** Addresses that are taken, wrong, unknown or gone, and those filled in for a program. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as zmq from 'zeromq';
import { failure, listen, outcome } from '../transcript.ts';

/** As outcome, with the address that the error carries. */
async function attempt(title: string, run: () => unknown, address?: unknown): Promise<void> {
  let result = 'ok';
  try {
    await run();
  } catch (error) {
    const of = error as { address?: unknown };
    const whose = of.address === address ? 'its address' : String(of.address);
    result = error instanceof TypeError ? failure(error) : `${failure(error)}, ${whose}`;
  }
  console.log(`${title}: ${result}`);
}

type Method = 'bind' | 'unbind' | 'connect' | 'disconnect';
const METHODS: readonly Method[] = ['bind', 'unbind', 'connect', 'disconnect'];

for (const address of [
  'foo-bar',
  'foo://bar',
  '',
  'tcp://',
  'tcp://127.0.0.1',
  'tcp://127.0.0.1:port',
]) {
  for (const method of METHODS) {
    const socket = new zmq.Dealer({ linger: 0 });
    await attempt(`${method}("${address}")`, () => socket[method](address), address);
    socket.close();
  }
}
for (const method of METHODS) {
  const socket = new zmq.Dealer();
  await attempt(`${method}(1)`, () => Reflect.apply(socket[method], socket, [1]));
  await attempt(`${method}()`, () => Reflect.apply(socket[method], socket, []));
  socket.close();
  await attempt(`${method} when closed`, () => socket[method]('tcp://127.0.0.1:1'));
}

/** Waits until a listener of this socket is closed: the port is free only then. */
async function listenerCloses(socket: zmq.Socket): Promise<void> {
  for await (const { type } of socket.events) if (type === 'close') return;
}

const server = new zmq.Reply();
const closing = listenerCloses(server);
const taken = await listen(server);
const other = new zmq.Reply({ linger: 0 });
await attempt('port taken', () => other.bind(taken), taken);
await attempt('port taken, at once', () => other.bindSync(taken), taken);
await attempt('not bound', () => other.unbind(taken), taken);
await attempt('not connected', () => other.disconnect(taken), taken);
await attempt('connect', () => other.connect(taken));
await attempt(
  'the same by another name',
  () => other.disconnect(taken.replace('127.0.0.1', 'localhost')),
  taken.replace('127.0.0.1', 'localhost'),
);
await attempt('connect again', () => other.connect(taken));
await attempt('disconnect', () => other.disconnect(taken));
await attempt('disconnect again', () => other.disconnect(taken), taken);
await attempt('unbind', () => server.unbind(taken));
await attempt('unbind again', () => server.unbind(taken), taken);
await closing;
await attempt('now it is free', () => other.bind(taken));
const givingBack = listenerCloses(other);
await attempt('and is given back', () => other.unbind(taken));
await givingBack;
await attempt('bound at once', () => other.bindSync(taken));

const inproc = new zmq.Pair();
await attempt('inproc', () => inproc.bind('inproc://name'));
await attempt('inproc taken', () => new zmq.Pair().bind('inproc://name'), 'inproc://name');
await attempt('inproc free again', async () => {
  await inproc.unbind('inproc://name');
  await new zmq.Pair().bind('inproc://name');
});
// With which error depends on the resolver.
const unknown = 'tcp://nosuch0:*';
const refusal = await other.bind(unknown).catch(({ address }: { address: string }) => address);
console.log('no such interface:', refusal === unknown);
await attempt('udp', () => other.bind('udp://127.0.0.1:5555'), 'udp://127.0.0.1:5555');
await attempt('a host that nobody knows', () => other.connect('tcp://no.such.host.invalid:5555'));

async function shape(address: string): Promise<string> {
  const socket = new zmq.Dealer();
  await socket.bind(address);
  const { lastEndpoint } = socket;
  socket.close();
  return String(lastEndpoint).replace(/:\d+/, ':<port>');
}
for (const address of [
  'tcp://*:*',
  'tcp://127.0.0.1:*',
  'tcp://127.0.0.1:0',
  'tcp://localhost:*',
]) {
  console.log(address, 'is', await shape(address));
}
const folder = mkdtempSync(join(tmpdir(), 'addresses-'));
const path = `ipc://${join(folder, 'socket')}`;
console.log('ipc path is kept:', (await shape(path)) === path);
const ipc = new zmq.Pull();
await ipc.bind(path);
const overIpc = new zmq.Push();
overIpc.connect(path);
console.log('lastEndpoint of connect is its text:', overIpc.lastEndpoint === path);
await overIpc.send('over ipc');
console.log(String((await ipc.receive())[0]));
await attempt(
  'ipc in no folder',
  () => new zmq.Pull().bind('ipc:///no/such/folder/socket'),
  'ipc:///no/such/folder/socket',
);

const fresh = new zmq.Dealer();
console.log('before anything:', fresh.lastEndpoint);
await fresh.bind('tcp://127.0.0.1:*');
const bound = fresh.lastEndpoint ?? '';
await fresh.unbind(bound);
console.log('after unbind:', fresh.lastEndpoint === bound);

// Several addresses for one socket.
const many = new zmq.Pull();
const ports = [await listen(many), await listen(many), path.replace('socket', 'other')];
await many.bind(ports[2] ?? '');
const feeds = ports.map((port) => {
  const feed = new zmq.Push();
  feed.connect(port);
  return feed;
});
for (const [index, feed] of feeds.entries()) await feed.send(`feed ${index}`);
const heard: string[] = [];
while (heard.length < feeds.length) heard.push(String((await many.receive())[0]));
console.log(heard.toSorted().join(', '));

for (const socket of [server, other, inproc, ipc, overIpc, fresh, many, ...feeds]) socket.close();
rmSync(folder, { recursive: true, force: true });
console.log(await outcome(() => many.close()), many.closed);
