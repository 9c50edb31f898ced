/**
 * A context: sockets of one context share the names of `inproc://`, some defaults and a limit to their number.
 *
 * @module
 */
import { checkCount, checkObject } from '../arguments.ts';
import { invalidType, invalidValue } from '../errors.ts';
import { MAX_INT32 } from '../options.ts';
import { InprocRegistry } from '../transport/inproc.ts';
import type { InprocPeer } from './inproc-link.ts';
import { assignOptions } from './option-accessors.ts';

/** Options of a context, also properties of it. */
export interface ContextOptions {
  /** Kept, and of no effect: there is one thread. */
  ioThreads: number;
  /** Most sockets that may be open; one more fails with EMFILE. */
  maxSockets: number;
  /** Most bytes in all frames of a message that is accepted. */
  maxMessageSize: number;
  /** The default of the socket option. */
  ipv6: boolean;
  /** Whether sockets linger for ever by default; else not at all. */
  blocky: boolean;
  /** Kept, and of no effect: there are no threads to set it for. */
  threadPriority: number;
  /** Kept, and of no effect: there are no threads to set it for. */
  threadSchedulingPolicy: number;
}

const MAX_SOCKETS_LIMIT = 65_535;

/** Each option with libzmq's number and default. */
const CONTEXT_OPTIONS: {
  readonly [K in keyof ContextOptions]: {
    readonly id: number;
    readonly default: ContextOptions[K];
    readonly minimum?: number;
    readonly maximum?: number;
    readonly isWriteOnly?: boolean;
  };
} = {
  ioThreads: { id: 1, default: 1 },
  maxSockets: { id: 2, default: 1023, minimum: 1, maximum: MAX_SOCKETS_LIMIT },
  maxMessageSize: { id: 5, default: MAX_INT32 },
  ipv6: { id: 42, default: false },
  blocky: { id: 70, default: true },
  threadPriority: { id: 3, default: -1, minimum: -1, isWriteOnly: true },
  threadSchedulingPolicy: { id: 4, default: -1, minimum: -1, isWriteOnly: true },
};
const SOCKET_LIMIT_ID = 3;
const NAMES = Object.keys(CONTEXT_OPTIONS) as (keyof ContextOptions)[];

/** What sockets need to know of their context. */
type State = {
  readonly inproc: InprocRegistry<InprocPeer>;
  readonly options: ContextOptions;
  openSockets: number;
};

const states = new WeakMap<Context, State>();

// The options are defined as properties on the prototype, from the table.
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging
export interface Context extends ContextOptions {}

/** Sockets that share the names of `inproc://`. Most programs do with the default, `context`. */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging
export class Context {
  /** @throws {TypeError} code EINVAL for options that are none, or have the wrong type */
  constructor(options: { [K in keyof ContextOptions]?: ContextOptions[K] | undefined } = {}) {
    // oxlint-disable-next-line prefer-rest-params
    checkCount(arguments.length, 1);
    checkObject(options);
    const values = NAMES.map((name) => [name, CONTEXT_OPTIONS[name].default]);
    states.set(this, {
      inproc: new InprocRegistry(),
      options: Object.fromEntries(values) as ContextOptions,
      openSockets: 0,
    });
    Object.seal(this);
    assignOptions(this, options);
  }

  /** The most that `maxSockets` can be. */
  get maxSocketsLimit(): number {
    return MAX_SOCKETS_LIMIT;
  }

  /** Reads an option by libzmq's number. */
  protected getBoolOption(id: number): boolean {
    return Boolean(readNumbered(this, id));
  }

  /** Sets an option by libzmq's number. */
  protected setBoolOption(id: number, value: boolean): void {
    if (typeof value !== 'boolean') throw invalidType('Option value must be a boolean');
    setNumbered(this, id, value);
  }

  /** Reads an option by libzmq's number. */
  protected getInt32Option(id: number): number {
    return Number(readNumbered(this, id));
  }

  /** Sets an option by libzmq's number. */
  protected setInt32Option(id: number, value: number): void {
    if (typeof value !== 'number') throw invalidType('Option value must be a number');
    setNumbered(this, id, value);
  }
}

for (const name of NAMES) {
  Object.defineProperty(Context.prototype, name, {
    configurable: true,
    enumerable: true,
    get(this: Context): unknown {
      return CONTEXT_OPTIONS[name].isWriteOnly ? undefined : stateOf(this).options[name];
    },
    set(this: Context, value: unknown): void {
      checkOption(name, value);
      Object.assign(stateOf(this).options, { [name]: value });
    },
  });
}

function checkOption(name: keyof ContextOptions, value: unknown): void {
  const { default: initial, minimum = 0, maximum = MAX_INT32 } = CONTEXT_OPTIONS[name];
  if (typeof value !== typeof initial)
    throw invalidType(`Option value must be a ${typeof initial}`, `${name} got ${typeof value}`);
  if (typeof value !== 'number') return;
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    const range = `a whole number from ${minimum} to ${maximum}`;
    throw invalidValue('Invalid argument', `${name} must be ${range}, got ${value}`);
  }
}

function nameOf(id: unknown): keyof ContextOptions {
  if (typeof id !== 'number') throw invalidType('Identifier must be a number');
  const name = NAMES.find((each) => CONTEXT_OPTIONS[each].id === id);
  if (name === undefined) throw invalidValue('Invalid argument', `there is no option ${id}`);
  return name;
}

function readNumbered(context: Context, id: number): unknown {
  return id === SOCKET_LIMIT_ID ? MAX_SOCKETS_LIMIT : stateOf(context).options[nameOf(id)];
}

/** A flag may be set as a number, and a number as a flag. */
function setNumbered(context: Context, id: number, value: boolean | number): void {
  const name = nameOf(id);
  const isFlag = typeof CONTEXT_OPTIONS[name].default === 'boolean';
  Object.assign(context, { [name]: isFlag ? Boolean(value) : Number(value) });
}

/** What the sockets of a context share. */
export function stateOf(context: Context): State {
  return states.get(context) as State;
}

/** The context of sockets that are not given one. */
export const context: Context = new Context();
