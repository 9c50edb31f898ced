/**
 * Whole sessions of a peer of a bound socket, from its first byte to the way in which it leaves.
 *
 * @module
 */
import * as fc from 'fast-check';
import type { SocketKind } from '../../option-types.ts';
import { COMPATIBLE_TYPES } from '../../protocol.ts';
import type { Session, Step, Target } from './session.ts';
import { bodies } from './bytes.ts';
import { badGreetings, goodGreetings } from './greetings.ts';
import { badHandshakes, goodHandshakes } from './mechanisms.ts';
import { mutated } from './mutations.ts';
import { sends, trafficSteps } from './traffic.ts';

const ends: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Step>({ do: 'end' }) },
  { weight: 2, arbitrary: fc.constantFrom<Step>({ do: 'reset' }, { do: 'vanish' }) },
);

const pauses: fc.Arbitrary<Step[]> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Step[]>([]) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 5 }).map((count): Step[] => [{ do: 'turns', count }]),
  },
);

/** Types that the peer of a socket may say it has. */
function peerTypes(type: SocketKind): readonly string[] {
  return type === 'STREAM' ? ['STREAM'] : COMPATIBLE_TYPES[type];
}

/** Sessions for one socket: what gets far, what fails early, and what should get far and was spoilt. */
export function sessions({ type, mechanism }: Target): fc.Arbitrary<Session> {
  const types = peerTypes(type);
  const greeting = goodGreetings(mechanism).map((bytes) => sends({ note: 'a greeting', bytes }));
  const awaitsGreeting: Step = { do: 'await', frames: 0 };
  // The peer of a server of CURVE or PLAIN hears no more than eleven bytes before it has sent as many.
  const opening = greeting.map((step): Step[] => [step, awaitsGreeting]);
  const handshake = goodHandshakes(mechanism, types);
  const traffic = fc.array(fc.tuple(trafficSteps(mechanism), pauses), { maxLength: 8 });

  const whole: fc.Arbitrary<Session> = fc
    .tuple(opening, handshake, traffic, ends)
    .map(([start, shake, steps, end]) => ({
      kind: 'traffic',
      steps: [...start, ...shake, ...steps.flatMap(([step, pause]) => [step, ...pause]), end],
    }));
  const wrongHandshake: fc.Arbitrary<Session> = fc
    .tuple(opening, badHandshakes(mechanism, types), traffic, ends)
    .map(([start, shake, steps, end]) => ({
      kind: 'handshake',
      steps: [...start, ...shake, ...steps.map(([step]) => step), end],
    }));
  const wrongGreeting: fc.Arbitrary<Session> = fc
    .tuple(badGreetings(mechanism), fc.option(bodies), ends)
    .map(([bytes, rest, end]) => ({
      kind: 'greeting',
      steps: [
        sends({ note: 'a wrong greeting', bytes }),
        ...(rest === null ? [] : [sends({ note: 'noise', bytes: rest })]),
        end,
      ],
    }));
  return fc.oneof(
    { weight: 4, arbitrary: whole },
    { weight: 4, arbitrary: mutated(whole, whole) },
    { weight: 2, arbitrary: wrongHandshake },
    { weight: 1, arbitrary: mutated(wrongHandshake, whole) },
    { weight: 1, arbitrary: wrongGreeting },
  );
}
