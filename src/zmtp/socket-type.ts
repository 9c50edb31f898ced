/**
 * The socket types and who may talk to whom. 37/ZMTP, "The Socket-Type Property".
 *
 * @module
 */

/** A socket type by its name on the wire. */
export type SocketType =
  | 'PAIR'
  | 'PUB'
  | 'SUB'
  | 'REQ'
  | 'REP'
  | 'DEALER'
  | 'ROUTER'
  | 'PULL'
  | 'PUSH'
  | 'XPUB'
  | 'XSUB';

/** Which types a socket of a type accepts as peers. The relation is symmetric. */
export const COMPATIBLE_TYPES: Readonly<Record<SocketType, readonly SocketType[]>> = {
  PAIR: ['PAIR'],
  PUB: ['SUB', 'XSUB'],
  SUB: ['PUB', 'XPUB'],
  REQ: ['REP', 'ROUTER'],
  REP: ['REQ', 'DEALER'],
  DEALER: ['REP', 'DEALER', 'ROUTER'],
  ROUTER: ['REQ', 'DEALER', 'ROUTER'],
  PULL: ['PUSH'],
  PUSH: ['PULL'],
  XPUB: ['SUB', 'XSUB'],
  XSUB: ['PUB', 'XPUB'],
};

/** Whether a socket of type `own` may talk to a peer that says it is a `peer`; the name must match in case. */
export function isCompatible(own: SocketType, peer: string): boolean {
  return (COMPATIBLE_TYPES[own] as readonly string[]).includes(peer);
}

/** Which types take subscriptions. */
export function isPublisher(type: SocketType): boolean {
  return type === 'PUB' || type === 'XPUB';
}

/** Which types announce their routing id as the property Identity; libzmq's choice. */
export function hasIdentity(type: SocketType): boolean {
  return type === 'REQ' || type === 'DEALER' || type === 'ROUTER';
}
