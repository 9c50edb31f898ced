/**
 * SUB: an XSUB that sends nothing but subscriptions, and lets through only what they ask for. 29/PUBSUB, "The SUB Socket
 * Type".
 *
 * The publisher has filtered already. But what was on its way when a topic was cancelled, or comes from a publisher that
 * sends everything, is dropped here and never seen.
 *
 * @module
 */
import type { ErrorCode } from '../../errors.ts';
import type { Frames } from '../../pipe.ts';
import type { AllocateFrame } from '../routing/allocate.ts';
import { Xsub } from './xsub.ts';

export type SubOptions = {
  /** Let through what does not match. Publishers must have the same setting. */
  readonly invertMatching: boolean;
};

export class Sub extends Xsub {
  /**
   * @param options - read for each message
   * @param allocate - makes the frames of subscriptions
   */
  constructor(options: SubOptions, allocate?: AllocateFrame) {
    super(
      allocate,
      (frames) => this.topics.matches(frames[0] as Uint8Array) !== options.invertMatching,
    );
  }

  override get isWritable(): boolean {
    return false;
  }

  override send(_frames: Frames): boolean {
    return false;
  }

  override blockedBy(operation: 'send' | 'receive'): ErrorCode {
    return operation === 'send' ? 'ENOTSUP' : 'EAGAIN';
  }
}
