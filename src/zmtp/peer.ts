/**
 * What peers tell of themselves in the handshake, and whether they fit. 37/ZMTP, "The Socket-Type Property" and "The
 * Identity Property".
 *
 * @module
 */
import { ProtocolError } from '../errors.ts';
import { asciiBytes, asciiText, printable } from './ascii.ts';
import type { Greeting } from './greeting.ts';
import type { Acceptance } from './mechanism/mechanism.ts';
import { findProperty, type Metadata } from './metadata.ts';
import { hasIdentity, isCompatible, type SocketType } from './socket-type.ts';

const MAX_IDENTITY_SIZE = 255;
const NO_BYTES = new Uint8Array(0);

/** What a peer has told of itself by the end of the handshake. */
export type PeerDescription = {
  /** The peer's greeting. */
  readonly greeting: Greeting;
  readonly socketType: string;
  /** The property Identity; empty when the peer sent none. */
  readonly routingId: Uint8Array;
  readonly metadata: Metadata;
  /** What was said for the peer by whoever decides about peers, if anybody does. */
  readonly acceptance?: Acceptance;
};

/**
 * What a socket tells of itself: Socket-Type, and Identity where libzmq sends one, even when it is empty.
 *
 * @param routingId - 0 to 255 bytes
 */
export function describeSelf(type: SocketType, routingId: Uint8Array): Metadata {
  const metadata = new Map([['Socket-Type', asciiBytes(type)]]);
  if (hasIdentity(type)) metadata.set('Identity', routingId);
  return metadata;
}

/**
 * Reads what a peer told of itself.
 *
 * @throws {ProtocolError} when there is no Socket-Type, or the Identity is longer than 255 bytes or begins with 0
 */
export function describePeer(
  greeting: Greeting,
  metadata: Metadata,
  acceptance?: Acceptance,
): PeerDescription {
  const type = findProperty(metadata, 'Socket-Type');
  if (type === undefined) {
    throw new ProtocolError('the peer does not say its Socket-Type', 'ERR_ZMTP_INVALID_METADATA');
  }
  const routingId = findProperty(metadata, 'Identity') ?? NO_BYTES;
  if (routingId.length > MAX_IDENTITY_SIZE || routingId[0] === 0) {
    throw new ProtocolError('the peer announces an illegal Identity', 'ERR_ZMTP_INVALID_METADATA');
  }
  const socketType = asciiText(type);
  return { greeting, socketType, routingId, metadata, ...(acceptance && { acceptance }) };
}

/** Why a socket of type `own` cannot talk to `peer`, or `undefined` when it can. */
export function checkPeer(own: SocketType, peer: PeerDescription): ProtocolError | undefined {
  if (isCompatible(own, peer.socketType)) return undefined;
  const other = printable(asciiBytes(peer.socketType));
  return new ProtocolError(
    `a ${own} socket cannot talk to a peer of type "${other}"`,
    'ERR_ZMTP_INVALID_METADATA',
  );
}
