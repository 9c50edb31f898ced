import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { makeReply, makeRequest, texts } from './conversation.ts';
import { RawListener } from '../../support/raw-peer.ts';
import { own, watchProcess } from '../../support/watch.ts';

watchProcess();

const PROGRAM = new URL('./process-exit.program.ts', import.meta.url);

/** A program that runs, and what it has printed. */
class Program {
  readonly child: ChildProcess;
  readonly #exited: Promise<number | null>;
  #output = '';
  #onOutput: () => void = () => {};

  constructor(scenario: string, endpoint = '') {
    this.child = spawn(
      process.execPath,
      ['--import', 'tsx', PROGRAM.pathname, scenario, endpoint],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        this.#onOutput();
      });
    }
    this.#exited = new Promise((resolve) => this.child.once('close', resolve));
  }

  get output(): string {
    return this.#output;
  }

  get hasExited(): boolean {
    return this.child.exitCode !== null;
  }

  /** Resolves with the first line that matches. */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const [line] = pattern.exec(this.#output) ?? [];
      if (line !== undefined) return line;
      if (this.hasExited) throw new Error(`no ${pattern} in: ${this.#output}`);
      await new Promise<void>((resolve) => {
        this.#onOutput = resolve;
        void this.#exited.then(() => resolve());
      });
    }
  }

  /** Resolves with the exit code, and fails when the program does not end by itself. */
  exit(): Promise<number | null> {
    return this.#exited;
  }
}

const fillers: Socket[] = [];
/** Long enough for a connection on this machine to be accepted, if it is at all. */
const pause = (delay: number): Promise<false> =>
  new Promise((resolve) => {
    setTimeout(resolve, delay, false);
  });

const running: Program[] = [];

function run(scenario: string, endpoint?: string): Program {
  const program = new Program(scenario, endpoint);
  running.push(program);
  return program;
}

afterEach(() => {
  for (const { child } of running.splice(0)) child.kill();
});

/** A port where nobody listens, but could. */
async function freeEndpoint(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return `tcp://127.0.0.1:${port}`;
}

test('a program ends by itself, whatever sockets it has, when nothing is pending', async () => {
  // In one program, because most of what it takes is the time to start.
  const scenarios = [
    'idle',
    'after a conversation',
    'everything closed',
    'events of a closed socket',
    'listeners that were taken off',
    'listeners of an observer that was replaced',
  ];
  const program = run(scenarios.join());
  expect(await program.exit()).toBe(0);
  expect(program.output).toMatch(/done\n$/);
  expect(program.output).not.toContain('WARNING');
});

describe('a program goes on', () => {
  test('while a receive waits, until it has what it waits for', async () => {
    const program = run('pending receive');
    const endpoint = await program.line(/tcp:\S+/);
    const req = makeRequest();
    req.connect(endpoint);
    expect(texts(await req.request('q'))).toEqual(['re q']);
    expect(await program.exit()).toBe(0);
    expect(program.output).toContain('received');
  });

  test('while anything else waits', async () => {
    const names = [
      'pending receive over inproc',
      'pending events',
      'pending poll',
      'listeners that came back',
    ];
    const programs = names.map((name) => run(name));
    for (const program of programs) await program.line(/waiting/);
    // Another program that began after these began to wait has come to its end meanwhile.
    await run('everything closed').exit();
    const ended = names.filter((_, i) => programs[i]?.hasExited);
    expect(ended).toEqual([]);
    for (const program of programs) expect(program.output).not.toContain('done');
  });
});

describe('what the operating system has not answered does not keep a program', () => {
  test('a connection that nobody accepts', async () => {
    // A process that is stopped leaves connections in its backlog, until that is full.
    const script = `const server = require('net').createServer();
      server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => console.log(server.address().port));`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [port] = await once(child.stdout, 'data');
      child.kill('SIGSTOP');
      for (let accepted = true; accepted; ) {
        const filler = connect(Number(port), '127.0.0.1');
        filler.on('error', () => {});
        fillers.push(filler);
        accepted = await Promise.race([once(filler, 'connect').then(() => true), pause(200)]);
      }
      const program = run('connecting', `tcp://127.0.0.1:${Number(port)}`);
      expect(await program.exit()).toBe(0);
      expect(program.output).toBe('done\n');
    } finally {
      for (const filler of fillers.splice(0)) filler.destroy();
      child.kill('SIGKILL');
    }
  });

  test('bytes that nobody reads, once they have lingered', async () => {
    const listener = own(await RawListener.listen());
    const program = run('unread message with a short linger', listener.endpoint);
    const peer = await listener.accept();
    await peer.handshake({ as: 'REP' });
    peer.pause();
    expect(await program.exit()).toBe(0);
    expect(program.output).toBe('done\n');
  });
});

describe('messages that have not left', () => {
  test.each(['unsent message', 'unsent message of a closed socket'])(
    'keep the program until they have: %s',
    async (scenario) => {
      const endpoint = await freeEndpoint();
      const program = run(scenario, endpoint);
      await program.line(/done/);
      const rep = makeReply();
      await rep.bind(endpoint);
      expect(texts(await rep.receive())).toEqual(['lingered']);
      expect(await program.exit()).toBe(0);
    },
  );

  test('are dropped without linger, and when it is over', async () => {
    const scenarios = [
      'unsent message with linger 0',
      'unsent message with linger 0 at close',
      'unsent message with a short linger',
    ];
    const program = run(scenarios.join(), await freeEndpoint());
    expect(await program.exit()).toBe(0);
    expect(program.output).toBe('done\n');
  });

  test('are announced when the wait is long', async () => {
    const program = run('unsent message', await freeEndpoint());
    const warning = await program.line(/.*WARNING.*/);
    expect(warning).toBe(
      `(node:${program.child.pid}) WARNING: Waiting for queued ZeroMQ messages to be delivered. Set 'context.blocky = false' to change this behaviour.`,
    );
    expect(program.hasExited).toBe(false);
  });
});
