/**
 * The bytes of a stream, gathered unit by unit: a unit is a number of bytes that can be understood once all of them are
 * there. Only the beginning of a long one is kept.
 *
 * @module
 */

export type Unit =
  | 'first'
  | 'old head'
  | 'signature'
  | 'major'
  | 'minor'
  | 'socket type'
  | 'mechanism'
  | 'as-server'
  | 'filler'
  | 'flags'
  | 'header'
  | 'old length'
  | 'old header'
  | 'body'
  | 'raw';

const GREETING = 'the greeting';
const HEADER = 'the header of a frame';

/** What a unit is part of. */
export const WHOLES: Readonly<Record<Unit, string>> = {
  first: GREETING,
  'old head': GREETING,
  signature: GREETING,
  major: GREETING,
  minor: GREETING,
  'socket type': GREETING,
  mechanism: GREETING,
  'as-server': GREETING,
  filler: GREETING,
  flags: HEADER,
  header: HEADER,
  'old length': HEADER,
  'old header': HEADER,
  body: 'the body of a frame',
  raw: 'raw bytes',
};

const NO_BYTES = new Uint8Array(0);

export class UnitBuffer {
  unit: Unit;
  /** How many bytes the unit has. */
  want: number;
  /** How many of them have come. */
  size = 0;
  /** Those that are kept. Behind a unit that is complete they stay until the next one begins. */
  kept: Uint8Array = NO_BYTES;
  #limit = 0;

  constructor(unit: Unit, want: number) {
    this.unit = unit;
    this.want = want;
    this.#limit = want;
  }

  /** What comes next is a unit of `want` bytes, of which `limit` are kept. */
  expect(unit: Unit, want: number, limit: number = want): void {
    this.unit = unit;
    this.want = want;
    this.#limit = limit;
    this.size = 0;
  }

  /** What has come is the beginning of a longer unit. */
  extend(unit: Unit, want: number): void {
    const begun = this.kept;
    this.unit = unit;
    this.want = want;
    this.kept = new Uint8Array(want);
    this.kept.set(begun);
  }

  /**
   * Takes what belongs to the unit from `chunk`, starting at `offset`.
   *
   * @returns how many bytes were taken
   */
  take(chunk: Uint8Array, offset: number): number {
    const taken = Math.min(this.want - this.size, chunk.length - offset);
    if (this.size === 0) this.kept = new Uint8Array(Math.min(this.want, this.#limit));
    const room = this.kept.length - this.size;
    if (room > 0) {
      this.kept.set(chunk.subarray(offset, offset + Math.min(taken, room)), this.size);
    }
    this.size += taken;
    return taken;
  }

  get isComplete(): boolean {
    return this.size === this.want;
  }
}
