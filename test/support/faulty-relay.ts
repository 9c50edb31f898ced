/**
 * A TCP relay that treats connections badly, the same way for the same seed.
 *
 * Every connection draws a fate when it is accepted: which direction fails, after how many bytes, and
 * how. Until then bytes pass in fragments cut at random, each held back for a few turns of the event
 * loop. It never changes, reorders or repeats a byte: what arrives is a prefix of what was sent.
 *
 * @module
 */

import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { turn } from './raw-peer.ts';
import { createRandom, type Random, SEED } from './raw-random.ts';

/** How a connection fails: both ends reset, one direction ended with FIN, or one direction silent for ever. */
export type Fault = 'reset' | 'half-close' | 'stall';

export interface FaultyRelayOptions {
  /** `host:port` or `tcp://host:port` to relay to. */
  readonly target: string;
  readonly seed?: number;
  /** Share of the connections that fail at all; default 1. */
  readonly faultRate?: number;
  /** Bytes in one direction before a fault, at most; default 600. */
  readonly maxBytes?: number;
  /** Faults to choose from; default all. */
  readonly faults?: readonly Fault[];
}

interface Fate {
  readonly fault: Fault;
  readonly direction: 'up' | 'down';
  readonly afterBytes: number;
}

const ALL_FAULTS: readonly Fault[] = ['reset', 'reset', 'half-close', 'half-close', 'stall'];
const MAX_TURNS = 3;

export class FaultyRelay {
  readonly endpoint: string;
  /** How often each fault happened. */
  readonly faults: Record<Fault, number> = { reset: 0, 'half-close': 0, stall: 0 };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #options: FaultyRelayOptions;
  readonly #random: Random;
  #connections = 0;

  private constructor(server: Server, options: FaultyRelayOptions) {
    this.#server = server;
    this.#options = options;
    this.#random = createRandom(options.seed ?? SEED);
    this.endpoint = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (client) => this.#relay(client));
  }

  static listen(options: FaultyRelayOptions): Promise<FaultyRelay> {
    const server = createServer({ allowHalfOpen: true });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: '127.0.0.1', port: 0 }, () =>
        resolve(new FaultyRelay(server, options)),
      );
    });
  }

  get connections(): number {
    return this.#connections;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #relay(client: Socket): void {
    this.#connections += 1;
    const { hostname, port } = new URL(this.#options.target.replace(/^(tcp:\/\/)?/, 'tcp://'));
    const server = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const fate = this.#drawFate();
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      // The other end is taken along by 'close'.
      socket.on('error', () => socket.destroy());
    }
    client.on('close', () => this.#drop(client, server));
    server.on('close', () => this.#drop(server, client));
    // Each direction has randomness of its own, so that one does not disturb the other's cuts.
    void this.#pump(client, server, 'up', fate, createRandom(this.#random.below(2 ** 32)));
    void this.#pump(server, client, 'down', fate, createRandom(this.#random.below(2 ** 32)));
  }

  #drawFate(): Fate | undefined {
    const { faultRate = 1, maxBytes = 600, faults = ALL_FAULTS } = this.#options;
    const isFaulty = this.#random.next() < faultRate;
    const direction = this.#random.next() < 0.5 ? 'up' : 'down';
    const afterBytes = this.#random.below(maxBytes);
    const fault = faults[this.#random.below(faults.length)];
    return isFaulty && fault !== undefined ? { fault, direction, afterBytes } : undefined;
  }

  #drop(closed: Socket, other: Socket): void {
    this.#sockets.delete(closed);
    other.destroy();
  }

  async #pump(
    from: Socket,
    to: Socket,
    direction: Fate['direction'],
    fate: Fate | undefined,
    random: Random,
  ): Promise<void> {
    const ours = fate?.direction === direction ? fate : undefined;
    let left = ours?.afterBytes ?? Number.POSITIVE_INFINITY;
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        for (let position = 0; position < chunk.length; ) {
          const end = Math.min(position + 1 + random.below(40), position + left, chunk.length);
          for (let turns = random.below(MAX_TURNS + 1); turns > 0; turns -= 1) await turn();
          to.write(chunk.subarray(position, end));
          left -= end - position;
          position = end;
          if (ours !== undefined && left <= 0) {
            this.#fail(ours, from, to);
            return;
          }
        }
      }
      to.end();
    } catch {
      // The stream ended in an error: `close` takes the other end along.
      to.destroy();
    }
  }

  #fail({ fault }: Fate, from: Socket, to: Socket): void {
    this.faults[fault] += 1;
    switch (fault) {
      case 'reset':
        from.resetAndDestroy();
        to.resetAndDestroy();
        break;
      case 'half-close':
        to.end();
        break;
      case 'stall':
        break;
      default: {
        const unreachable: never = fault;
        throw new Error(`no such fault: ${String(unreachable)}`);
      }
    }
  }
}
