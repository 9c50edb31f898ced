/**
 * A libzmq peer in a process of its own, driven by JSON lines; peer.ts describes the commands.
 *
 * pyzmq_peer.py is the same program over pyzmq. Standard input is the lifeline: when it ends, so does
 * this process, whatever its sockets are doing.
 *
 * @module
 */

import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import * as zmq from 'zeromq';

const CLASSES = {
  DEALER: zmq.Dealer,
  PAIR: zmq.Pair,
  PUB: zmq.Publisher,
  PULL: zmq.Pull,
  PUSH: zmq.Push,
  REP: zmq.Reply,
  REQ: zmq.Request,
  ROUTER: zmq.Router,
  STREAM: zmq.Stream,
  SUB: zmq.Subscriber,
  XPUB: zmq.XPublisher,
  XSUB: zmq.XSubscriber,
};

// The package does not offer these on every type that libzmq has them for.
const ZMQ_SUBSCRIBE = 6;
const ZMQ_UNSUBSCRIBE = 7;
const ZMQ_SNDHWM = 23;

const sockets = new Map();

function write(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** The bytes a frame specification stands for, see `frame` in messages.ts. */
function frame(spec) {
  if ('text' in spec) return Buffer.from(spec.text);
  if ('hex' in spec) return Buffer.from(spec.hex, 'hex');
  const pattern = Uint8Array.from({ length: 251 }, (_, i) => (spec.seed + 7 * i) & 255);
  return Buffer.alloc(spec.size, pattern);
}

function digest(frames) {
  return frames.map((part) => `${part.length}:${createHash('sha256').update(part).digest('hex')}`);
}

/** The body behind the first empty frame; the routing id in front of it is never empty. */
function bodyOf(frames) {
  return frames.slice(frames.findIndex((part) => part.length === 0) + 1);
}

class PeerSocket {
  constructor({ socket, type, options = {}, monitor = false }) {
    this.number = socket;
    this.type = type;
    this.zmq = new CLASSES[type]({ linger: 0 });
    const { sendHighWaterMark, ...others } = options;
    if (sendHighWaterMark !== undefined) this.zmq.setInt32Option(ZMQ_SNDHWM, sendHighWaterMark);
    Object.assign(this.zmq, others);
    this.ended = monitor ? this.watch(this.zmq.events) : Promise.resolve();
  }

  async watch(events) {
    for await (const { type, address, interval, error } of events) {
      const value = interval ?? error?.code ?? error?.status;
      write({ event: type, socket: this.number, address, value });
    }
  }

  /** The next message; libzmq may call a REQ readable for a reply that it then drops as stale. */
  async receiveFrames() {
    for (;;) {
      try {
        return await this.zmq.receive();
      } catch (error) {
        if (error.code !== 'EAGAIN' || this.zmq.closed) throw error;
      }
    }
  }

  async serve({ count = Number.POSITIVE_INFINITY }) {
    const messages = [];
    const peers = [];
    try {
      while (messages.length < count) {
        const frames = await this.receiveFrames();
        let body = frames;
        if (this.type === 'ROUTER') {
          peers.push(frames[0].toString('hex'));
          body = bodyOf(frames);
        }
        await this.zmq.send(frames);
        messages.push(digest(body));
      }
    } catch (error) {
      // Closed: what was served so far is the result.
      if (!this.zmq.closed) throw error;
    }
    return { messages, peers };
  }

  async exchange({ messages: specs }) {
    const messages = [];
    const bodies = specs.map((message) => message.map(frame));
    if (this.type === 'DEALER') {
      for (const body of bodies) await this.zmq.send(['', ...body]);
      for (const _ of bodies) {
        const [delimiter, ...body] = await this.receiveFrames();
        if (delimiter.length > 0) throw new Error(`reply without a delimiter: ${delimiter}`);
        messages.push(digest(body));
      }
    } else {
      for (const body of bodies) {
        await this.zmq.send(body);
        messages.push(digest(await this.receiveFrames()));
      }
    }
    return { messages };
  }

  async subscribe({ op, topics }) {
    const isOn = op === 'subscribe';
    for (const topic of topics.map(frame)) {
      if (this.type === 'XSUB') {
        await this.zmq.send(Buffer.concat([Buffer.of(isOn ? 1 : 0), topic]));
      } else {
        this.zmq.setStringOption(isOn ? ZMQ_SUBSCRIBE : ZMQ_UNSUBSCRIBE, topic);
      }
    }
    return {};
  }

  unsubscribe(command) {
    return this.subscribe(command);
  }

  async sendMany({ messages, to }) {
    const envelope = to === undefined ? [] : [Buffer.from(to, 'hex')];
    let sent = 0;
    try {
      for (const message of messages) {
        await this.zmq.send([...envelope, ...message.map(frame)]);
        sent++;
      }
    } catch (error) {
      // sendTimeout is over: that many were sent.
      if (error.code !== 'EAGAIN' || this.zmq.closed) throw error;
    }
    return { sent };
  }

  async receiveMany({ count = Number.POSITIVE_INFINITY, skip, until }) {
    const isFirst = (spec, [first]) => spec !== undefined && first.equals(frame(spec));
    const messages = [];
    const peers = [];
    while (messages.length < count) {
      const frames = await this.receiveFrames();
      const envelope = this.type === 'ROUTER' || this.type === 'STREAM' ? [frames.shift()] : [];
      if (isFirst(until, frames)) break;
      if (isFirst(skip, frames)) continue;
      messages.push(digest(frames));
      peers.push(...envelope.map((id) => id.toString('hex')));
    }
    return { messages, peers };
  }

  async send({ frames }) {
    await this.zmq.send(frames.map(frame));
    return {};
  }

  async receive() {
    const frames = await this.receiveFrames();
    const hex = frames.map((part) => part.subarray(0, 256).toString('hex'));
    return { digest: digest(frames), hex };
  }

  async close() {
    this.zmq.close();
    await this.ended;
    return {};
  }
}

/** Only ROUTER and STREAM take an argument behind the endpoint. */
function connectOptions({ routingId }) {
  return routingId === undefined ? [] : [{ routingId }];
}

async function perform(command) {
  if (command.op === 'open') {
    sockets.set(command.socket, new PeerSocket(command));
    return {};
  }
  const socket = sockets.get(command.socket);
  switch (command.op) {
    case 'bind':
      socket.zmq.bindSync(command.endpoint);
      return { endpoint: socket.zmq.lastEndpoint };
    case 'connect':
      socket.zmq.connect(command.endpoint, ...connectOptions(command));
      return { endpoint: socket.zmq.lastEndpoint };
    case 'disconnect':
      socket.zmq.disconnect(command.endpoint);
      return { endpoint: command.endpoint };
    case 'unbind':
      await socket.zmq.unbind(command.endpoint);
      return { endpoint: command.endpoint };
    case 'serve':
    case 'exchange':
    case 'subscribe':
    case 'unsubscribe':
    case 'send':
    case 'sendMany':
    case 'receive':
    case 'receiveMany':
      return socket[command.op](command);
    case 'close':
      sockets.delete(command.socket);
      return socket.close();
    default:
      throw new Error(`unknown command ${command.op}`);
  }
}

async function answer(command) {
  try {
    write({ id: command.id, result: await perform(command) });
  } catch (error) {
    write({ id: command.id, error: String(error) });
  }
}

createInterface({ input: process.stdin })
  .on('line', (line) => void answer(JSON.parse(line)))
  .on('close', () => {
    // Not process.exit(): that waits for libzmq, whose sockets may have messages nobody wants.
    process.kill(process.pid, 'SIGKILL');
  });

write({ ready: true, libzmq: zmq.version });
