/**
 * The handshake of NULL, and the properties that every mechanism exchanges. 37/ZMTP, "The NULL Security Mechanism".
 *
 * @module
 */
import type { Area } from '../case.ts';

const RFC = { rfc: '37/ZMTP', heading: 'The NULL Security Mechanism' };
const TYPE = { rfc: '37/ZMTP', heading: 'The Socket-Type Property' };
const ERRORS = { rfc: '37/ZMTP', heading: 'Error Handling' };
const NULL = ['NULL'];
/** A client's properties are read in every mechanism; a server's, where it is the run that plays it, are the codec's. */
const READ = { role: 'server' } as const;

export const nullHandshake: Area = {
  name: 'handshake',
  cases: [
    {
      id: 'T16',
      title: 'a socket type that does not fit ends the connection',
      ...TYPE,
      severity: 'should',
      steps: [{ offer: { metadata: { type: 'mismatch' } } }, { expect: { closes: true } }],
    },
    {
      id: 'T16a',
      title: 'and the peer says ERROR before',
      rfc: '37/ZMTP',
      heading: 'The Socket-Type Property',
      severity: 'should',
      scope: READ,
      steps: [
        { offer: { metadata: { type: 'mismatch' } } },
        { expect: { closes: true, withError: '' } },
      ],
    },
    {
      id: 'T17',
      title: 'no properties at all are taken or refused, and nobody else suffers',
      ...TYPE,
      severity: 'must',
      scope: READ,
      steps: [{ offer: { metadata: { only: '' } } }, { served: true }],
    },
    {
      id: 'T18',
      title: 'names of properties are compared without regard to case',
      rfc: '37/ZMTP',
      heading: 'Connection Metadata',
      severity: 'must',
      scope: READ,
      steps: [{ join: { metadata: { name: 'socket-type' } } }, { expect: { settles: 'stays' } }],
    },
    {
      id: 'T18a',
      title: 'so a wrong type is seen however its name is written',
      rfc: '37/ZMTP',
      heading: 'Connection Metadata',
      severity: 'should',
      scope: READ,
      steps: [
        { offer: { metadata: { name: 'SOCKET-TYPE', type: 'mismatch' } } },
        { expect: { closes: true } },
      ],
    },
    {
      id: 'T19',
      title: 'the name of a type in lower case is none',
      ...TYPE,
      severity: 'should',
      scope: READ,
      steps: [{ offer: { metadata: { type: 'lower' } } }, { expect: { closes: true } }],
    },
    {
      id: 'T20',
      title: 'one byte behind the properties ends the connection',
      ...RFC,
      severity: 'should',
      scope: READ,
      steps: [{ offer: { metadata: { extra: '00' } } }, { expect: { closes: true } }],
    },
    {
      id: 'T21',
      title: 'a value shorter than it says ends the connection',
      ...RFC,
      severity: 'should',
      scope: READ,
      steps: [
        { offer: { metadata: { extra: "03 'X-a' 00 00 00 05 'ab'" } } },
        { expect: { closes: true } },
      ],
    },
    {
      id: 'T21a',
      title: 'a value of which no byte is there too',
      ...RFC,
      severity: 'should',
      scope: READ,
      steps: [
        { offer: { metadata: { extra: "03 'X-a' 7F FF FF FF" } } },
        { expect: { closes: true } },
      ],
    },
    {
      id: 'T21b',
      title: 'a property without a name ends the connection',
      ...RFC,
      severity: 'should',
      scope: READ,
      steps: [
        { offer: { metadata: { extra: "00 00 00 00 01 'x'" } } },
        { expect: { closes: true } },
      ],
    },
    {
      id: 'T22',
      title: 'properties that nobody knows, and empty values, are no matter',
      ...RFC,
      severity: 'must',
      scope: READ,
      steps: [
        { join: { metadata: { extra: "01 'X' 00 00 00 00 05 'Zebra' 00 00 01 2C 00*300" } } },
        { expect: { settles: 'stays' } },
      ],
    },
    {
      id: 'T23',
      title: 'READY in the long form',
      ...RFC,
      severity: 'must',
      scope: { mechanisms: NULL },
      steps: [
        { greet: {} },
        { send: [{ ready: {}, flags: 6 }] },
        { expect: { handshake: 'done' } },
        { expect: { settles: 'stays' } },
      ],
    },
    {
      id: 'T24',
      title: 'a message in place of READY ends the connection',
      rfc: '37/ZMTP',
      heading: 'Overall Behavior',
      severity: 'must',
      scope: { mechanisms: NULL },
      steps: [{ greet: {} }, { send: ["00 05 'hello'"] }, { expect: { closes: true } }],
    },
    {
      id: 'T24a',
      title: 'READY in a message frame ends the connection',
      ...RFC,
      severity: 'should',
      scope: { mechanisms: NULL },
      steps: [{ greet: {} }, { send: [{ ready: {}, flags: 0 }] }, { expect: { closes: true } }],
    },
    {
      id: 'T25',
      title: 'PING before READY ends the connection',
      rfc: '37/ZMTP',
      heading: 'Overall Behavior',
      severity: 'must',
      scope: { mechanisms: NULL },
      steps: [{ greet: {} }, { send: ["04 07 04 'PING' 00 00"] }, { expect: { closes: true } }],
    },
    {
      id: 'T25a',
      title: 'a command that there is not, before READY, ends the connection',
      rfc: '37/ZMTP',
      heading: 'Overall Behavior',
      severity: 'must',
      scope: { mechanisms: NULL },
      steps: [{ greet: {} }, { send: ["04 08 07 'UNKNOWN'"] }, { expect: { closes: true } }],
    },
    {
      id: 'T25b',
      title: 'an empty command before READY ends the connection',
      rfc: '37/ZMTP',
      heading: 'Overall Behavior',
      severity: 'must',
      scope: { mechanisms: NULL },
      steps: [{ greet: {} }, { send: ['04 00'] }, { expect: { closes: true } }],
    },
    {
      id: 'T26',
      title: 'ERROR in place of READY ends the connection',
      ...ERRORS,
      severity: 'must',
      scope: { mechanisms: NULL },
      steps: [{ greet: {} }, { send: ["04 0A 05 'ERROR' 03 '400'"] }, { expect: { closes: true } }],
    },
    {
      id: 'T26a',
      title: 'also in one segment with the greeting',
      ...ERRORS,
      severity: 'must',
      scope: { mechanisms: NULL },
      steps: [
        { send: [{ greeting: {} }, "04 0A 05 'ERROR' 03 '400'"] },
        { expect: { closes: true } },
      ],
    },
    {
      id: 'T27',
      title: 'an ERROR whose reason is not there ends the connection',
      ...ERRORS,
      severity: 'should',
      scope: { mechanisms: NULL },
      steps: [{ greet: {} }, { send: ["04 07 05 'ERROR' FF"] }, { expect: { closes: true } }],
    },
    {
      id: 'T28',
      title: 'greeting, READY and a message in one segment are taken one after the other',
      ...RFC,
      severity: 'should',
      scope: { mechanisms: NULL },
      steps: [
        { send: [{ greeting: {} }, { ready: {} }, { payload: ["'hi'"] }] },
        { expect: { handshake: 'done' } },
        { expect: { echo: [["'hi'"]] } },
      ],
    },
    {
      id: 'T29',
      title: 'so are READY and a message, once the READY of the peer is there',
      ...RFC,
      severity: 'must',
      scope: { mechanisms: NULL },
      steps: [
        { greet: {} },
        { silence: 30 },
        { send: [{ ready: {} }, { payload: ["'hi'"] }] },
        { expect: { handshake: 'done' } },
        { expect: { echo: [["'hi'"]] } },
      ],
    },
  ],
};
