/**
 * A REQ and a REP that are joined, for tests of what lies above the wire; sockets of any kind that go after the test; and
 * a look at promises without waiting for them.
 *
 * @module
 */
import {
  Context,
  type EventOfType,
  type EventType,
  type Observer,
  Reply,
  Request,
  type Socket,
  type SocketOptions,
} from '../../../src/index.ts';
import { turn } from '../../../src/testing/turn.ts';
import { own } from '../../support/watch.ts';

export type Transport = 'inproc' | 'tcp';
export const TRANSPORTS: readonly Transport[] = ['inproc', 'tcp'];

/** What to bind to; with inproc every test has names of its own, because it has a context of its own. */
export function bindAddress(transport: Transport): string {
  return transport === 'inproc' ? 'inproc://test' : 'tcp://127.0.0.1:*';
}

export function makeRequest(options: SocketOptions<Request> = {}): Request {
  return own(new Request({ linger: 0, reconnectInterval: 1, ...options }));
}

export function makeReply(options: SocketOptions<Reply> = {}): Reply {
  return own(new Reply({ linger: 0, reconnectInterval: 1, ...options }));
}

/** A socket of any class. */
export function open<S extends Socket, O extends object>(
  Class: new (options?: O) => S,
  options?: O,
): S {
  return own(new Class({ linger: 0, reconnectInterval: 1, ...options } as unknown as O));
}

/** The next event of a type; what comes before is passed over. */
export async function eventOf<T extends EventType>(
  events: Observer,
  type: T,
): Promise<EventOfType<T>> {
  for (;;) {
    const event = await events.receive();
    if (event.type === type) return event as EventOfType<T>;
  }
}

/** The endpoint that a bound socket can be found at. */
export function endpointOf(socket: Socket): string {
  return socket.lastEndpoint ?? '';
}

export type Conversation = {
  readonly req: Request;
  readonly rep: Reply;
  readonly endpoint: string;
  readonly context: Context;
};

/** A REP that is bound, and a REQ that is connected to it. */
export async function converse(
  transport: Transport = 'inproc',
  options: { readonly req?: SocketOptions<Request>; readonly rep?: SocketOptions<Reply> } = {},
): Promise<Conversation> {
  const context = new Context();
  const rep = makeReply({ context, ...options.rep });
  await rep.bind(bindAddress(transport));
  const endpoint = endpointOf(rep);
  const req = makeRequest({ context, ...options.req });
  req.connect(endpoint);
  return { req, rep, endpoint, context };
}

/** The text of each frame. */
export function texts(frames: readonly Uint8Array[]): string[] {
  return frames.map((frame) => Buffer.from(frame).toString());
}

/** What has become of a promise once everything that is due has happened. */
export async function stateOf(
  promise: Promise<unknown>,
): Promise<'pending' | 'fulfilled' | 'rejected'> {
  await turn();
  const pending = Symbol('pending');
  return Promise.race([promise, Promise.resolve(pending)]).then(
    (value) => (value === pending ? 'pending' : 'fulfilled'),
    () => 'rejected',
  );
}

/** The error that a promise rejects with, or that a call throws; fails when there is none. */
export async function errorOf(call: Promise<unknown> | (() => unknown)): Promise<unknown> {
  try {
    await (typeof call === 'function' ? call() : call);
  } catch (error) {
    return error;
  }
  throw new Error('no error');
}
