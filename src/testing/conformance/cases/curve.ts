/**
 * CURVE. 26/CURVEZMQ, with what libzmq does where that is what all peers do.
 *
 * @module
 */
import type { Area, Case } from '../case.ts';

const MESSAGE = { rfc: '26/CURVEZMQ', heading: 'The MESSAGE Command' };
/** That is where counters are spoken of. */
const NONCES = { rfc: '26/CURVEZMQ', heading: 'The HELLO Command' };
const INITIATE = { rfc: '26/CURVEZMQ', heading: 'The INITIATE Command' };
const SERVER = { mechanisms: ['CURVE'], role: 'server' } as const;
/** MESSAGEs are sealed by the suite's own client. */
const TRAFFIC = SERVER;
const PING = "04 'PING' 00 00 'xyz'";
const PONG = { command: 'PONG', data: "'xyz'" } as const;

export const curve: Area = {
  name: 'CURVE',
  cases: [
    {
      id: 'T74',
      title: 'HELLO of 199 bytes ends the connection, and nothing is said',
      rfc: '26/CURVEZMQ',
      heading: 'The HELLO Command',
      severity: 'must',
      scope: SERVER,
      steps: [
        { greet: {} },
        { send: [{ curveHello: { size: 199 } }] },
        { expect: { closes: true, isSilent: true } },
      ],
    },
    {
      id: 'T74a',
      title: 'HELLO of 201 bytes too',
      rfc: '26/CURVEZMQ',
      heading: 'The HELLO Command',
      severity: 'must',
      scope: SERVER,
      steps: [
        { greet: {} },
        { send: [{ curveHello: { size: 201 } }] },
        { expect: { closes: true, isSilent: true } },
      ],
    },
    {
      id: 'T74b',
      title: 'CurveZMQ 1.1 too',
      rfc: '26/CURVEZMQ',
      heading: 'The HELLO Command',
      severity: 'must',
      scope: SERVER,
      steps: [
        { greet: {} },
        { send: [{ curveHello: { version: '01 01' } }] },
        { expect: { closes: true, isSilent: true } },
      ],
    },
    {
      id: 'T74c',
      title: 'HELLO for another server too',
      rfc: '26/CURVEZMQ',
      heading: 'The HELLO Command',
      severity: 'must',
      scope: SERVER,
      steps: [
        { greet: {} },
        { send: [{ curveHello: { serverKey: 'other' } }] },
        { expect: { closes: true, isSilent: true } },
      ],
    },
    {
      id: 'T74d',
      title: 'HELLO with a bit of its box flipped too',
      rfc: '26/CURVEZMQ',
      heading: 'The HELLO Command',
      severity: 'must',
      scope: SERVER,
      steps: [
        { greet: {} },
        { send: [{ curveHello: { isBroken: true } }] },
        { expect: { closes: true, isSilent: true } },
      ],
    },
    {
      id: 'T74e',
      title: "a C' of low order too",
      rfc: '26/CURVEZMQ',
      heading: 'The HELLO Command',
      severity: 'must',
      scope: SERVER,
      steps: [
        { greet: {} },
        { send: [{ curveHello: { isLowOrder: true } }] },
        { expect: { closes: true, isSilent: true } },
      ],
    },
    {
      id: 'T74f',
      title: 'INITIATE first ends the connection',
      rfc: '26/CURVEZMQ',
      heading: 'High-level Grammar',
      severity: 'must',
      scope: SERVER,
      steps: [
        { greet: {} },
        { send: ["06 00*6 01 2C 08 'INITIATE' 00*291"] },
        { expect: { closes: true } },
      ],
    },
    ...initiates([
      ['C1', 'a cookie that the server did not make', 'must', { cookie: 'other' }],
      ['C2', "a vouch for another C'", 'must', { vouch: 'other key' }],
      ['C3', 'a vouch for another server', 'must', { vouch: 'other server' }],
      ['C4', 'the key of somebody else', 'must', { clientKey: 'other' }],
      ['C5', 'the counter of HELLO', 'must', { counter: 1 }],
    ]),
    {
      id: 'T75',
      title: 'counters may leave numbers out',
      ...NONCES,
      severity: 'libzmq',
      scope: TRAFFIC,
      steps: [
        { join: {} },
        {
          send: [
            { sealed: { counter: 3, inner: 2, body: PING } },
            { sealed: { counter: 5, inner: 2, body: PING } },
          ],
        },
        { expect: { settles: 'stays', answers: [[PONG, PONG]] } },
      ],
    },
    {
      id: 'T76',
      title: 'a counter that comes again ends the connection',
      ...NONCES,
      severity: 'must',
      scope: TRAFFIC,
      steps: [
        { join: {} },
        {
          send: [
            { sealed: { counter: 5, inner: 2, body: PING } },
            { sealed: { counter: 5, inner: 2, body: PING } },
          ],
        },
        { expect: { closes: true } },
      ],
    },
    {
      id: 'T76a',
      title: 'the counter of INITIATE counts',
      ...NONCES,
      severity: 'must',
      scope: TRAFFIC,
      steps: [
        { join: {} },
        { send: [{ sealed: { counter: 2, inner: 2, body: PING } }] },
        { expect: { closes: true } },
      ],
    },
    {
      id: 'T77',
      title: 'a MESSAGE with one bit flipped ends the connection, without ERROR',
      ...MESSAGE,
      severity: 'must',
      scope: TRAFFIC,
      steps: [
        { join: {} },
        { send: [{ sealed: { inner: 2, body: PING, isBroken: true } }] },
        { expect: { closes: true } },
      ],
    },
    {
      id: 'T77a',
      title: 'a MESSAGE that is cut short ends the connection',
      ...MESSAGE,
      severity: 'must',
      scope: TRAFFIC,
      steps: [
        { join: {} },
        { send: [{ sealed: { body: "'hello'", cut: 32 } }] },
        { expect: { closes: true } },
      ],
    },
    {
      id: 'T78',
      title: 'MESSAGE in a message frame, as libzmq sends it',
      ...MESSAGE,
      severity: 'libzmq',
      scope: TRAFFIC,
      steps: [
        { join: {} },
        { send: [{ sealed: { inner: 2, body: PING, outer: 0 } }] },
        { expect: { settles: 'stays', answers: [[PONG]] } },
      ],
    },
    {
      id: 'T78a',
      title: 'MESSAGE in a command frame, as the RFC has it',
      ...MESSAGE,
      severity: 'should',
      scope: { ...TRAFFIC, types: ['ROUTER', 'DEALER', 'PAIR'], needs: ['echo'] },
      steps: [
        { join: {} },
        { send: [{ sealed: { body: "'command'", outer: 4 } }] },
        { expect: { echo: [["'command'"]] } },
      ],
    },
    {
      id: 'T78b',
      title: 'reserved flags that were sealed end the connection',
      ...MESSAGE,
      severity: 'should',
      scope: TRAFFIC,
      steps: [
        { join: {} },
        { send: [{ sealed: { inner: 0x84, body: "'hello'" } }] },
        { expect: { closes: true } },
      ],
    },
    {
      id: 'T79',
      title: 'PING is sealed as a command with flags 02, and so is PONG',
      rfc: '37/ZMTP',
      heading: 'Connection Heartbeating',
      severity: 'libzmq',
      scope: TRAFFIC,
      steps: [
        { join: {} },
        { send: [{ sealed: { inner: 2, body: PING } }] },
        { expect: { settles: 'stays', answers: [[PONG]] } },
      ],
    },
    {
      id: 'T80',
      title: 'a message in clear after the handshake ends the connection',
      rfc: '37/ZMTP',
      heading: 'Wire Analysis of the Connection',
      severity: 'must',
      scope: { mechanisms: ['CURVE'] },
      steps: [{ join: {} }, { send: ["00 05 'hello'"] }, { expect: { closes: true } }],
    },
    {
      id: 'T80a',
      title: 'a PING in clear too',
      rfc: '37/ZMTP',
      heading: 'Wire Analysis of the Connection',
      severity: 'must',
      scope: { mechanisms: ['CURVE'] },
      steps: [{ join: {} }, { send: ["04 07 04 'PING' 00 00"] }, { expect: { closes: true } }],
    },
    {
      id: 'T82b',
      title: 'NULL, ZMTP 2.0 and ZMTP 1.0 do not get by the keys',
      rfc: '37/ZMTP',
      heading: 'Security Considerations',
      severity: 'must',
      scope: { mechanisms: ['CURVE'], side: 'bound' },
      steps: [
        { send: [{ greeting: { mechanism: "'NULL'" } }, { ready: {} }] },
        { expect: { closes: true } },
        { on: 'b', send: ["FF 00*8 7F 01 05 00 00 00 05 'hello'"] },
        { on: 'b', expect: { closes: true } },
        { on: 'c', send: ["01 00 06 00 'hello'"] },
        { on: 'c', expect: { closes: true } },
      ],
    },
  ],
};

type Initiate = Extract<
  Extract<Area['cases'][number]['steps'][number], { send: unknown }>['send'][number],
  { curveInitiate: unknown }
>['curveInitiate'];

/** INITIATE with one thing wrong about it. */
function initiates(
  rows: readonly (readonly [id: string, what: string, Case['severity'], Initiate])[],
): Area['cases'][number][] {
  return rows.map(([id, what, severity, fields]) => ({
    id,
    title: `INITIATE with ${what} ends the connection`,
    ...INITIATE,
    severity,
    scope: SERVER,
    steps: [
      { greet: {} },
      { send: [{ curveHello: {} }] },
      { send: [{ curveInitiate: fields }] },
      { expect: { closes: true } },
    ],
  }));
}
