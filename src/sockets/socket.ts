/**
 * The part of the public API that every socket class has.
 *
 * @module
 */
import { constants } from 'node:os';
import { checkCount, checkObject } from '../arguments.ts';
import { invalidType, setSystemNumbers, ZmtpError } from '../errors.ts';
import type { CommonOptions } from '../option-types.ts';
import { COMMON_NAMES } from '../options.ts';
import { Context, context as defaultContext } from './context.ts';
import { registerCore } from './core-of.ts';
import { assignNumbered, clampUint64, readNumbered } from './numbered-options.ts';
import { Observer } from './observer.ts';
import { assignOptions, defineOptions } from './option-accessors.ts';
import { SocketCore } from './socket-core.ts';
import { numberOf } from './socket-kinds.ts';

setSystemNumbers(constants.errno);

const MECHANISM_NAMES = { NULL: null, PLAIN: 'plain', CURVE: 'curve' } as const;

// The options are defined as properties on the prototype, from the option table.
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging
export interface Socket extends CommonOptions {}

/** What all sockets have in common. */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging
export abstract class Socket {
  readonly #core: SocketCore;
  readonly #context: Context;
  #events: Observer | undefined;

  /**
   * @param type - libzmq's number of the socket type
   * @param options - the options of the class, and `context`
   * @throws {TypeError} code EINVAL for what is no number or no object, and for options that there are not
   * @throws {ZmtpError} EINVAL for a type that there is not, EMFILE when the context has as many sockets as it may have
   */
  protected constructor(type: number, options: object = {}) {
    // oxlint-disable-next-line prefer-rest-params
    checkCount(arguments.length, 2);
    if (typeof type !== 'number') throw invalidType('Socket type must be a number');
    checkObject(options);
    const { context = defaultContext } = options as { context?: unknown };
    if (!(context instanceof Context)) {
      throw new ZmtpError('EINVAL', { detail: 'the option context must be a Context' });
    }
    this.#context = context;
    this.#core = new SocketCore(type, context);
    registerCore(this, this.#core);
    Object.seal(this);
    try {
      assignOptions(this, options);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** @internal */
  static coreOf(socket: Socket): SocketCore {
    return socket.#core;
  }

  /** The context that the socket was made in. */
  get context(): Context {
    return this.#context;
  }

  /** libzmq's number of the socket type. */
  get type(): number {
    return numberOf(this.#core.kind);
  }

  get closed(): boolean {
    return this.#core.isClosed;
  }

  /** Whether `receive` would have a message at once. */
  get readable(): boolean {
    return this.#core.isReadable;
  }

  /**
   * Whether `send` would queue a message at once, as far as that can be said: with a mandatory `Router` and a `Stream` it
   * depends on the peer that the message is for, and this does not look at peers.
   */
  get writable(): boolean {
    return this.#core.isWritable;
  }

  /** How many calls that send wait for their turn. */
  get pendingSends(): number {
    return this.#core.pendingSends;
  }

  /** The endpoint bound or connected last, wildcards filled in; `null` before the first. */
  get lastEndpoint(): string | null {
    return this.#core.endpoints.last;
  }

  /** How peers are authenticated, as the options say that were set last: `null`, they are not. */
  get securityMechanism(): null | 'plain' | 'curve' | 'gssapi' {
    return MECHANISM_NAMES[this.#core.options.securityRole.mechanism];
  }

  /** Whether threads can share the socket: they cannot. */
  get threadSafe(): boolean {
    return false;
  }

  /** What happens to the connections. Events before the first access are not kept. */
  get events(): Observer {
    if (this.#events === undefined && this.closed) throw new ZmtpError('EBADF');
    this.#events ??= new Observer(this);
    return this.#events;
  }

  /**
   * Listens at an endpoint: `tcp://host:port`, `ipc://path` or `inproc://name`; `*` for any host, port or path.
   *
   * @throws {TypeError} code EINVAL, at once, for what is no string
   * @throws {ZmtpError} EBADF or EBUSY at once when the socket is closed or in a proxy; else it rejects: EINVAL,
   * EPROTONOSUPPORT, ENOCOMPATPROTO, EADDRINUSE, ENODEV, ENAMETOOLONG, or an error of the operating system with its code.
   * `address` is the endpoint.
   */
  bind(address: string): Promise<void> {
    this.#check(address);
    return this.#core.bind(address);
  }

  /**
   * As `bind`, and done on return: throws what `bind` rejects with. A host name cannot be looked up in this way, and a
   * socket file that is left over is not replaced.
   */
  bindSync(address: string): void {
    this.#check(address);
    this.#core.bindSync(address);
  }

  /**
   * Stops listening at an endpoint, and ends the connections that came through it (not those of inproc, which need no
   * listener).
   *
   * @throws {ZmtpError} as `bind`; rejects with ENOENT when nothing is bound there
   */
  unbind(address: string): Promise<void> {
    this.#check(address);
    return this.#core.endpoints.unbind(address);
  }

  /** As `unbind`, and throws at once what is wrong. */
  unbindSync(address: string): void {
    this.#check(address);
    void this.#core.endpoints.unbindSync(address);
  }

  /**
   * Connects to an endpoint, now or whenever somebody is there, and again when the connection is lost. Returns at once.
   *
   * @throws {ZmtpError} EINVAL, EPROTONOSUPPORT, ENOCOMPATPROTO, ENAMETOOLONG, EBADF, EBUSY
   */
  connect(address: string): void {
    this.#check(address);
    this.#core.connect(address);
  }

  /**
   * Undoes every `connect` to this text.
   *
   * @throws {ZmtpError} ENOENT when there was none, else as `connect`
   */
  disconnect(address: string): void {
    this.#check(address);
    this.#core.endpoints.disconnect(address);
  }

  /**
   * Ends the socket. Calls that wait reject with EAGAIN, or EFSM when it was not their turn; messages that have been sent
   * may leave for another `linger` milliseconds. May be called more than once.
   */
  close(): void {
    // oxlint-disable-next-line prefer-rest-params
    checkCount(arguments.length, 0);
    void this.#core.close();
  }

  /** As `close`, and waits until the endpoints are free to be bound again. Messages go on leaving meanwhile. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#core.close();
  }

  /** Reads an option by libzmq's number. */
  protected getBoolOption(option: number): boolean {
    return Boolean(readNumbered(this.#core, option));
  }

  /** Sets an option by libzmq's number. */
  protected setBoolOption(option: number, value: boolean): void {
    if (typeof value !== 'boolean') throw invalidType('Option value must be a boolean');
    assignNumbered(this.#core, option, value);
  }

  /** Reads an option by libzmq's number. */
  protected getInt32Option(option: number): number {
    return Number(readNumbered(this.#core, option));
  }

  /** Sets an option by libzmq's number. */
  protected setInt32Option(option: number, value: number): void {
    this.#assignNumber(option, value);
  }

  /** Reads an option by libzmq's number. */
  protected getUint32Option(option: number): number {
    return Number(readNumbered(this.#core, option));
  }

  /** Sets an option by libzmq's number. */
  protected setUint32Option(option: number, value: number): void {
    this.#assignNumber(option, value);
  }

  /** Reads an option by libzmq's number. */
  protected getInt64Option(option: number): number {
    return Number(readNumbered(this.#core, option));
  }

  /** Sets an option by libzmq's number. */
  protected setInt64Option(option: number, value: number): void {
    this.#assignNumber(option, value);
  }

  /** Reads an option by libzmq's number. */
  protected getUint64Option(option: number): number {
    return Number(readNumbered(this.#core, option));
  }

  /** Sets an option by libzmq's number; negative numbers are 0. */
  protected setUint64Option(option: number, value: number): void {
    this.#assignNumber(option, typeof value === 'number' ? clampUint64(value) : value);
  }

  /** Reads an option by libzmq's number; `null` for no text. */
  protected getStringOption(option: number): string | null {
    const value = readNumbered(this.#core, option);
    return value === null ? null : String(value);
  }

  /** Sets an option by libzmq's number. */
  protected setStringOption(option: number, value: string | Uint8Array | null): void {
    const isText = value === null || typeof value === 'string' || value instanceof Uint8Array;
    if (!isText) throw invalidType('Option value must be a string or buffer');
    assignNumbered(this.#core, option, value);
  }

  #assignNumber(option: number, value: number): void {
    if (typeof value !== 'number') throw invalidType('Option value must be a number');
    assignNumbered(this.#core, option, value);
  }

  #check(address: unknown): void {
    if (typeof address !== 'string') throw invalidType('Address must be a string');
    this.#core.checkFree();
  }
}

defineOptions(Socket.prototype, COMMON_NAMES, (socket) => Socket.coreOf(socket));
