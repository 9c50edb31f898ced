/**
 * Commands in traffic, known and unknown. 37/ZMTP, "Commands".
 *
 * @module
 */
import type { Area } from '../case.ts';

const RFC = { rfc: '37/ZMTP', heading: 'Commands' };

export const commands: Area = {
  name: 'commands',
  cases: [
    {
      id: 'T46',
      title: 'a command that there is not is ignored',
      ...RFC,
      severity: 'should',
      steps: [
        { join: {} },
        { send: [{ command: 'UNKNOWN' }, { command: 'X', data: "'data'*20" }] },
        { expect: { settles: 'stays', answers: [[]] } },
        { send: [{ payload: ["'after'"] }] },
        { expect: { echo: [["'after'"]] } },
      ],
    },
    {
      id: 'T46a',
      title: 'so are commands for other socket types',
      ...RFC,
      severity: 'should',
      scope: { types: ['REQ', 'REP', 'DEALER', 'ROUTER', 'PUSH', 'PULL', 'PAIR', 'SUB', 'XSUB'] },
      steps: [
        { join: {} },
        {
          send: [
            { command: 'SUBSCRIBE', data: "'a'" },
            { command: 'JOIN', data: "'g'" },
          ],
        },
        { expect: { settles: 'stays', answers: [[]] } },
      ],
    },
    {
      id: 'T46b',
      title: 'names are compared with regard to case',
      ...RFC,
      severity: 'libzmq',
      steps: [
        { join: {} },
        { send: [{ command: 'ping', data: '00 00' }] },
        { expect: { settles: 'stays', answers: [[]] } },
      ],
    },
    {
      id: 'T46c',
      title: 'names that every object of JavaScript has are names like others',
      ...RFC,
      severity: 'should',
      steps: [
        { join: {} },
        { send: [{ command: '__proto__' }, { command: 'constructor' }, { command: 'toString' }] },
        { expect: { settles: 'stays', answers: [[]] } },
      ],
    },
    {
      id: 'T47',
      title: 'an empty command is ignored, or ends the connection',
      ...RFC,
      severity: 'must',
      scope: { mechanisms: ['NULL', 'PLAIN'] },
      steps: [
        { join: {} },
        { send: ['04 00'] },
        { expect: { settles: 'either', answers: [[], [{ command: 'ERROR' }]] } },
      ],
    },
    {
      id: 'T47a',
      title: 'a name longer than its command too',
      ...RFC,
      severity: 'must',
      scope: { mechanisms: ['NULL', 'PLAIN'] },
      steps: [
        { join: {} },
        { send: ["04 02 FF 'A'"] },
        { expect: { settles: 'either', answers: [[]] } },
      ],
    },
    {
      id: 'T48',
      title: 'a second READY is ignored, or ends the connection',
      ...RFC,
      severity: 'must',
      scope: { mechanisms: ['NULL', 'PLAIN'] },
      steps: [{ join: {} }, { send: [{ ready: {} }] }, { expect: { settles: 'either' } }],
    },
    {
      id: 'T48a',
      title: 'an ERROR in traffic too',
      ...RFC,
      severity: 'must',
      steps: [
        { join: {} },
        { send: [{ command: 'ERROR', data: "03 '400'" }] },
        { expect: { settles: 'either' } },
      ],
    },
  ],
};
