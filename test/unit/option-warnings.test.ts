/**
 * Warnings about options. They come once in a process, so these tests have a file to themselves.
 *
 * @module
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Pull, Push } from '../../src/index.ts';

const warnings: string[] = [];
const listener = ({ message }: Error): number => warnings.push(message);

/** What has been warned of since the last call. */
async function warned(): Promise<string[]> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  return warnings.splice(0);
}

beforeEach(() => {
  process.on('warning', listener);
});

afterEach(() => {
  process.off('warning', listener);
});

test('an option that Node cannot apply is kept with a warning, once for all sockets', async () => {
  const push = new Push({ typeOfService: 0, sendBufferSize: -1 });
  expect(await warned()).toEqual([]);
  push.typeOfService = 16;
  expect(push.typeOfService).toBe(16);
  new Pull({ typeOfService: 8 }).close();
  expect(await warned()).toEqual([
    'The socket option typeOfService has no effect: Node has no way to apply it.',
  ]);
  push.close();
});

test('an option that comes too late for an endpoint is met with a warning', async () => {
  const push = new Push();
  push.backlog = 10;
  expect(await warned()).toEqual([]);
  push.connect('inproc://nobody');
  push.backlog = 20;
  expect(await warned()).toEqual(['Socket option will not take effect until next connect/bind.']);
  push.linger = 0;
  push.sendHighWaterMark = 5;
  push.sendTimeout = 5;
  expect(await warned()).toEqual([]);
  push.close();
});
