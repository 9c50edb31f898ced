/**
 * PING, PONG and the time to live. 37/ZMTP, "Connection Heartbeating".
 *
 * @module
 */
import type { Area } from '../case.ts';

const RFC = { rfc: '37/ZMTP', heading: 'Connection Heartbeating' };

export const heartbeat: Area = {
  name: 'heartbeat',
  cases: [
    {
      id: 'T40',
      title: 'PING is answered by PONG',
      ...RFC,
      severity: 'must',
      steps: [
        { join: {} },
        { send: [{ command: 'PING', data: '00 00' }] },
        { expect: { settles: 'stays', answers: [[{ command: 'PONG' }]] } },
      ],
    },
    {
      id: 'T40a',
      title: 'three PINGs in one segment are answered by three PONGs in order',
      ...RFC,
      severity: 'must',
      steps: [
        { join: {} },
        {
          send: [
            { command: 'PING', data: "00 00 'one'" },
            { command: 'PING', data: "00 00 'two'" },
            { command: 'PING', data: "00 00 'three'" },
          ],
        },
        {
          expect: {
            settles: 'stays',
            answers: [
              [
                { command: 'PONG', data: "'one'" },
                { command: 'PONG', data: "'two'" },
                { command: 'PONG', data: "'three'" },
              ],
            ],
          },
        },
      ],
    },
    {
      id: 'T41',
      title: 'PONG has the context of its PING, 16 bytes of it',
      ...RFC,
      severity: 'must',
      steps: [
        { join: {} },
        { send: [{ command: 'PING', data: "00 00 '0123456789abcdef'" }] },
        {
          expect: {
            settles: 'stays',
            answers: [[{ command: 'PONG', data: "'0123456789abcdef'" }]],
          },
        },
      ],
    },
    {
      id: 'T42',
      title: 'a context of 40 bytes ends the connection, or its first 16 come back',
      ...RFC,
      severity: 'must',
      steps: [
        { join: {} },
        { send: [{ command: 'PING', data: "00 00 'c'*40" }] },
        {
          expect: { settles: 'either', answers: [[{ command: 'PONG', data: "'c'*16" }]] },
        },
      ],
    },
    {
      id: 'T43',
      title: 'a PING without a time to live brings back no byte that was not sent',
      ...RFC,
      severity: 'must',
      steps: [
        { join: {} },
        { send: [{ command: 'PING', data: "00 00 'secret of before'" }] },
        {
          expect: {
            settles: 'stays',
            answers: [[{ command: 'PONG', data: "'secret of before'" }]],
          },
        },
        { send: [{ command: 'PING' }] },
        { expect: { settles: 'either', answers: [[], [{ command: 'PONG' }]] } },
      ],
    },
    {
      id: 'T43a',
      title: 'nor does one with half of it',
      ...RFC,
      severity: 'must',
      steps: [
        { join: {} },
        { send: [{ command: 'PING', data: '00' }] },
        { expect: { settles: 'either', answers: [[], [{ command: 'PONG' }]] } },
      ],
    },
    {
      id: 'T44',
      title: 'a time to live of 0.3 s, and silence: the connection ends then',
      ...RFC,
      severity: 'should',
      // The answer to a PING of its own would be traffic, and none would end the connection sooner.
      scope: { without: 'heartbeats' },
      steps: [
        { join: {} },
        { send: [{ command: 'PING', data: '00 03' }] },
        { expect: { closes: true, after: 300 } },
      ],
    },
    {
      id: 'T45',
      title: 'a time to live of 65.6 s is no shorter one',
      ...RFC,
      severity: 'should',
      steps: [
        { join: {} },
        { send: [{ command: 'PING', data: '02 90' }] },
        { silence: 300 },
        { expect: { settles: 'stays' } },
      ],
    },
    {
      id: 'T45a',
      title: 'a PONG that nobody has asked for is ignored',
      ...RFC,
      severity: 'must',
      steps: [
        { join: {} },
        { send: [{ command: 'PONG', data: "'unasked'" }] },
        { expect: { settles: 'stays', answers: [[]] } },
      ],
    },
    {
      id: 'T70',
      title: 'the peer says PING, and leaves when nothing comes back',
      ...RFC,
      severity: 'must',
      scope: { needs: ['heartbeats'] },
      steps: [
        { mute: true },
        { join: {} },
        { expect: { ping: true } },
        { expect: { closes: true, after: 0 } },
      ],
    },
    {
      id: 'T70a',
      title: 'the peer stays when its PINGs are answered',
      ...RFC,
      severity: 'must',
      scope: { needs: ['heartbeats'] },
      steps: [
        { join: {} },
        ...Array.from({ length: 3 }, () => ({ expect: { ping: true } }) as const),
        { expect: { settles: 'stays' } },
      ],
    },
  ],
};
