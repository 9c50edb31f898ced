/**
 * A small peer of ZMTP 3.1 that keeps to the protocol, unless it is told to break one rule of it. It shares nothing with
 * the codec but CURVE, so that a mistake in both can be seen.
 *
 * @module
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type CurveServer, findProperty, type FrameCipher } from '../../src/protocol.ts';
import {
  bytes,
  command,
  commandBody,
  frame,
  message,
  property,
} from '../../src/testing/raw-bytes.ts';

/** What there is to break; the test says which cases must see it. */
export const FAULTS = [
  ...['silent until greeted', 'dirty filler', 'as-server with NULL', 'looks at padding'],
  ...['looks at filler', 'only version 3', 'takes HTTP for 1.0', 'any mechanism'],
  ...['mechanism by prefix', 'silent about its mechanism', 'any socket type', 'names by case'],
  ...['types without case', 'byte behind properties', 'short values', 'message for READY'],
  ...['commands before READY', 'deaf to ERROR', 'no ERROR for a type', 'drops what follows READY'],
  ...[
    'no long frames',
    'always long',
    'reserved flags',
    'MORE on commands',
    'waits for any length',
  ],
  ...['keeps half messages', 'PING cuts messages', 'short contexts', 'leaks into PONG', 'no PONG'],
  ...['deaf to the time to live', 'time to live in 16 bits', 'closes at unknown commands'],
  ...['dies of an empty command', 'endless messages', 'short envelopes', 'answers the newest'],
  ...[
    'answers messages without a delimiter',
    'no messages for subscriptions',
    'counts subscriptions',
  ],
  ...[
    'no filter',
    'tells of each subscription',
    'once for each subscription',
    'no commands for 3.1',
  ],
  ...['corrupt long topics', 'CANCEL at once', 'sends before READY', 'byte behind the password'],
  ...['INITIATE first', 'corrupt ERROR', 'any password', 'lets NULL in', 'deaf to replays'],
  ...['frames in clear', 'any HELLO', 'serves once', 'never gives up'],
] as const;
export type Fault = (typeof FAULTS)[number];

export type BrokenOptions = {
  readonly type: 'REP' | 'ROUTER' | 'XPUB' | 'SUB' | 'PUSH';
  readonly fault?: Fault;
  readonly password?: string;
  /** Makes the server's part of CURVE. */
  readonly curve?: (metadata: ReadonlyMap<string, Uint8Array>) => CurveServer;
  readonly handshakeTime?: number;
};

const ACCEPTED = {
  REP: ['REQ', 'DEALER'],
  ROUTER: ['REQ', 'DEALER', 'ROUTER'],
  XPUB: ['SUB', 'XSUB'],
  SUB: ['PUB', 'XPUB'],
  PUSH: ['PULL'],
};
const HUGE = 2 ** 31;
const MAX_FRAMES = 50_000;
const NOTHING = Buffer.alloc(0);

export class BrokenPeer {
  readonly options: BrokenOptions;
  readonly connections: Connection[] = [];
  /** Every subscription of an application of SUB, as often as it was asked for. */
  readonly topics: string[] = ['+'];
  /** Half a message that outlives its connection. */
  half: Buffer[] = [];
  accepted = 0;
  sent = 0;
  readonly #server: Server;
  readonly #ticking: NodeJS.Timeout;

  private constructor(options: BrokenOptions, server: Server) {
    this.options = options;
    this.#server = server;
    server.on('connection', (socket) => {
      this.accepted++;
      this.connections.push(new Connection(this, socket));
    });
    this.#ticking = setInterval(() => this.#push(), 2);
  }

  static async start(options: BrokenOptions): Promise<BrokenPeer> {
    const server = createServer();
    const peer = new BrokenPeer(options, server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return peer;
  }

  get endpoint(): string {
    return `tcp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  has(fault: Fault): boolean {
    return this.options.fault === fault;
  }

  leave(connection: Connection): void {
    const index = this.connections.indexOf(connection);
    if (index < 0) return;
    this.connections.splice(index, 1);
    if (this.options.type !== 'XPUB') return;
    for (const topic of new Set(connection.topics.splice(0))) this.unsubscribed(topic);
  }

  subscribed(topic: string): void {
    const all = this.connections.flatMap(({ topics }) => topics);
    const isFirst = all.filter((held) => held === topic).length === 1;
    if (isFirst || this.has('tells of each subscription')) this.publish([bytes(1, topic)]);
  }

  unsubscribed(topic: string): void {
    if (!this.connections.some(({ topics }) => topics.includes(topic)))
      this.publish([bytes(0, topic)]);
  }

  publish(frames: Buffer[]): void {
    const [first = NOTHING] = frames;
    for (const connection of this.connections) {
      const fitting = connection.topics.filter((topic) =>
        first.toString('latin1').startsWith(topic),
      );
      const isWanted = connection.topics.length > 0 && this.has('no filter');
      const times = this.has('once for each subscription')
        ? fitting.length
        : Math.min(1, fitting.length + Number(isWanted));
      for (let i = 0; i < times; i++) connection.say(frames);
    }
  }

  close(): void {
    clearInterval(this.#ticking);
    this.#server.close();
    for (const { socket } of [...this.connections]) socket.destroy();
  }

  #push(): void {
    if (this.options.type !== 'PUSH' || this.connections.length === 0) return;
    const ready = this.connections.filter(
      ({ state }) => state === 'traffic' || this.has('sends before READY'),
    );
    ready[this.sent++ % ready.length]?.say([bytes(`${this.sent}`)]);
  }
}

class Connection {
  readonly peer: BrokenPeer;
  readonly socket: Socket;
  readonly topics: string[] = [];
  state: 'greeting' | 'handshake' | 'traffic' = 'greeting';
  #input: Buffer = NOTHING;
  #frames: Buffer[] = [];
  #minor = 1;
  #isFirst = true;
  #hasHello = false;
  /** Of the greeting. */
  #rest: Buffer = NOTHING;
  #ttl: NodeJS.Timeout | undefined;
  readonly #deadline: NodeJS.Timeout | undefined;
  #server: CurveServer | undefined;
  #cipher: FrameCipher | undefined;

  constructor(peer: BrokenPeer, socket: Socket) {
    this.peer = peer;
    this.socket = socket;
    const { handshakeTime } = peer.options;
    if (handshakeTime !== undefined && !peer.has('never gives up')) {
      this.#deadline = setTimeout(() => this.#close(), handshakeTime);
    }
    socket.setNoDelay(true).on('error', () => {});
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('close', () => {
      clearTimeout(this.#ttl);
      clearTimeout(this.#deadline);
      if (!peer.has('keeps half messages')) this.#frames = [];
      else peer.half = this.#frames;
      peer.leave(this);
    });
    if (!peer.has('silent until greeted')) this.#greet();
  }

  get #mechanism(): string {
    const { password, curve } = this.peer.options;
    if (curve !== undefined) return 'CURVE';
    return password === undefined ? 'NULL' : 'PLAIN';
  }

  say(frames: Buffer[]): void {
    const last = frames.length - 1;
    for (const [i, body] of frames.entries()) this.#frame(i < last ? 1 : 0, body);
  }

  #frame(flags: number, body: Buffer): void {
    if (this.#cipher === undefined) {
      const isLong = body.length > 255 || this.peer.has('always long');
      this.socket.write(frame(flags | (isLong ? 2 : 0), body));
      return;
    }
    const sealed = Buffer.alloc(this.#cipher.overhead + body.length);
    this.#cipher.seal(flags, body, sealed, 0);
    this.socket.write(message(sealed));
  }

  #greet(): void {
    const { peer } = this;
    const mechanism = bytes(this.#mechanism, NOTHING);
    const isServer = this.#mechanism !== 'NULL' || peer.has('as-server with NULL');
    const filler = Buffer.alloc(31, peer.has('dirty filler') ? 7 : 0);
    const rest = bytes(
      3,
      1,
      mechanism,
      Buffer.alloc(20 - mechanism.length),
      Number(isServer),
      filler,
    );
    this.socket.write(bytes(0xff, Buffer.alloc(8), 0x7f));
    if (peer.has('silent about its mechanism')) this.#rest = rest;
    else this.socket.write(rest);
  }

  #close(): void {
    this.socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#input = Buffer.concat([this.#input, chunk]);
    if (this.state === 'greeting' && !this.#readGreeting()) return;
    while (!this.socket.destroyed && this.#readFrame());
  }

  #readGreeting(): boolean {
    const { peer } = this;
    const input = this.#input;
    const [first = 0xff] = input;
    const isOld = first !== 0xff || ((input[9] ?? 1) & 1) === 0 || (input[10] ?? 3) < 3;
    if (isOld) {
      if (!peer.has('takes HTTP for 1.0')) this.#close();
      return false;
    }
    if (input.length < 64) return false;
    const name = input.subarray(12, 32);
    const own = bytes(this.#mechanism, Buffer.alloc(20 - this.#mechanism.length));
    const isOther =
      !name.equals(own) &&
      !peer.has('any mechanism') &&
      !(peer.has('lets NULL in') && name.toString('latin1').startsWith('NULL')) &&
      !(peer.has('mechanism by prefix') && name.toString('latin1').startsWith(this.#mechanism));
    const isDirty =
      (peer.has('looks at padding') && input[1] !== 0) ||
      (peer.has('looks at filler') && input[40] !== 0) ||
      (peer.has('only version 3') && input[10] !== 3);
    const isLate = peer.has('serves once') && peer.accepted > 2;
    if (isOther || isDirty || isLate) {
      this.#close();
      return false;
    }
    if (peer.has('silent until greeted')) this.#greet();
    this.socket.write(this.#rest);
    this.#minor = input[11] ?? 0;
    this.#input = input.subarray(64);
    this.state = 'handshake';
    this.#server = peer.options.curve?.(new Map([['Socket-Type', bytes(peer.options.type)]]));
    if (this.#mechanism === 'NULL') this.#ready();
    return true;
  }

  #readFrame(): boolean {
    const { peer } = this;
    const input = this.#input;
    const [flags = 0, short] = input;
    if (short === undefined) return false;
    const isLong = (flags & 2) !== 0;
    if (isLong && input.length < 9) return false;
    const isBad =
      (flags > 7 && !peer.has('reserved flags')) ||
      ((flags & 5) === 5 && !peer.has('MORE on commands')) ||
      (isLong && peer.has('no long frames'));
    const size = isLong ? Number(input.readBigUInt64BE(1)) : short;
    if (isBad || (size > HUGE && !peer.has('waits for any length'))) {
      this.#close();
      return false;
    }
    const start = isLong ? 9 : 2;
    if (input.length < start + size) return false;
    this.#input = input.subarray(start + size);
    clearTimeout(this.#ttl);
    this.#take(flags & 5, input.subarray(start, start + size));
    return true;
  }

  #take(flags: number, body: Buffer): void {
    if (this.state === 'handshake') this.#handshake(flags, body);
    else if (this.#cipher === undefined) this.#traffic(flags, body);
    else this.#open(flags, body, this.#cipher);
  }

  #open(flags: number, body: Buffer, cipher: FrameCipher): void {
    const inside = Buffer.from(body);
    try {
      const inner = cipher.open(inside, 0, inside.length);
      this.#traffic(inner, inside.subarray(cipher.overhead));
    } catch {
      if (this.peer.has('frames in clear')) this.#traffic(flags, body);
      else if (!this.peer.has('deaf to replays')) this.#close();
    }
  }

  #handshake(flags: number, body: Buffer): void {
    const { peer } = this;
    const name = body.toString('latin1', 1, 1 + (body[0] ?? 0));
    if (name === 'ERROR' && peer.has('deaf to ERROR')) return;
    if (name !== 'READY' && peer.has('commands before READY') && flags === 4) return;
    if (flags !== 4 && peer.has('message for READY')) return;
    if (flags !== 4 || name === 'ERROR') return this.#close();
    if (this.#server !== undefined) return this.#curve(this.#server, body);
    if (this.#mechanism === 'PLAIN' && !(peer.has('lets NULL in') && name === 'READY')) {
      return this.#plain(name, body.subarray(1 + name.length));
    }
    if (name !== 'READY') return this.#close();
    this.#properties(body.subarray(6));
  }

  #curve(server: CurveServer, body: Buffer): void {
    const { peer } = this;
    try {
      const hello = Buffer.from(body);
      if (peer.has('any HELLO') && !this.#hasHello) hello[7] = 0;
      const given = peer.has('any HELLO') && !this.#hasHello ? hello.subarray(0, 200) : hello;
      const step = server.receive(given);
      this.#hasHello = true;
      if (step.type === 'done') {
        const type = Buffer.from(findProperty(step.metadata, 'Socket-Type') ?? NOTHING).toString();
        if (!ACCEPTED[peer.options.type].includes(type)) {
          this.socket.end(command('ERROR', 4, 'type'));
          return;
        }
      }
      if ('send' in step && step.send !== undefined) this.socket.write(frame(4, step.send));
      if (step.type !== 'done') return;
      this.#cipher = step.cipher;
      this.#begin();
    } catch {
      this.#close();
    }
  }

  #plain(name: string, data: Buffer): void {
    const { peer } = this;
    if (name === 'INITIATE' && (this.#hasHello || peer.has('INITIATE first'))) {
      this.#ready();
      return this.#properties(data);
    }
    if (name !== 'HELLO' || this.#hasHello) return this.#close();
    const end = 2 + (data[0] ?? 255) + (data[1 + (data[0] ?? 255)] ?? 255);
    const isLonger = data.length > end && peer.has('byte behind the password');
    if (data.length !== end && !isLonger) return this.#close();
    const password = data.toString('latin1', 2 + (data[0] ?? 0), end);
    this.#hasHello = true;
    if (password === peer.options.password || peer.has('any password')) {
      this.socket.write(command('WELCOME'));
      return;
    }
    this.socket.end(
      peer.has('corrupt ERROR') ? bytes(4, 9, 0x5e, 'RROR', 3, '400') : command('ERROR', 3, '400'),
    );
  }

  #ready(): void {
    this.socket.write(command('READY', property('Socket-Type', this.peer.options.type)));
  }

  #properties(data: Buffer): void {
    const { peer } = this;
    let type: string | undefined;
    for (let at = 0; at < data.length; ) {
      const nameEnd = at + 1 + (data[at] ?? 0);
      const isStray = at === data.length - 1 && peer.has('byte behind properties');
      if (isStray) break;
      if (nameEnd === at + 1 || nameEnd + 4 > data.length) return this.#close();
      const valueEnd = nameEnd + 4 + data.readUInt32BE(nameEnd);
      if (valueEnd > data.length && !peer.has('short values')) return this.#close();
      const name = data.toString('latin1', at + 1, nameEnd);
      const value = data.subarray(nameEnd + 4, valueEnd);
      const isType = peer.has('names by case')
        ? name === 'Socket-Type'
        : name.toLowerCase() === 'socket-type';
      if (isType) type = value.toString('latin1');
      if (name === 'Identity' && (value.length > 255 || value[0] === 0)) return this.#close();
      at = valueEnd;
    }
    if (peer.has('types without case')) type = type?.toUpperCase();
    if (ACCEPTED[peer.options.type].includes(`${type}`) || peer.has('any socket type'))
      this.#begin();
    else if (peer.has('no ERROR for a type')) this.#close();
    else this.socket.end(command('ERROR', 4, 'type'));
  }

  #begin(): void {
    clearTimeout(this.#deadline);
    this.state = 'traffic';
    if (this.peer.has('drops what follows READY')) this.#input = NOTHING;
    if (this.peer.options.type !== 'SUB') return;
    for (const topic of new Set(this.peer.topics)) this.tell('SUBSCRIBE', topic);
  }

  /** As a subscriber. */
  tell(name: 'SUBSCRIBE' | 'CANCEL', topic: string): void {
    if (this.state !== 'traffic') return;
    if (this.#minor === 0 || this.peer.has('no commands for 3.1')) {
      this.#frame(0, bytes(name === 'SUBSCRIBE' ? 1 : 0, topic));
    } else if (this.peer.has('corrupt long topics') && topic.length === 246) {
      this.socket.write(bytes(4, 0, 0, 0, 0, 0, 0, 0, 1, 0, commandBody(name, topic)));
    } else this.#frame(4, commandBody(name, topic));
  }

  #traffic(flags: number, body: Buffer): void {
    const { peer } = this;
    if ((flags & 4) !== 0) return this.#command(body);
    if (this.#isFirst && peer.has('keeps half messages')) this.#frames = peer.half.splice(0);
    this.#isFirst = false;
    this.#frames.push(body);
    if (this.#frames.length > MAX_FRAMES && !peer.has('endless messages')) return this.#close();
    if ((flags & 1) === 0) this.#message(this.#frames.splice(0));
  }

  #command(body: Buffer): void {
    const { peer } = this;
    const length = body[0] ?? -1;
    if (length < 0 && peer.has('dies of an empty command')) return peer.close();
    if (length < 0 || length >= body.length) return this.#close();
    const name = body.toString('latin1', 1, 1 + length);
    const data = body.subarray(1 + length);
    if (name === 'PING') this.#ping(data);
    else if (name === 'SUBSCRIBE' || name === 'CANCEL') this.#subscribe(name === 'SUBSCRIBE', data);
    else if (name !== 'PONG' && peer.has('closes at unknown commands')) this.#close();
  }

  #ping(data: Buffer): void {
    const { peer } = this;
    if (peer.has('no PONG')) return;
    if (peer.has('PING cuts messages')) this.#frames = [];
    if (data.length < 2) {
      if (peer.has('leaks into PONG')) this.#frame(4, commandBody('PONG', Buffer.alloc(16, 0x6c)));
      else this.#close();
      return;
    }
    const context = data.subarray(2, 2 + (peer.has('short contexts') ? 10 : 16));
    this.#frame(4, commandBody('PONG', context));
    const time = data.readUInt16BE(0) * 100;
    const ttl = peer.has('time to live in 16 bits') ? time % 65_536 : time;
    if (time > 0 && !peer.has('deaf to the time to live')) {
      this.#ttl = setTimeout(() => this.#close(), ttl);
    }
  }

  #subscribe(isSubscribe: boolean, data: Buffer): void {
    const { peer, topics } = this;
    if (peer.options.type !== 'XPUB') return;
    const topic = data.toString('latin1');
    const index = topics.indexOf(topic);
    if (isSubscribe && (index < 0 || peer.has('counts subscriptions'))) {
      topics.push(topic);
      peer.subscribed(topic);
    } else if (!isSubscribe && index >= 0) {
      topics.splice(index, 1);
      peer.unsubscribed(topic);
    }
  }

  #message(frames: Buffer[]): void {
    const { peer } = this;
    const [first = NOTHING] = frames;
    switch (peer.options.type) {
      case 'ROUTER':
        (peer.has('answers the newest') ? peer.connections.at(-1) : this)?.say(frames);
        return;
      case 'REP': {
        const delimiter = frames.findIndex((part) => part.length === 0);
        if (peer.has('answers messages without a delimiter') && delimiter < 0) this.say(frames);
        if (delimiter < 0 || delimiter === frames.length - 1) return;
        this.say(peer.has('short envelopes') ? frames.slice(delimiter) : frames);
        return;
      }
      case 'XPUB':
        if ((first[0] ?? 2) > 1) peer.publish(frames);
        else if (!peer.has('no messages for subscriptions') || this.#minor === 0) {
          this.#subscribe(first[0] === 1, first.subarray(1));
        }
        return;
      case 'SUB':
        this.#obey(first.toString('latin1'));
        return;
      default:
    }
  }

  #obey(text: string): void {
    const { topics, connections } = this.peer;
    if (!this.peer.has('no filter') && !topics.some((topic) => text.startsWith(topic))) return;
    const topic = text.slice(1);
    const index = topics.indexOf(topic);
    if (text.startsWith('+')) {
      topics.push(topic);
      for (const connection of connections) connection.tell('SUBSCRIBE', topic);
    } else if (text.startsWith('-') && index >= 0) {
      topics.splice(index, 1);
      const isLast = !topics.includes(topic) || this.peer.has('CANCEL at once');
      if (isLast) for (const connection of connections) connection.tell('CANCEL', topic);
    }
  }
}
