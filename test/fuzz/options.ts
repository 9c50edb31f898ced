/**
 * The options of `npm run fuzz`.
 *
 * @module
 */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { SocketKind } from '../../src/option-types.ts';
import { MECHANISMS, type MechanismName, type Target } from '../../src/testing/hostile/session.ts';
import { FAULT_NAMES, type FaultName } from './subject/fault-names.ts';
import { readVector, type Vector } from '../../src/testing/hostile/vector.ts';

const TYPES: readonly SocketKind[] = [
  'REP',
  'REQ',
  'PULL',
  'PUSH',
  'ROUTER',
  'DEALER',
  'PUB',
  'SUB',
  'XPUB',
  'XSUB',
  'PAIR',
  'STREAM',
];

export const HELP = `npm run fuzz -- [options]

  --time SECONDS        how long to go on; default 60
  --seed NUMBER         the same sessions as another time; default: a new one, which is printed
  --type TYPE           only sockets of this type; may be repeated
  --mechanism NAME      only NULL, PLAIN or CURVE; may be repeated
  --replay FILE|JSON    run a vector again; may be repeated
  --out FOLDER          where vectors are written; default: test/fuzz/finds
  --patience MS         how long what the subject owes is waited for; default 10000
  --shrink SECONDS      how long what was found is made smaller; default 30
  --plant FAULT         plant a fault into the subject
  --self-test           plant each fault in turn, and show that it is found
  --help`;

export type Options = {
  readonly time: number;
  readonly seed: number;
  readonly targets: readonly Target[];
  readonly patience: number;
  readonly shrinkTime: number;
  readonly out: string;
  readonly fault: FaultName | undefined;
  readonly vectors: readonly Vector[];
  readonly isSelfTest: boolean;
};

export class UsageError extends Error {}

function toNumber(name: string, value: string): number {
  const number = Number(value);
  if (value === '' || !Number.isFinite(number) || number < 0) {
    throw new UsageError(`--${name} takes a number, not '${value}'`);
  }
  return number;
}

function oneOf<T extends string>(name: string, all: readonly T[], values?: readonly string[]): T[] {
  return (values ?? all).map((value) => {
    const known = all.find((one) => one.toLowerCase() === value.toLowerCase());
    if (known === undefined)
      throw new UsageError(`--${name} takes ${all.join(', ')}, not '${value}'`);
    return known;
  });
}

/** STREAM has no mechanism. */
function targetsOf(types: readonly SocketKind[], mechanisms: readonly MechanismName[]): Target[] {
  return mechanisms.flatMap((mechanism) =>
    types
      .filter((type) => type !== 'STREAM' || mechanism === 'NULL')
      .map((type) => ({ type, mechanism })),
  );
}

/**
 * @param args - what stands behind the name of the program
 * @returns `undefined` when help is asked for
 * @throws {UsageError} for what makes no sense
 */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parseStrictly(args);
  if (values.help) return undefined;
  const types = oneOf('type', TYPES, values.type);
  const targets = targetsOf(types, oneOf('mechanism', MECHANISMS, values.mechanism));
  if (targets.length === 0) throw new UsageError('a STREAM has no mechanism but NULL');
  const [fault] = values.plant === undefined ? [] : oneOf('plant', FAULT_NAMES, [values.plant]);
  return {
    time: 1000 * toNumber('time', values.time),
    seed: values.seed === undefined ? randomInt(2 ** 31) : toNumber('seed', values.seed),
    targets,
    patience: toNumber('patience', values.patience),
    shrinkTime: 1000 * toNumber('shrink', values.shrink),
    out: values.out,
    fault,
    vectors: (values.replay ?? []).map(read),
    isSelfTest: values['self-test'],
  };
}

const MANY = { type: 'string', multiple: true } as const;
const KNOWN = {
  time: { type: 'string', default: '60' },
  seed: { type: 'string' },
  type: MANY,
  mechanism: MANY,
  replay: MANY,
  out: { type: 'string', default: join(import.meta.dirname, 'finds') },
  patience: { type: 'string', default: '10000' },
  shrink: { type: 'string', default: '30' },
  plant: { type: 'string' },
  'self-test': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

function parseStrictly(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: KNOWN });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function read(pathOrJson: string): Vector {
  try {
    return readVector(pathOrJson);
  } catch (error) {
    throw new UsageError(`--replay: ${(error as Error).message}`);
  }
}
