/**
 * Options of the older API, by number, by short name and as properties; and those of the context.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { watchProcess } from '../support/watch.ts';
import { bound, type Compat, type CompatSocket, IMPLEMENTATIONS, open } from './modules.ts';

watchProcess();

const NUMBERS = [
  ['backlog', 'ZMQ_BACKLOG', 100],
  ['linger', 'ZMQ_LINGER', -1],
  ['reconnect_ivl', 'ZMQ_RECONNECT_IVL', 100],
  ['heartbeat_ivl', 'ZMQ_HEARTBEAT_IVL', 0],
  ['heartbeat_ttl', 'ZMQ_HEARTBEAT_TTL', 0],
  ['heartbeat_timeout', 'ZMQ_HEARTBEAT_TIMEOUT', -1],
  ['connect_timeout', 'ZMQ_CONNECT_TIMEOUT', 0],
] as const;

const NUMBERS_WITHOUT_NAME = [
  ['ZMQ_RECONNECT_IVL_MAX', 0],
  ['ZMQ_MAXMSGSIZE', -1],
  ['ZMQ_SNDHWM', 1000],
  ['ZMQ_RCVHWM', 1000],
  ['ZMQ_RCVTIMEO', -1],
  ['ZMQ_SNDTIMEO', -1],
] as const;

function get(socket: CompatSocket, option: string | number): unknown {
  return socket.getsockopt(option as number);
}

function set(socket: CompatSocket, option: string | number, value: unknown): CompatSocket {
  return socket.setsockopt(option as number, value);
}

/** A socket with libzmq's defaults, which `open` does not leave alone. */
function plain(zmq: Compat, type: Parameters<Compat['socket']>[0]): CompatSocket {
  return open(zmq, type, { linger: type === 'sub' || type === 'xsub' ? 0 : -1 });
}

describe.each(IMPLEMENTATIONS)('$name', ({ zmq, isOurs }) => {
  it.each(NUMBERS)('%s is %s', (name, constant, initial) => {
    const socket = plain(zmq, 'dealer');
    const number = zmq[constant];
    expect(zmq.options[name]).toBe(number);
    for (const read of [() => socket[name], () => get(socket, name), () => get(socket, number)]) {
      expect(read()).toBe(initial);
    }
    socket[name] = 200;
    expect(get(socket, number)).toBe(200);
    expect(set(socket, number, 300)).toBe(socket);
    expect(socket[name]).toBe(300);
    expect(set(socket, name, 400)).toBe(socket);
    expect(socket[name]).toBe(400);
    for (const value of ['abc', null, undefined, true, {}]) {
      expect(() => set(socket, name, value)).toThrow('Option value must be a number');
    }
    expect(socket[name]).toBe(400);
  });

  it.each(NUMBERS_WITHOUT_NAME)('%s has a number only', (constant, initial) => {
    const socket = plain(zmq, 'dealer');
    expect(get(socket, zmq[constant])).toBe(initial);
    set(socket, zmq[constant], 7);
    expect(get(socket, zmq[constant])).toBe(7);
    expect(() => get(socket, constant)).toThrow('Unknown option');
  });

  it('linger of sub and xsub is 0', () => {
    expect(zmq.socket('sub').close().type).toBe('sub');
    for (const type of ['sub', 'xsub'] as const) {
      const socket = zmq.socket(type);
      expect(socket['linger']).toBe(0);
      socket.close();
    }
  });

  it('flags take anything and answer 0 or 1', () => {
    for (const option of [zmq.ZMQ_DELAY_ATTACH_ON_CONNECT, zmq.ZMQ_IPV6]) {
      const socket = plain(zmq, 'dealer');
      expect(get(socket, option)).toBe(0);
      for (const [value, expected] of [
        [true, 1],
        [0, 0],
        ['1', 1],
        [null, 0],
        [1, 1],
        [undefined, 0],
        [{}, 1],
        [false, 0],
      ]) {
        set(socket, option, value);
        expect(get(socket, option)).toBe(expected);
      }
    }
  });

  it('ZMQ_IPV4ONLY is the opposite of ZMQ_IPV6, as a boolean', () => {
    const socket = plain(zmq, 'dealer');
    expect(get(socket, zmq.ZMQ_IPV4ONLY)).toBe(true);
    set(socket, zmq.ZMQ_IPV6, 1);
    expect(get(socket, zmq.ZMQ_IPV4ONLY)).toBe(false);
    set(socket, zmq.ZMQ_IPV4ONLY, 1);
    expect(get(socket, zmq.ZMQ_IPV6)).toBe(0);
  });

  it('identity takes text and bytes and is text', () => {
    const socket = plain(zmq, 'dealer');
    expect(socket['identity']).toBeNull();
    socket['identity'] = 'text';
    expect(socket['identity']).toBe('text');
    set(socket, zmq.ZMQ_IDENTITY, Buffer.from('bytes'));
    expect(get(socket, 'identity')).toBe('bytes');
    expect(() => set(socket, 'identity', 5)).toThrow('Option value must be a string or buffer');
  });

  it('ZMQ_TYPE is the number of the type', () => {
    const numbers = {
      pair: 0,
      pub: 1,
      sub: 2,
      req: 3,
      rep: 4,
      dealer: 5,
      xreq: 5,
      router: 6,
      xrep: 6,
      pull: 7,
      push: 8,
      xpub: 9,
      xsub: 10,
      stream: 11,
    } as const;
    for (const [type, number] of Object.entries(numbers)) {
      expect(get(open(zmq, type as keyof typeof numbers), zmq.ZMQ_TYPE)).toBe(number);
    }
  });

  it('ZMQ_EVENTS says what is possible', async () => {
    const push = open(zmq, 'push');
    expect(get(push, zmq.ZMQ_EVENTS)).toBe(0);
    push.connect(await bound(open(zmq, 'pull')));
    expect(get(push, '_ioevents')).toBe(zmq.ZMQ_POLLOUT);
  });

  it('last_endpoint cannot be set', async () => {
    const socket = open(zmq, 'pull');
    expect(socket['last_endpoint']).toBeNull();
    const endpoint = await bound(socket);
    expect(get(socket, 'last_endpoint')).toBe(endpoint);
    expect(() => set(socket, 'last_endpoint', 'x')).toThrow('Unknown option');
  });

  it('mechanism is a number', () => {
    const socket = open(zmq, 'req');
    expect(socket['mechanism']).toBe(0);
    expect(() => set(socket, 'mechanism', 1)).toThrow('Unknown option');
  });

  it('says what it does not know', () => {
    const socket = open(zmq, 'dealer');
    for (const option of [999, 'nope', 'ZMQ_LINGER', 'toString', undefined, '']) {
      expect(() => get(socket, option as string)).toThrow('Unknown option');
      expect(() => set(socket, option as string, 1)).toThrow('Unknown option');
    }
  });

  it('says what it knows but does not have', () => {
    const socket = open(zmq, 'dealer');
    const missing = (name: string): string => `${name} is not supported in compatibility mode`;
    for (const name of ['ZMQ_RCVMORE', 'ZMQ_FD', 'ZMQ_ROUTER_RAW'] as const) {
      expect(() => get(socket, zmq[name])).toThrow(missing(name));
    }
    expect(() => socket['_fd']).toThrow(missing('ZMQ_FD'));
    expect(() => socket['_receiveMore']).toThrow(missing('ZMQ_RCVMORE'));
    expect(() => set(socket, zmq.ZMQ_ROUTER_RAW, 1)).toThrow(missing('ZMQ_ROUTER_RAW'));
    for (const name of ['ZMQ_RCVMORE', 'ZMQ_FD', 'ZMQ_EVENTS', 'ZMQ_TYPE'] as const) {
      expect(() => set(socket, zmq[name], 1)).toThrow('Unknown option');
    }
    for (const name of [
      'ZMQ_SUBSCRIBE',
      'ZMQ_UNSUBSCRIBE',
      'ZMQ_TCP_ACCEPT_FILTER',
      'ZMQ_ROUTER_HANDOVER',
    ] as const) {
      expect(() => get(socket, zmq[name])).toThrow('Unknown option');
    }
    expect(() => get(open(zmq, 'xpub'), zmq.ZMQ_XPUB_VERBOSE)).toThrow(
      'Reading ZMQ_XPUB_VERBOSE is not supported',
    );
  });

  it('sets what only some types have, on those', () => {
    set(open(zmq, 'router'), zmq.ZMQ_ROUTER_HANDOVER, 1);
    set(open(zmq, 'router'), zmq.ZMQ_ROUTER_MANDATORY, 1);
    set(open(zmq, 'xpub'), zmq.ZMQ_XPUB_VERBOSE, 1);
    set(open(zmq, 'xpub'), zmq.ZMQ_XPUB_VERBOSE, 0);
    for (const option of [
      zmq.ZMQ_ROUTER_HANDOVER,
      zmq.ZMQ_ROUTER_MANDATORY,
      zmq.ZMQ_XPUB_VERBOSE,
      zmq.ZMQ_IDENTITY,
    ]) {
      expect(() => set(open(zmq, 'pull'), option, 1)).toThrow(TypeError);
    }
    expect(get(open(zmq, 'pull'), zmq.ZMQ_SNDHWM)).toBeUndefined();
    expect(get(open(zmq, 'pull'), zmq.ZMQ_ROUTER_MANDATORY)).toBe(0);
  });

  it.runIf(isOurs)('reads what npm zeromq cannot', () => {
    const router = open(zmq, 'router');
    expect(get(router, zmq.ZMQ_ROUTER_MANDATORY)).toBe(0);
    set(router, zmq.ZMQ_ROUTER_MANDATORY, 1);
    expect(get(router, zmq.ZMQ_ROUTER_MANDATORY)).toBe(1);
  });

  it('createSocket assigns what it is given', () => {
    const extra = { anything: true };
    const socket = open(zmq, 'req', { identity: 'me', linger: 5, extra });
    expect(socket['identity']).toBe('me');
    expect(socket['linger']).toBe(5);
    expect(socket['extra']).toBe(extra);
    socket['later'] = 1;
    expect(socket['later']).toBe(1);
  });

  it('the options of the context are those of the process', () => {
    const { Context } = zmq;
    expect(() => new Context()).toThrow('Context cannot be instantiated in compatibility mode');
    const threads = Context.getMaxThreads();
    const sockets = Context.getMaxSockets();
    expect([threads, sockets]).toEqual([1, 1023]);
    Context.setMaxThreads(2);
    Context.setMaxSockets(500);
    expect([Context.getMaxThreads(), Context.getMaxSockets()]).toEqual([2, 500]);
    expect(() => Context.setMaxSockets('many' as unknown as number)).toThrow(
      'Option value must be a number',
    );
    Context.setMaxThreads(threads);
    Context.setMaxSockets(sockets);
  });
});
