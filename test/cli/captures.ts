/**
 * Captures as a sniffer writes them: segments of TCP in packets, packets in files.
 *
 * @module
 */
import { bytes, type Part, u16, u32 } from '../../src/testing/raw-bytes.ts';

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const ACK = 16;

/** A segment of TCP; the ports say who sends: the higher one is the host's that ends in 1. */
export type TcpSegment = {
  readonly from: number;
  readonly to: number;
  readonly sequence: number;
  readonly flags?: number;
  readonly payload?: Part;
};

function tcp({ from, to, sequence, flags = ACK, payload = '' }: TcpSegment): Buffer {
  const options = bytes(1, 1, 1, 0); // what tells apart whoever takes every header for 20 bytes long
  return bytes(
    u16(from),
    u16(to),
    u32(sequence >>> 0),
    u32(0),
    0x60,
    flags,
    u16(512),
    u32(0),
    options,
    payload,
  );
}

export function ipv4(segment: TcpSegment): Buffer {
  const content = tcp(segment);
  const head = bytes(0x46, 0, u16(24 + content.length), u16(1), u16(0x4000), 64, 6, u16(0));
  const [source, target] = segment.from > segment.to ? [1, 2] : [2, 1];
  return bytes(head, 10, 0, 0, source, 10, 0, 0, target, u32(0x01010100), content);
}

export function ipv6(segment: TcpSegment): Buffer {
  const content = tcp(segment);
  const hopByHop = bytes(6, 0, 1, 4, u32(0));
  const address = (last: number): Buffer => bytes(0xfe, 0x80, Buffer.alloc(13), last);
  const head = bytes(0x60, 0, 0, 0, u16(8 + content.length), 0, 64);
  const [source, target] = segment.from > segment.to ? [1, 2] : [2, 1];
  return bytes(head, address(source), address(target), hopByHop, content);
}

/** What stands around a packet of IP, by the number of the link type. */
export const LINKS: Readonly<Record<number, (packet: Buffer) => Buffer>> = {
  0: (packet) => bytes(2, 0, 0, 0, packet),
  // Short packets have padding behind them.
  1: (packet) => bytes(Buffer.alloc(12), etherType(packet), packet, Buffer.alloc(6)),
  101: (packet) => packet,
  108: (packet) => bytes(u32(2), packet),
  113: (packet) => bytes(u16(0), u16(1), u16(6), Buffer.alloc(8), etherType(packet), packet),
  276: (packet) => bytes(etherType(packet), Buffer.alloc(18), packet),
};

/** Ethernet with two tags of a VLAN. */
export function tagged(packet: Buffer): Buffer {
  return bytes(
    Buffer.alloc(12),
    u16(0x88a8),
    u16(5),
    u16(0x8100),
    u16(6),
    etherType(packet),
    packet,
  );
}

function etherType(packet: Buffer): Buffer {
  return u16((packet[0] ?? 0) >>> 4 === 6 ? 0x86dd : 0x0800);
}

/** Numbers in the byte order of the machine that writes. */
type Order = 'big' | 'little';

function ordered(order: Order, size: 2 | 4, value: number): Buffer {
  const number = size === 2 ? u16(value) : u32(value);
  return order === 'big' ? number : Buffer.from(number.toReversed());
}

export type FileOptions = {
  readonly link: number;
  readonly order: Order;
  readonly isFine?: boolean;
};

export function pcap(
  { link, order, isFine = false }: FileOptions,
  packets: readonly Buffer[],
): Buffer {
  const n = (value: number): Buffer => ordered(order, 4, value);
  const magic = isFine ? 0xa1b23c4d : 0xa1b2c3d4;
  const head = bytes(
    n(magic),
    ordered(order, 2, 2),
    ordered(order, 2, 4),
    n(0),
    n(0),
    n(65_535),
    n(link),
  );
  return bytes(
    head,
    ...packets.map((packet, i) =>
      bytes(n(1000 + i), n(isFine ? 5e8 : 5e5), n(packet.length), n(packet.length), packet),
    ),
  );
}

export function pcapng(
  { link, order, isFine = false }: FileOptions,
  packets: readonly Buffer[],
): Buffer {
  const n = (value: number): Buffer => ordered(order, 4, value);
  const block = (type: number, ...content: Buffer[]): Buffer => {
    const body = bytes(...content);
    const padding = Buffer.alloc((4 - (body.length % 4)) % 4);
    const size = n(12 + body.length + padding.length);
    return bytes(n(type), size, body, padding, size);
  };
  const resolution = bytes(
    ordered(order, 2, 9),
    ordered(order, 2, 1),
    isFine ? 9 : 6,
    0,
    0,
    0,
    n(0),
  );
  const ticksPerSecond = isFine ? 1e9 : 1e6;
  return bytes(
    block(
      0x0a0d0d0a,
      n(0x1a2b3c4d),
      ordered(order, 2, 1),
      ordered(order, 2, 0),
      n(0xffffffff),
      n(0xffffffff),
    ),
    block(1, ordered(order, 2, link), ordered(order, 2, 0), n(0), resolution),
    block(5, n(0)), // statistics, which nobody asked for
    ...packets.map((packet, i) => {
      const ticks = (1000 + i + 0.5) * ticksPerSecond;
      const time = bytes(n(Math.floor(ticks / 2 ** 32)), n(ticks % 2 ** 32));
      return block(6, n(0), time, n(packet.length), n(packet.length), packet);
    }),
  );
}
