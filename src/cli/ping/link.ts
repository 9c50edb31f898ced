/**
 * A stream of bytes to a peer that is read when somebody wants to, and not for longer than they want to wait.
 *
 * @module
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { parseEndpoint } from '../../protocol.ts';
import { asUsage, UsageError } from '../command.ts';
import { PingFailure } from './failure.ts';

export type LinkOptions = {
  /** Milliseconds to connect in. */
  readonly timeout: number;
  /** PEM of the CAs for `tls://`; those that Node knows when absent. */
  readonly ca?: string | undefined;
  readonly interrupted: AbortSignal;
};

/** What a read has brought: bytes, the end of the stream, or nothing in time. */
export type Heard = Buffer | 'end' | 'silence';

export class Link {
  readonly #socket: Socket;
  readonly #interrupted: AbortSignal;
  #chunks: Buffer[] = [];
  #wake = (): void => {};
  /** How the stream ended, in words. */
  ending: string | undefined;

  private constructor(socket: Socket, interrupted: AbortSignal) {
    this.#socket = socket;
    this.#interrupted = interrupted;
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#wake();
    });
    const end = (how: string): void => {
      this.ending ??= how;
      this.#wake();
    };
    socket.on('error', ({ message }) => end(message));
    socket.on('end', () => end('the peer closed the connection'));
    socket.on('close', () => end('the connection was closed'));
    interrupted.addEventListener('abort', () => this.#wake());
  }

  /**
   * Connects to an endpoint.
   *
   * @throws {PingFailure} when that fails, or takes too long
   */
  static async open(endpoint: string, options: LinkOptions): Promise<Link> {
    const { timeout, interrupted } = options;
    const socket = connectTo(endpoint, options.ca);
    const ready = 'encrypted' in socket ? 'secureConnect' : 'connect';
    const timer = AbortSignal.timeout(timeout);
    try {
      await once(socket, ready, { signal: AbortSignal.any([timer, interrupted]) });
    } catch (error) {
      socket.on('error', () => {}); // it is told already
      socket.destroy();
      if (interrupted.aborted) throw PingFailure.interrupted();
      if (timer.aborted) throw PingFailure.silent(`no connection within ${timeout} ms`);
      throw PingFailure.refused(`no connection: ${reasonOf(error)}`);
    }
    return new Link(socket, interrupted);
  }

  write(bytes: Uint8Array): void {
    // It may belong to others, and be used again.
    if (bytes.length > 0 && this.#socket.writable) this.#socket.write(Uint8Array.from(bytes));
  }

  /** @throws {PingFailure} when it is interrupted */
  async read(milliseconds: number): Promise<Heard> {
    if (this.#chunks.length === 0 && this.ending === undefined && !this.#interrupted.aborted) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        timer = setTimeout(resolve, Math.max(0, milliseconds));
      });
      clearTimeout(timer);
    }
    if (this.#interrupted.aborted) throw PingFailure.interrupted();
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) return chunk;
    return this.ending === undefined ? 'silence' : 'end';
  }

  close(): void {
    this.#socket.destroy();
  }
}

function connectTo(endpoint: string, ca: string | undefined): Socket {
  const parsed = asUsage(() => parseEndpoint(endpoint, 'connect'));
  switch (parsed.scheme) {
    case 'tcp':
      return connect({ host: parsed.host, port: parsed.port, noDelay: true });
    case 'ipc':
      return connect({ path: parsed.path });
    case 'tls': {
      const { host, port } = parsed;
      const isName = !/^[\d.]+$|:/.test(host);
      return connectTls({ host, port, ...(isName && { servername: host }), ...(ca && { ca }) });
    }
    case 'inproc':
      throw new UsageError(`${endpoint}: only tcp://, tls:// and ipc:// lead out of a process`);
    default: {
      const unreachable: never = parsed;
      return unreachable;
    }
  }
}

function reasonOf(error: unknown): string {
  const { message, code, errors } = error as NodeJS.ErrnoException & { errors?: unknown[] };
  // A name with several addresses, of which none can be reached.
  if (errors !== undefined && errors.length > 0) return errors.map(reasonOf).join(', ');
  return message || (code ?? 'no reason is known');
}
