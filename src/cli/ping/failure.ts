/**
 * How a ping can fail: each way is one sentence.
 *
 * @module
 */
import { EXIT } from '../exit.ts';

export class PingFailure extends Error {
  override readonly name = 'PingFailure';
  readonly exitCode: number;

  private constructor(sentence: string, exitCode: number) {
    super(sentence);
    this.exitCode = exitCode;
  }

  /** The peer is there, and does not want what we want. */
  static refused(sentence: string): PingFailure {
    return new PingFailure(sentence, EXIT.failed);
  }

  /** The time is up. */
  static silent(sentence: string): PingFailure {
    return new PingFailure(sentence, EXIT.timeout);
  }

  static interrupted(): PingFailure {
    return new PingFailure('interrupted', EXIT.interrupted);
  }
}
