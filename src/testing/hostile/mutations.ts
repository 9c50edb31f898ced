/**
 * Mutations of a session: its steps dropped, repeated, swapped, spliced with another's; its bytes changed and cut; its end
 * sooner, or of another kind.
 *
 * @module
 */
import * as fc from 'fast-check';
import type { Change, Session, Step } from './session.ts';

const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.record({
    op: fc.constantFrom(
      'flip' as const,
      'flip' as const,
      'set' as const,
      'insert' as const,
      'remove' as const,
      'cut' as const,
    ),
    at: share,
    value: fc.nat(255),
  }),
  { minLength: 1, maxLength: 3 },
);

/** Where to cut. */
const cuts: fc.Arbitrary<number[]> = fc.oneof(
  { weight: 3, arbitrary: fc.array(share, { minLength: 1, maxLength: 5 }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(8, 64)
      .map((count) => Array.from({ length: count }, (_, i) => i / count)),
  },
);

type Mutation = (steps: Step[]) => Step[];

const placed = (act: (steps: Step[], index: number) => Step[]): fc.Arbitrary<Mutation> =>
  share.map((at) => (steps) => act(steps, Math.floor(at * steps.length)));

const inserted = (step: fc.Arbitrary<Step>): fc.Arbitrary<Mutation> =>
  fc.tuple(share, step).map(
    ([at, one]) =>
      (steps) =>
        steps.toSpliced(Math.floor(at * (steps.length + 1)), 0, one),
  );

const ends: readonly Step[] = [{ do: 'end' }, { do: 'reset' }, { do: 'vanish' }];

function mutations(others: fc.Arbitrary<Session>): fc.Arbitrary<Mutation> {
  const ofBytes = <K extends 'changes' | 'cuts' | 'isHeld'>(
    key: K,
    values: fc.Arbitrary<NonNullable<Extract<Step, { do: 'send' }>[K]>>,
  ): fc.Arbitrary<Mutation> =>
    fc.tuple(share, values).map(([at, value]) => (steps) => {
      const places = [...steps.keys()].filter((i) => steps[i]?.do === 'send');
      const place = places[Math.floor(at * places.length)];
      return steps.map((step, i) => (i === place ? { ...step, [key]: value } : step));
    });
  return fc.oneof(
    { weight: 3, arbitrary: ofBytes('changes', changes) },
    { weight: 3, arbitrary: ofBytes('cuts', cuts) },
    { weight: 2, arbitrary: ofBytes('isHeld', fc.constant(true)) },
    placed((steps, i) => steps.toSpliced(i, 1)),
    placed((steps, i) => steps.toSpliced(i, 0, ...steps.slice(i, i + 1))),
    placed((steps, i) => [
      ...steps.slice(0, i),
      ...steps.slice(i, i + 2).toReversed(),
      ...steps.slice(i + 2),
    ]),
    fc.tuple(share, fc.constantFrom(...ends)).map(([at, end]) => (steps: Step[]) => [
      ...steps.slice(0, Math.floor(at * steps.length)),
      end,
    ]),
    fc.tuple(share, share, others).map(([at, from, { steps: other }]) => (steps: Step[]) => [
      ...steps.slice(0, Math.floor(at * steps.length)),
      ...other.slice(Math.floor(from * other.length)),
    ]),
    inserted(fc.integer({ min: 1, max: 5 }).map((count): Step => ({ do: 'turns', count }))),
    inserted(fc.constantFrom<Step>({ do: 'stop-reading' }, { do: 'read-on' })),
  );
}

/** A session with one to four mutations; `others` are what it may be spliced with. */
export function mutated(
  sessions: fc.Arbitrary<Session>,
  others: fc.Arbitrary<Session>,
): fc.Arbitrary<Session> {
  return fc
    .tuple(sessions, fc.array(mutations(others), { minLength: 1, maxLength: 4 }))
    .map(([{ kind, steps }, list]) => ({
      kind: `${kind}, mutated`,
      steps: list.reduce((result, mutate) => mutate(result), [...steps]),
    }));
}
