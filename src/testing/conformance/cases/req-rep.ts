/**
 * Requests and replies. 28/REQREP.
 *
 * @module
 */
import type { Area } from '../case.ts';

const REP = { rfc: '28/REQREP', heading: 'The REP Socket Type' };
const REQ = { rfc: '28/REQREP', heading: 'The REQ Socket Type' };

export const reqRep: Area = {
  name: 'request and reply',
  cases: [
    {
      id: 'T63',
      title: 'a request without a delimiter, or with nothing behind it, is ignored',
      ...REP,
      severity: 'libzmq',
      scope: { types: ['REP'], needs: ['echo'] },
      steps: [
        { join: {} },
        { send: [{ message: ["'nodel'"] }, { message: [''] }, { payload: ["'q'"] }] },
        { expect: { receives: [['', "'q'"]] } },
      ],
    },
    {
      id: 'T64',
      title: 'the reply goes back in the whole envelope',
      ...REP,
      severity: 'must',
      scope: { types: ['REP'], needs: ['echo'] },
      steps: [
        { join: { metadata: { type: 'DEALER' } } },
        { send: [{ message: ["'id1'", "'id2'", '', "'q'"] }] },
        { expect: { receives: [["'id1'", "'id2'", '', "'q'"]] } },
      ],
    },
    {
      id: 'T64a',
      title: 'the envelope ends at the first empty frame; more of them belong to the request',
      ...REP,
      severity: 'must',
      scope: { types: ['REP'], needs: ['echo'] },
      steps: [
        { join: { metadata: { type: 'DEALER' } } },
        { send: [{ message: ["'id'", '', '', "'q'", ''] }] },
        { expect: { receives: [["'id'", '', '', "'q'", '']] } },
      ],
    },
    {
      id: 'T64b',
      title: 'requests that wait are answered one by one, in order',
      ...REP,
      severity: 'must',
      scope: { types: ['REP'], needs: ['echo'] },
      steps: [
        { join: {} },
        { send: [{ payload: ["'1'"] }, { payload: ["'2'"] }, { payload: ["'3'"] }] },
        { expect: { echo: [["'1'"], ["'2'"], ["'3'"]] } },
      ],
    },
    {
      id: 'T65',
      title: 'a client that leaves before its reply keeps nobody else from being served',
      ...REP,
      severity: 'must',
      scope: { types: ['REP'], side: 'bound', needs: ['echo'] },
      steps: [
        { on: 'b', join: {} },
        { join: {} },
        { on: 'b', send: [{ payload: ["'too late'"] }] },
        { on: 'b', leave: true },
        { send: [{ payload: ["'in time'"] }] },
        { expect: { echo: [["'in time'"]] } },
      ],
    },
    {
      id: 'T65a',
      title: 'two clients of the same Identity are both served',
      ...REP,
      severity: 'should',
      scope: { types: ['REP'], side: 'bound', needs: ['echo'] },
      steps: [
        { join: { metadata: { extra: "08 'Identity' 00 00 00 04 'same'" } } },
        { on: 'b', join: { metadata: { extra: "08 'Identity' 00 00 00 04 'same'" } } },
        { send: [{ payload: ["'a'"] }] },
        { expect: { echo: [["'a'"]] } },
        { on: 'b', send: [{ payload: ["'b'"] }] },
        { on: 'b', expect: { echo: [["'b'"]] } },
      ],
    },
    {
      id: 'T66',
      title: 'a reply without a delimiter is no reply',
      ...REQ,
      severity: 'must',
      scope: { types: ['REQ'], needs: ['sends'] },
      steps: [
        { join: {} },
        { expect: { request: true } },
        { send: [{ message: ["'stray'"] }] },
        { expect: { settles: 'either' } },
        { expect: { frames: 'none' } },
      ],
    },
    {
      id: 'T66a',
      title: 'the reply behind a delimiter is one: the next request comes',
      ...REQ,
      severity: 'must',
      scope: { types: ['REQ'], needs: ['sends'] },
      steps: [
        { join: {} },
        { expect: { request: true } },
        { send: [{ payload: ["'reply'"] }] },
        { expect: { request: true } },
      ],
    },
    {
      id: 'T66b',
      title: 'a second reply to one request is dropped: one request comes, not two',
      ...REQ,
      severity: 'must',
      scope: { types: ['REQ'], needs: ['sends'] },
      steps: [
        { join: {} },
        { expect: { request: true } },
        { send: [{ payload: ["'reply'"] }, { payload: ["'again'"] }] },
        { expect: { request: true } },
        { expect: { settles: 'stays' } },
        { expect: { frames: 'none' } },
      ],
    },
    {
      id: 'T67',
      title: 'a reply from another connection is not taken',
      ...REQ,
      severity: 'must',
      scope: { types: ['REQ'], side: 'bound', needs: ['sends'] },
      isAlone: true,
      steps: [
        { join: {} },
        { expect: { request: true } },
        { on: 'b', join: {} },
        { on: 'b', send: [{ payload: ["'not asked'"] }] },
        { on: 'b', expect: { settles: 'stays' } },
        { on: 'b', expect: { frames: 'none' } },
        { expect: { settles: 'stays' } },
        { expect: { frames: 'none' } },
        { send: [{ payload: ["'reply'"] }] },
        { on: 'b', expect: { request: true } },
      ],
    },
  ],
};
