/**
 * What every conformance and chaos test must leave behind: nothing.
 *
 * `watchProcess()` at the top of a test file fails the test during which an exception or rejection
 * escaped from the library, or Node printed a warning (a listener leak, a deprecated call). `own()`
 * hands a socket, peer or listener to the clean-up after the test.
 *
 * @module
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, vi } from 'vitest';
import { turn } from '../../src/testing/turn.ts';

interface Closable {
  close(): unknown;
}

const owned: Closable[] = [];

/** Closes `resource` after the test, whatever its outcome. */
export function own<T extends Closable>(resource: T): T {
  owned.push(resource);
  return resource;
}

function closeOwned(): void {
  for (let last = owned.pop(); last !== undefined; last = owned.pop()) last.close();
}

const ESCAPES = ['uncaughtException', 'unhandledRejection', 'warning'] as const;

/** Registers the hooks for the calling test file. */
export function watchProcess(): void {
  // The waits inside a test have their own, shorter deadline, which says more than the runner's.
  vi.setConfig({ testTimeout: 30_000 });

  const escaped: string[] = [];
  const listeners = ESCAPES.map((name) => {
    const listener = (cause: unknown): void => {
      escaped.push(
        `${name}: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`,
      );
    };
    return { name, listener };
  });

  beforeEach(() => {
    escaped.length = 0;
    for (const { name, listener } of listeners) process.on(name, listener);
  });

  afterEach(async () => {
    closeOwned();
    // Warnings and unhandled rejections are reported a turn after their cause.
    await turn();
    await turn();
    for (const { name, listener } of listeners) process.off(name, listener);
    if (escaped.length > 0) throw new Error(`escaped from the library:\n${escaped.join('\n')}`);
  });
}

let collect: (() => void) | undefined;

/** Forces a full collection, so that what is left is what somebody holds. */
function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}

/** Follows how much memory is held, in bytes above the amount at its creation. */
export class MemoryWatch {
  readonly #start: number = MemoryWatch.#held();
  #peak = 0;

  /** Notes the present growth after a collection and returns it. */
  sample(): number {
    const growth = MemoryWatch.#held() - this.#start;
    this.#peak = Math.max(this.#peak, growth);
    return growth;
  }

  get peak(): number {
    return this.#peak;
  }

  // Not rss: the allocator keeps freed pages, so it would depend on the tests that ran before.
  static #held(): number {
    // Twice: the memory behind array buffers is counted off only after the objects are gone.
    collectGarbage();
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  }
}
