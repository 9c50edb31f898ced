/**
 * `zmtp/testing`: what the tests of this package are made with, for those who test programs with ZeroMQ in them, or their own
 * ZMTP. The arbitraries need the package `fast-check`, which is not installed with this one.
 *
 * @module
 */
export * as arbitraries from './testing/arbitraries.ts';
export {
  byteByByte,
  ConnectionPair,
  type ConnectionPairOptions,
  inPiecesOf,
  type Side,
  type Split,
  whole,
} from './testing/connection-pair.ts';
export { type Fault, FaultyRelay, type FaultyRelayOptions } from './testing/faulty-relay.ts';
export { curveKeys } from './testing/curve-keys.ts';
export { type Progress, type Reading, readAnswers } from './testing/fuzz/oracle/answers.ts';
export { mustClose } from './testing/fuzz/oracle/must-close.ts';
export * as hostile from './testing/hostile.ts';
export { type Outcome, runSession, type SessionSetting } from './testing/hostile/run-session.ts';
export {
  type Change,
  type Content,
  describeSession,
  type MechanismName,
  type Session,
  type Step,
  type Target,
} from './testing/hostile/session.ts';
export { shrink } from './testing/hostile/shrink.ts';
export { readVector, type Vector, writeVector } from './testing/hostile/vector.ts';
export type { Credentials, CurveKeys } from './testing/hostile/wire.ts';
export { createRandom, type Random } from './testing/random.ts';
export * as raw from './testing/raw-bytes.ts';
export { type HelloFields, type InitiateFields, RawCurveClient } from './testing/raw-curve.ts';
