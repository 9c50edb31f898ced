/**
 * Makes the socket of a command, and takes it where it goes.
 *
 * @module
 */
import {
  Context,
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  type Readable,
  Reply,
  Request,
  Router,
  type Socket,
  Subscriber,
  type Writable,
  XPublisher,
  XSubscriber,
} from '../../index.ts';
import { asUsage, UsageError } from '../command.ts';
import type { KindName } from './kinds.ts';
import type { SocketOptionValues } from './options.ts';
import { securityOptions } from './security.ts';

/** What a command does with a socket, `KINDS` says; here all of them are of one type. */
export type AnySocket = Socket & Readable & Writable;

type SocketClass = new (options: object) => Socket;

const CLASSES: Readonly<Record<KindName, SocketClass>> = {
  req: Request,
  rep: Reply,
  push: Push,
  pull: Pull,
  pub: Publisher,
  sub: Subscriber,
  xpub: XPublisher,
  xsub: XSubscriber,
  dealer: Dealer,
  router: Router,
  pair: Pair,
};

/**
 * A socket with the options of the command line.
 *
 * @throws {UsageError} for values that the options of the socket do not take
 */
export function makeSocket(
  name: KindName,
  given: SocketOptionValues & { readonly 'routing-id'?: string | undefined },
): AnySocket {
  if (given.bind.length + given.connect.length === 0)
    throw new UsageError('--bind or --connect says where to');
  const Class = CLASSES[name];
  // Without a word about itself when messages are slow to leave.
  const context = new Context({ blocky: false });
  const { hwm, 'routing-id': routingId } = given;
  const options = {
    ...securityOptions(given),
    ...(hwm !== undefined && name !== 'pull' && name !== 'sub' && { sendHighWaterMark: hwm }),
    ...(hwm !== undefined && name !== 'push' && name !== 'pub' && { receiveHighWaterMark: hwm }),
    ...(routingId !== undefined && { routingId }),
  };
  return asUsage(() => {
    const socket = new Class({ ...options, context });
    for (const setting of given.set) set(socket, setting);
    return socket as AnySocket;
  });
}

/** `name=value`, with the value of the type that the option has. */
function set(socket: Socket, setting: string): void {
  const [, name = '', text = ''] = /^(\w+)=(.*)$/s.exec(setting) ?? [];
  if (name === '') throw new UsageError(`--set takes NAME=VALUE, got "${setting}"`);
  const property = findProperty(socket, name);
  if (property?.set === undefined) throw new UsageError(`this socket has no option "${name}"`);
  if (name === 'tls' || name === 'authenticate')
    throw new UsageError(`the option "${name}" has no value that could be written here`);
  const options = socket as unknown as Record<string, unknown>;
  const type = typeof options[name];
  options[name] = type === 'boolean' || type === 'number' ? scalar(text) : orNull(text);
}

function findProperty(socket: object, name: string): PropertyDescriptor | undefined {
  for (let holder: unknown = socket; holder !== null; holder = Object.getPrototypeOf(holder)) {
    const property = Object.getOwnPropertyDescriptor(holder, name);
    if (property !== undefined) return property;
  }
  return undefined;
}

function scalar(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
}

function orNull(text: string): string | null {
  return text === 'null' ? null : text;
}

/** Lets each endpoint be bound or connected, and says where the socket is bound. */
export async function attach(
  socket: Socket,
  { bind, connect }: Pick<SocketOptionValues, 'bind' | 'connect'>,
  say: (text: string) => void,
): Promise<void> {
  for (const address of [...bind, ...connect]) {
    if (address.startsWith('inproc:'))
      throw new UsageError('inproc:// reaches nobody outside of this process');
  }
  for (const address of bind) {
    await asUsage(() => socket.bind(address));
    say(`bound to ${socket.lastEndpoint}`);
  }
  for (const address of connect) asUsage(() => socket.connect(address));
}
