/**
 * `node:crypto`, loaded when it is needed for the first time: it is a good part of what importing this package would take,
 * and most programs do without it.
 *
 * @module
 */
import type * as NodeCrypto from 'node:crypto';

/** The module. */
export function crypto(): typeof NodeCrypto {
  return process.getBuiltinModule('node:crypto');
}
