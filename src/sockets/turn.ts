/**
 * How many operations may complete in one turn of the event loop. An awaited `send` or `receive` that never has to wait
 * would go on for ever without timers and other sockets having their turn; so after `OPERATIONS_PER_TURN` of them, of
 * all sockets together, the next one completes one turn later.
 *
 * @module
 */

/**
 * 512 is what npm `zeromq` has; here a turn costs less and an operation much less, so that a turn of 2,048 is as long.
 */
const OPERATIONS_PER_TURN = 2048;

let left = OPERATIONS_PER_TURN;
let nextTurn: Promise<void> | undefined;

/** Counts one operation. Answers `undefined`, or the promise of the next turn when this one has had its share. */
export function spendTurn(): Promise<void> | undefined {
  if (--left > 0) return undefined;
  nextTurn ??= new Promise((resolve) => {
    setImmediate(() => {
      left = OPERATIONS_PER_TURN;
      nextTurn = undefined;
      resolve();
    });
  });
  return nextTurn;
}
