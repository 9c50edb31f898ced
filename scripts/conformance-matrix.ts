/**
 * Runs the conformance suite against our sockets, two releases of libzmq and JeroMQ, and writes what it finds to
 * `doc/conformance.md`: `npx tsx scripts/conformance-matrix.ts`.
 *
 * @module
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCurveBox } from '../src/curve-loader.ts';
import { encodeZ85 } from '../src/protocol.ts';
import type { Case } from '../src/testing/conformance/case.ts';
import type { Security } from '../src/testing/conformance/line.ts';
import { probe } from '../src/testing/conformance/probe.ts';
import { type Outcome, runCases } from '../src/testing/conformance/runner.ts';
import { areaOf, AREAS, select } from '../src/testing/conformance/suite.ts';
import { BoundPeer } from '../src/testing/conformance/target.ts';
import { HOLDS } from '../test/support/conform-application.ts';
import { findPython } from '../test/support/peers/python.ts';
import { installDebian } from './apt.ts';
import { EXPLANATIONS } from './conformance/explanations.ts';

const root = join(import.meta.dirname, '..');
const TYPES = ['PULL', 'REP', 'ROUTER', 'XPUB', 'SUB'] as const;
const MECHANISMS = ['NULL', 'PLAIN', 'CURVE'] as const;
type Type = (typeof TYPES)[number];
type Mechanism = (typeof MECHANISMS)[number];

const TIME = 1000;
/** A peer that has just begun may still be loading what it needs. */
const PATIENCE = 10_000;
/** Longer than anything is waited for, so that it is not taken for a reaction. */
const HANDSHAKE = 1500;
const LONGEST = 200_000;
const PASSWORD = 'secret';
const JEROMQ = '/usr/share/java/jeromq.jar';

const box = await loadCurveBox();
const serverKeys = box.generateKeyPair();
const clientKeys = box.generateKeyPair();

const SECURITY: Readonly<Record<Mechanism, Security>> = {
  NULL: { mechanism: 'NULL' },
  PLAIN: { mechanism: 'PLAIN', role: 'client', username: 'me', password: PASSWORD },
  CURVE: {
    mechanism: 'CURVE',
    role: 'client',
    box,
    serverKey: serverKeys.publicKey,
    keys: clientKeys,
  },
};

function settingsFor(mechanism: Mechanism): object {
  const common = { handshakeInterval: HANDSHAKE, maxMessageSize: LONGEST };
  if (mechanism === 'NULL') return common;
  if (mechanism === 'PLAIN') return { ...common, plainServer: true, password: PASSWORD };
  return {
    ...common,
    curveServer: true,
    curvePublicKey: encodeZ85(serverKeys.publicKey),
    curveSecretKey: encodeZ85(serverKeys.secretKey),
    clientKey: Buffer.from(clientKeys.publicKey).toString('hex'),
  };
}

type Implementation = {
  readonly name: string;
  readonly mechanisms: readonly Mechanism[];
  /** Whether it has the options for limits that some cases need. */
  readonly hasLimits: boolean;
  command(type: Type, settings: string): readonly string[];
};

function implementations(folder: string): Implementation[] {
  const python = findPython();
  const node = [process.execPath, '--import', 'tsx', join(root, 'scripts/conformance/peer.ts')];
  const found: Implementation[] = [
    {
      name: 'zmtp',
      mechanisms: MECHANISMS,
      hasLimits: true,
      command: (type, settings) => [...node, 'zmtp', type, settings],
    },
    {
      name: 'libzmq 4.3.5',
      mechanisms: MECHANISMS,
      hasLimits: true,
      command: (type, settings) => [...node, 'zeromq', type, settings],
    },
  ];
  if (python !== undefined) {
    const version = execFileSync(python, ['-c', 'import zmq; print(zmq.zmq_version())'])
      .toString()
      .trim();
    found.push({
      name: `libzmq ${version}`,
      mechanisms: MECHANISMS,
      hasLimits: true,
      command: (type, settings) => [
        python,
        join(root, 'scripts/conformance/peer.py'),
        type,
        settings,
      ],
    });
  }
  if (!existsSync(JEROMQ)) installDebian(['libjeromq-java', 'default-jdk-headless']);
  if (existsSync(JEROMQ)) {
    execFileSync('javac', [
      ...['-cp', JEROMQ, '-d', folder],
      join(root, 'scripts/conformance/Peer.java'),
    ]);
    found.push({
      name: 'JeroMQ 0.3.6',
      mechanisms: ['NULL'],
      hasLimits: false,
      command: (type) => ['java', '-cp', `${JEROMQ}:${folder}`, 'Peer', type],
    });
  }
  return found;
}

/** Whether nobody explains a failure: then it may be the machine's fault, and is tried again with more time. */
function isDoubtful({ case: { id }, verdict }: Outcome): boolean {
  return verdict === 'failed' && EXPLANATIONS[id] === undefined;
}

/** The endpoint is the first line that a peer prints. */
function endpointOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk;
      if (text.includes('\n')) resolve(text.split('\n')[0] ?? '');
    });
    child.once('exit', () => reject(new Error('the peer ended before it was bound')));
  });
}

type Result = {
  readonly implementation: string;
  readonly type: Type;
  readonly mechanism: Mechanism;
  readonly outcomes: readonly Outcome[];
  /** Why there is none. */
  readonly problem?: string;
};

async function runOne(
  implementation: Implementation,
  type: Type,
  mechanism: Mechanism,
): Promise<Result> {
  const command = implementation.command(type, JSON.stringify(settingsFor(mechanism)));
  const child = spawn(command[0] ?? '', command.slice(1), {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: root,
  });
  const outcomes: Outcome[] = [];
  const result = { implementation: implementation.name, type, mechanism, outcomes };
  try {
    const target = new BoundPeer(await endpointOf(child));
    const security = SECURITY[mechanism];
    const subject = await probe(target, security, PATIENCE);
    const { hasLimits } = implementation;
    const run = {
      target,
      security,
      subject,
      time: TIME,
      holds: new Set([
        ...HOLDS[type],
        'authenticates' as const,
        ...(hasLimits ? (['handshakeTime', 'maxFrameSize'] as const) : []),
      ]),
      limits: hasLimits ? { handshakeTime: HANDSHAKE, maxFrameSize: LONGEST } : {},
    };
    await runCases(select([]), run, (outcome) => outcomes.push(outcome));
    for (const [i, outcome] of outcomes.entries()) {
      if (!isDoubtful(outcome)) continue;
      await runCases([outcome.case], { ...run, time: PATIENCE }, (second) => {
        outcomes[i] = second;
      });
    }
    target.close();
    return result;
  } catch (error) {
    return { ...result, problem: (error as Error).message };
  } finally {
    child.kill('SIGKILL');
  }
}

function countTable(results: readonly Result[]): string {
  const rows = results.map(({ implementation, type, mechanism, outcomes, problem }) => {
    if (problem !== undefined)
      return `| ${implementation} | ${type} | ${mechanism} | ${problem} | | | |`;
    const failed = outcomes.filter(({ verdict }) => verdict === 'failed');
    const against = (severity: string): number =>
      failed.filter((outcome) => outcome.case.severity === severity).length;
    const passed = outcomes.filter(({ verdict }) => verdict === 'passed').length;
    return `| ${implementation} | ${type} | ${mechanism} | ${passed} | ${against('must')} | ${against('should')} | ${against('libzmq')} |`;
  });
  return [
    '| implementation | type | mechanism | passed | against a MUST | against a SHOULD | other than libzmq |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

/** Where a case has failed, in few words: the types and mechanisms of an implementation, or nothing for all. */
function whereFailed(one: Case, name: string, results: readonly Result[]): string {
  const ran = results.filter(
    ({ implementation, outcomes }) =>
      implementation === name && outcomes.some((outcome) => outcome.case === one),
  );
  const failed = ran.filter(({ outcomes }) =>
    outcomes.some((outcome) => outcome.case === one && outcome.verdict === 'failed'),
  );
  const passed = ran.some(({ outcomes }) =>
    outcomes.some((outcome) => outcome.case === one && outcome.verdict === 'passed'),
  );
  if (ran.length === 0) return '–';
  if (failed.length === 0) return passed ? 'ok' : '–';
  if (failed.length === ran.length) return '**no**';
  const mechanisms = MECHANISMS.filter((mechanism) => {
    const some = ran.filter((result) => result.mechanism === mechanism);
    return some.length > 0 && some.every((result) => failed.includes(result));
  });
  const isByMechanism = failed.every(({ mechanism }) => mechanisms.includes(mechanism));
  if (isByMechanism) return `**no** with ${mechanisms.join(', ')}`;
  return `**no**: ${failed.map(({ type, mechanism }) => `${type} ${mechanism}`).join(', ')}`;
}

function deviationTable(names: readonly string[], results: readonly Result[]): string {
  const deviating = AREAS.flatMap(({ cases }) => cases).filter((one) =>
    results.some(({ outcomes }) =>
      outcomes.some((outcome) => outcome.case === one && outcome.verdict === 'failed'),
    ),
  );
  const rows = deviating.map((one) => {
    const explanation = EXPLANATIONS[one.id];
    if (explanation === undefined)
      console.error(`${one.id} fails somewhere, and nobody explains it`);
    const cells = names.map((name) => whereFailed(one, name, results));
    return `| ${one.id} | ${areaOf(one)}: ${one.title} | ${one.severity} | ${cells.join(' | ')} | ${explanation ?? ''} |`;
  });
  return [
    `| case | what should be | severity | ${names.join(' | ')} | why not |`,
    `| --- | --- | --- | ${names.map(() => '---').join(' | ')} | --- |`,
    ...rows,
  ].join('\n');
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'zmtp-conformance-'));
  const found = implementations(folder);
  const results: Result[] = [];
  for (const implementation of found) {
    for (const mechanism of implementation.mechanisms) {
      for (const type of TYPES) {
        const result = await runOne(implementation, type, mechanism);
        results.push(result);
        const failed = result.outcomes.filter(({ verdict }) => verdict === 'failed');
        console.log(implementation.name, type, mechanism, result.problem ?? '');
        for (const {
          case: { id },
          expected,
          got,
        } of failed) {
          console.log(`  ${id}: expected ${expected}, got ${got}`);
        }
      }
    }
  }
  rmSync(folder, { recursive: true });
  const file = join(root, 'doc/conformance.md');
  const begin = '<!-- generated by scripts/conformance-matrix.ts: from here on -->';
  const [head = ''] = readFileSync(file, 'utf8').split(begin);
  const names = found.map(({ name }) => name);
  const text = [
    `${head}${begin}`,
    '',
    '### Runs',
    '',
    countTable(results),
    '',
    '### Deviations',
    '',
    deviationTable(names, results),
    '',
  ].join('\n');
  writeFileSync(file, text);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
