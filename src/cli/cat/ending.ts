/**
 * How a command takes leave of its socket: what was sent leaves the process first, as long as that may take.
 *
 * @module
 */
import { ZmtpError } from '../../index.ts';
import { EXIT } from '../exit.ts';
import type { AnySocket } from './open.ts';

/** What is noticed to be late must not be gone yet. */
const GRACE = 1000;

/**
 * Closes the socket. The process goes on by itself until its messages have left; after `limit` milliseconds, or when
 * `signal` is aborted, it ends all the same, with another exit code.
 *
 * @param limit - milliseconds; -1 for ever, 0 not at all
 * @param onLate - called when the limit is reached
 */
export function leave(
  socket: AnySocket,
  limit: number,
  signal: AbortSignal,
  onLate: () => void,
): void {
  socket.linger = limit > 0 ? limit + GRACE : limit;
  socket.close();
  if (limit === 0) return;
  const giveUp = (code: number): void => {
    socket.linger = 0;
    process.exitCode = code;
  };
  signal.addEventListener('abort', () => giveUp(EXIT.interrupted), { once: true });
  if (limit < 0) return;
  // It keeps nothing alive: when it fires, it is messages that did.
  const timer = setTimeout(() => {
    if (signal.aborted) return;
    onLate();
    giveUp(EXIT.timeout);
  }, limit);
  timer.unref();
}

/** Whether an error says that the time is up. */
export function isTimeout(error: unknown): boolean {
  return error instanceof ZmtpError && error.code === 'EAGAIN';
}
