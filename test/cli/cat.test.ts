/**
 * `zmtp req`, `rep`, `push` and so on: each direction, with npm zeromq at the other end; and how they end.
 */
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import * as zeromq from 'zeromq';
import { run, type RunningCommand, start } from './run-command.ts';

const ANY = 'tcp://127.0.0.1:*';

const sockets: zeromq.Socket[] = [];
function own<T extends zeromq.Socket>(socket: T): T {
  sockets.push(socket);
  return socket;
}
afterEach(() => {
  for (const socket of sockets.splice(0)) {
    if (socket.closed) continue;
    socket.linger = 0;
    socket.close();
  }
});

async function bound<T extends zeromq.Socket>(socket: T): Promise<[T, string]> {
  await socket.bind(ANY);
  return [own(socket), socket.lastEndpoint ?? ''];
}

/** Starts a command that binds; answers with where. */
async function startBound(...args: readonly string[]): Promise<[RunningCommand, string]> {
  const command = start(...args, '--bind', ANY);
  const [, endpoint = ''] = await command.prints(/^zmtp \w+: bound to (\S+)\n/m);
  return [command, endpoint];
}

function texts(frames: readonly Buffer[]): string[] {
  return frames.map(String);
}

describe('requests and replies', () => {
  test('arguments are the frames of a request, and the reply is a line', async () => {
    const [server, endpoint] = await bound(new zeromq.Reply());
    const command = start('req', '--connect', endpoint, 'hello', 'world');
    expect(texts(await server.receive())).toEqual(['hello', 'world']);
    await server.send(['so', 'be', 'it']);
    expect(await command.ended).toEqual({ out: 'so\tbe\tit\n', err: '', code: 0 });
  });

  test('each line of standard input is a request', async () => {
    const [, endpoint] = await startBound('rep', '--echo');
    const { out, code } = await run(['req', '--connect', endpoint], 'one\ntwo\tparts\n\nlast');
    expect({ out, code }).toEqual({ out: 'one\ntwo\tparts\n\nlast\n', code: 0 });
  });

  test('a rep prints requests, echoes them, and ends after as many as it is told', async () => {
    const [command, endpoint] = await startBound('rep', '--echo', '--number', '2');
    const client = own(new zeromq.Request());
    client.connect(endpoint);
    for (const request of [['a', 'b'], ['c']]) {
      await client.send(request);
      expect(texts(await client.receive())).toEqual(request);
    }
    expect(await command.ended).toMatchObject({ out: 'a\tb\nc\n', code: 0 });
  });

  test('a rep takes its replies from standard input, and fails when there are no more', async () => {
    const [command, endpoint] = await startBound('rep');
    command.child.stdin.end('yes\n');
    const client = own(new zeromq.Request());
    client.connect(endpoint);
    await client.send('is it?');
    expect(texts(await client.receive())).toEqual(['yes']);
    await client.send('and this?');
    const { out, err, code } = await command.ended;
    expect({ out, code }).toEqual({ out: 'is it?\nand this?\n', code: 1 });
    expect(err).toMatch(/zmtp: A request has no reply: standard input has no more replies/);
  });

  test('a router tells peers apart, and replies to each behind its envelope', async () => {
    const [command, endpoint] = await startBound('router', '--reply', 'done', '--number', '2');
    const client = own(new zeromq.Request({ routingId: 'me' }));
    client.connect(endpoint);
    await client.send('work');
    expect(texts(await client.receive())).toEqual(['done']);
    const dealer = own(new zeromq.Dealer({ routingId: 'you' }));
    dealer.connect(endpoint);
    await dealer.send(['more', '']);
    expect(texts(await dealer.receive())).toEqual(['done']);
    expect(await command.ended).toMatchObject({ out: '6d65\t\twork\n796f75\tmore\t\n', code: 0 });
  });

  test('a router sends to whom a line of JSON names', async () => {
    const [command, endpoint] = await startBound('router', '--json', '--number', '2');
    const dealer = own(new zeromq.Dealer({ routingId: 'you' }));
    dealer.connect(endpoint);
    await dealer.send('hello');
    await command.prints(/^{"peer":"796f75","frames":\["hello"\]}\n/);
    command.child.stdin.write('{"peer":"796f75","frames":["one","two"]}\n');
    expect(texts(await dealer.receive())).toEqual(['one', 'two']);
    await dealer.send('bye');
    expect((await command.ended).code).toBe(0); // and standard input is still open
  });
});

describe('one way', () => {
  test('a push sends its message as often as it is told, and ends when all has left', async () => {
    const [pull, endpoint] = await bound(new zeromq.Pull());
    const command = start('push', '--connect', endpoint, '--count', '300', '--interval', '1', 'x');
    for (let i = 0; i < 300; i++) expect(texts(await pull.receive())).toEqual(['x']);
    expect(await command.ended).toEqual({ out: '', err: '', code: 0 });
  });

  test('nothing of a long input is lost', async () => {
    const [command, endpoint] = await startBound('pull', '--number', '20000');
    const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`).join('');
    expect(await run(['push', '--connect', endpoint], lines)).toEqual({
      out: '',
      err: '',
      code: 0,
    });
    const { out, code } = await command.ended;
    expect(code).toBe(0);
    expect(out === lines).toBe(true);
  });

  test('a sub gets its topics, from several publishers', async () => {
    const [one, first] = await bound(new zeromq.XPublisher());
    const [two, second] = await bound(new zeromq.XPublisher());
    const ends = ['--connect', first, '--connect', second];
    const command = start('sub', ...ends, '--topic', 'a', '--topic', 'b', '--number', '2');
    for (const publisher of [one, two]) {
      const topics = [...(await publisher.receive()), ...(await publisher.receive())];
      expect(texts(topics).toSorted()).toEqual(['\x01a', '\x01b']);
    }
    await one.send(['c', 'not this']);
    await one.send(['a', '1']);
    await command.prints(/^a\t1\n$/);
    await two.send(['b', '2']);
    expect(await command.ended).toMatchObject({ out: 'a\t1\nb\t2\n', code: 0 });
  });

  test('a pub waits for its first subscriber', async () => {
    const options = ['--peers', '1', '--delay', '50', '--count', '0', '--interval', '10'];
    const [command, endpoint] = await startBound('pub', ...options, 'tick');
    const subscriber = own(new zeromq.Subscriber());
    subscriber.subscribe();
    subscriber.connect(endpoint);
    expect(texts(await subscriber.receive())).toEqual(['tick']);
    command.child.kill('SIGINT');
    expect((await command.ended).code).toBe(130);
  });

  test('a pub to whom nobody has listened says so', async () => {
    const { err, code } = await run(['pub', '--bind', ANY, 'tick']);
    expect(err).toMatch(/^zmtp pub: nobody was there/m);
    expect(code).toBe(0);
  });
});

describe('both ways', () => {
  test('a dealer sends its arguments and prints what comes', async () => {
    const [server, endpoint] = await bound(new zeromq.Reply());
    const command = start('dealer', '--connect', endpoint, '--number', '1', '', 'hello');
    expect(texts(await server.receive())).toEqual(['hello']);
    await server.send('world');
    expect(await command.ended).toEqual({ out: '\tworld\n', err: '', code: 0 });
  });

  test('two pairs talk until one has heard enough', async () => {
    const [one, endpoint] = await startBound('pair', '--number', '1');
    const two = start('pair', '--connect', endpoint);
    one.child.stdin.write('ping\n');
    await two.prints(/^ping\n/);
    two.child.stdin.write('pong\n');
    expect(await one.ended).toMatchObject({ out: 'pong\n', code: 0 });
    two.child.kill('SIGINT');
    expect(await two.ended).toMatchObject({ out: 'ping\n', code: 130 });
  });

  test('an xpub shows subscriptions, an xsub makes them', async () => {
    const [command, endpoint] = await startBound('xpub', '--json', '--number', '1');
    const { code } = await run(['xsub', '--connect', endpoint, '--topic', 'a', '--number', '0']);
    expect(code).toBe(0);
    expect(await command.ended).toMatchObject({ out: '{"frames":["\\u0001a"]}\n', code: 0 });
  });

  test('--number 0 sends, and waits for nothing', async () => {
    const [router, endpoint] = await bound(new zeromq.Router());
    const args = ['--connect', endpoint, '--routing-id', 'me', '--number', '0'];
    const ending = run(['dealer', ...args], 'a\nb\n');
    expect(texts(await router.receive())).toEqual(['me', 'a']);
    expect(texts(await router.receive())).toEqual(['me', 'b']);
    expect(await ending).toEqual({ out: '', err: '', code: 0 });
  });
});

describe('the end', () => {
  test('Ctrl-C while it waits for a peer', async () => {
    const command = start('req', '--connect', 'tcp://127.0.0.1:1', '--verbose', 'hello');
    await command.prints(/connect:retry/);
    command.child.kill('SIGINT');
    expect((await command.ended).code).toBe(130);
  });

  test('Ctrl-C while messages wait to leave', async () => {
    const [server, endpoint] = await bound(new zeromq.Pull({ receiveHighWaterMark: 1 }));
    const command = start(
      'push',
      '--connect',
      endpoint,
      '--verbose',
      '--count',
      '900',
      'x'.repeat(100_000),
    );
    await server.receive();
    await command.prints(/handshake/);
    command.child.kill('SIGINT');
    expect((await command.ended).code).toBe(130);
  });

  test('nobody there, and a timeout: the last that happened is told', async () => {
    const args = ['--connect', 'tcp://127.0.0.1:1', '--timeout', '1000', 'hello'];
    for (const name of ['req', 'push']) {
      const { out, err, code } = await run([name, ...args]);
      expect({ out, code }).toEqual({ out: '', code: 3 });
      expect(err).toMatch(/nothing within 1000 ms; last: close tcp:\S+ connect ECONNREFUSED/);
    }
  });

  test('a peer that vanishes, and a timeout', async () => {
    const [server, endpoint] = await bound(new zeromq.Reply({ linger: 0 }));
    const command = start('req', '--connect', endpoint, '--timeout', '2000', 'hello');
    await server.receive();
    server.close();
    const { err, code } = await command.ended;
    expect(code).toBe(3);
    expect(err).toMatch(/^zmtp req: nothing within 2000 ms; last: \w+ tcp:/m);
  });

  test('messages that do not leave within --linger', async () => {
    const [server, endpoint] = await bound(new zeromq.Pull({ receiveHighWaterMark: 1 }));
    const args = ['--count', '900', '--linger', '2000', 'x'.repeat(100_000)];
    const command = start('push', '--connect', endpoint, ...args);
    await server.receive();
    const { err, code } = await command.ended;
    expect(code).toBe(3);
    expect(err).toMatch(/^zmtp push: nothing within 2000 ms; last: handshake/m);
  });

  test('a peer of a type that does not fit is told in one line', async () => {
    const [, endpoint] = await bound(new zeromq.Pull());
    const { err, code } = await run(['req', '--connect', endpoint, '--timeout', '2000', 'hello']);
    expect(code).toBe(3);
    const lines = err.split('\n');
    expect(lines[0]).toMatch(/^zmtp req: handshake:error:protocol tcp:\S+ .*REQ.*PULL/);
    expect(lines.filter((line) => line.includes('handshake:error'))).toHaveLength(1);
  });

  test('a peer that refuses for good is the end', async () => {
    const security = ['--plain-server', '--plain-username', 'a', '--plain-password', 'b'];
    const [, endpoint] = await startBound('pull', ...security);
    const { err, code } = await run(['push', '--connect', endpoint, 'hello']);
    expect(code).toBe(1);
    expect(err).toMatch(/^zmtp push: handshake:error:protocol tcp:\S+ .*PLAIN.*NULL/);
    expect(err).toMatch(/^zmtp push: no peer is left that could come/m);
  });

  test('a reader that has enough ends it quietly', async () => {
    const [command, endpoint] = await startBound('pull');
    const push = own(new zeromq.Push());
    push.connect(endpoint);
    await push.send('first');
    await command.prints(/^first\n/);
    command.child.stdout.destroy();
    await once(command.child.stdout, 'close');
    // A message that is on its way when the reader goes is written all the same.
    while (command.child.exitCode === null) {
      if (push.writable) await push.send('more');
      await new Promise(setImmediate);
    }
    const { err, code } = await command.ended;
    expect(code).toBe(0);
    expect(err).toMatch(/^zmtp pull: bound to \S+\n$/);
  });
});

test.each([
  [['push', 'x'], '--bind or --connect says where to'],
  [['pull', '--bind', ANY, 'x'], 'expected 0 arguments, got 1'],
  [['push', '--bind', 'inproc://here', 'x'], 'inproc:// reaches nobody outside of this process'],
  [['push', '--connect', 'tcp://host:99999', 'x'], /"99999" is no port/],
  [['push', '--connect', 'smtp://host', 'x'], /Protocol not supported/],
  [['push', '--topic', 'a', '--bind', ANY], "Unknown option '--topic'"],
  [['push', '--bind', ANY, '--count', '2'], '--count is for a message in the arguments'],
  [['rep', '--bind', ANY, '--echo', '--reply', 'a'], 'either --echo or --reply'],
  [
    ['dealer', '--bind', ANY, '--echo', '--count', '2'],
    '--count has no meaning with --echo or --reply',
  ],
  [['router', '--bind', ANY, 'me', 'hello'], '"me" is not a series of bytes in hexadecimal digits'],
  [['sub', '--bind', ANY, '--set', 'conflat=true'], 'this socket has no option "conflat"'],
  [['sub', '--bind', ANY, '--set', 'close=1'], 'this socket has no option "close"'],
  [['sub', '--bind', ANY, '--set', 'linger=-5'], /linger must be a whole number/],
  [['sub', '--bind', ANY, '--format', 'xml'], /--format takes text, hex, json, msgpack/],
  [['sub', '--bind', ANY, '--format', 'raw', '--json'], /--format raw goes with neither/],
])('%j makes no sense', async (args, reason) => {
  const { out, err, code } = await run(args);
  expect({ out, code }).toEqual({ out: '', code: 2 });
  expect(err).toMatch(reason);
  expect(err).toMatch(/^zmtp: \w+: .*: see `zmtp \w+ --help`\n$/);
});

test('any option of the socket can be set', async () => {
  const [push, endpoint] = await bound(new zeromq.Push());
  const settings = [
    '--set',
    'maxMessageSize=10',
    '--set',
    'immediate=true',
    '--set',
    'zapDomain=null',
  ];
  const command = start('pull', '--connect', endpoint, ...settings, '--verbose', '--number', '1');
  await push.send('x'.repeat(11));
  await command.prints(/disconnect .*10/);
});
