/**
 * What two peers say to each other, byte by byte: which field of which frame a byte is, what it means, and which rule it
 * breaks. 37/ZMTP, and what came before it; 24/ZMTP-PLAIN; 26/CURVEZMQ as far as it is not sealed.
 *
 * It takes every byte there is and throws at none. A fault inside a frame does not keep it from the next frame; behind one
 * after which nobody can tell where the next frame begins, the rest is raw bytes.
 *
 * @module
 */
import { SideFacts } from './facts.ts';
import type { Item, Side } from './item.ts';
import { SideStream } from './stream.ts';

export type DissectorOptions = {
  /** How many of its bytes an item has with it; 64 when absent. */
  readonly keep?: number;
  /** Only one side's bytes come: nothing is missing when the other is silent. */
  readonly isOneSided?: boolean;
  /**
   * What the first bytes are: a `greeting` (when absent), the first frame of the `handshake`, or frames of the `traffic`
   * behind it.
   */
  readonly start?: 'greeting' | 'handshake' | 'traffic';
  /** Which mechanism there is, when no greeting says it; NULL when absent. */
  readonly mechanism?: string;
};

export class Dissector {
  readonly #facts: Readonly<Record<Side, SideFacts>>;
  readonly #streams: Readonly<Record<Side, SideStream>>;

  constructor(options: DissectorOptions = {}) {
    const { keep = 64, isOneSided = false, start = 'greeting', mechanism = 'NULL' } = options;
    const connecting = new SideFacts();
    const accepting = new SideFacts();
    if (start !== 'greeting') {
      for (const facts of [connecting, accepting]) {
        facts.mechanism = mechanism;
        facts.isReady = start === 'traffic';
      }
    }
    const common = { keep, isAlone: isOneSided, hasNoGreeting: start !== 'greeting' };
    this.#facts = { connecting, accepting };
    this.#streams = {
      connecting: new SideStream({ side: 'connecting', ...common }, connecting, accepting),
      accepting: new SideStream({ side: 'accepting', ...common }, accepting, connecting),
    };
  }

  /**
   * Bytes that a side has sent, cut in whatever way; what they are said to be does not depend on the cuts. They are the
   * caller's again on return.
   *
   * @returns what is complete by now
   */
  push(side: Side, bytes: Uint8Array): Item[] {
    return this.#streams[side].push(bytes);
  }

  /** A side will send no more: what is left of it, and where it stopped. */
  end(side: Side): Item[] {
    return this.#streams[side].end();
  }

  /** The version that a side speaks, such as `3.1`, `2.0` or `1.0`; `undefined` while that cannot be told. */
  versionOf(side: Side): string | undefined {
    return this.#facts[side].version;
  }
}
