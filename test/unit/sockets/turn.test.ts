import { describe, expect, test } from 'vitest';
import { renewTurn, spendTurn } from '../../../src/sockets/turn.ts';
import { watchProcess } from '../../support/watch.ts';

watchProcess();

/** Operations until one has to wait for the next turn, and that turn. */
function spendAll(): { spent: number; nextTurn: Promise<void> } {
  for (let spent = 1; ; spent++) {
    const nextTurn = spendTurn();
    if (nextTurn !== undefined) return { spent, nextTurn };
  }
}

describe('the share of a turn', () => {
  test('is the same in every turn', async () => {
    const { spent, nextTurn } = spendAll();
    await nextTurn;
    const again = spendAll();
    expect(again.spent).toBe(spent);
    expect(spent).toBeGreaterThan(1);
    await again.nextTurn;
  });

  test('is whole again when it is renewed, also in a turn that had spent it', async () => {
    const { spent, nextTurn } = spendAll();
    expect(spendTurn()).toBe(nextTurn);
    renewTurn();
    expect(spendAll()).toEqual({ spent, nextTurn });
    await nextTurn;
  });

  test('who waits for the next turn goes on in that', async () => {
    const { nextTurn } = spendAll();
    let hasGoneOn = false;
    void nextTurn.then(() => {
      hasGoneOn = true;
    });
    renewTurn();
    await Promise.resolve();
    expect(hasGoneOn).toBe(false);
    expect(spendAll().nextTurn).toBe(nextTurn);
    await nextTurn;
    expect(hasGoneOn).toBe(true);
  });
});
