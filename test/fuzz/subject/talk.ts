/**
 * What the fuzzer and the process with its subjects say to each other.
 *
 * @module
 */
import type { Target } from '../../../src/testing/hostile/session.ts';
import type { FaultName } from './fault-names.ts';

/** What a subject is made of; given to the process as JSON. */
export type SubjectPlan = {
  readonly targets: readonly Target[];
  /** 32 bytes each, as hexadecimal digits. */
  readonly serverSecretKey: string;
  readonly clientPublicKey: string;
  readonly username: string;
  readonly password: string;
  /** A fault to plant; absent: none. */
  readonly fault?: FaultName;
};

export type Question = { readonly type: 'status'; readonly id: number; readonly collects: boolean };

export type Status = {
  readonly type: 'status';
  readonly id: number;
  /** Connections of TCP in the process. */
  readonly connections: number;
  /** Connections that were accepted and of whose end nothing was told. */
  readonly sessions: number;
  /** Bytes held after a collection; 0 when none was asked for. */
  readonly held: number;
  readonly residentBytes: number;
  /** Since the last status, in ms: the delay of the event loop, and the longest time for which it did nothing else. */
  readonly delayP99: number;
  readonly delayMax: number;
  readonly stall: number;
  /** Since the last status: events by type, and messages received. */
  readonly events: Readonly<Record<string, number>>;
  readonly messages: number;
};

export type Answer =
  | Status
  /** Port by the index of the target. */
  | { readonly type: 'ready'; readonly ports: readonly number[] }
  /** A message of a good peer has come. */
  | { readonly type: 'token'; readonly token: string }
  /** Something surfaced that should not. */
  | { readonly type: 'find'; readonly what: string };

/** What messages of good peers begin with. */
export const TOKEN = 'good:';
