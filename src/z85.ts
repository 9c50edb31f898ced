/**
 * Z85: bytes as printable text, 4 bytes for 5 characters. 32/Z85.
 *
 * ```
 * 4 bytes, big endian   →   5 characters, the most significant first: digits of base 85
 * 86 4F D2 6F           →   H e l l o
 * ```
 *
 * Keys of CURVE are written so: 32 bytes become 40 characters.
 *
 * @module
 */
import { invalidType, invalidValue } from './errors.ts';

const ALPHABET =
  '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';
const BASE = 85;
const BYTES_PER_GROUP = 4;
const CHARACTERS_PER_GROUP = 5;
const MAX_GROUP = 0xffff_ffff;

const DIGITS: ReadonlyMap<string, number> = new Map(
  Array.from(ALPHABET, (character, digit) => [character, digit]),
);

/**
 * The text for `bytes`.
 *
 * @param bytes - a multiple of 4 bytes
 * @throws {RangeError} code EINVAL, for another number of bytes
 * @throws {TypeError} code EINVAL, for anything but bytes
 */
export function encodeZ85(bytes: Uint8Array): string {
  if (!(bytes instanceof Uint8Array)) throw invalidType('Z85 encodes a Uint8Array');
  if (bytes.length % BYTES_PER_GROUP !== 0) {
    throw invalidValue(
      'Invalid argument',
      `Z85 encodes a multiple of 4 bytes, got ${bytes.length}`,
    );
  }
  let text = '';
  for (let i = 0; i < bytes.length; i += BYTES_PER_GROUP) {
    let group = 0;
    for (let j = 0; j < BYTES_PER_GROUP; j++) group = group * 256 + (bytes[i + j] ?? 0);
    let characters = '';
    for (let j = 0; j < CHARACTERS_PER_GROUP; j++) {
      characters = ALPHABET.charAt(group % BASE) + characters;
      group = Math.floor(group / BASE);
    }
    text += characters;
  }
  return text;
}

/**
 * The bytes that `text` stands for.
 *
 * @param text - a multiple of 5 characters, at least 5
 * @throws {RangeError} code EINVAL, for another length, a character that is none of Z85's, and five characters that
 *   stand for more than 4 bytes can hold
 * @throws {TypeError} code EINVAL, for anything but a string
 */
export function decodeZ85(text: string): Uint8Array {
  if (typeof text !== 'string') throw invalidType('Z85 decodes a string');
  if (text.length === 0 || text.length % CHARACTERS_PER_GROUP !== 0) {
    throw invalidValue(
      'Invalid argument',
      `a Z85 text has a multiple of 5 characters, got ${text.length}`,
    );
  }
  const bytes = new Uint8Array((text.length / CHARACTERS_PER_GROUP) * BYTES_PER_GROUP);
  let offset = 0;
  for (let i = 0; i < text.length; i += CHARACTERS_PER_GROUP) {
    let group = 0;
    for (let j = i; j < i + CHARACTERS_PER_GROUP; j++) {
      const digit = DIGITS.get(text.charAt(j));
      // The text may be a secret key: the error says where, not what.
      if (digit === undefined) {
        throw invalidValue('Invalid argument', `character ${j} is none of Z85's`);
      }
      group = group * BASE + digit;
    }
    if (group > MAX_GROUP) {
      throw invalidValue('Invalid argument', `characters ${i} to ${i + 4} stand for no 4 bytes`);
    }
    bytes[offset++] = group >>> 24;
    bytes[offset++] = group >>> 16;
    bytes[offset++] = group >>> 8;
    bytes[offset++] = group;
  }
  return bytes;
}
