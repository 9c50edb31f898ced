/**
 * `zmtp proxy`, with clients and workers of npm zeromq.
 */
import { afterEach, expect, test } from 'vitest';
import * as zeromq from 'zeromq';
import { run, start } from './run-command.ts';

const sockets: { close(): void }[] = [];
function own<T extends { close(): void }>(socket: T): T {
  sockets.push(socket);
  return socket;
}
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

/** Starts a proxy on ports of the system's choice; answers with where its ends are. */
async function startProxy(
  type: string,
  ...more: readonly string[]
): Promise<{ command: ReturnType<typeof start>; frontend: string; backend: string }> {
  const ends = ['--frontend', 'tcp://127.0.0.1:*', '--backend', 'tcp://127.0.0.1:*'];
  const command = start('proxy', type, ...ends, ...more);
  const [, frontend = ''] = await command.prints(/^frontend is bound to (\S+)\n/m);
  const [, backend = ''] = await command.prints(/^backend is bound to (\S+)\n/m);
  return { command, frontend, backend };
}

test('a queue takes requests to workers and replies back, until Ctrl-C', async () => {
  const { command, frontend, backend } = await startProxy('queue');
  const client = own(new zeromq.Request());
  const worker = own(new zeromq.Reply());
  client.connect(frontend);
  worker.connect(backend);
  await client.send('question');
  expect(String((await worker.receive())[0])).toBe('question');
  await worker.send('answer');
  expect(String((await client.receive())[0])).toBe('answer');
  command.child.kill('SIGINT');
  expect(await command.ended).toMatchObject({ err: '', code: 130 });
});

test('a streamer, with a capture that sees what passes', async () => {
  const { command, frontend, backend } = await startProxy(
    'streamer',
    '--capture',
    'tcp://127.0.0.1:*',
  );
  const [, capture = ''] = await command.prints(/^capture is bound to (\S+)\n/m);
  const spy = own(new zeromq.Subscriber());
  spy.connect(capture);
  spy.subscribe();
  const push = own(new zeromq.Push());
  const pull = own(new zeromq.Pull());
  push.connect(frontend);
  pull.connect(backend);
  const seen = spy.receive();
  // What passes before the spy has subscribed it does not see.
  for (let isSeen = false; !isSeen; ) {
    await push.send('piece');
    expect(String((await pull.receive())[0])).toBe('piece');
    isSeen = await Promise.race([
      seen.then(() => true),
      new Promise<false>((resolve) => setImmediate(resolve, false)),
    ]);
  }
  expect(String((await seen)[0])).toBe('piece');
});

test.each([
  [
    ['ring', '--frontend', 'tcp://*:*', '--backend', 'tcp://*:*'],
    '"ring" is none of queue, forwarder, streamer',
  ],
  [['queue', '--frontend', 'tcp://*:*'], '--frontend and --backend are both needed'],
])('%j makes no sense', async (args, reason) => {
  const err = `zmtp: proxy: ${reason}: see \`zmtp proxy --help\`\n`;
  expect(await run(['proxy', ...args])).toEqual({ out: '', err, code: 2 });
});

test('an end that cannot be bound takes the other one with it', async () => {
  const ends = ['--frontend', 'tcp://127.0.0.1:*', '--backend', 'here'];
  const { err, code } = await run(['proxy', 'queue', ...ends]);
  expect(err).toContain('zmtp: proxy: Invalid argument: here: expected scheme://address: see');
  expect(code).toBe(2);
});

test('an address that is taken is told in one line', async () => {
  const { frontend } = await startProxy('queue');
  const { err, code } = await run([
    'proxy',
    'queue',
    '--frontend',
    frontend,
    '--backend',
    frontend,
  ]);
  expect(err).toMatch(/^zmtp: Address already in use: .*\(EADDRINUSE\)\n$/);
  expect(err).toContain(frontend);
  expect(code).toBe(1);
});
