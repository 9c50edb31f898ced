/**
 * From the packets of a capture to connections, and to what is said in them.
 *
 * @module
 */
import { createReadStream } from 'node:fs';
import { Dissector, type DissectorOptions, type Side } from '../../protocol.ts';
import { type Packet, PacketReader } from './packets.ts';
import type { Printer } from './printer.ts';
import { Reassembly } from './reassembly.ts';
import { isKnownLink, type Segment, segmentOf } from './segment.ts';

type Direction = { readonly side: Side; readonly stream: Reassembly; hasEnded: boolean };

type Conversation = {
  readonly dissector: Dissector;
  /** By who sends. */
  readonly directions: ReadonlyMap<string, Direction>;
  readonly from: string;
  readonly to: string;
  /** The number of the segment that began it, if that was captured. */
  readonly start: number | undefined;
  /** Its number in the output; 0 when it is left out, `undefined` before its first byte. */
  number?: number;
};

const SIGNATURE_HEAD = 0xff;

export class Capture {
  readonly #printer: Printer;
  readonly #options: DissectorOptions;
  readonly #ports: readonly number[];
  readonly #conversations = new Map<string, Conversation>();
  readonly #unknownLinks = new Set<number>();
  #count = 0;
  #leftOut = 0;

  /** @param ports - only connections to or from these; when empty, only those that begin as ZMTP does */
  constructor(printer: Printer, options: DissectorOptions, ports: readonly number[]) {
    this.#printer = printer;
    this.#options = options;
    this.#ports = ports;
  }

  add(packet: Packet): void {
    if (!isKnownLink(packet.linkType)) {
      this.#unknownLinks.add(packet.linkType);
      return;
    }
    const segment = segmentOf(packet);
    if (segment === undefined) return;
    if (this.#ports.length > 0 && !this.#isWanted(segment)) return;
    this.#addSegment(segment, packet.time);
  }

  /** There are no more packets. @returns what is to be said about what was not printed */
  end(): string[] {
    for (const conversation of this.#conversations.values()) this.#close(conversation, undefined);
    const complaints = [...this.#unknownLinks].map(
      (linkType) => `packets of the link type ${linkType} cannot be read`,
    );
    if (this.#leftOut > 0) {
      const what = this.#leftOut === 1 ? '1 connection does' : `${this.#leftOut} connections do`;
      complaints.push(`${what} not begin as ZMTP does: --port NUMBER prints them all the same`);
    }
    if (this.#count === 0) complaints.push('no connection with bytes of ZMTP is in the capture');
    return complaints;
  }

  #isWanted({ sourcePort, targetPort }: Segment): boolean {
    return this.#ports.includes(sourcePort) || this.#ports.includes(targetPort);
  }

  #addSegment(segment: Segment, time: number | undefined): void {
    const conversation = this.#find(segment, time);
    const direction = conversation.directions.get(segment.source);
    if (direction === undefined) return;
    const { stream, side } = direction;
    const { sequence, payload, isSyn, isFin, isReset } = segment;
    if (isSyn) stream.begin(sequence);
    else if (!isReset) {
      for (const bytes of stream.push(sequence, payload, isFin))
        this.#said(conversation, side, bytes, time);
    }
    if (isReset) {
      this.#close(conversation, time);
      this.#note(conversation, `the ${side} side has reset the connection`);
    } else if (stream.isDone) this.#endSide(conversation, direction, time);
  }

  /** The conversation that a segment belongs to: one begins with its SYN, or with the first packet that was captured. */
  #find(segment: Segment, time: number | undefined): Conversation {
    const key = [segment.source, segment.target].toSorted().join(' ');
    const known = this.#conversations.get(key);
    const isStart = segment.isSyn && !segment.isAck;
    if (known !== undefined && (!isStart || known.start === segment.sequence)) return known;
    if (known !== undefined) this.#close(known, time);
    const isBackwards = segment.isSyn ? segment.isAck : this.#ports.includes(segment.sourcePort);
    const from = isBackwards ? segment.target : segment.source;
    const to = isBackwards ? segment.source : segment.target;
    const made: Conversation = {
      dissector: new Dissector(this.#options),
      directions: new Map<string, Direction>([
        [from, { side: 'connecting', stream: new Reassembly(), hasEnded: false }],
        [to, { side: 'accepting', stream: new Reassembly(), hasEnded: false }],
      ]),
      from,
      to,
      start: isStart ? segment.sequence : undefined,
    };
    this.#conversations.set(key, made);
    return made;
  }

  #said(conversation: Conversation, side: Side, bytes: Buffer, time: number | undefined): void {
    if (conversation.number === undefined) this.#begin(conversation, bytes);
    const { number = 0, dissector } = conversation;
    if (number > 0) this.#printer.items(number, dissector.push(side, bytes), time);
  }

  #begin(conversation: Conversation, bytes: Buffer): void {
    const isPrinted =
      this.#ports.length > 0 ||
      bytes[0] === SIGNATURE_HEAD ||
      (this.#options.start ?? 'greeting') !== 'greeting';
    conversation.number = isPrinted ? ++this.#count : 0;
    if (!isPrinted) {
      this.#leftOut++;
      return;
    }
    this.#printer.opened(conversation.number, conversation.from, conversation.to);
    if (conversation.start === undefined)
      this.#note(conversation, 'its beginning was not captured');
  }

  #note({ number = 0 }: Conversation, text: string): void {
    if (number > 0) this.#printer.note(number, text);
  }

  #endSide(conversation: Conversation, direction: Direction, time: number | undefined): void {
    if (direction.hasEnded) return;
    direction.hasEnded = true;
    const { number = 0, dissector } = conversation;
    const { side, stream } = direction;
    if (number === 0) return;
    this.#printer.items(number, dissector.end(side), time);
    const { missing } = stream;
    if (missing > 0) {
      this.#note(
        conversation,
        `${missing} bytes of the ${side} side were not captured: what follows is left out`,
      );
    }
  }

  #close(conversation: Conversation, time: number | undefined): void {
    for (const direction of conversation.directions.values())
      this.#endSide(conversation, direction, time);
  }
}

/**
 * Prints a capture.
 *
 * @param file - its path, or `-` for the standard input
 * @returns what is to be said about what was not printed
 * @throws {CaptureError} when it is none
 */
export async function readCapture(file: string, capture: Capture): Promise<string[]> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  const reader = new PacketReader();
  for await (const chunk of input) {
    for (const packet of reader.push(chunk as Buffer)) capture.add(packet);
    if (process.stdout.writableNeedDrain) {
      await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
    }
  }
  let damage: unknown;
  try {
    reader.end();
  } catch (error) {
    damage = error;
  }
  const complaints = capture.end();
  if (damage !== undefined) throw damage;
  return complaints;
}
