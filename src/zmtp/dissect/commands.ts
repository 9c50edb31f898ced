/**
 * Commands taken apart into their fields. 37/ZMTP, "Commands", and the mechanisms'.
 *
 * @module
 */
import { asciiText, printable } from '../ascii.ts';
import { MAX_PING_CONTEXT } from '../command.ts';
import { readUint32 } from '../frame.ts';
import { takeCurveCommand, takeSealed } from './curve-commands.ts';
import { isTypeName, type SideFacts } from './facts.ts';
import { type Part, Parts } from './parts.ts';
import { RULES } from './rules.ts';
import { count, show } from './show.ts';

const VALUE_LENGTH_SIZE = 4;
const TTL_SIZE = 2;
const MAX_IDENTITY_SIZE = 255;
const PROPERTY_NAME = /^[A-Za-z0-9\-_.+]+$/;
const COMMAND_NAME = /^[A-Za-z]+$/;
/** How libzmq begins an ERROR in PLAIN. */
const CORRUPT_ERROR = '^RROR';
const MESSAGE_HEAD = '\u0007MESSAGE';

/**
 * Takes the body of a command frame apart, and notes what it says of its sender.
 *
 * @param facts - of the sender; they are brought up to date
 * @param peer - of the other side
 */
export function takeCommand(body: Uint8Array, facts: SideFacts, peer: SideFacts): Part[] {
  const parts = new Parts(body);
  if (asciiText(body.subarray(0, CORRUPT_ERROR.length)) === CORRUPT_ERROR) {
    parts.take(CORRUPT_ERROR.length, 'ERROR, misspelled', 'command');
    parts.blame(RULES.corruptError);
    takeReason(parts);
    return parts.list;
  }
  const nameLength = body[0] ?? 0;
  if (nameLength === 0 || nameLength >= body.length) {
    parts.fail(RULES.commandName, 'no command');
    return parts.list;
  }
  const name = asciiText(body.subarray(1, 1 + nameLength));
  const isHandshake = !facts.isReady;
  const { awaited } = facts;
  const isInOrder = !isHandshake || facts.say(name);
  const readable = printable(body.subarray(1, 1 + nameLength));
  parts.take(
    1 + nameLength,
    isInOrder ? readable : `${readable}, where ${awaited.join(' or ')} is awaited`,
    'command',
  );
  if (!isInOrder) parts.blame(RULES.handshakeOrder);
  else if (!COMMAND_NAME.test(name)) parts.blame(RULES.commandName, 1);
  takeFields(name, parts, facts, peer, isHandshake);
  return parts.list;
}

/**
 * Takes a frame apart that has to be a MESSAGE of CURVE.
 *
 * @param body - the beginning of the frame, with all that is not sealed
 * @param size - of all of it
 */
export function takeMessage(body: Uint8Array, size: number, facts: SideFacts): Part[] {
  const parts = new Parts(body);
  const head = body.subarray(0, MESSAGE_HEAD.length);
  if (asciiText(head) === MESSAGE_HEAD) {
    parts.take(MESSAGE_HEAD.length, 'MESSAGE', 'command');
    takeSealed(parts, size - MESSAGE_HEAD.length, facts);
  } else {
    parts.take(size, `a frame in clear: ${show(body, size)}`, 'raw');
    parts.blame(RULES.curveMessage);
  }
  return parts.list;
}

function takeFields(
  name: string,
  parts: Parts,
  facts: SideFacts,
  peer: SideFacts,
  isHandshake: boolean,
): void {
  if (isHandshake && facts.mechanism === 'CURVE' && takeCurveCommand(name, parts, facts)) return;
  switch (name) {
    case 'READY':
      takeProperties(parts, facts, peer);
      return;
    case 'INITIATE':
      if (facts.mechanism === 'PLAIN') takeProperties(parts, facts, peer);
      else takeRest(parts, 'data');
      return;
    case 'HELLO':
      if (facts.mechanism === 'PLAIN') takeCredentials(parts);
      else takeRest(parts, 'data');
      return;
    case 'WELCOME':
      if (facts.mechanism === 'PLAIN' && parts.rest.length > 0) {
        parts.fail(RULES.plainWelcome, count(parts.rest.length, 'byte'));
      } else takeRest(parts, 'data');
      return;
    case 'ERROR':
      takeReason(parts);
      return;
    case 'PING':
      takePing(parts);
      return;
    case 'PONG':
      takeContext(parts);
      return;
    case 'SUBSCRIBE':
    case 'CANCEL':
      if (peer.major === 3 && peer.minor === 0) parts.blame(RULES.subscribeToVersion30);
      takeRest(parts, 'topic');
      return;
    case 'JOIN':
    case 'LEAVE':
      takeRest(parts, 'group');
      return;
    default:
      takeRest(parts, 'data');
  }
}

function takeRest(parts: Parts, what: string): void {
  const { rest } = parts;
  if (rest.length > 0) parts.take(rest.length, `${what} ${show(rest)}`);
}

/** One part for each property: lengths, name and value. */
function takeProperties(parts: Parts, facts: SideFacts, peer: SideFacts): void {
  while (parts.rest.length > 0) {
    const { rest } = parts;
    const nameLength = rest[0] ?? 0;
    const valueOffset = 1 + nameLength + VALUE_LENGTH_SIZE;
    const name = asciiText(rest.subarray(1, 1 + nameLength));
    if (rest.length < valueOffset) {
      parts.fail(RULES.propertyLength, 'the bytes end inside a property');
      return;
    }
    const valueLength = readUint32(rest, 1 + nameLength);
    const there = rest.length - valueOffset;
    if (valueLength > there) {
      const said = `property ${printable(rest.subarray(1, 1 + nameLength))}`;
      parts.fail(
        RULES.propertyLength,
        `${said} announces ${valueLength} bytes, ${there} are there`,
      );
      return;
    }
    const value = rest.subarray(valueOffset, valueOffset + valueLength);
    const readable = printable(rest.subarray(1, 1 + nameLength));
    parts.take(valueOffset + valueLength, `property ${readable} = ${show(value)}`);
    if (!PROPERTY_NAME.test(name)) parts.blame(RULES.propertyName, nameLength === 0 ? 0 : 1);
    switch (name.toLowerCase()) {
      case 'socket-type':
        facts.socketType = printable(value);
        if (!isTypeName(facts.socketType)) parts.blame(RULES.socketTypeName, valueOffset);
        else if (!facts.canTalkTo(peer)) parts.blame(RULES.socketTypes, valueOffset);
        break;
      case 'identity':
        if (value[0] === 0) parts.blame(RULES.identity, valueOffset);
        else if (value.length > MAX_IDENTITY_SIZE) {
          parts.blame(RULES.identity, valueOffset + MAX_IDENTITY_SIZE);
        }
        break;
      default:
    }
  }
}

function takeReason(parts: Parts): void {
  const { rest } = parts;
  if (rest[0] === undefined || rest[0] !== rest.length - 1) {
    parts.fail(RULES.errorReason, `a reason that does not fit: ${show(rest)}`);
    return;
  }
  parts.take(rest.length, `reason ${show(rest.subarray(1))}`);
}

function takePing(parts: Parts): void {
  const { rest } = parts;
  if (rest.length < TTL_SIZE) {
    parts.fail(RULES.pingTtl, 'no time to live');
    return;
  }
  const deciseconds = ((rest[0] ?? 0) << 8) | (rest[1] ?? 0);
  const meaning = deciseconds === 0 ? 'none' : `${deciseconds / 10} s`;
  parts.take(TTL_SIZE, `time to live ${meaning}`);
  takeContext(parts);
}

function takeContext(parts: Parts): void {
  const { length } = parts.rest;
  takeRest(parts, 'context');
  if (length > MAX_PING_CONTEXT) parts.blame(RULES.pingContext, MAX_PING_CONTEXT);
}

/** User name and password of PLAIN, in clear as they are. */
function takeCredentials(parts: Parts): void {
  for (const what of ['user name', 'password']) {
    const { rest } = parts;
    const length = rest[0];
    if (length === undefined || 1 + length > rest.length) {
      parts.fail(RULES.plainHello, `${what} that does not fit`);
      return;
    }
    parts.take(1 + length, `${what} ${show(rest.subarray(1, 1 + length))}`);
  }
  const { length } = parts.rest;
  if (length > 0) parts.fail(RULES.plainHello, count(length, 'byte'));
}
