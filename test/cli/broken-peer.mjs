/**
 * A REP that echoes, made of one automaton for each connection, in a process of its own; and one fault, if a name is given:
 *
 *     node test/cli/broken-peer.mjs PORT [FAULT]
 *
 * Prints `bound` when it listens. Plain JavaScript on the package as built, so that it starts at once, whichever Node it is.
 *
 * @module
 */
import { createServer } from 'node:net';
import { Connection } from '../../dist/protocol.js';

const [, , port, fault] = process.argv;

const kept = [];

/** What the fault does to an event; `true` when the connection should hear no more of it. */
function happens(event) {
  const command = event.type === 'command' ? event.command : undefined;
  switch (fault) {
    case 'crash-at-unknown-command':
      if (command?.name === 'unknown') throw new TypeError('no such command');
      return;
    case 'leak-bodies':
      if (event.type === 'message')
        kept.push(...event.frames.map((f) => Buffer.alloc(f.length + 2048, 1)));
      return;
    case 'spin-at-a-violation':
      if (event.type === 'closed' && event.cause === 'protocol' && kept.push(event) === 1) spin();
      return;
    case 'deaf-after-a-violation':
      if (event.type === 'closed' && event.cause === 'protocol')
        server.close(() => setInterval(() => {}, 1e6));
      return;
    default:
  }
}

/** Computes for ever, and is there for whoever comes. */
function spin() {
  const end = performance.now() + 5;
  while (performance.now() < end);
  setImmediate(spin);
}

/** A READY without properties: six bytes of body in a short command frame. */
function hasEmptyReady(chunk) {
  return chunk.includes(Buffer.from('\x04\x06\x05READY', 'latin1'));
}

function spoilOutput(pieces) {
  const bytes = Buffer.concat(pieces);
  if (fault === 'wrong-pong') {
    const at = bytes.indexOf('PONG');
    if (at !== -1) bytes.fill('stale memory', at + 4);
  }
  if (fault === 'unwiped-greeting' && bytes.length >= 64 && bytes[0] === 0xff) {
    bytes.write('/home/somebody', 40);
  }
  return bytes;
}

const server = createServer({ allowHalfOpen: true }, (socket) => {
  const connection = new Connection({ socketType: 'REP' }, 0);
  if (fault === 'keeps-connections') kept.push(socket);
  const pump = () => {
    for (let event = connection.nextEvent(); event !== undefined; event = connection.nextEvent()) {
      happens(event);
      if (event.type === 'message') connection.send(event.frames);
      const isLeft = fault === 'never-closes' && event.cause === 'protocol';
      if (event.type === 'closed' && !isLeft && fault !== 'keeps-connections') socket.end();
    }
    if (!connection.hasOutput || socket.destroyed) return;
    socket.write(spoilOutput(connection.takeOutput()));
    connection.outputWritten(true);
  };
  socket.on('data', (chunk) => {
    if (fault === 'hang-at-an-empty-ready' && hasEmptyReady(chunk)) for (;;);
    connection.handleInput(Buffer.from(chunk), 0);
    pump();
  });
  socket.on('end', () => {
    connection.handleEof();
    pump();
    if (fault !== 'keeps-connections') socket.end();
  });
  socket.on('error', () => {});
  pump();
});
server.listen(Number(port), '127.0.0.1', () => console.log('bound'));
