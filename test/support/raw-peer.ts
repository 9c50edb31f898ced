/**
 * The other end of a socket under test: a TCP connection whose every byte the test decides.
 *
 * Nothing here knows what a ZMTP peer ought to do next. A test writes bytes, says which bytes it
 * expects back, and may stop, reset or go silent at any point. All waiting is for an event, with one
 * deadline far above what any step needs; when it passes, the error shows what had arrived instead.
 *
 * @module
 */

import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import {
  FLAG_COMMAND,
  FLAG_MORE,
  greeting,
  hexDump,
  parseCommand,
  parseProperties,
  type RawFrame,
  ready,
  tryParseFrame,
} from '../../src/testing/raw-bytes.ts';
import type { Random } from '../../src/testing/random.ts';
import { turn } from '../../src/testing/turn.ts';

/** How long any single wait may take, in ms, before it fails with a description. */
export const DEADLINE: number = Number(process.env['ZMTP_TEST_DEADLINE'] ?? 5000);

/** FIN or RST, whichever the subject sent first. */
export type CloseKind = 'end' | 'reset';

export interface HandshakeOptions {
  /** Socket-Type of the raw side. */
  readonly as: string;
  readonly minor?: number;
  /** Properties after the Socket-Type. */
  readonly extra?: Uint8Array;
}

interface Waiter {
  check(): void;
}

export class RawPeer {
  readonly socket: Socket;
  /** Our own end, as a subject that accepted us names it in `event.peer.address`. */
  readonly localEndpoint: string;
  readonly #waiters = new Set<Waiter>();
  #chunks: Buffer[] = [];
  #unread = 0;
  #receivedBytes = 0;
  #closed: CloseKind | undefined;
  #isDiscarding = false;

  constructor(socket: Socket) {
    this.socket = socket;
    // Kept, because Node forgets it once the handle is gone.
    this.localEndpoint = `tcp://${socket.localAddress}:${socket.localPort}`;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      this.#receivedBytes += chunk.length;
      if (!this.#isDiscarding) {
        this.#chunks.push(chunk);
        this.#unread += chunk.length;
      }
      this.#wake();
    });
    socket.on('end', () => this.#end('end'));
    socket.on('error', () => this.#end('reset'));
    socket.on('close', (hadError) => this.#end(hadError ? 'reset' : 'end'));
  }

  /** Opens a connection to a listening socket. */
  static connect(endpoint: string): Promise<RawPeer> {
    const { hostname, port } = new URL(endpoint);
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const socket = connect({ host, port: Number(port), allowHalfOpen: true });
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new RawPeer(socket));
      });
    });
  }

  /** All bytes that ever came, also those already read. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Bytes that came and were not read yet. */
  get unread(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  /** How the subject closed, if it did. */
  get closed(): CloseKind | undefined {
    return this.#closed;
  }

  // ---- writing -------------------------------------------------------------------------------

  /** Resolves when the kernel took the bytes or the connection is gone; which one does not matter here. */
  write(content: Uint8Array): Promise<void> {
    if (this.socket.destroyed || this.socket.writableEnded) return Promise.resolve();
    return new Promise((resolve) => this.socket.write(content, () => resolve()));
  }

  /** One write and one turn per byte, so that the subject reads them one by one. */
  async writeBytewise(content: Uint8Array): Promise<void> {
    await this.writeInPieces(content, () => 1);
  }

  /** Cuts at random places. */
  async writeSplit(content: Uint8Array, random: Random): Promise<void> {
    await this.writeInPieces(content, () => 1 + random.below(Math.min(16, content.length)));
  }

  async writeInPieces(content: Uint8Array, nextLength: () => number): Promise<void> {
    for (let position = 0; position < content.length; ) {
      const end = Math.min(position + nextLength(), content.length);
      await this.write(content.subarray(position, end));
      await turn();
      position = end;
    }
  }

  /** A slow peer: one byte per `interval` ms until the subject has had enough. Never rejects. */
  async writePaced(content: Uint8Array, interval: number): Promise<number> {
    let position = 0;
    while (position < content.length && this.#closed === undefined) {
      await this.write(content.subarray(position, position + 1));
      position += 1;
      await new Promise((resolve) => setTimeout(resolve, interval));
    }
    return position;
  }

  /**
   * Writes `chunk` again and again, honouring back-pressure, until `total` bytes are out, the subject
   * closed, or `until` resolved (for a subject that stops reading).
   *
   * @returns bytes handed to the kernel
   */
  async flood(chunk: Uint8Array, total: number, until?: Promise<unknown>): Promise<number> {
    const stop = until?.then(() => 'stop' as const);
    const isOver = (): boolean => this.#closed !== undefined || written >= total;
    let written = 0;
    while (!isOver()) {
      const flushed = this.write(chunk);
      const outcome = await (stop === undefined ? flushed : Promise.race([flushed, stop]));
      if (outcome === 'stop') break;
      written += chunk.length;
    }
    return written;
  }

  /** FIN; what was written before still goes out. */
  end(): void {
    this.socket.end();
  }

  /** RST. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** Stops reading, so that the subject's output piles up. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** From now on input is counted, not kept. */
  discardInput(): void {
    this.#isDiscarding = true;
    this.#chunks = [];
    this.#unread = 0;
    this.socket.resume();
  }

  /** For the clean-up after a test; no expectation attached. */
  close(): void {
    this.socket.destroy();
  }

  // ---- reading -------------------------------------------------------------------------------

  /** Exactly `count` bytes. */
  async read(count: number, what = `${count} bytes`): Promise<Buffer> {
    await this.waitFor(what, () => this.#unread >= count || undefined);
    return this.#take(count);
  }

  /** The next bytes must be these; fails at the first different one, without waiting for the rest. */
  async expect(expected: Uint8Array): Promise<void> {
    const wanted = Buffer.from(expected);
    const mismatch = (): boolean => {
      const common = Math.min(this.#unread, wanted.length);
      return !this.unread.subarray(0, common).equals(wanted.subarray(0, common));
    };
    const what = `these bytes\n${hexDump(wanted)}`;
    await this.waitFor(what, () => mismatch() || this.#unread >= wanted.length || undefined);
    if (mismatch()) throw new Error(`expected ${what}\n${this.#describe()}`);
    this.#take(wanted.length);
  }

  async readFrame(): Promise<RawFrame> {
    const parsed = await this.waitFor('a frame', () => tryParseFrame(this.unread));
    this.#take(parsed.wire.length);
    return parsed;
  }

  async readCommand(): Promise<{ name: string; data: Buffer }> {
    const { flags, body, wire } = await this.readFrame();
    if ((flags & FLAG_COMMAND) === 0 || (flags & FLAG_MORE) !== 0) {
      throw new Error(`expected a command\n${hexDump(wire)}`);
    }
    return parseCommand(body);
  }

  /** The frames of one whole message. */
  async readMessage(): Promise<Buffer[]> {
    const frames: Buffer[] = [];
    for (;;) {
      const { flags, body, wire } = await this.readFrame();
      if ((flags & ~0x03) !== 0) throw new Error(`expected a message\n${hexDump(wire)}`);
      frames.push(body);
      if ((flags & FLAG_MORE) === 0) return frames;
    }
  }

  /**
   * The subject must close. Bytes it sent before are left in `unread`.
   *
   * @returns whether it was a FIN or an RST; both are a legal way to end a misbehaving peer
   */
  async expectClose(deadline: number = DEADLINE): Promise<CloseKind> {
    const isClosed = (): CloseKind | undefined => this.#closed;
    const kind = await this.#wait('the subject to close the connection', isClosed, deadline);
    this.socket.destroy();
    return kind;
  }

  /** Resolves when the subject closes; never fails. */
  whenClosed(): Promise<CloseKind> {
    return new Promise((resolve) => {
      const waiter: Waiter = {
        check: () => {
          if (this.#closed === undefined) return;
          this.#waiters.delete(waiter);
          resolve(this.#closed);
        },
      };
      this.#waiters.add(waiter);
      waiter.check();
    });
  }

  // ---- handshake -----------------------------------------------------------------------------

  /** Exchanges greetings only. */
  async exchangeGreetings(own: Uint8Array = greeting()): Promise<Buffer> {
    await this.write(own);
    return this.read(64, 'a 64-byte greeting');
  }

  /** Reads READY. */
  async readReady(): Promise<Map<string, Buffer>> {
    const { name, data } = await this.readCommand();
    if (name !== 'READY') throw new Error(`expected READY, got ${name}\n${hexDump(data)}`);
    return new Map(parseProperties(data));
  }

  /** The whole NULL handshake, politely: greeting, READY, and both of the subject's. */
  async handshake(options: HandshakeOptions): Promise<Map<string, Buffer>> {
    await this.exchangeGreetings(greeting({ minor: options.minor ?? 1 }));
    await this.write(ready(options.as, options.extra ?? ''));
    return this.readReady();
  }

  // ---- waiting -------------------------------------------------------------------------------

  /** Waits until `test` returns something other than `undefined`; asked again after every event. */
  waitFor<T>(what: string, test: () => T | undefined): Promise<T> {
    return this.#wait(what, test, DEADLINE, true);
  }

  #wait<T>(
    what: string,
    test: () => T | undefined,
    deadline: number,
    needsInput = false,
  ): Promise<T> {
    const origin = new Error();
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        origin.message = `${why} while waiting for ${what}\n${this.#describe()}`;
        reject(origin);
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        fail(`nothing happened within ${deadline} ms`);
      }, deadline);
      const waiter: Waiter = {
        check: () => {
          const value = test();
          if (value === undefined && !(needsInput && this.#closed !== undefined)) return;
          this.#waiters.delete(waiter);
          clearTimeout(timer);
          if (value === undefined) fail('the subject closed the connection');
          else resolve(value);
        },
      };
      this.#waiters.add(waiter);
      waiter.check();
    });
  }

  #describe(): string {
    const state = this.#closed === undefined ? 'open' : `closed by the subject (${this.#closed})`;
    return `${this.#receivedBytes} bytes received so far, connection ${state}; not yet read:\n${hexDump(this.unread)}`;
  }

  #take(count: number): Buffer {
    const all = this.unread;
    this.#chunks = all.length > count ? [all.subarray(count)] : [];
    this.#unread = all.length - count;
    return all.subarray(0, count);
  }

  #end(kind: CloseKind): void {
    this.#closed ??= kind;
    this.#wake();
  }

  #wake(): void {
    for (const waiter of [...this.#waiters]) waiter.check();
  }
}

/** A listening port for a connecting socket under test. */
export class RawListener {
  readonly endpoint: string;
  readonly #server: Server;
  readonly #accepted: RawPeer[] = [];
  readonly #waiting: Array<(peer: RawPeer) => void> = [];
  #connections = 0;

  private constructor(server: Server) {
    this.#server = server;
    this.endpoint = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (socket) => {
      this.#connections += 1;
      const peer = new RawPeer(socket);
      const taker = this.#waiting.shift();
      if (taker === undefined) this.#accepted.push(peer);
      else taker(peer);
    });
  }

  static listen(): Promise<RawListener> {
    const server = createServer({ allowHalfOpen: true });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: '127.0.0.1', port: 0 }, () => resolve(new RawListener(server)));
    });
  }

  /** Connections so far, also those not yet taken with `accept`. */
  get connections(): number {
    return this.#connections;
  }

  /** The next connection, in order of arrival. */
  accept(deadline: number = DEADLINE): Promise<RawPeer> {
    const next = this.#accepted.shift();
    if (next !== undefined) return Promise.resolve(next);
    const origin = new Error(`nobody connected to ${this.endpoint} within ${deadline} ms`);
    return new Promise((resolve, reject) => {
      const taker = (peer: RawPeer): void => {
        clearTimeout(timer);
        resolve(peer);
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(taker), 1);
        reject(origin);
      }, deadline);
      this.#waiting.push(taker);
    });
  }

  /** Refuses new connections from now on; accepted ones live on, unclaimed ones are dropped. */
  close(): void {
    this.#server.close();
    for (const peer of this.#accepted.splice(0)) peer.close();
  }
}
