import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../src/errors.ts';
import { DEFAULT_LIMITS } from '../../../src/zmtp/connection.ts';
import { Decoder, type DecoderLimits, type FrameSink } from '../../../src/zmtp/decoder.ts';
import {
  bytes,
  command,
  FLAG_MORE,
  frame,
  message,
  repeat,
  u64,
} from '../../../src/testing/raw-bytes.ts';
import '../compare-bytes.ts';

const NO_LIMITS: DecoderLimits = {
  maxFrameSize: Number.MAX_SAFE_INTEGER,
  maxMessageFrames: Number.MAX_SAFE_INTEGER,
  maxMessageBytes: Number.MAX_SAFE_INTEGER,
  maxCommandSize: Number.MAX_SAFE_INTEGER,
  maxHandshakeSize: Number.MAX_SAFE_INTEGER,
};

type Found =
  | { readonly message: readonly Uint8Array[] }
  | { readonly command: Uint8Array }
  | { readonly error: string };

/** A decoder in traffic, with a sink that keeps what it is given. */
class Subject implements FrameSink {
  readonly found: Found[] = [];
  readonly allocated: number[] = [];
  readonly decoder: Decoder;
  /** Whether the sink takes something after something. */
  isEager = true;

  constructor(limits: Partial<DecoderLimits> = {}) {
    this.decoder = new Decoder({ ...DEFAULT_LIMITS, ...limits }, (size) => {
      this.allocated.push(size);
      return new Uint8Array(size);
    });
    this.decoder.endHandshake();
  }

  message(frames: Uint8Array[]): boolean {
    this.found.push({ message: frames });
    return this.isEager;
  }

  command(body: Uint8Array): boolean {
    this.found.push({ command: body });
    return this.isEager;
  }

  give(...chunks: readonly Uint8Array[]): this {
    for (const chunk of chunks) {
      this.decoder.push(chunk);
      this.decoder.decode(this);
    }
    return this;
  }

  /** As `give`, byte by byte; answers how many bytes it took until the decoder threw. */
  giveUntilError(input: Uint8Array): number | undefined {
    for (let i = 0; i < input.length; i++) {
      try {
        this.give(input.slice(i, i + 1));
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        return i + 1;
      }
    }
    return undefined;
  }
}

describe('messages', () => {
  test('of one frame and of several', () => {
    const subject = new Subject().give(bytes(message('a'), message('b', '', 'c'), message('')));
    expect(subject.found).toEqual([
      { message: [Buffer.from('a')] },
      { message: [Buffer.from('b'), Buffer.alloc(0), Buffer.from('c')] },
      { message: [Buffer.alloc(0)] },
    ]);
    expect(subject.allocated, 'all of it lay in one chunk, and empty frames are one').toEqual([0]);
  });

  test('empty frames do not keep the chunk alive', () => {
    const chunk = message('', 'a');
    const subject = new Subject().give(chunk);
    const [first] = subject.found;
    if (first === undefined || !('message' in first)) throw new Error('no message');
    expect(first.message.map(({ buffer }) => buffer === chunk.buffer)).toEqual([false, true]);
  });

  test('commands between the frames of a message are bounded', () => {
    const ping = command('PING', Buffer.alloc(2 + 16));
    const subject = new Subject().give(bytes(frame(FLAG_MORE, 'a')));
    expect(() => {
      for (let i = 0; i < 10_000; i++) subject.give(ping);
    }).toThrow('maxCommandSize');
    const other = new Subject();
    for (let i = 0; i < 10_000; i++) other.give(ping);
    expect(other.found).toHaveLength(10_000);
  });

  test('a frame in one chunk is a view of the chunk', () => {
    const chunk = message('a'.repeat(10), 'b'.repeat(300));
    const subject = new Subject().give(chunk);
    const [first] = subject.found;
    if (first === undefined || !('message' in first)) throw new Error('no message');
    expect(first.message.map(({ buffer }) => buffer)).toEqual([chunk.buffer, chunk.buffer]);
    expect(first.message.map(({ byteOffset }) => byteOffset - chunk.byteOffset)).toEqual([2, 21]);
  });

  test('a frame across chunks is a copy of its own size', () => {
    const input = message('x'.repeat(1000));
    const chunks = [input.subarray(0, 500), input.subarray(500)];
    const subject = new Subject().give(...chunks);
    input.fill(0);
    expect(subject.found).toEqual([{ message: [repeat(0x78, 1000)] }]);
    expect(subject.allocated).toEqual([1000]);
  });

  test('the long form for any length', () => {
    const subject = new Subject().give(
      bytes(frame(2, ''), frame(3, 'hi'), frame(0, ''), frame(6, command('X').subarray(2))),
    );
    expect(subject.found).toEqual([
      { message: [Buffer.alloc(0)] },
      { message: [Buffer.from('hi'), Buffer.alloc(0)] },
      { command: bytes(1, 'X') },
    ]);
  });

  test.each([1, 2, 3, 8, 9, 10, 255, 256, 4095, 4096, 4097, 20_000, 100_000])(
    'a body of %i bytes, in chunks of any size',
    (length) => {
      const body = Uint8Array.from({ length }, (_, i) => i % 251);
      const input = bytes(message(body), message('behind'));
      for (const size of [1, 7, 1000, 4096, 65_536].filter((each) => length / each < 30_000)) {
        const subject = new Subject();
        for (let i = 0; i < input.length; i += size) subject.give(input.slice(i, i + size));
        expect(subject.found).toEqual([{ message: [body] }, { message: [Buffer.from('behind')] }]);
        expect(subject.decoder.hasInput).toBe(false);
      }
    },
  );

  test('commands may come between the frames', () => {
    const subject = new Subject().give(bytes(frame(1, 'a'), command('PING', 0, 0), frame(0, 'b')));
    expect(subject.found).toEqual([
      { command: bytes(4, 'PING', 0, 0) },
      { message: [Buffer.from('a'), Buffer.from('b')] },
    ]);
  });
});

describe('chunks', () => {
  test('may be empty', () => {
    const none = new Uint8Array(0);
    const input = message('abc');
    const subject = new Subject();
    subject.give(none, input.subarray(0, 1), none, input.subarray(1, 3), none, input.subarray(3));
    expect(subject.found).toEqual([{ message: [Buffer.from('abc')] }]);
  });

  test('may begin at an offset', () => {
    const subject = new Subject();
    subject.decoder.push(bytes('skipped', message('a')), 7);
    subject.decoder.push(bytes('xx', message('b')), 2);
    subject.decoder.push(bytes('all'), 3);
    subject.decoder.decode(subject);
    expect(subject.found).toEqual([
      { message: [Buffer.from('a')] },
      { message: [Buffer.from('b')] },
    ]);
  });
});

describe('memory', () => {
  /** The most that may be asked for when `received` bytes of a body have come. */
  function bound(received: number): number {
    return Math.max(4096, 4 * received, Math.min(1024 * 1024, 16 * received));
  }

  test.each([2 ** 20, 2 ** 30, 2 ** 40, Number.MAX_SAFE_INTEGER])(
    'follows what has come when %i bytes are announced',
    (announced) => {
      const subject = new Subject(NO_LIMITS);
      subject.give(bytes(2, u64(announced)));
      expect(subject.allocated.every((size) => size <= bound(0))).toBe(true);
      let received = 0;
      for (const size of [1, 1, 10, 1000, 5000, 1, 20_000, 65_536, 65_536, 200_000]) {
        const before = subject.allocated.length;
        subject.give(new Uint8Array(size));
        received += size;
        for (const asked of subject.allocated.slice(before)) {
          expect(asked).toBeLessThanOrEqual(bound(received));
        }
      }
      expect(subject.found).toEqual([]);
    },
  );

  test('is asked for a few times, not for each chunk', () => {
    const subject = new Subject();
    const length = 4_000_000;
    subject.give(bytes(2, u64(length)));
    for (let left = length; left > 0; left -= 1000) subject.give(new Uint8Array(1000));
    expect(subject.found).toHaveLength(1);
    expect(subject.allocated.length).toBeLessThan(10);
    expect(subject.allocated.at(-1)).toBe(length);
  });

  test('is not asked for before a limit is checked', () => {
    const subject = new Subject({ maxFrameSize: 1000 });
    expect(() => subject.give(bytes(2, u64(1001)))).toThrow(ProtocolError);
    expect(subject.allocated).toEqual([]);
  });

  test('property: whatever is announced and however it comes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 256, max: 2 ** 45 }),
        fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 12 }),
        (announced, sizes) => {
          const subject = new Subject(NO_LIMITS);
          subject.give(bytes(2, u64(announced)));
          let received = 0;
          for (const size of sizes) {
            const count = Math.min(size, announced - received);
            const before = subject.allocated.length;
            subject.give(new Uint8Array(count));
            received += count;
            for (const asked of subject.allocated.slice(before)) {
              expect(asked).toBeLessThanOrEqual(Math.min(announced, bound(received)));
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('a place for what comes next', () => {
  const KiB = 1024;

  /** Gives `input` as a transport would: read to the place that is named, or lent; `sizes` says how much each read brings. */
  function read(subject: Subject, input: Uint8Array, sizes: () => number): number {
    let inPlace = 0;
    for (let position = 0; position < input.length; ) {
      const place = subject.decoder.place;
      const buffer = place ?? new Uint8Array(64 * KiB);
      const size = Math.min(buffer.length, input.length - position, sizes());
      buffer.set(input.subarray(position, position + size));
      subject.decoder.push(buffer.subarray(0, size), 0, true);
      subject.decoder.decode(subject);
      subject.decoder.adopt();
      if (place === undefined) buffer.fill(0xee);
      else inPlace += size;
      position += size;
    }
    return inPlace;
  }

  test('is not named between frames, in headers and in small bodies', () => {
    const subject = new Subject();
    expect(subject.decoder.place).toBeUndefined();
    const input = bytes(message('a'.repeat(1000)), message('b'.repeat(64 * KiB)));
    for (const byte of input) {
      subject.give(Uint8Array.of(byte));
      expect(subject.decoder.place).toBeUndefined();
    }
    expect(subject.found).toHaveLength(2);
  });

  test('is the rest of a large body, and its bytes stay where they are', () => {
    const subject = new Subject();
    const body = Uint8Array.from({ length: 1024 * KiB }, (_, i) => i % 251);
    const input = message(body);
    subject.give(input.slice(0, 100 * KiB));
    const place = subject.decoder.place;
    expect(place).toHaveLength(input.length - 100 * KiB);
    place?.set(input.subarray(100 * KiB));
    if (place !== undefined) subject.give(place);
    expect(subject.found).toEqual([{ message: [body] }]);
    expect(subject.allocated).toEqual([body.length]);
    const [first] = subject.found;
    if (first === undefined || !('message' in first)) throw new Error('no message');
    expect(first.message[0]?.buffer).toBe(place?.buffer);
    expect(subject.decoder.place).toBeUndefined();
  });

  test('is not named while the sink holds the decoder up', () => {
    const subject = new Subject();
    subject.isEager = false;
    const large = message('x'.repeat(200 * KiB));
    subject.give(bytes(message('a'), large.subarray(0, 100 * KiB)));
    expect(subject.decoder.place).toBeUndefined();
    subject.decoder.decode(subject);
    expect(subject.decoder.place).toHaveLength(large.length - 100 * KiB);
  });

  test('need not be used', () => {
    const subject = new Subject();
    const body = Uint8Array.from({ length: 300 * KiB }, (_, i) => i % 251);
    const input = message(body);
    subject.give(input.subarray(0, 100 * KiB));
    expect(subject.decoder.place).toBeDefined();
    subject.give(input.subarray(100 * KiB));
    expect(subject.found).toEqual([{ message: [body] }]);
  });

  test('all but the beginning of a body of 1 MiB is read there, however much of it came with what was before', () => {
    const body = Uint8Array.from({ length: 1024 * KiB }, (_, i) => i % 251);
    for (let before = 0; before < 64 * KiB; before += 5000) {
      const subject = new Subject();
      const inPlace = read(subject, bytes(message('x'.repeat(before)), message(body)), () => 1e9);
      expect(subject.found.at(-1)).toEqual({ message: [body] });
      expect(inPlace).toBeGreaterThan(body.length - 2 * 64 * KiB);
    }
  });

  test('property: however large the bodies are, and however little a read brings', () => {
    const lengths = fc.array(
      fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 500 * KiB })),
      { minLength: 1, maxLength: 6 },
    );
    const sizes = fc.infiniteStream(fc.integer({ min: 1, max: 300 * KiB }));
    fc.assert(
      fc.property(lengths, sizes, (each, stream) => {
        const bodies = each.map((length, i) => Uint8Array.from({ length }, (_, j) => i + (j % 97)));
        const subject = new Subject();
        read(subject, bytes(...bodies.map((body) => message(body))), () => stream.next().value);
        expect(subject.found).toEqual(bodies.map((body) => ({ message: [body] })));
      }),
      { numRuns: 50 },
    );
  });
});

describe('limits', () => {
  type Case = readonly [
    what: string,
    limits: Partial<DecoderLimits>,
    legal: Uint8Array,
    illegal: Uint8Array,
    /** The size of the header that gives it away: the last bytes of `illegal` before its body. */
    header: number,
  ];
  const cases: readonly Case[] = [
    ['maxFrameSize', { maxFrameSize: 5 }, message('12345'), message('123456'), 2],
    [
      'maxFrameSize, long',
      { maxFrameSize: 300 },
      message('x'.repeat(300)),
      message('x'.repeat(301)),
      9,
    ],
    ['maxFrameSize 0', { maxFrameSize: 0 }, message('', ''), message('', 'x'), 4],
    [
      'maxFrameSize, second frame',
      { maxFrameSize: 5 },
      message('1', '12345'),
      message('1', '123456'),
      5,
    ],
    ['maxMessageFrames', { maxMessageFrames: 2 }, message('', ''), message('', '', ''), 6],
    ['maxMessageFrames 1', { maxMessageFrames: 1 }, message('a'), message('a', 'b'), 5],
    ['maxMessageBytes', { maxMessageBytes: 5 }, message('123', '45'), message('123', '456'), 7],
    ['maxMessageBytes, one frame', { maxMessageBytes: 5 }, message('12345'), message('123456'), 2],
    ['maxCommandSize', { maxCommandSize: 5 }, command('NAME'), command('NAMES'), 2],
    [
      'maxCommandSize in a message',
      { maxCommandSize: 5 },
      bytes(frame(1, 'x'), command('NAME'), frame(0, 'y')),
      bytes(frame(1, 'x'), command('NAMES')),
      5,
    ],
  ];

  test.each(cases)('%s', (_what, limits, legal, illegal, header) => {
    expect(new Subject(limits).giveUntilError(bytes(legal, legal))).toBeUndefined();
    expect(() => new Subject(limits).give(bytes(legal, legal))).not.toThrow();
    const input = bytes(legal, illegal);
    expect(new Subject(limits).giveUntilError(input)).toBe(legal.length + header);
    expect(() => new Subject(limits).give(input)).toThrow(ProtocolError);
    expect(() => new Subject(limits).give(input.subarray(0, legal.length + header))).toThrow(
      ProtocolError,
    );
  });

  test('messages do not add up', () => {
    const subject = new Subject({ maxMessageBytes: 4, maxMessageFrames: 2 });
    const rounds = 10;
    for (let i = 0; i < rounds; i++) subject.give(message('12', '34'));
    expect(subject.found).toHaveLength(rounds);
  });

  test('commands have their own limit, and messages theirs', () => {
    const subject = new Subject({ maxFrameSize: 3, maxMessageBytes: 3, maxCommandSize: 100 });
    subject.give(bytes(command('A'.repeat(90)), message('123')));
    expect(subject.found).toHaveLength(2);
  });
});

describe('faults', () => {
  const cases: readonly (readonly [string, Uint8Array, number])[] = [
    ['a reserved flag', bytes(message('ab'), 0x08, 1, 'x'), 5],
    ['all reserved flags', bytes(0xf8, 1, 'x'), 1],
    ['MORE on a command', bytes(frame(1, 'a'), 0x05, 0), 4],
    ['MORE on a long command', bytes(0x07, u64(1), 'x'), 1],
    ['a length above every limit', bytes(0x02, repeat(0xff, 8), 'x'), 9],
    ['a length of 2^53', bytes(0x02, u64(2n ** 53n)), 9],
  ];

  test.each(cases)('%s is found at the same byte however the input is cut', (_w, input, at) => {
    expect(new Subject().giveUntilError(input)).toBe(at);
    for (let cut = 0; cut <= input.length; cut++) {
      const subject = new Subject();
      const [head, tail] = [input.slice(0, cut), input.slice(cut)];
      if (cut >= at) {
        expect(() => subject.give(head)).toThrow(ProtocolError);
      } else {
        subject.give(head);
        expect(() => subject.give(tail)).toThrow(ProtocolError);
      }
    }
  });

  test('what came before a fault has been handed over', () => {
    const subject = new Subject();
    expect(() => subject.give(bytes(message('a'), command('B'), 0xff))).toThrow(ProtocolError);
    expect(subject.found).toEqual([{ message: [Buffer.from('a')] }, { command: bytes(1, 'B') }]);
  });
});

describe('the handshake', () => {
  function inHandshake(): Subject {
    const subject = new Subject();
    const decoder = new Decoder(DEFAULT_LIMITS, (size) => new Uint8Array(size));
    return Object.assign(subject, { decoder });
  }

  test('knows only commands', () => {
    expect(inHandshake().give(command('READY')).found).toHaveLength(1);
    expect(inHandshake().giveUntilError(message('a'))).toBe(1);
    expect(() => inHandshake().give(message('a'))).toThrow(
      expect.objectContaining({ protocolCode: 'ERR_ZMTP_UNEXPECTED_COMMAND' }),
    );
    expect(() => inHandshake().give(bytes(command('A'), frame(1, 'b')))).toThrow(ProtocolError);
  });

  test('can end between a command and a message of the same chunk', () => {
    const subject = inHandshake();
    subject.isEager = false;
    subject.give(bytes(command('READY'), message('a')));
    expect(subject.found).toHaveLength(1);
    subject.decoder.endHandshake();
    subject.decoder.decode(subject);
    expect(subject.found).toEqual([
      { command: bytes(5, 'READY') },
      { message: [Buffer.from('a')] },
    ]);
  });
});

describe('a sink that holds the decoder up', () => {
  test('is given one thing at a time', () => {
    const subject = new Subject();
    subject.isEager = false;
    subject.give(bytes(message('a'), command('B'), message('c', 'd')));
    for (const count of [1, 2, 3]) {
      expect(subject.found).toHaveLength(count);
      expect(subject.decoder.hasInput).toBe(count < 3);
      subject.decoder.decode(subject);
    }
    expect(subject.found).toEqual([
      { message: [Buffer.from('a')] },
      { command: bytes(1, 'B') },
      { message: [Buffer.from('c'), Buffer.from('d')] },
    ]);
  });

  test('is not given what comes meanwhile before its time', () => {
    const subject = new Subject();
    subject.isEager = false;
    subject.give(bytes(message('a'), message('b')));
    const split = message('across');
    subject.decoder.push(split.subarray(0, 4));
    subject.decoder.push(split.subarray(4));
    subject.decoder.push(message('z'));
    expect(subject.found).toEqual([{ message: [Buffer.from('a')] }]);
    subject.isEager = true;
    subject.decoder.decode(subject);
    expect(subject.found.slice(1)).toEqual([
      { message: [Buffer.from('b')] },
      { message: [Buffer.from('across')] },
      { message: [Buffer.from('z')] },
    ]);
    expect(subject.decoder.hasInput).toBe(false);
  });

  test('hears of a fault only when it has taken what came before', () => {
    const subject = new Subject();
    subject.isEager = false;
    subject.give(bytes(message('a'), message('b'), 0xff));
    subject.decoder.decode(subject);
    expect(subject.found).toHaveLength(2);
    expect(() => subject.decoder.decode(subject)).toThrow(ProtocolError);
  });

  test('property: finds the same as one that does not', () => {
    const frames = fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 1, maxLength: 4 });
    const pauses = fc.infiniteStream(fc.boolean());
    const sizes = fc.infiniteStream(fc.integer({ min: 1, max: 40 }));
    fc.assert(
      fc.property(fc.array(frames, { maxLength: 12 }), pauses, sizes, (messages, pause, size) => {
        const input = bytes(...messages.map((each) => message(...each)));
        const subject = new Subject();
        const decide = (): void => {
          subject.isEager = pause.next().value;
        };
        for (let offset = 0; offset < input.length; ) {
          const end = offset + size.next().value;
          decide();
          subject.give(input.slice(offset, end));
          offset = end;
        }
        while (subject.decoder.hasInput) {
          decide();
          subject.decoder.decode(subject);
        }
        expect(subject.found).toEqual(messages.map((each) => ({ message: each })));
      }),
      { numRuns: 100 },
    );
  });
});
