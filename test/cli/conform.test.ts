/**
 * `zmtp conform`: what it prints and writes, and how it ends.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import * as zeromq from 'zeromq';
import { asHtml } from '../../src/cli/conform/html.ts';
import { asJunit } from '../../src/cli/conform/forms.ts';
import { Dealer, Reply } from '../../src/index.ts';
import type { Report } from '../../src/testing/conformance/report.ts';
import { select } from '../../src/testing/conformance/suite.ts';
import { runApplication } from '../support/conform-application.ts';
import { BrokenPeer } from './broken-peer.ts';
import { run, start } from './run-command.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function bindEcho(socket: Reply | zeromq.Reply): Promise<string> {
  ends.push(() => socket.close());
  await socket.bind('tcp://127.0.0.1:*');
  void runApplication('REP', socket);
  return socket.lastEndpoint ?? '';
}

async function bindBroken(options: Parameters<typeof BrokenPeer.start>[0]): Promise<string> {
  const peer = await BrokenPeer.start(options);
  ends.push(() => peer.close());
  return peer.endpoint;
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'zmtp-conform-'));
  ends.push(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Whether every tag of XML, or of a page, is closed where it should be. */
function expectWellFormed(text: string): void {
  const open: string[] = [];
  const withoutStyle = text.replace(/<style>[^<]*<\/style>/, '');
  expect(withoutStyle.replace(/<[^<>]*>/g, '')).not.toMatch(/[<>]|&(?!amp;|lt;|gt;|quot;)/);
  for (const [, slash, name = '', isVoid] of withoutStyle.matchAll(
    /<(\/?)([\w-]+)[^<>]*?(\/?)>/g,
  )) {
    if (isVoid === '/' || ['meta', 'br'].includes(name)) continue;
    if (slash === '') open.push(name);
    else expect(open.pop()).toBe(name);
  }
  expect(open).toEqual([]);
}

test('a good peer: a report for people, a page, and JUnit', async () => {
  const endpoint = await bindEcho(new Reply({ linger: 0 }));
  const folder = temporaryFolder();
  const junit = join(folder, 'report.xml');
  const html = join(folder, 'report.html');
  const { out, err, code } = await run([
    ...['conform', endpoint, '--echo', '--timeout', '5000'],
    ...['--junit', junit, '--html', html],
  ]);
  expect({ err, code }).toEqual({ err: '', code: 0 });
  expect(out.split('\n')[0]).toBe(`${endpoint}: a bound REP that speaks ZMTP 3.1 with NULL`);
  expect(out).toMatch(/^greeting\n {2}ok {6}T1 {4}the signature comes unasked/m);
  expect(out).toMatch(/^ {2}skip {4}T37 .* \(needs --max-message-size BYTES\)$/m);
  expect(out).toMatch(/^[1-9]\d+ passed, 0 failed, 0 differ, \d+ skipped$/m);
  const xml = readFileSync(junit, 'utf8');
  expect(xml).toMatch(/<testcase classname="greeting" name="T1 /);
  expectWellFormed(xml.replace(/^<\?xml.*\?>/, ''));
  const page = readFileSync(html, 'utf8');
  expect(page).toMatch(/^<!doctype html>/);
  expectWellFormed(page.replace(/^<!doctype html>/, ''));
});

test('libzmq, with JSON: what differs, with the RFC, and what is no failure', async () => {
  const endpoint = await bindEcho(new zeromq.Reply({ linger: 0 }));
  const only = ['--only', 'T4*,T34', '--only', 't63', '--timeout', '5000'];
  const { out, code } = await run(['conform', endpoint, '--echo', '--json', ...only]);
  const { peer, results } = JSON.parse(out) as {
    peer: object;
    results: { id: string; verdict: string; isFailure?: boolean; rfc: string; heading: string }[];
  };
  expect(code).toBe(1);
  expect(peer).toMatchObject({ type: 'REP', version: '3.1', mechanism: 'NULL', side: 'bound' });
  const find = (id: string) => results.find((result) => result.id === id);
  expect(find('T40')).toMatchObject({ verdict: 'passed', rfc: '37/ZMTP' });
  // It answers a PING of 5 bytes with what was in its memory.
  expect(find('T43')).toMatchObject({ verdict: 'failed', isFailure: true });
  expect(find('T34')).toMatchObject({ verdict: 'failed', isFailure: false, heading: 'Framing' });
  expect(find('T63')?.verdict).toBe('passed');
  expect(find('T1')).toBeUndefined();
});

test('a deviation from a SHOULD fails only with --strict', async () => {
  const endpoint = await bindBroken({ type: 'REP', fault: 'reserved flags' });
  const args = ['conform', endpoint, '--only', 'T34', '--timeout', '5000'];
  const { out, code } = await run(args);
  expect(code).toBe(0);
  expect(out).toMatch(/^ {2}differs T34 /m);
  expect(out).toMatch(/^ {16}expected {2}the connection to be closed$/m);
  expect(out).toMatch(/^ {16}got {7}.*answers a PING$/m);
  expect(out).toMatch(/^ {16}should; 37\/ZMTP, Framing$/m);
  const strict = await run([...args, '--strict']);
  expect(strict.out).toMatch(/^ {2}FAIL {4}T34 /m);
  expect(strict.code).toBe(1);
});

test('a peer that vanishes: the rest has failed, and it says why', async () => {
  const endpoint = await bindBroken({ type: 'REP', fault: 'dies of an empty command' });
  const { out, code } = await run(['conform', endpoint, '--timeout', '300']);
  expect(out).toMatch(/cannot be reached \(ECONNREFUSED\)/);
  expect(code).toBe(1);
});

test('nobody there, and somebody who speaks another mechanism', async () => {
  const endpoint = await bindBroken({ type: 'REP', password: 'secret' });
  const other = await run(['conform', endpoint]);
  const err = 'zmtp: conform: the peer\'s mechanism is "PLAIN", and NULL is tried\n';
  expect(other).toEqual({ out: '', err, code: 1 });
  const plain = ['--plain-username', 'me', '--plain-password', 'secret'];
  expect((await run(['conform', endpoint, ...plain, '--only', 'T1'])).code).toBe(0);
  for (const end of ends.splice(0)) end();
  const nobody = await run(['conform', endpoint]);
  expect(nobody.err).toBe(`zmtp: conform: ${endpoint} cannot be reached (ECONNREFUSED)\n`);
  expect(nobody.code).toBe(1);
});

test.each([
  ...['inproc://here', 'tcp://127.0.0.1', 'tcp://127.0.0.1:99999'].map((endpoint) => [
    [endpoint],
    `Invalid argument: ${endpoint}: expected tcp://host:port or ipc://path`,
  ]),
  [[], 'either an endpoint or --listen is needed'],
  [['tcp://a:1', '--listen', 'tcp://b:2'], 'either an endpoint or --listen is needed'],
  [['tcp://a:1', '--only', 'Q*'], 'there is no case Q*'],
  [
    ['tcp://a:1', '--curve-server-key', 'short'],
    '--curve-server-key: neither a key (40 characters of Z85) nor a file that can be read (ENOENT)',
  ],
  [['tcp://a:1', '--plain-server', '--curve-server'], 'a socket has either PLAIN or CURVE'],
  [
    ['tcp://a:1', '--curve-server'],
    '--curve-server needs --curve-secret-key, or ZMTP_CURVE_SECRET_KEY',
  ],
  [
    ['tcp://a:1', '--timeout', '0'],
    '--timeout takes a whole number from 10 to 2147483647, got "0"',
  ],
])('%j makes no sense', async (args, reason) => {
  const { out, err, code } = await run(['conform', ...args]);
  expect(err).toBe(`zmtp: conform: ${reason}: see \`zmtp conform --help\`\n`);
  expect({ out, code }).toEqual({ out: '', code: 2 });
});

test('a type that there is not', async () => {
  const { err, code } = await run(['conform', 'tcp://a:1', '--type', 'queue']);
  expect(err).toMatch(/^zmtp: conform: --type takes PAIR, PUB, .*, got "queue": see/);
  expect(code).toBe(2);
});

test('Ctrl-C while nobody comes, and in the middle', async () => {
  const waiting = start('conform', '--listen', 'tcp://127.0.0.1:0');
  await waiting.prints(/waiting for a peer at tcp:\/\/127\.0\.0\.1:\d+\n/);
  waiting.child.kill('SIGINT');
  expect(await waiting.ended).toMatchObject({ out: '', code: 130 });

  const mute = createServer();
  ends.push(() => mute.close());
  const port = await new Promise<number>((resolve) =>
    mute.listen(0, '127.0.0.1', () => resolve((mute.address() as { port: number }).port)),
  );
  const running = start('conform', `tcp://127.0.0.1:${port}`, '--timeout', '60000');
  await new Promise((resolve) => mute.once('connection', resolve));
  running.child.kill('SIGINT');
  expect(await running.ended).toEqual({ out: '', err: '', code: 130 });
});

test('a peer that connects, over ipc', async () => {
  const endpoint = `ipc://${join(temporaryFolder(), 'socket')}`;
  const command = start(
    'conform',
    '--listen',
    endpoint,
    '--only',
    'T1,T4,T69',
    '--timeout',
    '5000',
  );
  await command.prints(/waiting for a peer/);
  const socket = new Dealer({ linger: 0, reconnectInterval: 1 });
  ends.push(() => socket.close());
  socket.connect(endpoint);
  const { out, code } = await command.ended;
  expect(out).toMatch(/a connecting DEALER/);
  expect(out).toMatch(/^3 passed, 0 failed/m);
  expect(code).toBe(0);
});

test('--list says which cases there are, and each is there once', async () => {
  const { out, code } = await run(['conform', '--list']);
  const ids = out
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ')[0]);
  expect(code).toBe(0);
  expect(new Set(ids).size).toBe(ids.length);
  // Every rule of the suite's list of 85 is tried.
  const numbers = new Set(ids.map((id) => Number(/^T(\d+)/.exec(`${id}`)?.[1])));
  for (let number = 1; number <= 85; number++) expect(numbers).toContain(number);
});

test('what a peer has sent means nothing in a page or in XML', () => {
  const [one] = select(['T1']);
  if (one === undefined) throw new Error('no T1');
  const got = '</td><script>&"\u0000';
  const report: Report = {
    peer: {
      endpoint: 'tcp://a:1',
      side: 'bound',
      type: 'REP',
      version: '3.1',
      mechanism: 'NULL',
      answersPing: true,
    },
    holds: [],
    counts: { passed: 0, failed: 1, differ: 0, skipped: 0 },
    areas: [
      {
        name: 'greeting',
        outcomes: [{ case: one, verdict: 'failed', expected: 'x', got, duration: 1 }],
      },
    ],
  };
  for (const text of [asHtml(report, false), asJunit(report, false)]) {
    expect(text).toContain('&lt;/td&gt;&lt;script&gt;&amp;&quot;\uFFFD');
    expectWellFormed(text.replace(/^<(!doctype html|\?xml.*?\?)>/, ''));
  }
});
