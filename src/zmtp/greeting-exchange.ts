/**
 * Both greetings of a connection: ours goes out in one part or two, the peer's comes in, and the two have to name the same
 * mechanism. 37/ZMTP, "Version Negotiation". Done with as soon as the peer's has been taken.
 *
 * @module
 */
import { ProtocolError } from '../errors.ts';
import { encodeGreeting, type Greeting, GreetingReader } from './greeting.ts';
import type { Mechanism } from './mechanism/mechanism.ts';

const OUR_MINOR = 1;
/** The signature and the major version. */
const HEAD_SIZE = 11;

/** The version of ZMTP that is spoken here. */
export const OUR_MAJOR = 3;

export class GreetingExchange {
  readonly #mechanism: string;
  readonly #ours: Uint8Array;
  readonly #reader = new GreetingReader();
  /** How much of ours has been taken. */
  #taken = 0;

  constructor(mechanism: Pick<Mechanism, 'name' | 'isServer'>) {
    this.#mechanism = mechanism.name;
    this.#ours = encodeGreeting({
      major: OUR_MAJOR,
      minor: OUR_MINOR,
      mechanism: mechanism.name,
      asServer: mechanism.isServer,
    });
  }

  /** Whether the peer has sent anything that belongs to a greeting. */
  get hasBegun(): boolean {
    return this.#reader.length > 0;
  }

  /** How far the peer's greeting has come, in words. */
  get progress(): string {
    const { length } = this.#reader;
    return length === 0 ? 'the peer sent nothing' : `the peer sent ${length} bytes of a greeting`;
  }

  /**
   * Bytes of ours that are to be sent now. libzmq ends the connection when it reads a mechanism that is not its own, even
   * when it has not yet written what its own is: both sides only hear of each other when the part with the mechanism waits
   * for the peer's version, as libzmq's does. NULL does without the round trip.
   */
  takeOutput(): Uint8Array | undefined {
    const isAwaited = this.#mechanism !== 'NULL' && this.#reader.length < HEAD_SIZE;
    const end = isAwaited ? HEAD_SIZE : this.#ours.length;
    if (end === this.#taken) return undefined;
    const bytes = this.#ours.subarray(this.#taken, end);
    this.#taken = end;
    return bytes;
  }

  /**
   * Takes what belongs to the peer's greeting from `chunk`.
   *
   * @returns how many bytes were taken
   * @throws {ProtocolError} at the first byte that no ZMTP 3 peer would send
   */
  read(chunk: Uint8Array): number {
    return this.#reader.read(chunk, 0);
  }

  /**
   * The peer's greeting, once all of it has come.
   *
   * @throws {ProtocolError} when it wants another mechanism
   */
  tryTake(): Greeting | undefined {
    const greeting = this.#reader.tryTake();
    if (greeting !== undefined && greeting.mechanism !== this.#mechanism) {
      throw new ProtocolError(
        `the peer wants the mechanism ${greeting.mechanism}, this socket ${this.#mechanism}`,
        'ERR_ZMTP_MECHANISM_MISMATCH',
      );
    }
    return greeting;
  }
}
