/**
 * What a command line asks a socket to do, and whether that makes sense.
 *
 * @module
 */
import { UsageError } from '../command.ts';
import { pace, readMessages, repeat } from './input.ts';
import type { Kind } from './kinds.ts';
import type { Frames, Notation } from './notation.ts';
import type { CatOptions } from './options.ts';

export type Plan = {
  readonly does: Kind['does'];
  /** What is to be sent, until the signal is aborted. */
  readonly messages: (signal: AbortSignal) => AsyncIterable<Frames>;
  /** Whether what is to be sent may go on for ever. */
  readonly isOpenEnded: boolean;
  /** The reply to a message, where it follows from the message. */
  readonly replyTo: ((frames: readonly Buffer[]) => Frames) | undefined;
};

/** @throws {UsageError} for what does not go together */
export function planFor(
  kind: Kind,
  notation: Notation,
  args: readonly string[],
  options: CatOptions,
): Plan {
  const replyTo = replyOf(kind, notation, options);
  const does = replyTo === undefined ? kind.does : 'answer';
  if (replyTo !== undefined) refuseSending(args, options);
  const { count, interval = 0 } = options;
  const isFromInput = args.length === 0;
  if (isFromInput && count !== undefined)
    throw new UsageError('--count is for a message in the arguments');
  if (kind.names === true && args.length === 1)
    throw new UsageError('the first argument says to which peer; there is no message');
  if (kind.names === true && notation.isWhole && isFromInput && replyTo === undefined)
    throw new UsageError('raw input does not say which peer it is for');
  const frames = isFromInput ? [] : notation.fromArguments(args);
  return {
    does,
    messages: (signal) => {
      const messages = isFromInput
        ? readMessages(process.stdin, notation, signal)
        : repeat(frames, count === 0 ? Infinity : (count ?? 1));
      return interval === 0 ? messages : pace(messages, interval, signal);
    },
    isOpenEnded: isFromInput || count === 0,
    replyTo,
  };
}

/** Who only replies has nothing else to send. */
function refuseSending(args: readonly string[], options: CatOptions): void {
  if (args.length > 0) throw new UsageError('with --echo or --reply there is nothing else to send');
  for (const name of ['count', 'interval', 'peers', 'delay'] as const) {
    if (options[name] !== undefined)
      throw new UsageError(`--${name} has no meaning with --echo or --reply`);
  }
}

function replyOf(kind: Kind, notation: Notation, { echo, reply }: CatOptions): Plan['replyTo'] {
  if (echo && reply.length > 0) throw new UsageError('either --echo or --reply');
  if (echo) return (frames) => frames;
  if (reply.length === 0) return undefined;
  if (kind.names !== true) {
    const frames = notation.fromArguments(reply);
    return () => frames;
  }
  const [, ...body] = notation.fromArguments(['00', ...reply]);
  return (frames) => [...frames.slice(0, frames[1]?.length === 0 ? 2 : 1), ...body];
}
