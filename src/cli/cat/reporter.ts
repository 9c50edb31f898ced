/**
 * What happens to the connections of a socket, for the people at standard error: refusals always, all of it with
 * `--verbose`; and for a command that waits in vain, the last of it.
 *
 * @module
 */
import { type Event, type Socket, ZmtpError } from '../../index.ts';
import { visible } from '../visible.ts';
import type { SocketOptionValues } from './options.ts';

/** Peers may be refused for ever, and in as many words as they like. */
const MOST_REFUSALS = 10;

export class Reporter {
  readonly #say: (text: string) => void;
  readonly #isVerbose: boolean;
  readonly #refusals = new Set<string>();
  readonly #arrived = new Set<() => void>();
  /** Endpoints to connect to that are left, where there are no others; else no number. */
  #hopes: number;
  readonly #hopeless = new AbortController();
  #last = 'nothing has happened';
  #peers = 0;

  constructor(
    socket: Socket,
    say: (text: string) => void,
    { verbose, bind, connect }: Pick<SocketOptionValues, 'verbose' | 'bind' | 'connect'>,
  ) {
    this.#say = say;
    this.#isVerbose = verbose;
    this.#hopes = bind.length > 0 ? Number.NaN : connect.length;
    void this.#watch(socket);
  }

  /** The last thing that happened to a connection. */
  get last(): string {
    return this.#last;
  }

  /** Aborted when every endpoint has refused for good, and nobody can come any more. */
  get refused(): AbortSignal {
    return this.#hopeless.signal;
  }

  /** How many peers have come so far, whether or not they are still there. */
  get peers(): number {
    return this.#peers;
  }

  /**
   * Resolves when `count` peers have come. Rejects with EAGAIN after `timeout` milliseconds (-1: never), and when `signal` is
   * aborted.
   */
  async untilPeers(count: number, timeout: number, signal: AbortSignal): Promise<void> {
    if (this.#peers >= count) return;
    const timers = timeout < 0 ? [] : [AbortSignal.timeout(timeout)];
    const giveUp = AbortSignal.any([signal, ...timers]);
    while (this.#peers < count) {
      signal.throwIfAborted();
      if (giveUp.aborted) throw new ZmtpError('EAGAIN');
      await new Promise<void>((resolve) => {
        this.#arrived.add(resolve);
        giveUp.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  async #watch(socket: Socket): Promise<void> {
    for await (const event of socket.events) {
      if (event.type === 'end') return;
      this.#note(event);
      // Without a cause it is no attempt that has failed: there will be no other.
      if (event.type === 'close' && event.cause === undefined && --this.#hopes === 0)
        this.#hopeless.abort();
      if (event.type !== 'handshake') continue;
      this.#peers++;
      for (const wake of this.#arrived) wake();
      this.#arrived.clear();
    }
  }

  #note(event: Event): void {
    const text = describe(event);
    // Each attempt says why it failed before these two.
    if (event.type !== 'connect:delay' && event.type !== 'connect:retry') this.#last = text;
    if (this.#isVerbose) this.#say(text);
    else if ('peer' in event && 'reason' in event && event.type !== 'disconnect')
      this.#sayOnce(`${event.type} ${event.reason}`, text);
  }

  /** @param kind - what is worth being said once, whichever peer it is about */
  #sayOnce(kind: string, text: string): void {
    if (this.#refusals.has(kind) || this.#refusals.size >= MOST_REFUSALS) return;
    this.#refusals.add(kind);
    this.#say(text);
  }
}

/** An event in one line; what the peer has said in it is kept from the terminal's commands. */
function describe(event: Event): string {
  const { type, address, interval, reason } = event as {
    type: string;
    address?: string;
    interval?: number;
    reason?: string;
  };
  const failure = 'error' in event ? event.error : 'cause' in event ? event.cause : undefined;
  const { message } = failure ?? {};
  const why = (message?.includes(reason ?? '') ? [message] : [reason, message]).filter(Boolean);
  const peer = 'peer' in event ? event.peer : undefined;
  const from = peer && peer.address !== address ? ` (${peer.address})` : '';
  const who =
    type === 'handshake'
      ? `: ${peer?.socketType}, ZMTP 3.${peer?.minorVersion}, ${peer?.mechanism}`
      : '';
  const when = interval === undefined ? '' : ` in ${interval} ms`;
  const because = why.length === 0 ? '' : `: ${why.join(': ')}`;
  return visible(`${type} ${address ?? ''}${from}${who}${when}${because}`);
}
