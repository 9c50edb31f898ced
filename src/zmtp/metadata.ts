/**
 * Metadata: the properties that peers exchange in the handshake. 37/ZMTP, "The NULL Security Mechanism".
 *
 * ```
 * property    name-length(1)  name(1 … 255)  value-length(4, big endian)  value(0 … 2^31 - 1)
 * ```
 *
 * Properties stand one behind the other, without a count and without a terminator. Names are compared without regard to
 * case. A `Map` holds them, so that a property called `__proto__` is a property like any other.
 *
 * @module
 */
import { invalidValue, ProtocolError } from '../errors.ts';
import { asciiBytes, printable } from './ascii.ts';
import { readUint32 } from './frame.ts';

/** Property names as they were sent, with their values. Use `findProperty` to look one up. */
export type Metadata = ReadonlyMap<string, Uint8Array>;

const MAX_VALUE_SIZE = 0x7fff_ffff;
const MAX_NAME_SIZE = 255;
const VALUE_LENGTH_SIZE = 4;

/**
 * The properties as bytes, in the order of the map.
 *
 * @throws {RangeError} code EINVAL, for a name that is empty or has more than 255 characters
 */
export function encodeMetadata(metadata: Metadata): Uint8Array {
  let size = 0;
  for (const [name, value] of metadata) {
    if (name.length === 0 || name.length > MAX_NAME_SIZE) {
      throw invalidValue(
        'Invalid argument',
        `a property name has 1 to ${MAX_NAME_SIZE} characters`,
      );
    }
    size += 1 + name.length + VALUE_LENGTH_SIZE + value.length;
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const [name, value] of metadata) {
    bytes[offset++] = name.length;
    bytes.set(asciiBytes(name), offset);
    offset += name.length;
    bytes[offset++] = value.length >>> 24;
    bytes[offset++] = value.length >>> 16;
    bytes[offset++] = value.length >>> 8;
    bytes[offset++] = value.length;
    bytes.set(value, offset);
    offset += value.length;
  }
  return bytes;
}

/**
 * Reads properties until the end of `bytes`. When a name comes twice the first one counts. Values are copies.
 *
 * @throws {ProtocolError} for a name that is empty or has an illegal character, and where the bytes end too soon
 */
export function decodeMetadata(bytes: Uint8Array): Metadata {
  const metadata = new Map<string, Uint8Array>();
  const seen = new Set<string>();
  let offset = 0;
  while (offset < bytes.length) {
    const nameLength = bytes[offset] ?? 0;
    const nameEnd = offset + 1 + nameLength;
    const valueStart = nameEnd + VALUE_LENGTH_SIZE;
    if (nameLength === 0) throw invalidMetadata('a property has an empty name');
    if (valueStart > bytes.length) throw invalidMetadata('the bytes end inside a property');
    const name = decodeName(bytes.subarray(offset + 1, nameEnd));
    const valueLength = readUint32(bytes, nameEnd);
    const valueEnd = valueStart + valueLength;
    if (valueLength > MAX_VALUE_SIZE || valueEnd > bytes.length) {
      throw invalidMetadata(
        `property ${name} announces ${valueLength} bytes, ${bytes.length - valueStart} are there`,
      );
    }
    const folded = name.toLowerCase();
    if (seen.has(folded)) {
      if (folded === 'socket-type' || folded === 'identity')
        throw invalidMetadata(`property ${name} comes twice`);
    } else {
      seen.add(folded);
      metadata.set(name, Uint8Array.prototype.slice.call(bytes, valueStart, valueEnd));
    }
    offset = valueEnd;
  }
  return metadata;
}

/** The value of a property, whatever the case of its name. */
export function findProperty(metadata: Metadata, name: string): Uint8Array | undefined {
  const exact = metadata.get(name);
  if (exact !== undefined) return exact;
  const folded = name.toLowerCase();
  for (const [key, value] of metadata) {
    if (key.toLowerCase() === folded) return value;
  }
  return undefined;
}

function decodeName(bytes: Uint8Array): string {
  let name = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    if (!/[A-Za-z0-9\-_.+]/.test(character)) {
      throw invalidMetadata(`the property name "${printable(bytes)}" has an illegal character`);
    }
    name += character;
  }
  return name;
}

function invalidMetadata(reason: string): ProtocolError {
  return new ProtocolError(`invalid metadata: ${reason}`, 'ERR_ZMTP_INVALID_METADATA');
}
