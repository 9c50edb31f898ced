/**
 * Commands: known, unknown and malformed, as bodies of frames.
 *
 * @module
 */
import * as fc from 'fast-check';
import { bytes, commandBody, u16 } from '../raw-bytes.ts';
import { bodies, names, shortBytes } from './bytes.ts';
import type { Piece } from './frames.ts';

const known = fc.oneof(
  fc.tuple(fc.nat(65_535), fc.uint8Array({ maxLength: 16 })).map(([ttl, context]) => ({
    note: 'PING',
    // A short time to live is waited for by nobody here.
    bytes: commandBody('PING', u16(ttl < 100 ? 0 : ttl), context),
  })),
  fc
    .uint8Array({ maxLength: 16 })
    .map((context) => ({ note: 'PONG', bytes: commandBody('PONG', context) })),
  fc
    .tuple(fc.constantFrom('SUBSCRIBE', 'CANCEL'), bodies)
    .map(([name, topic]) => ({ note: name, bytes: commandBody(name, topic) })),
  fc
    .tuple(fc.constantFrom('JOIN', 'LEAVE', 'READY', 'HELLO', 'WELCOME', 'NOTHING'), bodies)
    .map(([name, data]) => ({ note: name, bytes: commandBody(name, data) })),
  fc
    .string({ unit: 'grapheme-ascii', maxLength: 40 })
    .map((reason) => ({ note: 'ERROR', bytes: commandBody('ERROR', reason.length, reason) })),
);

const malformed = fc.oneof(
  fc
    .tuple(names('READY', 'ERROR', 'PING', 'PONG', 'SUBSCRIBE', 'CANCEL', 'MESSAGE'), bodies)
    .map(([name, data]) => ({ note: `command '${name}'`, bytes: bytes(name.length, name, data) })),
  fc.tuple(fc.nat(255), shortBytes).map(([length, name]) => ({
    note: 'a command whose name does not fit',
    bytes: bytes(length, name),
  })),
  fc
    .uint8Array({ minLength: 17, maxLength: 40 })
    .map((context) => ({ note: 'a long PING', bytes: commandBody('PING', u16(0), context) })),
  fc.constantFrom(0, 1).map((size) => ({
    note: 'a short PING',
    bytes: commandBody('PING', new Uint8Array(size)),
  })),
);

/** Bodies of commands; most of them are right. */
export const commandBodies: fc.Arbitrary<Piece> = fc.oneof(
  { weight: 3, arbitrary: known },
  { weight: 1, arbitrary: malformed },
);
