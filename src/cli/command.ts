/**
 * What a subcommand is: its words, its options, and what it does. Arguments are parsed by `node:util`; this adds what that
 * leaves out: numbers with bounds, help, and one sentence for whoever got something wrong.
 *
 * @module
 */
import { type ParseArgsConfig, parseArgs } from 'node:util';

/** The longest that a timer of Node can run, in ms. */
export const MAX_DELAY: number = 2 ** 31 - 1;

/** One option of a command. A `flag` takes no value. */
export type OptionSpec = {
  readonly type: 'flag' | 'text' | 'texts' | 'number';
  /** One letter. */
  readonly short?: string;
  /** What the value is, for the help: `MS`, `FILE`. */
  readonly value?: string;
  readonly about: string;
  /** Least and greatest number; whole unless `isFraction`. */
  readonly least?: number;
  readonly most?: number;
  readonly isFraction?: boolean;
  readonly initial?: number | string;
};

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

type ValueOf<S extends OptionSpec> = S['type'] extends 'flag'
  ? boolean
  : S['type'] extends 'texts'
    ? readonly string[]
    : S['type'] extends 'number'
      ? S extends { initial: number }
        ? number
        : number | undefined
      : S extends { initial: string }
        ? string
        : string | undefined;

/** The values of a command's options, by name. */
export type OptionsOf<O extends OptionSpecs> = { readonly [K in keyof O]: ValueOf<O[K]> };

/** A subcommand. */
export type Command<O extends OptionSpecs = OptionSpecs> = {
  /** What follows the name: `ENDPOINT [options]`. */
  readonly usage: string;
  readonly about: string;
  readonly options: O;
  /** Whole command lines, without the `$`. */
  readonly examples: readonly string[];
  /** How many arguments beside options there may be. */
  readonly least: number;
  readonly most: number;
  /** Does it. Answers with the exit code; throws `UsageError` for what makes no sense. */
  run(args: readonly string[], options: OptionsOf<O>): Promise<number>;
};

/** So that the types of options follow from what is written. */
export function defineCommand<const O extends OptionSpecs>(command: Command<O>): Command {
  return command;
}

/** What was asked for makes no sense: the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Does something with what was written on the command line: an endpoint, or the value of an option.
 *
 * @throws {UsageError} when it is nothing that can be used
 */
export function asUsage<T>(act: () => T): T {
  try {
    const result = act();
    return result instanceof Promise ? (result.catch(rethrow) as T) : result;
  } catch (error) {
    return rethrow(error);
  }
}

function rethrow(error: unknown): never {
  const { code, message, detail, address } = error as Partial<
    Record<'code' | 'message' | 'detail' | 'address', string>
  >;
  if (code !== 'EINVAL' && code !== 'EPROTONOSUPPORT') throw error;
  const more = [address, detail].filter((text) => text !== undefined).join(': ');
  throw new UsageError(more === '' ? message : `${message}: ${more}`);
}

const HELP: OptionSpecs = { help: { type: 'flag', short: 'h', about: 'show this' } };

/**
 * Reads the arguments of a command.
 *
 * @throws {UsageError} for an unknown option, a value that is none, or too many or too few arguments
 */
export function parse(
  command: Command,
  argv: readonly string[],
): { args: readonly string[]; options: OptionsOf<OptionSpecs>; wantsHelp: boolean } {
  const specs = { ...command.options, ...HELP };
  const { values, positionals } = tryParse(specs, argv);
  const wantsHelp = values['help'] === true;
  const { least, most } = command;
  if (!wantsHelp && (positionals.length < least || positionals.length > most)) {
    const expected =
      least === most ? `${least}` : most === Infinity ? `${least} or more` : `${least} to ${most}`;
    throw new UsageError(
      `expected ${expected} argument${expected === '1' ? '' : 's'}, got ${positionals.length}`,
    );
  }
  const options: Record<string, boolean | number | string | readonly string[] | undefined> = {};
  for (const [name, spec] of Object.entries(command.options)) {
    options[name] = read(name, spec, values[name]);
  }
  return { args: positionals, options: options as OptionsOf<OptionSpecs>, wantsHelp };
}

type Given = boolean | string | (string | boolean)[] | undefined;

function tryParse(
  specs: OptionSpecs,
  argv: readonly string[],
): { values: Record<string, Given>; positionals: string[] } {
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, { type, short }] of Object.entries(specs)) {
    options[name] = {
      type: type === 'flag' ? 'boolean' : 'string',
      multiple: type === 'texts',
      ...(short !== undefined && { short }),
    };
  }
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true });
  } catch (error) {
    // The rest is about arguments that begin with a dash.
    throw new UsageError((error as Error).message.split('. ')[0]);
  }
}

function read(
  name: string,
  spec: OptionSpec,
  given: Given,
): boolean | number | string | readonly string[] | undefined {
  if (spec.type === 'flag') return given === true;
  if (spec.type === 'texts') return (given as string[] | undefined) ?? [];
  if (given === undefined) return spec.initial;
  return spec.type === 'number' ? readNumber(name, spec, String(given)) : String(given);
}

function readNumber(name: string, spec: OptionSpec, text: string): number {
  const { least = 0, most = Number.MAX_SAFE_INTEGER, isFraction = false } = spec;
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (number >= least && number <= most && (isFraction || Number.isInteger(number))) return number;
  const kind = isFraction ? 'a number' : 'a whole number';
  const bounds = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`;
  throw new UsageError(`--${name} takes ${kind} ${bounds}, got "${text}"`);
}

/** The help of a command. */
export function helpOf(name: string, command: Command): string {
  const rows = Object.entries({ ...command.options, ...HELP }).map(([option, spec]) => [
    `${spec.short === undefined ? '    ' : `-${spec.short}, `}--${option}${spec.type === 'flag' ? '' : ` ${spec.value ?? 'TEXT'}`}`,
    `${spec.about}${spec.initial === undefined ? '' : ` (${spec.initial})`}`,
  ]);
  return [
    `Usage: zmtp ${name} ${command.usage}`,
    '',
    command.about,
    '',
    'Options:',
    ...table(rows),
    '',
    'Examples:',
    ...command.examples.map((line) => `  ${line}`),
    '',
  ].join('\n');
}

/** Rows of two columns, indented. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const width = Math.max(...rows.map(([left = '']) => left.length));
  return rows.map(([left = '', right = '']) => `  ${left.padEnd(width)}  ${right}`);
}
