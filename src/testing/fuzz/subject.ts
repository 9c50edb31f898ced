/**
 * Who is attacked, as far as a campaign has to know: a process of ours that tells how it fares, or a peer that is seen from
 * outside only.
 *
 * @module
 */
import type { Target } from '../hostile/session.ts';

export interface Subject {
  /** The first thing that is wrong with it. */
  readonly find: string | undefined;
  /** Notes that something is wrong; the first time counts. */
  complain(what: string): void;
  /** Where the socket is bound. */
  endpointOf(target: Target): string;
  /** A connection was refused: complains if that is wrong. */
  refused(error: Error): Promise<void>;
  /** Whether a good peer is served; `false` when it has not been in time. */
  serve(target: Target): Promise<boolean>;
  /** Looks whether it lives and answers; complains if not. */
  check(): Promise<void>;
  /** Waits until what a batch has left behind is gone; complains if it stays. */
  settle(): Promise<void>;
  /** Bytes that it holds when nobody is connected; `undefined` where they cannot be known. */
  held(): Promise<number | undefined>;
  /** What it has to say of itself, in lines for people. */
  describe(): readonly string[];
  /** Lets go of it. */
  stop(): Promise<void>;
}
