import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../src/errors.ts';
import { checkPeer, describePeer, describeSelf } from '../../../src/zmtp/peer.ts';
import '../compare-bytes.ts';

const GREETING = { major: 3, minor: 1, mechanism: 'NULL', asServer: false };

function peer(properties: Record<string, string | Uint8Array>): ReturnType<typeof describePeer> {
  const entries = Object.entries(properties).map(([name, value]) => [name, Buffer.from(value)]);
  return describePeer(GREETING, new Map(entries as [string, Uint8Array][]));
}

describe('describeSelf', () => {
  test('says the type, and the identity where libzmq does', () => {
    const id = Buffer.from('me');
    expect([...describeSelf('REQ', id)]).toEqual([
      ['Socket-Type', Buffer.from('REQ')],
      ['Identity', id],
    ]);
    expect([...describeSelf('REQ', new Uint8Array(0)).keys()]).toEqual(['Socket-Type', 'Identity']);
    expect([...describeSelf('REP', id).keys()]).toEqual(['Socket-Type']);
  });
});

describe('describePeer', () => {
  test('reads type and routing id', () => {
    const described = peer({ 'Socket-Type': 'REQ', identity: 'me' });
    expect(described).toMatchObject({ greeting: GREETING, socketType: 'REQ' });
    expect(Buffer.from(described.routingId).toString()).toBe('me');
    expect([...described.metadata.keys()]).toEqual(['Socket-Type', 'identity']);
  });

  test('has an empty routing id where none was announced', () => {
    expect(peer({ 'Socket-Type': 'REP' }).routingId).toHaveLength(0);
  });

  test.each([
    ['no Socket-Type', {}],
    ['an Identity of 256 bytes', { 'Socket-Type': 'REQ', Identity: Buffer.alloc(256, 1) }],
    ['an Identity that begins with 0', { 'Socket-Type': 'REQ', Identity: '\0a' }],
  ])('refuses %s', (_what, properties) => {
    expect(() => peer(properties)).toThrow(ProtocolError);
  });
});

describe('checkPeer', () => {
  test('names both types', () => {
    expect(checkPeer('REQ', peer({ 'Socket-Type': 'REP' }))).toBeUndefined();
    const refusal = checkPeer('REQ', peer({ 'Socket-Type': 'PU\nSH' }));
    expect(refusal).toBeInstanceOf(ProtocolError);
    expect(refusal?.reason).toContain('REQ');
    expect(refusal?.reason).toContain('PU\\x0aSH');
  });
});
