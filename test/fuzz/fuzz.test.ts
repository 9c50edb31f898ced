/**
 * The fuzzer itself, as the command that people run: it finds faults that were planted, shows them again, and finds
 * nothing where nothing is; and what was found before stays mended.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { parseOptions } from './options.ts';
import { FAULT_NAMES } from './subject/fault-names.ts';

vi.setConfig({ testTimeout: 120_000 });

const HERE = import.meta.dirname;
const finds = mkdtempSync(join(tmpdir(), 'zmtp-finds-'));
afterAll(() => rmSync(finds, { recursive: true, force: true }));

type End = { readonly code: number | null; readonly output: string };

function start(
  args: readonly string[],
  heard: (output: string, child: ChildProcess) => void,
): Promise<End> {
  const command = ['--import', 'tsx', join(HERE, 'main.ts'), '--out', finds, ...args];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      heard(output, child);
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

const fuzz = (...args: string[]): Promise<End> => start(args, () => {});

/** How each fault shows; the rest of what is wrong then may be seen first. */
const SHOWS: Readonly<Record<string, RegExp>> = {
  'throws at an unknown command': /uncaughtException: TypeError/,
  'keeps every body': /MB more are held/,
  'hangs at a READY without properties': /the process hangs/,
  'dies at a property of 32,768 bytes': /the process died: SIGKILL/,
  'answers PING with another context': /a PONG with a context that no PING had/,
  'sends a stray byte behind a PONG': /a frame with flags 255/,
  'forgets a rejection at a bad INITIATE of CURVE': /unhandledRejection/,
  'forgets connections that the peer has reset': /sessions are left/,
  'lets a TypeError out of receive': /receive of REP, PLAIN: TypeError/,
};

test.concurrent('every planted fault is found', async () => {
  const { code, output } = await fuzz(
    ...['--self-test', '--seed', '1', '--time', '30', '--patience', '4000', '--shrink', '0'],
  );
  for (const fault of FAULT_NAMES) {
    const line = output.split('\n').find((one) => one.includes(`: ${fault}: `)) ?? output;
    expect(line).toMatch(/^found/);
    expect(line).toMatch(SHOWS[fault] ?? /: .+: .+/);
  }
  expect(code).toBe(0);
});

test.concurrent('where nothing is wrong nothing is found, and sessions get into traffic', async () => {
  const { code, output } = await fuzz('--seed', '1', '--time', '2');
  expect(output).toMatch(/^seed 1\n/);
  expect(output).toContain('nothing found');
  const [, kind] = /^traffic (.+)$/m.exec(output) ?? [];
  const [ready = 0, answered = 0] = (kind ?? '').trim().split(/\s+/).slice(3).map(Number);
  expect(ready + answered).toBeGreaterThan(0);
  expect(code).toBe(0);
});

test.concurrent('a find becomes a small file that shows it again', async () => {
  const plant = ['--plant', 'throws at an unknown command'];
  const first = await fuzz(
    ...['--seed', '1', '--type', 'PULL', '--mechanism', 'NULL', '--shrink', '60', ...plant],
  );
  expect(first.code).toBe(1);
  const [, path = ''] = /--replay (\S+)/.exec(first.output) ?? [];
  const [shown = ''] = /session \(.+\):\n( {2}.+\n)+/.exec(first.output) ?? [];
  // A greeting, READY, and the command. When nothing can be left out any more, the rest of the time is not used.
  expect(shown.split('\n').length).toBeLessThan(10);

  const again = await fuzz('--replay', path, ...plant);
  expect(again.output).toContain('FOUND: uncaughtException: TypeError');
  expect(again.code).toBe(1);
});

test.concurrent('what was found before stays mended', async () => {
  const folder = join(HERE, 'vectors');
  const vectors = readdirSync(folder).flatMap((file) => ['--replay', join(folder, file)]);
  const { code, output } = await fuzz(...vectors);
  expect(output.match(/nothing found/g)).toHaveLength(vectors.length / 2);
  // They have got where it happened.
  expect(output).not.toMatch(/^(traffic|handshake).* [1-9]\d* +\d+ +\d+ +\d+ +\d+$/m);
  expect(code).toBe(0);
});

const isWindows = process.platform === 'win32'; // where there is no signal to send

test('Ctrl-C ends with the summary', { concurrent: true, skip: isWindows }, async () => {
  let isInterrupted = false;
  const { code, output } = await start(['--time', '600', '--type', 'pull'], (heard, child) => {
    if (isInterrupted || !heard.includes('seed')) return;
    isInterrupted = true;
    child.kill('SIGINT');
  });
  expect(output).toMatch(/\d+ sessions in \d+ batches/);
  expect(output).toContain('interrupted');
  expect(code).toBe(130);
});

test.concurrent('what makes no sense is refused with the list of options', async () => {
  const { code, output } = await fuzz('--speed', '3');
  expect(output).toContain("Unknown option '--speed'");
  expect(output).toContain('--replay FILE|JSON');
  expect(code).toBe(2);
});

test.each([
  [['--type', 'REPLY'], '--type takes REP, REQ'],
  [['--mechanism', 'GSSAPI'], '--mechanism takes NULL, PLAIN, CURVE'],
  [['--time', 'long'], "--time takes a number, not 'long'"],
  [['--type', 'STREAM', '--mechanism', 'CURVE'], 'a STREAM has no mechanism'],
  [['--replay', '{"sessions":[]}'], 'a vector has a target'],
  [['--replay', 'nowhere.json'], '--replay: '],
])('%j is refused with a reason', (args, reason) => {
  expect(() => parseOptions(args)).toThrow(reason);
});
