/**
 * Captured packets out of files, pcap and pcapng, in the byte order in which they were written. Chunk by chunk, so that the
 * file may be a pipe that another program still writes to.
 *
 * ```
 * pcap      magic(4) version(4) zone(4) 0(4) snaplen(4) link(4)   then packets: seconds(4) fraction(4) captured(4) size(4) bytes
 * pcapng    blocks: type(4) size(4) content size(4); a section begins with its byte order, an interface has a link type
 * ```
 *
 * @module
 */

export type Packet = {
  /** Seconds since 1970; `undefined` when the file does not say it. */
  readonly time: number | undefined;
  /** By the numbers of tcpdump.org. */
  readonly linkType: number;
  readonly bytes: Buffer;
};

type Interface = { readonly linkType: number; readonly ticksPerSecond: number };

const PCAP_HEADER_SIZE = 24;
const PCAP_PACKET_HEADER_SIZE = 16;
const PCAP_MICROSECONDS = 0xa1b2c3d4;
const PCAP_NANOSECONDS = 0xa1b23c4d;
const SECTION_HEADER = 0x0a0d0d0a;
const BYTE_ORDER = 0x1a2b3c4d;
const INTERFACE = 1;
const OLD_PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
const OPTION_RESOLUTION = 9;
/** No packet is as large: a larger one is a damaged file. */
const MAX_SIZE = 0x100_0000;

/** What is no capture, or is damaged. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
}

export class PacketReader {
  #rest: Buffer = Buffer.alloc(0);
  #format: 'unknown' | 'pcap' | 'pcapng' = 'unknown';
  #isLittle = false;
  #ticksPerSecond = 1e6;
  #linkType = 0;
  #interfaces: Interface[] = [];

  /**
   * @returns the packets that are complete
   * @throws {CaptureError} for what no capture has
   */
  push(chunk: Buffer): Packet[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const packets: Packet[] = [];
    for (;;) {
      const size = this.#read(packets);
      if (size === 0) return packets;
      this.#rest = this.#rest.subarray(size);
    }
  }

  /** @throws {CaptureError} when something incomplete is left */
  end(): void {
    if (this.#format === 'unknown')
      throw new CaptureError('this is no capture: neither pcap nor pcapng');
    if (this.#rest.length > 0) {
      throw new CaptureError(
        `the capture ends inside a packet: ${this.#rest.length} bytes are left`,
      );
    }
  }

  /** Reads what comes next. @returns its size, or 0 while it is not all there */
  #read(packets: Packet[]): number {
    if (this.#format === 'unknown') return this.#readStart();
    return this.#format === 'pcap' ? this.#readPacket(packets) : this.#readBlock(packets);
  }

  #readStart(): number {
    if (this.#rest.length < 4) return 0;
    const magic = this.#rest.readUInt32BE(0);
    if (magic === SECTION_HEADER) {
      this.#format = 'pcapng';
      // It is a block like any other.
      return this.#readBlock([]);
    }
    const swapped = this.#rest.readUInt32LE(0);
    const isPcap = [magic, swapped].some((m) => m === PCAP_MICROSECONDS || m === PCAP_NANOSECONDS);
    if (!isPcap) throw new CaptureError('this is no capture: neither pcap nor pcapng');
    if (this.#rest.length < PCAP_HEADER_SIZE) return 0;
    this.#format = 'pcap';
    this.#isLittle = swapped === PCAP_MICROSECONDS || swapped === PCAP_NANOSECONDS;
    const isFine = (this.#isLittle ? swapped : magic) === PCAP_NANOSECONDS;
    this.#ticksPerSecond = isFine ? 1e9 : 1e6;
    this.#linkType = this.#u32(20) & 0x0fff_ffff;
    return PCAP_HEADER_SIZE;
  }

  #readPacket(packets: Packet[]): number {
    if (this.#rest.length < PCAP_PACKET_HEADER_SIZE) return 0;
    const size = this.#checkSize(this.#u32(8));
    const end = PCAP_PACKET_HEADER_SIZE + size;
    if (this.#rest.length < end) return 0;
    const time = this.#u32(0) + this.#u32(4) / this.#ticksPerSecond;
    const bytes = this.#rest.subarray(PCAP_PACKET_HEADER_SIZE, end);
    packets.push({ time, linkType: this.#linkType, bytes });
    return end;
  }

  #readBlock(packets: Packet[]): number {
    if (this.#rest.length < 12) return 0;
    if (this.#rest.readUInt32BE(0) === SECTION_HEADER) {
      this.#isLittle = this.#rest.readUInt32LE(8) === BYTE_ORDER;
      if (this.#u32(8) !== BYTE_ORDER)
        throw new CaptureError('a section of the capture has no byte order');
      this.#interfaces = [];
    }
    const size = this.#checkSize(this.#u32(4));
    if (size < 12 || size % 4 !== 0)
      throw new CaptureError(`a block of the capture has ${size} bytes`);
    if (this.#rest.length < size) return 0;
    this.#readContent(this.#u32(0), size - 4, packets);
    return size;
  }

  /** @param end - where the content of the block ends */
  #readContent(type: number, end: number, packets: Packet[]): void {
    switch (type) {
      case INTERFACE:
        if (end >= 16) this.#interfaces.push(this.#readInterface(end));
        return;
      case ENHANCED_PACKET:
        if (end >= 28) packets.push(this.#packet(this.#u32(8), 12, 20, 28, end));
        return;
      case OLD_PACKET:
        if (end >= 28) packets.push(this.#packet(this.#u16(8), 12, 20, 28, end));
        return;
      case SIMPLE_PACKET: {
        const { linkType } = this.#interface(0);
        const bytes = this.#rest.subarray(12, Math.min(end, 12 + this.#u32(8)));
        packets.push({ time: undefined, linkType, bytes });
        return;
      }
      default:
    }
  }

  #packet(number: number, timeAt: number, sizeAt: number, start: number, end: number): Packet {
    const { linkType, ticksPerSecond } = this.#interface(number);
    const ticks = this.#u32(timeAt) * 2 ** 32 + this.#u32(timeAt + 4);
    const bytes = this.#rest.subarray(start, Math.min(end, start + this.#u32(sizeAt)));
    return { time: ticks / ticksPerSecond, linkType, bytes };
  }

  #interface(number: number): Interface {
    const found = this.#interfaces[number];
    if (found === undefined)
      throw new CaptureError(`a packet of an interface ${number}, which the capture does not have`);
    return found;
  }

  #readInterface(end: number): Interface {
    let ticksPerSecond = 1e6;
    for (let at = 16; at + 4 <= end; ) {
      const code = this.#u16(at);
      const size = this.#u16(at + 2);
      if (code === 0) break;
      const value = this.#rest[at + 4] ?? 0;
      if (code === OPTION_RESOLUTION)
        ticksPerSecond = value > 0x7f ? 2 ** (value & 0x7f) : 10 ** value;
      at += 4 + Math.ceil(size / 4) * 4;
    }
    return { linkType: this.#u16(8), ticksPerSecond };
  }

  #checkSize(size: number): number {
    if (size > MAX_SIZE)
      throw new CaptureError(`the capture is damaged: a packet of ${size} bytes`);
    return size;
  }

  #u16(at: number): number {
    return this.#isLittle ? this.#rest.readUInt16LE(at) : this.#rest.readUInt16BE(at);
  }

  #u32(at: number): number {
    return this.#isLittle ? this.#rest.readUInt32LE(at) : this.#rest.readUInt32BE(at);
  }
}
