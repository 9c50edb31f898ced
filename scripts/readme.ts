/**
 * Proves the code in a Markdown file: every fenced `ts` or `js` block is type-checked with this
 * project's settings and then run with tsx. A block marked `no-run` is only type-checked; a `js`
 * block is checked like a `ts` block (`checkJs`).
 *
 *     npm run build && npx tsx scripts/readme.ts [README.md]
 *
 * Each block becomes one file in a temporary folder inside the project, so that `import 'zmtp'`
 * means this package. In front of the code stand as many empty lines as there are lines above the
 * block: compiler errors and stack traces name the line of the Markdown file.
 *
 * And every test that the text names must be there.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TIME_LIMIT = 15_000;
const FENCE = /^(?<indent> {0,3})(?<marks>`{3,})(?<info>[^`]*)$/;
const EXTENSIONS: Readonly<Record<string, string>> = {
  ts: '.ts',
  typescript: '.ts',
  mts: '.mts',
  cts: '.cts',
  js: '.js',
  javascript: '.js',
  mjs: '.mjs',
  cjs: '.cjs',
};

type Block = {
  /** The nearest heading above. */
  heading: string;
  /** The line of the opening fence; the code starts on the next. */
  line: number;
  extension: string;
  isRun: boolean;
  code: string;
};

function findBlocks(markdown: string): Block[] {
  const blocks: Block[] = [];
  let heading = '(no heading)';
  let open: { closing: RegExp; indent: RegExp; block: Block | undefined } | undefined;

  for (const [index, line] of markdown.split(/\r?\n/).entries()) {
    if (open) {
      if (open.closing.test(line)) open = undefined;
      else if (open.block) open.block.code += `${line.replace(open.indent, '')}\n`;
      continue;
    }
    const fence = FENCE.exec(line)?.groups;
    if (fence) {
      const { indent = '', marks = '', info = '' } = fence;
      const [language = '', ...flags] = info.trim().split(/[\s,]+/);
      const extension = EXTENSIONS[language];
      const block =
        extension === undefined
          ? undefined
          : { heading, line: index + 1, extension, isRun: !flags.includes('no-run'), code: '' };
      if (block) blocks.push(block);
      open = {
        closing: new RegExp(`^ {0,3}\`{${marks.length},}\\s*$`),
        indent: new RegExp(`^ {0,${indent.length}}`),
        block,
      };
    } else {
      heading = /^#{1,6}\s+(?<text>.*?)\s*#*$/.exec(line)?.groups?.['text'] ?? heading;
    }
  }
  return blocks;
}

/** Runs a program of this project to its end or to the time limit; resolves with what went wrong. */
function complaintOf(args: string[], timeLimit: number): Promise<string | undefined> {
  return new Promise((done) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, timeLimit);
    child.on('error', (error) => {
      output += error.message;
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (isLate) done(`${output}(still running after ${timeLimit / 1000} s)`);
      else if (code !== 0) done(`${output}(ended with ${code ?? signal})`);
      else done(undefined);
    });
  });
}

const markdownPath = resolve(process.argv[2] ?? join(ROOT, 'README.md'));
const markdownName = basename(markdownPath);
const markdown = await readFile(markdownPath, 'utf8');
const blocks = findBlocks(markdown);
const folder = await mkdtemp(join(ROOT, '.readme-'));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void rm(folder, { recursive: true }).then(() => process.exit(1)));
}

function pathOf(block: Block): string {
  return join(folder, `line-${block.line}${block.extension}`);
}

/** Names the Markdown file where the temporary one is meant. */
function readable(text: string): string {
  const name = relative(ROOT, folder);
  return text.replace(
    new RegExp(`(file://)?([^\\s'"(]*/)?${name.replace('.', '\\.')}/line-\\d+\\.[mc]?[jt]s`, 'g'),
    markdownName,
  );
}

function report(block: Block, step: string, complaint: string): void {
  console.error(`${markdownName}:${block.line}: the block under "${block.heading}" ${step}:`);
  console.error(`${readable(complaint).trim().replace(/^/gm, '    ')}\n`);
}

let failures = 0;
const named = new Set(markdown.match(/(?<=`)test\/[\w./-]+(?=`)/g));
for (const path of named) {
  if (existsSync(join(ROOT, path))) continue;
  failures++;
  console.error(`${markdownName}: there is no ${path}\n`);
}
try {
  for (const block of blocks) {
    await writeFile(pathOf(block), '\n'.repeat(block.line) + block.code);
  }
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: '../tsconfig.json',
      compilerOptions: {
        noEmit: true,
        allowJs: true,
        checkJs: true,
        moduleDetection: 'force',
        noUnusedLocals: false, // a block may show a value without using it
      },
      include: [], // instead of the project's
      files: blocks.map((block) => basename(pathOf(block))),
    }),
  );

  if (blocks.length > 0) {
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const complaint = await complaintOf([tsc, '--pretty', 'false', '-p', folder], 120_000);
    if (complaint !== undefined) {
      // A diagnostic is `path(line,column): error …`, and its details are indented below it.
      const diagnostics = complaint.split(/\n(?!\s)/);
      for (const block of blocks) {
        const own = diagnostics.filter((text) => text.includes(basename(pathOf(block))));
        if (own.length === 0) continue;
        failures++;
        report(block, 'does not type-check', own.join('\n'));
      }
      if (failures === 0) {
        failures++;
        console.error(readable(complaint));
      }
    }
  }

  for (const block of blocks.filter(({ isRun }) => isRun)) {
    const complaint = await complaintOf(['--import', 'tsx', pathOf(block)], TIME_LIMIT);
    if (complaint === undefined) continue;
    failures++;
    report(block, 'does not run', complaint);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

const runs = blocks.filter(({ isRun }) => isRun).length;
const failed = failures > 0 ? `, ${failures} failed` : '';
console.log(
  `${markdownName.replace(/\.md$/, '')}: ${runs} blocks run, ${blocks.length} type-checked, ${named.size} tests named${failed}`,
);
if (failures > 0) process.exitCode = 1;
