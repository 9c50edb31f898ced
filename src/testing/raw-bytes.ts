/**
 * ZMTP 3.x bytes written by hand for the raw peers of the tests.
 *
 * Deliberately shares nothing with `src/zmtp`: a mistake made in both places at once is the only one
 * these tests could not see. Everything here is a pure function from values to bytes or back.
 *
 * ```
 * greeting  FF padding(8) 7F | major minor | mechanism(20) | as-server | filler(31)     64 bytes
 * frame     flags(1) length(1, or 8 when LONG) body
 * command   name-length(1) name data                     in a frame with the COMMAND flag
 * property  name-length(1) name value-length(4) value    READY is a run of these
 * ```
 *
 * @module
 */

export const FLAG_MORE = 0x01;
const FLAG_LONG = 0x02;
export const FLAG_COMMAND = 0x04;

/** A number is one byte, a string is its ASCII bytes. */
export type Part = number | string | Uint8Array;

/** Joins parts into one buffer: `bytes(4, 7, 4, 'PING', 0, 0)`. */
export function bytes(...parts: readonly Part[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'number') return Buffer.of(part);
      return typeof part === 'string' ? Buffer.from(part, 'latin1') : part;
    }),
  );
}

/** The same byte, `count` times. */
export function repeat(byte: number, count: number): Buffer {
  return Buffer.alloc(count, byte);
}

/** 16 bits, network order. */
export function u16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16BE(value);
  return buffer;
}

/** 32 bits, network order. */
export function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}

/** 64 bits, network order. */
export function u64(value: number | bigint): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64BE(BigInt(value));
  return buffer;
}

export interface GreetingFields {
  /** 8 bytes after the leading FF. */
  readonly padding?: Uint8Array;
  /** Byte 9; bit 0 tells a versioned greeting from ZMTP 1.0. */
  readonly signatureEnd?: number;
  readonly major?: number;
  readonly minor?: number;
  /** Up to 20 bytes, padded right with zeros. */
  readonly mechanism?: Part;
  readonly asServer?: number;
  /** 31 bytes at the end. */
  readonly filler?: Uint8Array;
}

/** 64 bytes, ZMTP 3.1 NULL unless told otherwise. */
export function greeting(fields: GreetingFields = {}): Buffer {
  const mechanism = bytes(fields.mechanism ?? 'NULL');
  return bytes(
    0xff,
    fields.padding ?? repeat(0, 8),
    fields.signatureEnd ?? 0x7f,
    fields.major ?? 3,
    fields.minor ?? 1,
    mechanism,
    repeat(0, 20 - mechanism.length),
    fields.asServer ?? 0,
    fields.filler ?? repeat(0, 31),
  );
}

/** One frame; `flags` is written as given, LONG decides how the length is written. */
export function frame(flags: number, body: Part): Buffer {
  const content = bytes(body);
  const length = (flags & FLAG_LONG) !== 0 ? u64(content.length) : content.length;
  return bytes(flags, length, content);
}

/** A message of these frames, each in the shortest form. */
export function message(...frames: readonly Part[]): Buffer {
  return Buffer.concat(
    frames.map((part, index) => {
      const body = bytes(part);
      const more = index < frames.length - 1 ? FLAG_MORE : 0;
      return frame(more | (body.length > 255 ? FLAG_LONG : 0), body);
    }),
  );
}

/** A command body: the name with its length, then the data. */
export function commandBody(name: string, ...data: readonly Part[]): Buffer {
  return bytes(name.length, name, ...data);
}

/** A command frame in the shortest form. */
export function command(name: string, ...data: readonly Part[]): Buffer {
  const body = commandBody(name, ...data);
  return frame(FLAG_COMMAND | (body.length > 255 ? FLAG_LONG : 0), body);
}

/** One metadata property. */
export function property(name: Part, value: Part): Buffer {
  const key = bytes(name);
  const content = bytes(value);
  return bytes(key.length, key, u32(content.length), content);
}

/** READY with a Socket-Type and whatever else is given. */
export function ready(socketType: string, ...extra: readonly Part[]): Buffer {
  return command('READY', property('Socket-Type', socketType), ...extra);
}

/** PING; the time to live is in tenths of a second. */
export function ping(ttlDeciseconds = 0, context: Part = ''): Buffer {
  return command('PING', u16(ttlDeciseconds), context);
}

export function pong(context: Part = ''): Buffer {
  return command('PONG', context);
}

/** ERROR with a reason of at most 255 bytes. */
export function errorCommand(reason: string): Buffer {
  return command('ERROR', reason.length, reason);
}

export interface RawFrame {
  readonly flags: number;
  readonly body: Buffer;
  /** Header and body as they arrived. */
  readonly wire: Buffer;
}

/** The first frame of `input`, or `undefined` while it is incomplete. */
export function tryParseFrame(input: Buffer): RawFrame | undefined {
  const flags = input[0];
  const shortLength = input[1];
  if (flags === undefined || shortLength === undefined) return undefined;
  const long = (flags & FLAG_LONG) !== 0;
  if (long && input.length < 9) return undefined;
  const start = long ? 9 : 2;
  const end = start + (long ? Number(input.readBigUInt64BE(1)) : shortLength);
  if (input.length < end) return undefined;
  return { flags, body: input.subarray(start, end), wire: input.subarray(0, end) };
}

/** Splits a command body; throws when the name does not fit. */
export function parseCommand(body: Buffer): { name: string; data: Buffer } {
  const length = body[0];
  if (length === undefined || body.length < 1 + length) {
    throw new Error(`not a command body:\n${hexDump(body)}`);
  }
  return { name: body.toString('latin1', 1, 1 + length), data: body.subarray(1 + length) };
}

/** Properties in order of arrival; throws when the list does not end where the body ends. */
export function parseProperties(data: Buffer): Array<[name: string, value: Buffer]> {
  const properties: Array<[string, Buffer]> = [];
  let position = 0;
  while (position < data.length) {
    const nameEnd = position + 1 + data.readUInt8(position);
    const valueEnd = nameEnd + 4 + data.readUInt32BE(nameEnd);
    if (valueEnd > data.length) throw new Error(`truncated property:\n${hexDump(data)}`);
    properties.push([
      data.toString('latin1', position + 1, nameEnd),
      data.subarray(nameEnd + 4, valueEnd),
    ]);
    position = valueEnd;
  }
  return properties;
}

/** A frame as text, for comparing; a missing one as a word that no test sends. */
export function text(part: Uint8Array | undefined): string {
  return part === undefined ? '(no frame)' : Buffer.from(part).toString('latin1');
}

/** Sixteen bytes a line with offsets and ASCII; long input keeps its first 256 bytes. */
export function hexDump(input: Uint8Array): string {
  if (input.length === 0) return '  (nothing)';
  const shown = Buffer.from(input.subarray(0, 256));
  const lines: string[] = [];
  for (let offset = 0; offset < shown.length; offset += 16) {
    const row = shown.subarray(offset, offset + 16);
    const hex = [...row].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = [...row].map((byte) =>
      byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.',
    );
    lines.push(`  ${offset.toString(16).padStart(4, '0')}  ${hex.padEnd(47)}  ${text.join('')}`);
  }
  if (input.length > shown.length) lines.push(`  … ${input.length} bytes in all`);
  return lines.join('\n');
}
