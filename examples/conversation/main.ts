/**
 * A conversation with libzmq, the original ZeroMQ in C++, in both directions: first this package
 * asks and libzmq answers, then the other way round. libzmq runs in a process of its own, through
 * the npm package `zeromq` and, where a Python with pyzmq is found, through pyzmq too.
 *
 *     npx tsx examples/conversation/main.ts
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Observer, Reply, Request } from 'zmtp';

const MESSAGES = [['Hello'], ['two parts', 'one message'], ['Grüße', '']];
const PATIENCE = 10_000;
const PYTHONS = ['python3', '/usr/bin/python3', 'python'];

/** How to start a peer: `peer.ts` or `peer.py`, with its role and an endpoint as further arguments. */
type Program = { name: string; command: string; args: string[] };

const node: Program = {
  name: 'zeromq',
  command: process.execPath,
  args: ['--import', 'tsx', fileURLToPath(new URL('peer.ts', import.meta.url))],
};

function findPython(): Program | undefined {
  const command = PYTHONS.find((python) => spawnSync(python, ['-c', 'import zmq']).status === 0);
  if (command === undefined) return undefined;
  const peer = fileURLToPath(new URL('peer.py', import.meta.url));
  return { name: 'pyzmq', command, args: ['-u', '-X', 'utf8', peer] };
}

const watchdog = setTimeout(() => {
  fail(`nothing happened for ${PATIENCE / 1000} s after the last line above.`);
}, PATIENCE);

function fail(reason: string): never {
  console.error(`\nThe conversation failed: ${reason}`);
  process.exit(1);
}

function say(who: string, what: string): void {
  console.log(`  ${who.padEnd(8)}${what}`);
  watchdog.refresh();
}

/** Starts a peer; `say` prints its next line and returns it. */
function start({ name, command, args }: Program, role: 'reply' | 'request', endpoint: string) {
  const child = spawn(command, [...args, role, endpoint], { stdio: ['ignore', 'pipe', 'pipe'] });
  process.once('exit', () => child.kill());
  const exit = once(child, 'exit');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });

  return {
    async say(): Promise<string> {
      const { value, done } = await lines.next();
      if (done) throw new Error(`the ${name} process ended too early.\n${complaint}`);
      say(name, value);
      return value;
    },
    async end(): Promise<void> {
      const [code] = await exit;
      if (code !== 0) throw new Error(`the ${name} process ended with ${code}.\n${complaint}`);
    },
  };
}

/** Prints what happens to a connection until both sides know each other. */
async function sayHandshake(events: Observer): Promise<void> {
  for (;;) {
    const event = await events.receive();
    if ('error' in event) throw new Error(`${event.type}: ${event.error?.message}`);
    if (event.type === 'connect') say('zmtp', 'the TCP connection is made');
    if (event.type === 'accept') say('zmtp', 'a TCP connection is accepted');
    if (event.type === 'handshake') {
      const { address, socketType, minorVersion } = event.peer;
      say('zmtp', `shook hands with ${address}: a ${socketType} socket, ZMTP 3.${minorVersion}`);
      return;
    }
  }
}

function text(frames: (string | Buffer)[]): string {
  return frames.map((frame) => `"${frame}"`).join(' + ');
}

function compare(received: Buffer[], expected: string[]): void {
  if (text(received) === text(expected)) return;
  throw new Error(`expected ${text(expected)}, but received ${text(received)}.`);
}

async function ask(program: Program): Promise<void> {
  console.log(`\nzmtp asks, libzmq in ${program.name} answers:`);
  const peer = start(program, 'reply', 'tcp://127.0.0.1:*');
  const req = new Request();
  const { events } = req;
  await peer.say();
  const endpoint = (await peer.say()).replace('listening on ', '');

  say('zmtp', `connecting a REQ socket to ${endpoint}`);
  req.connect(endpoint);
  await sayHandshake(events);
  for (const frames of MESSAGES) {
    await req.send(frames);
    say('zmtp', `sent ${text(frames)}`);
    await peer.say();
    const reply = await req.receive();
    say('zmtp', `received ${text(reply)}`);
    compare(reply, ['You said', ...frames]);
  }
  await peer.end();
  req.close();
}

async function answer(program: Program): Promise<void> {
  console.log(`\nlibzmq in ${program.name} asks, zmtp answers:`);
  const rep = new Reply();
  const { events } = rep;
  await rep.bind('tcp://127.0.0.1:*');
  say('zmtp', `a REP socket is listening on ${rep.lastEndpoint}`);

  const peer = start(program, 'request', `${rep.lastEndpoint}`);
  await peer.say();
  await sayHandshake(events);
  for (const frames of MESSAGES) {
    const request = await rep.receive();
    say('zmtp', `received ${text(request)}`);
    compare(request, frames);
    const reply = ['You said', ...frames];
    await rep.send(reply);
    say('zmtp', `sent ${text(reply)}`);
    await peer.say();
  }
  await peer.end();
  rep.close();
}

const { version }: { version: string } = createRequire(import.meta.url)('zmtp/package.json');
console.log(
  `This is zmtp ${version}, ZeroMQ in TypeScript, Node ${process.version}, process ${process.pid}.`,
);
console.log('It talks over TCP to libzmq, the original in C++, in other processes.');

try {
  await ask(node);
  await answer(node);
  const python = findPython();
  if (python) {
    await ask(python);
    await answer(python);
  } else {
    console.log(
      `\nNo Python with pyzmq found (tried ${PYTHONS.join(', ')}): that part is left out.`,
    );
  }
  console.log('\nEverything sent has arrived, in both directions.');
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
clearTimeout(watchdog);
