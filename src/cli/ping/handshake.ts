/**
 * The handshake behind the greetings, by the automaton, and what is asked of the peer in traffic.
 *
 * @module
 */
import {
  Connection,
  type ConnectionEvent,
  DEFAULT_LIMITS,
  Decoder,
  decodeCommand,
  GREETING_SIZE,
  type MechanismFactory,
  type PeerDescription,
  ProtocolError,
  type SocketType,
} from '../../protocol.ts';
import { PingFailure } from './failure.ts';
import type { Greeted } from './greet.ts';
import type { Link } from './link.ts';

/** The command with which a peer ends its part of the handshake of NULL. */
type Ready = Extract<ReturnType<typeof decodeCommand>, { name: 'READY' }>;

/**
 * The READY of a peer that says it without ours, as NULL lets it.
 *
 * @returns the READY, and all that has been heard by then; no READY when the peer waits for ours
 * @throws {PingFailure} for anything else
 */
export async function hearReady(
  link: Link,
  { heard, greeting }: Greeted,
  patience: number,
): Promise<Greeted & { readonly ready: Ready | undefined }> {
  const decoder = new Decoder(DEFAULT_LIMITS, (size) => new Uint8Array(size));
  const bodies: Uint8Array[] = [];
  const sink = {
    message: (): boolean => false,
    command: (body: Uint8Array): boolean => bodies.push(body) < 1,
  };
  const deadline = performance.now() + patience;
  decoder.push(Uint8Array.from(heard.subarray(GREETING_SIZE)));
  for (;;) {
    try {
      decoder.decode(sink);
      const [body] = bodies;
      if (body !== undefined) {
        const command = decodeCommand(body);
        if (command.name === 'READY') return { greeting, heard, ready: command };
        if (command.name === 'ERROR') throw PingFailure.refused(refusal(command.reason));
        throw PingFailure.refused(
          'the peer begins the handshake of NULL with something other than READY',
        );
      }
    } catch (error) {
      if (error instanceof ProtocolError) throw PingFailure.refused(wrong(error.reason));
      throw error;
    }
    const chunk = await link.read(deadline - performance.now());
    if (chunk === 'silence') return { greeting, heard, ready: undefined };
    if (chunk === 'end') throw PingFailure.refused(`${link.ending} where its READY was awaited`);
    heard = Buffer.concat([heard, chunk]);
    decoder.push(Uint8Array.from(chunk));
  }
}

type Closed = Extract<ConnectionEvent, { type: 'closed' }>;

/** A peer with whom the handshake is under way or done. */
export class Conversation {
  readonly #link: Link;
  readonly #connection: Connection;
  /** Of our greeting, which has been sent already. */
  #unsent = GREETING_SIZE;
  #heardSize = 0;
  readonly #isNull: boolean;
  /** How many messages have come: they were meant for somebody. */
  messages = 0;
  /** Whether the handshake may have failed because the peer wants another type of socket. */
  isAboutType = false;

  /** @param greeted - what the peer has said so far */
  constructor(
    link: Link,
    greeted: Greeted,
    socketType: SocketType,
    mechanism: MechanismFactory | undefined,
  ) {
    this.#link = link;
    this.#isNull = mechanism === undefined;
    this.#connection = new Connection(
      { socketType, ...(mechanism && { mechanism }) },
      performance.now(),
    );
    this.#heardSize = greeted.heard.length;
    this.#connection.handleInput(Uint8Array.from(greeted.heard), performance.now());
  }

  /**
   * Goes on to the end of the handshake.
   *
   * @throws {PingFailure} when the peer does not want it, breaks a rule or says nothing in time
   */
  async finish(timeout: number): Promise<PeerDescription> {
    const event = await this.#next(timeout, ({ type }) => type === 'handshake');
    if (event?.type === 'handshake') return event.peer;
    throw PingFailure.silent(`the peer has not finished the handshake within ${timeout} ms`);
  }

  /**
   * Sends a PING.
   *
   * @returns milliseconds to its PONG; `undefined` when none came in time
   */
  async ping(context: Uint8Array, timeout: number): Promise<number | undefined> {
    const start = performance.now();
    this.#connection.sendCommand({ name: 'PING', ttlDeciseconds: 0, context });
    const answer = await this.#next(timeout, (event) => {
      if (event.type !== 'command' || event.command.name !== 'PONG') return false;
      return Buffer.compare(event.command.context, context) === 0;
    });
    return answer && performance.now() - start;
  }

  /** Listens for a while. */
  async pause(milliseconds: number): Promise<void> {
    await this.#next(milliseconds, () => false);
  }

  /** The next event that is wanted; `undefined` when none comes in time. */
  async #next(
    timeout: number,
    isWanted: (event: ConnectionEvent) => boolean,
  ): Promise<ConnectionEvent | undefined> {
    const deadline = performance.now() + timeout;
    for (;;) {
      for (let event = this.#connection.nextEvent(); event; event = this.#connection.nextEvent()) {
        if (event.type === 'message') this.messages++;
        if (event.type === 'closed') {
          this.#flush();
          this.isAboutType = this.#mayWantOtherType(event);
          throw PingFailure.refused(this.#closing(event));
        }
        if (isWanted(event)) {
          this.#flush();
          return event;
        }
      }
      this.#flush();
      const left = deadline - performance.now();
      // Whoever does not stop talking has not answered either.
      const chunk = left > 0 ? await this.#link.read(left) : 'silence';
      if (chunk === 'silence') return undefined;
      if (chunk === 'end') this.#connection.handleEof(this.#link.ending);
      else {
        this.#heardSize += chunk.length;
        this.#connection.handleInput(chunk, performance.now());
      }
    }
  }

  /** With other mechanisms than NULL the type is told only when the peer has let us in. */
  #mayWantOtherType({ cause, wasReady, reason, error }: Closed): boolean {
    if (wasReady || !(this.#isNull || this.#heardSize > GREETING_SIZE)) return false;
    if (cause === 'refused') return /socket type/i.test(reason);
    return cause === 'eof' || error?.protocolCode === 'ERR_ZMTP_INVALID_METADATA';
  }

  /** How it ended, in a sentence. */
  #closing({ cause, reason, wasReady }: Closed): string {
    if (cause === 'refused') return refusal(reason);
    if (cause === 'protocol') return wrong(reason);
    const how = this.#link.ending ?? reason;
    if (wasReady) return `${how} after the handshake`;
    const isFirst = !this.#isNull && this.#heardSize === GREETING_SIZE;
    return isFirst
      ? `${how} at our HELLO: other credentials are wanted`
      : `${how} during the handshake`;
  }

  #flush(): void {
    for (const piece of this.#connection.takeOutput()) {
      const skipped = Math.min(this.#unsent, piece.length);
      this.#unsent -= skipped;
      this.#link.write(piece.subarray(skipped));
    }
    this.#connection.outputWritten(true);
  }
}

function refusal(reason: string): string {
  return `the peer refuses: ERROR '${reason}'`;
}

function wrong(reason: string): string {
  return `the handshake failed: ${reason}`;
}
