/**
 * Whether the bytes that came from a subject are ZMTP: its greeting, commands of its mechanism, and after its READY
 * messages and commands whose every part makes sense; and whether it repeats bytes that were never sent to it.
 *
 * @module
 */
import { decodeCommand, decodeMetadata, findProperty, isLegalFlags } from '../../../protocol.ts';
import { FLAG_COMMAND, greeting, parseCommand, tryParseFrame } from '../../raw-bytes.ts';
import type { Outcome } from '../../hostile/run-session.ts';

const GREETING_SIZE = 64;
const INNER_COMMAND = 2;
/** No subject of ours has anything longer to say, and no other. */
const MAX_FRAME = 2 ** 22;
const MAX_FOREIGN_FRAME = 2 ** 40;

/** How far a session has got. */
export type Progress = 'nothing' | 'greeting' | 'handshake' | 'ready' | 'answered';

export type Reading = { readonly progress: Progress; readonly fault: string | undefined };

/**
 * Reads all that has come in a session.
 *
 * @param isOurs - whether it comes from a socket of this package: then every byte of the greeting is known, and there are no
 *   commands but those of ZMTP 3.1
 */
export function readAnswers(outcome: Outcome, isOurs: boolean): Reading {
  if (outcome.target.type === 'STREAM') return readEcho(outcome);
  const reader = new AnswerReader(outcome, isOurs);
  try {
    reader.read();
    return { progress: reader.progress, fault: undefined };
  } catch (error) {
    return { progress: reader.progress, fault: (error as Error).message };
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
  readonly #isOurs: boolean;
  progress: Progress = 'nothing';

  constructor(outcome: Outcome, isOurs: boolean) {
    this.#outcome = outcome;
    this.#isOurs = isOurs;
  }

  read(): void {
    const { received, sent } = this.#outcome;
    // Others may answer in the version that they are spoken to.
    if (!this.#isOurs && !isVersion3(sent)) return;
    const head = received.subarray(0, GREETING_SIZE);
    const expected = this.#expectedGreeting(head).subarray(0, head.length);
    if (!expected.equals(head)) throw new Error(`no proper greeting: ${head.toString('hex')}`);
    if (head.length < GREETING_SIZE) return;
    this.progress = 'greeting';
    this.#readFrames(received.subarray(GREETING_SIZE));
  }

  /** What a greeting has to be that begins with `head`; the filler at its end is zero, whoever sends it. */
  #expectedGreeting(head: Buffer): Buffer {
    const { mechanism } = this.#outcome.target;
    if (this.#isOurs) {
      const asServer = mechanism === 'NULL' ? 0 : 1;
      return greeting({ mechanism, asServer, padding: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1) });
    }
    return greeting({
      mechanism,
      padding: Buffer.concat([head.subarray(1, 9)], 8),
      major: Math.max(3, head[10] ?? 3),
      minor: head[11] ?? 0,
      asServer: (head[32] ?? 0) & 1,
    });
  }

  #readFrames(bytes: Buffer): void {
    const maxFrame = this.#isOurs ? MAX_FRAME : MAX_FOREIGN_FRAME;
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
    if (isLong && rest.length >= 9 && rest.readBigUInt64BE(1) > maxFrame) {
      throw new Error(`a frame that says ${rest.readBigUInt64BE(1)} bytes`);
    }
  }

  #handshake(flags: number, body: Buffer): void {
    if ((flags & FLAG_COMMAND) === 0) throw new Error('a message before READY');
    const { name, data } = parseCommand(body);
    switch (name) {
      case 'ERROR': {
        const command = decodeCommand(body);
        if (command.name === 'ERROR' && !isPrintable(command.reason)) {
          throw new Error(`an ERROR with the reason ${JSON.stringify(command.reason)}`);
        }
        this.progress = 'handshake';
        return;
      }
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
    if (command.name === 'unknown' && (this.#isOurs || !isPrintable(command.unknownName))) {
      throw new Error(`an unknown command '${command.unknownName}'`);
    }
    if (command.name === 'PONG' && !this.#outcome.plain.includes(Buffer.from(command.context))) {
      throw new Error('a PONG with a context that no PING had');
    }
  }
}

/** Whether a peer that has sent this is one of ZMTP 3. */
function isVersion3(sent: Buffer): boolean {
  return sent[0] === 0xff && ((sent[9] ?? 0) & 1) === 1 && (sent[10] ?? 0) >= 3;
}

/** Anything else in a word that people should read comes from elsewhere in the memory of the subject. */
function isPrintable(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}
