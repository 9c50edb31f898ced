/**
 * `zmtp req`, `zmtp rep` and so on: netcat for ZeroMQ. One engine; `kinds.ts` says what each socket can do, `plan.ts` what
 * is asked of it.
 *
 * @module
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Subscriber } from '../../index.ts';
import type { Command } from '../command.ts';
import { EXIT, interruption } from '../exit.ts';
import { converse } from './conversation.ts';
import { isTimeout, leave } from './ending.ts';
import { aboutOf, examplesOf, usageOf } from './help.ts';
import { KINDS, type Kind, type KindName } from './kinds.ts';
import { makeNotation } from './notation.ts';
import { type AnySocket, attach, makeSocket } from './open.ts';
import { type CatOptions, optionsFor, withAbsent } from './options.ts';
import { write } from './output.ts';
import { planFor } from './plan.ts';
import { Reporter } from './reporter.ts';

/** The command of a socket. */
export function catCommand(name: KindName): Command {
  const kind: Kind = KINDS[name];
  return {
    usage: usageOf(kind),
    about: aboutOf(name, kind),
    options: optionsFor(kind),
    examples: examplesOf(name),
    least: 0,
    most: kind.does === 'receive' || kind.does === 'answer' ? 0 : Infinity,
    run: (args, options) => run(name, args, withAbsent(options)),
  };
}

async function run(name: KindName, args: readonly string[], options: CatOptions): Promise<number> {
  const kind: Kind = KINDS[name];
  const notation = await makeNotation(options, kind.names === true, process.stdout.isTTY);
  const plan = planFor(kind, notation, args, options);
  const socket = makeSocket(name, options);
  const interrupted = interruption();
  const say = (text: string): void => {
    process.stderr.write(`zmtp ${name}: ${text}\n`);
  };
  const reporter = new Reporter(socket, say, options);
  const signal = AbortSignal.any([interrupted, reporter.refused]);
  const { timeout = -1, linger = timeout } = options;
  let limit = timeout;
  const late = (): void => say(`nothing within ${limit} ms; last: ${reporter.last}`);
  try {
    await attach(socket, options, say);
    subscribe(socket, kind, options.topic);
    await reporter.untilPeers(options.peers ?? 0, timeout, signal);
    if (options.delay !== undefined) await wait(options.delay, undefined, { signal });
    await converse({
      ...plan,
      socket,
      show: (frames) => write(notation.print(frames), signal),
      timeout,
      signal,
      number: options.number,
    });
    // What follows the end of a socket nobody tells: it is seen whether anybody takes what was sent.
    const isKept = plan.does !== 'receive' && kind.drops !== true;
    limit = linger;
    if (isKept && linger !== 0) await reporter.untilPeers(1, linger, signal);
    if (plan.does === 'send' && kind.drops && reporter.peers === 0)
      say('nobody was there, and what nobody has subscribed to is dropped; see --peers');
    leave(socket, plan.does === 'receive' ? 0 : linger, interrupted, late);
    return EXIT.done;
  } catch (error) {
    const isOver = signal.aborted || isTimeout(error);
    limit = isOver ? limit : linger;
    leave(socket, isOver ? 0 : linger, interrupted, late);
    if (interrupted.aborted) return EXIT.interrupted;
    if (signal.aborted) {
      say(`no peer is left that could come; last: ${reporter.last}`);
      return EXIT.failed;
    }
    if (!isTimeout(error)) throw error;
    late();
    return EXIT.timeout;
  }
}

/** Subscribes to all when there are no topics. */
function subscribe(socket: AnySocket, kind: Kind, topics: readonly string[]): void {
  if (kind.subscribes !== true) return;
  if (kind.does === 'receive') {
    (socket as unknown as Subscriber).subscribe(...topics);
    return;
  }
  for (const topic of topics.length === 0 ? [''] : topics) void socket.send(`\x01${topic}`);
}
