/**
 * The NULL mechanism: each side says READY once, neither waits for the other. 37/ZMTP, "The NULL Security Mechanism".
 *
 * @module
 */
import { ProtocolError } from '../../errors.ts';
import type { Command } from '../command.ts';
import type { Metadata } from '../metadata.ts';
import type { Mechanism, MechanismStep } from './mechanism.ts';

export class NullMechanism implements Mechanism {
  readonly name = 'NULL';
  readonly isServer = false;
  readonly #metadata: Metadata;

  constructor(metadata: Metadata) {
    this.#metadata = metadata;
  }

  start(): Command {
    return { name: 'READY', metadata: this.#metadata };
  }

  receive(command: Command): MechanismStep {
    if (command.name === 'READY') return { metadata: command.metadata };
    throw new ProtocolError(
      `expected READY, got ${command.name === 'unknown' ? command.unknownName : command.name}`,
      'ERR_ZMTP_UNEXPECTED_COMMAND',
    );
  }
}
