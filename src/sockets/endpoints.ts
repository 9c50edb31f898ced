/**
 * Everything that one socket has bound and connected: finds the right transport for an endpoint, and the right binder or
 * connecter for its text.
 *
 * @module
 */
import { checkScheme, type Endpoint, parseEndpoint } from '../endpoint.ts';
import { ZmtpError } from '../errors.ts';
import type { OptionValues } from '../option-types.ts';
import { NO_BYTES, type Pipe } from '../pipe.ts';
import type { InprocRegistry } from '../transport/inproc.ts';
import { ipc } from '../transport/ipc.ts';
import { tcp } from '../transport/tcp.ts';
import type {
  Attempt,
  ConnectHandler,
  Listener,
  ListenHandler,
  TransportOptions,
} from '../transport/transport.ts';
import { Binder } from './binder.ts';
import { Connecter } from './connecter.ts';
import { InprocConnecter, InprocListener, type InprocPeer } from './inproc-link.ts';
import { SocketSecurity } from './security.ts';
import type { SocketSide } from './socket-side.ts';

const SINGLE_CONNECT: ReadonlySet<string> = new Set(['REQ', 'DEALER', 'PUB', 'SUB']);

type StreamEndpoint = Exclude<Endpoint, { scheme: 'inproc' }>;

export class Endpoints {
  readonly #side: SocketSide;
  readonly #inproc: InprocRegistry<InprocPeer>;
  readonly #security: SocketSecurity;
  /** What is bound, with the text it was bound by. */
  readonly #binds = new Map<Binder | InprocListener, string>();
  readonly #connects = new Set<Connecter | InprocConnecter>();
  /** What is unbound or closed, and lives on only for messages that have not left. */
  readonly #leaving = new Set<Binder | Connecter | InprocConnecter>();
  /** Binds that are under way. */
  readonly #starting = new Set<Promise<Binder>>();
  #onGone: () => void = () => {};
  #last: string | null = null;
  #isClosed = false;

  constructor(side: SocketSide, inproc: InprocRegistry<InprocPeer>) {
    this.#side = side;
    this.#inproc = inproc;
    this.#security = new SocketSecurity(side.kind, inproc);
  }

  /** The endpoint bound or connected last, wildcards filled in; `null` before the first. */
  get last(): string | null {
    return this.#last;
  }

  /** Whether anything is bound or connected. */
  get hasAny(): boolean {
    return this.#binds.size > 0 || this.#connects.size > 0;
  }

  /** Whether messages wait to leave the process. */
  get hasUnsent(): boolean {
    for (const bind of this.#binds.keys()) if (bind.hasUnsent) return true;
    for (const connect of this.#connects) if (isSending(connect)) return true;
    for (const leaving of this.#leaving) if (isSending(leaving)) return true;
    return false;
  }

  /** Whether anything waits for the operating system. */
  get isHeldUp(): boolean {
    for (const part of this.#parts()) if (part.isHeldUp) return true;
    return false;
  }

  /** Gives up, for the time being, what waits for the operating system. */
  letGo(): void {
    for (const part of [...this.#parts()]) part.letGo();
  }

  *#parts(): Generator<Binder | Connecter> {
    const all = [this.#binds.keys(), this.#connects, this.#leaving];
    for (const parts of all) {
      for (const part of parts) {
        if (part instanceof Binder || part instanceof Connecter) yield part;
      }
    }
  }

  async bind(address: string): Promise<void> {
    const endpoint = this.#parse(address, 'bind');
    if (endpoint.scheme === 'inproc') {
      // The name is taken at once, so it must be known at once: `close` may come next.
      this.#bound(new InprocListener(this.#side, endpoint.name, this.#inproc), address);
      return;
    }
    const listening = this.#listen(address, endpoint);
    this.#starting.add(listening);
    const bound = await listening.finally(() => this.#starting.delete(listening));
    if (this.#isClosed) {
      await bound.close(0);
      throw new ZmtpError('EBADF', {
        address,
        detail: 'the socket was closed before the endpoint was bound',
      });
    }
    this.#bound(bound, address);
  }

  /** As `bind`, and does not come back before it is done; throws its errors. */
  bindSync(address: string): void {
    const endpoint = this.#parse(address, 'bind');
    if (endpoint.scheme === 'inproc') {
      this.#bound(new InprocListener(this.#side, endpoint.name, this.#inproc), address);
      return;
    }
    const options = { ...this.#side.options };
    const binder = this.#makeBinder(address, options);
    binder.startSync((handler) => listenSync(endpoint, options, handler));
    this.#bound(binder, address);
  }

  async unbind(address: string): Promise<void> {
    await this.unbindSync(address);
  }

  /** As `unbind`, and throws at once what is wrong with the call. The endpoint is free to be bound again. */
  unbindSync(address: string): Promise<void> {
    checkScheme(address);
    const names = [address, withAddress(address)];
    const found = [...this.#binds].find(
      ([bound, text]) => names.includes(bound.address) || text === address,
    );
    if (found === undefined)
      throw new ZmtpError('ENOENT', { address, detail: 'nothing is bound there' });
    return this.#leaveBind(found[0], this.#side.options.linger);
  }

  /** @param peerName - the routing id that the peer gets; empty: the one that it announces */
  connect(address: string, peerName: Uint8Array = NO_BYTES): void {
    const endpoint = this.#parse(address, 'connect');
    if (this.#isConnected(address)) return;
    if (peerName.length > 0) this.#checkName(address, peerName);
    const stopped = (connecter: Connecter | InprocConnecter): void => this.#stopped(connecter);
    const connecter =
      endpoint.scheme === 'inproc'
        ? new InprocConnecter(this.#side, endpoint.name, this.#inproc, stopped, peerName)
        : this.#makeConnecter(address, endpoint, peerName);
    this.#connects.add(connecter);
    try {
      connecter.start();
    } catch (error) {
      this.#connects.delete(connecter);
      throw error;
    }
    this.#last = address;
  }

  disconnect(address: string): void {
    checkScheme(address);
    const names = [address, withAddress(address)];
    const found = [...this.#connects].filter((connecter) => names.includes(connecter.address));
    if (found.length === 0)
      throw new ZmtpError('ENOENT', { address, detail: 'nothing is connected there' });
    for (const connecter of found) this.#leaveConnect(connecter, this.#side.options.linger);
  }

  /** The far side closed `pipe`: an inproc connecter begins anew. */
  pipeClosed(pipe: Pipe): void {
    if (this.#isClosed) return;
    for (const connecter of this.#connects) {
      if (connecter instanceof InprocConnecter && connecter.owns(pipe)) connecter.restart();
    }
  }

  /**
   * Closes everything; messages may leave for `linger` milliseconds, -1 for ever. To be called once.
   *
   * @returns `released` resolves when the endpoints are free, `gone` when messages have left or are dropped as well
   */
  close(linger: number): { released: Promise<void>; gone: Promise<void> } {
    this.#isClosed = true;
    for (const connecter of [...this.#connects]) this.#leaveConnect(connecter, linger);
    const closing = [...this.#binds.keys()].map((bound) => this.#leaveBind(bound, linger));
    for (const listening of this.#starting) closing.push(listening.then((bound) => bound.close(0)));
    const released = Promise.allSettled(closing).then(() => undefined);
    const gone = new Promise<void>((resolve) => {
      this.#onGone = resolve;
      this.#checkGone();
    });
    return { released, gone };
  }

  /** No two endpoints can have the same name given to their peers, although with `immediate` nobody has it yet. */
  #checkName(address: string, peerName: Uint8Array): void {
    for (const other of this.#connects) {
      if (Buffer.compare(other.peerName, peerName) !== 0) continue;
      const detail = `the peer at ${other.address} has this routing id`;
      throw new ZmtpError('EADDRINUSE', { address, detail });
    }
  }

  /** @throws {ZmtpError} as `parseEndpoint`, and ENOCOMPATPROTO for a transport that the socket cannot use */
  #parse(address: string, purpose: 'bind' | 'connect'): Endpoint {
    const endpoint = parseEndpoint(address, purpose);
    if (endpoint.scheme === 'inproc' && this.#side.kind === 'STREAM') {
      const detail = 'a STREAM socket speaks to what is no ZeroMQ socket: over tcp, tls or ipc';
      throw new ZmtpError('ENOCOMPATPROTO', { address, detail });
    }
    return endpoint;
  }

  #bound(bound: Binder | InprocListener, address: string): void {
    this.#binds.set(bound, address);
    this.#last = bound.address;
  }

  #leaveBind(bound: Binder | InprocListener, linger: number): Promise<void> {
    this.#binds.delete(bound);
    if (bound instanceof Binder) this.#leaving.add(bound);
    return bound.close(linger);
  }

  #leaveConnect(connecter: Connecter | InprocConnecter, linger: number): void {
    this.#connects.delete(connecter);
    this.#leaving.add(connecter);
    connecter.close(linger);
  }

  /** Nothing is left of a binder or a connecter. */
  #stopped(stopped: Binder | Connecter | InprocConnecter): void {
    this.#leaving.delete(stopped);
    if (!(stopped instanceof Binder)) this.#connects.delete(stopped);
    this.#checkGone();
  }

  #checkGone(): void {
    if (this.#isClosed && this.#leaving.size === 0) this.#onGone();
  }

  /** Some sockets keep one connection per endpoint: a second `connect` to the same text is ignored, as in libzmq. */
  #isConnected(address: string): boolean {
    if (!SINGLE_CONNECT.has(this.#side.kind)) return false;
    return [...this.#connects].some((connecter) => connecter.address === address);
  }

  async #listen(address: string, endpoint: StreamEndpoint): Promise<Binder> {
    const options = { ...this.#side.options };
    const binder = this.#makeBinder(address, options);
    await binder.start((handler) => listen(endpoint, options, handler));
    return binder;
  }

  /** @throws {ZmtpError} EINVAL when the options for security do not fit */
  #makeBinder(address: string, options: OptionValues): Binder {
    const security = this.#security.plan(options, address);
    return new Binder(this.#side, address, options, security, (stopped) => this.#stopped(stopped));
  }

  /** @throws {ZmtpError} EINVAL when the options for security do not fit */
  #makeConnecter(address: string, endpoint: StreamEndpoint, peerName: Uint8Array): Connecter {
    const options = { ...this.#side.options };
    return new Connecter(
      this.#side,
      address,
      options,
      this.#security.plan(options, address),
      (handler) => dial(endpoint, options, handler),
      (stopped) => this.#stopped(stopped),
      peerName,
    );
  }
}

function listen(
  endpoint: StreamEndpoint,
  options: TransportOptions,
  handler: ListenHandler,
): Promise<Listener> {
  return endpoint.scheme === 'ipc'
    ? ipc.listen(endpoint, options, handler)
    : tcp.listen(endpoint, options, handler);
}

function listenSync(
  endpoint: StreamEndpoint,
  options: TransportOptions,
  handler: ListenHandler,
): Listener {
  return endpoint.scheme === 'ipc'
    ? ipc.listenSync(endpoint, options, handler)
    : tcp.listenSync(endpoint, options, handler);
}

function dial(
  endpoint: StreamEndpoint,
  options: TransportOptions,
  handler: ConnectHandler,
): Attempt {
  return endpoint.scheme === 'ipc'
    ? ipc.connect(endpoint, options, handler)
    : tcp.connect(endpoint, options, handler);
}

/** The same endpoint with an address in place of the one name that has the same everywhere. */
function withAddress(address: string): string {
  return address.replace(/^(tcp|tls):\/\/localhost:/, '$1://127.0.0.1:');
}

/** Over inproc nothing leaves the process. */
function isSending(part: Binder | Connecter | InprocConnecter): boolean {
  return !(part instanceof InprocConnecter) && part.hasUnsent;
}
