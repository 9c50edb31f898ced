/**
 * The PLAIN mechanism: a user name and a password, in clear. 24/ZMTP-PLAIN.
 *
 * ```
 * client                                               server
 * HELLO     05 'HELLO' n user(n) m password(m)    →
 *                                                 ←    WELCOME   07 'WELCOME'           or ERROR
 * INITIATE  08 'INITIATE' properties              →
 *                                                 ←    READY     05 'READY' properties  or ERROR
 * ```
 *
 * libzmq from 4.3.0 on begins ERROR with `5E 'RROR'` in this mechanism, because a C string escape swallows the E: the
 * client takes that too. The server writes it properly; a client of libzmq gives up at it all the same.
 *
 * @module
 */
import { invalidValue, ProtocolError } from '../../errors.ts';
import { encodeCommand, joinCommand, type RawCommand, splitCommand } from '../command.ts';
import { decodeMetadata, encodeMetadata, type Metadata } from '../metadata.ts';
import { type Mechanism, type MechanismStep, refused, unexpected } from './mechanism.ts';

const MAX_CREDENTIAL_SIZE = 255;
const NO_BYTES = new Uint8Array(0);
/** How libzmq begins an ERROR: `\x5ERROR` is 5E and RROR to a C compiler. */
const CORRUPT_ERROR = [0x5e, 0x52, 0x52, 0x4f, 0x52];

export type PlainClientOptions = {
  /** 0 to 255 bytes, as a rule UTF-8. */
  readonly username: Uint8Array;
  /** 0 to 255 bytes, as a rule UTF-8. */
  readonly password: Uint8Array;
};

type ClientState = { readonly type: 'start' | 'expectWelcome' | 'expectReady' | 'done' };

export class PlainClient implements Mechanism {
  readonly name = 'PLAIN';
  readonly isServer = false;
  readonly #metadata: Metadata;
  readonly #hello: Uint8Array;
  #state: ClientState = { type: 'start' };

  /** @throws {RangeError} code EINVAL, for a user name or a password of more than 255 bytes */
  constructor(metadata: Metadata, { username, password }: PlainClientOptions) {
    this.#metadata = metadata;
    this.#hello = new Uint8Array(2 + username.length + password.length);
    writeCredential(this.#hello, 0, username);
    writeCredential(this.#hello, 1 + username.length, password);
  }

  start(): MechanismStep {
    this.#state = { type: 'expectWelcome' };
    return { type: 'continue', send: joinCommand('HELLO', this.#hello) };
  }

  receive(body: Uint8Array): MechanismStep {
    const state = this.#state;
    const command = isCorruptError(body)
      ? { name: 'ERROR', data: body.subarray(CORRUPT_ERROR.length) }
      : splitCommand(body);
    switch (state.type) {
      case 'expectWelcome':
        if (command.name === 'ERROR') return refused(command.data);
        if (command.name !== 'WELCOME') throw unexpected('WELCOME', command);
        if (command.data.length > 0) {
          throw new ProtocolError(
            `a WELCOME with ${command.data.length} bytes behind its name`,
            'ERR_ZMTP_MALFORMED_COMMAND_WELCOME',
          );
        }
        this.#state = { type: 'expectReady' };
        return {
          type: 'continue',
          send: joinCommand('INITIATE', encodeMetadata(this.#metadata)),
        };
      case 'expectReady':
        if (command.name === 'ERROR') return refused(command.data);
        if (command.name !== 'READY') throw unexpected('READY', command);
        this.#state = { type: 'done' };
        return { type: 'done', metadata: decodeMetadata(command.data) };
      case 'start':
      case 'done':
        throw unexpected('nothing', command);
      default: {
        const unreachable: never = state.type;
        return unreachable;
      }
    }
  }

  accept(): MechanismStep {
    throw new Error('no verdict is awaited');
  }

  wipe(): void {
    this.#hello.fill(0);
  }
}

export type PlainServerOptions = {
  /** Whether somebody decides about the peer; nobody may come in when absent. */
  readonly asksVerdict?: boolean;
};

type ServerState = {
  readonly type: 'expectHello' | 'expectVerdict' | 'expectInitiate' | 'done';
};

export class PlainServer implements Mechanism {
  readonly name = 'PLAIN';
  readonly isServer = true;
  readonly #metadata: Metadata;
  readonly #asksVerdict: boolean;
  #state: ServerState = { type: 'expectHello' };

  constructor(metadata: Metadata, { asksVerdict = false }: PlainServerOptions = {}) {
    this.#metadata = metadata;
    this.#asksVerdict = asksVerdict;
  }

  start(): MechanismStep {
    return { type: 'continue' };
  }

  receive(body: Uint8Array): MechanismStep {
    const state = this.#state;
    const command = splitCommand(body);
    switch (state.type) {
      case 'expectHello':
        return this.#hello(command);
      case 'expectInitiate': {
        if (command.name !== 'INITIATE') throw unexpected('INITIATE', command);
        const metadata = decodeMetadata(command.data);
        this.#state = { type: 'done' };
        return {
          type: 'done',
          send: encodeCommand({ name: 'READY', metadata: this.#metadata }),
          metadata,
        };
      }
      case 'expectVerdict':
      case 'done':
        throw unexpected('nothing', command);
      default: {
        const unreachable: never = state.type;
        return unreachable;
      }
    }
  }

  accept(): MechanismStep {
    if (this.#state.type !== 'expectVerdict') throw new Error('no verdict is awaited');
    this.#state = { type: 'expectInitiate' };
    return { type: 'continue', send: joinCommand('WELCOME', NO_BYTES) };
  }

  wipe(): void {}

  #hello(command: RawCommand): MechanismStep {
    if (command.name !== 'HELLO') throw unexpected('HELLO', command);
    const username = readCredential(command.data, 0);
    const password = readCredential(command.data, 1 + username.length);
    const size = 2 + username.length + password.length;
    if (command.data.length !== size) {
      throw malformedHello(`${command.data.length - size} bytes behind the password`);
    }
    if (!this.#asksVerdict) {
      this.#state = { type: 'done' };
      const text = 'PLAIN lets nobody in unless somebody decides about passwords';
      return { type: 'deny', verdict: { status: undefined, text } };
    }
    this.#state = { type: 'expectVerdict' };
    const credentials = [username, password];
    return { type: 'authenticate', request: { mechanism: this.name, credentials } };
  }
}

function writeCredential(target: Uint8Array, offset: number, credential: Uint8Array): void {
  if (credential.length > MAX_CREDENTIAL_SIZE) {
    throw invalidValue(
      'Invalid argument',
      `user name and password have at most ${MAX_CREDENTIAL_SIZE} bytes, got ${credential.length}`,
    );
  }
  target[offset] = credential.length;
  target.set(credential, offset + 1);
}

/** The credential whose length stands at `offset`, as a copy. */
function readCredential(data: Uint8Array, offset: number): Uint8Array {
  const length = data[offset];
  const end = offset + 1 + (length ?? 0);
  if (length === undefined || end > data.length) throw malformedHello('it ends too soon');
  return Uint8Array.prototype.slice.call(data, offset + 1, end);
}

function malformedHello(how: string): ProtocolError {
  return new ProtocolError(`a malformed HELLO: ${how}`, 'ERR_ZMTP_MALFORMED_COMMAND_HELLO');
}

function isCorruptError(body: Uint8Array): boolean {
  return CORRUPT_ERROR.every((byte, i) => body[i] === byte);
}
