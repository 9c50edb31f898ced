/**
 * The command `zmtp` itself: finding subcommands, help, and exit codes.
 */
import { expect, test } from 'vitest';
import { type curveKeyPair, Reply } from '../../src/index.ts';
import { run, start } from './run-command.ts';

test('says what there is', async () => {
  const { out, code } = await run(['--help']);
  expect(code).toBe(0);
  expect(out).toMatch(/^Usage: zmtp COMMAND/);
  expect(out).toMatch(/^ {2}keygen +make a pair of keys/m);
});

test('without a command it says the same, and that this was none', async () => {
  expect(await run([])).toEqual({ ...(await run(['--help'])), code: 2 });
});

test('knows its version', async () => {
  expect(await run(['--version'])).toMatchObject({
    out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    code: 0,
  });
});

test.each([
  [['keyge'], 'zmtp: there is no command "keyge": see `zmtp --help`\n'],
  [['toString'], 'zmtp: there is no command "toString": see `zmtp --help`\n'],
  [['keygen', '--jso'], "zmtp: keygen: Unknown option '--jso': see `zmtp keygen --help`\n"],
  [['keygen', 'x'], 'zmtp: keygen: expected 0 arguments, got 1: see `zmtp keygen --help`\n'],
])('%j makes no sense', async (args, err) => {
  expect(await run(args)).toEqual({ out: '', err, code: 2 });
});

test('a subcommand has help with examples', async () => {
  const { out, code } = await run(['keygen', '--help']);
  expect(code).toBe(0);
  expect(out).toMatch(/^Usage: zmtp keygen \[options\]/);
  expect(out).toMatch(/^ {2}zmtp keygen --json/m);
});

test('keygen makes keys that belong together', async () => {
  const { out } = await run(['keygen', '--json']);
  const { publicKey, secretKey } = JSON.parse(out) as ReturnType<typeof curveKeyPair>;
  const socket = new Reply({
    curveServer: true,
    curvePublicKey: publicKey,
    curveSecretKey: secretKey,
  });
  await socket.bind('tcp://127.0.0.1:*'); // where keys that do not are refused
  await socket[Symbol.asyncDispose]();
  expect((await run(['keygen'])).out).toMatch(/^public \S{40}\nsecret \S{40}\n$/);
});

test.each<(endpoint: string) => string[]>([
  () => ['keygen'],
  () => ['proxy', 'queue', '--frontend', 'tcp://127.0.0.1:*', '--backend', 'tcp://127.0.0.1:*'],
  (endpoint) => ['bench', 'req', '--connect', endpoint, '--count', '10'],
  (endpoint) => ['conform', endpoint, '--only', 'T1'],
  (endpoint) => ['fuzz', endpoint, '--time', '600'],
])('nobody reads the output: %s ends quietly', async (line) => {
  const socket = new Reply({ linger: 0 });
  await socket.bind('tcp://127.0.0.1:*');
  void (async () => {
    for await (const message of socket) await socket.send(message);
  })();
  const command = start(...line(socket.lastEndpoint ?? ''));
  command.child.stdout.destroy();
  expect(await command.ended).toMatchObject({ err: '', code: 0 });
  socket.close();
});
