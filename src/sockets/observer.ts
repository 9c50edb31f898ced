/**
 * `socket.events`: what happens to a socket's connections, to be read one by one or listened to.
 *
 * @module
 */
import { EventEmitter } from 'node:events';
import { checkOptionsPlace } from '../arguments.ts';
import { ZmtpError } from '../errors.ts';
import type { OptionValues } from '../option-types.ts';
import { Queue } from '../queue.ts';
import { coreOf } from './core-of.ts';
import type { Event, EventOfType, EventType } from './monitor.ts';
import { type OperationOptions, Operations, checkOperationOptions } from './operations.ts';
import { hold, release } from './process-exit.ts';

/** Reads that may wait. */
const MAX_READERS = 1000;

/** Somebody to whom listeners can be added. */
export interface EventSubscriber {
  on<T extends EventType>(type: T, listener: (event: EventOfType<T>) => void): EventSubscriber;
  off<T extends EventType>(type: T, listener: (event: EventOfType<T>) => void): EventSubscriber;
}

/** Reads the events of a socket: `receive`, `for await` or, once `on` has been called, listeners. */
export class Observer implements EventSubscriber {
  readonly #queue = new Queue<Event>();
  readonly #readers: Operations<undefined, Event>;
  readonly #options: Readonly<Pick<OptionValues, 'maxPendingEvents'>>;
  #emitter: EventEmitter | undefined;
  /** No event comes any more. */
  #isEnded = false;
  #isClosed = false;
  /** The process stays alive for listeners. */
  #isHolding = false;
  #dropped = 0;

  /**
   * Watches a socket from now on, in place of whoever watched it before: for that one it is the `end`. `socket.events` is
   * made in this way.
   *
   * @throws {TypeError} code EINVAL for what is no socket
   */
  constructor(socket: object) {
    const core = coreOf(socket, 'Socket');
    this.#options = core.options;
    if (core.isClosed) this.#isClosed = true;
    core.monitor.watch((event) => this.#push(event));
    this.#readers = new Operations(
      'events.receive',
      () => new ZmtpError('EAGAIN'),
      () => {},
    );
  }

  /** Whether the last event has been read, or `close` was called. */
  get closed(): boolean {
    return this.#isClosed || (this.#isEnded && this.#queue.length === 0);
  }

  /** How many events were dropped because nobody read them. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Reads no more. Reads that wait reject with EBADF. */
  close(): void {
    this.#isClosed = true;
    this.#checkHold();
    this.#queue.clear();
    this.#readers.rejectAll(() => new ZmtpError('EBADF'));
  }

  /**
   * The next event.
   *
   * @throws {ZmtpError} EBADF when there will be none, EBUSY in emitter mode, EAGAIN after `timeout`
   */
  receive(options: OperationOptions = {}): Promise<Event> {
    // oxlint-disable-next-line prefer-rest-params
    checkOptionsPlace(arguments.length, 1, options, 'it takes options, and nothing else');
    checkOperationOptions(options);
    if (this.#emitter !== undefined) {
      throw emitterMode();
    }
    const event = this.#queue.shift();
    if (event !== undefined) return Promise.resolve(event);
    if (this.closed) throw new ZmtpError('EBADF');
    return this.#readers.add(undefined, options.timeout ?? -1, MAX_READERS, options.signal);
  }

  /**
   * Calls `listener` for each event of a type, those that wait included. From then on `receive` throws, and the process
   * stays alive until the socket, or this, is closed, or the last listener is taken off.
   */
  on<T extends EventType>(type: T, listener: (event: EventOfType<T>) => void): this {
    this.#emitter ??= new EventEmitter();
    this.#emitter.on(type, listener);
    this.#checkHold();
    this.#readers.rejectAll(emitterMode);
    process.nextTick(() => this.#drain());
    return this;
  }

  off<T extends EventType>(type: T, listener: (event: EventOfType<T>) => void): this {
    this.#emitter?.off(type, listener);
    this.#checkHold();
    return this;
  }

  /** Ends by itself when the socket is closed. */
  [Symbol.asyncIterator](): AsyncIterator<Event, undefined> {
    return {
      next: async () => {
        if (this.closed) return { done: true, value: undefined };
        try {
          return { done: false, value: await this.receive() };
        } catch (error) {
          if (this.closed) return { done: true, value: undefined };
          throw error;
        }
      },
    };
  }

  #push(event: Event): void {
    if (this.#isClosed) return;
    if (event.type === 'end') {
      this.#isEnded = true;
      this.#checkHold();
    }
    const reader = this.#readers.first;
    if (this.#emitter === undefined && reader !== undefined) {
      reader.resolve(event);
      if (this.#isEnded) this.#readers.rejectAll(() => new ZmtpError('EBADF'));
      return;
    }
    this.#queue.push(event);
    while (this.#queue.length > this.#options.maxPendingEvents) {
      this.#queue.shift();
      this.#dropped++;
    }
    if (this.#emitter !== undefined) process.nextTick(() => this.#drain());
  }

  /** Listeners keep the process alive like a read that waits, as long as there are any and events can come. */
  #checkHold(): void {
    const isHeard = (this.#emitter?.eventNames().length ?? 0) > 0;
    const mustHold = isHeard && !this.#isEnded && !this.#isClosed;
    if (mustHold === this.#isHolding) return;
    this.#isHolding = mustHold;
    if (mustHold) hold();
    else release();
  }

  /** Hands what waits to the listeners; never from inside the socket, which must not feel what a listener throws. */
  #drain(): void {
    if (this.#emitter === undefined) return;
    for (let event = this.#queue.shift(); event !== undefined; event = this.#queue.shift()) {
      this.#emitter.emit(event.type, event);
    }
  }
}

function emitterMode(): ZmtpError {
  const message =
    'Observer is in event emitter mode. After a call to events.on() it is not possible to read ' +
    'events with events.receive().';
  return new ZmtpError('EBUSY', { message });
}
