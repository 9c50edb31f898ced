/**
 * Bytes for people.
 *
 * @module
 */
import { printable } from '../ascii.ts';

const SHOWN = 48;

/**
 * Bytes as text in quotes where they are printable ASCII, as hex where they are not.
 *
 * @param size - how many there are in all, when `bytes` are only the first of them
 */
export function show(bytes: Uint8Array, size: number = bytes.length): string {
  if (size === 0) return "''";
  const isText = bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
  const shown = bytes.subarray(0, SHOWN);
  const rest = size > shown.length ? '…' : '';
  return isText ? `'${printable(shown)}'${rest}` : `${hex(shown)}${rest}`;
}

/** Two digits for each byte, without space. */
export function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** `1 byte`, `2 bytes`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
