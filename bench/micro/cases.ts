/**
 * The parts of the package that run for every message, each by itself: what a case does once, and how often that is of
 * its kind (messages, topics, handshakes).
 *
 * The code under test is the source, as it is loaded here; the loops around it are these.
 *
 * @module
 */
import type * as CurveProviderModule from '../../src/curve-provider.ts';
import type * as PipeModule from '../../src/pipe.ts';
import type * as Protocol from '../../src/protocol.ts';
import type * as QueueModule from '../../src/queue.ts';
import type * as SubscriptionsModule from '../../src/sockets/routing/subscriptions.ts';
import type { CurveCipher } from '../../src/zmtp/mechanism/curve.ts';
import type * as CurveModule from '../../src/zmtp/mechanism/curve.ts';

export type MicroCase = {
  readonly name: string;
  /** Sets the case up, and answers with what is timed. */
  readonly prepare: () => Promise<() => void>;
};

const CHUNK = 65_536;
const ITEMS = 1000;

/** A module of the source: what is built is in one piece. */
async function built<T>(path: string): Promise<T> {
  return (await import(new URL(`../../src/${path}.ts`, import.meta.url).href)) as T;
}

const SHAPES: readonly { readonly name: string; readonly frames: readonly number[] }[] = [
  { name: '10 B', frames: [10] },
  { name: '128 B', frames: [128] },
  { name: '1 KiB', frames: [1024] },
  { name: '3 frames of 32 B', frames: [32, 32, 32] },
];

function message(frames: readonly number[]): Uint8Array[] {
  return frames.map((size) => new Uint8Array(size).fill(120));
}

function newEncoder({ Encoder, SlabPool }: typeof Protocol): Protocol.Encoder {
  return new Encoder(new SlabPool((size) => new Uint8Array(size)));
}

/** As many messages as 64 KiB hold, as bytes. */
function encodedChunk(protocol: typeof Protocol, frames: readonly number[]): Uint8Array {
  const encoder = newEncoder(protocol);
  const one = message(frames);
  const size = frames.reduce((sum, frame) => sum + frame + (frame > 255 ? 9 : 2), 0);
  for (let i = 0; i < Math.floor(CHUNK / size); i++) encoder.message(one);
  const [chunk = new Uint8Array(0)] = encoder.take();
  return new Uint8Array(chunk);
}

function decoding(name: string, frames: readonly number[]): MicroCase {
  return {
    name: `decode 64 KiB of ${name}`,
    prepare: async () => {
      const protocol = await built<typeof Protocol>('protocol');
      const decoder = new protocol.Decoder(protocol.DEFAULT_LIMITS, (size) => new Uint8Array(size));
      decoder.endHandshake();
      const chunk = encodedChunk(protocol, frames);
      let bytes = 0;
      const sink: Protocol.FrameSink = {
        message: ([body]) => {
          bytes += body?.length ?? 0;
          return true;
        },
        command: () => true,
      };
      return () => {
        bytes = 0;
        decoder.push(chunk);
        decoder.decode(sink);
        if (bytes === 0) throw new Error('nothing was decoded');
      };
    },
  };
}

function encoding(name: string, frames: readonly number[]): MicroCase {
  return {
    name: `encode 64 KiB of ${name}`,
    prepare: async () => {
      const protocol = await built<typeof Protocol>('protocol');
      const encoder = newEncoder(protocol);
      const one = message(frames);
      const size = frames.reduce((sum, frame) => sum + frame, 0);
      const count = Math.floor(CHUNK / size);
      return () => {
        for (let i = 0; i < count; i++) encoder.message(one);
        encoder.take();
        encoder.recycle();
      };
    },
  };
}

/** The two ends of a connection that is encrypted by CURVE. */
async function cipherPair(): Promise<readonly [client: CurveCipher, server: CurveCipher]> {
  const { createCurveBox } = await built<typeof CurveProviderModule>('curve-provider');
  const curve = await built<typeof CurveModule>('zmtp/mechanism/curve');
  const box = await createCurveBox();
  const key = new Uint8Array(32).fill(7);
  const make = (own: Uint8Array, other: Uint8Array): CurveCipher =>
    new curve.CurveCipher(
      box.cipher(key, own),
      box.cipher(key, other),
      new curve.Counter(),
      new curve.Counter(),
    );
  const { CLIENT_PREFIX, SERVER_PREFIX } = curve;
  return [make(CLIENT_PREFIX, SERVER_PREFIX), make(SERVER_PREFIX, CLIENT_PREFIX)];
}

function sealing(name: string, size: number): MicroCase {
  return {
    name: `seal 64 KiB of ${name}`,
    prepare: async () => {
      const encoder = newEncoder(await built<typeof Protocol>('protocol'));
      const [cipher] = await cipherPair();
      const one = message([size]);
      return () => {
        for (let i = 0; i < CHUNK / size; i++) encoder.sealedMessage(one, cipher);
        encoder.take();
        encoder.recycle();
      };
    },
  };
}

/** What is opened has to be sealed first: no counter is taken twice. */
function opening(name: string, size: number): MicroCase {
  return {
    name: `seal and open 64 KiB of ${name}`,
    prepare: async () => {
      const protocol = await built<typeof Protocol>('protocol');
      const encoder = newEncoder(protocol);
      const [client, server] = await cipherPair();
      const decoder = new protocol.Decoder(protocol.DEFAULT_LIMITS, (size) => new Uint8Array(size));
      decoder.endHandshake(server);
      const one = message([size]);
      let bytes = 0;
      const sink: Protocol.FrameSink = {
        message: ([body]) => {
          bytes += body?.length ?? 0;
          return true;
        },
        command: () => true,
      };
      return () => {
        bytes = 0;
        for (let i = 0; i < CHUNK / size; i++) encoder.sealedMessage(one, client);
        for (const piece of encoder.take()) {
          decoder.push(piece);
          decoder.decode(sink);
        }
        encoder.recycle();
        if (bytes < CHUNK) throw new Error(`${bytes} bytes were opened`);
      };
    },
  };
}

const SEALED: readonly [name: string, size: number][] = [
  ['10 B', 10],
  ['1 KiB', 1024],
  ['64 KiB', 65_536],
];

const HANDSHAKE: MicroCase = {
  name: 'greeting and handshake of two peers',
  prepare: async () => {
    const { Connection } = await built<typeof Protocol>('protocol');
    return () => {
      const peers = [
        new Connection({ socketType: 'PUSH' }, 0),
        new Connection({ socketType: 'PULL' }, 0),
      ] as const;
      const [push, pull] = peers;
      while (push.hasOutput || pull.hasOutput) {
        for (const [from, to] of [
          [push, pull],
          [pull, push],
        ] as const) {
          for (const piece of from.takeOutput()) to.handleInput(new Uint8Array(piece), 0);
          from.outputWritten(true);
          while (to.nextEvent() !== undefined);
        }
      }
      if (peers.some(({ state }) => state !== 'traffic')) throw new Error('no handshake');
    };
  },
};

function topic(i: number): Uint8Array {
  return new TextEncoder().encode(`topic-${String(i).padStart(6, '0')}`);
}

function matching(topics: number): MicroCase {
  return {
    name: `match ${ITEMS} messages against ${topics} topics`,
    prepare: async () => {
      const { Subscriptions } = await built<typeof SubscriptionsModule>(
        'sockets/routing/subscriptions',
      );
      const subscriptions = new Subscriptions<object>();
      const subscriber = {};
      for (let i = 0; i < topics; i++) subscriptions.add(topic(i), subscriber);
      const messages = Array.from({ length: ITEMS }, (_, i) =>
        topic(Math.floor((((i * 617) % ITEMS) * topics) / ITEMS)),
      );
      let found = 0;
      const count = (): void => {
        found++;
      };
      return () => {
        found = 0;
        for (const bytes of messages) subscriptions.match(bytes, count);
        if (found !== ITEMS) throw new Error(`${found} matches`);
      };
    },
  };
}

const QUEUE: MicroCase = {
  name: `queue: push and shift ${ITEMS}`,
  prepare: async () => {
    const { Queue } = await built<typeof QueueModule>('queue');
    const queue = new Queue<object>();
    const item = {};
    return () => {
      for (let i = 0; i < ITEMS; i++) queue.push(item);
      for (let i = 0; i < ITEMS; i++) queue.shift();
    };
  },
};

function nothing(): void {
  // nobody listens
}

const PIPE: MicroCase = {
  name: `pipe: write and read ${ITEMS}`,
  prepare: async () => {
    const { Pipe } = await built<typeof PipeModule>('pipe');
    const owner: PipeModule.PipeOwner = {
      pipeReadable: nothing,
      pipeWritable: nothing,
      pipeStatusChanged: nothing,
      pipeClosed: nothing,
      pipeSubscription: nothing,
      pipeFinished: nothing,
      pipeHangUp: nothing,
    };
    // From a session to a socket: the way of a received message.
    const [writer, reader] = Pipe.pair(
      { owner, highWaterMark: 2 * ITEMS, isShared: false },
      { owner, highWaterMark: 2 * ITEMS, isShared: true },
    );
    const frames = message([10]);
    return () => {
      for (let i = 0; i < ITEMS; i++) writer.write(frames);
      for (let i = 0; i < ITEMS; i++) reader.read();
    };
  },
};

export const MICRO_CASES: readonly MicroCase[] = [
  ...SHAPES.map(({ name, frames }) => decoding(name, frames)),
  ...SHAPES.map(({ name, frames }) => encoding(name, frames)),
  ...SEALED.map(([name, size]) => sealing(name, size)),
  ...SEALED.map(([name, size]) => opening(name, size)),
  HANDSHAKE,
  matching(1),
  matching(1000),
  matching(100_000),
  QUEUE,
  PIPE,
];
