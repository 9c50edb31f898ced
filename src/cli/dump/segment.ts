/**
 * The TCP segment in a captured packet: past the headers of the link, of IPv4 or IPv6. Fragments are not put together.
 *
 * @module
 */
import type { Packet } from './packets.ts';

export type Segment = {
  /** `host:port`. */
  readonly source: string;
  readonly target: string;
  readonly sourcePort: number;
  readonly targetPort: number;
  readonly sequence: number;
  readonly isSyn: boolean;
  readonly isAck: boolean;
  readonly isFin: boolean;
  readonly isReset: boolean;
  /** What of it was captured. */
  readonly payload: Buffer;
};

/** Link types by their numbers: how many bytes stand in front of the packet of IP. `ethernet` is counted packet by packet. */
const LINKS: Readonly<Record<number, number | 'ethernet'>> = {
  0: 4, // BSD loopback
  1: 'ethernet',
  12: 0, // raw IP, by different numbers
  14: 0,
  101: 0,
  108: 4, // OpenBSD loopback
  113: 16, // Linux cooked (`tcpdump -i any`)
  228: 0,
  229: 0,
  276: 20, // Linux cooked, version 2
};
const ETHERNET_HEADER = 14;
const VLAN_TAGS = [0x8100, 0x88a8, 0x9100];
const TCP = 6;
const SMALLEST_TCP_HEADER = 20;

/** Whether packets of a link can be read. */
export function isKnownLink(linkType: number): boolean {
  return LINKS[linkType] !== undefined;
}

/** The segment in a packet; `undefined` when there is none, or none that can be read. */
export function segmentOf({ linkType, bytes }: Packet): Segment | undefined {
  const link = LINKS[linkType];
  if (link === undefined) return undefined;
  const packet = bytes.subarray(link === 'ethernet' ? ethernetSize(bytes) : link);
  const version = (packet[0] ?? 0) >>> 4;
  if (version === 4) return readIpv4(packet);
  return version === 6 ? readIpv6(packet) : undefined;
}

function ethernetSize(bytes: Buffer): number {
  let size = ETHERNET_HEADER;
  while (size + 4 <= bytes.length && VLAN_TAGS.includes(bytes.readUInt16BE(size - 2))) size += 4;
  return size;
}

function readIpv4(packet: Buffer): Segment | undefined {
  if (packet.length < 20 || packet[9] !== TCP) return undefined;
  const isFragment = (packet.readUInt16BE(6) & 0x3fff) !== 0;
  if (isFragment) return undefined;
  const header = ((packet[0] ?? 0) & 0xf) * 4;
  // What hardware cuts into packets is captured before, with a length of 0. Short packets have padding behind them.
  const end = packet.readUInt16BE(2) || packet.length;
  const host = (at: number): string => packet.subarray(at, at + 4).join('.');
  return readTcp(packet.subarray(header, end), host(12), host(16));
}

function readIpv6(packet: Buffer): Segment | undefined {
  if (packet.length < 40) return undefined;
  const size = packet.readUInt16BE(4);
  const end = size === 0 ? packet.length : 40 + size;
  let next = packet[6] ?? 0;
  let at = 40;
  while (at + 2 <= packet.length) {
    if (next === TCP) {
      return readTcp(
        packet.subarray(at, end),
        ipv6(packet.subarray(8, 24)),
        ipv6(packet.subarray(24, 40)),
      );
    }
    const length = packet[at + 1] ?? 0;
    // Hop-by-hop options, routing, destination options; authentication.
    const skipped =
      next === 0 || next === 43 || next === 60
        ? (length + 1) * 8
        : next === 51
          ? (length + 2) * 4
          : 0;
    if (skipped === 0) return undefined;
    next = packet[at] ?? 0;
    at += skipped;
  }
  return undefined;
}

/** With the first run of zeros left out, in brackets. */
function ipv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16));
  const text = groups.join(':').replace(/(^|:)0(:0)+(:|$)/, '::');
  return `[${text}]`;
}

function readTcp(segment: Buffer, from: string, to: string): Segment | undefined {
  if (segment.length < SMALLEST_TCP_HEADER) return undefined;
  const sourcePort = segment.readUInt16BE(0);
  const targetPort = segment.readUInt16BE(2);
  const flags = segment[13] ?? 0;
  const header = ((segment[12] ?? 0) >>> 4) * 4;
  if (header < SMALLEST_TCP_HEADER) return undefined;
  return {
    source: `${from}:${sourcePort}`,
    target: `${to}:${targetPort}`,
    sourcePort,
    targetPort,
    sequence: segment.readUInt32BE(4),
    isFin: (flags & 1) !== 0,
    isSyn: (flags & 2) !== 0,
    isReset: (flags & 4) !== 0,
    isAck: (flags & 16) !== 0,
    payload: segment.subarray(header),
  };
}
