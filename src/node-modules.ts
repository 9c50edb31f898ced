/**
 * Modules of Node that are loaded when they are needed for the first time: together they are a good part of what importing
 * this package would take, and most programs do without them.
 *
 * @module
 */
import type * as Crypto from 'node:crypto';
import type * as Tty from 'node:tty';
import type * as Util from 'node:util';

export function crypto(): typeof Crypto {
  return process.getBuiltinModule('node:crypto');
}

export function tty(): typeof Tty {
  return process.getBuiltinModule('node:tty');
}

export function util(): typeof Util {
  return process.getBuiltinModule('node:util');
}
