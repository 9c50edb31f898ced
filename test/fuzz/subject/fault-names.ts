/**
 * The faults that can be planted (`faults.ts`), and a target at which each of them shows.
 *
 * @module
 */
import type { Target } from '../../../src/testing/hostile/session.ts';

export const FAULT_TARGETS = {
  'throws at an unknown command': { type: 'PULL', mechanism: 'NULL' },
  'hangs at a READY without properties': { type: 'REP', mechanism: 'NULL' },
  'keeps every body': { type: 'PULL', mechanism: 'NULL' },
  'does not close at illegal flags': { type: 'ROUTER', mechanism: 'NULL' },
  'answers PING with another context': { type: 'DEALER', mechanism: 'CURVE' },
  'dies at a property of 32,768 bytes': { type: 'SUB', mechanism: 'NULL' },
  'forgets a rejection at a bad INITIATE of CURVE': { type: 'PUSH', mechanism: 'CURVE' },
  'forgets connections that the peer has reset': { type: 'XPUB', mechanism: 'NULL' },
  'sends a stray byte behind a PONG': { type: 'XSUB', mechanism: 'NULL' },
  'serves nobody after a password of 255 bytes': { type: 'PUB', mechanism: 'PLAIN' },
  'computes long over a long topic': { type: 'PUB', mechanism: 'NULL' },
  'lets a TypeError out of receive': { type: 'REP', mechanism: 'PLAIN' },
  'never sees that a peer has gone': { type: 'PAIR', mechanism: 'NULL' },
} as const satisfies Record<string, Target>;

export type FaultName = keyof typeof FAULT_TARGETS;

export const FAULT_NAMES = Object.keys(FAULT_TARGETS) as FaultName[];
