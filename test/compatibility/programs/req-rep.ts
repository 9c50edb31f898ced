/** A server with a few commands, written as a loop, and its client. */
import * as zmq from 'zeromq';
import { listen, outcome, show, showAll } from '../transcript.ts';

async function serve(server: zmq.Reply): Promise<number> {
  let served = 0;
  for await (const [command, ...args] of server) {
    served++;
    switch (String(command)) {
      case 'echo':
        await server.send(args);
        break;
      case 'add':
        await server.send(String(args.reduce((sum, arg) => sum + Number(arg), 0)));
        break;
      case 'zeroes':
        await server.send(Buffer.alloc(Number(args[0])));
        break;
      case 'nothing':
        await server.send(null);
        break;
      default:
        await server.send(['unknown command', command ?? '']);
    }
  }
  return served;
}

const server = new zmq.Reply();
const address = await listen(server);
const serving = serve(server);

const client = new zmq.Request({ linger: 0 });
client.connect(address);

async function ask(...message: (string | number | null)[]): Promise<void> {
  await client.send(message);
  const question = showAll(message.map((part) => Buffer.from(String(part ?? ''))));
  console.log(question, '->', showAll(await client.receive()));
}

await ask('echo', 'hello');
await ask('echo', 'several', '', 'parts', null, 'æøå');
await ask('add', 1, 2, 39);
await ask('zeroes', '300');
await ask('zeroes', String(1 << 20));
await ask('nothing');
await ask('shutdown');
await ask('');

console.log('a reply is due:', await outcome(async () => await client.send('nothing')));
console.log('not writable now:', client.writable);
client.sendTimeout = 0;
console.log('twice:', await outcome(() => client.send('nothing')));
console.log('the reply:', show((await client.receive())[0] ?? Buffer.from('none')));
client.receiveTimeout = 0;
console.log('no request, no reply:', await outcome(() => client.receive()));

const second = new zmq.Request();
second.connect(address);
await Promise.all([second.send(['echo', 'second']), ask('echo', 'first').catch(() => {})]);
console.log('second got', showAll(await second.receive()));

server.close();
console.log('served', await serving);
client.close();
second.close();
