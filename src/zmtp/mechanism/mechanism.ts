/**
 * What a security mechanism is to the connection that runs it: command bodies in, command bodies out, no bytes of frames
 * and no clock. One object serves one connection.
 *
 * @module
 */
import type { Command } from '../command.ts';
import type { Metadata } from '../metadata.ts';

/** What follows from a command: a reply to send, and once the handshake is done the peer's metadata. */
export type MechanismStep = {
  readonly send?: Command;
  readonly metadata?: Metadata;
};

export interface Mechanism {
  /** As it stands in the greeting. */
  readonly name: string;
  /** What the greeting says of our role. */
  readonly isServer: boolean;
  /** The greetings have been exchanged: the command that opens the handshake from our side, if we speak first. */
  start(): Command | undefined;
  /**
   * A command of the peer other than ERROR.
   *
   * @throws {ProtocolError} when it is not what must come now
   */
  receive(command: Command): MechanismStep;
}

/** Makes the mechanism for one connection. `metadata` is what we tell the peer. */
export type MechanismFactory = (metadata: Metadata) => Mechanism;
