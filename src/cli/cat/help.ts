/**
 * What the help of the socket commands says beside their options.
 *
 * @module
 */
import type { Kind, KindName } from './kinds.ts';

const ENDPOINTS = '--bind|--connect ENDPOINT … [options]';

const FROM_INPUT =
  'Sends one message with the arguments as its frames; without arguments, each line of standard input.';
const LINES =
  'Messages are printed a line each, the frames with tabs between them. `--json` is for programs.';
const NAMES =
  'The first frame is the name of the peer, in hexadecimal digits: in lines, in arguments, and as "peer" in JSON.';

/** How a command is called. */
export function usageOf(kind: Kind): string {
  const hasMessage = kind.does !== 'receive' && kind.does !== 'answer';
  return `${ENDPOINTS}${hasMessage ? (kind.names ? ' [PEER FRAME …]' : ' [FRAME …]') : ''}`;
}

/** What a command does. */
export function aboutOf(name: KindName, kind: Kind): string {
  const lines = [`${name.toUpperCase()}: ${kind.about}.`];
  if (kind.does === 'answer')
    lines.push('Without --echo or --reply the replies are the lines of standard input.');
  else if (kind.does !== 'receive') lines.push(FROM_INPUT);
  if (kind.does !== 'send') lines.push(LINES);
  if (kind.names) lines.push(NAMES);
  return lines.join('\n');
}

const EXAMPLES: Readonly<Record<KindName, readonly string[]>> = {
  req: [
    'zmtp req --connect tcp://127.0.0.1:5555 hello',
    'zmtp req --connect tcp://127.0.0.1:5555 --timeout 1000 --format text,json sum "[1, 2]"',
  ],
  rep: [
    'zmtp rep --bind tcp://127.0.0.1:5555 --echo',
    'zmtp rep --bind tcp://127.0.0.1:5555 --reply ok --number 1',
  ],
  push: [
    'tail -f log | zmtp push --connect tcp://127.0.0.1:5557',
    'zmtp push --connect tcp://127.0.0.1:5557 --format raw < picture.png',
  ],
  pull: [
    'zmtp pull --bind tcp://*:5557 | grep error',
    'zmtp pull --bind tcp://*:5557 --number 1 --format raw > picture.png',
  ],
  pub: [
    'zmtp pub --bind tcp://*:5556 --peers 1 --delay 100 weather sunny',
    'zmtp pub --bind tcp://*:5556 --count 0 --interval 1000 tick',
  ],
  sub: [
    'zmtp sub --connect tcp://127.0.0.1:5556 --topic weather --topic news',
    'zmtp sub --connect tcp://127.0.0.1:5556 --format text,msgpack --json | jq .frames[1]',
  ],
  xpub: ['zmtp xpub --bind tcp://*:5556 --json'],
  xsub: ['zmtp xsub --connect tcp://127.0.0.1:5556 --topic weather'],
  dealer: [
    'zmtp dealer --connect tcp://127.0.0.1:5555 --number 1 "" hello',
    'zmtp dealer --bind tcp://127.0.0.1:5558 --echo',
  ],
  router: [
    'zmtp router --bind tcp://127.0.0.1:5555 --echo',
    'zmtp router --bind tcp://127.0.0.1:5555 --json',
  ],
  pair: ['zmtp pair --bind tcp://127.0.0.1:5559', 'zmtp pair --connect tcp://127.0.0.1:5559'],
};

export function examplesOf(name: KindName): readonly string[] {
  return EXAMPLES[name];
}
