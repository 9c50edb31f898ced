/** A program in CommonJS, for both entries. */
const zmq = require('zeromq');
const v5 = require('zeromq/v5-compat');
const { Reply, Request } = require('zeromq');

async function main() {
  console.log(zmq.Reply === Reply, typeof zmq.Router, Object.isFrozen(zmq.context));
  const { default: imported } = await import('zeromq');
  console.log(
    imported.Reply === Reply,
    (await import('zeromq/v5-compat.js')).default.Socket === v5.Socket,
  );
  const server = new Reply();
  await server.bind('tcp://127.0.0.1:*');
  const client = new Request();
  client.connect(server.lastEndpoint);
  await client.send(['from', 'CommonJS']);
  const question = await server.receive();
  await server.send([...question, 'and back']);
  console.log((await client.receive()).map(String).join(' '));
  client.close();

  const old = v5.socket('req');
  old.connect(server.lastEndpoint);
  old.on('message', (...frames) => {
    console.log(frames.map(String).join(' '));
    old.close();
    server.close();
  });
  old.send('v5');
  const [word] = await server.receive();
  await server.send([word, 'works']);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
