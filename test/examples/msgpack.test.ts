import { describe, expect } from 'vitest';
import { PAIRS, test } from './program.ts';

describe.concurrent.each(PAIRS)('msgpack: %s client, %s server', (client, server) => {
  test('carries typed objects both ways and refuses an unknown topic', async ({ start }) => {
    const serving = start(`examples/msgpack/server.${server}`, 'tcp://127.0.0.1:*');
    const asking = start(`examples/msgpack/client.${client}`, await serving.endpoint());

    expect(await asking.output()).toEqual([
      'order 1 costs 13.5',
      'order 2 costs 3.25',
      'order 3 costs 12',
      'refused: unknown topic "weather"',
    ]);
    expect(await serving.stop()).toEqual([
      expect.stringMatching(/^listening on /),
      'order 1: 3 x tea',
      'order 2: 1 x café au lait',
      'order 3: 24 x biscuit',
    ]);
  });
});
