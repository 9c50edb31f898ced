/**
 * Waiting for things that other processes do: a deadline that says what was awaited, and a log of monitor events
 * to wait on.
 *
 * @module
 */

/**
 * The outcome of `promise`, or an error that says what did not happen within `ms` milliseconds.
 *
 * @param what completes "timed out waiting for …"; a function is asked when it is too late
 */
export async function within<T>(
  ms: number,
  what: string | (() => string),
  promise: Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const awaited = typeof what === 'string' ? what : what();
      reject(new Error(`timed out after ${ms} ms waiting for ${awaited}`));
    }, ms);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** Events in the order they came, with a reader that moves forward only. */
export class EventLog<E extends { readonly type: string }> {
  readonly all: E[] = [];
  #read = 0;
  #arrived: (() => void)[] = [];

  push(event: E): void {
    this.all.push(event);
    for (const wake of this.#arrived.splice(0)) wake();
  }

  /** How many events of this type have come so far, read or not. */
  count(type: string): number {
    return this.all.filter((event) => event.type === type).length;
  }

  /**
   * The next event of this type after the one returned last; events of other types in between are passed over.
   *
   * @param matches further condition
   */
  async next<T extends E['type']>(
    type: T,
    matches: (event: Extract<E, { type: T }>) => boolean = () => true,
    ms = 10_000,
  ): Promise<Extract<E, { type: T }>> {
    const isWanted = (event: E): event is Extract<E, { type: T }> =>
      event.type === type && matches(event as Extract<E, { type: T }>);
    const search = async (): Promise<Extract<E, { type: T }>> => {
      for (;;) {
        while (this.#read < this.all.length) {
          const event = this.all[this.#read++];
          if (event !== undefined && isWanted(event)) return event;
        }
        await new Promise<void>((resolve) => this.#arrived.push(resolve));
      }
    };
    const seen = (): string => this.all.map((event) => event.type).join(', ');
    return within(ms, () => `the event ${type}; so far: ${seen() || 'none'}`, search());
  }
}

/** Collects the monitor events of one of our sockets from now on, until it is closed. */
export function watch<E extends { readonly type: string }>(socket: {
  readonly events: AsyncIterable<E>;
}): EventLog<E> {
  const log = new EventLog<E>();
  const collect = async (): Promise<void> => {
    for await (const event of socket.events) log.push(event);
  };
  void collect();
  return log;
}
