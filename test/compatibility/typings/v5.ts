/**
 * The types of the older interface. Only compiled, never run.
 *
 * @module
 */
import type { EventEmitter } from 'node:events';
import * as zmq from 'zeromq/v5-compat.js';
import {
  Context,
  Socket,
  type SocketType,
  ZMQ_SNDMORE,
  createSocket,
  options,
  proxy,
  socket,
  version,
} from 'zeromq/v5-compat.js';

const TYPES: SocketType[] = [
  'pair',
  'req',
  'rep',
  'pub',
  'sub',
  'dealer',
  'xreq',
  'router',
  'xrep',
  'pull',
  'push',
  'xpub',
  'xsub',
  'stream',
];
// @ts-expect-error no such type
export const wrong = (): Socket => socket('request');

export function chain(done: (error?: Error) => void): Socket {
  const one: Socket = socket('dealer', { identity: 'me', linger: 0 });
  return one
    .bind('tcp://127.0.0.1:*', done)
    .bind('inproc://x')
    .connect('inproc://y')
    .send('first', ZMQ_SNDMORE)
    .send(['several', Buffer.of(1), null, 2], null, done)
    .send('last')
    .monitor(100, 1)
    .unmonitor()
    .setsockopt(zmq.ZMQ_LINGER, 1)
    .setsockopt('linger', 1)
    .disconnect('inproc://y')
    .unbind('inproc://x', (error) => console.log(error?.message))
    .close();
}
export function members(one: Socket): void {
  const emitter: EventEmitter = one;
  emitter.on('message', () => {});
  one.on('message', (...frames: Buffer[]) => console.log(frames.length));
  one.bindSync('inproc://z');
  one.unbindSync('inproc://z');
  one.subscribe('a').unsubscribe('a');
  one.pause();
  one.resume();
  one.read();
  const value: string | number | boolean | null = one.getsockopt('identity');
  const isClosed: boolean = one.closed;
  const type: SocketType = one.type;
  one['identity'] = 'me';
  one['anything'] = { at: 'all' };
  console.log(value, isClosed, type, one['linger'] as number);
}
export function rest(): void {
  Context.setMaxThreads(Context.getMaxThreads());
  Context.setMaxSockets(Context.getMaxSockets());
  proxy(socket('router'), createSocket('dealer'));
  proxy(socket('router'), createSocket('dealer'), socket('pair'));
  console.log(version.length, options.linger + options.last_endpoint, TYPES.length);
}
export class Counting extends Socket {
  constructor() {
    super('pull');
    this['count'] = 0;
  }
}
export const NUMBERS: number[] = [
  zmq.ZMQ_PAIR,
  zmq.ZMQ_PUB,
  zmq.ZMQ_SUB,
  zmq.ZMQ_REQ,
  zmq.ZMQ_REP,
  zmq.ZMQ_DEALER,
  zmq.ZMQ_XREQ,
  zmq.ZMQ_ROUTER,
  zmq.ZMQ_XREP,
  zmq.ZMQ_PULL,
  zmq.ZMQ_PUSH,
  zmq.ZMQ_XPUB,
  zmq.ZMQ_XSUB,
  zmq.ZMQ_STREAM,
  zmq.ZMQ_AFFINITY,
  zmq.ZMQ_IDENTITY,
  zmq.ZMQ_SUBSCRIBE,
  zmq.ZMQ_UNSUBSCRIBE,
  zmq.ZMQ_RATE,
  zmq.ZMQ_RECOVERY_IVL,
  zmq.ZMQ_RECOVERY_IVL_MSEC,
  zmq.ZMQ_SNDBUF,
  zmq.ZMQ_RCVBUF,
  zmq.ZMQ_RCVMORE,
  zmq.ZMQ_FD,
  zmq.ZMQ_EVENTS,
  zmq.ZMQ_TYPE,
  zmq.ZMQ_LINGER,
  zmq.ZMQ_RECONNECT_IVL,
  zmq.ZMQ_BACKLOG,
  zmq.ZMQ_RECONNECT_IVL_MAX,
  zmq.ZMQ_MAXMSGSIZE,
  zmq.ZMQ_SNDHWM,
  zmq.ZMQ_RCVHWM,
  zmq.ZMQ_MULTICAST_HOPS,
  zmq.ZMQ_RCVTIMEO,
  zmq.ZMQ_SNDTIMEO,
  zmq.ZMQ_IPV4ONLY,
  zmq.ZMQ_LAST_ENDPOINT,
  zmq.ZMQ_ROUTER_MANDATORY,
  zmq.ZMQ_TCP_KEEPALIVE,
  zmq.ZMQ_TCP_KEEPALIVE_CNT,
  zmq.ZMQ_TCP_KEEPALIVE_IDLE,
  zmq.ZMQ_TCP_KEEPALIVE_INTVL,
  zmq.ZMQ_TCP_ACCEPT_FILTER,
  zmq.ZMQ_DELAY_ATTACH_ON_CONNECT,
  zmq.ZMQ_XPUB_VERBOSE,
  zmq.ZMQ_ROUTER_RAW,
  zmq.ZMQ_IPV6,
  zmq.ZMQ_MECHANISM,
  zmq.ZMQ_ROUTER_HANDOVER,
  zmq.ZMQ_HEARTBEAT_IVL,
  zmq.ZMQ_HEARTBEAT_TTL,
  zmq.ZMQ_HEARTBEAT_TIMEOUT,
  zmq.ZMQ_CONNECT_TIMEOUT,
  zmq.ZMQ_IO_THREADS,
  zmq.ZMQ_MAX_SOCKETS,
  zmq.ZMQ_POLLIN,
  zmq.ZMQ_POLLOUT,
  zmq.ZMQ_POLLERR,
  zmq.ZMQ_SNDMORE,
  zmq.ZMQ_CAN_MONITOR,
  zmq.ZMQ_CAN_DISCONNECT,
  zmq.ZMQ_CAN_UNBIND,
  zmq.ZMQ_CAN_SET_CTX,
  zmq.STATE_READY,
  zmq.STATE_BUSY,
  zmq.STATE_CLOSED,
];
