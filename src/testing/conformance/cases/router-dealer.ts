/**
 * ROUTER and DEALER. 28/REQREP; 37/ZMTP, "The Identity Property".
 *
 * @module
 */
import type { Area } from '../case.ts';

const ROUTER = { rfc: '28/REQREP', heading: 'The ROUTER Socket Type' };
const DEALER = { rfc: '28/REQREP', heading: 'The DEALER Socket Type' };
const IDENTITY = { rfc: '37/ZMTP', heading: 'The Identity Property' };

export const routerDealer: Area = {
  name: 'router and dealer',
  cases: [
    {
      id: 'T60',
      title: 'an Identity that is taken: who has it keeps working',
      ...ROUTER,
      severity: 'libzmq',
      scope: { types: ['ROUTER'], side: 'bound', needs: ['echo'] },
      isAlone: true,
      steps: [
        { join: { metadata: { extra: "08 'Identity' 00 00 00 01 'X'" } } },
        { send: [{ payload: ["'one'"] }] },
        { expect: { echo: [["'one'"]] } },
        { on: 'b', offer: { metadata: { extra: "08 'Identity' 00 00 00 01 'X'" } } },
        { on: 'b', silence: 30 },
        { send: [{ payload: ["'two'"] }] },
        { expect: { echo: [["'two'"]] } },
      ],
    },
    {
      id: 'T61',
      title: 'an Identity that begins with 00 ends the connection',
      ...IDENTITY,
      severity: 'should',
      scope: { types: ['ROUTER'], role: 'server' },
      steps: [
        { offer: { metadata: { extra: "08 'Identity' 00 00 00 05 00 'abcd'" } } },
        { expect: { closes: true } },
      ],
    },
    {
      id: 'T61a',
      title: 'an Identity of 256 bytes too',
      ...IDENTITY,
      severity: 'should',
      scope: { types: ['ROUTER'], role: 'server' },
      steps: [
        { offer: { metadata: { extra: "08 'Identity' 00 00 01 00 'i'*256" } } },
        { expect: { closes: true } },
      ],
    },
    {
      id: 'T61b',
      title: 'one of 255 bytes, and an empty one, are fine',
      ...IDENTITY,
      severity: 'must',
      scope: { types: ['ROUTER'], side: 'bound', role: 'server', needs: ['echo'] },
      steps: [
        { join: { metadata: { extra: "08 'Identity' 00 00 00 FF 'i'*255" } } },
        { send: [{ payload: ["'long'"] }] },
        { expect: { echo: [["'long'"]] } },
        { on: 'b', join: { metadata: { extra: "08 'Identity' 00 00 00 00" } } },
        { on: 'b', send: [{ payload: ["'none'"] }] },
        { on: 'b', expect: { echo: [["'none'"]] } },
      ],
    },
    {
      id: 'T62',
      title: 'two peers without Identity are told apart: each gets its own reply',
      ...ROUTER,
      severity: 'must',
      scope: { types: ['ROUTER'], side: 'bound', needs: ['echo'] },
      steps: [
        { join: {} },
        { on: 'b', join: {} },
        { send: [{ payload: ["'of a'"] }] },
        { on: 'b', send: [{ payload: ["'of b'"] }] },
        { expect: { echo: [["'of a'"]] } },
        { on: 'b', expect: { echo: [["'of b'"]] } },
        { expect: { settles: 'stays' } },
        { expect: { frames: 'none' } },
      ],
    },
    {
      id: 'T62a',
      title: 'frames pass a DEALER as they are, empty ones too',
      ...DEALER,
      severity: 'must',
      scope: { types: ['DEALER'], needs: ['echo'] },
      steps: [
        { join: {} },
        { send: [{ message: ['', "'a'", ''] }] },
        { expect: { receives: [['', "'a'", '']] } },
      ],
    },
  ],
};
