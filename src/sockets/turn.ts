/**
 * How many operations may complete in one turn of the event loop. An awaited `send` or `receive` that never has to wait
 * would go on for ever without timers and other sockets having their turn; so after `OPERATIONS_PER_TURN` of them, of
 * all sockets together, the next one completes one turn later.
 *
 * Input is a sign that the event loop goes round, so with each read there is a whole share again. Else many sockets would
 * read far more in a turn than they may pass on together, and all of it would grow old in queues: a message to one of 10
 * or of 100 SUBs in one process took 930 or 1,100 ns to receive, against 330 with one SUB and, this way, always.
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

/** Something was read: what goes on from here has a whole share. Who waits for the next turn still does. */
export function renewTurn(): void {
  left = OPERATIONS_PER_TURN;
}
