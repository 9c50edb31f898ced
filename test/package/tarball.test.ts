/**
 * The package as users get it: packed, installed into an empty project without a network, and used by `import`, by
 * `require` and from TypeScript.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const project = mkdtempSync(join(tmpdir(), 'zmtp-package-'));

const CONVERSATION = `
  const rep = new zmtp.Reply();
  await rep.bind('tcp://127.0.0.1:*');
  const req = new zmtp.Request();
  req.connect(rep.lastEndpoint ?? '');
  await req.send(['a', 'b']);
  await rep.send((await rep.receive()).toReversed());
  console.log((await req.receive()).join());
  const connection = new protocol.Connection({ socketType: 'REQ' }, 0);
  console.log(connection.takeOutput()[0]?.length);
`;
const ANSWER = 'b,a\n64\n';

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function write(name: string, text: string): string {
  writeFileSync(join(project, name), text);
  return name;
}

beforeAll(() => {
  run('npm', 'pack', ROOT, '--ignore-scripts', '--silent', '--pack-destination', project);
  const tarball = readdirSync(project).find((name) => name.endsWith('.tgz'));
  write('package.json', '{ "name": "user", "private": true }');
  run('npm', 'install', `./${tarball}`, '--offline', '--silent', '--no-audit', '--no-fund');
});

afterAll(() => {
  rmSync(project, { recursive: true, force: true });
});

describe('the packed package', () => {
  test('brings nothing else with it', () => {
    const installed = readdirSync(join(project, 'node_modules')).filter(
      (name) => !name.startsWith('.'),
    );
    expect(installed).toEqual(['zmtp']);
  });

  test('is imported by an ES module', () => {
    const imports = `import * as zmtp from 'zmtp'; import * as protocol from 'zmtp/protocol';`;
    expect(run(process.execPath, write('user.mjs', imports + CONVERSATION))).toBe(ANSWER);
  });

  test('is required by a CommonJS module', () => {
    const requires = `const zmtp = require('zmtp'); const protocol = require('zmtp/protocol');`;
    const program = `${requires} (async () => {${CONVERSATION}})();`;
    expect(run(process.execPath, '--no-warnings', write('user.cjs', program))).toBe(ANSWER);
  });

  test('has the types that TypeScript looks for', () => {
    symlinkSync(join(ROOT, 'node_modules/@types'), join(project, 'node_modules/@types'));
    write(
      'user.mts',
      `import * as zmtp from 'zmtp'; import * as protocol from 'zmtp/protocol'; ${CONVERSATION}`,
    );
    const settings = [
      '--strict',
      '--noEmit',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--types',
      'node',
    ];
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    expect(run(process.execPath, tsc, ...settings, 'user.mts')).toBe('');
    write('wrong.mts', `import { Request } from 'zmtp'; new Request({ linger: 'long' });`);
    expect(() => run(process.execPath, tsc, ...settings, 'wrong.mts')).toThrow();
  });

  test('zmtp/protocol uses nothing of Node', () => {
    const seen = new Set<string>();
    const walk = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(/from '([^']+)'/g)) {
        expect(specifier, file).toMatch(/^\.\.?\//);
        walk(resolve(dirname(file), specifier));
      }
    };
    walk(join(project, 'node_modules/zmtp/dist/protocol.js'));
    expect(seen.size).toBeGreaterThan(10);
  });
});
