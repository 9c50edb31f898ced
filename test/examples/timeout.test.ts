import { describe, expect } from 'vitest';
import { PAIRS, test } from './program.ts';

describe.concurrent.each(PAIRS)('timeout: %s client, %s server', (client, server) => {
  test('both sides run out of time, go on waiting and succeed', async ({ start }) => {
    const serving = start(`examples/timeout/server.${server}`, 'tcp://127.0.0.1:*');
    const endpoint = await serving.endpoint();
    await serving.line(/^no request within 300 ms$/, 2);
    const asking = start(`examples/timeout/client.${client}`, endpoint);

    const lines = await asking.output();
    expect(lines.at(-1)).toBe('received "answer to question"');
    expect(lines.length).toBeGreaterThan(1);
    expect(new Set(lines.slice(0, -1))).toEqual(new Set(['no reply within 200 ms']));

    await serving.line(/^received "question", answering in 500 ms$/);
    await serving.stop();
  });
});
