/**
 * The 64 bytes before everything else. 37/ZMTP, "Version Negotiation" and "Formal Grammar".
 *
 * @module
 */
import type { Area } from '../case.ts';

const RFC = { rfc: '37/ZMTP', heading: 'Version Negotiation' };
const GRAMMAR = { rfc: '37/ZMTP', heading: 'Formal Grammar' };

export const greeting: Area = {
  name: 'greeting',
  cases: [
    {
      id: 'T1',
      title: 'the signature comes unasked: FF, 8 bytes of padding, 7F',
      ...GRAMMAR,
      severity: 'must',
      steps: [{ expect: { bytes: 'FF ??*8 7F' } }],
    },
    {
      id: 'T2',
      title: 'the major version comes when the signature has been sent',
      ...RFC,
      severity: 'must',
      steps: [{ send: [{ greeting: { cut: 10 } }] }, { expect: { bytes: 'FF ??*8 ?? 03' } }],
    },
    {
      id: 'T3',
      title:
        'the rest comes when the major version has been sent: mechanism padded to 20, zero filler',
      ...GRAMMAR,
      severity: 'must',
      steps: [{ send: [{ greeting: { cut: 11 } }] }, { expect: { greeting: 'structure' } }],
    },
    {
      id: 'T3a',
      title: 'as-server is 1 in the greeting of a server',
      ...GRAMMAR,
      severity: 'must',
      scope: { mechanisms: ['PLAIN', 'CURVE'] },
      steps: [{ send: [{ greeting: {} }] }, { expect: { greeting: 'as-server' } }],
    },
    {
      id: 'T4',
      title: 'greeting and handshake are understood when they come byte by byte',
      ...RFC,
      severity: 'must',
      steps: [{ join: { isBytewise: true } }, { expect: { settles: 'stays' } }],
    },
    {
      id: 'T5',
      title: 'what padding and filler hold is not looked at',
      ...GRAMMAR,
      severity: 'must',
      steps: [
        { join: { greeting: { padding: 'AA*8', filler: 'EE*31' } } },
        { expect: { settles: 'stays' } },
      ],
    },
    {
      id: 'T5a',
      title: 'only the lowest bit of byte 9 counts',
      ...RFC,
      severity: 'should',
      steps: [{ join: { greeting: { tail: '01' } } }, { expect: { settles: 'stays' } }],
    },
    {
      id: 'T6',
      title: 'as-server is not looked at with NULL',
      ...GRAMMAR,
      severity: 'libzmq',
      scope: { mechanisms: ['NULL'] },
      steps: [{ join: { greeting: { asServer: 1 } } }, { expect: { settles: 'stays' } }],
    },
    {
      id: 'T7',
      title: 'a peer of a higher major version is spoken to as one of 3',
      ...RFC,
      severity: 'must',
      steps: [{ join: { greeting: { major: 4 } } }, { expect: { settles: 'stays' } }],
    },
    {
      id: 'T7a',
      title: 'a peer of major version 255 too',
      ...RFC,
      severity: 'must',
      steps: [{ join: { greeting: { major: 255, minor: 255 } } }, { expect: { settles: 'stays' } }],
    },
    {
      id: 'T7b',
      title: 'a peer of a higher minor version is spoken to',
      ...RFC,
      severity: 'must',
      steps: [{ join: { greeting: { minor: 9 } } }, { expect: { settles: 'stays' } }],
    },
    {
      id: 'T7c',
      title: 'a peer of ZMTP 3.0 is spoken to',
      ...RFC,
      severity: 'must',
      steps: [{ join: { greeting: { minor: 0 } } }, { expect: { settles: 'stays' } }],
    },
    {
      id: 'T8',
      title: 'byte 9 with its lowest bit clear is ZMTP 1.0 or wrong: others are served',
      ...RFC,
      severity: 'must',
      steps: [{ send: [{ greeting: { tail: '7E' } }] }, { served: true }],
    },
    {
      id: 'T9',
      title: 'a peer of ZMTP 2.0 is answered as such, or left',
      ...RFC,
      severity: 'should',
      scope: { mechanisms: ['NULL'] },
      steps: [
        { send: ["FF 00*8 7F 01 05 00 00 00 05 'hello'"] },
        { expect: { bytes: 'FF ??*8 ?? 03 ?? 00 ??', orCloses: true } },
        { served: true },
      ],
    },
    {
      id: 'T10',
      title: 'a peer of ZMTP 1.0 harms nobody',
      ...RFC,
      severity: 'must',
      scope: { mechanisms: ['NULL'] },
      steps: [{ send: ["01 00 06 00 'hello'"] }, { served: true }],
    },
    {
      id: 'T11',
      title: 'HTTP is left: it is no ZMTP',
      ...RFC,
      severity: 'should',
      steps: [{ send: ["'GET / HTTP/1.1' 0D 0A 0D 0A"] }, { expect: { closes: true } }],
    },
    {
      id: 'T11a',
      title: 'a ClientHello of TLS is left',
      ...RFC,
      severity: 'should',
      steps: [{ send: ['16 03 01 02 00 01 00 01 FC 03 03 5A*32'] }, { expect: { closes: true } }],
    },
    {
      id: 'T12',
      title: 'one byte that is not FF, and silence, is left',
      ...RFC,
      severity: 'should',
      steps: [{ send: ["'G'"] }, { expect: { closes: true } }],
    },
    {
      id: 'T12a',
      title: 'who has said one wrong byte and nothing else gets no messages',
      rfc: '37/ZMTP',
      heading: 'The NULL Security Mechanism',
      severity: 'should',
      scope: { types: ['PUSH', 'DEALER', 'PUB', 'XPUB'], side: 'bound', needs: ['sends'] },
      isAlone: true,
      steps: [
        { on: 'b', send: ["'G'"] },
        { join: {} },
        { send: [{ subscribe: '' }] },
        { expect: { messages: 5 } },
        { on: 'b', expect: { atMost: 64 } },
      ],
    },
    {
      id: 'T13',
      title: 'silence is ended by the time for the handshake, and not before',
      ...RFC,
      severity: 'should',
      scope: { needs: ['handshakeTime'] },
      steps: [{ send: [] }, { expect: { closes: true, after: 'handshakeTime' } }],
    },
    {
      id: 'T13a',
      title: 'silence behind half a greeting as well',
      ...RFC,
      severity: 'should',
      scope: { needs: ['handshakeTime'] },
      steps: [
        { send: [{ greeting: { cut: 40 } }] },
        { expect: { closes: true, after: 'handshakeTime' } },
      ],
    },
    {
      id: 'T14',
      title: 'another mechanism is left',
      ...GRAMMAR,
      severity: 'must',
      steps: [{ send: [{ greeting: { mechanism: "'OTHER'" } }] }, { expect: { closes: true } }],
    },
    {
      id: 'T14a',
      title: 'the peer says its own mechanism before it leaves',
      ...RFC,
      severity: 'should',
      steps: [
        { send: [{ greeting: { mechanism: "'OTHER'" } }] },
        { expect: { closes: true, having: 32 } },
      ],
    },
    {
      id: 'T15',
      title: 'a mechanism with something in its padding is another one',
      ...GRAMMAR,
      severity: 'must',
      scope: { mechanisms: ['NULL'] },
      steps: [{ send: [{ greeting: { mechanism: "'NULL' 01" } }] }, { expect: { closes: true } }],
    },
    {
      id: 'T15a',
      title: 'so is one whose last byte is not zero',
      ...GRAMMAR,
      severity: 'must',
      scope: { mechanisms: ['NULL'] },
      steps: [
        { send: [{ greeting: { mechanism: "'NULL' 00*15 FF" } }] },
        { expect: { closes: true } },
      ],
    },
    {
      id: 'T15b',
      title: 'so is one in lower case, and one that is longer',
      ...GRAMMAR,
      severity: 'must',
      scope: { mechanisms: ['NULL'], side: 'bound' },
      steps: [
        { send: [{ greeting: { mechanism: "'null'" } }] },
        { expect: { closes: true } },
        { on: 'b', send: [{ greeting: { mechanism: "'NULLx'" } }] },
        { on: 'b', expect: { closes: true } },
      ],
    },
  ],
};
