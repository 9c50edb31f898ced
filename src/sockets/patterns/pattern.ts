/**
 * What a messaging pattern is to the socket that runs it: pipes come and go, messages are sent to one of them and
 * received from one of them, and the pattern alone decides which. No bytes, no clock, no promise.
 *
 * The socket passes on what its pipes report and then looks whether operations that wait can go on.
 *
 * @module
 */
import type { ErrorCode } from '../../errors.ts';
import type { Frames, Pipe } from '../../pipe.ts';

export interface Pattern {
  /** A new peer, or an endpoint that will have one. */
  attach(pipe: Pipe): void;
  /** The other end of the pipe is gone. */
  detach(pipe: Pipe): void;
  /** The connection behind the pipe came or went: `pipe.isConnected` says which. */
  pipeStatusChanged(pipe: Pipe): void;
  /** A message may be read where none was. */
  pipeReadable(pipe: Pipe): void;
  /** There is room where none was. */
  pipeWritable(pipe: Pipe): void;
  /**
   * Routes a message; answers `false`, having done nothing, when it cannot be sent now.
   *
   * @throws {ZmtpError} when it can never be sent: EHOSTUNREACH, EINVAL
   */
  send(frames: Frames): boolean;
  /** The next message, or `undefined` when there is none now. */
  receive(): Frames | undefined;
  /** Whether `receive` would answer with a message. */
  readonly isReadable: boolean;
  /**
   * Whether `send` may answer `true`. Where the message says which peer it is for, ROUTER and STREAM, this is always so: then
   * that peer alone decides.
   */
  readonly isWritable: boolean;
  /** Why `send` or `receive` cannot go on: EFSM when it is not its turn, ENOTSUP when it never is, else EAGAIN. */
  blockedBy(operation: 'send' | 'receive'): ErrorCode;
}
