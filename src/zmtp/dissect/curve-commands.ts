/**
 * The commands of CURVE, taken apart as far as they are not sealed. 26/CURVEZMQ; `mechanism/curve.ts` has the pictures.
 *
 * @module
 */
import { readUint32 } from '../frame.ts';
import { TAG_SIZE } from '../mechanism/curve-box.ts';
import {
  COOKIE_SIZE,
  COUNTER_SIZE,
  HELLO_BOX_SIZE,
  LONG_NONCE_SIZE,
  VOUCH_SIZE,
  WELCOME_BOX_SIZE,
} from '../mechanism/curve.ts';
import type { SideFacts } from './facts.ts';
import type { Parts } from './parts.ts';
import { RULES } from './rules.ts';
import { count, hex } from './show.ts';

const VERSION_SIZE = 2;
const PADDING_SIZE = 72;
const KEY_SIZE = 32;
const HELLO_SIZE = VERSION_SIZE + PADDING_SIZE + KEY_SIZE + COUNTER_SIZE + HELLO_BOX_SIZE;
const INITIATE_SIZE =
  COOKIE_SIZE + COUNTER_SIZE + TAG_SIZE + KEY_SIZE + LONG_NONCE_SIZE + VOUCH_SIZE;
/** A tag, and flags. */
const SMALLEST_MESSAGE = COUNTER_SIZE + TAG_SIZE + 1;

/**
 * What is behind the name of a command of CURVE.
 *
 * @returns whether it is one
 */
export function takeCurveCommand(name: string, parts: Parts, facts: SideFacts): boolean {
  const { length } = parts.rest;
  switch (name) {
    case 'HELLO':
      if (length === HELLO_SIZE) takeHello(parts, facts);
      else parts.fail(RULES.curveHello, count(length, 'byte'));
      return true;
    case 'WELCOME':
      if (length === LONG_NONCE_SIZE + WELCOME_BOX_SIZE) {
        parts.take(LONG_NONCE_SIZE, 'nonce');
        parts.take(WELCOME_BOX_SIZE, "box: the server's key of this connection and a cookie");
      } else parts.fail(RULES.curveWelcome, count(length, 'byte'));
      return true;
    case 'INITIATE':
      if (length >= INITIATE_SIZE) {
        parts.take(COOKIE_SIZE, 'the cookie that the server has sent');
        takeCounter(parts, facts);
        const properties = length - INITIATE_SIZE;
        parts.take(
          parts.rest.length,
          `box: the client's key, a vouch for it, and ${count(properties, 'byte')} of properties`,
        );
      } else parts.fail(RULES.curveInitiate, count(length, 'byte'));
      return true;
    case 'READY':
      if (length >= COUNTER_SIZE + TAG_SIZE) {
        takeCounter(parts, facts);
        const properties = parts.rest.length - TAG_SIZE;
        parts.take(parts.rest.length, `box: ${count(properties, 'byte')} of properties`);
      } else parts.fail(RULES.curveReady, count(length, 'byte'));
      return true;
    default:
      return false;
  }
}

/**
 * What is behind the name of a MESSAGE.
 *
 * @param size - of all of it: what is at hand may be only the beginning
 */
export function takeSealed(parts: Parts, size: number, facts: SideFacts): void {
  if (size < SMALLEST_MESSAGE) {
    parts.fail(RULES.curveMessage, count(size, 'byte'));
    return;
  }
  takeCounter(parts, facts);
  const inner = size - SMALLEST_MESSAGE;
  parts.take(size - COUNTER_SIZE, `box: the flags and ${count(inner, 'byte')} of a frame`);
}

function takeHello(parts: Parts, facts: SideFacts): void {
  const { rest } = parts;
  parts.take(VERSION_SIZE, `version of CurveZMQ: ${rest[0]}.${rest[1]}`);
  if (rest[0] !== 1) parts.blame(RULES.curveVersion);
  else if (rest[1] !== 0) parts.blame(RULES.curveVersion, 1);
  const padding = parts.rest.subarray(0, PADDING_SIZE);
  parts.take(PADDING_SIZE, 'padding');
  const bad = padding.findIndex((byte) => byte !== 0);
  if (bad !== -1) parts.blame(RULES.curvePadding, bad);
  parts.take(
    KEY_SIZE,
    `the client's key of this connection: ${hex(parts.rest.subarray(0, KEY_SIZE))}`,
  );
  takeCounter(parts, facts);
  parts.take(HELLO_BOX_SIZE, "box: the proof that the server's key is known");
}

function takeCounter(parts: Parts, facts: SideFacts): void {
  const { rest } = parts;
  const high = readUint32(rest, 0);
  const low = readUint32(rest, 4);
  parts.take(COUNTER_SIZE, `counter ${(BigInt(high) << 32n) | BigInt(low)}`);
  if (!facts.count(high, low)) parts.blame(RULES.curveCounter);
}
