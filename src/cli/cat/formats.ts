/**
 * How the bytes of a frame are written: as text, in hexadecimal digits, as JSON, or as the JSON of a MessagePack value.
 *
 * Beside the piece of a line that a frame is, each format knows the JSON that a frame is in `{"frames": […]}`. There
 * `{"$hex": "…"}` stands for the bytes of a frame that is none of its format, and in MessagePack `{"$bin": "…"}` for bytes.
 *
 * @module
 */
import { UsageError } from '../command.ts';

export interface Format {
  /** A frame from a piece of a line, or an argument. Throws `UsageError`. */
  parse(piece: Buffer): Uint8Array;
  /** The frame as a piece of a line. */
  print(frame: Buffer): string | Buffer;
  /** The frame from a JSON value. Throws `UsageError`. */
  fromJson(value: unknown): Uint8Array;
  /** The frame as JSON text in one line. */
  toJson(frame: Buffer): string;
}

/** `Buffer.from(text, 'hex')` leaves out what it does not understand. */
export function parseHex(text: string): Buffer {
  const digits = text.replaceAll(/\s|^0x/g, '');
  if (/^([0-9a-f]{2})*$/i.test(digits)) return Buffer.from(digits, 'hex');
  throw new UsageError(`"${text}" is not a series of bytes in hexadecimal digits`);
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

function onlyProperty(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.keys(value).join() === name ? (value as Record<string, unknown>)[name] : undefined;
}

function textOfJson(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new UsageError(`expected a string, got ${JSON.stringify(value)}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`"${text}" is no JSON: ${(error as Error).message}`);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const text: Format = {
  parse: (piece) => piece,
  print: (frame) => frame,
  fromJson: (value) => Buffer.from(textOfJson(value)),
  toJson: (frame) => JSON.stringify(utf8.decode(frame)),
};

const hex: Format = {
  parse: (piece) => parseHex(piece.toString()),
  print: hexOf,
  fromJson: (value) => parseHex(textOfJson(value)),
  toJson: (frame) => JSON.stringify(hexOf(frame)),
};

/** Bytes go as they are, so that no digit of a number is lost; outside of strings control characters are only space. */
const json: Format = {
  parse: (piece) => {
    parseJson(piece.toString());
    return piece;
  },
  print: (frame) => json.toJson(frame),
  fromJson: (value) => Buffer.from(JSON.stringify(value)),
  toJson: (frame) => {
    const decoded = utf8.decode(frame);
    JSON.parse(decoded);
    return decoded.replaceAll(/[\t\n\r]\s*/g, ' ').trim();
  },
};

async function msgpack(): Promise<Format> {
  const { decode, encode } = await import('@msgpack/msgpack');
  const toJson = (frame: Buffer): string =>
    JSON.stringify(toPlain(decode(frame, { useBigInt64: true })));
  const fromJson = (value: unknown): Uint8Array => encode(fromPlain(value));
  return {
    parse: (piece) => fromJson(parseJson(piece.toString())),
    print: toJson,
    fromJson,
    toJson,
  };
}

/** A value of MessagePack as one that JSON has: numbers that JSON would change become text. */
function toPlain(value: unknown): unknown {
  if (typeof value === 'bigint') {
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  }
  if (value instanceof Uint8Array) return { $bin: hexOf(value) };
  if (value instanceof Date || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(toPlain);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toPlain(item)]));
}

function fromPlain(value: unknown): unknown {
  const bytes = onlyProperty(value, '$bin');
  if (typeof bytes === 'string') return parseHex(bytes);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(fromPlain);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, fromPlain(item)]));
}

/** An empty frame, such as a delimiter, is empty in every format; and what is none of its format is shown in any case. */
function lenient(format: Format): Format {
  return {
    parse: (piece) => {
      const bytes = piece.length > 0 && format !== text ? rawBytes(piece) : undefined;
      return bytes ?? (piece.length === 0 ? piece : format.parse(piece));
    },
    print: (frame) => (frame.length === 0 ? frame : orHex(frame, () => format.print(frame))),
    fromJson: (value) => {
      const bytes = onlyProperty(value, '$hex');
      return typeof bytes === 'string' ? parseHex(bytes) : format.fromJson(value);
    },
    toJson: (frame) => {
      const isEmpty = frame.length === 0 && format !== text && format !== hex;
      return isEmpty ? '{"$hex":""}' : orHex(frame, () => format.toJson(frame));
    },
  };
}

/** What `print` answers or, where it throws, the bytes as JSON. */
function orHex<T>(frame: Buffer, print: () => T): T | string {
  try {
    return print();
  } catch {
    return JSON.stringify({ $hex: hexOf(frame) });
  }
}

/** The bytes of a piece that is `{"$hex": "…"}`, as they were printed. */
function rawBytes(piece: Buffer): Buffer | undefined {
  const match = /^\{"\$hex":"((?:[0-9a-f]{2})*)"\}$/.exec(piece.toString('latin1'));
  return match?.[1] === undefined ? undefined : Buffer.from(match[1], 'hex');
}

const FORMATS: Readonly<Record<string, () => Format | Promise<Format>>> = {
  text: () => text,
  hex: () => hex,
  json: () => json,
  msgpack,
};

/**
 * The formats of the frames of a message, the last one for all that follow.
 *
 * @param names - separated by commas
 * @throws {UsageError} for a format that there is not
 */
export function loadFormats(names: string): Promise<readonly Format[]> {
  return Promise.all(
    names.split(',').map(async (name) => {
      const load = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
      if (load === undefined) {
        const known = Object.keys(FORMATS).join(', ');
        throw new UsageError(`--format takes ${known}, or raw alone; got "${name}"`);
      }
      return lenient(await load());
    }),
  );
}
