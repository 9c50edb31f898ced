import { expect, test } from 'vitest';
import { rest } from '../../../src/sockets/rest.ts';
import { turn } from '../../../src/testing/turn.ts';

test('of those who rest one is woken in each turn, in order, also those who rest again', async () => {
  const log: string[] = [];
  const again = {
    wake: (): void => {
      log.push('a');
      if (log.length === 1) rest(again);
    },
  };
  rest(again);
  for (const name of ['b', 'c']) rest({ wake: () => log.push(name) });
  expect(log).toEqual([]);
  for (const expected of ['a', 'ab', 'abc', 'abca', 'abca']) {
    await turn();
    expect(log.join('')).toBe(expected);
  }
  rest({ wake: () => log.push('d') });
  await turn();
  expect(log.join('')).toBe('abcad');
});
