/**
 * Makes the option table into properties of the socket classes, and reads the options that a constructor is given.
 *
 * @module
 */
import { invalidType } from '../errors.ts';
import { OPTIONS, type OptionName, type OptionValues, optionNames } from '../options.ts';
import type { SocketType } from '../zmtp/socket-type.ts';

/** Where the accessors find and leave the values. */
export interface OptionStore {
  readonly options: Readonly<OptionValues>;
  setOption(name: OptionName, value: OptionValues[OptionName]): void;
}

/** Defines a property on `prototype` for each option that sockets of `type` have. */
export function defineOptions<S extends object>(
  prototype: S,
  type: SocketType,
  storeOf: (socket: S) => OptionStore,
): void {
  for (const name of optionNames(type)) {
    Object.defineProperty(prototype, name, {
      configurable: true,
      enumerable: true,
      get(this: S): unknown {
        return exportOption(storeOf(this).options[name]);
      },
      set(this: S, value: unknown): void {
        storeOf(this).setOption(name, importOption(name, value));
      },
    });
  }
}

/** Throws a TypeError with code EINVAL for options that are no object. */
export function checkObject(options: unknown): asserts options is object {
  if (typeof options === 'object' && options !== null) return;
  throw invalidType(
    'Options must be an object',
    `got ${options === null ? 'null' : typeof options}`,
  );
}

/** Assigns each of `options` to `socket`. Throws a TypeError with code EINVAL for one that it does not have. */
export function assignOptions(socket: object, options: object): void {
  for (const [name, value] of Object.entries(options)) {
    if (name === 'context') continue;
    if (!(name in socket)) {
      throw invalidType(
        `Cannot add property ${name}, object is not extensible`,
        'there is no such option',
      );
    }
    if (!Reflect.set(socket, name, value)) {
      throw invalidType(`Cannot set property ${name} of #<Socket> which has only a getter`);
    }
  }
}

/** What a program assigned, checked and as the sockets use it: text as bytes. */
function importOption(name: OptionName, value: unknown): OptionValues[OptionName] {
  const isBytes = OPTIONS[name].default instanceof Uint8Array;
  return OPTIONS[name].check(
    isBytes && typeof value === 'string' ? Buffer.from(value) : value,
    name,
  );
}

/** What a program reads: bytes as text, and no bytes as `null`. */
function exportOption(value: OptionValues[OptionName]): string | number | boolean | null {
  if (!(value instanceof Uint8Array)) return value;
  return value.length === 0 ? null : Buffer.from(value).toString();
}
