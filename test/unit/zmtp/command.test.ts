import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../src/errors.ts';
import {
  type Command,
  decodeCommand,
  encodeCommand,
  MAX_PING_CONTEXT,
  MAX_TTL_DECISECONDS,
} from '../../../src/zmtp/command.ts';
import { bytes, commandBody, property, u16 } from '../../../src/testing/raw-bytes.ts';
import '../compare-bytes.ts';

const CASES: readonly (readonly [string, Command, Uint8Array])[] = [
  [
    'READY',
    { name: 'READY', metadata: new Map([['Socket-Type', Buffer.from('REP')]]) },
    commandBody('READY', property('Socket-Type', 'REP')),
  ],
  ['READY without properties', { name: 'READY', metadata: new Map() }, commandBody('READY')],
  ['ERROR', { name: 'ERROR', reason: '400' }, commandBody('ERROR', 3, '400')],
  ['ERROR without words', { name: 'ERROR', reason: '' }, commandBody('ERROR', 0)],
  [
    'ERROR with the longest reason',
    { name: 'ERROR', reason: 'r'.repeat(255) },
    commandBody('ERROR', 255, 'r'.repeat(255)),
  ],
  [
    'PING',
    { name: 'PING', ttlDeciseconds: 12, context: Buffer.alloc(0) },
    commandBody('PING', u16(12)),
  ],
  [
    'PING with the longest of all',
    {
      name: 'PING',
      ttlDeciseconds: MAX_TTL_DECISECONDS,
      context: Buffer.alloc(MAX_PING_CONTEXT, 'c'),
    },
    commandBody('PING', 0xff, 0xff, 'cccccccccccccccc'),
  ],
  ['PONG', { name: 'PONG', context: Buffer.from('ctx') }, commandBody('PONG', 'ctx')],
  ['SUBSCRIBE', { name: 'SUBSCRIBE', topic: Buffer.from('t') }, commandBody('SUBSCRIBE', 't')],
  ['CANCEL', { name: 'CANCEL', topic: Buffer.alloc(0) }, commandBody('CANCEL')],
  [
    'a command of another kind',
    { name: 'unknown', unknownName: 'JOIN', data: Buffer.from('group') },
    commandBody('JOIN', 'group'),
  ],
  [
    'a name of 255 letters',
    { name: 'unknown', unknownName: 'N'.repeat(255), data: Buffer.alloc(0) },
    commandBody('N'.repeat(255)),
  ],
];

describe('encodeCommand and decodeCommand', () => {
  test.each(CASES)('%s', (_what, command, body) => {
    expect(Buffer.from(encodeCommand(command))).toEqual(Buffer.from(body));
    expect(decodeCommand(body)).toEqual(command);
  });

  test('names are compared with regard to case', () => {
    for (const name of ['ready', 'Ping', 'SUBSCRIBe']) {
      expect(decodeCommand(commandBody(name))).toMatchObject({
        name: 'unknown',
        unknownName: name,
      });
    }
  });

  test('a name may have any bytes', () => {
    const body = bytes(2, 0x80, 0xff, 'data');
    const command = decodeCommand(body);
    expect(command).toMatchObject({ name: 'unknown', unknownName: '\x80\xff' });
    expect(Buffer.from(encodeCommand(command))).toEqual(body);
  });
});

describe('encodeCommand', () => {
  test.each<readonly [string, Command]>([
    ['a reason of 256', { name: 'ERROR', reason: 'r'.repeat(256) }],
    ['a context of 17 in a PING', { name: 'PING', ttlDeciseconds: 0, context: new Uint8Array(17) }],
    ['a context of 17 in a PONG', { name: 'PONG', context: new Uint8Array(17) }],
    [
      'a time to live of 65536',
      { name: 'PING', ttlDeciseconds: 65_536, context: new Uint8Array(0) },
    ],
    ['a negative one', { name: 'PING', ttlDeciseconds: -1, context: new Uint8Array(0) }],
    ['none', { name: 'PING', ttlDeciseconds: Number.NaN, context: new Uint8Array(0) }],
    ['a name of 256', { name: 'unknown', unknownName: 'N'.repeat(256), data: new Uint8Array(0) }],
    // What is encoded here could not be decoded.
    ['a name of 0', { name: 'unknown', unknownName: '', data: new Uint8Array(0) }],
  ])('refuses %s', (_what, command) => {
    expect(() => encodeCommand(command)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    expect(() => encodeCommand(command)).toThrow(RangeError);
  });
});

describe('decodeCommand', () => {
  test.each([
    ['nothing', bytes()],
    ['an empty name', bytes(0)],
    ['an empty name with data', bytes(0, 'x')],
    ['a name that is cut off', bytes(4, 'PIN')],
    ['a name of 255 that is not there', bytes(255, 'A')],
    ['PING without time to live', commandBody('PING')],
    ['PING with half of it', commandBody('PING', 0)],
    ['PING with a context of 17', commandBody('PING', 0, 0, 'x'.repeat(17))],
    ['PONG with a context of 17', commandBody('PONG', 'x'.repeat(17))],
    ['ERROR without a length', commandBody('ERROR')],
    ['ERROR that is too short', commandBody('ERROR', 3, '40')],
    ['ERROR that is too long', commandBody('ERROR', 3, '4000')],
    ['READY with half a property', commandBody('READY', 3, 'X-a')],
  ])('refuses %s', (_what, body) => {
    expect(() => decodeCommand(body)).toThrow(ProtocolError);
  });

  test('makes a reason fit to be shown', () => {
    expect(decodeCommand(commandBody('ERROR', 3, 0x0a, 0x1b, 'x'))).toEqual({
      name: 'ERROR',
      reason: '\\x0a\\x1bx',
    });
  });

  test('names libzmq’s code for the fault', () => {
    const codeOf = (body: Uint8Array): unknown => {
      try {
        return decodeCommand(body);
      } catch (error) {
        return error instanceof ProtocolError ? error.protocolCode : error;
      }
    };
    expect(codeOf(bytes(0))).toBe('ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED');
    expect(codeOf(commandBody('ERROR'))).toBe('ERR_ZMTP_MALFORMED_COMMAND_ERROR');
    expect(codeOf(commandBody('READY', 0))).toBe('ERR_ZMTP_INVALID_METADATA');
  });
});
