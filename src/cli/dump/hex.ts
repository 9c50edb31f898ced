/**
 * Hex as people write it.
 *
 * @module
 */
import { UsageError } from '../command.ts';

/**
 * Bytes from hex: white space, colons and commas between bytes, `0x` in front of them, and comments from `#` to the end of
 * a line are left out.
 *
 * @throws {UsageError} for anything else
 */
export function parseHex(text: string): Uint8Array {
  const digits = text
    .replaceAll(/#.*$/gm, '')
    .replaceAll(/0x/gi, ' ')
    .replaceAll(/[\s:,]+/g, '');
  const odd = /[^0-9a-f]/i.exec(digits)?.[0];
  if (odd !== undefined) throw new UsageError(`${JSON.stringify(odd)} is no hex digit`);
  if (digits.length % 2 !== 0) throw new UsageError('the last byte has only one hex digit');
  return Buffer.from(digits, 'hex');
}
