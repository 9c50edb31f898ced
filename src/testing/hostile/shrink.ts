/**
 * Makes what was found smaller: fewer sessions, fewer steps, fewer and simpler bytes, as long as the same is found.
 *
 * fast-check can shrink what it has made itself. A find may need several sessions, come from a file, or show in one run
 * of two only; so this works on the data.
 *
 * @module
 */
import type { Content, Session, Step } from './session.ts';

/** Whether the sessions still show what was found. */
type Test = (sessions: readonly Session[]) => Promise<boolean>;

/**
 * @param isOver - asked before each attempt; what is smallest by then is the answer
 */
export async function shrink(
  sessions: readonly Session[],
  test: Test,
  isOver: () => boolean,
): Promise<readonly Session[]> {
  let smallest = sessions;
  const attempt = async (candidate: readonly Session[]): Promise<boolean> => {
    if (isOver() || !(await test(candidate))) return false;
    smallest = candidate;
    return true;
  };
  await fewer(() => smallest, attempt);
  for (let i = 0; i < smallest.length; i++) {
    const withSteps = (steps: readonly Step[]): readonly Session[] =>
      smallest.with(i, { kind: smallest[i]?.kind ?? '', steps });
    await fewer(
      () => smallest[i]?.steps ?? [],
      (steps) => attempt(withSteps(steps)),
    );
    for (let j = 0; j < (smallest[i]?.steps.length ?? 0); j++) {
      let isBetter = true;
      while (isBetter && !isOver()) {
        isBetter = false;
        const { steps } = smallest[i] as Session;
        for (const simpler of simplerSteps(steps[j] as Step)) {
          isBetter = await attempt(withSteps(steps.with(j, simpler)));
          if (isBetter) break;
        }
      }
    }
  }
  return smallest;
}

/** Leaves out as many items as possible: large parts first. */
async function fewer<T>(
  items: () => readonly T[],
  attempt: (items: readonly T[]) => Promise<boolean>,
): Promise<void> {
  for (
    let size = Math.ceil(items().length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let start = 0; start < items().length; ) {
      const rest = items().toSpliced(start, size);
      if (rest.length === 0 || !(await attempt(rest))) start += size;
    }
  }
}

function simplerSteps(step: Step): Step[] {
  if (step.do !== 'send') return [];
  const { cuts: _cuts, ...uncut } = step;
  const { changes: _changes, ...unchanged } = step;
  const { isHeld: _isHeld, ...alone } = step;
  return [
    ...(step.cuts === undefined ? [] : [uncut]),
    ...(step.changes === undefined ? [] : [unchanged]),
    ...(step.isHeld === undefined ? [] : [alone]),
    ...simplerContents(step.content).map((content) => ({ ...step, content })),
  ];
}

function simplerContents(content: Content): Content[] {
  if (content.kind !== 'bytes' && content.kind !== 'sealed') return [];
  const { times, ...once } = content;
  const fewerTimes: Content[] =
    times === undefined ? [] : [once, ...(times > 3 ? [{ ...content, times: times >> 1 }] : [])];
  // The length of a frame in clear would no longer be true.
  const { hex } = content;
  const shorter: Content[] =
    content.kind === 'sealed' && hex.length > 0
      ? [
          { ...content, hex: '' },
          { ...content, hex: hex.slice(0, 2 * (hex.length >> 2)) },
        ]
      : [];
  return [...fewerTimes, ...shorter];
}
