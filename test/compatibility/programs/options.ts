/** Every option: its default in each class, values written and read back, and values refused. */
import * as zmq from 'zeromq';
import { outcome } from '../transcript.ts';

const CLASSES = {
  Pair: zmq.Pair,
  Publisher: zmq.Publisher,
  Subscriber: zmq.Subscriber,
  Request: zmq.Request,
  Reply: zmq.Reply,
  Dealer: zmq.Dealer,
  Router: zmq.Router,
  Pull: zmq.Pull,
  Push: zmq.Push,
  XPublisher: zmq.XPublisher,
  XSubscriber: zmq.XSubscriber,
  Stream: zmq.Stream,
};

const COMMON = [
  'affinity',
  'rate',
  'recoveryInterval',
  'linger',
  'reconnectInterval',
  'backlog',
  'reconnectMaxInterval',
  'maxMessageSize',
  'lastEndpoint',
  'tcpKeepalive',
  'tcpKeepaliveCount',
  'tcpKeepaliveIdle',
  'tcpKeepaliveInterval',
  'immediate',
  'ipv6',
  'securityMechanism',
  'typeOfService',
  'handshakeInterval',
  'socksProxy',
  'heartbeatInterval',
  'heartbeatTimeToLive',
  'heartbeatTimeout',
  'connectTimeout',
  'tcpMaxRetransmitTimeout',
  'threadSafe',
  'multicastMaxTransportDataUnit',
  'interface',
];
const OF_SOME = [
  'type',
  'sendBufferSize',
  'sendHighWaterMark',
  'sendTimeout',
  'multicastHops',
  'receiveBufferSize',
  'receiveHighWaterMark',
  'receiveTimeout',
  'routingId',
  'invertMatching',
];

function read(socket: zmq.Socket, names: readonly string[]): string {
  return names.map((name) => `${name}=${String(Reflect.get(socket, name))}`).join(' ');
}

console.log('defaults of all:', read(new zmq.Dealer(), COMMON));
for (const [name, Class] of Object.entries(CLASSES)) {
  const socket = new Class();
  console.log(`${name}: linger=${socket.linger}`, read(socket, OF_SOME));
}

/** Writes a value as a program without types could, and says what is there then. */
function write(socket: zmq.Socket, name: string, value: unknown): Promise<string> {
  return outcome(() => {
    (socket as unknown as Record<string, unknown>)[name] = value;
    return String(Reflect.get(socket, name));
  });
}

const VALUES: readonly (readonly [string, ...unknown[]])[] = [
  ['affinity', 3, 0],
  ['rate', 200, 0, -1],
  ['recoveryInterval', 0, 20_000, -1],
  ['linger', 0, 1000, -1, -2],
  ['reconnectInterval', 1, -1, -2, 0],
  ['backlog', 1, 511, -1],
  ['reconnectMaxInterval', 5000, 0, -1],
  ['maxMessageSize', 1024, -1, 2 ** 40],
  ['tcpKeepalive', 1, 0, -1, 2],
  ['tcpKeepaliveCount', 5, -1],
  ['tcpKeepaliveIdle', 60, -1],
  ['tcpKeepaliveInterval', 10, -1],
  ['immediate', true, false],
  ['ipv6', true, false],
  ['typeOfService', 0x20, 0],
  ['handshakeInterval', 100, 0, -1],
  ['socksProxy', '127.0.0.1:1080', null],
  ['heartbeatInterval', 1000, 0, -1],
  ['heartbeatTimeToLive', 2000, 0, 99, 6_553_599, 6_553_600],
  ['heartbeatTimeout', 3000, 0, -2],
  ['connectTimeout', 4000, 0, -1],
  ['tcpMaxRetransmitTimeout', 5000, 0, -1],
  ['multicastMaxTransportDataUnit', 1400, 0, -1],
  ['multicastHops', 2, 0, -1],
  ['sendBufferSize', 65_536, 0, -1, -2],
  ['receiveBufferSize', 65_536, 0, -1, -2],
  ['sendHighWaterMark', 1, 0, -1],
  ['receiveHighWaterMark', 1, 0, -1],
  ['sendTimeout', 100, 0, -1, -2],
  ['receiveTimeout', 100, 0, -1, -2],
  ['routingId', 'me', Buffer.from('you'), 'x'.repeat(255), 'x'.repeat(256), ''],
];
for (const [name, ...values] of VALUES) {
  const socket = new zmq.Dealer();
  for (const value of values) {
    const shown = String(value).length > 20 ? `${String(value).length} letters` : String(value);
    const result = await write(socket, name, value);
    console.log(`${name} := ${shown}:`, result.length > 100 ? `${result.length} letters` : result);
  }
}

// Of other classes. Most of these cannot be read with zeromq.
/** Writes a value, and says whether it was taken. */
function assign(socket: zmq.Socket, name: string, value: unknown): Promise<string> {
  return outcome(() => void Reflect.set(socket, name, value));
}
const xpub = new zmq.XPublisher({ noDrop: true, manual: true, verbosity: 'allSubs' });
console.log('noDrop:', await assign(xpub, 'noDrop', false));
console.log('verbosity:', await assign(xpub, 'verbosity', null));
console.log('manual:', await assign(xpub, 'manual', 'yes'));
console.log('mandatory:', await assign(new zmq.Router(), 'mandatory', true));
console.log('relaxed:', await assign(new zmq.Request(), 'relaxed', true));
console.log('conflate:', await assign(new zmq.Pull(), 'conflate', true));
console.log('notify:', await assign(new zmq.Stream(), 'notify', false));
console.log('invertMatching:', await write(new zmq.Publisher(), 'invertMatching', true));

// Values of the wrong type, things that are no options.
const socket = new zmq.Dealer();
const WRONG: readonly (readonly [string, unknown])[] = [
  ['linger', '0'],
  ['linger', null],
  ['linger', undefined],
  ['affinity', '1'],
  ['maxMessageSize', true],
  ['immediate', 1],
  ['ipv6', 'true'],
  ['routingId', 1],
  ['type', 1],
  ['lastEndpoint', 'tcp://127.0.0.1:1'],
  ['securityMechanism', null],
  ['closed', true],
  ['sendTimeOut', 1],
  ['subscribe', 1],
  ['verbosity', 'allSubs'],
  ['mandatory', true],
];
for (const [name, value] of WRONG) {
  console.log(`${name} := ${String(value)} (${typeof value}):`, await write(socket, name, value));
}
function text(run: () => unknown): string {
  try {
    run();
    return 'ok';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
console.log(text(() => Reflect.set(socket, 'linger', '0')));
console.log(text(() => Reflect.set(socket, 'immediate', 1)));
console.log(text(() => Reflect.set(socket, 'routingId', 1)));

// The same in a constructor, without values that it refuses: zeromq crashes when such a process ends.
function construct(...args: unknown[]): Promise<string> {
  return outcome(() => (Reflect.construct(zmq.Dealer, args) as zmq.Dealer).linger);
}
console.log('new Dealer({ linger: 5 }):', await construct({ linger: 5 }));
console.log('new Dealer(5):', await construct(5));
console.log('new Dealer(undefined):', await construct(undefined));
console.log('new Dealer({}, {}):', await construct({}, {}));
socket.close();
