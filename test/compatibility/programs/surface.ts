/** What the module has in it. */
import * as zmq from 'zeromq';
import byDefault, { Context, type Message, Socket, capability, version } from 'zeromq';

const NAMES = [
  'version',
  'capability',
  'context',
  'Context',
  'Socket',
  'Observer',
  'Proxy',
  'Pair',
  'Publisher',
  'Subscriber',
  'Request',
  'Reply',
  'Dealer',
  'Router',
  'Pull',
  'Push',
  'XPublisher',
  'XSubscriber',
  'Stream',
] as const;
for (const name of NAMES) console.log(name, typeof zmq[name]);

const [major = 0, minor = 0] = version.split('.').map(Number);
console.log(/^\d+\.\d+\.\d+$/.test(version), major > 4 || (major === 4 && minor >= 3));
console.log(capability.ipc, typeof capability);
console.log(NAMES.every((name) => byDefault[name] === zmq[name]));

const METHODS = ['bind', 'bindSync', 'unbind', 'unbindSync', 'connect', 'disconnect', 'close'];
for (const name of METHODS) console.log(name, typeof Reflect.get(Socket.prototype, name));
console.log(zmq.context instanceof Context);

const CLASSES = [
  zmq.Pair,
  zmq.Publisher,
  zmq.Subscriber,
  zmq.Request,
  zmq.Reply,
  zmq.Dealer,
  zmq.Router,
  zmq.Pull,
  zmq.Push,
  zmq.XPublisher,
  zmq.XSubscriber,
  zmq.Stream,
];
for (const Class of CLASSES) {
  const socket = new Class();
  const { type, closed, readable, writable, lastEndpoint, threadSafe } = socket;
  console.log(
    Class.name,
    JSON.stringify({ type, closed, readable, writable, lastEndpoint, threadSafe }),
    socket instanceof Socket,
    socket.context === zmq.context,
    socket.events === socket.events,
  );
  socket.close();
  socket.close();
  console.log(' ', socket.closed, socket.readable, socket.writable);
}

const message: Message = Buffer.from('a message is a Buffer');
console.log(String(message));
