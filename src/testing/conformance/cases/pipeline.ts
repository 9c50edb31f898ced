/**
 * PUSH, PULL and PAIR. 30/PIPELINE, 31/EXPAIR.
 *
 * @module
 */
import type { Area } from '../case.ts';

const PUSH = { rfc: '30/PIPELINE', heading: 'The PUSH Socket Type' };
const PAIR = { rfc: '31/EXPAIR', heading: 'The PAIR Socket Type' };

export const pipeline: Area = {
  name: 'pipeline and pair',
  cases: [
    {
      id: 'T84',
      title: 'a connection that says nothing gets no messages, and keeps none from others',
      rfc: '37/ZMTP',
      heading: 'Security Considerations',
      severity: 'should',
      scope: { types: ['PUSH'], side: 'bound', needs: ['sends'] },
      isAlone: true,
      steps: [
        { on: 'b', send: [] },
        { join: {} },
        { expect: { messages: 6 } },
        { on: 'b', expect: { atMost: 64 } },
      ],
    },
    {
      id: 'T84a',
      title: 'messages go round the peers that there are',
      ...PUSH,
      severity: 'must',
      scope: { types: ['PUSH'], side: 'bound', needs: ['sends'] },
      isAlone: true,
      steps: [
        { join: {} },
        { on: 'b', join: {} },
        { expect: { messages: 3 } },
        { on: 'b', expect: { messages: 3 } },
      ],
    },
    {
      id: 'T84b',
      title: 'what comes to a PUSH is ignored',
      ...PUSH,
      severity: 'must',
      scope: { types: ['PUSH'] },
      steps: [
        { join: {} },
        { send: [{ message: ["'nobody'", "'reads'"] }] },
        { expect: { settles: 'stays' } },
      ],
    },
    {
      id: 'T68',
      title: 'a second peer of a PAIR does not disturb the first',
      ...PAIR,
      severity: 'must',
      scope: { types: ['PAIR'], side: 'bound', needs: ['echo'] },
      isAlone: true,
      steps: [
        { join: {} },
        { send: [{ payload: ["'one'"] }] },
        { expect: { echo: [["'one'"]] } },
        { on: 'b', offer: {} },
        { on: 'b', send: [{ payload: ["'intruder'"] }] },
        { on: 'b', silence: 30 },
        { send: [{ payload: ["'two'"] }] },
        { expect: { echo: [["'two'"]] } },
        { expect: { settles: 'stays' } },
        { expect: { frames: 'none' } },
      ],
    },
    {
      id: 'T68a',
      title: 'when the first has left there is room for another',
      ...PAIR,
      severity: 'must',
      scope: { types: ['PAIR'], side: 'bound', needs: ['echo'] },
      isAlone: true,
      steps: [
        { join: {} },
        { expect: { settles: 'stays' } },
        { leave: true },
        { on: 'b', silence: 30 },
        { on: 'b', join: {} },
        { on: 'b', send: [{ payload: ["'next'"] }] },
        { on: 'b', expect: { echo: [["'next'"]] } },
      ],
    },
  ],
};
