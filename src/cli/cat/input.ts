/**
 * The messages to send: that of the arguments, again and again, or those of standard input.
 *
 * @module
 */
import { setTimeout as wait } from 'node:timers/promises';
import { UsageError } from '../command.ts';
import type { Frames, Notation } from './notation.ts';

/** Pieces of a stream that end with a line feed, without it; and what is behind the last. */
async function* splitLines(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  let parts: Buffer[] = [];
  for await (const chunk of input) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      yield Buffer.concat([...parts, chunk.subarray(start, end)]);
      parts = [];
      start = end + 1;
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
  }
  if (parts.length > 0) yield Buffer.concat(parts);
}

async function* readWhole(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  const parts: Buffer[] = [];
  for await (const chunk of input) parts.push(chunk);
  yield Buffer.concat(parts);
}

/** What standard input holds. Ends when `signal` is aborted. */
export async function* readMessages(
  input: NodeJS.ReadStream,
  notation: Notation,
  signal: AbortSignal,
): AsyncGenerator<Frames, void> {
  const stop = (): void => {
    input.destroy();
  };
  if (signal.aborted) return;
  signal.addEventListener('abort', stop);
  let number = 0;
  try {
    for await (const line of notation.isWhole ? readWhole(input) : splitLines(input)) {
      number++;
      yield parseLine(notation, line, number);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

function parseLine(notation: Notation, line: Buffer, number: number): Frames {
  try {
    return notation.parse(line);
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`line ${number}: ${error.message}`);
    throw error;
  }
}

/** The same message `count` times. */
export async function* repeat(frames: Frames, count: number): AsyncGenerator<Frames, void> {
  for (let i = 0; i < count; i++) yield frames;
}

/** Lets `interval` milliseconds pass between one message and the next. */
export async function* pace(
  messages: AsyncIterable<Frames>,
  interval: number,
  signal: AbortSignal,
): AsyncGenerator<Frames, void> {
  let isFirst = true;
  for await (const message of messages) {
    if (!isFirst && interval > 0) await wait(interval, undefined, { signal });
    isFirst = false;
    yield message;
  }
}
