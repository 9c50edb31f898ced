/**
 * What the parts that make connections (binders, connecters, inproc links) need of the socket they work for.
 *
 * @module
 */
import type { OptionValues, SocketKind } from '../option-types.ts';
import { Pipe, type PipeOwner } from '../pipe.ts';
import { copy } from './buffers.ts';
import type { ReceiveBudget } from '../receive-budget.ts';
import type { Monitor } from './monitor.ts';

export interface SocketSide extends PipeOwner {
  readonly kind: SocketKind;
  readonly monitor: Monitor;
  readonly isClosed: boolean;
  /** Most bytes in all frames of a message. */
  readonly maxMessageBytes: number;
  /** Where counts what peers have sent. */
  readonly budget: ReceiveBudget;
  /** The values as they are now. */
  readonly options: Readonly<OptionValues>;
  /** A peer, or an endpoint that will have one: the socket routes messages to this end of the pipe from now on. */
  attach(pipe: Pipe): void;
}

/** A pipe between `owner`, who has a connection or will have one, and the socket: the ends of the two in this order. */
export function makePipe(owner: PipeOwner, side: SocketSide): [ours: Pipe, theirs: Pipe] {
  const { receiveHighWaterMark, sendHighWaterMark, conflate: isConflating } = side.options;
  const { budget } = side;
  return Pipe.pair(
    { owner, highWaterMark: receiveHighWaterMark, isShared: false, isConflating },
    { owner: side, highWaterMark: sendHighWaterMark, isShared: true, copy, isConflating, budget },
  );
}
