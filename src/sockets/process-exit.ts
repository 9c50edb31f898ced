/**
 * What keeps the process alive: pending operations, and messages that have not left. Sockets, listeners and timers of
 * this package do not.
 *
 * @module
 */
import { fstatSync } from 'node:fs';
import { tty } from '../node-modules.ts';

/** Something that may have messages which have not left. */
export interface Lingering {
  /** Whether messages wait to leave. */
  readonly hasUnsent: boolean;
  /** Milliseconds that they are worth waiting for; -1 for ever. */
  readonly linger: number;
  /** Whether it lingers because its context says so. */
  readonly isBlocky: boolean;
  /** Whether the operating system has been asked for something, a connection or to take bytes, and has not answered. */
  readonly isHeldUp: boolean;
  /** Gives up what it waits for in that way, for the time being. */
  letGo(): void;
}

const LONGEST_DELAY = 0x7fff_ffff;
const RELEASE_DELAY = 10;
const CHECK_INTERVAL = 10;
const HELD_UP_INTERVAL = 100;
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
/** When the process began to wait for nothing but us; `undefined` while it has other things to do. */
let exitBegan: number | undefined;
let hasWarned = false;
let isCheckPending = false;

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
  if (isWorthWaiting()) setTimeout(() => {}, CHECK_INTERVAL);
  else exitBegan = undefined;
}

/** Whether there are messages for which the end of the process is put off. */
function isWorthWaiting(): boolean {
  const now = performance.now();
  exitBegan ??= now;
  const waited = now - exitBegan;
  let isWorth = false;
  for (const { hasUnsent, linger } of open) {
    if (hasUnsent && (linger === -1 || waited < linger)) isWorth = true;
  }
  if (isWorth && waited >= WARNING_DELAY && !hasWarned) {
    hasWarned = true;
    const isBlocky = [...open].some((lingering) => lingering.hasUnsent && lingering.isBlocky);
    process.stderr.write(
      `(node:${process.pid}) WARNING: Waiting for queued ZeroMQ messages to be delivered.${
        isBlocky ? " Set 'context.blocky = false' to change this behaviour." : ''
      }\n`,
    );
  }
  return isWorth;
}

/**
 * Something is held up by the operating system: a connection that is being made, or bytes that nobody takes. Such a
 * request keeps the event loop alive although its socket does not, so it is looked after: when nothing else is left, and
 * no message is worth the wait, it is given up.
 */
export function watchHeldUp(): void {
  if (isCheckPending) return;
  isCheckPending = true;
  setTimeout(checkHeldUp, HELD_UP_INTERVAL).unref();
}

function checkHeldUp(): void {
  isCheckPending = false;
  const heldUp = [...open].filter((lingering) => lingering.isHeldUp);
  if (heldUp.length === 0) return;
  if (holds > 0 || !isAlone()) exitBegan = undefined;
  else if (!isWorthWaiting()) for (const lingering of heldUp) lingering.letGo();
  watchHeldUp();
}

/** What requests of sockets are called among the active resources of the process. */
const REQUESTS = new Set(['ConnectWrap', 'WriteWrap', 'SimpleWriteWrap', 'ShutdownWrap']);

/** Whether nothing keeps the event loop alive but requests like those of our sockets. */
function isAlone(): boolean {
  const others = process.getActiveResourcesInfo().filter((name) => !REQUESTS.has(name));
  // Standard input and output are listed, and do not count as long as nobody reads from them.
  for (const descriptor of [0, 1, 2]) {
    const index = others.indexOf(resourceBehind(descriptor));
    if (index !== -1) others.splice(index, 1);
  }
  return others.length === 0;
}

/** The resource behind one of the descriptors 0 to 2. */
function resourceBehind(descriptor: number): string {
  if (tty().isatty(descriptor)) return 'TTYWrap';
  try {
    const stat = fstatSync(descriptor);
    return stat.isFIFO() || stat.isSocket() ? 'PipeWrap' : 'none';
  } catch {
    return 'none'; // The descriptor is closed.
  }
}
