/**
 * Options by libzmq's number, as `getInt32Option` and its like have them: the same values and checks as the properties.
 *
 * @module
 */
import { invalidType, invalidValue, ZmtpError } from '../errors.ts';
import type { OptionName } from '../option-types.ts';
import { OPTIONS, optionNames } from '../options.ts';
import { assignOption, type OptionInput, readOption } from './option-accessors.ts';
import { Sub } from './patterns/sub.ts';
import { Xpub } from './patterns/xpub.ts';
import type { SocketCore } from './socket-core.ts';
import { numberOf } from './socket-kinds.ts';

/** Numbers of what is no option here, but can be read or done by number. */
const SUBSCRIBE_ID = 6;
const UNSUBSCRIBE_ID = 7;
const TYPE = 16;
const EVENTS = 15;
const LAST_ENDPOINT = 32;
const MECHANISM = 43;
const THREAD_SAFE = 81;
const XPUB_VERBOSE = 40;
const XPUB_VERBOSER = 78;
/** ZMQ_IPC_FILTER_PID, _UID and _GID, which must not be taken for set. */
const IPC_FILTERS: readonly number[] = [58, 59, 60];
const MECHANISM_NUMBERS = { NULL: 0, PLAIN: 1, CURVE: 2 } as const;
const MAX_UINT64 = 2 ** 64;

/** What options with a number hold: those with functions and objects have none. */
type NumberedValue = Extract<OptionInput, string | number | boolean | null>;

/** What can be read by number and is no option. */
function readOther(core: SocketCore, id: number): NumberedValue | undefined {
  switch (id) {
    case TYPE:
      return numberOf(core.kind);
    case EVENTS:
      return Number(core.isReadable) + 2 * Number(core.isWritable);
    case LAST_ENDPOINT:
      return core.endpoints.last;
    case MECHANISM:
      return MECHANISM_NUMBERS[core.options.securityRole.mechanism];
    case THREAD_SAFE:
      return 0;
    default:
      return undefined;
  }
}

/** Reads the option with a number. */
export function readNumbered(core: SocketCore, id: number): NumberedValue {
  checkId(id);
  const other = readOther(core, id);
  return other === undefined ? (readOption(core, findName(core, id)) as NumberedValue) : other;
}

/** Sets the option with a number; a flag may be given as a number, and a number as a flag. */
export function assignNumbered(
  core: SocketCore,
  id: number,
  value: string | Uint8Array | number | boolean | null,
): void {
  checkId(id);
  if (core.isClosed) throw new ZmtpError('EBADF');
  if (core.kind === 'XPUB' && (id === XPUB_VERBOSE || id === XPUB_VERBOSER)) {
    const level = id === XPUB_VERBOSE ? 'allSubs' : 'allSubsUnsubs';
    assignOption(core, 'verbosity', value ? level : null);
    return;
  }
  const subscriber = id === SUBSCRIBE_ID || id === UNSUBSCRIBE_ID ? subscriberOf(core) : undefined;
  if (subscriber !== undefined && isText(value)) {
    const topic = Buffer.from(value ?? '');
    if (id === SUBSCRIBE_ID) subscriber.subscribe(topic);
    else subscriber.unsubscribe(topic);
    return;
  }
  const name = findName(core, id);
  const isFlag = typeof OPTIONS[name].default === 'boolean';
  const isNumber = typeof OPTIONS[name].default === 'number';
  if (isFlag && typeof value === 'number') assignOption(core, name, value !== 0);
  else if (isNumber && typeof value === 'boolean') assignOption(core, name, Number(value));
  else assignOption(core, name, value);
}

/** What a number is taken for as 64 unsigned bits. */
export function clampUint64(value: number): number {
  if (value < 0) return 0;
  if (value > Number.MAX_SAFE_INTEGER) {
    process.emitWarning(
      'Value is larger than Number.MAX_SAFE_INTEGER and may have been rounded inaccurately.',
    );
  }
  return Math.min(value, MAX_UINT64);
}

/** What has subscriptions as options: a SUB its own, a manual XPUB those of its peers. */
function subscriberOf({ pattern, options }: SocketCore): Sub | Xpub | undefined {
  if (pattern instanceof Sub) return pattern;
  return pattern instanceof Xpub && options.manual ? pattern : undefined;
}

function isText(value: unknown): value is string | Uint8Array | null {
  return typeof value === 'string' || value instanceof Uint8Array || value === null;
}

function checkId(id: unknown): void {
  if (typeof id !== 'number') throw invalidType('Identifier must be a number', `got ${typeof id}`);
}

function findName(core: SocketCore, id: number): OptionName {
  const name = optionNames(core.kind).find((each) => OPTIONS[each].id === id);
  if (name === undefined) {
    const detail = IPC_FILTERS.includes(id)
      ? 'there are no filters for ipc: Node does not say whose process is at the other end'
      : `a ${core.kind} socket has no option ${id}`;
    throw invalidValue('Invalid argument', detail);
  }
  return name;
}
