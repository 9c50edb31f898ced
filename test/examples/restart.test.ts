import { describe, expect } from 'vitest';
import { PAIRS, test } from './program.ts';

describe.concurrent.each(PAIRS)('restart: %s client, %s server', (client, server) => {
  test('gets every job done although a server dies', async ({ start }) => {
    const file = `examples/restart/server.${server}`;
    const first = start(file, 'tcp://127.0.0.1:*');
    const endpoint = await first.endpoint();
    const asking = start(`examples/restart/client.${client}`, endpoint);

    await first.line(/^working on job 3$/);
    expect(await first.kill()).toMatchObject({ signal: 'SIGKILL' });
    await asking.line(client === 'ts' ? /^lost the server$/ : /^no reply within 1000 ms/);
    const second = start(file, endpoint);

    const lines = await asking.output();
    const done = lines.filter((line) => / done by process \d+$/.test(line));
    expect(done.map((line) => line.replace(/ done .*/, ''))).toEqual([
      'job 1',
      'job 2',
      'job 3',
      'job 4',
      'job 5',
    ]);
    expect(lines.at(-1)).toBe('all done');
    const [, ...jobs] = await second.stop();
    // Each at least once: a client that lost patience on a busy machine asks again.
    expect([...new Set(jobs)]).toEqual([
      'working on job 3',
      'working on job 4',
      'working on job 5',
    ]);
  });
});
