/**
 * The two implementations of the older API that the tests compare, and what the tests do with their sockets.
 *
 * Everything goes over TCP: between sockets of one process npm `zeromq` leaves messages over inproc lying until
 * something else happens on the socket.
 *
 * @module
 */
import * as zeromq from 'zeromq/v5-compat.js';
import * as zmtp from '../../src/v5-compat.ts';
import { EventLog, within } from '../support/peers/events.ts';
import { own } from '../support/watch.ts';

export type Compat = typeof zmtp;
export type CompatSocket = zmtp.Socket;

type Implementation = {
  readonly name: string;
  readonly zmq: Compat;
  /** What only ours does, because npm `zeromq` has a fault there. */
  readonly isOurs: boolean;
};

const OURS: Implementation = { name: 'zmtp/v5-compat', zmq: zmtp, isOurs: true };
/**
 * Only when asked for, by `npm run test:yardstick`: the native package crashes its process now and then, when sockets
 * are closed with operations pending.
 */
const YARDSTICK: Implementation = {
  name: 'zeromq/v5-compat',
  // Classes with private members are never of one type, however alike; exports.test.ts compares the members.
  zmq: zeromq as unknown as Compat,
  isOurs: false,
};

export const IMPLEMENTATIONS: readonly Implementation[] =
  process.env['ZMTP_YARDSTICK'] === undefined ? [OURS] : [OURS, YARDSTICK];

/** A port of 127.0.0.1 that the system chooses. */
export const ANY_PORT = 'tcp://127.0.0.1:*';

/** A socket that is closed after the test, and holds nothing back then. */
export function open(zmq: Compat, type: zmtp.SocketType, options: object = {}): CompatSocket {
  return own(zmq.createSocket(type, { linger: 0, ...options }));
}

/** Binds, and says where. */
export function bound(socket: CompatSocket, address: string = ANY_PORT): Promise<string> {
  const done = new Promise<string>((resolve, reject) => {
    socket.bind(address, (error) => {
      if (error === undefined) resolve(String(socket['last_endpoint']));
      else reject(error);
    });
  });
  return within(10_000, `bind to ${address}`, done);
}

/** A socket of each type, connected over TCP; the first one is bound. */
export async function pair(
  zmq: Compat,
  server: zmtp.SocketType,
  client: zmtp.SocketType,
): Promise<[server: CompatSocket, client: CompatSocket]> {
  const first = open(zmq, server);
  const second = open(zmq, client);
  second.connect(await bound(first));
  return [first, second];
}

type Emitted = { readonly type: string; readonly args: unknown[] };

/** What an emitter emitted, in order, with a reader that moves forward only. */
class Log {
  readonly #events = new EventLog<Emitted>();

  constructor(socket: CompatSocket, names: readonly string[]) {
    for (const type of names) {
      socket.on(type, (...args: unknown[]) => this.#events.push({ type, args }));
    }
  }

  get all(): readonly Emitted[] {
    return this.#events.all;
  }

  count(name: string): number {
    return this.#events.count(name);
  }

  /** The arguments of the next event of this name. */
  async next(name: string): Promise<unknown[]> {
    const { args } = await this.#events.next<string>(name);
    return args;
  }

  /** The frames of the next message, as text. */
  async message(): Promise<string[]> {
    return (await this.next('message')).map(String);
  }

  async error(): Promise<unknown> {
    return (await this.next('error'))[0];
  }
}

/** Notes the messages of a socket, or other events of it. */
export function record(socket: CompatSocket, ...names: string[]): Log {
  return new Log(socket, names.length > 0 ? names : ['message']);
}

/** Sends, and waits for the callback; answers with the arguments that it was given. */
export function sent(
  socket: CompatSocket,
  message: Parameters<CompatSocket['send']>[0],
): Promise<unknown[]> {
  const done = new Promise<unknown[]>((resolve) => {
    socket.send(message, 0, (...args) => resolve(args));
  });
  return within(10_000, 'the callback of send', done);
}
