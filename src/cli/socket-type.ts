/**
 * A type of socket on the command line.
 *
 * @module
 */
import { COMPATIBLE_TYPES, type SocketType } from '../protocol.ts';
import { UsageError } from './command.ts';

/**
 * The value of `--type`, in any case.
 *
 * @throws {UsageError} for a type that there is not
 */
export function readSocketType(text: string | undefined): SocketType | undefined {
  if (text === undefined) return undefined;
  const type = text.toUpperCase();
  if (Object.hasOwn(COMPATIBLE_TYPES, type)) return type as SocketType;
  const known = Object.keys(COMPATIBLE_TYPES).join(', ');
  throw new UsageError(`--type takes ${known}, got "${text}"`);
}
