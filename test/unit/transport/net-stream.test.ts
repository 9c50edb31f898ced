/**
 * A stream over a socket of `node:net`: when its reader is told of bytes, and where they are read to.
 *
 * @module
 */
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { overAccepted, serveStreams } from '../../../src/transport/net-stream.ts';
import type { ByteStream, StreamHandler } from '../../../src/transport/transport.ts';
import { turn } from '../../../src/testing/turn.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import { own, watchProcess } from '../../support/watch.ts';

watchProcess();

/** Reads a stream: counts bytes, and says of each chunk what `onChunk` answers. */
class Reader implements StreamHandler {
  readonly stream: ByteStream;
  count = 0;
  inputPlace: Uint8Array | undefined;
  readonly chunks: Uint8Array[] = [];
  onChunk: (() => void) | undefined;
  #waiting: (() => void) | undefined;

  constructor(stream: ByteStream) {
    this.stream = stream;
    stream.start(this);
  }

  received(chunk: Uint8Array): void {
    this.count += chunk.length;
    this.chunks.push(chunk);
    this.onChunk?.();
    this.#waiting?.();
  }

  drained(): void {}

  closed(): void {}

  async until(count: number): Promise<void> {
    while (this.count < count) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }
}

async function connected(): Promise<{ readonly peer: RawPeer; readonly reader: Reader }> {
  const server = own(createServer({ pauseOnConnect: true }));
  const accepted = new Promise<ByteStream>((resolve, reject) => {
    const handler = { accepted: resolve, acceptFailed: reject };
    serveStreams(server, handler, (socket) => overAccepted(socket, 'test://peer'));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as { port: number };
  const peer = own(await RawPeer.connect(`tcp://127.0.0.1:${port}`));
  const stream = await accepted;
  own({ close: () => stream.destroy() });
  return { peer, reader: new Reader(stream) };
}

const LARGE = Buffer.from(Uint8Array.from({ length: 1_000_000 }, (_, i) => i % 251));

test('a reader that pauses while it is told of bytes hears no more until it resumes', async () => {
  const { peer, reader } = await connected();
  reader.onChunk = () => reader.stream.pause();
  let isWritten = false;
  void peer.write(LARGE).then(() => {
    isWritten = true;
  });
  for (let round = 1; reader.count < LARGE.length; round++) {
    await reader.until(reader.count + 1);
    for (let i = 0; i < 3; i++) await turn();
    expect(reader.chunks).toHaveLength(round);
    reader.stream.resume();
  }
  expect(isWritten).toBe(true);
});

test('one that pauses and resumes meanwhile hears the rest', async () => {
  const { peer, reader } = await connected();
  reader.onChunk = () => {
    reader.stream.pause();
    reader.stream.resume();
  };
  await peer.write(LARGE);
  await reader.until(LARGE.length);
});

test('one that pauses at another time hears nothing until it resumes', async () => {
  const { peer, reader } = await connected();
  await peer.write(Buffer.from('first'));
  await reader.until(5);
  reader.stream.pause();
  await peer.write(Buffer.from('second'));
  for (let i = 0; i < 3; i++) await turn();
  expect(reader.count).toBe(5);
  reader.stream.resume();
  await reader.until(11);
});

// On Windows, reads are under way for longer than a call: Node says where to.
test.skipIf(process.platform === 'win32')(
  'bytes are read to the place that the reader names',
  async () => {
    const { peer, reader } = await connected();
    const mine = Buffer.alloc(LARGE.length);
    reader.onChunk = () => {
      reader.inputPlace = reader.count < 900_000 ? mine.subarray(reader.count) : undefined;
    };
    await peer.write(LARGE);
    await reader.until(LARGE.length);
    // The first chunk was read before there was a place, and so was what came behind the last one.
    const [first] = reader.chunks;
    const inPlace = reader.chunks.filter(({ buffer }) => buffer === mine.buffer);
    expect(first?.buffer).not.toBe(mine.buffer);
    expect(inPlace.length).toBeGreaterThan(0);
    for (const { byteOffset, length } of inPlace) {
      const start = byteOffset - mine.byteOffset;
      expect(LARGE.compare(mine, start, start + length, start, start + length)).toBe(0);
    }
  },
);
