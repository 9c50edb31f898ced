/**
 * Every exported type, in the ways in which programs use them. Only compiled, never run: what it says is that it compiles
 * with the types of zeromq and with ours.
 *
 * @module
 */
// oxlint-disable typescript/no-unsafe-declaration-merging -- it is how zeromq's classes are narrowed
import type { EventEmitter } from 'node:events';
import * as zmq from 'zeromq';
import byDefault, {
  Context,
  Dealer,
  type Event,
  type EventOfType,
  type EventSubscriber,
  type EventType,
  type Message,
  type MessageLike,
  Observer,
  Pair,
  Proxy,
  Publisher,
  Pull,
  Push,
  type Readable,
  Reply,
  Request,
  Router,
  type RouterConnectOptions,
  Socket,
  type SocketOptions,
  Stream,
  type StreamConnectOptions,
  Subscriber,
  type Writable,
  XPublisher,
  XSubscriber,
  capability,
  context,
  version,
} from 'zeromq';

/** Says that two types are the same, in both directions. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the parameter is all there is to check
function same<_ extends true>(): void {}

// ---- messages ----

same<Same<Message, Buffer>>();
export const LIKE: MessageLike[] = [
  'text',
  1,
  null,
  Buffer.of(1),
  new Uint8Array(1),
  new DataView(new ArrayBuffer(1)),
  new ArrayBuffer(1),
  new SharedArrayBuffer(1),
  new Float32Array(new SharedArrayBuffer(4)),
];
// @ts-expect-error undefined is no message
export const NOT_LIKE: MessageLike = undefined;
// @ts-expect-error nor is an object
export const NOT_LIKE_EITHER: MessageLike = {};

// ---- options ----

export const dealerOptions: SocketOptions<Dealer> = {
  context,
  linger: 0,
  routingId: 'me',
  sendTimeout: 100,
  receiveTimeout: 100,
  sendHighWaterMark: 1,
  receiveHighWaterMark: 1,
  sendBufferSize: 1,
  receiveBufferSize: 1,
  multicastHops: 1,
  conflate: false,
  probeRouter: false,
};
export const commonOptions: SocketOptions<Socket> = {
  affinity: 0,
  rate: 100,
  recoveryInterval: 1,
  linger: 0,
  reconnectInterval: 1,
  backlog: 1,
  reconnectMaxInterval: 1,
  maxMessageSize: 1,
  tcpKeepalive: 1,
  tcpKeepaliveCount: 1,
  tcpKeepaliveIdle: 1,
  tcpKeepaliveInterval: 1,
  tcpAcceptFilter: null,
  immediate: true,
  ipv6: true,
  typeOfService: 1,
  handshakeInterval: 1,
  socksProxy: null,
  heartbeatInterval: 1,
  heartbeatTimeToLive: 1,
  heartbeatTimeout: 1,
  connectTimeout: 1,
  tcpMaxRetransmitTimeout: 1,
  multicastMaxTransportDataUnit: 1,
  vmciBufferSize: 1,
  vmciBufferMinSize: 1,
  vmciBufferMaxSize: 1,
  vmciConnectTimeout: 1,
  interface: 'eth0',
  loopbackFastPath: true,
};
// @ts-expect-error read-only properties are no options
export const readOnlyOption: SocketOptions<Dealer> = { lastEndpoint: 'tcp://127.0.0.1:1' };
// @ts-expect-error nor are methods
export const methodOption: SocketOptions<Subscriber> = { subscribe: () => {} };
// @ts-expect-error nor those of other classes
export const strangeOption: SocketOptions<Pull> = { sendTimeout: 1 };
// @ts-expect-error a number is asked for
export const wrongOption: SocketOptions<Pull> = { linger: '1' };

/** Options can be read from their type. */
export type Linger = NonNullable<SocketOptions<Push>['linger']>;
same<Same<Linger, number>>();
same<Same<NonNullable<SocketOptions<XPublisher>['verbosity']>, 'allSubs' | 'allSubsUnsubs'>>();

export const SOCKETS = [
  new Pair({ linger: 0 }),
  new Publisher({ noDrop: true, conflate: true, invertMatching: true }),
  new Subscriber({ conflate: true, invertMatching: true, receiveTimeout: 1 }),
  new Request({ relaxed: true, correlate: true, probeRouter: true, routingId: null }),
  new Reply({ routingId: 'me' }),
  new Dealer(dealerOptions),
  new Router({ mandatory: true, handover: true, probeRouter: true, routingId: 'me' }),
  new Pull({ conflate: true }),
  new Push({ conflate: true }),
  new XPublisher({ manual: true, welcomeMessage: 'hi', verbosity: null, invertMatching: true }),
  new XSubscriber({ sendTimeout: 1, receiveTimeout: 1 }),
  new Stream({ notify: false }),
];

/** One class for all options of another. */
export function makePush(options: SocketOptions<Push> = {}): Push {
  return new Push({ ...options, linger: options.linger ?? 0 });
}
export function make<S extends Socket>(
  Class: new (options?: SocketOptions<S>) => S,
  options?: SocketOptions<S>,
): S {
  return new Class(options);
}
export const made: Pull = make(Pull, { receiveTimeout: 1 });

// ---- what every socket has ----

export function describe(socket: Socket): string {
  const own: Context = socket.context;
  const events: Observer = socket.events;
  const isOpen: boolean = !socket.closed && (socket.readable || socket.writable);
  const endpoint: string | null = socket.lastEndpoint;
  const mechanism: string | null = socket.securityMechanism;
  const type: number = socket.type;
  const safe: boolean = socket.threadSafe;
  return [own.ipv6, events.closed, isOpen, endpoint, mechanism, type, safe].join();
}
export async function endpoints(socket: Socket): Promise<void> {
  const bound: Promise<void> = socket.bind('tcp://*:*');
  await bound;
  socket.connect('tcp://127.0.0.1:1');
  socket.disconnect('tcp://127.0.0.1:1');
  await socket.unbind(socket.lastEndpoint ?? '');
  socket.bindSync('inproc://x');
  socket.unbindSync('inproc://x');
  socket.close();
}
export function readOnly(socket: Socket): void {
  // @ts-expect-error cannot be written
  socket.closed = true;
  // @ts-expect-error cannot be written
  socket.lastEndpoint = null;
  // @ts-expect-error cannot be written
  socket.context = context;
}
export function settings(socket: Dealer): void {
  socket.linger = 0;
  socket.socksProxy = null;
  socket.sendTimeout = socket.receiveTimeout;
  const id: string | null = socket.routingId;
  socket.routingId = id ?? 'me';
  // @ts-expect-error of another class
  socket.mandatory = true;
}
// @ts-expect-error accessors by number are for subclasses
export const hidden = (socket: Socket): number => socket.getInt32Option(17);

// ---- sending and receiving ----

export async function all(sockets: {
  pair: Pair;
  pub: Publisher;
  sub: Subscriber;
  req: Request;
  rep: Reply;
  dealer: Dealer;
  router: Router;
  pull: Pull;
  push: Push;
  xpub: XPublisher;
  xsub: XSubscriber;
  stream: Stream;
}): Promise<void> {
  const { pair, pub, sub, req, rep, dealer, router, pull, push, xpub, xsub, stream } = sockets;
  for (const socket of [pair, pub, req, rep, dealer, router, push, xpub, xsub]) {
    const sent: Promise<void> = socket.send('text');
    await sent;
    await socket.send(['text', 1, null, Buffer.of(1)]);
  }
  for (const socket of [pair, sub, req, rep, dealer, router, pull, xpub, xsub]) {
    const frames: Message[] = await socket.receive();
    const [first, ...rest]: Buffer[] = frames;
    console.log(first?.toString('hex'), rest.length);
    for await (const message of socket) {
      const text: string = message.map(String).join();
      console.log(text);
      for (const frame of message) console.log(frame.readUInt8(0));
    }
    for await (const [one, two] of socket) console.log(String(one), two?.length);
  }
  await stream.send([Buffer.of(1), 'data']);
  const [id, data]: [Message, Message] = await stream.receive();
  console.log(id.length, data.length);
  for await (const [id, data] of stream) await stream.send([id, data.toString().toUpperCase()]);
  const options: StreamConnectOptions = { routingId: 'peer' };
  stream.connect('tcp://127.0.0.1:1', options);
  const routerOptions: RouterConnectOptions = { routingId: 'peer' };
  router.connect('tcp://127.0.0.1:1', routerOptions);
  router.connect('tcp://127.0.0.1:1');
  sub.subscribe();
  sub.subscribe('a', Buffer.of(1));
  sub.unsubscribe('a', Buffer.of(1));
  xpub.verbosity = 'allSubsUnsubs';
  xpub.verbosity = null;

  // @ts-expect-error it only receives
  await pull.send('x');
  // @ts-expect-error it only sends
  await push.receive();
  // @ts-expect-error it only sends
  pub[Symbol.asyncIterator]();
  // @ts-expect-error a message must be there
  await push.send();
  // @ts-expect-error an id and data
  await stream.send('data');
}

// ---- functions over what sends and receives ----

export async function sendAll(socket: Writable, messages: Iterable<MessageLike>): Promise<void> {
  socket.sendTimeout = 1000;
  socket.sendHighWaterMark = 10;
  for (const message of messages) await socket.send(message);
}
export async function receiveSome(socket: Readable, count: number): Promise<string[]> {
  socket.receiveTimeout = 1000;
  socket.receiveHighWaterMark = count;
  const texts: string[] = [];
  while (texts.length < count) texts.push(String((await socket.receive())[0]));
  return texts;
}
export async function collect<M extends object[]>(socket: Readable<M>): Promise<M[]> {
  const messages: M[] = [await socket.receive()];
  for await (const message of socket) messages.push(message);
  return messages;
}
export async function pipe(from: Readable, to: Writable): Promise<void> {
  for await (const message of from) await to.send(message);
}
export async function ask(socket: Readable & Writable, text: string): Promise<string> {
  await socket.send(text);
  const [answer] = await socket.receive();
  return String(answer);
}
export async function sendTo<M extends MessageLike | MessageLike[]>(
  socket: Writable<M>,
  message: M,
): Promise<void> {
  await socket.send(message);
}
export async function useThem(): Promise<void> {
  await sendAll(new Push(), ['a', 1]);
  await sendAll(new Publisher(), new Set(['a']));
  const texts: string[] = await receiveSome(new Subscriber(), 3);
  const pairs: [Message, Message][] = await collect(new Stream());
  const many: Message[][] = await collect(new Pull());
  await pipe(new Pull(), new Push());
  await pipe(new XSubscriber(), new XPublisher());
  console.log(await ask(new Request(), 'x'), await ask(new Dealer(), 'x'), texts, pairs, many);
  await sendTo(new Stream(), ['id', 'data']);
  await sendTo<string>(new Push(), 'text');
  // @ts-expect-error it does not send
  await sendAll(new Pull(), []);
  // @ts-expect-error it does not receive
  await receiveSome(new Push(), 1);
}
export type Received<S> = S extends Readable<infer M> ? M : never;
same<Same<Received<Stream>, [Message, Message]>>();
same<Same<Received<Pull>, Message[]>>();
same<Same<Awaited<ReturnType<Dealer['receive']>>, Message[]>>();
same<Same<Parameters<Stream['send']>[0], [MessageLike, MessageLike]>>();
export const sendable: Parameters<Push['send']>[0] = ['a', null];

export function isReadable(socket: Socket): socket is Socket & Readable {
  return 'receive' in socket && !(socket instanceof Push);
}

// ---- own classes ----

/** Sends text, receives pairs. */
export interface Narrow extends Writable<string>, Readable<[Message, Message]> {}
export class Narrow extends Socket {
  constructor(options?: SocketOptions<Narrow>) {
    super(5, options);
  }

  get lingers(): number {
    return this.getInt32Option(17);
  }

  lowLevel(): void {
    this.setBoolOption(39, !this.getBoolOption(39));
    this.setInt32Option(17, this.getInt32Option(17));
    this.setUint32Option(57, this.getUint32Option(57));
    this.setInt64Option(22, this.getInt64Option(22));
    this.setUint64Option(4, this.getUint64Option(4));
    const text: string | null = this.getStringOption(5);
    this.setStringOption(5, text);
    this.setStringOption(5, Buffer.from('me'));
  }
}
export async function narrow(): Promise<void> {
  const socket = new Narrow({ linger: 0, sendTimeout: 1, receiveTimeout: 1 });
  await socket.send('text');
  // @ts-expect-error text only
  await socket.send(['text', 'text']);
  // @ts-expect-error text only
  await socket.send(Buffer.of(1));
  const [one, two] = await socket.receive();
  console.log(one.length + two.length);
  for await (const [one, two] of socket) console.log(one.length + two.length);
  const pairs: [Message, Message][] = await collect(socket);
  console.log(pairs);
  await sendTo(socket, 'text');
}

/** Sends with options beside the message, as the draft sockets do. */
export interface WithOptions
  extends Writable<MessageLike, [{ group: string }]>,
    Readable<[Message, { group: Buffer }]> {}
export class WithOptions extends Socket {
  constructor() {
    super(0);
  }
}
export async function withOptions(socket: WithOptions): Promise<void> {
  await socket.send('message', { group: 'group' });
  const [message, { group }] = await socket.receive();
  console.log(message.length, group.length);
  // @ts-expect-error options are asked for
  await socket.send('message');
}

/** Reads nothing but what it says. */
export interface TextOnly extends Readable<[Message]> {}
export class TextOnly extends Socket {
  constructor(type: number) {
    super(type, { linger: 0 });
  }

  async *texts(): AsyncGenerator<string> {
    for await (const [message] of this) yield message.toString();
  }
}

/** Narrows `receive` alone: its loops follow. */
export class Single extends Pull {
  override async receive(): Promise<[Message]> {
    const [message = Buffer.alloc(0)] = await super.receive();
    return [message];
  }

  async lengths(): Promise<void> {
    for await (const [message] of this) console.log(message.length);
  }
}

export class Sized extends Push {
  readonly #limit: number;

  constructor(limit: number, options?: SocketOptions<Push>) {
    super(options);
    this.#limit = limit;
  }

  override async send(message: MessageLike | MessageLike[]): Promise<void> {
    if (Array.isArray(message) && message.length <= this.#limit) await super.send(message);
  }

  override connect(address: string): void {
    super.connect(address);
  }
}
// @ts-expect-error it is abstract
export const abstract = (): Socket => new Socket(0);

/** A type of a socket that is described by what it can do. */
export type Duplex = Socket & Readable & Writable;
export const DUPLEX: Duplex[] = [
  new Pair(),
  new Dealer(),
  new Router(),
  new Request(),
  new Reply(),
];

// ---- events ----

export const TYPES: EventType[] = [
  'accept',
  'accept:error',
  'bind',
  'bind:error',
  'connect',
  'connect:delay',
  'connect:retry',
  'close',
  'close:error',
  'disconnect',
  'end',
  'handshake',
  'handshake:error:protocol',
  'handshake:error:auth',
  'handshake:error:other',
  'unknown',
];
export function tell(event: Event): string {
  switch (event.type) {
    case 'accept':
    case 'bind':
    case 'connect':
    case 'connect:delay':
    case 'close':
    case 'disconnect':
    case 'handshake':
      return event.address;
    case 'connect:retry':
      return `${event.address} ${event.interval.toFixed()}`;
    case 'accept:error':
    case 'bind:error':
    case 'close:error':
    case 'handshake:error:other': {
      const code: string = event.error.code;
      const errno: number = event.error.errno;
      return `${event.address} ${code} ${errno}`;
    }
    case 'handshake:error:protocol':
      if (event.error.code === 'ERR_ZMTP_MECHANISM_MISMATCH') return 'mechanisms';
      return event.error.code.startsWith('ERR_ZMTP_') ? 'zmtp' : event.error.message;
    case 'handshake:error:auth': {
      const status: 300 | 400 | 500 = event.error.status;
      return `${event.address} ${status}`;
    }
    case 'end':
    case 'unknown':
      return event.type;
    default: {
      const unreachable: never = event;
      return unreachable;
    }
  }
}
export async function observe(socket: Socket): Promise<void> {
  const observer = new Observer(socket);
  const event: Event = await observer.receive();
  console.log(tell(event), observer.closed);
  for await (const event of observer) console.log(tell(event));
  observer.close();

  const listener = ({ address }: EventOfType<'accept'>): void => console.log(address);
  const subscriber: EventSubscriber = socket.events.on('accept', listener);
  subscriber.off('accept', listener);
  socket.events
    .on('bind', (event) => console.log(event.address.length))
    .on('connect:retry', ({ interval, address }) => console.log(interval + address.length))
    .on('handshake:error:auth', ({ error }) => console.log(error.status, error.message))
    .on('end', ({ type }) => console.log(type satisfies 'end'));
  for (const type of TYPES) socket.events.on(type, (event) => console.log(event.type));
  // @ts-expect-error no such event
  socket.events.on('listening', () => {});
  // @ts-expect-error no address at the end
  socket.events.on('end', ({ address }) => console.log(address));
}
export function once<E extends EventType>(socket: Socket, type: E): Promise<EventOfType<E>> {
  return new Promise((resolve) => socket.events.on<E>(type, resolve));
}
export const retry = async (socket: Socket): Promise<number> =>
  (await once(socket, 'connect:retry')).interval;
same<Same<EventOfType<'connect:retry'>['interval'], number>>();
same<Same<EventOfType['type'], EventType>>();
export type WithAddress = Extract<Event, { address: string }>;
same<Same<Exclude<EventType, WithAddress['type']>, 'end' | 'unknown'>>();
export function forward(socket: Socket, emitter: EventEmitter): void {
  socket.events.on('connect', ({ address }) => void emitter.emit('connected', address));
}

// ---- contexts and proxies ----

export function contexts(): Context {
  const own = new Context({ ioThreads: 1, maxSockets: 10, maxMessageSize: 1, ipv6: true });
  own.blocky = !own.blocky;
  own.threadPriority = 1;
  own.threadSchedulingPolicy = 1;
  const limit: number = own.maxSocketsLimit;
  // @ts-expect-error cannot be written
  own.maxSocketsLimit = limit;
  // @ts-expect-error is no option
  console.log(new Context({ maxSocketsLimit: 1 }), new Context());
  return own;
}
export class NumberedContext extends Context {
  copy(from: number, to: number): void {
    this.setInt32Option(to, this.getInt32Option(from));
    this.setBoolOption(70, this.getBoolOption(70));
  }
}
export async function proxies(): Promise<void> {
  const proxy = new Proxy(new Router(), new Dealer({ linger: 0 }));
  const front: Router = proxy.frontEnd;
  front.mandatory = true;
  const back: Dealer = proxy.backEnd;
  await back.bind('inproc://back');
  const running: Promise<void> = proxy.run();
  proxy.pause();
  proxy.resume();
  proxy.terminate();
  await running;
  const any: Proxy = proxy;
  const some: Proxy<Socket, Dealer> = proxy;
  console.log(any.frontEnd.closed, some.backEnd.routingId);
  // @ts-expect-error two sockets
  console.log(new Proxy(new Router()));
}

// ---- the rest, and the module as an object ----

export const versionText: string = version;
export const hasIpc: boolean | undefined = capability.ipc;
export const capabilities: (boolean | undefined)[] = [
  capability.pgm,
  capability.tipc,
  capability.norm,
  capability.draft,
];
export const byName: Record<string, new () => zmq.Socket> = { dealer: zmq.Dealer, pull: zmq.Pull };
export const qualified: zmq.SocketOptions<zmq.Router> = { mandatory: true };
export let lazily: zmq.Publisher | undefined;
lazily ??= new zmq.Publisher();
export const sameByDefault: typeof zmq.Reply = byDefault.Reply;
export const typedByDefault: byDefault.SocketOptions<byDefault.Router> = { mandatory: true };
export async function dynamically(): Promise<zmq.Reply> {
  const { Reply } = await import('zeromq');
  return new Reply();
}
export type SocketTypeNumber = Socket['type'];
export const isRequest = (socket: Socket, request: SocketTypeNumber = 3): boolean =>
  socket.type === request;
export const someType: SocketTypeNumber = 8;
