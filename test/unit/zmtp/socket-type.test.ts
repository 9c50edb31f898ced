import { describe, expect, test } from 'vitest';
import { COMPATIBLE_TYPES, hasIdentity, isCompatible } from '../../../src/zmtp/socket-type.ts';

/** 37/ZMTP, "The Socket-Type Property", each pair once. */
const PAIRS = [
  'REQ REP',
  'REQ ROUTER',
  'REP DEALER',
  'DEALER DEALER',
  'DEALER ROUTER',
  'ROUTER ROUTER',
  'PUB SUB',
  'PUB XSUB',
  'XPUB SUB',
  'XPUB XSUB',
  'PUSH PULL',
  'PAIR PAIR',
];

const TYPES = Object.keys(COMPATIBLE_TYPES) as (keyof typeof COMPATIBLE_TYPES)[];

describe('isCompatible', () => {
  test('is the table of the standard, in both directions', () => {
    const accepted = TYPES.flatMap((own) =>
      TYPES.filter((peer) => isCompatible(own, peer)).map((peer) => `${own} ${peer}`),
    );
    const expected = PAIRS.flatMap((pair) => {
      const [one = '', two = ''] = pair.split(' ');
      return [`${one} ${two}`, `${two} ${one}`];
    });
    expect(accepted.toSorted()).toEqual([...new Set(expected)].toSorted());
  });

  test('knows no other names', () => {
    for (const own of TYPES) {
      for (const peer of ['', 'req', 'Rep', 'REP ', 'CLIENT', 'toString', 'includes']) {
        expect(isCompatible(own, peer)).toBe(false);
      }
    }
  });
});

describe('hasIdentity', () => {
  test('is what libzmq announces one for', () => {
    expect(TYPES.filter(hasIdentity).toSorted()).toEqual(['DEALER', 'REQ', 'ROUTER']);
  });
});
