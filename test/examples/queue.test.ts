import { describe, expect } from 'vitest';
import { PAIRS, test } from './program.ts';

const JOBS = Array.from({ length: 12 }, (_, i) => `job ${i + 1}`);

function waiting(line: string): number {
  return Number(/, (\d+) waiting$/.exec(line)?.[1]);
}

describe.concurrent.each(PAIRS)('queue: %s client, %s server', (client, server) => {
  test('keeps the order, grows and empties again', async ({ start }) => {
    const serving = start(`examples/queue/server.${server}`, 'tcp://127.0.0.1:*');
    const asking = start(`examples/queue/client.${client}`, await serving.endpoint());

    const lines = await asking.output();
    const queued = lines.filter((line) => line.startsWith('queued '));
    const done = lines.filter((line) => line.includes(' done, '));
    expect(queued.map((line) => line.replace(/^queued |, .*/g, ''))).toEqual(JOBS);
    expect(done.map((line) => line.replace(/ done, .*/, ''))).toEqual(JOBS);
    expect(Math.max(...lines.slice(0, -1).map(waiting))).toBeGreaterThanOrEqual(2);
    expect(waiting(done.at(-1) ?? '')).toBe(0);
    expect(lines.at(-1)).toBe('all done');
    await serving.stop();
  });
});
