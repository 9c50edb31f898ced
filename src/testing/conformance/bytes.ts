/**
 * ZMTP bytes for the conformance suite: a notation in which cases write them, and how reports show them.
 *
 * ```
 * notation  04 07 04 'PING' 00 00     pairs of hexadecimal digits, and ASCII between quotes
 *           'x'*300                   either of them, so many times
 *           ??                        any byte, in what is expected
 * ```
 *
 * Whether a frame is legal is nobody's business here: flags and lengths are written as they are given.
 *
 * @module
 */
import { FLAG_COMMAND, FLAG_LONG, FLAG_MORE } from '../../protocol.ts';
import { frame } from '../raw-bytes.ts';

const TOKEN = /^(?:'([^']*)'|([0-9A-Fa-f]{2})|(\?\?))(?:\*(\d+))?$/;

/** The bytes of a notation, with `undefined` where any byte will do. */
export function pattern(notation: string): (number | undefined)[] {
  const bytes: (number | undefined)[] = [];
  for (const token of notation.match(/'[^']*'(?:\*\d+)?|\S+/g) ?? []) {
    const match = TOKEN.exec(token);
    if (match === null) throw new SyntaxError(`"${token}" is no byte in "${notation}"`);
    const [, text, digits, any, times = '1'] = match;
    const unit =
      text === undefined
        ? [any === undefined ? Number.parseInt(digits ?? '', 16) : undefined]
        : [...Buffer.from(text, 'latin1')];
    for (let i = Number(times); i > 0; i--) bytes.push(...unit);
  }
  return bytes;
}

/** The bytes of a notation. */
export function parse(notation: string): Buffer {
  return Buffer.from(
    pattern(notation).map((byte) => {
      if (byte === undefined) throw new SyntaxError(`?? cannot be sent: "${notation}"`);
      return byte;
    }),
  );
}

/** Bytes as notation, for reports; long ones are cut. */
export function show(bytes: Uint8Array, limit: number = 80): string {
  if (bytes.length === 0) return '(nothing)';
  const tokens: string[] = [];
  let text = '';
  const flush = (): void => {
    if (text.length >= 3) tokens.push(`'${text}'`);
    else tokens.push(...[...Buffer.from(text)].map(hex));
    text = '';
  };
  for (const byte of bytes.subarray(0, limit)) {
    if (byte >= 0x20 && byte < 0x7f && byte !== 0x27) {
      text += String.fromCharCode(byte);
      continue;
    }
    flush();
    tokens.push(hex(byte));
  }
  flush();
  if (bytes.length > limit) tokens.push(`… (${bytes.length} bytes)`);
  return tokens.filter((token) => token !== '').join(' ');
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0').toUpperCase();
}

/** One frame in the shortest form. */
export function shortest(flags: number, body: Uint8Array): Buffer {
  return frame(flags | (body.length > 255 ? FLAG_LONG : 0), body);
}

/** The flags of each frame of a message. */
export function messageFlags(frames: readonly unknown[]): number[] {
  return frames.map((_, i) => (i < frames.length - 1 ? FLAG_MORE : 0));
}

export type Frame = {
  readonly flags: number;
  readonly body: Buffer;
};

/** The first frame of `input` and its size, or `undefined` while it is incomplete. */
export function tryFrame(input: Buffer): { frame: Frame; size: number } | undefined {
  const [flags, short] = input;
  if (flags === undefined || short === undefined) return undefined;
  const isLong = (flags & FLAG_LONG) !== 0;
  if (isLong && input.length < 9) return undefined;
  const start = isLong ? 9 : 2;
  const size = start + (isLong ? Number(input.readBigUInt64BE(1)) : short);
  return input.length < size
    ? undefined
    : { frame: { flags, body: input.subarray(start, size) }, size };
}

/** The name of a command, or `undefined` for a body that has none. */
export function commandName(body: Buffer): string | undefined {
  const length = body[0];
  return length === undefined || body.length <= length
    ? undefined
    : body.toString('latin1', 1, 1 + length);
}

/** A frame in words. */
export function showFrame({ flags, body }: Frame): string {
  const kind = (flags & FLAG_COMMAND) === 0 ? 'message' : 'command';
  return `${kind} frame ${hex(flags)}: ${show(body)}`;
}
