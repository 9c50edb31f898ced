/**
 * ZMQ_PROBE_ROUTER: an empty message to a new peer, from which a ROUTER learns who is there before anything is said.
 *
 * @module
 */
import type { Pipe } from '../../pipe.ts';

const NO_BYTES = new Uint8Array(0);

/** Sends the empty message. */
export function probe(pipe: Pipe): void {
  pipe.write([NO_BYTES]);
}
