/**
 * How the socket commands read and write frames: each format in both directions.
 */
import { decode, encode } from '@msgpack/msgpack';
import { afterEach, expect, test } from 'vitest';
import * as zeromq from 'zeromq';
import { run, start } from './run-command.ts';

const sockets: zeromq.Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

/** Sends with a command, and answers with the messages that arrive. */
async function sent(
  options: readonly string[],
  input: string | readonly string[],
  count = 1,
): Promise<Buffer[][]> {
  const pull = new zeromq.Pull();
  sockets.push(pull);
  await pull.bind('tcp://127.0.0.1:*');
  const isText = typeof input === 'string';
  const ending = run(
    ['push', '--connect', pull.lastEndpoint ?? '', ...options, ...(isText ? [] : ['--', ...input])],
    isText ? input : '',
  );
  const receive = async (): Promise<Buffer[][]> => {
    const messages: Buffer[][] = [];
    for (let i = 0; i < count; i++) messages.push(await pull.receive());
    return messages;
  };
  const [messages] = await Promise.all([
    receive(),
    ending.then((ended) => expect(ended).toEqual({ out: '', err: '', code: 0 })),
  ]);
  return messages;
}

/** What a command prints for messages. */
async function printed(
  options: readonly string[],
  ...messages: readonly (string | Uint8Array | (string | Uint8Array)[])[]
): Promise<string> {
  const push = new zeromq.Push();
  sockets.push(push);
  await push.bind('tcp://127.0.0.1:*');
  const number = String(messages.length);
  const command = start(
    'pull',
    '--connect',
    push.lastEndpoint ?? '',
    '--number',
    number,
    ...options,
  );
  for (const message of messages) await push.send(message);
  const { out, err, code } = await command.ended;
  expect({ err, code }).toEqual({ err: '', code: 0 });
  return out;
}

const BYTES = Buffer.from([0, 0xff, 0x0a]);

test('text', async () => {
  expect(await sent([], 'a\tb\nü', 2)).toEqual([[Buffer.from('a\tb')], [Buffer.from('ü')]]);
  expect(await sent(['-d', '::'], 'a::b::')).toEqual([['a', 'b', ''].map((t) => Buffer.from(t))]);
  expect(await sent([], ['-x', ''])).toEqual([[Buffer.from('-x'), Buffer.alloc(0)]]);
  expect(await printed([], ['a', 'b'], 'ü')).toBe('a\tb\nü\n');
  expect(await printed(['-d', ', '], ['a', '', 'b'])).toBe('a, , b\n');
});

test('hexadecimal digits', async () => {
  const options = ['--format', 'hex'];
  expect(await sent(options, '00ff0A\t\t0x61')).toEqual([
    [BYTES, Buffer.alloc(0), Buffer.from('a')],
  ]);
  expect(await printed(options, [BYTES, '', 'a'])).toBe('00ff0a\t\t61\n');
});

test('JSON, of which no digit is lost', async () => {
  const options = ['--format', 'json'];
  const big = '{"a": [12345678901234567890, 1.0]}';
  expect((await sent(options, `${big}\t"x"`)).map((frames) => frames.map(String))).toEqual([
    [big, '"x"'],
  ]);
  expect(await printed(options, [big, '{\n  "b": "\\n"\n}', 'no json'])).toBe(
    `${big}\t{ "b": "\\n" }\t{"$hex":"6e6f206a736f6e"}\n`,
  );
});

test('MessagePack as JSON, behind a topic of text', async () => {
  const options = ['--format', 'text,msgpack'];
  const value = { name: 'x', list: [1, 2.5, null, true], bytes: { $bin: '00ff0a' } };
  const [frames = []] = await sent(options, ['topic', JSON.stringify(value)]);
  expect(String(frames[0])).toBe('topic');
  expect(decode(frames[1] ?? BYTES)).toEqual({ ...value, bytes: BYTES });
  const packed = encode({ ...value, bytes: BYTES });
  expect(await printed(options, ['topic', packed])).toBe(`topic\t${JSON.stringify(value)}\n`);
  const long = encode([5n, 2n ** 63n], { useBigInt64: true });
  expect(await printed(['-f', 'msgpack'], long)).toBe('[5,"9223372036854775808"]\n');
});

test('a line of JSON for each message, in both directions the same', async () => {
  const lines = ['{"frames":["a\\tb\\n",{"$hex":"00ff0a"},""]}\n', '{"frames":["\\u009b"]}\n'];
  const messages = await sent(['--json'], lines.join(''), 2);
  expect(messages).toEqual([
    [Buffer.from('a\tb\n'), BYTES, Buffer.alloc(0)],
    [Buffer.from('\u009b')],
  ]);
  expect(await printed(['--json'], ...messages)).toBe(lines.join(''));
  const packed = '{"frames":["t",[1,{"$bin":"00"}],{"$hex":""}]}\n';
  const options = ['--json', '--format', 'text,msgpack'];
  expect(await printed(options, ...(await sent(options, packed)))).toBe(packed);
});

test('bytes as they are', async () => {
  expect(await sent(['--format', 'raw'], 'a\nb\n')).toEqual([[Buffer.from('a\nb\n')]]);
  expect(await printed(['--format', 'raw'], ['a', 'b\n'], 'c')).toBe('ab\nc');
});

test.each([
  [['--format', 'hex'], '00\n0', 'line 2: "0" is not a series of bytes in hexadecimal digits'],
  [['--format', 'json'], '{"a"', /line 1: "\{"a"" is no JSON/],
  [['--json'], '[]', 'line 1: a message is an object, {"frames": […]}'],
  [['--json'], '{"frames":[1]}', 'line 1: expected a string, got 1'],
  [['--json'], '{"frames":[]}', 'line 1: "frames" is an array of one frame or more'],
  [['--json'], '{"frames":["a"],"peer":"00"}', 'line 1: a message has no "peer"'],
])('%j: %j is no message', async (options, input, reason) => {
  const push = ['push', '--bind', 'tcp://127.0.0.1:*', '--linger', '0', ...options];
  const pull = start('pull', '--bind', 'tcp://127.0.0.1:*');
  const [, endpoint = ''] = await pull.prints(/bound to (\S+)\n/);
  const { out, err, code } = await run([...push, '--connect', endpoint], input);
  expect({ out, code }).toEqual({ out: '', code: 2 });
  expect(err).toMatch(reason);
});
