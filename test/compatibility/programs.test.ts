/**
 * The promise of a superset, kept to the letter: programs written for npm `zeromq` run with it and with this package in
 * its place, and print the same. Their types are checked against both as well.
 *
 * A program prints nothing that depends on time or on port numbers, so any difference is one that a user would see.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const TSX = import.meta.resolve('tsx');
const AS_ZMTP = pathToFileURL(join(import.meta.dirname, 'as-zmtp.mjs')).href;
const COMPILER = join(ROOT, 'node_modules/typescript/bin/tsc');
const PROGRAMS = readdirSync(join(import.meta.dirname, 'programs'));

if (!existsSync(join(ROOT, 'dist/index.js'))) {
  throw new Error('The programs import the built package: run `npm run build` first.');
}

vi.setConfig({ testTimeout: 90_000 }); // two programs may have to be waited for

/** Leaves npm's own settings to the test: nothing of the run around it may leak in. */
const env = Object.fromEntries(
  Object.entries({ ...process.env, npm_config_loglevel: 'error' }).filter(
    ([name]) => !/^npm_(?!config_(loglevel|cache))/i.test(name) && name !== 'NODE_OPTIONS',
  ),
);

/** What is seen of a program from outside. `errors` is for the reader of a failed test. */
type Transcript = { lines: string[]; code: number | string };

/** Runs a program to its end, with modules that are loaded before. */
async function transcript(
  file: string,
  imports: readonly string[],
): Promise<Transcript & { errors: string }> {
  const flags = imports.flatMap((module) => ['--import', module]);
  const options = { env, timeout: 40_000, killSignal: 'SIGKILL' } as const;
  type End = { stdout: string; stderr: string; code?: number | null; signal?: string | null };
  const end = await run(process.execPath, [...flags, file], options).catch((error: End) => error);
  const { stdout, stderr, code = 0, signal } = end as End;
  return { lines: stdout.split('\n'), code: code ?? signal ?? 'unknown', errors: stderr };
}

/** Expects the same output and the same exit code. */
function expectSame(
  actual: Transcript & { errors: string },
  { lines, code }: Transcript & { errors: string },
): void {
  expect({ lines: actual.lines, code: actual.code }, actual.errors).toEqual({ lines, code });
}

const programPath = (name: string): string => join(import.meta.dirname, 'programs', name);

/** What a program does with npm zeromq; the same for all that ask. */
const references = new Map<string, ReturnType<typeof transcript>>();
function reference(name: string): ReturnType<typeof transcript> {
  const known = references.get(name);
  if (known !== undefined) return known;
  const running = transcript(programPath(name), name.endsWith('.ts') ? [TSX] : []);
  references.set(name, running);
  return running;
}

describe.each(PROGRAMS)('%s', (name) => {
  test('runs with zeromq', async () => {
    const { lines, code, errors } = await reference(name);
    expect(code, errors).toBe(0);
    expect(lines.length).toBeGreaterThan(1);
  });

  if (!name.endsWith('.ts')) return; // CommonJS goes the way of the installed package, below
  test('does the same with zmtp', async () => {
    expectSame(await transcript(programPath(name), [TSX, AS_ZMTP]), await reference(name));
  });
});

describe('types', () => {
  async function complaints(config: string): Promise<string> {
    const checking = run(process.execPath, [COMPILER, '-p', join(import.meta.dirname, config)]);
    const { stdout } = await checking.catch((error: { stdout: string }) => error);
    return stdout;
  }

  test('of zeromq fit the programs', async () => {
    expect(await complaints('tsconfig.zeromq.json')).toBe('');
  });

  test('of zmtp fit the programs', async () => {
    expect(await complaints('tsconfig.zmtp.json')).toBe('');
  });

  test('of zmtp fit them with fewer checks', async () => {
    expect(await complaints('tsconfig.zmtp-lenient.json')).toBe('');
  });
});

/** The way of a user: `"zeromq": "npm:zmtp"` in package.json. */
describe('installed as zeromq', () => {
  const SOURCES = ['src', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];
  let folder: string;
  let project: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'zmtp-compatibility-'));
    const source = join(folder, 'source');
    mkdirSync(source);
    for (const name of SOURCES) cpSync(join(ROOT, name), join(source, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(source, 'node_modules'));
    const pack = ['pack', '--json', '--foreground-scripts=false'];
    const { stdout } = await run('npm', pack, { cwd: source, env });
    const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];

    project = join(folder, 'project');
    mkdirSync(project);
    const tarball = `file:${join(source, filename)}`; // where a user has npm:zmtp
    const manifest = { private: true, type: 'module', dependencies: { zeromq: tarball } };
    writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
    const install = ['install', '--offline', '--no-audit', '--no-fund'];
    await run('npm', install, { cwd: project, env });
    for (const name of ['programs', 'typings', 'transcript.ts']) {
      cpSync(join(import.meta.dirname, name), join(project, name), { recursive: true });
    }
  }, 120_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('it is what zeromq means there', () => {
    const manifest = readFileSync(join(project, 'node_modules/zeromq/package.json'), 'utf8');
    expect(JSON.parse(manifest)).toMatchObject({ name: 'zmtp' });
  });

  test.each(['req-rep.ts', 'subclasses.ts', 'v5-proxy.ts'])('%s', async (name) => {
    expectSame(await transcript(join(project, 'programs', name), [TSX]), await reference(name));
  });

  test('required.cjs', async () => {
    const actual = await transcript(join(project, 'programs/required.cjs'), []);
    expectSame(actual, await reference('required.cjs'));
  });

  test('types are found', async () => {
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2023',
      lib: ['es2023', 'esnext.disposable'],
      strict: true,
      noEmit: true,
      allowImportingTsExtensions: true,
      typeRoots: [join(ROOT, 'node_modules/@types')],
      types: ['node'],
    };
    const config = { compilerOptions, include: ['programs', 'typings', 'transcript.ts'] };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config));
    const checking = run(process.execPath, [COMPILER, '-p', project], { env });
    const { stdout } = await checking.catch((error: { stdout: string }) => error);
    expect(stdout).toBe('');
  });
});
