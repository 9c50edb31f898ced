/**
 * Where the connections to the peer under test come from: we connect to a peer that is bound, or wait for one that
 * connects.
 *
 * @module
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type Address, addressOf } from '../dial.ts';
import { Wire } from './wire.ts';

/** The peer cannot be reached, or does not come. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

export interface Target {
  readonly side: 'bound' | 'connecting';
  /** Where it is bound, or where we are. */
  readonly endpoint: string;
  /**
   * One more connection.
   *
   * @throws {Unreachable} when there is none within `time` ms
   */
  open(time: number): Promise<Wire>;
  close(): void;
}

/**
 * Connections are waited for longer than anything on them, ms: who connects has to notice that it was left, and lets some
 * time go by before it tries again.
 */
const LEAST_PATIENCE = 5000;

/** A peer that is bound to `endpoint`. */
export class BoundPeer implements Target {
  readonly side = 'bound';
  readonly endpoint: string;
  readonly #address: Address;
  readonly #open = new Set<Wire>();
  #isOver = false;

  constructor(endpoint: string) {
    this.endpoint = endpoint;
    this.#address = addressOf(endpoint);
  }

  open(time: number): Promise<Wire> {
    if (this.#isOver) return Promise.reject(new Unreachable('the run is over'));
    return new Promise((resolve, reject) => {
      const socket = connect({ ...this.#address, allowHalfOpen: true });
      const fail = (reason: string): void => {
        clearTimeout(timer);
        socket.destroy();
        reject(new Unreachable(`${this.endpoint} cannot be reached (${reason})`));
      };
      const timer = setTimeout(fail, Math.max(time, LEAST_PATIENCE), 'no answer');
      const onError = (error: NodeJS.ErrnoException): void => fail(error.code ?? error.message);
      socket.once('error', onError);
      socket.once('connect', () => {
        clearTimeout(timer);
        const wire = new Wire(socket);
        socket.off('error', onError);
        this.#open.add(wire);
        socket.once('close', () => this.#open.delete(wire));
        resolve(wire);
      });
    });
  }

  close(): void {
    this.#isOver = true;
    for (const wire of this.#open) wire.destroy();
  }
}

/** A peer that connects to where we listen, again and again. */
export class ConnectingPeer implements Target {
  readonly side = 'connecting';
  readonly endpoint: string;
  readonly #server: Server;
  readonly #come: Wire[] = [];
  readonly #waiting: ((wire: Wire | undefined) => void)[] = [];
  readonly #open = new Set<Wire>();

  private constructor(endpoint: string, server: Server) {
    this.endpoint = endpoint;
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      const wire = new Wire(socket);
      this.#open.add(wire);
      socket.once('close', () => this.#open.delete(wire));
      const taker = this.#waiting.shift();
      if (taker === undefined) this.#come.push(wire);
      else taker(wire);
    });
  }

  /** Listens at `endpoint`; rejects when that cannot be done. */
  static listen(endpoint: string): Promise<ConnectingPeer> {
    const address = listeningAddress(endpoint);
    return new Promise((resolve, reject) => {
      const server = createServer({ allowHalfOpen: true });
      server.once('error', reject);
      server.listen(address, () => {
        const bound = server.address();
        const where =
          bound === null || typeof bound === 'string' || !('host' in address)
            ? endpoint
            : `tcp://${address.host.includes(':') ? `[${address.host}]` : address.host}:${bound.port}`;
        resolve(new ConnectingPeer(where, server));
      });
    });
  }

  /** Waits for the first connection, however long that takes; `open` is given it. */
  async arrival(): Promise<void> {
    this.#come.unshift(await this.#next(undefined));
  }

  open(time: number): Promise<Wire> {
    // One that has given up meanwhile is no use.
    for (let wire = this.#come.shift(); wire !== undefined; wire = this.#come.shift()) {
      if (wire.closed === undefined) return Promise.resolve(wire);
      wire.destroy();
    }
    if (!this.#server.listening) return Promise.reject(new Unreachable('the run is over'));
    return this.#next(Math.max(time, LEAST_PATIENCE));
  }

  #next(time: number | undefined): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const take = (wire: Wire | undefined): void => {
        clearTimeout(timer);
        if (wire === undefined) reject(new Unreachable(`nobody connects to ${this.endpoint}`));
        else resolve(wire);
      };
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        take(undefined);
      };
      const timer = time === undefined ? undefined : setTimeout(giveUp, time);
      this.#waiting.push(take);
    });
  }

  close(): void {
    this.#server.close();
    for (const take of this.#waiting.splice(0)) take(undefined);
    for (const wire of this.#open) wire.destroy();
  }
}

/** All interfaces for `*`. */
function listeningAddress(endpoint: string): Address {
  const address = addressOf(endpoint);
  return 'host' in address && address.host === '*' ? { ...address, host: '0.0.0.0' } : address;
}
