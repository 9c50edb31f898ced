import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../../src/errors.ts';
import type { Command } from '../../../../src/zmtp/command.ts';
import { NullMechanism } from '../../../../src/zmtp/mechanism/null.ts';

const OURS = new Map([['Socket-Type', Buffer.from('REQ')]]);
const THEIRS = new Map([['Socket-Type', Buffer.from('REP')]]);

describe('NullMechanism', () => {
  test('speaks first, and has no roles', () => {
    const mechanism = new NullMechanism(OURS);
    expect(mechanism).toMatchObject({ name: 'NULL', isServer: false });
    expect(mechanism.start()).toEqual({ name: 'READY', metadata: OURS });
  });

  test('is done with the peer’s READY and answers nothing', () => {
    const mechanism = new NullMechanism(OURS);
    expect(mechanism.receive({ name: 'READY', metadata: THEIRS })).toEqual({ metadata: THEIRS });
  });

  test.each<Command>([
    { name: 'PING', ttlDeciseconds: 0, context: new Uint8Array(0) },
    { name: 'PONG', context: new Uint8Array(0) },
    { name: 'SUBSCRIBE', topic: new Uint8Array(0) },
    { name: 'unknown', unknownName: 'HELLO', data: new Uint8Array(0) },
  ])('refuses $name', (command) => {
    expect(() => new NullMechanism(OURS).receive(command)).toThrow(ProtocolError);
  });
});
