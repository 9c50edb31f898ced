/**
 * `zmtp bench`: throughput and latency between two endpoints, whoever implements the other one.
 *
 * @module
 */
import { leave, isTimeout } from '../cat/ending.ts';
import { attach, makeSocket } from '../cat/open.ts';
import { SOCKET_OPTIONS, type SocketOptionValues } from '../cat/options.ts';
import { Reporter } from '../cat/reporter.ts';
import { type Command, defineCommand, table, UsageError } from '../command.ts';
import { EXIT, interruption } from '../exit.ts';
import { printFigures } from './figures.ts';
import { ROLES } from './roles.ts';

type BenchOptions = SocketOptionValues & {
  readonly count: number | undefined;
  readonly size: number | undefined;
  readonly json: boolean;
};

export const bench: Command = defineCommand({
  usage: 'push|pull|req|rep --bind|--connect ENDPOINT … [options]',
  about: [
    'Measures how many messages a second go from push to pull, or how long it takes from req to rep and back. At the other',
    'end is this command, or anything that does the same, such as libzmq’s local_thr, remote_thr, local_lat, remote_lat.',
    '',
    ...table(Object.entries(ROLES).map(([name, { about }]) => [name, about])),
  ].join('\n'),
  options: {
    ...SOCKET_OPTIONS,
    count: {
      type: 'number',
      short: 'n',
      value: 'N',
      least: 1,
      about: 'messages, or round trips (100000 messages, 10000 round trips)',
    },
    size: { type: 'number', value: 'BYTES', about: 'of each message that is sent (128)' },
    json: { type: 'flag', about: 'one line of JSON' },
  },
  examples: [
    'zmtp bench pull --bind tcp://*:5557 --count 1000000       # as local_thr',
    'zmtp bench push --connect tcp://host:5557 --count 1000000 --size 100    # as remote_thr',
    'zmtp bench req --connect tcp://host:5555 --count 10000 --size 16 --json',
  ],
  least: 1,
  most: 1,
  run: ([name = ''], options) => {
    if (!isRole(name))
      throw new UsageError(`"${name}" is none of ${Object.keys(ROLES).join(', ')}`);
    return run(name, options);
  },
});

type RoleName = keyof typeof ROLES;

function isRole(name: string): name is RoleName {
  return Object.hasOwn(ROLES, name);
}

function say(text: string): void {
  process.stderr.write(`zmtp bench: ${text}\n`);
}

async function run(name: RoleName, options: BenchOptions): Promise<number> {
  const role = ROLES[name];
  const { timeout = -1, count = role.count, size = 128 } = options;
  if (options.size !== undefined && role.hasSize !== true)
    throw new UsageError(`--size is for those who send, ${name} takes what comes`);
  if (name === 'pull' && count < 2)
    throw new UsageError('the first message starts the clock: --count is 2 or more');
  const socket = makeSocket(name, options);
  const interrupted = interruption();
  const reporter = new Reporter(socket, say, options);
  const signal = AbortSignal.any([interrupted, reporter.refused]);
  if (timeout !== -1) {
    // Given to each call they would cost time that counts.
    if (name !== 'push') socket.receiveTimeout = timeout;
    if (name !== 'pull') socket.sendTimeout = timeout;
  }
  signal.addEventListener('abort', () => socket.close());
  const late = (): void => say(`nothing within ${timeout} ms; last: ${reporter.last}`);
  let measured: ReturnType<typeof role.start> | undefined;
  let limit = 0;
  try {
    await attach(socket, options, say);
    await reporter.untilPeers(1, timeout, signal);
    measured = role.start({ socket, count, size });
    await measured.done;
    limit = timeout;
    return EXIT.done;
  } catch (error) {
    if (interrupted.aborted) return EXIT.interrupted;
    if (!signal.aborted && !isTimeout(error)) throw error;
    if (!signal.aborted) {
      late();
      return EXIT.timeout;
    }
    say(`no peer is left that could come; last: ${reporter.last}`);
    return EXIT.failed;
  } finally {
    const figures = measured?.figures();
    if (figures !== undefined) console.log(printFigures(figures, options.json));
    leave(socket, limit, interrupted, late);
  }
}
