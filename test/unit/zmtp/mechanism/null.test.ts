import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../../src/errors.ts';
import { NullMechanism } from '../../../../src/zmtp/mechanism/null.ts';
import { commandBody, property } from '../../../../src/testing/raw-bytes.ts';
import '../../compare-bytes.ts';

const OURS = new Map([['Socket-Type', Buffer.from('REQ')]]);
const THEIRS = new Map([['Socket-Type', Buffer.from('REP')]]);
const OUR_READY = commandBody('READY', property('Socket-Type', 'REQ'));
const READY = commandBody('READY', property('Socket-Type', 'REP'));
const ERROR = commandBody('ERROR', 3, '400');
const OTHERS = ['PING', 'PONG', 'SUBSCRIBE', 'HELLO', 'ready'].map((name) => commandBody(name, 0));

describe('a NullMechanism that asks nobody', () => {
  test('speaks first, and has no roles', () => {
    const mechanism = new NullMechanism(OURS);
    expect(mechanism).toMatchObject({ name: 'NULL', isServer: false });
    expect(mechanism.start()).toEqual({ type: 'continue', send: OUR_READY });
  });

  test('is done with the peer’s READY and answers nothing', () => {
    const mechanism = new NullMechanism(OURS);
    mechanism.start();
    expect(mechanism.receive(READY)).toEqual({ type: 'done', metadata: THEIRS });
    expect(() => mechanism.receive(READY)).toThrow(ProtocolError);
  });

  test('takes no for an answer', () => {
    expect(new NullMechanism(OURS).receive(ERROR)).toEqual({ type: 'refused', reason: '400' });
  });

  test.each(OTHERS)('refuses %s', (body) => {
    expect(() => new NullMechanism(OURS).receive(body)).toThrow(ProtocolError);
  });

  test('expects no verdict', () => {
    expect(() => new NullMechanism(OURS).accept()).toThrow('no verdict');
  });
});

describe('a NullMechanism that asks', () => {
  function asking(): NullMechanism {
    const mechanism = new NullMechanism(OURS, { asksVerdict: true });
    expect(mechanism.start()).toEqual({
      type: 'authenticate',
      request: { mechanism: 'NULL', credentials: [] },
    });
    return mechanism;
  }

  test('holds READY back until the verdict', () => {
    const mechanism = asking();
    expect(mechanism.accept()).toEqual({ type: 'continue', send: OUR_READY });
    expect(mechanism.receive(READY)).toEqual({ type: 'done', metadata: THEIRS });
    expect(() => mechanism.accept()).toThrow('no verdict');
  });

  test('lets the peer’s READY come first', () => {
    const mechanism = asking();
    expect(mechanism.receive(READY)).toEqual({ type: 'continue' });
    expect(mechanism.accept()).toEqual({ type: 'done', send: OUR_READY, metadata: THEIRS });
    expect(() => mechanism.accept()).toThrow('no verdict');
  });

  test.each([READY, ...OTHERS])('refuses %s behind the peer’s READY', (body) => {
    const mechanism = asking();
    mechanism.receive(READY);
    expect(() => mechanism.receive(body)).toThrow(ProtocolError);
  });

  test.each(OTHERS)('refuses %s before the verdict', (body) => {
    expect(() => asking().receive(body)).toThrow(ProtocolError);
  });
});
