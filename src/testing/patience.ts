/**
 * Waiting with a limit that is not reached because the machine is busy with others: time counts only as far as this
 * process has had turns in it, and whoever it waits for had as good a chance of one.
 *
 * @module
 */

const TICK = 20;

/**
 * Calls `action` after so many milliseconds.
 *
 * @returns what gives it up
 */
export function after(milliseconds: number, action: () => void): () => void {
  let left = Math.ceil(milliseconds / TICK);
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) return;
    clearInterval(timer);
    action();
  }, TICK);
  return () => clearInterval(timer);
}
