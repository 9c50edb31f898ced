/**
 * The conformance suite against a peer that breaks one rule: the cases that are about the rule find it.
 */
import { expect, test } from 'vitest';
import { loadCurveBox } from '../../src/curve-loader.ts';
import { CurveServer } from '../../src/protocol.ts';
import type { Security } from '../../src/testing/conformance/line.ts';
import { BoundPeer } from '../../src/testing/conformance/target.ts';
import { BrokenPeer, type BrokenOptions, type Fault, FAULTS } from './broken-peer.ts';
import { failures, runSuite } from './conform-run.ts';

const box = await loadCurveBox();
const serverKeys = box.generateKeyPair();
const PASSWORD = 'secret';

/** What the suite plays with each mechanism, and what the peer is given for it. */
const MECHANISMS = {
  NULL: { security: { mechanism: 'NULL' }, options: {} },
  PLAIN: {
    security: { mechanism: 'PLAIN', role: 'client', username: 'me', password: PASSWORD },
    options: { password: PASSWORD },
  },
  CURVE: {
    security: {
      mechanism: 'CURVE',
      role: 'client',
      box,
      serverKey: serverKeys.publicKey,
      keys: box.generateKeyPair(),
    },
    options: {
      curve: (metadata: ReadonlyMap<string, Uint8Array>) =>
        new CurveServer(metadata, { box, keys: serverKeys }),
    },
  },
} as const satisfies Record<string, { security: Security; options: Partial<BrokenOptions> }>;

type Row = readonly [
  fault: Fault,
  cases: readonly string[],
  type?: BrokenOptions['type'],
  mechanism?: keyof typeof MECHANISMS,
];

/** Each fault, and the cases that have to fail. */
const TABLE: readonly Row[] = [
  ['silent until greeted', ['T1', 'T2', 'T3']],
  ['dirty filler', ['T3']],
  ['as-server with NULL', ['T3']],
  ['looks at padding', ['T5']],
  ['looks at filler', ['T5']],
  ['only version 3', ['T7', 'T7a']],
  ['takes HTTP for 1.0', ['T11', 'T11a', 'T12']],
  ['any mechanism', ['T14', 'T15', 'T15a', 'T15b']],
  ['mechanism by prefix', ['T15', 'T15a', 'T15b']],
  ['silent about its mechanism', ['T3', 'T14a']],
  ['any socket type', ['T16', 'T16a', 'T18a', 'T19']],
  ['no ERROR for a type', ['T16a']],
  ['names by case', ['T18']],
  ['types without case', ['T19']],
  ['byte behind properties', ['T20']],
  ['short values', ['T21', 'T21a']],
  ['message for READY', ['T24', 'T24a']],
  ['commands before READY', ['T25', 'T25a', 'T25b']],
  ['deaf to ERROR', ['T26', 'T26a', 'T27']],
  ['drops what follows READY', ['T28', 'T29']],
  ['no long frames', ['T23', 'T32', 'T33', 'T33a']],
  ['always long', ['T30', 'T31', 'T33']],
  ['reserved flags', ['T34', 'T34a']],
  ['MORE on commands', ['T35']],
  ['waits for any length', ['T36', 'T36a', 'T36b']],
  ['keeps half messages', ['T38']],
  ['PING cuts messages', ['T39']],
  ['endless messages', ['T85']],
  ['closes at unknown commands', ['T46', 'T46a', 'T46c']],
  ['dies of an empty command', ['T47']],
  ['no PONG', ['T40', 'T41']],
  ['short contexts', ['T41', 'T42']],
  ['leaks into PONG', ['T43', 'T43a']],
  ['deaf to the time to live', ['T44']],
  ['time to live in 16 bits', ['T45']],
  ['never gives up', ['T13', 'T13a']],
  ['serves once', ['T4', 'T16', 'T83']],
  ['short envelopes', ['T64']],
  ['answers messages without a delimiter', ['T63']],
  ['answers the newest', ['T62'], 'ROUTER'],
  ['no messages for subscriptions', ['T50'], 'XPUB'],
  ['counts subscriptions', ['T51'], 'XPUB'],
  ['no filter', ['T49', 'T51', 'T53b'], 'XPUB'],
  ['tells of each subscription', ['T53'], 'XPUB'],
  ['once for each subscription', ['T53a'], 'XPUB'],
  ['no filter', ['T58'], 'SUB'],
  ['no commands for 3.1', ['T54'], 'SUB'],
  ['corrupt long topics', ['T57'], 'SUB'],
  ['CANCEL at once', ['T56'], 'SUB'],
  ['sends before READY', ['T84'], 'PUSH'],
  ['byte behind the password', ['T71'], 'REP', 'PLAIN'],
  ['INITIATE first', ['T72'], 'REP', 'PLAIN'],
  ['corrupt ERROR', ['T73'], 'REP', 'PLAIN'],
  ['any password', ['T73', 'T73a'], 'REP', 'PLAIN'],
  ['lets NULL in', ['T82'], 'REP', 'PLAIN'],
  ['deaf to replays', ['T76', 'T76a', 'T77', 'T80'], 'REP', 'CURVE'],
  ['frames in clear', ['T80', 'T80a'], 'REP', 'CURVE'],
  ['any HELLO', ['T74a', 'T74b'], 'REP', 'CURVE'],
];

async function check(
  options: BrokenOptions,
  security: Security,
  more: { only?: readonly string[]; time: number; handshakeTime?: number },
): Promise<Record<string, string>> {
  const peer = await BrokenPeer.start({
    ...options,
    ...(more.handshakeTime !== undefined && { handshakeTime: more.handshakeTime }),
  });
  const application = {
    PUSH: 'sends',
    SUB: 'obeys',
    REP: 'echo',
    ROUTER: 'echo',
    XPUB: 'echo',
  } as const;
  const outcomes = await runSuite(new BoundPeer(peer.endpoint), {
    security,
    holds: [application[options.type], 'authenticates'],
    ...more,
  });
  peer.close();
  return failures(outcomes);
}

test('every fault is in the table', () => {
  const faults = new Set(TABLE.map(([fault]) => fault));
  expect(faults).toEqual(new Set(FAULTS));
});

test('without a fault it passes whole, whatever it is', async () => {
  const rows = [
    ...(['REP', 'ROUTER', 'XPUB', 'SUB', 'PUSH'] as const).map((type) => ({
      type,
      mechanism: 'NULL' as const,
    })),
    { type: 'REP', mechanism: 'PLAIN' },
    { type: 'REP', mechanism: 'CURVE' },
  ] as const;
  const found = await Promise.all(
    rows.map(({ type, mechanism }) => {
      const { security, options } = MECHANISMS[mechanism];
      return check({ type, ...options }, security, { time: 10_000 });
    }),
  );
  expect(found).toEqual(rows.map(() => ({})));
});

test.concurrent.each(
  TABLE.map(([fault, cases, type = 'REP', mechanism = 'NULL']) => ({
    fault,
    cases,
    type,
    mechanism,
  })),
)('$type, $mechanism, $fault: $cases fail', async ({ fault, cases, type, mechanism }) => {
  const { security, options } = MECHANISMS[mechanism];
  const more = { time: 300, handshakeTime: 400, only: cases };
  const found = await check({ type, fault, ...options }, security, more);
  expect(Object.keys(found)).toEqual(expect.arrayContaining([...cases]));
});
