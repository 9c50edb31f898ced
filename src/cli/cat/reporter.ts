/**
 * What happens to the connections of a socket, for the people at standard error: refusals always, all of it with
 * `--verbose`; and for a command that waits in vain, the last of it.
 *
 * @module
 */
import { type Event, type Socket, ZmtpError } from '../../index.ts';
import { visible } from '../visible.ts';

/** Peers may be refused for ever, and in as many words as they like. */
const MOST_REFUSALS = 10;

export class Reporter {
  readonly #say: (text: string) => void;
  readonly #isVerbose: boolean;
  readonly #refusals = new Set<string>();
  readonly #arrived = new Set<() => void>();
  #last = 'nothing has happened';
  #peers = 0;

  constructor(socket: Socket, say: (text: string) => void, isVerbose: boolean) {
    this.#say = say;
    this.#isVerbose = isVerbose;
    void this.#watch(socket);
  }

  /** The last thing that happened to a connection. */
  get last(): string {
    return this.#last;
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
    else if (event.type.startsWith('handshake:error')) this.#sayOnce(text);
  }

  #sayOnce(text: string): void {
    if (this.#refusals.has(text) || this.#refusals.size >= MOST_REFUSALS) return;
    this.#refusals.add(text);
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
  const why = [...new Set([reason, failure?.message])].filter((text) => text !== undefined);
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
