/**
 * A TCP relay between the two ends of a connection: it sees what they say to each other and can fall silent as a
 * broken network does, without closing anything.
 *
 * @module
 */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { within } from './events.ts';

/** `request`: from the side that connects to the side that binds. */
export type Direction = 'request' | 'reply';

/** Keep back the bytes from `from` on, and let them go in one piece with the chunk that has `until`. */
export interface Gather {
  readonly direction: Direction;
  readonly from: string;
  readonly until: string;
}

export class Tap implements AsyncDisposable {
  /** Where clients connect to reach the server behind the tap. */
  readonly endpoint: string;
  readonly #server: Server;
  readonly #port: number;
  readonly #gather: Gather | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #heard: Record<Direction, Buffer[]> = { request: [], reply: [] };
  #wake: (() => void)[] = [];

  private constructor(server: Server, port: number, gather: Gather | undefined) {
    this.#server = server;
    this.#port = port;
    this.#gather = gather;
    this.endpoint = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (client) => this.#relay(client));
  }

  /** Starts a relay to `tcp://127.0.0.1:port`. */
  static async open(target: string, gather?: Gather): Promise<Tap> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Tap(server, Number(new URL(target).port), gather);
  }

  /** How often this command (PING, PONG, …) or short frame of text went by so far. */
  count(direction: Direction, text: string): number {
    // In front of the name of a command stands its length, as it does in front of the body of a short frame.
    const needle = Buffer.from(`${String.fromCharCode(text.length)}${text}`, 'latin1');
    const heard = Buffer.concat(this.#heard[direction]);
    let count = 0;
    for (let at = heard.indexOf(needle); at !== -1; at = heard.indexOf(needle, at + 1)) count++;
    return count;
  }

  /** Waits until {@link count} is `count` or more. */
  async heard(direction: Direction, text: string, count: number, ms = 10_000): Promise<void> {
    const listen = async (): Promise<void> => {
      while (this.count(direction, text) < count) {
        await new Promise<void>((resolve) => this.#wake.push(resolve));
      }
    };
    const sofar = (): string =>
      `${count} × ${text} in the ${direction} direction; so far: ${this.count(direction, text)}`;
    await within(ms, sofar, listen());
  }

  /** Lets nothing through on the connections of this moment, and leaves them open. Later ones are not affected. */
  stall(): void {
    for (const socket of this.#sockets) socket.removeAllListeners('data').pause();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #relay(client: Socket): void {
    const server = connect({ host: '127.0.0.1', port: this.#port, noDelay: true });
    client.setNoDelay();
    this.#pipe(client, server, 'request');
    this.#pipe(server, client, 'reply');
  }

  #pipe(from: Socket, to: Socket, direction: Direction): void {
    this.#sockets.add(from);
    const gather = this.#gather?.direction === direction ? this.#gather : undefined;
    let kept: Buffer[] | undefined;
    // No more is taken than the other side takes.
    const pass = (chunk: Buffer): void => {
      if (to.write(chunk) || from.isPaused()) return;
      from.pause();
      to.once('drain', () => {
        if (from.listenerCount('data') > 0) from.resume();
      });
    };
    from.on('data', (chunk: Buffer) => {
      this.#heard[direction].push(chunk);
      const start = gather === undefined || kept !== undefined ? -1 : chunk.indexOf(gather.from);
      if (start !== -1) {
        to.write(chunk.subarray(0, start));
        kept = [];
      }
      kept?.push(chunk.subarray(Math.max(start, 0)));
      if (kept === undefined) pass(chunk);
      else if (chunk.includes(gather?.until ?? '')) {
        to.write(Buffer.concat(kept));
        kept = undefined;
      }
      for (const wake of this.#wake.splice(0)) wake();
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
