import { describe, expect } from 'vitest';
import { PAIRS, test } from './program.ts';

const ANY_PORT = 'tcp://127.0.0.1:*';

describe.concurrent.each(PAIRS)('poll: %s client, %s server', (client, server) => {
  test('answers on two endpoints, takes both replies and then waits in vain', async ({ start }) => {
    const serving = start(`examples/poll/server.${server}`, ANY_PORT, ANY_PORT);
    const first = await serving.endpoint(1);
    const second = await serving.endpoint(2);
    await serving.line(/^nothing within 300 ms$/);
    const asking = start(`examples/poll/client.${client}`, first, second);

    const lines = await asking.output();
    expect(lines.slice(0, -1).toSorted()).toEqual([
      'received "first, yes"',
      'received "second, yes"',
    ]);
    expect(lines.at(-1)).toBe('nothing within 1000 ms');

    const served = await serving.stop();
    expect(served).toContain(`received "first" on ${first}`);
    expect(served).toContain(`received "second" on ${second}`);
  });
});
