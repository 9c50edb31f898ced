/**
 * Turns among peers that send a lot. One that has been read for a while rests, and those that rest are read on one after
 * the other, one in each turn of the event loop. So what a crowd sends costs everybody else no more of a turn than what a
 * single one does: timers, quiet peers and new ones wait for one of the crowd, not for all.
 *
 * @module
 */
import { Queue } from '../queue.ts';

/** Who rests, and is told when that is over. */
export interface Sleeper {
  wake(): void;
}

/** All of this thread. */
const resting = new Queue<Sleeper>();

/** Calls `wake` in a later turn. */
export function rest(sleeper: Sleeper): void {
  resting.push(sleeper);
  if (resting.length === 1) setImmediate(wakeNext);
}

function wakeNext(): void {
  const sleeper = resting.shift();
  if (resting.length > 0) setImmediate(wakeNext);
  sleeper?.wake();
}
