/**
 * The socket of the older API: an event emitter around one of our sockets.
 *
 * It reads by itself, one message after the other, each from the moment that the listeners are done with the one before;
 * so high water marks go on meaning something. What it is given to send and cannot hand on it keeps, without a limit.
 *
 * @module
 */
import { EventEmitter } from 'node:events';
import type { Message, MessageLike, Socket as ZmtpSocket } from '../index.ts';
import { Queue } from '../queue.ts';
import { ZMQ_SNDMORE, ZMQ_SUBSCRIBE, ZMQ_UNSUBSCRIBE } from './constants.ts';
import { makeSocket, type Receiver, type Sender, type SocketType } from './make-socket.ts';
import { watchEvents } from './monitor.ts';
import { type OptionName, options, type OptionValue, readOption, writeOption } from './options.ts';

/** Called once, without an argument or with what went wrong. */
type Callback = (err?: Error) => void;

type Outgoing = { readonly frames: MessageLike[]; readonly callback: Callback | undefined };

/**
 * A socket of the older API. Emits `message` with the frames of each message, `error` for what fails without a callback,
 * `bind` and `unbind`, and while it is monitored `connect`, `listen`, `accept`, `disconnect` and so on.
 */
export class Socket extends EventEmitter {
  // Options are properties by their short names, and programs keep things of their own here.
  // oxlint-disable-next-line typescript/no-explicit-any
  [key: string]: any;
  /** The type, as it was given. */
  type: SocketType;
  readonly #socket: ZmtpSocket;
  readonly #sender: Sender | undefined;
  readonly #receiver: Receiver | undefined;
  /** The frames of a message that is not complete. */
  #frames: MessageLike[] = [];
  readonly #outgoing = new Queue<Outgoing>();
  /** How many messages `#sender` has that it has not answered for. */
  #inFlight = 0;
  /** From the call of `receive` until the listeners have had what it brought. */
  #isReading = false;
  /** A message that came in a pause. */
  #parked: Message[] | undefined;
  #isPaused = false;
  #unwatch: (() => void) | undefined;

  /** @throws {Error} code EINVAL, "Invalid socket type: …" */
  constructor(type: SocketType) {
    super();
    const { socket, sender, receiver } = makeSocket(type);
    this.type = type;
    this.#socket = socket;
    this.#sender = sender;
    this.#receiver = receiver;
    this.#read();
  }

  get closed(): boolean {
    return this.#socket.closed;
  }

  /** Listens at an endpoint. Emits `bind` and calls `cb`; a failure goes to `cb` or, without it, to `error`. */
  bind(address: string, cb?: Callback): this {
    this.#report('bind', address, this.#socket.bind(address), cb);
    return this;
  }

  /** Stops listening. Emits `unbind` and calls `cb`; a failure goes to `cb` or, without it, to `error`. */
  unbind(address: string, cb?: Callback): this {
    this.#report('unbind', address, this.#socket.unbind(address), cb);
    return this;
  }

  /** Listens at an endpoint; throws what goes wrong. */
  bindSync(address: string): void {
    this.#socket.bindSync(address);
  }

  /** Stops listening; throws what goes wrong. */
  unbindSync(address: string): void {
    this.#socket.unbindSync(address);
  }

  connect(address: string): this {
    this.#socket.connect(address);
    return this;
  }

  disconnect(address: string): this {
    this.#socket.disconnect(address);
    return this;
  }

  /**
   * Adds one frame or several to a message, and sends it unless `givenFlags` has `ZMQ_SNDMORE`. It waits here for those
   * before it, for `resume` and for a peer. Bytes belong to the socket until `cb` is called.
   *
   * @param cb - called when the message is queued for a peer, or with what prevented that; without it that is emitted as
   * `error`, unless the socket is closed
   */
  send(message: MessageLike[] | MessageLike, givenFlags?: number | null, cb?: Callback): this {
    if (Array.isArray(message)) for (const frame of message) this.#frames.push(frame);
    else this.#frames.push(message);
    if (((givenFlags ?? 0) & ZMQ_SNDMORE) !== 0) return this;
    this.#outgoing.push({ frames: this.#frames, callback: cb });
    this.#frames = [];
    this.#flush();
    return this;
  }

  /** @throws {Error} always: code ENOTSUP */
  read(): void {
    const text = "read() has been removed from compatibility mode; use on('message', ...) instead.";
    throw Object.assign(new Error(text), { code: 'ENOTSUP' as const });
  }

  /** Sends nothing and emits no message until `resume`. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    const parked = this.#parked;
    this.#parked = undefined;
    if (parked === undefined) this.#read();
    else process.nextTick(() => this.#emitMessage(parked));
    this.#flush();
  }

  /** Ends the socket. Messages that it still keeps are dropped; their callbacks are called with an error. */
  close(): this {
    this.#socket.close();
    this.#flush();
    return this;
  }

  /** Emits from now on what happens to the connections. The arguments are ignored. */
  monitor(interval?: number, num?: number): this {
    if (interval !== undefined || num !== undefined) {
      process.emitWarning(
        'Arguments to monitor() are ignored in compatibility mode; all events are read automatically',
      );
    }
    this.#unwatch ??= watchEvents(this.#socket.events, (name, ...details) => {
      this.emit(name, ...details);
    });
    return this;
  }

  unmonitor(): this {
    this.#unwatch?.();
    this.#unwatch = undefined;
    return this;
  }

  /** Asks for messages that begin with `filter`; SUB only. */
  subscribe(filter: string | Buffer): this {
    return this.setsockopt(ZMQ_SUBSCRIBE, filter);
  }

  /** Undoes one `subscribe`. */
  unsubscribe(filter: string | Buffer): this {
    return this.setsockopt(ZMQ_UNSUBSCRIBE, filter);
  }

  /**
   * Sets an option, by its number or its short name.
   *
   * @throws {Error} code EINVAL, "Unknown option"
   */
  setsockopt(givenOption: number | OptionName, value: unknown): this {
    writeOption(this.#socket, givenOption, value);
    return this;
  }

  /**
   * The value of an option, by its number or its short name.
   *
   * @throws {Error} code EINVAL, "Unknown option"
   */
  getsockopt(givenOption: number | OptionName): OptionValue {
    return readOption(this.#socket, givenOption);
  }

  /** Hands on what can be: one message while none is under way, more as long as they need not wait there. */
  #flush(): void {
    while (this.#canHandOn()) {
      const next = this.#outgoing.shift();
      if (next === undefined) return;
      this.#handOn(next);
    }
  }

  #canHandOn(): boolean {
    // A pause does not keep callbacks from hearing of `close`.
    if (this.#isPaused && !this.closed) return false;
    return this.#inFlight === 0 || this.#socket.writable;
  }

  #handOn({ frames, callback }: Outgoing): void {
    this.#inFlight++;
    this.#transmit(frames).then(
      () => {
        if (callback !== undefined) process.nextTick(callback);
        this.#inFlight--;
        this.#flush();
      },
      (error: Error) => {
        this.#fail(error, callback);
        this.#inFlight--;
        this.#flush();
      },
    );
  }

  async #transmit(frames: MessageLike[]): Promise<void> {
    if (this.#sender === undefined) {
      const text = 'Cannot send on this socket type.';
      throw Object.assign(new Error(text), { code: 'ENOTSUP' as const });
    }
    await this.#sender.send(frames);
  }

  #read(): void {
    if (this.#receiver === undefined || this.#isReading || this.#isPaused || this.closed) return;
    this.#isReading = true;
    this.#receiver.receive().then(
      (frames) => process.nextTick(() => this.#emitMessage(frames)),
      (error: Error) => {
        this.#isReading = false;
        this.#fail(error, undefined);
        // Not in this turn: a timeout of 0 would leave nothing else a turn.
        setImmediate(() => this.#read());
      },
    );
  }

  #emitMessage(frames: Message[]): void {
    if (this.closed) return;
    if (this.#isPaused) {
      this.#parked = frames;
      return;
    }
    this.#isReading = false;
    try {
      this.emit('message', ...frames);
    } finally {
      this.#read();
    }
  }

  #report(
    event: 'bind' | 'unbind',
    address: string,
    done: Promise<void>,
    callback: Callback | undefined,
  ): void {
    const succeed = (): void => {
      this.emit(event, address);
      callback?.();
    };
    done.then(
      () => process.nextTick(succeed),
      (error: Error) => this.#fail(error, callback),
    );
  }

  /** Never in the caller's turn, and out of reach of the promise that failed: what a listener throws is its own. */
  #fail(error: Error, callback: Callback | undefined): void {
    process.nextTick(() => {
      if (callback !== undefined) callback(error);
      else if (!this.closed) this.emit('error', error);
    });
  }
}

for (const name of Object.keys(options) as OptionName[]) {
  Object.defineProperty(Socket.prototype, name, {
    get(this: Socket): OptionValue {
      return this.getsockopt(name);
    },
    set(this: Socket, value: unknown) {
      this.setsockopt(name, value);
    },
    configurable: true,
  });
}
