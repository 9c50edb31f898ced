/** When a process ends: messages that have not left, calls that wait, sockets left open. Runs itself as its children. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as zmq from 'zeromq';
import { listen, showAll } from '../transcript.ts';

const [, , role = 'parent', address = ''] = process.argv;

/** What the children do. None of them ends itself with `process.exit`. */
const CHILDREN: Record<string, () => Promise<void>> = {
  /** Leaves messages behind, closes nothing. */
  async 'leaves messages'() {
    const push = new zmq.Push();
    push.connect(address);
    for (let count = 1; count <= 3; count++) await push.send(['left behind', String(count)]);
    await push.send(Buffer.alloc(3_000_000));
  },
  /** The same, and closes. */
  async 'closes first'() {
    const push = new zmq.Push({ linger: 5000 });
    push.connect(address);
    await push.send('sent before close');
    push.close();
  },
  /** Nobody is there, and it does not wait for anybody. */
  async 'does not linger'() {
    const push = new zmq.Push({ linger: 0 });
    push.connect('tcp://127.0.0.1:1');
    await push.send('lost');
  },
  /** Nobody is there, and it waits for a moment. */
  async 'lingers for 300 ms'() {
    const push = new zmq.Push({ linger: 300 });
    push.connect('tcp://127.0.0.1:1');
    await push.send('lost');
    console.log('child: sent');
  },
  /** A context that is not blocky lingers for nobody. */
  async 'is not blocky'() {
    zmq.context.blocky = false;
    const push = new zmq.Push();
    push.connect('tcp://127.0.0.1:1');
    await push.send('lost');
  },
  /** Sockets that nobody uses keep no process. */
  async 'leaves sockets open'() {
    const pull = new zmq.Pull();
    await pull.bind('tcp://127.0.0.1:*');
    new zmq.Subscriber().connect(address);
    await new zmq.Publisher().send('nobody hears it');
  },
  /** A call that waits does. */
  async 'waits for a message'() {
    const pull = new zmq.Dealer();
    pull.connect(address);
    await pull.send('waiting');
    console.log('child: got', showAll(await pull.receive()));
  },
  /** A loop over events that ends with its socket. */
  async 'follows events'() {
    const pull = new zmq.Pull();
    setTimeout(() => pull.close(), 50);
    for await (const { type } of pull.events) console.log('child: event', type);
  },
  /** Something nobody catches. */
  async fails() {
    const pull = new zmq.Pull({ receiveTimeout: 0 });
    await pull.receive();
  },
};

/** Starts a child; resolves with what it printed and how it ended. */
function start(role: string, address: string): Promise<string[]> {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), role, address];
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, stdout) => {
      const end = error === null ? 0 : (error.code ?? error.signal);
      resolve([...stdout.split('\n').slice(0, -1), `ends with ${end}`]);
    });
  });
}

/** All children at a time; each has sockets of its own to talk to. */
async function parent(role: string): Promise<string[]> {
  const router = new zmq.Router();
  const pull = new zmq.Pull();
  const routerAddress = await listen(router);
  const pullAddress = await listen(pull);
  const begin = performance.now();
  const ending = start(role, role === 'waits for a message' ? routerAddress : pullAddress);
  const lines = [role];
  const receive = async (): Promise<void> => {
    lines.push(`parent <- ${showAll(await pull.receive())}`);
  };
  if (role === 'leaves messages') for (let count = 0; count < 4; count++) await receive();
  if (role === 'closes first') await receive();
  if (role === 'waits for a message') {
    const [id = '', text] = await router.receive();
    lines.push(`parent <- ${String(text)}`);
    await router.send([id, 'at last']);
  }
  lines.push(...(await ending));
  if (role === 'lingers for 300 ms') lines.push(`not at once: ${performance.now() - begin >= 300}`);
  pull.close();
  router.close();
  return lines;
}

const child = CHILDREN[role];
if (child !== undefined) await child();
else {
  for (const lines of await Promise.all(Object.keys(CHILDREN).map(parent))) {
    console.log(lines.join('\n  '));
  }
}
