/**
 * Compiles `src` into `dist`: `npm run build`. libsodium goes into `dist/curve-provider.js`, the one file that imports it,
 * and its licence into `dist/licenses`: so the package needs no other.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const tsc = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin/tsc',
);

rmSync(join(root, 'dist'), { recursive: true, force: true });
execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], {
  stdio: 'inherit',
});

const dist = join(root, 'dist');
const provider = join(dist, 'curve-provider.js');
await build({
  entryPoints: [provider],
  outfile: provider,
  allowOverwrite: true,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Our own files stay files of their own.
  external: ['./x25519.js', './zmtp/*'],
  banner: {
    js: '/* With libsodium, compiled to WebAssembly: see licenses/libsodium-sumo.txt */',
  },
  logLevel: 'warning',
});
// It would speak of lines that are elsewhere now.
rmSync(`${provider}.map`);
mkdirSync(join(dist, 'licenses'));
copyFileSync(
  join(root, 'node_modules/libsodium-sumo/LICENSE'),
  join(dist, 'licenses/libsodium-sumo.txt'),
);
