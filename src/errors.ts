/**
 * The errors of this package and the list of their codes.
 *
 * `ZmtpError` is for the caller: it is thrown or it rejects the promise of one call. `ProtocolError` is about a peer: it
 * ends that peer's connection and shows on `socket.events`; it never rejects somebody's `send` or `receive`. Programs
 * branch on `code`, never on the text. The texts of the codes that libzmq also has are libzmq's, because programs exist
 * that match them; what would help a reader stands beside it in `detail`.
 *
 * @module
 */

/** Each code with the text that an error carries by default. */
const TEXTS = {
  EACCES: 'Permission denied',
  EADDRINUSE: 'Address already in use',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EAGAIN: 'Operation was not possible or timed out',
  EBADF: 'Socket is closed',
  EBUSY: 'Socket is busy',
  EFSM: 'Operation cannot be accomplished in current state',
  EHOSTUNREACH: 'Host unreachable',
  EINVAL: 'Invalid argument',
  EMFILE: 'Too many open file descriptors',
  EMSGSIZE: 'Message too long',
  ENAMETOOLONG: 'File name too long',
  ENODEV: 'No such device',
  ENOENT: 'No such endpoint',
  ENOCOMPATPROTO: 'The protocol is not compatible with the socket type',
  ENOTSUP: 'Operation not supported',
  EPROTO: 'ZMTP protocol error',
  EPROTONOSUPPORT: 'Protocol not supported',
  ETIMEDOUT: 'Connection timed out',
} as const;

/** libzmq's own numbers, which are the same everywhere. */
const OWN_NUMBERS: Readonly<Record<string, number>> = {
  EFSM: 156384763,
  ENOCOMPATPROTO: 156384764,
};

let systemNumbers: Readonly<Record<string, number>> = {};

/** Says which numbers the operating system has for its codes, for `errno`. Without it `errno` is 0 for those. */
export function setSystemNumbers(numbers: Readonly<Record<string, number>>): void {
  systemNumbers = numbers;
}

/** The positive number for a code, as libzmq and the operating system have it; 0 when there is none. */
export function errnoOf(code: string): number {
  return OWN_NUMBERS[code] ?? systemNumbers[code] ?? 0;
}

/**
 * A code that an error of this package can carry in `code`. Errors of the operating system keep their own codes
 * (`ECONNREFUSED`, `EMFILE`, …) and appear on `socket.events` or, for `bind`, reject the call.
 */
export type ErrorCode = keyof typeof TEXTS;

/** Whether a `ZmtpError` can have this code. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(TEXTS, code);
}

/** What stands beside code and text. */
export type ErrorDetail = {
  /** In place of the text that goes with the code. */
  readonly message?: string;
  /** One sentence for the reader: what was expected and what came. */
  readonly detail?: string;
  /** The endpoint, on errors of `bind`, `unbind`, `connect` and `disconnect`. */
  readonly address?: string;
  readonly cause?: unknown;
};

/** An error of a call: `code` says which, `detail` says why. */
export class ZmtpError extends Error {
  override readonly name: string = 'ZmtpError';
  readonly code: string;
  /** The number of the code: positive, and the operating system's where it has one. */
  readonly errno: number;
  declare readonly detail?: string;
  declare readonly address?: string;

  constructor(
    code: ErrorCode,
    { message = TEXTS[code], detail, address, cause }: ErrorDetail = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.errno = errnoOf(code);
    if (detail !== undefined) this.detail = detail;
    if (address !== undefined) this.address = address;
  }
}

/**
 * A peer broke the protocol. `code` is always `EPROTO`; `reason` says in words which rule, `protocolCode` is the
 * name that libzmq's monitor has for this kind of fault.
 */
export class ProtocolError extends Error {
  override readonly name: string = 'ProtocolError';
  readonly code = 'EPROTO' as const;
  readonly reason: string;
  readonly protocolCode: ProtocolErrorCode;

  constructor(reason: string, protocolCode: ProtocolErrorCode = 'ERR_ZMTP_UNSPECIFIED') {
    super(`${TEXTS.EPROTO}: ${reason}`);
    this.reason = reason;
    this.protocolCode = protocolCode;
  }
}

/** libzmq's names for what a peer or a ZAP handler can do wrong (`ZMQ_PROTOCOL_ERROR_…` in `zmq.h`). */
export type ProtocolErrorCode =
  | 'ERR_ZMTP_UNSPECIFIED'
  | 'ERR_ZMTP_UNEXPECTED_COMMAND'
  | 'ERR_ZMTP_INVALID_SEQUENCE'
  | 'ERR_ZMTP_KEY_EXCHANGE'
  | 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED'
  | 'ERR_ZMTP_MALFORMED_COMMAND_MESSAGE'
  | 'ERR_ZMTP_MALFORMED_COMMAND_HELLO'
  | 'ERR_ZMTP_MALFORMED_COMMAND_INITIATE'
  | 'ERR_ZMTP_MALFORMED_COMMAND_ERROR'
  | 'ERR_ZMTP_MALFORMED_COMMAND_READY'
  | 'ERR_ZMTP_MALFORMED_COMMAND_WELCOME'
  | 'ERR_ZMTP_INVALID_METADATA'
  | 'ERR_ZMTP_CRYPTOGRAPHIC'
  | 'ERR_ZMTP_MECHANISM_MISMATCH'
  | 'ERR_ZAP_UNSPECIFIED'
  | 'ERR_ZAP_MALFORMED_REPLY'
  | 'ERR_ZAP_BAD_REQUEST_ID'
  | 'ERR_ZAP_BAD_VERSION'
  | 'ERR_ZAP_INVALID_STATUS_CODE'
  | 'ERR_ZAP_INVALID_METADATA';

/** What errors for bad arguments carry beside their text. */
function invalid(detail: string | undefined): { code: 'EINVAL'; errno: number; detail?: string } {
  return { code: 'EINVAL', errno: errnoOf('EINVAL'), ...(detail !== undefined && { detail }) };
}

/** An `Error` that carries `code: 'EINVAL'`, for calls of which programs expect no more than that. */
export function invalidCall(text: string, detail?: string): Error {
  return Object.assign(new Error(text), invalid(detail));
}

/** A `TypeError` (wrong type of argument) that carries `code: 'EINVAL'`. */
export function invalidType(text: string, detail?: string): TypeError {
  return Object.assign(new TypeError(text), invalid(detail));
}

/** A `RangeError` (right type, value out of range) that carries `code: 'EINVAL'`. */
export function invalidValue(text: string, detail?: string): RangeError {
  return Object.assign(new RangeError(text), invalid(detail));
}
