/**
 * One side's bytes, cut in whatever way, to items. It works unit by unit: a unit is a number of bytes that can be understood
 * once all of them are there, and what they are says which unit comes next. Only the beginning of a long one is kept.
 *
 * ```
 * ZMTP 3   signature  major  minor  mechanism  as-server  filler   then frames: flags  length  body
 * ZMTP 2   signature  major  socket type                           then the same, the first with the routing id
 * ZMTP 1   frames: length  flags  body, the first with the routing id (behind FF 00*8 7F 00 and a socket type, if versioned)
 * ```
 *
 * What the other side has said decides what bytes are: one that meets an older peer goes on as that peer does.
 *
 * @module
 */
import { FLAG_COMMAND, FLAG_LONG, FLAG_MORE, readLongLength } from '../frame.ts';
import { takeCommand, takeMessage } from './commands.ts';
import { NUMBERED_TYPES, type SideFacts } from './facts.ts';
import { type GreetingField, readAsServer, readFiller, readMechanism } from './greeting-fields.ts';
import type { Item, ItemKind, Side } from './item.ts';
import type { Part } from './parts.ts';
import { type Rule, RULES } from './rules.ts';
import { count, hex, show } from './show.ts';
import { type Unit, UnitBuffer, WHOLES } from './unit.ts';

export type StreamOptions = {
  readonly side: Side;
  /** How many bytes of an item are given with it. */
  readonly keep: number;
  /** Whether nothing is known of the other side. */
  readonly isAlone: boolean;
  /** Whether the first bytes are those of a frame. */
  readonly hasNoGreeting: boolean;
};

/** Commands up to this size are taken apart. */
const COMMAND_LIMIT = 65_536;
/** Of all other bodies this much is needed. */
const HEAD_SIZE = 64;
const RAW_SIZE = 16;
const SIGNATURE_SIZE = 10;
/** FF, 8 bytes of length, and flags. */
const OLD_LONG_HEADER_SIZE = 10;
const MECHANISM_SIZE = 20;
const FILLER_SIZE = 31;
/** Where a stream may end. */
const BEGINNINGS: readonly Unit[] = ['first', 'flags', 'old length'];
const NO_BYTES = new Uint8Array(0);

export class SideStream {
  readonly #options: StreamOptions;
  readonly #facts: SideFacts;
  readonly #peer: SideFacts;
  #items: Item[] = [];
  /** Where the next item begins. */
  #offset = 0;
  readonly #unit: UnitBuffer;
  #isLong = false;
  #flags = 0;
  /** Which layout frames have, as the major version that brought it. */
  #framing: 1 | 2 | 3 = 3;
  #awaitsRoutingId = false;
  /** How many frames of the message have come that is not at its end. */
  #frames = 0;

  constructor(options: StreamOptions, facts: SideFacts, peer: SideFacts) {
    this.#options = options;
    this.#facts = facts;
    this.#peer = peer;
    this.#unit = new UnitBuffer(options.hasNoGreeting ? 'flags' : 'first', 1);
  }

  push(chunk: Uint8Array): Item[] {
    for (let at = 0; at < chunk.length; ) {
      if (this.#unit.size === 0) this.#reconsider();
      at += this.#unit.take(chunk, at);
      if (this.#unit.isComplete) this.#finish();
    }
    return this.#take();
  }

  end(): Item[] {
    const { unit, size, want, kept } = this.#unit;
    const whole = WHOLES[unit];
    if (unit === 'raw') {
      if (size > 0) this.#raw();
    } else if (size > 0) {
      const there = `the stream ends here: ${size} of ${count(want, 'byte')}`;
      this.#emit('cut', size, `${there} of ${whole}`, kept);
    } else if (this.#frames > 0) {
      this.#emit('cut', 0, 'the stream ends inside a message', NO_BYTES);
    } else if (this.#offset > 0 && !BEGINNINGS.includes(unit)) {
      this.#emit('cut', 0, `the stream ends inside ${whole}`, NO_BYTES);
    }
    this.#unit.expect('raw', RAW_SIZE);
    return this.#take();
  }

  #take(): Item[] {
    const items = this.#items;
    this.#items = [];
    return items;
  }

  /** The other side may have told by now that it is an older one. */
  #reconsider(): void {
    const peer = this.#peer;
    if (this.#unit.unit === 'major' && peer.isUnversioned) {
      this.#facts.version = '1.0';
      this.#framing = 1;
      this.#awaitsRoutingId = true;
      this.#expectBody(readLongLength(this.#unit.kept, 1) - 1);
    } else if (this.#unit.unit === 'minor' && peer.major !== undefined && peer.major < 3) {
      this.#facts.version = peer.version;
      this.#unit.expect('socket type', 1);
    }
  }

  #finish(): void {
    const bytes = this.#unit.kept;
    const [first = 0] = bytes;
    switch (this.#unit.unit) {
      case 'first':
        if (first === 0xff) this.#unit.extend('signature', SIGNATURE_SIZE);
        else this.#unit.extend('old head', 2);
        return;
      case 'old head':
        if (first === 0 || (bytes[1] ?? 0) > 1) this.#refuse(RULES.notZmtp, 'no ZMTP');
        else this.#becomeUnversioned(first - 1);
        return;
      case 'signature':
        this.#signature(bytes);
        return;
      case 'major':
        this.#major(first);
        return;
      case 'minor':
        this.#facts.minor = first;
        this.#facts.version = `${this.#facts.major}.${first}`;
        this.#emit('greeting', 1, `minor version ${first}: ZMTP ${this.#facts.version}`, bytes);
        this.#unit.expect('mechanism', MECHANISM_SIZE);
        return;
      case 'socket type':
        this.#facts.socketType = NUMBERED_TYPES[first];
        this.#emit('greeting', 1, `socket type ${NUMBERED_TYPES[first] ?? first}`, bytes);
        this.#facts.isReady = true;
        this.#awaitsRoutingId = true;
        this.#framing = this.#facts.version === '1.0' ? 1 : 2;
        this.#expectFrame();
        return;
      case 'mechanism': {
        const field = readMechanism(bytes, this.#peer.mechanism);
        this.#facts.mechanism = field.name;
        this.#emitField(field);
        this.#unit.expect('as-server', 1);
        return;
      }
      case 'as-server':
        this.#emitField(readAsServer(first, this.#facts.mechanism));
        this.#unit.expect('filler', FILLER_SIZE);
        return;
      case 'filler':
        this.#emitField(readFiller(bytes));
        this.#expectFrame();
        return;
      case 'flags':
        this.#readFlags(first);
        return;
      case 'header':
        this.#header(bytes);
        return;
      case 'old length':
        if (first === 0) this.#refuse(RULES.version1Length, 'length 0');
        else this.#unit.extend('old header', first === 0xff ? OLD_LONG_HEADER_SIZE : 2);
        return;
      case 'old header':
        this.#oldHeader(bytes);
        return;
      case 'body':
        this.#body(bytes);
        return;
      case 'raw':
        this.#raw();
        return;
      default: {
        const unreachable: never = this.#unit.unit;
        return unreachable;
      }
    }
  }

  #signature(bytes: Uint8Array): void {
    const tail = bytes[SIGNATURE_SIZE - 1] ?? 0;
    if ((tail & 1) === 1) {
      this.#emit('greeting', SIGNATURE_SIZE, 'signature: ZMTP 2.0 or later', bytes);
      this.#unit.expect('major', 1);
    } else if (tail === 0 && readLongLength(bytes, 1) > 0) {
      this.#becomeUnversioned(readLongLength(bytes, 1) - 1);
    } else this.#refuse(RULES.notZmtp, 'no ZMTP');
  }

  /** The bytes that have come are the header of a frame with a routing id. */
  #becomeUnversioned(size: number): void {
    this.#facts.version = '1.0';
    this.#facts.isReady = true;
    this.#framing = 1;
    this.#awaitsRoutingId = true;
    const meaning = `ZMTP 1.0: a frame with the routing id, ${count(size, 'byte')}`;
    this.#emit('frame', this.#unit.size, meaning, this.#unit.kept);
    this.#expectBody(size);
  }

  #major(major: number): void {
    this.#facts.major = major;
    let meaning = `major version ${major}`;
    if (major < 3) {
      this.#facts.version = major === 0 ? '1.0' : '2.0';
      meaning += `: ZMTP ${this.#facts.version}`;
    }
    this.#emit('greeting', 1, meaning, this.#unit.kept);
    this.#unit.expect(major < 3 ? 'socket type' : 'minor', 1);
  }

  /** The unit is a field of the greeting. */
  #emitField({ meaning, rule, at }: GreetingField): void {
    this.#emit('greeting', this.#unit.size, meaning, this.#unit.kept, rule, at);
  }

  #expectFrame(): void {
    this.#unit.expect(this.#framing === 1 ? 'old length' : 'flags', 1);
  }

  #readFlags(flags: number): void {
    this.#flags = flags;
    if (this.#framing === 2 && flags > 3) {
      this.#refuse(RULES.commandInVersion2, `flags ${hex(this.#unit.kept)}`);
    } else if (flags > 7) this.#refuse(RULES.reservedFlags, `flags ${hex(this.#unit.kept)}`);
    else {
      this.#isLong = (flags & FLAG_LONG) !== 0;
      this.#unit.extend('header', this.#isLong ? 9 : 2);
    }
  }

  #header(bytes: Uint8Array): void {
    const length = this.#isLong ? readLongLength(bytes, 1) : (bytes[1] ?? 0);
    if (this.#isLong && (bytes[1] ?? 0) > 0x7f) {
      this.#refuse(RULES.longLength, `length ${hex(bytes.subarray(1))}`, 1);
      return;
    }
    const isCommand = (this.#flags & FLAG_COMMAND) !== 0;
    const isWrong = isCommand && (this.#flags & FLAG_MORE) !== 0;
    this.#announce(length, isCommand, isWrong ? RULES.commandWithMore : this.#orderRule(isCommand));
    this.#expectBody(length);
  }

  /** Which rule it breaks that a frame comes now, if it does. */
  #orderRule(isCommand: boolean): Rule | undefined {
    const facts = this.#facts;
    if (isCommand || this.#framing !== 3) return undefined;
    if (!facts.isReady) {
      // Of a mechanism that is not known nobody can tell when it is done.
      return facts.awaited.length > 0 ? RULES.handshakeOrder : undefined;
    }
    if (this.#options.isAlone || this.#peer.isReady) return undefined;
    return facts.mechanism === 'NULL' ? RULES.messageTooSoon : RULES.trafficTooSoon;
  }

  #oldHeader(bytes: Uint8Array): void {
    const isLong = bytes.length > 2;
    const length = isLong ? readLongLength(bytes, 1) : (bytes[0] ?? 0);
    const flags = bytes.at(-1) ?? 0;
    if (length === 0 || (bytes[1] ?? 0) > (isLong ? 0x7f : 0xff)) {
      this.#refuse(length === 0 ? RULES.version1Length : RULES.longLength, `length ${hex(bytes)}`);
      return;
    }
    if (flags > 1 && !this.#awaitsRoutingId) {
      this.#refuse(RULES.version1Flags, `flags ${hex(bytes.subarray(-1))}`, bytes.length - 1);
      return;
    }
    this.#flags = flags & FLAG_MORE;
    this.#isLong = isLong;
    this.#announce(length - 1, false);
    this.#expectBody(length - 1);
  }

  /** The header of a frame has come. */
  #announce(length: number, isCommand: boolean, rule?: Rule): void {
    const size = `${count(length, 'byte')}${this.#isLong ? ', long form' : ''}`;
    const what = this.#awaitsRoutingId
      ? 'frame with the routing id'
      : isCommand
        ? 'command'
        : this.#place();
    this.#emit('frame', this.#unit.size, `${what}, ${size}`, this.#unit.kept, rule);
  }

  /** Which part of its message a frame is. */
  #place(): string {
    const hasMore = (this.#flags & FLAG_MORE) !== 0;
    if (this.#facts.isSealed) return 'sealed frame';
    if (this.#frames === 0) return hasMore ? 'message, frame 1, more follow' : 'message';
    return `message, frame ${this.#frames + 1}, ${hasMore ? 'more follow' : 'the last'}`;
  }

  #expectBody(length: number): void {
    const isCommand = (this.#flags & FLAG_COMMAND) !== 0 && length <= COMMAND_LIMIT;
    const limit = isCommand ? length : Math.max(HEAD_SIZE, this.#options.keep);
    this.#unit.expect('body', length, limit);
    // There is no byte to wait for.
    if (length <= 0) this.#body(NO_BYTES);
  }

  #body(bytes: Uint8Array): void {
    const size = this.#unit.size;
    if (this.#awaitsRoutingId) {
      this.#awaitsRoutingId = false;
      this.#facts.isReady = true;
      if (size > 0) this.#emit('field', size, `routing id ${show(bytes, size)}`, bytes);
    } else if ((this.#flags & FLAG_COMMAND) !== 0) this.#command(bytes, size);
    else if (this.#facts.isSealed) this.#emitParts(takeMessage(bytes, size, this.#facts), bytes);
    else this.#message(bytes, size);
    this.#expectFrame();
  }

  #command(bytes: Uint8Array, size: number): void {
    if (this.#facts.isSealed) this.#emitParts(takeMessage(bytes, size, this.#facts), bytes);
    else if (size > COMMAND_LIMIT) {
      this.#emit('raw', size, `too long to be taken apart: ${show(bytes, size)}`, bytes);
    } else this.#emitParts(takeCommand(bytes, this.#facts, this.#peer), bytes);
  }

  #message(bytes: Uint8Array, size: number): void {
    const isFirst = this.#frames === 0;
    this.#frames = (this.#flags & FLAG_MORE) !== 0 ? this.#frames + 1 : 0;
    if (size === 0) return;
    const isSubscriber = /^X?SUB$/.test(this.#facts.socketType ?? '');
    const topic = show(bytes.subarray(1), size - 1);
    const [first] = bytes;
    const meaning =
      isSubscriber && isFirst && first === 1
        ? `subscribes to ${topic}`
        : isSubscriber && isFirst && first === 0
          ? `cancels its subscription to ${topic}`
          : show(bytes, size);
    this.#emit('body', size, meaning, bytes);
  }

  #emitParts(parts: readonly Part[], bytes: Uint8Array): void {
    let at = 0;
    for (const part of parts) {
      const { kind, length, meaning, rule } = part;
      this.#emit(kind, length, meaning, bytes.subarray(at, at + length), rule, part.at);
      at += length;
    }
  }

  #raw(): void {
    this.#emit(
      'raw',
      this.#unit.size,
      show(this.#unit.kept.subarray(0, this.#unit.size)),
      this.#unit.kept,
    );
    this.#unit.expect('raw', RAW_SIZE);
  }

  /** Nothing can be said of what follows: where the next frame begins is not known any more. */
  #refuse(rule: Rule, meaning: string, at = 0): void {
    this.#emit('raw', this.#unit.size, meaning, this.#unit.kept, rule, at);
    this.#unit.expect('raw', RAW_SIZE);
  }

  #emit(
    kind: ItemKind,
    length: number,
    meaning: string,
    bytes: Uint8Array,
    rule?: Rule,
    at = 0,
  ): void {
    const { side, keep } = this.#options;
    const offset = this.#offset;
    this.#items.push({
      side,
      offset,
      length,
      kind,
      meaning,
      bytes: Uint8Array.prototype.slice.call(bytes, 0, Math.min(keep, length)),
      ...(rule && { fault: { ...rule, offset: offset + at } }),
    });
    this.#offset += length;
  }
}
