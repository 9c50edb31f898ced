/**
 * The parts of `zmtp dump` that read captures, with anything in them.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { CaptureError, PacketReader } from '../../src/cli/dump/packets.ts';
import { Reassembly } from '../../src/cli/dump/reassembly.ts';
import { segmentOf } from '../../src/cli/dump/segment.ts';
import { ipv4, ipv6, LINKS, pcap, pcapng } from './captures.ts';

const segment = { from: 40_000, to: 5555, sequence: 1, payload: 'payload' };
const link = fc.constantFrom(...Object.keys(LINKS).map(Number));

/** A file in which some bytes are others. */
const damaged = fc
  .tuple(
    fc.constantFrom(pcap, pcapng),
    fc.constantFrom('big', 'little'),
    link,
    fc.array(fc.tuple(fc.nat(250), fc.nat(255)), { maxLength: 6 }),
  )
  .map(([write, order, number, changes]) => {
    const packet = LINKS[number]?.(ipv4(segment)) ?? Buffer.alloc(0);
    const file = write({ link: number, order }, [packet, packet]);
    for (const [at, value] of changes) file[at % file.length] = value;
    return file;
  });

test('a file may hold anything: it is read, or it is no capture', () => {
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 200 })), (file) => {
      const reader = new PacketReader();
      try {
        for (const packet of reader.push(Buffer.from(file))) segmentOf(packet);
        reader.end();
      } catch (error) {
        expect(error).toBeInstanceOf(CaptureError);
      }
    }),
    { numRuns: 1000 },
  );
});

test('a packet may hold anything, and be cut anywhere', () => {
  const packets = fc.oneof(
    fc.uint8Array({ maxLength: 90 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(fc.constantFrom(ipv4, ipv6), fc.nat(90))
      .map(([wrap, end]) => wrap(segment).subarray(0, end)),
  );
  fc.assert(
    fc.property(link, packets, (linkType, packet) => {
      const bytes = LINKS[linkType]?.(packet) ?? packet;
      const found = segmentOf({ time: undefined, linkType, bytes });
      if (found !== undefined) expect(found.payload.length).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns: 1000 },
  );
});

test('segments in any order, again and overlapping, are the stream', () => {
  const stream = Buffer.from(Array.from({ length: 100 }, (_, i) => i));
  const pieces = fc.array(fc.tuple(fc.nat(99), fc.nat(99)), { maxLength: 30 });
  fc.assert(
    fc.property(pieces, fc.integer({ min: 0, max: 0xffff_ffff }), (cuts, start) => {
      const reassembly = new Reassembly();
      reassembly.begin(start);
      const all = [...cuts, [0, 50], [30, 100]] as const;
      const out = all.flatMap(([from, to]) =>
        reassembly.push((start + 1 + from) >>> 0, stream.subarray(from, to), false),
      );
      expect(Buffer.concat(out)).toEqual(stream);
      expect(reassembly.missing).toBe(0);
    }),
  );
});

test('what waits for what was not captured does not wait for ever', () => {
  const reassembly = new Reassembly();
  reassembly.begin(0);
  let pushed = 0;
  while (!reassembly.isDone && pushed < 10_000) {
    expect(reassembly.push(100 + 2 * pushed++, Buffer.of(1), false)).toEqual([]);
  }
  expect(reassembly.isDone).toBe(true);
  expect(reassembly.missing).toBe(99);
});
