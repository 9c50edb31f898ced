/**
 * Runs the vectors of this folder: each one whole, byte by byte, at random cuts and with something behind it; and for
 * those that go both ways, the encoder against the same bytes.
 *
 * @module
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Connection } from '../../src/zmtp/connection.ts';
import { greeting, ready } from '../../src/testing/raw-bytes.ts';
import {
  formatEvent,
  formatMessage,
  parseBytes,
  parseEvent,
  readVectors,
  type Vector,
} from './vector.ts';

/** Behind a vector that leaves the connection in traffic: one more frame must be found at once. */
const TAIL = parseBytes("04 09 04 'PONG' 'tail'");
const TAIL_EVENT = "command PONG 'tail'";
const NO_BYTES = new Uint8Array(0);

type Outcome = {
  readonly events: string[];
  readonly sent: Uint8Array;
  /** How many bytes had been given when the connection closed. */
  readonly closedAt: number | undefined;
  readonly state: Connection['state'];
};

type Mode = 'messages to a sink' | 'messages as events';

class Run {
  readonly #events: string[] = [];
  readonly #sent: Uint8Array[] = [];
  readonly connection: Connection;
  #given = 0;
  #closedAt: number | undefined;

  constructor(vector: Vector, mode: Mode) {
    const message = (frames: Uint8Array[]): boolean => this.#events.push(formatMessage(frames)) > 0;
    const { own: socketType, limits } = vector;
    this.connection = new Connection(
      { socketType, limits, ...(mode === 'messages to a sink' && { sink: { message } }) },
      0,
    );
    this.takeOutput();
    if (vector.after === undefined) return;
    this.give(greeting());
    this.give(ready(vector.after));
    this.#events.length = 0;
    this.takeOutput();
    this.#given = 0;
  }

  give(chunk: Uint8Array): void {
    // A copy: the connection owns what it is given, and vectors are given more than once.
    this.connection.handleInput(Uint8Array.from(chunk), 0);
    this.#given += chunk.length;
    for (let event = this.connection.nextEvent(); event; event = this.connection.nextEvent()) {
      this.#events.push(formatEvent(event));
      if (event.type === 'closed') this.#closedAt = this.#given;
    }
    this.#sent.push(...this.#copyOutput());
  }

  /** Everything written since the last call. */
  takeOutput(): Uint8Array {
    const output = Buffer.concat([...this.#sent, ...this.#copyOutput()]);
    this.#sent.length = 0;
    return output;
  }

  finish(): Outcome {
    return {
      events: this.#events,
      sent: this.takeOutput(),
      closedAt: this.#closedAt,
      state: this.connection.state,
    };
  }

  #copyOutput(): Uint8Array[] {
    const pieces = this.connection.takeOutput().map((piece) => Uint8Array.from(piece));
    this.connection.outputWritten(true);
    return pieces;
  }
}

function run(vector: Vector, mode: Mode, chunks: Iterable<Uint8Array>): Outcome {
  const one = new Run(vector, mode);
  for (const chunk of chunks) one.give(chunk);
  return one.finish();
}

/** `bytes` cut at the given offsets. */
function cutAt(bytes: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  const borders = [0, ...offsets.toSorted((a, b) => a - b), bytes.length];
  return borders.slice(1).map((border, i) => bytes.subarray(borders[i], border));
}

function byteByByte(bytes: Uint8Array): Uint8Array[] {
  return cutAt(bytes, [...bytes.keys()].slice(1));
}

function named(vectors: readonly Vector[]): [string, Vector][] {
  return vectors.map((vector) => [vector.name, vector]);
}

/** What a publisher's sink is given for a subscription: a message of the byte 1 or 0 and the topic. */
function asSinkHasIt(event: string): string {
  const item = /^command (SUBSCRIBE|CANCEL)/.test(event) ? parseEvent(event) : undefined;
  if (item === undefined || Array.isArray(item) || !('topic' in item)) return event;
  const first = item.name === 'SUBSCRIBE' ? '01' : '00';
  return `message ${first}${Buffer.from(item.topic).toString('hex')}`;
}

const MODES = ['messages to a sink', 'messages as events'] as const;

for (const [file, vectors] of readVectors()) {
  describe(file, () => {
    describe.each(MODES)('%s', (mode) => {
      test.each(named(vectors))('%s', (_name, vector) => {
        const events = vector.events.map(mode === 'messages to a sink' ? asSinkHasIt : String);
        const expected = { events, sent: Buffer.from(vector.sent) };
        const outcome = run(vector, mode, [vector.bytes]);
        expect(outcome).toMatchObject(expected);

        const single = run(vector, mode, byteByByte(vector.bytes));
        expect(single, 'byte by byte').toMatchObject({ ...expected, closedAt: vector.closesAt });

        const cuts = fc.array(fc.nat(vector.bytes.length), { maxLength: 12 });
        fc.assert(
          fc.property(cuts, (offsets) => {
            const cut = run(vector, mode, cutAt(vector.bytes, offsets));
            expect(cut, 'in pieces').toMatchObject(expected);
          }),
          { numRuns: 25 },
        );

        if (vector.isOpenEnded) return;
        const behind = outcome.state === 'traffic' ? [TAIL_EVENT] : [];
        const tail = outcome.state === 'traffic' || outcome.state === 'closed' ? TAIL : NO_BYTES;
        const withTail = run(vector, mode, [Buffer.concat([vector.bytes, tail])]);
        expect(withTail, 'with a tail').toMatchObject({
          sent: expected.sent,
          events: [...events, ...behind],
        });
      });
    });

    const bothWays = vectors.filter((vector) => vector.isBothWays);
    if (bothWays.length === 0) return;
    test.each(named(bothWays))('%s, encoded by us', (_name, vector) => {
      const one = new Run(vector, 'messages as events');
      for (const line of vector.events) {
        const item = parseEvent(line);
        if (Array.isArray(item)) one.connection.send(item);
        else one.connection.sendCommand(item);
      }
      expect(one.takeOutput()).toEqual(Buffer.from(vector.bytes));
    });
  });
}
