import { describe, expect } from 'vitest';
import { PAIRS, test } from './program.ts';

describe.concurrent.each(PAIRS)('round-robin: %s client, %s servers', (client, server) => {
  test.for([2, 3])('asks %i servers in turn', async (count, { start }) => {
    const servers = Array.from({ length: count }, () =>
      start(`examples/round-robin/server.${server}`, 'tcp://127.0.0.1:*'),
    );
    const endpoints = await Promise.all(servers.map((serving) => serving.endpoint()));
    const asking = start(`examples/round-robin/client.${client}`, ...endpoints);

    const lines = await asking.output();
    const chosen = lines.map((line) => line.replace(/^request \d answered by /, ''));
    expect(chosen).toHaveLength(6);
    expect(new Set(chosen)).toEqual(new Set(endpoints));
    expect(chosen.slice(count)).toEqual(chosen.slice(0, -count)); // the same order, over and over
    for (const serving of servers) {
      expect(await serving.stop()).toHaveLength(1 + 6 / count);
    }
  });
});

describe('round-robin: mixed servers', () => {
  test.skipIf(PAIRS.length === 1)('alternates between languages', async ({ start }) => {
    const servers = ['ts', 'py'].map((server) =>
      start(`examples/round-robin/server.${server}`, 'tcp://127.0.0.1:*'),
    );
    const endpoints = await Promise.all(servers.map((serving) => serving.endpoint()));
    const asking = start('examples/round-robin/client.ts', ...endpoints);

    expect(await asking.output()).toEqual(
      [1, 2, 3, 4, 5, 6].map((i) => `request ${i} answered by ${endpoints[(i - 1) % 2]}`),
    );
  });
});
