/**
 * All conformance cases, area by area.
 *
 * @module
 */
import type { Area, Case } from './case.ts';
import { commands } from './cases/commands.ts';
import { curve } from './cases/curve.ts';
import { framing } from './cases/framing.ts';
import { greeting } from './cases/greeting.ts';
import { heartbeat } from './cases/heartbeat.ts';
import { nullHandshake } from './cases/null.ts';
import { pipeline } from './cases/pipeline.ts';
import { plain } from './cases/plain.ts';
import { pubSub } from './cases/pub-sub.ts';
import { reqRep } from './cases/req-rep.ts';
import { resilience } from './cases/resilience.ts';
import { routerDealer } from './cases/router-dealer.ts';

export const AREAS: readonly Area[] = [
  greeting,
  nullHandshake,
  framing,
  commands,
  heartbeat,
  reqRep,
  routerDealer,
  pubSub,
  pipeline,
  plain,
  curve,
  resilience,
];

/** The cases whose ids fit one of `patterns` (`T17`, `T2*`), in the order of the suite; all of them without any. */
export function select(patterns: readonly string[]): Case[] {
  const tests = patterns.map(
    (text) =>
      new RegExp(`^${text.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`, 'i'),
  );
  return AREAS.flatMap(({ cases }) => cases).filter(
    ({ id }) => tests.length === 0 || tests.some((test) => test.test(id)),
  );
}

/** The area of a case. */
export function areaOf(one: Case): string {
  return AREAS.find(({ cases }) => cases.includes(one))?.name ?? '';
}
