/**
 * Standard output, as slow as its reader.
 *
 * @module
 */
import { once } from 'node:events';

/** Resolves when there is room for more. */
export async function write(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  if (!process.stdout.write(bytes)) await once(process.stdout, 'drain', { signal });
}
