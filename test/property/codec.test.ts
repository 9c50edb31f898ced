/**
 * What is encoded is decoded to the same, and what cannot be decoded is refused in the one way that is documented.
 *
 * @module
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../src/errors.ts';
import { decodeCommand, encodeCommand } from '../../src/zmtp/command.ts';
import { DEFAULT_LIMITS } from '../../src/zmtp/connection.ts';
import { Decoder } from '../../src/zmtp/decoder.ts';
import { Encoder, SlabPool } from '../../src/zmtp/encoder.ts';
import { readLongLength, writeHeader } from '../../src/zmtp/frame.ts';
import { decodeGreeting, encodeGreeting, GreetingReader } from '../../src/zmtp/greeting.ts';
import { decodeMetadata, encodeMetadata } from '../../src/zmtp/metadata.ts';
import '../unit/compare-bytes.ts';
import {
  bodies,
  commands,
  cutBytes,
  cuts,
  greetings,
  messages,
  metadata,
} from '../../src/testing/arbitraries.ts';

/** Runs `decode`, which may throw a ProtocolError and nothing else. */
function expectNoOtherError(decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    expect((error as ProtocolError).reason).toMatch(/\S/);
  }
}

function decodeAll(chunks: Iterable<Uint8Array>): { found: unknown[]; decoder: Decoder } {
  const found: unknown[] = [];
  const sink = {
    message: (frames: Uint8Array[]) => found.push({ message: frames }) > 0,
    command: (body: Uint8Array) => found.push({ command: body }) > 0,
  };
  const decoder = new Decoder(DEFAULT_LIMITS, (size) => new Uint8Array(size));
  decoder.endHandshake();
  for (const chunk of chunks) {
    decoder.push(chunk);
    decoder.decode(sink);
  }
  return { found, decoder };
}

describe('greetings', () => {
  test('round trip', () => {
    fc.assert(
      fc.property(greetings, cuts, (greeting, shares) => {
        const bytes = encodeGreeting(greeting);
        expect(decodeGreeting(bytes)).toEqual(greeting);
        const reader = new GreetingReader();
        for (const piece of cutBytes(bytes, shares)) {
          expect(reader.tryTake() === undefined || piece.length === 0).toBe(true);
          expect(reader.read(piece, 0)).toBe(piece.length);
        }
        expect(reader.tryTake()).toEqual(greeting);
      }),
    );
  });

  test('any bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80, size: 'max' }),
        greetings,
        fc.nat(63),
        fc.nat(255),
        (bytes, good, at, value) => {
          expectNoOtherError(() => decodeGreeting(bytes));
          const almost = encodeGreeting(good);
          almost[at] = value;
          expectNoOtherError(() => decodeGreeting(almost));
          expectNoOtherError(() => new GreetingReader().read(almost, 0));
        },
      ),
    );
  });
});

describe('commands', () => {
  test('round trip', () => {
    fc.assert(
      fc.property(commands, (command) => {
        expect(decodeCommand(encodeCommand(command))).toEqual(command);
      }),
    );
  });

  test('what is decoded is encoded to the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 2, maxLength: 40, size: 'max' }), (bytes) => {
        bytes[0] = (bytes[0] ?? 0) % bytes.length;
        let command: ReturnType<typeof decodeCommand>;
        try {
          command = decodeCommand(bytes);
        } catch {
          return;
        }
        // The reason of an ERROR is made fit to be shown, and a property that comes twice is dropped.
        if (command.name === 'ERROR' || command.name === 'READY') return;
        expect(encodeCommand(command)).toEqual(bytes);
      }),
    );
  });

  test('any bytes', () => {
    const names = fc.constantFrom('READY', 'ERROR', 'PING', 'PONG', 'SUBSCRIBE', 'CANCEL', 'X');
    fc.assert(
      fc.property(names, fc.uint8Array({ maxLength: 60, size: 'max' }), (name, bytes) => {
        expectNoOtherError(() => decodeCommand(bytes));
        const named = Buffer.concat([Buffer.of(name.length), Buffer.from(name), bytes]);
        expectNoOtherError(() => decodeCommand(named));
      }),
      { numRuns: 300 },
    );
  });
});

describe('metadata', () => {
  test('round trip', () => {
    fc.assert(
      fc.property(metadata, (properties) => {
        const decoded = decodeMetadata(encodeMetadata(properties));
        expect([...decoded]).toEqual([...properties]);
      }),
    );
  });

  test('any bytes, and any byte of good ones changed', () => {
    fc.assert(
      fc.property(fc.uint8Array(), metadata, fc.nat(), fc.nat(255), (bytes, good, at, value) => {
        expectNoOtherError(() => decodeMetadata(bytes));
        const almost = encodeMetadata(good);
        if (almost.length > 0) almost[at % almost.length] = value;
        expectNoOtherError(() => decodeMetadata(almost));
        expectNoOtherError(() => decodeMetadata(almost.subarray(0, at % (almost.length + 1))));
      }),
    );
  });
});

describe('frames', () => {
  test('headers round trip', () => {
    fc.assert(
      fc.property(fc.nat(Number.MAX_SAFE_INTEGER), fc.constantFrom(0, 1, 4), (length, flags) => {
        const header = new Uint8Array(9);
        const end = writeHeader(header, 0, flags, length);
        expect(end).toBe(length > 255 ? 9 : 2);
        expect((header[0] ?? 0) & ~2).toBe(flags);
        expect(end === 9 ? readLongLength(header, 1) : header[1]).toBe(length);
      }),
    );
  });

  test('messages and commands round trip, however they are cut', () => {
    const items = fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.record({ message: messages }) },
        { weight: 1, arbitrary: fc.record({ command: bodies }) },
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(items, cuts, (given, shares) => {
        const encoder = new Encoder(new SlabPool((size) => new Uint8Array(size), 65_536));
        for (const item of given) {
          if ('message' in item) encoder.message(item.message);
          else encoder.command(item.command);
        }
        const { found, decoder } = decodeAll(cutBytes(Buffer.concat(encoder.take()), shares));
        expect(found).toEqual(given);
        expect(decoder.hasInput).toBe(false);
      }),
    );
  });

  test('any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300, size: 'max' }), cuts, (bytes, shares) => {
        expectNoOtherError(() => decodeAll(cutBytes(bytes, shares)));
      }),
      { numRuns: 300 },
    );
  });
});
