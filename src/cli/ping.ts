/**
 * `zmtp ping`: who a peer is, and how long it takes to answer.
 *
 * @module
 */
import type { SocketType } from '../protocol.ts';
import { type Command, defineCommand, MAX_DELAY } from './command.ts';
import { CREDENTIAL_OPTIONS, readFile } from './credentials.ts';
import { EXIT, interruption } from './exit.ts';
import { ADVICE, readSecurity, type Security } from './ping/credentials.ts';
import { PingFailure } from './ping/failure.ts';
import { type Greeted, greet } from './ping/greet.ts';
import { Conversation, hearReady } from './ping/handshake.ts';
import { Link, type LinkOptions } from './ping/link.ts';
import { Report } from './ping/report.ts';
import { CANDIDATES, harmlessTo } from './ping/types.ts';
import { readSocketType } from './socket-type.ts';

/** How long a peer may keep back its READY before it is told ours. */
const PATIENCE = 500;

type Plan = LinkOptions & {
  readonly endpoint: string;
  readonly security: Security;
  /** What to be, whatever the peer is. */
  readonly type: SocketType | undefined;
  readonly count: number;
  readonly interval: number;
};

export const ping: Command = defineCommand({
  usage: 'ENDPOINT [options]',
  about:
    'Asks a peer who it is: version, mechanism, socket type and properties; and how long it takes to connect, to greet, to\n' +
    'shake hands and to answer a PING. It is a socket of a type that fits and that takes no messages; a PUSH, DEALER, REQ or\n' +
    'PAIR is only looked at, unless --type says what to be. Exit codes: 0 it answers, 1 it refuses or is no peer for this,\n' +
    '3 no answer.',
  options: {
    count: { type: 'number', short: 'c', value: 'N', about: 'how many PINGs', initial: 3 },
    interval: {
      type: 'number',
      short: 'i',
      value: 'MS',
      about: 'between them',
      most: MAX_DELAY,
      initial: 200,
    },
    timeout: {
      type: 'number',
      value: 'MS',
      about: 'how long each answer may take',
      least: 1,
      most: MAX_DELAY,
      initial: 5000,
    },
    type: { type: 'text', value: 'TYPE', about: 'be a socket of this type: DEALER, SUB, …' },
    ...CREDENTIAL_OPTIONS,
    'tls-ca': {
      type: 'text',
      value: 'FILE',
      about: 'tls://: whose certificates the peer may have',
    },
    json: { type: 'flag', about: 'one line of JSON' },
  },
  examples: [
    'zmtp ping tcp://127.0.0.1:5555',
    'zmtp ping tcp://host:5555 --count 10 --json',
    "zmtp ping tcp://host:5555 --curve-server-key 'rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7'",
  ],
  least: 1,
  most: 1,
  run: async ([endpoint = ''], options) => {
    const { json, timeout, count, interval } = options;
    const ca = options['tls-ca'];
    const plan: Plan = {
      endpoint,
      security: await readSecurity(options),
      type: readSocketType(options.type),
      count,
      interval,
      timeout,
      ca: ca === undefined ? undefined : readFile('--tls-ca', ca),
      interrupted: interruption(),
    };
    const report = new Report(endpoint);
    const code = await tryPing(plan, report);
    process.stdout.write(json ? `${report.toJson()}\n` : report.toText());
    if (report.failure !== undefined)
      process.stderr.write(`zmtp: ${endpoint}: ${report.failure}\n`);
    return code;
  },
});

async function tryPing(plan: Plan, report: Report): Promise<number> {
  try {
    await pingPeer(plan, report);
  } catch (error) {
    if (!(error instanceof PingFailure)) throw error;
    report.failure = error.message;
    return error.exitCode;
  }
  const isAnswered = report.pings.length === 0 || report.pings.some((ms) => ms !== null);
  if (isAnswered) return EXIT.done;
  report.failure = `no PONG within ${plan.timeout} ms`;
  return EXIT.timeout;
}

async function pingPeer(plan: Plan, report: Report): Promise<void> {
  const { security, timeout } = plan;
  const { link, greeted } = await meet(plan, report);
  try {
    if (security.name !== 'NULL') {
      await tryTypes(plan, report, link, greeted);
      return;
    }
    const start = performance.now();
    const known = await hearReady(link, greeted, Math.min(timeout, PATIENCE));
    if (known.ready === undefined) {
      await tryTypes(plan, report, link, known);
      return;
    }
    report.timings.handshake = performance.now() - start;
    report.describe(known.ready.metadata);
    const own = plan.type ?? harmlessTo(report.socketType ?? '');
    if (own === undefined) {
      report.note = `it was not asked for more: a ${report.socketType} may give messages to whoever connects (--type)`;
      return;
    }
    report.ownType = own;
    const conversation = new Conversation(link, known, own, undefined);
    await conversation.finish(timeout);
    await exchange(plan, report, conversation);
  } finally {
    link.close();
  }
}

/** Connects, and exchanges greetings. */
async function meet(plan: Plan, report: Report): Promise<{ link: Link; greeted: Greeted }> {
  const { security, timeout } = plan;
  const start = performance.now();
  const link = await Link.open(plan.endpoint, plan);
  const connected = performance.now();
  report.timings.connect ??= connected - start;
  try {
    const greeted = await greet(link, security.name, timeout);
    report.timings.greeting ??= performance.now() - connected;
    const { major, minor, mechanism, asServer } = greeted.greeting;
    Object.assign(report, { version: `${major}.${minor}`, mechanism, asServer });
    if (mechanism !== security.name) {
      const advice = ADVICE[mechanism] ?? 'a mechanism that is not known here';
      throw PingFailure.refused(
        `the peer wants ${mechanism}, and got ${security.name}: it takes ${advice}`,
      );
    }
    return { link, greeted };
  } catch (error) {
    link.close();
    throw error;
  }
}

/** Finds out by trying what the peer talks to, each time over a new connection but the first. */
async function tryTypes(plan: Plan, report: Report, first: Link, greeted: Greeted): Promise<void> {
  const types = plan.type === undefined ? CANDIDATES : [plan.type];
  let last: PingFailure | undefined;
  for (const type of types) {
    const isFirst = last === undefined;
    const met = isFirst ? { link: first, greeted } : await meet(plan, report);
    try {
      const start = performance.now();
      const conversation = new Conversation(met.link, met.greeted, type, plan.security.mechanism);
      const failure = await finishAs(conversation, plan, report);
      if (failure === undefined) {
        report.timings.handshake = performance.now() - start;
        report.ownType = type;
        await exchange(plan, report, conversation);
        return;
      }
      last = failure;
      if (!conversation.isAboutType) throw failure;
    } finally {
      met.link.close();
    }
  }
  throw types.length === 1
    ? (last as PingFailure)
    : PingFailure.refused(
        `${last?.message}, whether as ${types.join(', ')}: --type may name another`,
      );
}

async function finishAs(
  conversation: Conversation,
  { timeout }: Plan,
  report: Report,
): Promise<PingFailure | undefined> {
  try {
    report.describe((await conversation.finish(timeout)).metadata);
    return undefined;
  } catch (error) {
    if (error instanceof PingFailure && error.exitCode === EXIT.failed) return error;
    throw error;
  }
}

/** PINGs and PONGs, with a peer that knows them. */
async function exchange(plan: Plan, report: Report, conversation: Conversation): Promise<void> {
  const { count, interval, timeout } = plan;
  if (report.version === '3.0') {
    report.note = 'it was not asked for more: ZMTP 3.0 has no PING';
    return;
  }
  try {
    for (let i = 0; i < count; i++) {
      if (i > 0) await conversation.pause(interval);
      const context = Buffer.from(`zmtp ping ${i}`);
      report.pings.push((await conversation.ping(context, timeout)) ?? null);
    }
  } finally {
    report.messages = conversation.messages;
  }
}
