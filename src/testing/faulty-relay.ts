/**
 * A TCP relay that treats connections badly, the same way for the same seed.
 *
 * Every connection draws a fate when it is accepted: which direction fails, after how many bytes, and
 * how. Until then bytes pass in fragments cut at random, each held back for a few turns of the event
 * loop, and for a time if that is wanted. It never changes, reorders or repeats a byte: what arrives is a
 * prefix of what was sent. It works in real time, for whole sockets; `ConnectionPair` has a clock of its own.
 *
 * @module
 */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { addressOf } from './dial.ts';
import { createRandom, type Random } from './random.ts';
import { turn } from './turn.ts';

/** How a connection fails: both ends reset, one direction ended with FIN, or one direction silent for ever. */
export type Fault = 'reset' | 'half-close' | 'stall';

export interface FaultyRelayOptions {
  /** `host:port` or `tcp://host:port` to relay to. */
  readonly target: string;
  /** Default 1. */
  readonly seed?: number;
  /** Milliseconds of the real clock that bytes take in each direction, at least; default 0. */
  readonly latency?: number;
  /** Share of the connections that fail at all, from 0 to 1; default 1. */
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
const MAX_PIECE = 40;
/** Bytes of one direction that may be under way before no more are read. */
const MAX_DELAYED = 2 ** 20;

/**
 * A relay in front of a bound socket: peers connect to its `endpoint` instead.
 *
 * @example
 * ```ts
 * const relay = await FaultyRelay.listen({ target: 'tcp://127.0.0.1:5555', faults: ['reset'], seed: 7 });
 * request.connect(relay.endpoint);
 * ```
 */
export class FaultyRelay {
  /** Where it listens: `tcp://127.0.0.1:port`. */
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
    this.#random = createRandom(options.seed ?? 1);
    this.endpoint = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (client) => this.#relay(client));
  }

  /**
   * Starts a relay, on a port of the system's choice.
   *
   * @throws {ZmtpError} EINVAL when the target is no tcp endpoint
   */
  static listen(options: FaultyRelayOptions): Promise<FaultyRelay> {
    addressOf(asEndpoint(options.target));
    const server = createServer({ allowHalfOpen: true });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: '127.0.0.1', port: 0 }, () =>
        resolve(new FaultyRelay(server, options)),
      );
    });
  }

  /** How many it has accepted so far. */
  get connections(): number {
    return this.#connections;
  }

  /** Resets every connection that there is; new ones are accepted as before. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Stops listening, and ends every connection. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #relay(client: Socket): void {
    this.#connections += 1;
    const server = connect({
      ...addressOf(asEndpoint(this.#options.target)),
      allowHalfOpen: true,
    });
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
      for await (const chunk of delayed(from, this.#options.latency ?? 0)) {
        for (let position = 0; position < chunk.length; ) {
          const end = Math.min(
            position + 1 + random.below(MAX_PIECE),
            position + left,
            chunk.length,
          );
          for (let turns = random.below(MAX_TURNS + 1); turns > 0; turns -= 1) await turn();
          const isTaken = to.write(chunk.subarray(position, end));
          left -= end - position;
          position = end;
          if (ours !== undefined && left <= 0) {
            this.#fail(ours, from, to);
            return;
          }
          if (!isTaken) await drained(to);
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

function asEndpoint(target: string): string {
  return target.includes('://') ? target : `tcp://${target}`;
}

/** Waits until there is room again, or until there is nobody to write to. */
async function drained(socket: Socket): Promise<void> {
  if (!socket.writableNeedDrain) return;
  const gone = new AbortController();
  const { signal } = gone;
  await Promise.race([
    once(socket, 'drain', { signal }),
    once(socket, 'close', { signal }),
  ]).finally(() => gone.abort());
}

/** What a socket receives, each piece so many milliseconds after it has come. */
async function* delayed(from: Socket, latency: number): AsyncGenerator<Buffer> {
  if (latency === 0) {
    yield* from as AsyncIterable<Buffer>;
    return;
  }
  const waiting: { readonly chunk: Buffer; readonly due: number }[] = [];
  let size = 0;
  let isOver = false;
  let wake: (() => void) | undefined;
  from.on('data', (chunk: Buffer) => {
    waiting.push({ chunk, due: performance.now() + latency });
    size += chunk.length;
    if (size > MAX_DELAYED) from.pause();
    wake?.();
  });
  const end = (): void => {
    isOver = true;
    wake?.();
  };
  from.on('end', end).on('close', end);
  for (;;) {
    const next = waiting.shift();
    if (next === undefined) {
      if (isOver) return;
      await new Promise<void>((resolve) => (wake = resolve));
      continue;
    }
    const rest = next.due - performance.now();
    if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
    size -= next.chunk.length;
    if (from.isPaused() && size <= MAX_DELAYED) from.resume();
    yield next.chunk;
  }
}
