/**
 * PUB: sends each message to the peers that have subscribed to what it begins with. 29/PUBSUB, "The PUB Socket Type".
 *
 * A peer that has no room misses the message; nobody waits, unless `noDrop` is set. Of what peers say only subscriptions
 * count, in whatever frame of a message they come.
 *
 * @module
 */
import type { ErrorCode } from '../../errors.ts';
import type { Frames, Pipe } from '../../pipe.ts';
import { Audience, type AudienceOptions } from '../routing/audience.ts';
import { CANCEL, SUBSCRIBE } from '../routing/subscription-frame.ts';
import type { Pattern } from './pattern.ts';

export class Pub implements Pattern {
  readonly #audience: Audience;

  /** @param options - read whenever a message is sent */
  constructor(options: AudienceOptions) {
    this.#audience = new Audience(options);
  }

  get isReadable(): boolean {
    return false;
  }

  get isWritable(): boolean {
    return this.#audience.isWritable;
  }

  attach(pipe: Pipe): void {
    this.#audience.attach(pipe);
    this.pipeReadable(pipe);
  }

  detach(pipe: Pipe): void {
    this.#audience.detach(pipe);
  }

  pipeReadable(pipe: Pipe): void {
    for (let frames = pipe.read(); frames !== undefined; frames = pipe.read()) {
      for (const frame of frames) {
        if (frame[0] === SUBSCRIBE) this.#audience.request(pipe, frame.subarray(1));
        else if (frame[0] === CANCEL) this.#audience.cancel(pipe, frame.subarray(1));
      }
    }
  }

  pipeWritable(_pipe: Pipe): void {
    // Room is looked for when there is a message.
  }

  /** The peer subscribes anew over the next connection. */
  pipeStatusChanged(pipe: Pipe): void {
    if (!pipe.isConnected) this.#audience.forget(pipe);
  }

  send(frames: Frames): boolean {
    return this.#audience.send(frames);
  }

  receive(): undefined {
    return undefined;
  }

  blockedBy(operation: 'send' | 'receive'): ErrorCode {
    return operation === 'send' ? 'EAGAIN' : 'ENOTSUP';
  }
}
