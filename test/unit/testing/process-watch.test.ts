import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { canWatch, ProcessWatch, readPs } from '../../../src/testing/fuzz/process-watch.ts';

test.each([
  ['S    1234   00:01\n', { residentBytes: 1234 * 1024, cpuTime: 1000 }],
  ['Rs    20 01:02:03\n', { residentBytes: 20 * 1024, cpuTime: 3_723_000 }],
  ['S+    20 2-00:00:01\n', { residentBytes: 20 * 1024, cpuTime: 172_801_000 }],
  ['Ss    20 0:00.07\n', { residentBytes: 20 * 1024, cpuTime: 70 }],
])('ps says %j', (line, sample) => {
  const { residentBytes, cpuTime } = readPs(line) ?? {};
  expect({ residentBytes, cpuTime: Math.round(cpuTime ?? 0) }).toEqual(sample);
});

test.each(['Z 0 00:00', '', 'S x 00:00'])('ps says nothing of use in %j', (line) => {
  expect(readPs(line)).toBeUndefined();
});

test.runIf(canWatch)(
  'a process that lives has memory and time, and none when it is dead',
  async () => {
    const own = await new ProcessWatch(process.pid).sample();
    expect(own?.residentBytes).toBeGreaterThan(1e6);
    expect(own?.cpuTime).toBeGreaterThan(0);
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
    const watch = new ProcessWatch(child.pid ?? 0);
    expect(await watch.sample()).toBeDefined();
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await watch.sample()).toBeUndefined();
  },
);
