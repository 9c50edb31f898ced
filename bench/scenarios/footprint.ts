/**
 * What it costs to have the package at all: the time that a process takes longer to load it, and the size of what the main
 * entry loads, minified and compressed; and of what is only loaded when a socket needs it, but for libsodium.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type OutputFile } from 'esbuild';
import type { Scenario } from '../scenario.ts';
import { spread } from '../statistics.ts';

const LOADER = fileURLToPath(new URL('../peers/import/load.js', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ENTRY = 'dist/index.js';

/** Milliseconds from start to end of a process that imports `names`. */
async function processTime(...names: string[]): Promise<number> {
  const start = performance.now();
  const [code] = await once(spawn(process.execPath, [LOADER, ...names]), 'exit');
  if (code !== 0) throw new Error(`importing ${names.join()} ended with ${code}`);
  return performance.now() - start;
}

export const IMPORT: Scenario = {
  name: 'import',
  title: 'Importing the package, over an empty process',
  contenders: ['zmtp', 'zeromq'],
  cases: [{ name: 'import', args: [] }],
  metrics: [{ name: 'time', unit: 'ms', better: 'less', of: (times) => spread(times).median }],
  isShared: true,
  start: async (contender, plan) => ({
    warm: async () => {
      await processTime(contender);
    },
    measure: async () => {
      const times: number[] = [];
      for (let i = 0; i < plan.processes; i++) {
        const empty = await processTime();
        times.push((await processTime(contender)) - empty);
      }
      return times;
    },
  }),
};

/** What a bundler makes of the main entry: the files that importing it loads, and those that are loaded when needed. */
async function bundle(): Promise<{ first: Uint8Array[]; later: Uint8Array[] }> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [ENTRY],
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    metafile: true,
    outdir: 'bundle',
    platform: 'node',
    format: 'esm',
    external: ['*/curve-provider.js'],
    logLevel: 'error',
  });
  const { outputs } = metafile;
  const names = Object.keys(outputs).filter((name) => outputs[name]?.entryPoint === ENTRY);
  for (const name of names) {
    for (const { path, kind } of outputs[name]?.imports ?? []) {
      const isLoaded = kind === 'import-statement' && path in outputs;
      if (isLoaded && !names.includes(path)) names.push(path);
    }
  }
  const paths = new Set(names.map((name) => join(ROOT, name)));
  const isFirst = ({ path }: OutputFile): boolean => paths.has(path);
  return {
    first: outputFiles.filter(isFirst).map(({ contents }) => contents),
    later: outputFiles.filter((file) => !isFirst(file)).map(({ contents }) => contents),
  };
}

function sizeOf(files: readonly Uint8Array[]): number {
  return files.reduce((sum, { length }) => sum + length, 0);
}

function compressed(files: readonly Uint8Array[]): Uint8Array[] {
  return files.map((contents) => gzipSync(contents, { level: 9 }));
}

export const SIZE: Scenario = {
  name: 'size',
  title: 'Size of the main entry, bundled, without CURVE',
  contenders: ['zmtp'],
  cases: [{ name: 'main entry', args: [] }],
  metrics: [
    { name: 'minified', unit: 'B', better: 'less', of: ([bytes = Number.NaN]) => bytes },
    { name: 'minified + gzip', unit: 'B', better: 'less', of: ([, bytes = Number.NaN]) => bytes },
    {
      name: 'loaded when needed',
      unit: 'B',
      better: 'less',
      of: ([, , bytes = Number.NaN]) => bytes,
    },
  ],
  isShared: true,
  repetitions: 1,
  start: async () => ({
    measure: async () => {
      const { first, later } = await bundle();
      return [sizeOf(first), sizeOf(compressed(first)), sizeOf(compressed(later))];
    },
  }),
};
