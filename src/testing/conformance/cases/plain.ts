/**
 * PLAIN. 24/ZMTP-PLAIN.
 *
 * @module
 */
import type { Area } from '../case.ts';

const RFC = { rfc: '24/ZMTP-PLAIN', heading: 'Implementation' };
const GREETING = { rfc: '37/ZMTP', heading: 'Security Considerations' };
const SERVER = { mechanisms: ['PLAIN'], role: 'server' } as const;
const CLIENT = { mechanisms: ['PLAIN'], role: 'client' } as const;
const WELCOME = "04 08 07 'WELCOME'";

export const plain: Area = {
  name: 'PLAIN',
  cases: [
    {
      id: 'T71',
      title: 'HELLO with a byte behind the password ends the connection',
      ...RFC,
      severity: 'should',
      scope: SERVER,
      steps: [
        { greet: {} },
        { send: [{ plainHello: { extra: '00' } }] },
        { expect: { closes: true } },
      ],
    },
    {
      id: 'T71a',
      title: 'HELLO whose password is shorter than it says too',
      ...RFC,
      severity: 'should',
      scope: SERVER,
      steps: [
        { greet: {} },
        { send: ["04 0D 05 'HELLO' 05 'admin' FF"] },
        { expect: { closes: true } },
      ],
    },
    {
      id: 'T71b',
      title: 'HELLO without anything behind its name too',
      ...RFC,
      severity: 'should',
      scope: SERVER,
      steps: [{ greet: {} }, { send: ["04 06 05 'HELLO'"] }, { expect: { closes: true } }],
    },
    {
      id: 'T71c',
      title: 'the answer to HELLO is WELCOME, and to INITIATE READY',
      ...RFC,
      severity: 'must',
      scope: SERVER,
      steps: [{ greet: {} }, { send: [{ plainHello: {} }] }, { expect: { bytes: WELCOME } }],
    },
    {
      id: 'T72',
      title: 'INITIATE first ends the connection',
      ...RFC,
      severity: 'must',
      scope: SERVER,
      steps: [
        { greet: {} },
        { send: [{ ready: {}, name: 'INITIATE' }] },
        { expect: { closes: true } },
      ],
    },
    {
      id: 'T72a',
      title: 'READY first too, and HELLO twice',
      ...RFC,
      severity: 'must',
      scope: { ...SERVER, side: 'bound' },
      steps: [
        { greet: {} },
        { send: [{ ready: {} }] },
        { expect: { closes: true } },
        { on: 'b', greet: {} },
        { on: 'b', send: [{ plainHello: {} }, { plainHello: {} }] },
        { on: 'b', expect: { closes: true } },
      ],
    },
    {
      id: 'T73',
      title: 'a wrong password is refused by ERROR 400, or without a word',
      ...RFC,
      severity: 'must',
      scope: { ...SERVER, needs: ['authenticates'] },
      steps: [
        { greet: {} },
        { send: [{ plainHello: { password: 'other' } }] },
        { expect: { bytes: "04 0A 05 'ERROR' 03 '400'", orCloses: 'silently' } },
      ],
    },
    {
      id: 'T73a',
      title: 'and the connection ends',
      ...RFC,
      severity: 'must',
      scope: { ...SERVER, needs: ['authenticates'] },
      steps: [
        { greet: {} },
        { send: [{ plainHello: { password: 'other' } }] },
        { expect: { closes: true } },
      ],
    },
    {
      id: 'T82',
      title: 'NULL, ZMTP 2.0 and ZMTP 1.0 do not get by the password',
      ...GREETING,
      severity: 'must',
      scope: { mechanisms: ['PLAIN'], side: 'bound' },
      steps: [
        { send: [{ greeting: { mechanism: "'NULL'" } }, { ready: {} }] },
        { expect: { closes: true } },
        { on: 'b', send: ["FF 00*8 7F 01 05 00 00 00 05 'hello'"] },
        { on: 'b', expect: { closes: true } },
        { on: 'c', send: ["01 00 06 00 'hello'"] },
        { on: 'c', expect: { closes: true } },
      ],
    },
    {
      id: 'P1',
      title: 'a client: WELCOME with something behind its name ends the connection',
      ...RFC,
      severity: 'must',
      scope: CLIENT,
      steps: [{ greet: {} }, { send: ["04 09 07 'WELCOME' 00"] }, { expect: { closes: true } }],
    },
    {
      id: 'P2',
      title: 'a client: READY before WELCOME ends the connection',
      ...RFC,
      severity: 'must',
      scope: CLIENT,
      steps: [{ greet: {} }, { send: [{ ready: {} }] }, { expect: { closes: true } }],
    },
    {
      id: 'P3',
      title: 'a client: ERROR ends the connection',
      ...RFC,
      severity: 'must',
      scope: CLIENT,
      steps: [{ greet: {} }, { send: ["04 0A 05 'ERROR' 03 '500'"] }, { expect: { closes: true } }],
    },
  ],
};
