/**
 * `zmtp fuzz`: hostile sessions against a bound socket of whoever has made it. Everything but the subject is what this package
 * is fuzzed with itself.
 *
 * @module
 */
import { randomInt } from 'node:crypto';
import { COMPATIBLE_TYPES } from '../protocol.ts';
import { curveKeys } from '../testing/curve-keys.ts';
import { addressOf } from '../testing/dial.ts';
import { Campaign, type Plan, type Result, SubjectGone } from '../testing/fuzz/campaign.ts';
import { LiveTarget } from '../testing/fuzz/live-target.ts';
import { canWatch } from '../testing/fuzz/process-watch.ts';
import { describeFind, describeVector, ProgressLine } from '../testing/fuzz/report.ts';
import type { Target } from '../testing/hostile/session.ts';
import { readVector, type Vector, writeVector } from '../testing/hostile/vector.ts';
import type { Credentials } from '../testing/hostile/wire.ts';
import {
  asUsage,
  type Command,
  defineCommand,
  MAX_DELAY,
  type OptionsOf,
  UsageError,
} from './command.ts';
import { CREDENTIAL_OPTIONS, readCredentials } from './credentials.ts';
import { EXIT, interruption } from './exit.ts';
import { readSocketType } from './socket-type.ts';

const OPTIONS = {
  seed: {
    type: 'number',
    value: 'NUMBER',
    about: 'the same sessions as another time; else a new one',
  },
  time: { type: 'number', value: 'S', about: 'how long to go on', initial: 60, isFraction: true },
  replay: {
    type: 'texts',
    value: 'FILE',
    about: 'run what was found again; several times for several',
  },
  type: { type: 'text', value: 'TYPE', about: 'type of the socket; else found out by handshakes' },
  pid: { type: 'number', value: 'PID', about: 'its process, to be watched', least: 1 },
  run: {
    type: 'text',
    value: 'COMMAND',
    about: 'start the peer so, watch it, and start it again after a find',
  },
  ...CREDENTIAL_OPTIONS,
  ignore: {
    type: 'texts',
    value: 'TEXT',
    about: 'pass over finds with this text in them, as known ones',
  },
  patience: {
    type: 'number',
    value: 'MS',
    about: 'how long a good peer waits',
    initial: 10_000,
    least: 100,
    most: MAX_DELAY,
  },
  shrink: {
    type: 'number',
    value: 'S',
    about: 'how long a find is made smaller',
    initial: 30,
    isFraction: true,
  },
  'max-growth': {
    type: 'number',
    value: 'MB',
    about: 'memory that the process may come to hold',
    initial: 100,
    least: 1,
  },
  out: { type: 'text', value: 'FOLDER', about: 'where a find is written', initial: '.' },
} as const;

type Options = OptionsOf<typeof OPTIONS>;

export const fuzz: Command = defineCommand({
  usage: 'ENDPOINT [options]',
  about:
    'Sends hostile sessions to a bound socket (tcp or ipc) until time is up or something is wrong: the process dies, nothing\n' +
    'listens any more, a good peer is not served as at the beginning, what comes is not ZMTP or was never sent; with --pid or\n' +
    '--run also when memory or descriptors add up, or the process computes though nobody is connected. What was found is\n' +
    'made as small as may be, printed step by step, and written to a file for --replay. With --run a peer that died is\n' +
    'started again for that. Attack nothing that is not yours.',
  options: OPTIONS,
  examples: [
    'zmtp fuzz tcp://127.0.0.1:5555 --time 30',
    'zmtp fuzz tcp://127.0.0.1:5555 --run "python3 server.py"',
    'zmtp fuzz ipc:///tmp/service --pid $(pidof service) --seed 7',
    'zmtp fuzz tcp://127.0.0.1:5555 --replay rep-null-1f3a5b7c.json --run "python3 server.py"',
  ],
  least: 1,
  most: 1,
  run: async ([endpoint = ''], options) => {
    asUsage(() => addressOf(endpoint));
    const type = readSocketType(options.type);
    const vectors = options.replay.map(readReplay);
    const { mechanism, credentials } = await readSecurity(options);
    checkVectors(vectors, mechanism, type);
    if (options.pid !== undefined && options.run !== undefined) {
      throw new UsageError('--run knows the process: there is no --pid beside it');
    }
    if (options.pid !== undefined && !canWatch) {
      throw new UsageError('--pid needs /proc or ps, and there is neither here');
    }
    const { seed = randomInt(2 ** 31), patience, pid, run: command } = options;
    console.log(`seed ${seed}`);
    const interrupted = interruption();
    const knownType = type ?? vectors[0]?.target.type;
    const setting = {
      endpoint,
      mechanism,
      credentials,
      type: knownType,
      patience,
      ignored: options.ignore,
      pid,
      command,
    };
    const target = await LiveTarget.open(setting).catch(complain);
    if (target === undefined) return EXIT.failed;
    console.log(
      `${describeTarget(target.target)} at ${endpoint}: a good peer gets ${target.service}`,
    );
    const again = replayCommand(endpoint, options);
    try {
      const progress = new ProgressLine(1000 * options.time);
      const end = performance.now() + 1000 * options.time;
      const growth = 1e6 * options['max-growth'];
      const plan: Plan = {
        start: () => target.start(),
        targets: [target.target],
        seed,
        limits: { credentials, patience, isStrict: false },
        // What adds up within 20 batches of the same, as far as it is not what any process comes to hold at first.
        memory: { search: growth, repeat: growth / 4, times: 480 },
        shrinkTime: 1000 * options.shrink,
        isOver: () => interrupted.aborted || performance.now() > end,
        isInterrupted: () => interrupted.aborted,
        follow: (statistics) => progress.show(statistics),
      };
      if (vectors.length > 0) return await replayAll(plan, vectors, interrupted);
      const result = await new Campaign(plan).run();
      progress.end();
      return report(result, options.out, again, interrupted);
    } finally {
      await target.close();
    }
  },
});

/** Nobody is there, or nobody who lets us in: that is for whoever has started this to know, not a mistake here. */
function complain(error: unknown): undefined {
  if (!(error instanceof SubjectGone)) throw error;
  console.error(`zmtp: fuzz: ${error.message}`);
}

function readReplay(path: string): Vector {
  try {
    return readVector(path);
  } catch (error) {
    throw new UsageError(`--replay ${path}: ${(error as Error).message}`);
  }
}

async function readSecurity(
  options: Options,
): Promise<{ mechanism: Target['mechanism']; credentials: Credentials }> {
  const given = readCredentials(options);
  const { mechanism } = given;
  if (mechanism === 'NULL') return { mechanism, credentials: {} };
  if (mechanism === 'CURVE') {
    const curve = await curveKeys(given.serverKey, given.secretKey);
    return { mechanism, credentials: { curve } };
  }
  const { username, password } = given;
  if (username === '' || password === '')
    throw new UsageError('hostile sessions need a user name and a password that are not empty');
  return { mechanism, credentials: { plain: { username, password } } };
}

function checkVectors(
  vectors: readonly Vector[],
  mechanism: Target['mechanism'],
  type: Target['type'] | undefined,
): void {
  for (const { target } of vectors) {
    if (!Object.hasOwn(COMPATIBLE_TYPES, target.type)) {
      throw new UsageError(`no peer of ZMTP has the type ${target.type}`);
    }
    if (target.mechanism !== mechanism) {
      throw new UsageError(`what was found at ${target.mechanism} needs its credentials again`);
    }
    if (target.type !== (type ?? vectors[0]?.target.type)) {
      throw new UsageError(`what was found at ${target.type} is not for another type`);
    }
  }
}

function describeTarget({ type, mechanism }: Target): string {
  return `${type}, ${mechanism}`;
}

function report(
  { statistics, notes, found }: Result,
  folder: string,
  again: string,
  interrupted: AbortSignal,
): number {
  console.log(statistics.describe(notes));
  if (found === undefined) {
    console.log(interrupted.aborted ? 'interrupted; nothing found' : 'nothing found');
    return interrupted.aborted ? EXIT.interrupted : EXIT.done;
  }
  const { vector, isRepeatable } = found;
  console.log(`\n${describeFind(vector, isRepeatable)}`);
  const path = writeVector(folder, vector);
  console.log(`written to ${path}; again by:\n  ${again} --replay ${quote(path)}`);
  return EXIT.failed;
}

async function replayAll(
  plan: Plan,
  vectors: readonly Vector[],
  interrupted: AbortSignal,
): Promise<number> {
  let code: number = EXIT.done;
  for (const vector of vectors) {
    if (interrupted.aborted) return EXIT.interrupted;
    console.log(describeVector(vector));
    const { find } = await new Campaign(plan).replay(vector);
    console.log(find === undefined ? 'nothing found' : `FOUND: ${find}`);
    if (find !== undefined) code = EXIT.failed;
  }
  return code;
}

/** The command line that leads to the same peer; secrets are the user's to give again. */
function replayCommand(endpoint: string, options: Options): string {
  const { pid, run, patience } = options;
  const parts = ['zmtp fuzz', quote(endpoint)];
  if (pid !== undefined) parts.push(`--pid ${pid}`);
  if (run !== undefined) parts.push(`--run ${quote(run)}`);
  if (patience !== OPTIONS.patience.initial) parts.push(`--patience ${patience}`);
  const { 'plain-username': username, 'curve-server-key': serverKey } = options;
  if (username !== undefined) parts.push(`--plain-username ${quote(username)}`);
  if (options['plain-password'] !== undefined) parts.push('--plain-password …');
  for (const text of options.ignore) parts.push(`--ignore ${quote(text)}`);
  if (serverKey !== undefined) parts.push(`--curve-server-key ${quote(serverKey)}`);
  if (options['curve-secret-key'] !== undefined) parts.push('--curve-secret-key …');
  return parts.join(' ');
}

/** As a shell takes it for one word. */
function quote(text: string): string {
  return /^[\w./:@=+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
