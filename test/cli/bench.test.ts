/**
 * `zmtp bench`, each end with npm zeromq at the other, in the manner of libzmq's own tools.
 */
import { afterEach, expect, test } from 'vitest';
import * as zeromq from 'zeromq';
import { run, start } from './run-command.ts';

const ANY = 'tcp://127.0.0.1:*';

const sockets: zeromq.Socket[] = [];
function own<T extends zeromq.Socket>(socket: T): T {
  sockets.push(socket);
  return socket;
}
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

async function startBound(...args: readonly string[]): Promise<[ReturnType<typeof start>, string]> {
  const command = start('bench', ...args, '--bind', ANY, '--json');
  const [, endpoint = ''] = await command.prints(/^zmtp bench: bound to (\S+)\n/m);
  return [command, endpoint];
}

test('pull counts from the first message to the last', async () => {
  const [command, endpoint] = await startBound('pull', '--count', '200');
  const push = own(new zeromq.Push());
  push.connect(endpoint);
  for (let i = 0; i < 200; i++) await push.send(Buffer.alloc(50));
  const { out, code } = await command.ended;
  expect(code).toBe(0);
  const figures = JSON.parse(out) as Record<string, number>;
  expect(figures).toMatchObject({ role: 'pull', messages: 199, bytes: 199 * 50 });
  expect(figures['seconds']).toBeGreaterThan(0);
  expect(figures['messagesPerSecond']).toBeGreaterThan(0);
});

test('push sends as many and as large messages as it is told, and lets them leave', async () => {
  const pull = own(new zeromq.Pull());
  await pull.bind(ANY);
  const args = ['--connect', pull.lastEndpoint ?? '', '--count', '5000', '--size', '100'];
  const ending = run(['bench', 'push', ...args]);
  for (let i = 0; i < 5000; i++) expect((await pull.receive()).map((f) => f.length)).toEqual([100]);
  const { out, err, code } = await ending;
  expect({ err, code }).toEqual({ err: '', code: 0 });
  expect(out).toMatch(/^role +push\nmessages +5000\nbytes +500000\nseconds +[\d.]+\n/);
});

test('req asks, and says how long it took', async () => {
  const rep = own(new zeromq.Reply());
  await rep.bind(ANY);
  const args = ['--connect', rep.lastEndpoint ?? '', '--count', '100', '--size', '0', '--json'];
  const ending = run(['bench', 'req', ...args]);
  for (let i = 0; i < 100; i++) await rep.send(await rep.receive());
  const { out, err, code } = await ending;
  expect({ err, code }).toEqual({ err: '', code: 0 });
  const figures = JSON.parse(out) as Record<string, number>;
  expect(figures).toMatchObject({ role: 'req', roundTrips: 90, bytesEach: 0 });
  expect(figures['p50Microseconds']).toBeGreaterThanOrEqual(figures['minMicroseconds'] ?? NaN);
  expect(figures['p99Microseconds']).toBeGreaterThanOrEqual(figures['p50Microseconds'] ?? NaN);
});

test('rep echoes until Ctrl-C, and then says what it has done', async () => {
  const [command, endpoint] = await startBound('rep');
  const req = own(new zeromq.Request());
  req.connect(endpoint);
  await req.send('hello');
  expect(String((await req.receive())[0])).toBe('hello');
  command.child.kill('SIGINT');
  const { out, code } = await command.ended;
  expect(code).toBe(130);
  expect(JSON.parse(out)).toMatchObject({ role: 'rep', messages: 1, bytes: 5 });
});

test('a sender that stops too early, and a timeout: what was measured is printed', async () => {
  const [command, endpoint] = await startBound('pull', '--count', '1000', '--timeout', '2000');
  const push = own(new zeromq.Push());
  push.connect(endpoint);
  for (let i = 0; i < 200; i++) await push.send('x');
  const { out, err, code } = await command.ended;
  expect(code).toBe(3);
  expect(err).toMatch(/nothing within 2000 ms/);
  expect(JSON.parse(out)).toMatchObject({ messages: 199 });
});

test('a peer that is no echo is told', async () => {
  const rep = own(new zeromq.Reply());
  await rep.bind(ANY);
  const ending = run(['bench', 'req', '--connect', rep.lastEndpoint ?? '', '--count', '10']);
  await rep.receive();
  await rep.send('no');
  const { err, code } = await ending;
  expect(err).toMatch(/^zmtp: the peer does not send back what it is sent/);
  expect(code).toBe(1);
});

test.each([
  [['dealer', '--bind', ANY], '"dealer" is none of push, pull, req, rep'],
  [['pull', '--bind', ANY, '--size', '5'], '--size is for those who send'],
  [['pull', '--bind', ANY, '--count', '1'], '--count is 2 or more'],
  [['push'], '--bind or --connect says where to'],
])('%j makes no sense', async (args, reason) => {
  const { err, code } = await run(['bench', ...args]);
  expect(err).toContain(reason);
  expect(code).toBe(2);
});
