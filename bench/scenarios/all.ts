/**
 * All scenarios, in the order in which they are run: those with targets first.
 *
 * @module
 */
import type { Scenario } from '../scenario.ts';
import { CHURN } from './churn.ts';
import { DEALER_ROUTER } from './dealer-router.ts';
import { IMPORT, SIZE } from './footprint.ts';
import { CONNECTIONS_OF_ROUTER, IDLE_PULL, IDLE_ROUTER } from './idle-peers.ts';
import { INPROC } from './inproc.ts';
import { PUB_SUB, SUBSCRIPTIONS } from './pub-sub.ts';
import {
  FAN_IN,
  LOOP_DELAY,
  PUSH_PULL,
  PUSH_PULL_CURVE,
  PUSH_PULL_FRAMES,
  PUSH_PULL_IPC,
  PUSH_PULL_SIZES,
} from './push-pull.ts';
import { RECONNECT } from './reconnect.ts';
import {
  ROUND_TRIP_APART,
  ROUND_TRIP_FREE,
  ROUND_TRIP_IPC,
  ROUND_TRIP_TOGETHER,
} from './round-trip.ts';

export const SCENARIOS: readonly Scenario[] = [
  SIZE,
  ROUND_TRIP_APART,
  ROUND_TRIP_FREE,
  PUSH_PULL,
  PUSH_PULL_CURVE,
  PUB_SUB,
  SUBSCRIPTIONS,
  DEALER_ROUTER,
  INPROC,
  IMPORT,
  CONNECTIONS_OF_ROUTER,
  ROUND_TRIP_TOGETHER,
  ROUND_TRIP_IPC,
  PUSH_PULL_IPC,
  PUSH_PULL_SIZES,
  PUSH_PULL_FRAMES,
  FAN_IN,
  LOOP_DELAY,
  IDLE_PULL,
  IDLE_ROUTER,
  CHURN,
  RECONNECT,
];
