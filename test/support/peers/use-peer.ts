/**
 * Peers that live as long as the surrounding `describe`.
 *
 * @module
 */

import { afterAll, beforeAll } from 'vitest';
import { type Peer, type PeerKind, startPeer } from './peer.ts';

/** Starts a peer for the tests of this `describe`; call the result inside a test to get at it. */
export function usePeer(kind: PeerKind): () => Peer {
  let peer: Peer | undefined;
  beforeAll(async () => {
    peer = await startPeer(kind);
  });
  afterAll(async () => {
    await peer?.[Symbol.asyncDispose]();
  });
  return () => {
    if (peer === undefined) throw new Error(`The ${kind} peer did not start.`);
    return peer;
  };
}
