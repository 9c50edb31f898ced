/**
 * Which type of socket to be, to a peer of which type.
 *
 * @module
 */
import type { SocketType } from '../../protocol.ts';

/** What talks to a peer of a type without taking anything: a peer of the others hands messages to whoever connects. */
const HARMLESS: Readonly<Partial<Record<string, SocketType>>> = {
  REP: 'DEALER',
  ROUTER: 'DEALER',
  PUB: 'SUB',
  XPUB: 'SUB',
  SUB: 'PUB',
  XSUB: 'PUB',
  PULL: 'PUSH',
};

/** The types to try one after the other where the peer says its own last. */
export const CANDIDATES: readonly SocketType[] = ['DEALER', 'SUB', 'PUSH', 'PUB'];

/** What to be to a peer that is a `peer`; `undefined` when anything would take messages from others, or nothing fits. */
export function harmlessTo(peer: string): SocketType | undefined {
  return Object.hasOwn(HARMLESS, peer) ? HARMLESS[peer] : undefined;
}
