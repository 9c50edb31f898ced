import { describe, expect, test } from 'vitest';
import {
  invalidType,
  invalidValue,
  isErrorCode,
  ProtocolError,
  ZmtpError,
} from '../../src/errors.ts';

describe('ZmtpError', () => {
  test('has libzmq’s text for its code', () => {
    const error = new ZmtpError('EAGAIN');
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'ZmtpError',
      code: 'EAGAIN',
      message: 'Operation was not possible or timed out',
    });
    expect(Object.keys(error).toSorted()).toEqual(['code', 'errno', 'name']);
    expect(error.cause).toBeUndefined();
  });

  test('carries detail, address and cause', () => {
    const cause = new Error('why');
    const error = new ZmtpError('EADDRINUSE', { detail: 'taken', address: 'tcp://a:1', cause });
    expect(error).toMatchObject({ detail: 'taken', address: 'tcp://a:1', cause });
  });

  test.each([
    ['EBADF', 'Socket is closed'],
    ['EFSM', 'Operation cannot be accomplished in current state'],
    ['EHOSTUNREACH', 'Host unreachable'],
    ['EINVAL', 'Invalid argument'],
    ['EADDRINUSE', 'Address already in use'],
    ['EPROTONOSUPPORT', 'Protocol not supported'],
    ['ENOENT', 'No such endpoint'],
    ['ENODEV', 'No such device'],
  ] as const)('%s says "%s"', (code, text) => {
    expect(new ZmtpError(code).message).toBe(text);
  });
});

describe('ProtocolError', () => {
  test('says what the peer did, and libzmq’s name for it', () => {
    expect(new ProtocolError('it lied')).toMatchObject({
      name: 'ProtocolError',
      code: 'EPROTO',
      reason: 'it lied',
      protocolCode: 'ERR_ZMTP_UNSPECIFIED',
      message: expect.stringContaining('it lied'),
    });
    expect(new ProtocolError('x', 'ERR_ZMTP_INVALID_METADATA').protocolCode).toBe(
      'ERR_ZMTP_INVALID_METADATA',
    );
  });
});

describe('errors of arguments', () => {
  test('are a TypeError and a RangeError with code EINVAL', () => {
    const type = invalidType('wrong', 'because');
    expect(type).toBeInstanceOf(TypeError);
    expect(type).toMatchObject({ code: 'EINVAL', message: 'wrong', detail: 'because' });
    const value = invalidValue('wrong');
    expect(value).toBeInstanceOf(RangeError);
    expect(value).toMatchObject({ code: 'EINVAL', message: 'wrong' });
    expect(value).not.toHaveProperty('detail');
  });
});

describe('isErrorCode', () => {
  test('knows our codes and nothing that only looks like one', () => {
    expect(isErrorCode('EAGAIN')).toBe(true);
    for (const other of ['ECONNREFUSED', '', 'toString', undefined, 5, null]) {
      expect(isErrorCode(other)).toBe(false);
    }
  });
});
