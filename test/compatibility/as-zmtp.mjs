/**
 * Preloaded with `node --import`: lets a program that imports `zeromq` have the built `zmtp` instead. Registers itself as
 * the hook that does it.
 *
 * @module
 */
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const ENTRIES = {
  zeromq: new URL('../../dist/index.js', import.meta.url).href,
  'zeromq/v5-compat': new URL('../../dist/v5-compat.js', import.meta.url).href,
  'zeromq/v5-compat.js': new URL('../../dist/v5-compat.js', import.meta.url).href,
};

export function resolve(specifier, context, next) {
  const url = ENTRIES[specifier];
  return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
}

// Node loads hooks in a thread of their own, where this very module is loaded for a second time.
if (isMainThread) register(import.meta.url);
