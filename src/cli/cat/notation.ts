/**
 * How messages are written, in arguments, on standard input and on standard output: a line each, with the frames side by
 * side, or `{"frames": […]}`; or bytes and nothing else.
 *
 * @module
 */
import { UsageError } from '../command.ts';
import { visible, visibleJson } from '../visible.ts';
import { type Format, loadFormats, parseHex } from './formats.ts';

/** The frames of a message; with sockets that name their peers the first one is the name. */
export type Frames = readonly Uint8Array[];

export interface Notation {
  /** Whether all that is read is one message. */
  readonly isWhole: boolean;
  fromArguments(args: readonly string[]): Frames;
  /** Throws `UsageError` for what is no message. */
  parse(line: Buffer): Frames;
  /** With all that belongs to it, such as the end of the line. */
  print(frames: readonly Buffer[]): Buffer;
}

type NotationOptions = {
  readonly format: string;
  readonly delimiter: string | undefined;
  readonly json: boolean;
};

/**
 * @param hasName - whether the first frame names a peer: it is hexadecimal, whatever the format
 * @param isTerminal - whether what is printed goes to a terminal, which obeys control characters
 * @throws {UsageError} for options that do not go together
 */
export async function makeNotation(
  { format, delimiter, json }: NotationOptions,
  hasName: boolean,
  isTerminal: boolean,
): Promise<Notation> {
  if (delimiter === '') throw new UsageError('--delimiter takes at least one character');
  if (json && delimiter !== undefined) throw new UsageError('--json needs no --delimiter');
  if (format === 'raw') {
    if (json || delimiter !== undefined)
      throw new UsageError('--format raw goes with neither --json nor --delimiter');
    return raw(hasName);
  }
  const formats = await loadFormats(format);
  const formatOf = (index: number): Format =>
    formats[Math.min(index, formats.length - 1)] as Format;
  const toBodies = (pieces: readonly Buffer[]): Uint8Array[] =>
    pieces.map((piece, index) => formatOf(index).parse(piece));
  const fromPieces = (pieces: readonly Buffer[]): Frames => {
    if (!hasName) return toBodies(pieces);
    const [name, ...bodies] = pieces;
    return [parseHex(String(name)), ...toBodies(bodies)];
  };
  const fromArguments = (args: readonly string[]): Frames =>
    fromPieces(args.map((argument) => Buffer.from(argument)));
  if (json) return { ...objects(formatOf, hasName), isWhole: false, fromArguments };

  const tab = Buffer.from(delimiter ?? '\t');
  // A line of text may well have tabs that mean nothing.
  const isSplit = delimiter !== undefined || hasName || format !== 'text';
  const showing = (piece: string | Buffer): Buffer =>
    isTerminal ? Buffer.from(visible(String(piece))) : Buffer.from(piece);
  return {
    isWhole: false,
    fromArguments,
    parse: (line) => fromPieces(isSplit ? split(line, tab) : [line]),
    print: (frames) => {
      const pieces = frames.map((frame, index) => {
        if (!hasName) return showing(formatOf(index).print(frame));
        return index === 0 ? frame.toString('hex') : showing(formatOf(index - 1).print(frame));
      });
      return line(
        pieces.map((piece) => Buffer.from(piece)),
        tab,
      );
    },
  };
}

function line(pieces: readonly Buffer[], separator: Buffer): Buffer {
  const parts = pieces.flatMap((piece, index) => (index === 0 ? [piece] : [separator, piece]));
  return Buffer.concat([...parts, Buffer.from('\n')]);
}

function split(line: Buffer, separator: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  let start = 0;
  for (;;) {
    const end = line.indexOf(separator, start);
    if (end === -1) return [...pieces, line.subarray(start)];
    pieces.push(line.subarray(start, end));
    start = end + separator.length;
  }
}

/** A line is `{"frames": […]}`, with the peer's name as `peer`. */
function objects(
  formatOf: (index: number) => Format,
  hasName: boolean,
): Pick<Notation, 'parse' | 'print'> {
  return {
    parse: (line) => {
      const { peer, frames, ...others } = readObject(line.toString());
      const unknown =
        Object.keys(others)[0] ?? (hasName || peer === undefined ? undefined : 'peer');
      if (unknown !== undefined) throw new UsageError(`a message has no "${unknown}"`);
      if (!Array.isArray(frames) || frames.length === 0)
        throw new UsageError('"frames" is an array of one frame or more');
      const bodies = frames.map((frame, index) => formatOf(index).fromJson(frame));
      if (!hasName) return bodies;
      if (typeof peer !== 'string')
        throw new UsageError('"peer" says which peer, as hexadecimal digits');
      return [parseHex(peer), ...bodies];
    },
    print: (frames) => {
      const bodies = hasName ? frames.slice(1) : frames;
      const texts = bodies.map((frame, index) => formatOf(index).toJson(frame));
      const peer = hasName ? `"peer":"${frames[0]?.toString('hex')}",` : '';
      return Buffer.from(`{${peer}"frames":[${visibleJson(texts.join(','))}]}\n`);
    },
  };
}

function readObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`no JSON: ${(error as Error).message}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new UsageError('a message is an object, {"frames": […]}');
}

/** Bytes as they are: all that is read is one message of one frame, and frames are written without anything between. */
function raw(hasName: boolean): Notation {
  return {
    isWhole: true,
    fromArguments: ([first = '', ...rest]) => [
      hasName ? parseHex(first) : Buffer.from(first),
      ...rest.map((argument) => Buffer.from(argument)),
    ],
    parse: (input) => {
      if (hasName) throw new UsageError('raw input does not say which peer it is for');
      return [input];
    },
    print: (frames) => Buffer.concat(hasName ? frames.slice(1) : frames),
  };
}
