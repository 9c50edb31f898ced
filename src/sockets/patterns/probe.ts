/**
 * ZMQ_PROBE_ROUTER: an empty message to a new peer, from which a ROUTER learns who is there before anything is said.
 *
 * @module
 */
import type { Pipe } from '../../pipe.ts';
import type { AllocateFrame } from '../routing/allocate.ts';

/** Sends the empty message. */
export function probe(pipe: Pipe, allocate: AllocateFrame): void {
  pipe.write([allocate(0)]);
}
