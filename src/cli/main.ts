#!/usr/bin/env node
/**
 * The command `zmtp`: finds the subcommand and lets it run. Each is loaded only when it is asked for.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { KINDS, type KindName } from './cat/kinds.ts';
import { type Command, helpOf, parse, table, UsageError } from './command.ts';
import { endWithOutput, EXIT } from './exit.ts';

/** `zmtp req`, `zmtp rep` and so on. */
const SOCKETS = Object.entries(KINDS).map(([name, { about }]) => [
  name,
  {
    about,
    load: async () => (await import('./cat/command.ts')).catCommand(name as KindName),
  },
]);

/** What there is, with a line about each. */
const COMMANDS: Readonly<Record<string, { about: string; load: () => Promise<Command> }>> = {
  ...Object.fromEntries(SOCKETS),
  bench: {
    about: 'measure throughput and latency between two endpoints',
    load: async () => (await import('./bench/command.ts')).bench,
  },
  conform: {
    about: 'tell whether a peer keeps to ZMTP',
    load: async () => (await import('./conform/conform.ts')).conform,
  },
  dump: {
    about: 'print what two peers say to each other, byte by byte',
    load: async () => (await import('./dump.ts')).dump,
  },
  fuzz: {
    about: 'send hostile sessions to a bound socket',
    load: async () => (await import('./fuzz.ts')).fuzz,
  },
  keygen: {
    about: 'make a pair of keys for CURVE',
    load: async () => (await import('./keygen.ts')).keygen,
  },
  ping: {
    about: 'ask a peer who it is, and how long it takes to answer',
    load: async () => (await import('./ping.ts')).ping,
  },
  proxy: {
    about: 'pass messages on between two sockets',
    load: async () => (await import('./proxy.ts')).proxy,
  },
};

function overview(): string {
  return [
    'Usage: zmtp COMMAND [options]',
    '',
    'ZeroMQ on the command line: sockets, proxies, and a laboratory for ZMTP.',
    '',
    ...table(Object.entries(COMMANDS).map(([name, { about }]) => [name, about])),
    '',
    '`zmtp COMMAND --help` says more. Exit codes: 0 done, 1 something was found or failed, 2 a command line that makes no',
    'sense, 3 the time is up, 130 interrupted.',
    '',
  ].join('\n');
}

function ownVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

async function main([name, ...argv]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(overview());
    return name === undefined ? EXIT.usage : EXIT.done;
  }
  if (name === '--version') {
    console.log(ownVersion());
    return EXIT.done;
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry === undefined) {
    throw new UsageError(`there is no command "${name}": see \`zmtp --help\``);
  }
  const command = await entry.load();
  try {
    const { args, options, wantsHelp } = parse(command, argv);
    if (!wantsHelp) return await command.run(args, options);
    process.stdout.write(helpOf(name, command));
    return EXIT.done;
  } catch (error) {
    if (error instanceof UsageError)
      throw new UsageError(`${name}: ${error.message}: see \`zmtp ${name} --help\``);
    throw error;
  }
}

/** An error in one line; a mistake of ours with all that is known of it. */
function describe(error: unknown): string {
  if (error instanceof UsageError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const { code, address, detail } = error as { code?: unknown; address?: string; detail?: string };
  if (typeof code !== 'string') return `${error.stack}`;
  const more = [address, detail].filter((text) => text !== undefined).join(', ');
  return `${error.message}${more && `: ${more}`} (${code})`;
}

endWithOutput();
main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`zmtp: ${describe(error)}\n`);
    process.exitCode = error instanceof UsageError ? EXIT.usage : EXIT.failed;
  },
);
