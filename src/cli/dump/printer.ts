/**
 * Dissections as lines: for people, or one JSON object each.
 *
 * @module
 */
import type { Item, Side } from '../../protocol.ts';

export type PrinterOptions = {
  readonly json: boolean;
  /** Of each item. */
  readonly bytes: number;
  /** Whether several connections are told apart. */
  readonly isNumbered: boolean;
};

const ARROWS: Readonly<Record<Side, string>> = { connecting: '→', accepting: '←' };
const OFFSET_DIGITS = 8;
/** Bytes of an item for which all lines have room. */
const WIDEST = 16;
const RED = '31';
const DIM = '2';

export class Printer {
  readonly #options: PrinterOptions;
  readonly #hasColours = process.stdout.isTTY && !process.env['NO_COLOR'];
  /** How many broken rules have been printed. */
  faults = 0;

  constructor(options: PrinterOptions) {
    this.#options = options;
    // Every connection may wait for it.
    process.stdout.setMaxListeners(0);
  }

  /** Who is at the ends of a connection. */
  opened(connection: number, from: string, to: string): void {
    if (this.#options.json) this.#json({ connection, from, to });
    else this.#line(this.#paint(DIM, `# ${connection}: ${from} → ${to}`));
  }

  /** Something that is to be known of a connection, beside its bytes. */
  note(connection: number, text: string): void {
    if (this.#options.json) this.#json({ connection, note: text });
    else this.#line(this.#paint(DIM, `# ${connection}: ${text}`));
  }

  /** @param time - seconds since 1970, where it is known */
  items(connection: number, items: readonly Item[], time?: number): void {
    for (const item of items) {
      if (item.fault !== undefined) this.faults++;
      if (this.#options.json) this.#json(this.#record(connection, item, time));
      else this.#text(connection, item);
    }
  }

  #record(connection: number, item: Item, time: number | undefined): object {
    const { side, bytes, ...rest } = item;
    return {
      ...(this.#options.isNumbered && { connection }),
      ...(time !== undefined && { time }),
      side,
      ...rest,
      bytes: Buffer.from(bytes.subarray(0, this.#options.bytes)).toString('hex'),
    };
  }

  #text(connection: number, { side, offset, length, bytes, meaning, fault }: Item): void {
    const number = this.#options.isNumbered ? `${connection} ` : '';
    const place = `${number}${ARROWS[side]} ${offset.toString(16).padStart(OFFSET_DIGITS, '0')}`;
    const limit = this.#options.bytes;
    const shown = Buffer.from(bytes.subarray(0, limit));
    const hex = shown.toString('hex').replaceAll(/..(?=.)/g, '$& ');
    const column = `${hex}${length > shown.length ? '…' : ''}`.padEnd(
      3 * Math.min(limit, WIDEST) + 1,
    );
    this.#line(`${this.#paint(DIM, place)}  ${column} ${meaning}`);
    if (fault === undefined) return;
    const where = fault.offset === offset ? '' : ` at ${fault.offset.toString(16)}`;
    this.#line(
      this.#paint(RED, `${' '.repeat(place.length)}  !${where} ${fault.rule} (${fault.source})`),
    );
  }

  #paint(colour: string, text: string): string {
    return this.#hasColours ? `\u001b[${colour}m${text}\u001b[0m` : text;
  }

  #json(record: object): void {
    this.#line(JSON.stringify(record));
  }

  #line(text: string): void {
    process.stdout.write(`${text}\n`);
  }
}
