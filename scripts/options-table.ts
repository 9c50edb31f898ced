/**
 * Writes the table of options between the markers in README.md, from the option table and its docstrings:
 * `tsx scripts/options-table.ts`, or with `--check` only tells whether it is up to date.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SocketKind } from '../src/option-types.ts';
import { OPTIONS } from '../src/options.ts';

const README = fileURLToPath(new URL('../README.md', import.meta.url));
const SOURCE = fileURLToPath(new URL('../src/option-types.ts', import.meta.url));
const BEGIN = '<!-- options: written by scripts/options-table.ts -->';
const END = '<!-- end of options -->';
const CLASS_NAMES: Readonly<Record<SocketKind, string>> = {
  PAIR: 'Pair',
  PUB: 'Publisher',
  SUB: 'Subscriber',
  REQ: 'Request',
  REP: 'Reply',
  DEALER: 'Dealer',
  ROUTER: 'Router',
  PULL: 'Pull',
  PUSH: 'Push',
  XPUB: 'XPublisher',
  XSUB: 'XSubscriber',
  STREAM: 'Stream',
};
const KINDS = Object.keys(CLASS_NAMES) as SocketKind[];

/** Which sockets, in as few words as there are. */
function listSockets(on: readonly SocketKind[]): string {
  const others = KINDS.filter((kind) => !on.includes(kind));
  if (others.length === 0) return 'all';
  return others.length < on.length ? `all but ${listNames(others)}` : listNames(on);
}

function listNames(kinds: readonly SocketKind[]): string {
  return kinds.map((kind) => CLASS_NAMES[kind]).join(', ');
}

/** The docstring of an option's property in one of the interfaces. */
function describe(source: string, name: string): string {
  const found = new RegExp(`/\\*\\* (.*) \\*/\\n  (?:get )?${name}[(:]`).exec(source);
  if (found?.[1] === undefined) throw new Error(`the option ${name} has no one-line docstring`);
  return found[1];
}

function table(): string {
  const source = readFileSync(SOURCE, 'utf8');
  const rows = Object.entries(OPTIONS).map(([name, spec]) => {
    // No bytes are read as `null`, and no other object is a default.
    const value = typeof spec.default === 'object' ? 'null' : String(spec.default);
    const sockets = listSockets(spec.on);
    const from = spec.isLive ? 'at once' : 'next `bind`, `connect`';
    const unit = spec.unit === '' ? '' : ` ${spec.unit}`;
    return `| \`${name}\` | \`${value}\`${unit} | ${sockets} | ${from} | ${spec.zmq ? `\`${spec.zmq}\`` : '–'} | ${describe(source, name)} |`;
  });
  return [
    '| option | default | sockets | applies from | libzmq | meaning |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

const text = readFileSync(README, 'utf8');
const [before, rest] = text.split(BEGIN);
const after = rest?.split(END)[1];
if (before === undefined || after === undefined)
  throw new Error('README.md has lost the markers of the option table');
const updated = `${before}${BEGIN}\n\n${table()}\n\n${END}${after}`;
if (process.argv.includes('--check')) {
  if (updated !== text) {
    console.error(
      'The option table in README.md is out of date: run `tsx scripts/options-table.ts`.',
    );
    process.exitCode = 1;
  }
} else {
  writeFileSync(README, updated);
}
