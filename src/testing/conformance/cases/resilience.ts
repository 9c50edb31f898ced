/**
 * Many connections, and the same ones again. 37/ZMTP, "Security Considerations".
 *
 * @module
 */
import type { Area } from '../case.ts';

const RFC = { rfc: '37/ZMTP', heading: 'Security Considerations' };

export const resilience: Area = {
  name: 'resilience',
  cases: [
    {
      id: 'T69',
      title: 'a peer whose connection is closed as soon as it is there comes back',
      rfc: '37/ZMTP',
      heading: 'Error Handling',
      severity: 'should',
      scope: { side: 'connecting' },
      isAlone: true,
      steps: [{ expect: { reconnects: 5 } }, { join: {} }, { expect: { settles: 'stays' } }],
    },
    {
      id: 'T83',
      title: 'with 200 connections that say nothing, a good one is served at once',
      ...RFC,
      severity: 'should',
      scope: { side: 'bound' },
      isAlone: true,
      steps: [{ crowd: 200 }, { served: true }],
    },
    {
      id: 'T83a',
      title: 'a connection that is closed in the middle of its handshake harms nobody',
      ...RFC,
      severity: 'must',
      scope: { side: 'bound' },
      steps: [
        { send: [{ greeting: { cut: 30 } }] },
        { leave: true },
        { on: 'b', greet: {} },
        { on: 'b', send: ['04 20 05'] },
        { on: 'b', leave: true },
        { served: true },
      ],
    },
  ],
};
