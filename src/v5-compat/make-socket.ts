/**
 * The types of sockets in the older API, and which of our classes each of them is.
 *
 * @module
 */
import { invalidCall } from '../errors.ts';
import {
  Dealer,
  type Message,
  type MessageLike,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Stream,
  Subscriber,
  XPublisher,
  XSubscriber,
  type Socket,
} from '../index.ts';

/** The types of sockets. `xreq` and `xrep` are the names that `dealer` and `router` had before. */
export type SocketType =
  | 'pair'
  | 'req'
  | 'rep'
  | 'pub'
  | 'sub'
  | 'dealer'
  | 'xreq'
  | 'router'
  | 'xrep'
  | 'pull'
  | 'push'
  | 'xpub'
  | 'xsub'
  | 'stream';

export type Sender = { send(frames: MessageLike[]): Promise<void> };
export type Receiver = { receive(): Promise<Message[]> };

/** A socket and those of its two directions that it has. */
type Directions = {
  readonly socket: Socket;
  readonly sender?: Sender;
  readonly receiver?: Receiver;
};

function both(socket: Socket & Sender & Receiver): Directions {
  return { socket, sender: socket, receiver: socket };
}

function sending(socket: Socket & Sender): Directions {
  return { socket, sender: socket };
}

function receiving(socket: Socket & Receiver): Directions {
  return { socket, receiver: socket };
}

/** One maker for each type. */
const MAKERS: { readonly [T in SocketType]: () => Directions } = {
  pair: () => both(new Pair()),
  req: () => both(new Request()),
  rep: () => both(new Reply()),
  pub: () => sending(new Publisher()),
  sub: () => receiving(new Subscriber()),
  dealer: () => both(new Dealer()),
  xreq: () => both(new Dealer()),
  router: () => both(new Router()),
  xrep: () => both(new Router()),
  pull: () => receiving(new Pull()),
  push: () => sending(new Push()),
  xpub: () => both(new XPublisher()),
  xsub: () => both(new XSubscriber()),
  stream: () => both(new Stream()),
};

/**
 * The socket behind one of the older API.
 *
 * @throws {Error} code EINVAL, "Invalid socket type: …"
 */
export function makeSocket(type: SocketType): Directions {
  if (!Object.hasOwn(MAKERS, type)) throw invalidCall(`Invalid socket type: ${type}`);
  return MAKERS[type]();
}
