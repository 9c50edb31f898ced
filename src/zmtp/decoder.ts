/**
 * From chunks of bytes to frames and messages: the hot loop of receiving.
 *
 * A frame that lies whole inside one chunk becomes a view of that chunk, without a copy. A frame that crosses a border
 * is copied once into a buffer of its own. That buffer grows with the bytes that have come and never follows a length
 * that a peer merely announced: at most `FIRST_RESERVE`, or a few times what has arrived, is ever reserved.
 *
 * A chunk may be lent only, until the call is over: then what crosses its border is copied straight to where it belongs, and
 * the part that holds whole frames is copied first. So a large body is copied once, however it is cut. Of a very large one
 * only the beginning is: `place` says where the rest is to be read to.
 *
 * Messages and commands go to a `FrameSink` as they are found. When the sink answers `false` the decoder stops where it
 * is, in the middle of a chunk if need be, and `decode` goes on from there: this is how a high-water mark holds to the
 * message, and how events keep their order.
 *
 * With a cipher every frame holds a sealed one, which is opened in place. It is the inner frame then that is more of a
 * message or a command, and that has to keep to the limits.
 *
 * @module
 */
import { ProtocolError } from '../errors.ts';
import {
  FLAG_COMMAND,
  FLAG_LONG,
  FLAG_MORE,
  isLegalFlags,
  LONG_HEADER_SIZE,
  readLongLength,
  SHORT_HEADER_SIZE,
} from './frame.ts';
import type { FrameCipher } from './mechanism/mechanism.ts';

/** Takes what the decoder finds, and answers whether it may go on at once. */
export interface FrameSink {
  /** A whole message of one or more frames. The array and, until it is done with them, the bytes belong to the sink. */
  message(frames: Uint8Array[]): boolean;
  /** The body of one command frame. */
  command(body: Uint8Array): boolean;
}

/** What a peer may send before its connection is closed. Bytes are bytes of frame bodies. */
export type DecoderLimits = {
  /** Largest frame of a message, in bytes. */
  readonly maxFrameSize: number;
  /** Most frames in one message. */
  readonly maxMessageFrames: number;
  /** Most bytes in all frames of one message together. */
  readonly maxMessageBytes: number;
  /** Largest command after the handshake, in bytes. */
  readonly maxCommandSize: number;
  /** Most bytes in all commands of the handshake together. */
  readonly maxHandshakeSize: number;
};

/** Where the bytes of a received frame are put that did not come in one chunk. */
export type Allocate = (size: number) => Uint8Array;

/** Makes the view of a chunk that a received frame is. */
export type View = (chunk: Uint8Array, start: number, end: number) => Uint8Array;

/** Makes a copy of a part of a chunk that was only lent. */
export type Keep = (lent: Uint8Array, start: number, end: number) => Uint8Array;

const subarray: View = (chunk, start, end) => chunk.subarray(start, end);
const slice: Keep = (lent, start, end) => Uint8Array.prototype.slice.call(lent, start, end);

const FIRST_RESERVE = 4096;
const RESERVE_FACTOR = 4;
/** Up to this size the factor is `EARLY_FACTOR`: the first chunk of a long body reserves all of it. */
const EARLY_RESERVE = 1024 * 1024;
const EARLY_FACTOR = 16;

/** A frame above this size gets memory of its own when its chunk is lent. */
const LARGE_FRAME = 16 * 1024;

/** Bytes that must be free in a body for `place` to name it: for fewer, a read that takes what is behind them too is better. */
const SMALLEST_PLACE = 64 * 1024;

const STATE_HEADER = 0;
const STATE_BODY = 1;

const NO_BYTES = new Uint8Array(0);

export class Decoder {
  readonly #limits: DecoderLimits;
  readonly #allocate: Allocate;
  readonly #view: View;
  readonly #keep: Keep;
  /** A frame up to this size passes every limit: the one comparison that a small frame costs. None does in the handshake. */
  #smallestLimit = -1;
  #isHandshake = true;
  /** Bytes of the commands of the handshake so far. */
  #handshakeBytes = 0;
  #cipher: FrameCipher | undefined;
  /** The longest frame that can hold one that keeps to the limits. */
  #sealedLimit = 0;

  #chunk: Uint8Array = NO_BYTES;
  #position = 0;
  /** The chunk is somebody else's when the call is over. */
  #isLent = false;
  /** Chunks that came while the sink held the decoder up. */
  #backlog: Uint8Array[] = [];

  #state: typeof STATE_HEADER | typeof STATE_BODY = STATE_HEADER;
  /** The header of a frame whose header crosses a chunk border. */
  readonly #header = new Uint8Array(LONG_HEADER_SIZE);
  #headerLength = 0;
  /** The frame whose body crosses a chunk border. */
  #flags = 0;
  #body: Uint8Array = NO_BYTES;
  #bodySize = 0;
  #bodyLength = 0;

  /** The first frame of a message whose last frame has not come, and all of its frames once there are two. */
  #firstFrame: Uint8Array | undefined;
  #frames: Uint8Array[] | undefined;
  #messageBytes = 0;
  /** Bytes of commands that came between the frames of that message. */
  #commandBytes = 0;
  /** Every frame without bytes. */
  #empty: Uint8Array | undefined;

  /**
   * @param view - `subarray` when absent, which is not the quickest way to a view in Node
   * @param keep - `slice` when absent
   */
  constructor(
    limits: DecoderLimits,
    allocate: Allocate,
    view: View = subarray,
    keep: Keep = slice,
  ) {
    this.#limits = limits;
    this.#allocate = allocate;
    this.#view = view;
    this.#keep = keep;
  }

  /** From here on messages are expected too; until now only commands were. With a cipher all frames are sealed. */
  endHandshake(cipher?: FrameCipher): void {
    this.#isHandshake = false;
    const { maxFrameSize, maxMessageBytes, maxCommandSize } = this.#limits;
    this.#smallestLimit = Math.min(maxFrameSize, maxMessageBytes, maxCommandSize);
    if (cipher === undefined) return;
    this.#cipher = cipher;
    this.#sealedLimit =
      cipher.overhead + Math.max(Math.min(maxFrameSize, maxMessageBytes), maxCommandSize);
  }

  /** Whether bytes wait that have not been decoded because the sink held the decoder up. */
  get hasInput(): boolean {
    return this.#position < this.#chunk.length || this.#backlog.length > 0;
  }

  /** Bytes that have come of a message that is not complete, and of commands between its frames. */
  get unfinishedBytes(): number {
    const partial = this.#state === STATE_BODY ? this.#bodyLength : 0;
    return partial + this.#messageBytes + this.#commandBytes;
  }

  /** Whole frames of a message that is not complete. */
  get unfinishedFrames(): number {
    return this.#frames?.length ?? (this.#firstFrame === undefined ? 0 : 1);
  }

  /**
   * Adds bytes, from `offset` of `chunk` on. They become the decoder's: the caller writes to them no more. Or they are lent:
   * then `decode` may come next, and `adopt` must come before the caller writes to them again.
   */
  push(chunk: Uint8Array, offset = 0, isLent = false): void {
    if (offset === chunk.length) return;
    if (this.hasInput) {
      const rest = isLent || offset === 0 ? chunk : chunk.subarray(offset);
      this.#backlog.push(isLent ? this.#keep(chunk, offset, chunk.length) : rest);
    } else {
      this.#chunk = chunk;
      this.#position = offset;
      this.#isLent = isLent;
    }
  }

  /**
   * The place for the next bytes, when all of them belong to the body of one large frame: whoever reads them to there and
   * pushes the part that was filled, lent or not, saves a copy. What has not been pushed yet may be written over, and has
   * no meaning once other bytes have been pushed. `undefined` when the bytes may lie anywhere.
   */
  get place(): Uint8Array | undefined {
    if (this.#state !== STATE_BODY || this.hasInput) return undefined;
    const free = this.#body.length - this.#bodyLength;
    if (free < SMALLEST_PLACE) return undefined;
    return this.#view(this.#body, this.#bodyLength, this.#body.length);
  }

  /** Copies what is left of a chunk that was lent. */
  adopt(): void {
    if (!this.#isLent) return;
    this.#isLent = false;
    this.#chunk =
      this.#position === this.#chunk.length
        ? NO_BYTES
        : this.#keep(this.#chunk, this.#position, this.#chunk.length);
    this.#position = 0;
  }

  /**
   * Hands over what the bytes so far contain, until they run out or the sink answers `false`.
   *
   * @throws {ProtocolError} at a frame that breaks a rule or a limit; the decoder is of no use afterwards
   */
  decode(sink: FrameSink): void {
    for (;;) {
      if (this.#position === this.#chunk.length) {
        this.#chunk = this.#backlog.shift() ?? NO_BYTES;
        this.#position = 0;
        this.#isLent = false;
        if (this.#chunk.length === 0) return;
      }
      if (this.#isLent && this.#hasWholeFrame()) this.adopt();
      if (!this.#isLent && this.#state === STATE_HEADER && this.#headerLength === 0) {
        const cipher = this.#cipher;
        const goesOn =
          cipher === undefined ? this.#decodeInside(sink) : this.#decodeSealedInside(cipher, sink);
        if (!goesOn) return;
        if (this.#position === this.#chunk.length) continue;
      }
      if (!this.#decodeAcross(sink)) return;
    }
  }

  /** Whether the next frame begins and ends in the chunk, and is not so large that it had better be copied by itself. */
  #hasWholeFrame(): boolean {
    if (this.#state !== STATE_HEADER || this.#headerLength > 0) return false;
    const chunk = this.#chunk;
    const start = this.#position;
    const left = chunk.length - start;
    if (((chunk[start] ?? 0) & FLAG_LONG) === 0) {
      return left >= SHORT_HEADER_SIZE && left >= SHORT_HEADER_SIZE + (chunk[start + 1] ?? 0);
    }
    if (left < LONG_HEADER_SIZE) return false;
    const length = readLongLength(chunk, start + 1);
    return length <= LARGE_FRAME && left - LONG_HEADER_SIZE >= length;
  }

  /** Decodes the frames that lie whole in the chunk. Answers `false` when the sink did. */
  #decodeInside(sink: FrameSink): boolean {
    const chunk = this.#chunk;
    const end = chunk.length;
    let start = this.#position;
    while (start + SHORT_HEADER_SIZE <= end) {
      const flags = chunk[start] as number;
      // The two that traffic consists of are legal.
      if (flags > FLAG_MORE || this.#isHandshake) this.#checkFlags(flags);
      let bodyStart = start + SHORT_HEADER_SIZE;
      let length = chunk[start + 1] as number;
      if ((flags & FLAG_LONG) !== 0) {
        bodyStart = start + LONG_HEADER_SIZE;
        if (bodyStart > end) break;
        length = readLongLength(chunk, start + 1);
      }
      if (length > this.#smallestLimit || this.#firstFrame !== undefined) {
        this.#checkSize(flags, length);
      }
      const bodyEnd = bodyStart + length;
      if (bodyEnd > end) break;
      start = bodyEnd;
      this.#position = start;
      const body =
        length === 0 ? (this.#empty ??= this.#allocate(0)) : this.#view(chunk, bodyStart, bodyEnd);
      if (!this.#deliver(flags, body, sink)) return false;
    }
    return true;
  }

  /** The same for sealed frames: a loop of its own, so that frames in clear are asked nothing. */
  #decodeSealedInside(cipher: FrameCipher, sink: FrameSink): boolean {
    const chunk = this.#chunk;
    const end = chunk.length;
    let start = this.#position;
    while (start + SHORT_HEADER_SIZE <= end) {
      const flags = chunk[start] ?? 0;
      this.#checkFlags(flags);
      let bodyStart = start + SHORT_HEADER_SIZE;
      let length = chunk[start + 1] ?? 0;
      if ((flags & FLAG_LONG) !== 0) {
        bodyStart = start + LONG_HEADER_SIZE;
        if (bodyStart > end) break;
        length = readLongLength(chunk, start + 1);
      }
      this.#checkSealedSize(length);
      const bodyEnd = bodyStart + length;
      if (bodyEnd > end) break;
      start = bodyEnd;
      this.#position = start;
      if (!this.#deliverSealed(cipher, chunk, bodyStart, bodyEnd, sink)) return false;
    }
    return true;
  }

  /** Takes the chunk's share of a frame that does not lie whole in it. Answers `false` when the sink did. */
  #decodeAcross(sink: FrameSink): boolean {
    if (this.#state === STATE_HEADER && !this.#collectHeader()) return true;
    const chunk = this.#chunk;
    const count = Math.min(this.#bodySize - this.#bodyLength, chunk.length - this.#position);
    this.#reserve(this.#bodyLength + count);
    if (count > 0 && !this.#isInPlace())
      this.#body.set(chunk.subarray(this.#position, this.#position + count), this.#bodyLength);
    this.#position += count;
    this.#bodyLength += count;
    if (this.#bodyLength < this.#bodySize) return true;

    const body = this.#body;
    this.#state = STATE_HEADER;
    this.#headerLength = 0;
    this.#body = NO_BYTES;
    return this.#cipher === undefined
      ? this.#deliver(this.#flags, body, sink)
      : this.#deliverSealed(this.#cipher, body, 0, body.length, sink);
  }

  /** Whether the bytes of the chunk lie where they belong: see `place`. */
  #isInPlace(): boolean {
    const chunk = this.#chunk;
    const body = this.#body;
    return (
      chunk.buffer === body.buffer &&
      chunk.byteOffset + this.#position === body.byteOffset + this.#bodyLength
    );
  }

  /** Collects header bytes; answers whether the header is complete and the body may be taken. */
  #collectHeader(): boolean {
    const header = this.#header;
    for (;;) {
      const flags = header[0] ?? 0;
      const size = (flags & FLAG_LONG) === 0 ? SHORT_HEADER_SIZE : LONG_HEADER_SIZE;
      if (this.#headerLength > 0 && this.#headerLength === size) {
        const length = size === SHORT_HEADER_SIZE ? (header[1] ?? 0) : readLongLength(header, 1);
        if (this.#cipher === undefined) this.#checkSize(flags, length);
        else this.#checkSealedSize(length);
        this.#flags = flags;
        this.#bodySize = length;
        this.#bodyLength = 0;
        this.#body = NO_BYTES;
        this.#state = STATE_BODY;
        return true;
      }
      if (this.#position === this.#chunk.length) return false;
      header[this.#headerLength++] = this.#chunk[this.#position++] ?? 0;
      if (this.#headerLength === 1) this.#checkFlags(header[0] ?? 0);
    }
  }

  /** Makes room for the first `length` bytes of the body. */
  #reserve(length: number): void {
    if (length <= this.#body.length && this.#body !== NO_BYTES) return;
    let capacity = Math.max(
      FIRST_RESERVE,
      RESERVE_FACTOR * length,
      Math.min(EARLY_RESERVE, EARLY_FACTOR * length),
    );
    if (capacity >= this.#bodySize) capacity = this.#bodySize;
    // A body that outgrows its place is copied. So before it has one, enough is to have come for a large one.
    else if (length < SMALLEST_PLACE) capacity = Math.min(capacity, SMALLEST_PLACE);
    const body = this.#allocateBody(capacity);
    body.set(this.#body.subarray(0, this.#bodyLength));
    this.#body = body;
  }

  #allocateBody(size: number): Uint8Array {
    try {
      return this.#allocate(size);
    } catch {
      throw new ProtocolError(`there is no memory for a frame of ${this.#bodySize} bytes`);
    }
  }

  #deliver(flags: number, body: Uint8Array, sink: FrameSink): boolean {
    const first = this.#firstFrame;
    if ((flags & FLAG_COMMAND) !== 0) {
      if (this.#isHandshake) this.#handshakeBytes += body.length;
      else if (first !== undefined) this.#countCommand(body);
      return sink.command(body);
    }
    if ((flags & FLAG_MORE) !== 0) {
      this.#messageBytes += body.length;
      if (first === undefined) this.#firstFrame = body;
      else if (this.#frames === undefined) this.#frames = [first, body];
      else this.#frames.push(body);
      return true;
    }
    if (first === undefined) return sink.message([body]);
    // Most messages of several frames have two, a delimiter and a body: these cost one array of the right size.
    let frames = this.#frames;
    if (frames === undefined) frames = [first, body];
    else frames.push(body);
    this.#firstFrame = undefined;
    this.#frames = undefined;
    this.#messageBytes = 0;
    this.#commandBytes = 0;
    return sink.message(frames);
  }

  /** Opens a frame and delivers the one inside. */
  #deliverSealed(
    cipher: FrameCipher,
    bytes: Uint8Array,
    start: number,
    end: number,
    sink: FrameSink,
  ): boolean {
    const flags = cipher.open(bytes, start, end);
    const bodyStart = start + cipher.overhead;
    this.#checkSize(flags, end - bodyStart);
    const body =
      bodyStart === end ? (this.#empty ??= this.#allocate(0)) : this.#view(bytes, bodyStart, end);
    return this.#deliver(flags, body, sink);
  }

  /** Frames that wait for the rest of their message keep their chunks alive, and all that came with them. */
  #countCommand(body: Uint8Array): void {
    this.#commandBytes += body.length;
    if (this.#commandBytes > this.#limits.maxCommandSize) {
      throw new ProtocolError(
        `the commands between the frames of one message are over the limit of ${this.#limits.maxCommandSize} bytes (maxCommandSize)`,
      );
    }
  }

  #checkFlags(flags: number): void {
    if (!isLegalFlags(flags)) {
      throw new ProtocolError(`illegal frame flags 0x${flags.toString(16).padStart(2, '0')}`);
    }
    if (this.#isHandshake && (flags & FLAG_COMMAND) === 0) {
      throw new ProtocolError(
        'a message came before the handshake was done',
        'ERR_ZMTP_UNEXPECTED_COMMAND',
      );
    }
  }

  #checkSealedSize(length: number): void {
    if (length > this.#sealedLimit) {
      throw new ProtocolError(
        `an encrypted frame of ${length} bytes is over the limit of ${this.#sealedLimit} (maxMessageSize, maxCommandSize)`,
      );
    }
  }

  #checkSize(flags: number, length: number): void {
    const limits = this.#limits;
    if (this.#isHandshake) {
      if (this.#handshakeBytes + length > limits.maxHandshakeSize) {
        throw new ProtocolError(
          `the handshake is over the limit of ${limits.maxHandshakeSize} bytes (maxHandshakeSize)`,
        );
      }
      return;
    }
    if ((flags & FLAG_COMMAND) !== 0) {
      if (length > limits.maxCommandSize) {
        throw new ProtocolError(
          `a command of ${length} bytes is over the limit of ${limits.maxCommandSize} (maxCommandSize)`,
        );
      }
      return;
    }
    if (length > limits.maxFrameSize) {
      throw new ProtocolError(
        `a frame of ${length} bytes is over the limit of ${limits.maxFrameSize} (maxMessageSize)`,
      );
    }
    if (this.#messageBytes + length > limits.maxMessageBytes) {
      throw new ProtocolError(
        `a message is over the limit of ${limits.maxMessageBytes} bytes (the context's maxMessageSize)`,
      );
    }
    if (this.unfinishedFrames >= limits.maxMessageFrames) {
      throw new ProtocolError(
        `a message is over the limit of ${limits.maxMessageFrames} frames (maxMessageFrames)`,
      );
    }
  }
}
