/**
 * Whether the bytes that came from a subject are ZMTP: its greeting, commands of its mechanism, and after its READY
 * messages and commands whose every part makes sense; and whether it repeats bytes that were never sent to it.
 *
 * @module
 */
import { ProtocolError } from '../../../src/errors.ts';
import { decodeCommand } from '../../../src/zmtp/command.ts';
import { isLegalFlags } from '../../../src/zmtp/frame.ts';
import { decodeMetadata, findProperty } from '../../../src/zmtp/metadata.ts';
import { FLAG_COMMAND, greeting, parseCommand, tryParseFrame } from '../../support/raw-bytes.ts';
import type { Outcome } from '../run-session.ts';

const GREETING_SIZE = 64;
const INNER_COMMAND = 2;
/** No subject has anything longer to say. */
const MAX_FRAME = 2 ** 22;

/** How far a session has got. */
export type Progress = 'nothing' | 'greeting' | 'handshake' | 'ready' | 'answered';

export type Reading = { readonly progress: Progress; readonly fault: string | undefined };

/** Reads all that has come in a session. */
export function readAnswers(outcome: Outcome): Reading {
  if (outcome.target.type === 'STREAM') return readEcho(outcome);
  const reader = new AnswerReader(outcome);
  try {
    reader.read();
    return { progress: reader.progress, fault: undefined };
  } catch (error) {
    if (!(error instanceof ProtocolError) && !(error instanceof Error)) throw error;
    return { progress: reader.progress, fault: error.message };
  }
}

function readEcho({ received, sent }: Outcome): Reading {
  const fault = sent.subarray(0, received.length).equals(received)
    ? undefined
    : 'STREAM gave back other bytes than it got';
  return { progress: received.length > 0 ? 'answered' : 'nothing', fault };
}

class AnswerReader {
  readonly #outcome: Outcome;
  progress: Progress = 'nothing';

  constructor(outcome: Outcome) {
    this.#outcome = outcome;
  }

  read(): void {
    const { received, target } = this.#outcome;
    const isServer = target.mechanism === 'NULL' ? 0 : 1;
    const expected = greeting({
      mechanism: target.mechanism,
      asServer: isServer,
      padding: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1),
    });
    const head = received.subarray(0, GREETING_SIZE);
    if (!expected.subarray(0, head.length).equals(head)) throw new Error('no proper greeting');
    if (head.length < GREETING_SIZE) return;
    this.progress = 'greeting';
    this.#readFrames(received.subarray(GREETING_SIZE));
  }

  #readFrames(bytes: Buffer): void {
    let rest = bytes;
    for (let frame = tryParseFrame(rest); frame !== undefined; frame = tryParseFrame(rest)) {
      const { flags, body, wire } = frame;
      if (!isLegalFlags(flags)) throw new Error(`a frame with flags ${flags}`);
      if (this.progress === 'ready' || this.progress === 'answered') this.#traffic(flags, body);
      else this.#handshake(flags, body);
      rest = rest.subarray(wire.length);
    }
    if (rest.length > 0 && !isLegalFlags(rest[0] as number)) {
      throw new Error(`a frame with flags ${rest[0]}`);
    }
    const isLong = ((rest[0] ?? 0) & 2) !== 0;
    if (isLong && rest.length >= 9 && rest.readBigUInt64BE(1) > MAX_FRAME) {
      throw new Error(`a frame that says ${rest.readBigUInt64BE(1)} bytes`);
    }
  }

  #handshake(flags: number, body: Buffer): void {
    if ((flags & FLAG_COMMAND) === 0) throw new Error('a message before READY');
    const { name, data } = parseCommand(body);
    switch (name) {
      case 'ERROR':
        decodeCommand(body);
        this.progress = 'handshake';
        return;
      case 'WELCOME':
        if (this.#outcome.target.mechanism === 'NULL') throw new Error('a WELCOME of NULL');
        this.progress = 'handshake';
        return;
      case 'READY': {
        const type = findProperty(decodeMetadata(this.#openReady(body, data)), 'Socket-Type');
        if (type === undefined || Buffer.from(type).toString() !== this.#outcome.target.type) {
          throw new Error('a READY with another Socket-Type');
        }
        this.progress = 'ready';
        return;
      }
      default:
        throw new Error(`a command '${name}' in the handshake`);
    }
  }

  #openReady(body: Buffer, data: Buffer): Uint8Array {
    const { wire } = this.#outcome;
    if (wire === undefined) return data;
    const opened = wire.hasKey ? wire.curve.openReady(body) : undefined;
    if (opened === undefined) throw new Error('a READY that cannot be opened');
    return opened;
  }

  #traffic(flags: number, body: Buffer): void {
    const { wire } = this.#outcome;
    this.progress = 'answered';
    if (wire === undefined) {
      if ((flags & FLAG_COMMAND) !== 0) this.#command(body);
      return;
    }
    if ((flags & FLAG_COMMAND) !== 0) throw new Error('a command in clear after READY');
    const opened = wire.curve.openMessage(body);
    if (opened === undefined) throw new Error('a MESSAGE that cannot be opened');
    if (opened[0] === INNER_COMMAND) this.#command(Buffer.from(opened.subarray(1)));
    else if ((opened[0] ?? 0xff) > 1) throw new Error(`flags ${opened[0]} inside a MESSAGE`);
  }

  #command(body: Buffer): void {
    const command = decodeCommand(body);
    if (command.name === 'unknown') throw new Error(`an unknown command '${command.unknownName}'`);
    if (command.name === 'PONG' && !this.#outcome.plain.includes(Buffer.from(command.context))) {
      throw new Error('a PONG with a context that no PING had');
    }
  }
}
