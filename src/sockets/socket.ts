/**
 * The part of the public API that every socket class has.
 *
 * @module
 */
import { invalidType } from '../errors.ts';
import type { CommonOptions, OptionValues } from '../options.ts';
import { Context, context as defaultContext } from './context.ts';
import type { Observer } from './observer.ts';
import { assignOptions, checkObject } from './option-accessors.ts';
import type { Pattern } from './patterns/pattern.ts';
import { SocketCore } from './socket-core.ts';

/** Options of every constructor. */
export type BaseOptions = Partial<CommonOptions> & {
  /** Whose inproc names the socket shares; the default context when absent. */
  context?: Context | undefined;
};

/** libzmq's numbers of the socket types. */
const TYPE_NUMBERS = { REQ: 3, REP: 4 } as const;
type ImplementedType = keyof typeof TYPE_NUMBERS;

// The options are defined as properties on the prototype of each class, from the option table.
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging
export interface Socket extends CommonOptions {}

/** What all sockets have in common. */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging
export abstract class Socket {
  readonly #core: SocketCore;
  readonly #context: Context;

  /** @internal */
  protected constructor(
    type: ImplementedType,
    makePattern: (options: Readonly<OptionValues>) => Pattern,
    options: BaseOptions,
  ) {
    checkObject(options);
    const { context = defaultContext } = options;
    if (!(context instanceof Context)) throw invalidType('Option context must be a Context');
    this.#context = context;
    this.#core = new SocketCore(type, makePattern, context);
    Object.seal(this);
    assignOptions(this, options);
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
    return TYPE_NUMBERS[this.#core.socketType as ImplementedType];
  }

  get closed(): boolean {
    return this.#core.isClosed;
  }

  /** Whether `receive` would have a message at once. */
  get readable(): boolean {
    return this.#core.isReadable;
  }

  /** Whether `send` would queue a message at once. */
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

  /** What happens to the connections. Events before the first access are not kept. */
  get events(): Observer {
    return this.#core.observe();
  }

  /**
   * Listens at an endpoint: `tcp://host:port`, `ipc://path` or `inproc://name`; `*` for any host, port or path.
   *
   * @throws {ZmtpError} EBADF at once when the socket is closed; else it rejects: EINVAL, EPROTONOSUPPORT, EADDRINUSE,
   * ENODEV, ENAMETOOLONG, or an error of the operating system with its code. `address` is the endpoint.
   */
  bind(address: string): Promise<void> {
    this.#core.checkOpen();
    return this.#core.bind(address);
  }

  /**
   * Stops listening at an endpoint, and ends the connections that came through it (not those of inproc, which need no
   * listener).
   *
   * @throws {ZmtpError} EBADF at once when the socket is closed; rejects with ENOENT when nothing is bound there
   */
  unbind(address: string): Promise<void> {
    this.#core.checkOpen();
    return this.#core.endpoints.unbind(address);
  }

  /**
   * Connects to an endpoint, now or whenever somebody is there, and again when the connection is lost. Returns at once.
   *
   * @throws {ZmtpError} EINVAL, EPROTONOSUPPORT, ENAMETOOLONG, EBADF
   */
  connect(address: string): void {
    this.#core.checkOpen();
    this.#core.connect(address);
  }

  /**
   * Undoes every `connect` to this text.
   *
   * @throws {ZmtpError} ENOENT when there was none, EBADF
   */
  disconnect(address: string): void {
    this.#core.checkOpen();
    this.#core.endpoints.disconnect(address);
  }

  /**
   * Ends the socket. Calls that wait reject with EAGAIN, or EFSM when it was not their turn; messages that have been sent
   * may leave for another `linger` milliseconds. May be called more than once.
   */
  close(): void {
    void this.#core.close();
  }

  /** As `close`, and waits until the endpoints are free to be bound again. Messages go on leaving meanwhile. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#core.close();
  }
}
