/**
 * The NULL mechanism: each side says READY once, neither waits for the other. 37/ZMTP, "The NULL Security Mechanism".
 *
 * Where somebody decides about peers our READY is held back until the verdict. The peer's may come before or after.
 *
 * @module
 */
import { encodeCommand, splitCommand } from '../command.ts';
import { decodeMetadata, type Metadata } from '../metadata.ts';
import { type Mechanism, type MechanismStep, refused, unexpected } from './mechanism.ts';

type State =
  | { readonly type: 'expectVerdict' }
  /** The peer's READY has come meanwhile. */
  | { readonly type: 'expectVerdictOnly'; readonly metadata: Metadata }
  | { readonly type: 'expectReady' }
  | { readonly type: 'done' };

export type NullOptions = {
  /** Whether somebody decides about the peer; everybody may come in when absent. */
  readonly asksVerdict?: boolean;
};

export class NullMechanism implements Mechanism {
  readonly name = 'NULL';
  readonly isServer = false;
  readonly #metadata: Metadata;
  #state: State;

  constructor(metadata: Metadata, { asksVerdict = false }: NullOptions = {}) {
    this.#metadata = metadata;
    this.#state = { type: asksVerdict ? 'expectVerdict' : 'expectReady' };
  }

  start(): MechanismStep {
    if (this.#state.type === 'expectVerdict') {
      return { type: 'authenticate', request: { mechanism: this.name, credentials: [] } };
    }
    return { type: 'continue', send: this.#ready() };
  }

  receive(body: Uint8Array): MechanismStep {
    const state = this.#state;
    const command = splitCommand(body);
    if (command.name === 'ERROR') return refused(command.data);
    if (command.name !== 'READY') throw unexpected('READY', command);
    switch (state.type) {
      case 'expectVerdict':
        this.#state = { type: 'expectVerdictOnly', metadata: decodeMetadata(command.data) };
        return { type: 'continue' };
      case 'expectReady':
        this.#state = { type: 'done' };
        return { type: 'done', metadata: decodeMetadata(command.data) };
      case 'expectVerdictOnly':
      case 'done':
        throw unexpected('nothing', command);
      default: {
        const unreachable: never = state;
        return unreachable;
      }
    }
  }

  accept(): MechanismStep {
    const state = this.#state;
    switch (state.type) {
      case 'expectVerdict':
        this.#state = { type: 'expectReady' };
        return { type: 'continue', send: this.#ready() };
      case 'expectVerdictOnly':
        this.#state = { type: 'done' };
        return { type: 'done', send: this.#ready(), metadata: state.metadata };
      case 'expectReady':
      case 'done':
        throw new Error('no verdict is awaited');
      default: {
        const unreachable: never = state;
        return unreachable;
      }
    }
  }

  wipe(): void {}

  #ready(): Uint8Array {
    return encodeCommand({ name: 'READY', metadata: this.#metadata });
  }
}
