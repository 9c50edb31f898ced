/**
 * What it costs to have the package at all: the time that a process takes longer to load it, and the size of the main
 * entry, minified and compressed, without CURVE.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { Scenario } from '../scenario.ts';
import { spread } from '../statistics.ts';

const LOADER = fileURLToPath(new URL('../peers/import/load.js', import.meta.url));
const ENTRY = fileURLToPath(new URL('../../dist/index.js', import.meta.url));

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

export const SIZE: Scenario = {
  name: 'size',
  title: 'Size of the main entry, bundled, without CURVE',
  contenders: ['zmtp'],
  cases: [{ name: 'main entry', args: [] }],
  metrics: [
    { name: 'minified', unit: 'B', better: 'less', of: ([bytes = Number.NaN]) => bytes },
    { name: 'minified + gzip', unit: 'B', better: 'less', of: ([, bytes = Number.NaN]) => bytes },
  ],
  isShared: true,
  repetitions: 1,
  start: async () => ({
    measure: async () => {
      const { outputFiles } = await build({
        entryPoints: [ENTRY],
        bundle: true,
        minify: true,
        write: false,
        platform: 'node',
        format: 'esm',
        external: ['*/curve-provider.js'],
      });
      const contents = outputFiles[0]?.contents ?? new Uint8Array();
      return [contents.length, gzipSync(contents, { level: 9 }).length];
    },
  }),
};
