/**
 * Subscriptions. 29/PUBSUB; 37/ZMTP, "The Publish-Subscribe Pattern".
 *
 * An application of XPUB that echoes publishes what it receives, notifications included: `01 T` when somebody subscribes
 * to T for the first time. So an observer that is subscribed to 01 sees them.
 *
 * @module
 */
import type { Area } from '../case.ts';

const RFC = { rfc: '37/ZMTP', heading: 'The Publish-Subscribe Pattern' };
const PUB = { rfc: '29/PUBSUB', heading: 'The PUB Socket Type' };
const XPUB = { rfc: '29/PUBSUB', heading: 'The XPUB Socket Type' };
const SUB = { rfc: '29/PUBSUB', heading: 'The SUB Socket Type' };

const ECHOING = { types: ['XPUB'], needs: ['echo'] } as const;
const SENDING = { types: ['PUB', 'XPUB'], side: 'bound', needs: ['sends'] } as const;
const OBEYING = { types: ['SUB', 'XSUB'], needs: ['obeys'] } as const;

export const pubSub: Area = {
  name: 'publish and subscribe',
  cases: [
    {
      id: 'T49',
      title: 'SUBSCRIBE a: what begins with a comes, and nothing else',
      ...RFC,
      severity: 'must',
      scope: ECHOING,
      steps: [
        { join: {} },
        { send: [{ command: 'SUBSCRIBE', data: "'a'" }] },
        { send: [{ message: ["'b1'"] }, { message: ["'abc'"] }] },
        { expect: { receives: [["'abc'"]] } },
      ],
    },
    {
      id: 'T50',
      title: 'a subscription in a message is one too, also on a connection of 3.1',
      ...RFC,
      severity: 'libzmq',
      scope: ECHOING,
      steps: [
        { join: {} },
        { send: [{ message: ["01 'a'"] }] },
        { send: [{ message: ["'b1'"] }, { message: ["'abc'"] }] },
        { expect: { receives: [["'abc'"]] } },
      ],
    },
    {
      id: 'T50a',
      title: 'a subscription in a message of a 3.0 connection',
      rfc: '23/ZMTP',
      heading: 'The Publish-Subscribe Pattern',
      severity: 'must',
      scope: ECHOING,
      steps: [
        { join: { greeting: { minor: 0 } } },
        { send: [{ message: ["01 'a'"] }] },
        { send: [{ message: ["'b1'"] }, { message: ["'abc'"] }] },
        { expect: { receives: [["'abc'"]] } },
      ],
    },
    {
      id: 'T51',
      title:
        'subscribed twice and cancelled once: nothing comes (the RFC counts, no implementation does)',
      ...RFC,
      severity: 'libzmq',
      scope: ECHOING,
      steps: [
        { join: {} },
        {
          send: [
            { subscribe: "'a'" },
            { subscribe: "'a'" },
            { cancel: "'a'" },
            { subscribe: "'c'" },
          ],
        },
        { send: [{ message: ["'a1'"] }, { message: ["'c1'"] }] },
        { expect: { receives: [["'c1'"]] } },
      ],
    },
    {
      id: 'T52',
      title: 'to cancel what was not subscribed to harms nobody',
      ...RFC,
      severity: 'must',
      scope: { types: ['PUB', 'XPUB'] },
      steps: [
        { join: {} },
        { send: [{ command: 'CANCEL', data: "'never'" }, { command: 'CANCEL' }] },
        { expect: { settles: 'stays', answers: [[]] } },
        { served: true },
      ],
    },
    {
      id: 'T53',
      title:
        'the application is told of the first subscription to a topic, and of the end of the last',
      ...XPUB,
      severity: 'libzmq',
      scope: { ...ECHOING, side: 'bound' },
      steps: [
        { on: 'o', join: {} },
        { on: 'o', send: [{ subscribe: '01' }, { subscribe: "00 't'" }, { subscribe: "'end'" }] },
        { on: 'o', send: [{ message: ["'end'"] }] },
        {
          on: 'o',
          expect: { receives: [['01 01'], ["01 00 't'"], ["01 'end'"], ["'end'"]] },
        },
        { on: 'b', join: {} },
        { join: {} },
        { on: 'b', send: [{ subscribe: "'t'" }] },
        { on: 'o', expect: { receives: [["01 't'"]] } },
        { send: [{ subscribe: "'t'" }] },
        { send: [{ message: ["'end'"] }] },
        { on: 'o', expect: { receives: [["'end'"]] } },
        { on: 'b', leave: true },
        { send: [{ message: ["'end'"] }] },
        { on: 'o', expect: { receives: [["'end'"]] } },
        { leave: true },
        { on: 'o', expect: { receives: [["00 't'"]] } },
      ],
    },
    {
      id: 'T53a',
      title: 'a message that several subscriptions of one peer fit comes once',
      ...PUB,
      severity: 'must',
      scope: ECHOING,
      steps: [
        { join: {} },
        { send: [{ subscribe: "'a'" }, { subscribe: "'ab'" }, { subscribe: "'c'" }] },
        { send: [{ message: ["'abc'"] }, { message: ["'c'"] }] },
        { expect: { receives: [["'abc'"], ["'c'"]] } },
      ],
    },
    {
      id: 'T53b',
      title: 'the first frame decides',
      ...PUB,
      severity: 'must',
      scope: ECHOING,
      steps: [
        { join: {} },
        { send: [{ subscribe: "'a'" }] },
        { send: [{ message: ["'b'", "'a'"] }, { message: ["'a'", "'b'"] }] },
        { expect: { receives: [["'a'", "'b'"]] } },
      ],
    },
    {
      id: 'T49a',
      title: 'an empty subscription brings everything',
      ...PUB,
      severity: 'must',
      scope: SENDING,
      steps: [{ join: {} }, { send: [{ subscribe: '' }] }, { expect: { messages: 2 } }],
    },
    {
      id: 'T49b',
      title: 'who has not subscribed gets nothing',
      ...PUB,
      severity: 'must',
      scope: SENDING,
      steps: [
        { on: 'b', join: {} },
        { join: {} },
        { send: [{ subscribe: '' }] },
        { expect: { messages: 3 } },
        { on: 'b', expect: { settles: 'stays' } },
        { on: 'b', expect: { frames: 'none' } },
      ],
    },
    {
      id: 'T51a',
      title: 'who has cancelled gets nothing more',
      ...PUB,
      severity: 'must',
      scope: SENDING,
      steps: [
        { join: {} },
        { send: [{ subscribe: '' }, { cancel: '' }] },
        { expect: { settles: 'stays' } },
        { on: 'b', join: {} },
        { on: 'b', send: [{ subscribe: '' }] },
        { on: 'b', expect: { messages: 2 } },
        { forget: true },
        { on: 'b', expect: { messages: 3 } },
        { expect: { settles: 'stays' } },
        { expect: { frames: 'none' } },
      ],
    },
    {
      id: 'T59',
      title: 'a message from a subscriber is ignored, and subscriptions still work',
      ...PUB,
      severity: 'must',
      scope: { ...SENDING, types: ['PUB'] },
      steps: [
        { join: {} },
        { send: [{ message: ["'hello'"] }, { subscribe: '' }] },
        { expect: { messages: 2 } },
      ],
    },
    {
      id: 'T54',
      title: 'a publisher of 3.1 is told of subscriptions by SUBSCRIBE',
      ...RFC,
      severity: 'must',
      scope: OBEYING,
      steps: [
        { join: {} },
        { expect: { told: 'subscribe', topic: "'+'" } },
        { send: [{ message: ["'+ab'"] }] },
        { expect: { told: 'subscribe', topic: "'ab'" } },
        { send: [{ message: ["'+'"] }] },
        { expect: { told: 'subscribe', topic: '' } },
        { send: [{ message: ["'-'"] }] },
        { expect: { told: 'cancel', topic: '' } },
      ],
    },
    {
      id: 'T55',
      title: 'one of 3.0 by messages',
      rfc: '23/ZMTP',
      heading: 'The Publish-Subscribe Pattern',
      severity: 'must',
      scope: OBEYING,
      steps: [
        { join: { greeting: { minor: 0 } } },
        { expect: { told: 'subscribe', topic: "'+'" } },
        { send: [{ message: ["'+ab'"] }] },
        { expect: { told: 'subscribe', topic: "'ab'" } },
      ],
    },
    {
      id: 'T56',
      title: 'subscribed twice: the first unsubscribe says nothing, the second CANCEL, once',
      ...SUB,
      severity: 'libzmq',
      scope: { ...OBEYING, types: ['SUB'] },
      steps: [
        { join: {} },
        { expect: { told: 'subscribe', topic: "'+'" } },
        { send: [{ message: ["'+-'"] }] },
        { expect: { told: 'subscribe', topic: "'-'" } },
        { send: [{ message: ["'+56'"] }, { message: ["'+56'"] }, { message: ["'-56'"] }] },
        { send: [{ message: ["'+mark'"] }] },
        { expect: { told: 'subscribe', topic: "'mark'" } },
        { expect: { untold: 'cancel' } },
        { expect: { told: 'subscribe', topic: "'56'" } },
        { send: [{ message: ["'-56'"] }] },
        { expect: { told: 'cancel', topic: "'56'" } },
        { send: [{ message: ["'--'"] }] },
        { expect: { told: 'cancel', topic: "'-'" } },
      ],
    },
    {
      id: 'T58',
      title: 'what a publisher sends unasked is not delivered',
      ...SUB,
      severity: 'libzmq',
      scope: { ...OBEYING, types: ['SUB'] },
      steps: [
        { join: {} },
        { expect: { told: 'subscribe', topic: "'+'" } },
        { send: [{ message: ["'-+'"] }, { message: ["'zz'", "'+no'"] }, { message: ["'+58'"] }] },
        { expect: { told: 'subscribe', topic: "'58'" } },
        { send: [{ message: ["'+58b'"] }] },
        { expect: { told: 'subscribe', topic: "'58b'" } },
        { expect: { untold: 'cancel' } },
      ],
    },
    {
      id: 'T81',
      title: 'a new publisher is told of the subscriptions that there are',
      ...SUB,
      severity: 'must',
      scope: { types: ['SUB', 'XSUB'], needs: ['obeys'] },
      steps: [
        { join: {} },
        { expect: { told: 'subscribe', topic: "'+'" } },
        { leave: true },
        { on: 'b', join: {} },
        { on: 'b', expect: { told: 'subscribe', topic: "'+'" } },
      ],
    },
    // Last, because a subscriber that fails here has not cancelled its topics.
    {
      id: 'T57',
      title: 'topics of 245, 246, 255 and 256 bytes come, and go, in whole frames',
      ...RFC,
      severity: 'must',
      scope: OBEYING,
      steps: longTopics(1),
    },
    {
      id: 'T57a',
      title: 'also for a publisher of 3.0',
      rfc: '23/ZMTP',
      heading: 'The Publish-Subscribe Pattern',
      severity: 'must',
      scope: OBEYING,
      steps: longTopics(0),
    },
  ],
};

/** A subscriber is told to subscribe to them, and tells us. */
function longTopics(minor: number): Area['cases'][number]['steps'] {
  return [
    { join: { greeting: { minor } } },
    { expect: { told: 'subscribe', topic: "'+'" } },
    ...[245, 246, 255, 256].flatMap((size) => [
      { send: [{ message: [`'+' 'l'*${size}`] }] },
      { expect: { told: 'subscribe' as const, topic: `'l'*${size}` } },
    ]),
    { expect: { told: 'whole' } },
    { send: [{ message: ["'+-'"] }] },
    { expect: { told: 'subscribe', topic: "'-'" } },
    ...[245, 246, 255, 256].flatMap((size) => [
      { send: [{ message: [`'-' 'l'*${size}`] }] },
      { expect: { told: 'cancel' as const, topic: `'l'*${size}` } },
    ]),
    { send: [{ message: ["'--'"] }] },
    { expect: { told: 'cancel', topic: "'-'" } },
  ];
}
