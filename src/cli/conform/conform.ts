/**
 * `zmtp conform`: tells whether a peer keeps to ZMTP, whoever has written it.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import type { Precondition } from '../../testing/conformance/case.ts';
import { probe, Unknown } from '../../testing/conformance/probe.ts';
import { makeReport } from '../../testing/conformance/report.ts';
import { applies, type Outcome, type Run, runCases } from '../../testing/conformance/runner.ts';
import { areaOf, select } from '../../testing/conformance/suite.ts';
import {
  BoundPeer,
  ConnectingPeer,
  type Target,
  Unreachable,
} from '../../testing/conformance/target.ts';
import { asUsage, type Command, defineCommand, MAX_DELAY, UsageError } from '../command.ts';
import { CREDENTIAL_OPTIONS } from '../credentials.ts';
import { EXIT, interruption } from '../exit.ts';
import { readSocketType } from '../socket-type.ts';
import { asJson, asJunit, asText } from './forms.ts';
import { asHtml } from './html.ts';
import { securityOf } from './security.ts';

export const conform: Command = defineCommand({
  usage: 'ENDPOINT | --listen ENDPOINT [options]',
  about:
    'Tells whether a ZMTP peer, whoever has written it, keeps to the protocol: case by case, with the RFC that each is from.\n' +
    'The peer is bound at ENDPOINT (tcp://host:port or ipc://path), or connects to it again and again. What cannot be seen\n' +
    'from outside has to be said (--echo, --sends, …); cases that need it are skipped otherwise.\n' +
    'Ends with 1 when the peer fails where an RFC says MUST.',
  options: {
    listen: { type: 'text', value: 'ENDPOINT', about: 'listen there, for a peer that connects' },
    type: {
      type: 'text',
      value: 'TYPE',
      about: 'the socket type of the peer; found out if absent',
    },
    echo: { type: 'flag', about: 'its application sends back every message it receives' },
    sends: { type: 'flag', about: 'its application sends messages of its own, all the time' },
    obeys: {
      type: 'flag',
      about:
        'its application is a subscriber to "+", that subscribes to T at +T and cancels T at -T',
    },
    heartbeats: { type: 'flag', about: 'it sends PING, and leaves who does not answer' },
    authenticates: { type: 'flag', about: 'it refuses other passwords than the one that is given' },
    'handshake-interval': {
      type: 'number',
      value: 'MS',
      most: MAX_DELAY,
      about: 'the time it allows for a handshake',
    },
    'max-message-size': { type: 'number', value: 'BYTES', about: 'the longest frame it allows' },
    ...CREDENTIAL_OPTIONS,
    'plain-server': { type: 'flag', about: 'PLAIN: the peer is the client' },
    'curve-server': { type: 'flag', about: 'CURVE: the peer is the client' },
    only: {
      type: 'texts',
      value: 'IDS',
      about: 'these cases: T17, or T2*, or several with commas',
    },
    list: { type: 'flag', about: 'say which cases there are' },
    timeout: {
      type: 'number',
      value: 'MS',
      about: 'how long to wait for a reaction',
      least: 10,
      most: MAX_DELAY,
      initial: 1000,
    },
    strict: { type: 'flag', about: 'fail at every deviation' },
    json: { type: 'flag', about: 'print the report as JSON' },
    junit: { type: 'text', value: 'FILE', about: 'write it there as JUnit XML' },
    html: { type: 'text', value: 'FILE', about: 'write it there as a page' },
  },
  examples: [
    'zmtp conform tcp://127.0.0.1:5555 --echo',
    'zmtp conform tcp://127.0.0.1:5555 --only "T4*" --json',
    'zmtp conform --listen tcp://127.0.0.1:5555 --sends --junit report.xml',
    'zmtp conform ipc:///run/app --curve-server-key server.json --html report.html',
  ],
  least: 0,
  most: 1,
  run: async ([endpoint], options) => {
    const cases = select(options.only.flatMap((text) => text.split(',').map((id) => id.trim())));
    if (cases.length === 0) throw new UsageError(`there is no case ${options.only.join(', ')}`);
    if (options.list) {
      for (const one of cases) {
        console.log(`${one.id.padEnd(6)}${one.severity.padEnd(8)}${areaOf(one)}: ${one.title}`);
      }
      return EXIT.done;
    }
    const type = readSocketType(options.type);
    const security = await securityOf(options);
    const interrupted = interruption();
    const target = await targetOf(endpoint, options.listen);
    interrupted.addEventListener('abort', () => target.close());
    try {
      const time = options.timeout;
      if (target instanceof ConnectingPeer) {
        process.stderr.write(`waiting for a peer at ${target.endpoint}\n`);
        await target.arrival();
      }
      const subject = await probe(target, security, time, type);
      const { holds, limits } = preconditions(options);
      const run: Run = { target, security, subject, time, holds, limits };
      const outcomes = await runAll(cases, run, interrupted);
      if (interrupted.aborted) return EXIT.interrupted;
      const report = makeReport(run, outcomes, options.strict);
      const print = options.json ? asJson : asText;
      process.stdout.write(print(report, options.strict));
      if (options.junit !== undefined)
        writeFileSync(options.junit, asJunit(report, options.strict));
      if (options.html !== undefined) writeFileSync(options.html, asHtml(report, options.strict));
      return report.counts.failed > 0 ? EXIT.failed : EXIT.done;
    } catch (error) {
      if (interrupted.aborted) return EXIT.interrupted;
      if (!(error instanceof Unreachable || error instanceof Unknown)) throw error;
      process.stderr.write(`zmtp: conform: ${error.message}\n`);
      return EXIT.failed;
    } finally {
      target.close();
    }
  },
});

async function targetOf(endpoint: string | undefined, listen: string | undefined): Promise<Target> {
  const where = endpoint ?? listen;
  if (where === undefined || (endpoint !== undefined && listen !== undefined)) {
    throw new UsageError('either an endpoint or --listen is needed');
  }
  return asUsage(() =>
    listen === undefined ? new BoundPeer(where) : ConnectingPeer.listen(where),
  );
}

type Conditional = {
  readonly echo: boolean;
  readonly sends: boolean;
  readonly obeys: boolean;
  readonly heartbeats: boolean;
  readonly authenticates: boolean;
  readonly 'handshake-interval': number | undefined;
  readonly 'max-message-size': number | undefined;
};

function preconditions(options: Conditional): Pick<Run, 'holds' | 'limits'> {
  const handshakeTime = options['handshake-interval'];
  const maxFrameSize = options['max-message-size'];
  const said: Readonly<Record<Precondition, boolean>> = {
    echo: options.echo,
    sends: options.sends,
    obeys: options.obeys,
    heartbeats: options.heartbeats,
    authenticates: options.authenticates,
    handshakeTime: handshakeTime !== undefined,
    maxFrameSize: maxFrameSize !== undefined,
  };
  return {
    holds: new Set((Object.keys(said) as Precondition[]).filter((name) => said[name])),
    limits: {
      ...(handshakeTime !== undefined && { handshakeTime }),
      ...(maxFrameSize !== undefined && { maxFrameSize }),
    },
  };
}

/** Runs the cases; says how far it is where somebody looks on. */
async function runAll(
  cases: ReturnType<typeof select>,
  run: Run,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const total = cases.filter((one) => applies(one, run)).length;
  const isSeen = process.stderr.isTTY;
  await runCases(
    cases,
    run,
    (outcome) => {
      outcomes.push(outcome);
      if (isSeen)
        process.stderr.write(`\r${outcomes.length} of ${total} ${outcome.case.id}\u001B[K`);
    },
    signal,
  );
  if (isSeen) process.stderr.write('\r\u001B[K');
  return outcomes;
}
