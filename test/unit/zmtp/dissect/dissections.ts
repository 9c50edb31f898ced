/**
 * Dissections as text, for tests.
 *
 * @module
 */
import { Dissector, type DissectorOptions } from '../../../../src/zmtp/dissect/dissector.ts';
import type { Item, Side } from '../../../../src/zmtp/dissect/item.ts';

/** Bytes in the order in which they were sent. */
export type Said = readonly [side: Side, bytes: Uint8Array];

/** All items of a conversation, to its end. */
export function dissect(said: readonly Said[], options?: DissectorOptions): Item[] {
  const dissector = new Dissector(options);
  const items = said.flatMap(([side, bytes]) => dissector.push(side, bytes));
  return [...items, ...dissector.end('connecting'), ...dissector.end('accepting')];
}

/** What is said of one side's bytes alone. */
export function dissectAlone(bytes: Uint8Array, options?: DissectorOptions): string[] {
  return dissect([['connecting', bytes]], { isOneSided: true, ...options }).map(line);
}

/** One line for an item: offset, length, meaning, and where a rule is broken. */
export function line({ offset, length, meaning, fault }: Item): string {
  const broken = fault === undefined ? '' : ` !${fault.offset} ${fault.source}`;
  return `${offset}+${length} ${meaning}${broken}`;
}
