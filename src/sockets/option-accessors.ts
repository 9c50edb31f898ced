/**
 * Makes the option table into properties of the socket classes, and reads the options that a constructor is given.
 *
 * @module
 */
import type { Authenticator } from '../authentication.ts';
import { invalidType } from '../errors.ts';
import type { OptionName, OptionValues } from '../option-types.ts';
import { OPTIONS } from '../options.ts';
import type { TlsOptions } from '../tls-options.ts';

/** Where the accessors find and leave the values. */
export interface OptionStore {
  readonly options: Readonly<OptionValues>;
  setOption(name: OptionName, value: OptionValues[OptionName]): void;
}

/** What a program reads and assigns. */
export type OptionInput = string | number | boolean | null | Authenticator | TlsOptions;

/** Defines a property on `prototype` for each of `names`. */
export function defineOptions<S extends object>(
  prototype: S,
  names: readonly OptionName[],
  storeOf: (socket: S) => OptionStore,
): void {
  for (const name of names) {
    Object.defineProperty(prototype, name, {
      configurable: true,
      enumerable: true,
      get(this: S): unknown {
        return readOption(storeOf(this), name);
      },
      set(this: S, value: unknown): void {
        assignOption(storeOf(this), name, value);
      },
    });
  }
}

/** The value of an option as a program reads it: bytes as text, and no bytes as `null`. */
export function readOption(store: OptionStore, name: OptionName): OptionInput {
  const value = store.options[name];
  if (!(value instanceof Uint8Array)) return value;
  if (value.length === 0) return null;
  return OPTIONS[name].toText?.(value) ?? Buffer.from(value).toString();
}

/** Assigns what a program gave, once it is checked. */
export function assignOption(store: OptionStore, name: OptionName, value: unknown): void {
  const isBytes = OPTIONS[name].default instanceof Uint8Array && !OPTIONS[name].toText;
  const checked = OPTIONS[name].check(isBytes ? toBuffer(value) : value, name);
  if (OPTIONS[name].hasNoEffect && checked !== OPTIONS[name].default) warnOfNoEffect(name);
  store.setOption(name, checked);
}

/** Text as bytes, and bytes as a `Buffer`, for peers over inproc may be handed what was assigned. The check copies it. */
function toBuffer(value: unknown): unknown {
  if (typeof value === 'string') return Buffer.from(value);
  if (!(value instanceof Uint8Array)) return value;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

const warned = new Set<OptionName>();

/** Says, once for each option, that a value is kept and not applied. */
function warnOfNoEffect(name: OptionName): void {
  if (warned.has(name)) return;
  warned.add(name);
  process.emitWarning(`The socket option ${name} has no effect: Node has no way to apply it.`, {
    code: 'ZMTP_OPTION_WITHOUT_EFFECT',
  });
}

/**
 * Assigns each of `options` to `target`; one that is `undefined` is as good as absent. Throws a TypeError with code EINVAL
 * for one that it does not have.
 */
export function assignOptions(target: object, options: object): void {
  for (const [name, value] of Object.entries(options)) {
    if (name === 'context') continue;
    if (!isAccessor(target, name)) {
      throw invalidType(
        `Cannot add property ${name}, object is not extensible`,
        'there is no such option',
      );
    }
    if (value === undefined) continue;
    if (!Reflect.set(target, name, value)) {
      throw invalidType(
        `Cannot set property ${name} of #<${rootName(target)}> which has only a getter`,
      );
    }
  }
}

/** Whether a property is read or written by a function, as options are: methods are not. */
function isAccessor(target: object, name: string): boolean {
  let holder: object | null = target;
  while (holder !== null && holder !== Object.prototype) {
    const property = Object.getOwnPropertyDescriptor(holder, name);
    if (property !== undefined) return property.get !== undefined || property.set !== undefined;
    holder = Object.getPrototypeOf(holder) as object | null;
  }
  return false;
}

/** The name of the class that all its classes derive from. */
function rootName(target: object): string {
  let prototype = Object.getPrototypeOf(target) as object;
  for (;;) {
    const next = Object.getPrototypeOf(prototype) as object | null;
    if (next === null || next === Object.prototype) return prototype.constructor.name;
    prototype = next;
  }
}
