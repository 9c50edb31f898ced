/**
 * Compiles `src` into `dist`: `npm run build`. libsodium goes into `dist/curve-provider.js`, the one file that imports it,
 * and its licence into `dist/licenses`: so the package needs no other. MessagePack, fast-check, and pure-rand of which that is
 * made, go into the parts of the command that need them; `zmtp/testing` finds the fast-check of whoever uses it.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

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
const common = {
  allowOverwrite: true,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
} as const;

const provider = join(dist, 'curve-provider.js');
await build({
  ...common,
  entryPoints: [provider],
  outfile: provider,
  banner: {
    js: '/* With libsodium, compiled to WebAssembly: see licenses/libsodium-sumo.txt */',
  },
});
// It would speak of lines that are elsewhere now.
rmSync(`${provider}.map`);

/**
 * A module that is loaded later shares whatever it shares with the main entry as a whole. Else what it needs of that would
 * be cut out, file by file for every such module, and each file costs half a millisecond at every import.
 */
const later: Plugin = {
  name: 'later',
  setup(build) {
    const main = join(dist, 'index.js');
    build.onLoad({ filter: /[\\/](secured|socks)\.js$/ }, ({ path }) => ({
      contents: `${readFileSync(path, 'utf8')}\nexport { default as main } from ${JSON.stringify(main)};`,
    }));
  },
};

// The entries and what they share, in few files: to find and read 80 small ones is most of what an import takes.
const bundled = join(dist, 'bundled');
await build({
  ...common,
  entryPoints: ['index', 'protocol', 'v5-compat'].map((name) => join(dist, `${name}.js`)),
  outdir: bundled,
  splitting: true,
  sourcemap: true,
  // Comments are half of it, and the compiler reads them too; names stay.
  minifyWhitespace: true,
  // Node prints the line of an error that nobody catches.
  lineLimit: 120,
  external: ['./curve-provider.js'],
  chunkNames: '[name]-[hash]',
  plugins: [later],
});
/**
 * What is built beside the entries uses them as everybody does, and brings no second copy of them.
 *
 * @param up - the way from where its files will be to where the entries are
 */
const publicEntries = (up: string): Plugin => ({
  name: 'public-entries',
  setup(build) {
    build.onResolve(
      { filter: /\/(index|protocol|curve-provider)\.js$/ },
      ({ path, resolveDir }) => {
        if (dirname(join(resolveDir, path)) !== dist) return undefined;
        return { path: `${up}/${basename(path)}`, external: true };
      },
    );
  },
});
await build({
  ...common,
  entryPoints: [join(dist, 'testing.js')],
  outdir: bundled,
  sourcemap: true,
  minifyWhitespace: true,
  lineLimit: 120,
  external: ['fast-check'],
  plugins: [publicEntries('.')],
});
await build({
  ...common,
  entryPoints: [join(dist, 'cli/main.js')],
  outdir: join(bundled, 'cli'),
  splitting: true,
  mainFields: ['module', 'main'],
  minifyWhitespace: true,
  lineLimit: 120,
  chunkNames: '[name]-[hash]',
  plugins: [publicEntries('..')],
});
for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
  const isOurs = !file.startsWith('bundled') && /\.js(\.map)?$/.test(file);
  if (isOurs && !file.startsWith('curve-provider')) rmSync(join(dist, file));
}
mkdirSync(join(dist, 'cli'), { recursive: true });
for (const file of readdirSync(bundled, { recursive: true, encoding: 'utf8' })) {
  if (statSync(join(bundled, file)).isDirectory()) continue;
  const path = join(bundled, file);
  // It stands one folder higher from now on.
  if (file.endsWith('.map')) {
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('"../../src/', '"../src/'));
  }
  renameSync(path, join(dist, file));
}
rmSync(bundled, { recursive: true });
mkdirSync(join(dist, 'licenses'));
for (const [name, file] of [
  ['libsodium-sumo', 'libsodium-sumo'],
  ['@msgpack/msgpack', 'msgpack'],
  ['fast-check', 'fast-check'],
  ['pure-rand', 'pure-rand'],
] as const) {
  copyFileSync(join(root, 'node_modules', name, 'LICENSE'), join(dist, `licenses/${file}.txt`));
}
