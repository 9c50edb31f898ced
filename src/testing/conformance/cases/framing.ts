/**
 * Frames in clear. 37/ZMTP, "Framing". Under CURVE what they hold is sealed, and their flags are looked at by nobody.
 *
 * @module
 */
import type { Area } from '../case.ts';

const RFC = { rfc: '37/ZMTP', heading: 'Framing' };
const CLEAR = ['NULL', 'PLAIN'];

export const framing: Area = {
  name: 'framing',
  cases: [
    {
      id: 'T30',
      title: 'an empty message is a message',
      ...RFC,
      severity: 'must',
      steps: [{ join: {} }, { send: [{ payload: [''] }] }, { expect: { echo: [['']] } }],
    },
    {
      id: 'T31',
      title: 'three frames with MORE between them are one message',
      ...RFC,
      severity: 'must',
      steps: [
        { join: {} },
        { send: [{ payload: ["'a'", '', "'b'"] }] },
        { expect: { echo: [["'a'", '', "'b'"]] } },
      ],
    },
    {
      id: 'T32',
      title: 'the long form is understood for a short body',
      ...RFC,
      severity: 'must',
      scope: { mechanisms: CLEAR },
      steps: [
        { join: {} },
        { send: [{ delimiter: true }, "02 00*7 02 'hi'"] },
        { expect: { echo: [["'hi'"]] } },
      ],
    },
    {
      id: 'T33',
      title: 'bodies of 255 and 256 bytes, and back in the short and in the long form',
      ...RFC,
      severity: 'should',
      steps: [
        { join: {} },
        { send: [{ payload: ["'s'*255"] }, { payload: ["'l'*256"] }] },
        { expect: { echo: [["'s'*255"], ["'l'*256"]] } },
      ],
    },
    {
      id: 'T33a',
      title: 'a body of 100,000 bytes',
      ...RFC,
      severity: 'must',
      steps: [
        { join: {} },
        { send: [{ payload: ["'x'*100000"] }] },
        { expect: { echo: [["'x'*100000"]] } },
      ],
    },
    {
      id: 'T33b',
      title: 'a message that comes byte by byte',
      ...RFC,
      severity: 'must',
      steps: [
        { join: {} },
        { send: [{ payload: ["'slow'", "'ly'"] }], isBytewise: true },
        { expect: { echo: [["'slow'", "'ly'"]] } },
      ],
    },
    {
      id: 'T34',
      title: 'a frame with reserved flags ends the connection',
      ...RFC,
      severity: 'should',
      scope: { mechanisms: CLEAR },
      steps: [{ join: {} }, { send: ["F8 02 'hi'"] }, { expect: { closes: true } }],
    },
    {
      id: 'T34a',
      title: 'a single reserved flag too',
      ...RFC,
      severity: 'should',
      scope: { mechanisms: CLEAR },
      steps: [{ join: {} }, { send: ["08 02 'hi'"] }, { expect: { closes: true } }],
    },
    {
      id: 'T35',
      title: 'a command with MORE ends the connection',
      ...RFC,
      severity: 'should',
      scope: { mechanisms: CLEAR },
      steps: [{ join: {} }, { send: ["05 07 04 'PING' 00 00"] }, { expect: { closes: true } }],
    },
    {
      id: 'T36',
      title: 'a length of 2^64 - 1 ends the connection',
      ...RFC,
      severity: 'should',
      scope: { mechanisms: CLEAR },
      steps: [{ join: {} }, { send: ['02 FF*8'] }, { expect: { closes: true } }],
    },
    {
      id: 'T36a',
      title: 'a length of 2^63 - 1 too, which nobody can hold',
      ...RFC,
      severity: 'should',
      scope: { mechanisms: CLEAR },
      steps: [{ join: {} }, { send: ['02 7F FF*7'] }, { expect: { closes: true } }],
    },
    {
      id: 'T36b',
      title: 'a length of 2^63, with nothing behind it, in the handshake',
      ...RFC,
      severity: 'should',
      scope: { mechanisms: CLEAR },
      steps: [{ greet: {} }, { send: ['06 80 00*7'] }, { expect: { closes: true } }],
    },
    {
      id: 'T37',
      title: 'a frame as long as is allowed is taken, and one byte more ends the connection',
      ...RFC,
      severity: 'should',
      scope: { needs: ['maxFrameSize'] },
      steps: [
        { join: {} },
        { send: [{ largest: 'maxFrameSize', plus: 0 }] },
        { expect: { settles: 'stays' } },
        { send: [{ largest: 'maxFrameSize', plus: 1 }] },
        { expect: { closes: true } },
      ],
    },
    {
      id: 'T38',
      title: 'half a message whose peer leaves does not become part of another one',
      rfc: '37/ZMTP',
      heading: 'Socket Semantics',
      severity: 'must',
      scope: { mechanisms: CLEAR },
      steps: [
        { join: {} },
        { send: [{ delimiter: true }, "01 01 'a'"] },
        { expect: { settles: 'stays' } },
        { leave: true },
        { on: 'b', join: {} },
        { on: 'b', send: [{ payload: ["'w'"] }] },
        { on: 'b', expect: { echo: [["'w'"]] } },
      ],
    },
    {
      id: 'T39',
      title: 'a PING between the frames of a message is answered, and the message stays whole',
      ...RFC,
      severity: 'must',
      scope: { mechanisms: CLEAR },
      steps: [
        { join: {} },
        { send: [{ delimiter: true }, "01 01 'a' 04 09 04 'PING' 00 00 'zz'"] },
        { expect: { settles: 'stays', answers: [[{ command: 'PONG', data: "'zz'" }]] } },
        { send: ["00 01 'b'"] },
        { expect: { echo: [["'a'", "'b'"]] } },
      ],
    },
    {
      id: 'T85',
      title: 'frames without end of one message end the connection, or are read no more',
      rfc: '37/ZMTP',
      heading: 'Security Considerations',
      severity: 'should',
      scope: { mechanisms: CLEAR },
      isAlone: true,
      steps: [{ join: {} }, { flood: "01 01 'x'", times: 200_000 }, { expect: { refuses: true } }],
    },
  ],
};
