/**
 * How the command `zmtp` ends. The codes are part of what it promises: scripts branch on them.
 *
 * @module
 */

export const EXIT = {
  /** Everything was done. */
  done: 0,
  /** Something was found, or went wrong: a deviation, a crash, a peer that refuses. */
  failed: 1,
  /** The command line makes no sense. */
  usage: 2,
  /** The time is up, and what was waited for has not come. */
  timeout: 3,
  /** Ctrl-C: 128 and the number of the signal. */
  interrupted: 130,
} as const;

/** Aborted by Ctrl-C or SIGTERM. A second one ends the process at once. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  return controller.signal;
}

/** Ends quietly when nobody reads the output any more, as in `zmtp … | head -1`. */
export function endWithOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(EXIT.done);
      throw error;
    });
  }
}
