/**
 * What keeps the process alive: pending operations, and messages that have not left. Sockets, listeners and timers of
 * this package do not.
 *
 * @module
 */

/** Something that may have messages which have not left. */
export interface Lingering {
  /** Whether messages wait to leave. */
  readonly hasUnsent: boolean;
  /** Milliseconds that they are worth waiting for; -1 for ever. */
  readonly linger: number;
}

const LONGEST_DELAY = 0x7fff_ffff;
const RELEASE_DELAY = 10;
const CHECK_INTERVAL = 10;
/** A wait longer than this is announced. */
const WARNING_DELAY = 500;

let holds = 0;
let handle: NodeJS.Timeout | undefined;
let isReferenced = false;
let isReleasing = false;

/** One more reason not to end. */
export function hold(): void {
  if (++holds > 1 || isReferenced) return;
  isReferenced = true;
  if (handle === undefined) handle = setInterval(() => {}, LONGEST_DELAY);
  else handle.ref();
}

/**
 * One reason less. With the last one the process may end a moment later, not at once: a program that sends and receives
 * in turn would else reference and unreference the handle for every message.
 */
export function release(): void {
  if (--holds > 0 || isReleasing) return;
  isReleasing = true;
  setTimeout(releaseHandle, RELEASE_DELAY).unref();
}

function releaseHandle(): void {
  isReleasing = false;
  if (holds > 0) return;
  isReferenced = false;
  handle?.unref();
}

const open = new Set<Lingering>();
let isWatchingExit = false;
let exitBegan: number | undefined;

/** From now on the process waits, when it would end, for what `lingering` has to send. */
export function watchExit(lingering: Lingering): void {
  open.add(lingering);
  if (isWatchingExit) return;
  isWatchingExit = true;
  process.on('beforeExit', lingerBeforeExit);
}

export function unwatchExit(lingering: Lingering): void {
  open.delete(lingering);
}

/**
 * The event loop has run empty. Where messages wait to leave the loop is kept going for as long as their sockets linger:
 * this is the one moment that no event of ours announces, so it looks from time to time.
 */
function lingerBeforeExit(): void {
  const now = performance.now();
  exitBegan ??= now;
  const waited = now - exitBegan;
  const isWorthWaiting = [...open].some(
    ({ hasUnsent, linger }) => hasUnsent && (linger === -1 || waited < linger),
  );
  if (!isWorthWaiting) {
    exitBegan = undefined;
    return;
  }
  if (waited >= WARNING_DELAY && !hasWarned) {
    hasWarned = true;
    process.stderr.write(
      `(node:${process.pid}) WARNING: Waiting for queued ZeroMQ messages to be delivered.\n`,
    );
  }
  setTimeout(() => {}, CHECK_INTERVAL);
}

let hasWarned = false;
