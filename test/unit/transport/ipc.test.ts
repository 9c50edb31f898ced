/**
 * What ipc does with files that are there already.
 *
 * @module
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { Reply, Request } from '../../../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'zmtp-test-'));
let count = 0;

function newPath(): string {
  return join(folder, `socket-${count++}`);
}

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Leaves a socket file behind, as a process does that is killed. */
async function leaveBehind(path: string): Promise<void> {
  const program = `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => {
    child.stdout.once('data', resolve);
  });
  const gone = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  child.kill('SIGKILL');
  await gone;
}

async function converse(path: string, rep: Reply): Promise<void> {
  await using req = new Request();
  req.connect(`ipc://${path}`);
  const reply = req.request('hello');
  await rep.receive();
  await rep.send('hello to you');
  expect(String(await reply)).toBe('hello to you');
}

test('a socket file that a dead process left behind is replaced', async () => {
  const path = newPath();
  await leaveBehind(path);
  expect(existsSync(path)).toBe(true);
  await using rep = new Reply();
  await rep.bind(`ipc://${path}`);
  await converse(path, rep);
});

test('of two that find such a file one gets the endpoint', async () => {
  const path = newPath();
  await leaveBehind(path);
  await using one = new Reply();
  await using two = new Reply();
  const outcomes = await Promise.allSettled([one.bind(`ipc://${path}`), two.bind(`ipc://${path}`)]);
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { code: 'EADDRINUSE', address: `ipc://${path}` },
  });
  await converse(path, outcomes[0].status === 'fulfilled' ? one : two);
});

test('a socket file on which somebody listens is left alone', async () => {
  const path = newPath();
  await using first = new Reply();
  await first.bind(`ipc://${path}`);
  await using second = new Reply();
  await expect(second.bind(`ipc://${path}`)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await converse(path, first);
});

test('so is a file that is no socket', async () => {
  const path = newPath();
  writeFileSync(path, 'precious');
  await using rep = new Reply();
  await expect(rep.bind(`ipc://${path}`)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect(existsSync(path)).toBe(true);
});

test('a folder that does not exist is said to be missing', async () => {
  await using rep = new Reply();
  await expect(rep.bind(`ipc://${newPath()}/socket`)).rejects.toMatchObject({
    code: 'ENOENT',
    detail: expect.stringContaining('does not exist'),
  });
});

test('a path of digits is a path', async () => {
  const cwd = process.cwd();
  process.chdir(folder);
  try {
    await using rep = new Reply();
    await rep.bind('ipc://5555');
    expect(existsSync(join(folder, '5555'))).toBe(true);
    await converse('5555', rep);
  } finally {
    process.chdir(cwd);
  }
});

test('the folder of a wildcard goes with the process', async () => {
  const index = new URL('../../../src/index.ts', import.meta.url);
  const program = `import { Reply } from ${JSON.stringify(index.href)};
    const rep = new Reply();
    await rep.bind('ipc://*');
    console.log(rep.lastEndpoint);`;
  const args = ['--import', 'tsx', '--input-type=module', '-e', program];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const path = stdout.trim().slice('ipc://'.length);
  expect(path).toMatch(/socket$/);
  expect(existsSync(dirname(path))).toBe(false);
});

test('the file goes with its socket, and the folder of a wildcard too', async () => {
  const path = newPath();
  const rep = new Reply();
  await rep.bind(`ipc://${path}`);
  await rep.bind('ipc://*');
  const wildcard = rep.lastEndpoint?.slice('ipc://'.length) ?? '';
  await converse(wildcard, rep);
  expect([existsSync(path), existsSync(wildcard)]).toEqual([true, true]);
  await rep[Symbol.asyncDispose]();
  expect([existsSync(path), existsSync(dirname(wildcard))]).toEqual([false, false]);
});
