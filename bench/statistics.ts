/**
 * What is made of numbers that jump: medians with the least and the greatest beside them, and turns.
 *
 * @module
 */

/** The median over the repetitions, with the least and the greatest. */
export type Spread = { readonly median: number; readonly min: number; readonly max: number };

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: (percentile(sorted, 0.5) + percentile(sorted.toReversed(), 0.5)) / 2,
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
  };
}

/** The value below which the given share of a sorted list lies. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The order of the contenders in the nth turn: each comes first as often as the others. */
export function inTurn<T>(contenders: readonly T[], turn: number): T[] {
  const first = turn % contenders.length;
  const order = [...contenders.slice(first), ...contenders.slice(0, first)];
  return Math.floor(turn / contenders.length) % 2 === 0 ? order : order.toReversed();
}
