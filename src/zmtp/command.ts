/**
 * Commands: the bodies of frames with the COMMAND flag. 37/ZMTP, "Commands".
 *
 * ```
 * command      name-length(1)  name(1 … 255)  data
 * READY        05 'READY'      properties
 * ERROR        05 'ERROR'      reason-length(1)  reason(0 … 255)
 * PING         04 'PING'       ttl(2, tenths of a second)  context(0 … 16)
 * PONG         04 'PONG'       context(0 … 16)
 * SUBSCRIBE    09 'SUBSCRIBE'  topic
 * CANCEL       06 'CANCEL'     topic
 * ```
 *
 * Names are compared with regard to case, as libzmq does. A name that is not known is no error: its command is ignored.
 *
 * @module
 */
import { invalidValue, ProtocolError } from '../errors.ts';
import { asciiBytes, asciiText, printable } from './ascii.ts';
import { decodeMetadata, encodeMetadata, type Metadata } from './metadata.ts';

/** The most bytes that the context of a PING or PONG may have. */
export const MAX_PING_CONTEXT = 16;
/** The most that a PING can say of its time to live: 6553.5 s. */
export const MAX_TTL_DECISECONDS = 0xffff;
const MAX_NAME = 255;
const TTL_SIZE = 2;
const MAX_REASON = 255;

export type Command =
  | { readonly name: 'READY'; readonly metadata: Metadata }
  | { readonly name: 'ERROR'; readonly reason: string }
  | { readonly name: 'PING'; readonly ttlDeciseconds: number; readonly context: Uint8Array }
  | { readonly name: 'PONG'; readonly context: Uint8Array }
  | { readonly name: 'SUBSCRIBE'; readonly topic: Uint8Array }
  | { readonly name: 'CANCEL'; readonly topic: Uint8Array }
  | { readonly name: 'unknown'; readonly unknownName: string; readonly data: Uint8Array };

/** A command by its name; the data is not looked at yet. */
export type RawCommand = {
  readonly name: string;
  readonly data: Uint8Array;
};

/**
 * The body of the command frame for `command`.
 *
 * @throws {RangeError} code EINVAL, for a name, reason or context that is too long, or a time to live out of range
 */
export function encodeCommand(command: Command): Uint8Array {
  switch (command.name) {
    case 'READY':
      return joinCommand('READY', encodeMetadata(command.metadata));
    case 'ERROR':
      checkRange('reason length', command.reason.length, MAX_REASON);
      return joinCommand(
        'ERROR',
        Uint8Array.of(command.reason.length, ...asciiBytes(command.reason)),
      );
    case 'PING':
      checkRange('time to live', command.ttlDeciseconds, MAX_TTL_DECISECONDS);
      checkRange('context length', command.context.length, MAX_PING_CONTEXT);
      return joinCommand(
        'PING',
        Uint8Array.of(
          command.ttlDeciseconds >>> 8,
          command.ttlDeciseconds & 0xff,
          ...command.context,
        ),
      );
    case 'PONG':
      checkRange('context length', command.context.length, MAX_PING_CONTEXT);
      return joinCommand('PONG', command.context);
    case 'SUBSCRIBE':
    case 'CANCEL':
      return joinCommand(command.name, command.topic);
    case 'unknown':
      checkRange('name length', command.unknownName.length, MAX_NAME, 1);
      return joinCommand(command.unknownName, command.data);
    default: {
      const unreachable: never = command;
      return unreachable;
    }
  }
}

/**
 * Reads the body of a command frame. What the command holds of it are views, not copies.
 *
 * @throws {ProtocolError} when the name does not fit, or the data is not what the name asks for
 */
export function decodeCommand(body: Uint8Array): Command {
  const { name, data } = splitCommand(body);
  switch (name) {
    case 'READY':
      return { name, metadata: decodeMetadata(data) };
    case 'ERROR':
      return { name, reason: decodeReason(data) };
    case 'PING':
      if (data.length < TTL_SIZE) throw malformed('a PING without time to live');
      return {
        name,
        ttlDeciseconds: ((data[0] ?? 0) << 8) | (data[1] ?? 0),
        context: checkContext(data.subarray(TTL_SIZE)),
      };
    case 'PONG':
      return { name, context: checkContext(data) };
    case 'SUBSCRIBE':
    case 'CANCEL':
      return { name, topic: data };
    default:
      return { name: 'unknown', unknownName: name, data };
  }
}

/**
 * Reads the name of a command.
 *
 * @param body - the body of a command frame
 * @returns the name, and the rest as a view
 * @throws {ProtocolError} when the name does not fit
 */
export function splitCommand(body: Uint8Array): RawCommand {
  const nameLength = body[0] ?? 0;
  if (nameLength === 0 || nameLength >= body.length)
    throw malformed('a command without a proper name');
  return {
    name: asciiText(body.subarray(1, 1 + nameLength)),
    data: body.subarray(1 + nameLength),
  };
}

/**
 * The body of a command frame.
 *
 * @param name - 1 to 255 ASCII characters
 */
export function joinCommand(name: string, data: Uint8Array): Uint8Array {
  const body = new Uint8Array(1 + name.length + data.length);
  body[0] = name.length;
  body.set(asciiBytes(name), 1);
  body.set(data, 1 + name.length);
  return body;
}

/**
 * The reason that an ERROR gives.
 *
 * @throws {ProtocolError} when its length does not fit
 */
export function decodeReason(data: Uint8Array): string {
  const length = data[0];
  if (length === undefined || length !== data.length - 1) {
    throw new ProtocolError(
      'an ERROR whose reason does not fit',
      'ERR_ZMTP_MALFORMED_COMMAND_ERROR',
    );
  }
  return printable(data.subarray(1), MAX_REASON);
}

function checkRange(what: string, value: number, maximum: number, minimum = 0): void {
  if (!(value >= minimum && value <= maximum)) {
    throw invalidValue(
      'Invalid argument',
      `${what} must be ${minimum} to ${maximum}, got ${value}`,
    );
  }
}

function checkContext(context: Uint8Array): Uint8Array {
  if (context.length > MAX_PING_CONTEXT)
    throw malformed(`a PING or PONG context of ${context.length} bytes`);
  return context;
}

function malformed(what: string): ProtocolError {
  return new ProtocolError(what, 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED');
}
