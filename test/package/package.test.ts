/**
 * The package as others get it: packed, installed into an empty project without a network, and used from there.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
/** What the package is made of. A copy is built and packed, so that the tests beside this one keep their `dist`. */
const SOURCES = [
  'src',
  'scripts',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
];

let folder: string;
/** The project that has the package installed. */
let project: string;
let packed: { filename: string; files: { path: string }[] };

/** Leaves npm's own settings to the test: nothing of the run around it may leak in, and no network is asked. */
const env = Object.fromEntries(
  Object.entries({ ...process.env, npm_config_loglevel: 'error' }).filter(
    ([name]) => !/^npm_(?!config_(loglevel|cache))/i.test(name) && name !== 'NODE_OPTIONS',
  ),
);

async function npm(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('npm', args, { cwd, env });
  return stdout;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zmtp-package-'));
  const source = join(folder, 'source');
  mkdirSync(source);
  for (const name of SOURCES) cpSync(join(ROOT, name), join(source, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(source, 'node_modules'));
  const report = JSON.parse(await npm(source, 'pack', '--json', '--foreground-scripts=false'));
  [packed] = report;

  project = join(folder, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "name": "project", "private": true }');
  await npm(
    project,
    'install',
    '--offline',
    '--no-audit',
    '--no-fund',
    join(source, packed.filename),
  );
}, 60_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a program of the project and answers with what it prints. */
async function runProgram(name: string, text: string): Promise<string> {
  writeFileSync(join(project, name), text);
  const { stdout, stderr } = await run(process.execPath, [name], { cwd: project, env });
  expect(stderr.replaceAll(/.*ExperimentalWarning.*\n|.*--trace-warnings.*\n/g, '')).toBe('');
  return stdout;
}

/** A conversation over tcp and a look into the codec; `Request` and the others are in scope. */
const CONVERSATION = `
async function main() {
  const rep = new Reply();
  await rep.bind('tcp://127.0.0.1:*');
  const req = new Request();
  req.connect(rep.lastEndpoint);
  await req.send('Hello');
  const [request] = await rep.receive();
  await rep.send([request, 'World']);
  const reply = await req.receive();
  console.log(reply.join(' '));
  req.close();
  rep.close();
  const connection = new Connection({ socketType: 'REQ' }, 0);
  console.log(connection.state, connection.takeOutput()[0].length, GREETING_SIZE);
  console.log(Request.name, Reply.name, new ZmtpError('EAGAIN').code, new ProtocolError('x').code);
}
`;
const PRINTED = 'Hello World\ngreeting 64 64\nRequest Reply EAGAIN EPROTO\n';

describe('the tarball', () => {
  test('has what is needed and nothing else', () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        'package.json',
        'README.md',
        'LICENSE',
        'CHANGELOG.md',
        'dist/index.js',
        'dist/index.d.ts',
        'dist/index.js.map',
        'dist/protocol.js',
        'dist/protocol.d.ts',
        'dist/testing.js',
        'dist/testing.d.ts',
        'dist/curve-provider.js',
        'dist/licenses/libsodium-sumo.txt',
        'dist/licenses/msgpack.txt',
        'dist/licenses/fast-check.txt',
        'dist/licenses/pure-rand.txt',
        'src/index.ts',
      ]),
    );
    const others = paths.filter(
      (path) => !/^(dist|src)\/|^(package\.json|[A-Z]+(\.md)?)$/.test(path),
    );
    expect(others).toEqual([]);
    expect(paths.filter((path) => /\.test\.|^bench\//.test(path))).toEqual([]);
  });

  test('needs no other package', () => {
    const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'));
    expect(Object.keys(lock.packages)).toEqual(['', 'node_modules/zmtp']);
  });

  test('every map finds its source', () => {
    const installed = join(project, 'node_modules/zmtp');
    for (const { path } of packed.files) {
      if (!path.endsWith('.map')) continue;
      const { sources } = JSON.parse(readFileSync(join(installed, path), 'utf8'));
      for (const source of sources) {
        expect(() => readFileSync(join(installed, dirname(path), source))).not.toThrow();
      }
    }
  });
});

describe('the installed package', () => {
  test('is imported', async () => {
    const program = `
      import { ProtocolError, Reply, Request, ZmtpError } from 'zmtp';
      import { Connection, GREETING_SIZE, ProtocolError as Same } from 'zmtp/protocol';
      ${CONVERSATION}
      if (Same !== ProtocolError) throw new Error('two classes of one name');
      await main();`;
    expect(await runProgram('main.mjs', program)).toBe(PRINTED);
  });

  test('is required', async () => {
    const program = `
      const { ProtocolError, Reply, Request, ZmtpError } = require('zmtp');
      const { Connection, GREETING_SIZE } = require('zmtp/protocol');
      ${CONVERSATION}
      main();`;
    expect(await runProgram('main.cjs', program)).toBe(PRINTED);
  });

  test('is imported whole, by default', async () => {
    const program = `
      import zmq, { ProtocolError, Reply, Request, ZmtpError } from 'zmtp';
      import { Connection, GREETING_SIZE } from 'zmtp/protocol';
      import v5, { createSocket } from 'zmtp/v5-compat';
      ${CONVERSATION}
      console.log(zmq.Reply === Reply, zmq.default === zmq, v5.createSocket === createSocket);
      await main();`;
    expect(await runProgram('default.mjs', program)).toBe(`true true true\n${PRINTED}`);
  });

  test('says whom a message comes from', async () => {
    const program = `
      import { allowPasswords, Pull, Push, peerOf } from 'zmtp';
      const pull = new Pull({ plainServer: true, authenticate: allowPasswords({ joe: 'x' }) });
      await pull.bind('tcp://127.0.0.1:*');
      const push = new Push({ plainUsername: 'joe', plainPassword: 'x' });
      push.connect(pull.lastEndpoint);
      await push.send('hello');
      const message = await pull.receive();
      console.log(peerOf(message).userId, peerOf([...message]));
      push.close();
      pull.close();`;
    expect(await runProgram('peer-of.mjs', program)).toBe('joe undefined\n');
  });

  test('has the same default where it is required', async () => {
    const program = `
      const zmq = require('zmtp');
      const v5 = require('zmtp/v5-compat');
      import('zmtp').then(({ default: imported }) => {
        console.log(imported.Reply === zmq.Reply, zmq.default.Reply === zmq.Reply);
        console.log(v5.default.socket === v5.createSocket);
      });`;
    expect(await runProgram('default.cjs', program)).toBe('true true\ntrue\n');
  });

  test('can be asked for its version, and for nothing that is inside', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const program = `
      console.log(require('zmtp/package.json').version);
      for (const path of ['zmtp/dist/index.js', 'zmtp/src/index.ts', 'zmtp/queue', 'zmtp/index']) {
        try {
          require(path);
          console.log(path);
        } catch (error) {
          console.log(error.code);
        }
      }`;
    expect(await runProgram('inside.cjs', program)).toBe(
      `${version}\n${'ERR_PACKAGE_PATH_NOT_EXPORTED\n'.repeat(4)}`,
    );
  });

  test('has types for both entries', async () => {
    const config = {
      compilerOptions: {
        module: 'nodenext',
        target: 'es2023',
        strict: true,
        exactOptionalPropertyTypes: true,
        // The types of the package itself are looked at, too.
        skipLibCheck: false,
        lib: ['es2023', 'esnext.disposable'],
        typeRoots: [join(ROOT, 'node_modules/@types')],
        types: ['node'],
        outDir: 'compiled',
      },
      files: ['main.ts'],
    };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config));
    const program = `
      import { type EventPeer, type Message, type OperationOptions, peerOf, ProtocolError, poll, Reply, Request, type SocketOptions, ZmtpError } from 'zmtp';
      import { Connection, type ConnectionEvent, type ConnectionOptions, GREETING_SIZE } from 'zmtp/protocol';

      const options: SocketOptions<Request> = { linger: 0, routingId: 'me', correlate: true };
      const call: OperationOptions = { timeout: 1000, signal: new AbortController().signal };

      async function typed(): Promise<void> {
        const rep = new Reply({ receiveTimeout: 5000 });
        await rep.bind('tcp://127.0.0.1:*');
        const req = new Request(options);
        const { lastEndpoint } = rep;
        if (lastEndpoint !== null) req.connect(lastEndpoint);
        const asking: Promise<Message[]> = req.request(['Hello', null, Buffer.of(1)], { ...call, retries: 1 });
        const readable: Reply[] = await poll([rep], { timeout: 1000 });
        for (const socket of readable) {
          const message: Message[] = await socket.receive();
          const peer: EventPeer | undefined = peerOf(message);
          const userId: string | undefined = peer?.userId;
          const [frame]: Buffer[] = userId === undefined ? message : [];
          await socket.send([frame ?? '', 'World']);
        }
        console.log((await asking).join(' '));
        // @ts-expect-error a message must be present
        req.send().catch(() => {});
      }

      async function byDefault(): Promise<void> {
        const { default: zmq } = await import('zmtp');
        new zmq.Router({ mandatory: true }).close();
      }

      async function untyped(): Promise<void> {
        const connection = new Connection({ socketType: 'REQ' } satisfies ConnectionOptions, 0);
        const event: ConnectionEvent | undefined = connection.nextEvent();
        console.log(connection.state, connection.takeOutput()[0]?.length, GREETING_SIZE, event);
        // @ts-expect-error no such socket type
        if (Math.random() > 1) new Connection({ socketType: 'REQUEST' }, 0);
        console.log(new ZmtpError('EAGAIN').code, new ProtocolError('x').reason);
      }

      typed().catch(() => {}).then(byDefault).then(untyped);`;
    writeFileSync(join(project, 'main.ts'), program);
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    const compiled = run(process.execPath, [compiler, '-p', project], { env });
    const { stdout } = await compiled.catch((error: { stdout: string }) => error);
    expect(stdout).toBe('');
  });
});

describe('the cryptography of CURVE', () => {
  const installed = (): string => join(project, 'node_modules/zmtp');

  test('is inside the package, with its licence', async () => {
    const program = `
      import { createCurveBox } from './node_modules/zmtp/dist/curve-provider.js';
      const box = await createCurveBox();
      const [one, two] = [box.generateKeyPair(), box.generateKeyPair()];
      const key = box.sharedKey(one.publicKey, two.secretKey);
      const sealed = box.seal(key, new Uint8Array(24), Buffer.from('secret'));
      const same = box.sharedKey(two.publicKey, one.secretKey);
      console.log(sealed.length, Buffer.from(box.open(same, new Uint8Array(24), sealed)).toString());`;
    expect(await runProgram('curve.mjs', program)).toBe('22 secret\n');
    const licence = readFileSync(join(installed(), 'dist/licenses/libsodium-sumo.txt'), 'utf8');
    expect(licence).toContain('Permission to use, copy, modify');
  });

  test('is imported once, and only when it is asked for', () => {
    const paths = packed.files.map(({ path }) => path).filter((path) => path.endsWith('.js'));
    const importers = paths.filter((path) =>
      readFileSync(join(installed(), path), 'utf8').includes('./curve-provider.js'),
    );
    expect(importers.map((path) => path.replace(/-\w+\.js$/, '')).toSorted()).toEqual([
      'dist/chunk',
    ]);
    for (const path of importers) {
      const importer = readFileSync(join(installed(), path), 'utf8');
      expect(importer.match(/[^\n]*curve-provider\.js[^\n]*/g)).toEqual([
        expect.stringMatching(/await import\(["']\.\.?\/curve-provider\.js["']\)/),
      ]);
    }
  });
});

/** Any import; and those of them that are followed before a module runs. */
const IMPORT = /(?:\bfrom|\bimport|\brequire)\s*\(?\s*['"]([^'"]+)['"]/g;
const STATIC_IMPORT = /(?:\bfrom|\bimport)\s*['"]([^'"]+)['"]/g;

/** The files that `entry` loads, itself included, and what else it asks for. */
function walk(entry: string, pattern: RegExp = IMPORT): { files: string[]; others: string[] } {
  const files = [entry];
  const others = new Set<string>();
  for (const file of files) {
    for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(pattern)) {
      if (!specifier.startsWith('.')) others.add(specifier);
      else if (!files.includes(join(dirname(file), specifier))) {
        files.push(join(dirname(file), specifier));
      }
    }
  }
  return { files, others: [...others] };
}

/** What the source maps of files say they are made of. */
function sourcesOf(files: readonly string[]): string[] {
  return files.flatMap((file) => {
    const map = JSON.parse(readFileSync(`${file}.map`, 'utf8')) as { sources: string[] };
    return map.sources;
  });
}

const dist = (file: string): string => join(project, 'node_modules/zmtp/dist', file);

describe('zmtp', () => {
  test('loads three files, and nothing that only some sockets need', () => {
    const { files } = walk(dist('index.js'), STATIC_IMPORT);
    expect(files).toHaveLength(3);
    const sources = sourcesOf(files);
    expect(sources.filter((source) => /plain|curve-|admission|zap|socks/.test(source))).toEqual([
      '../src/curve-keys.ts',
      '../src/curve-loader.ts',
    ]);
    const all = sourcesOf(walk(dist('index.js')).files.filter((file) => !/provider/.test(file)));
    expect(all).toEqual(
      expect.arrayContaining(['../src/sockets/zap.ts', '../src/transport/socks.ts']),
    );
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('zmtp/protocol', () => {
  test('loads nothing of Node, and little of the package', () => {
    const { files, others } = walk(dist('protocol.js'));
    expect(others).toEqual([]);
    const sources = sourcesOf(files);
    expect(sources.length).toBeGreaterThan(10);
    const outside = sources.filter(
      (source) => !/\.\.\/src\/(zmtp\/.*|endpoint|errors|protocol|z85)\.ts$/.test(source),
    );
    expect(outside).toEqual([]);
  });

  test('the walk would see it', () => {
    expect(walk(dist('index.js')).others).toEqual(expect.arrayContaining(['node:net']));
  });

  test('runs where there is nothing but the language', async () => {
    const program = `
      import vm from 'node:vm';
      import { readFileSync } from 'node:fs';
      import { basename, dirname, join } from 'node:path';
      const context = vm.createContext({ print: (...words) => console.log(...words) });
      const modules = new Map();
      function load(path) {
        if (!modules.has(path)) {
          modules.set(path, new vm.SourceTextModule(readFileSync(path, 'utf8'), { context, identifier: path }));
        }
        return modules.get(path);
      }
      const entry = new vm.SourceTextModule(\`
        import { Connection } from './protocol.js';
        const one = new Connection({ socketType: 'REQ', routingId: Uint8Array.of(109, 101) }, 0);
        const two = new Connection({ socketType: 'REP' }, 0);
        const events = [];
        for (let round = 0; round < 5; round++) {
          for (const [from, to] of [[one, two], [two, one]]) {
            for (const piece of from.takeOutput()) to.handleInput(piece.slice(), 0);
            from.outputWritten(true);
            for (let event = to.nextEvent(); event; event = to.nextEvent()) {
              events.push(event.type);
              if (event.type === 'message') events.push(event.frames[1].join());
            }
          }
          if (round === 2) one.send([new Uint8Array(0), Uint8Array.of(1, 2, 3)]);
        }
        print(events.join(' '));
      \`, { context, identifier: ${JSON.stringify('ENTRY')} });
      await entry.link((specifier, from) =>
        load(join(from === entry ? ${JSON.stringify('DIST')} : dirname(from.identifier), specifier)));
      await entry.evaluate();`.replace('"DIST"', JSON.stringify(dirname(dist('protocol.js'))));
    writeFileSync(join(project, 'bare.mjs'), program);
    const { stdout } = await run(
      process.execPath,
      ['--experimental-vm-modules', '--no-warnings', 'bare.mjs'],
      {
        cwd: project,
        env,
      },
    );
    expect(stdout).toBe('handshake handshake message 1,2,3\n');
  });
});

describe('zmtp/testing', () => {
  test('has the classes of the other entries, and brings all it needs but fast-check', () => {
    const { files, others } = walk(dist('testing.js'), STATIC_IMPORT);
    expect(files).toContain(dist('index.js'));
    expect(files).toContain(dist('protocol.js'));
    expect(others.filter((name) => !name.startsWith('node:'))).toEqual(['fast-check']);
  });

  test('works with the fast-check of whoever uses it', async () => {
    const modules = join(project, 'node_modules');
    const linked = ['fast-check', 'pure-rand'].map((name) => join(modules, name));
    for (const path of linked) symlinkSync(join(ROOT, 'node_modules', basename(path)), path);
    try {
      const program = `
        import * as fc from 'fast-check';
        import { decodeCommand, encodeCommand } from 'zmtp/protocol';
        import { arbitraries, ConnectionPair } from 'zmtp/testing';
        fc.assert(fc.property(arbitraries.commands, (command) =>
          decodeCommand(encodeCommand(command)).name === command.name));
        const pair = new ConnectionPair({ socketType: 'REQ' }, { socketType: 'REP' });
        pair.drive();
        console.log(pair.one.isReady);`;
      expect(await runProgram('testing.mjs', program)).toBe('true\n');
    } finally {
      for (const path of linked) rmSync(path);
    }
  });

  test('the command needs no fast-check', async () => {
    const command = join(project, 'node_modules/zmtp/dist/cli/main.js');
    const { stdout } = await run(process.execPath, [command, 'fuzz', '--help'], { env });
    expect(stdout).toMatch(/^Usage: zmtp fuzz ENDPOINT/);
  });
});
