import { describe, expect, test } from 'vitest';
import {
  bytes,
  command,
  errorCommand,
  frame,
  greeting,
  message,
  ping,
  pong,
  property,
  ready,
  repeat,
  u32,
  u64,
} from '../../../../src/testing/raw-bytes.ts';
import { dissect, dissectAlone, line, type Said } from './dissections.ts';

const GREETING = [
  '0+10 signature: ZMTP 2.0 or later',
  '10+1 major version 3',
  '11+1 minor version 1: ZMTP 3.1',
  '12+20 mechanism NULL',
  '32+1 as-server: no',
  '33+31 filler',
];

/** What is behind a greeting and a READY, with offsets from there. */
function traffic(...parts: readonly Uint8Array[]): string[] {
  return dissectAlone(bytes(...parts), { start: 'traffic' });
}

/** What is behind a greeting. */
function handshake(mechanism: string, ...parts: readonly Uint8Array[]): string[] {
  return dissectAlone(bytes(...parts), { start: 'handshake', mechanism });
}

describe('greeting and handshake', () => {
  test('of NULL, field by field', () => {
    const said = bytes(greeting(), ready('DEALER', property('Identity', '')));
    expect(dissectAlone(said)).toEqual([
      ...GREETING,
      '64+2 command, 41 bytes',
      '66+6 READY',
      "72+22 property Socket-Type = 'DEALER'",
      "94+13 property Identity = ''",
    ]);
  });

  test.each([
    [{ asServer: 1 }, '32+1 as-server: yes !32 37/ZMTP, The NULL Security Mechanism'],
    [{ asServer: 2 }, '32+1 as-server: 2 !32 37/ZMTP, Formal Grammar'],
    [{ filler: bytes(repeat(0, 30), 1) }, '33+31 filler !63 37/ZMTP, Formal Grammar'],
  ])('%j is a fault, behind which the handshake is still found', (fields, expected) => {
    const lines = dissectAlone(bytes(greeting(fields), ready('PULL')));
    expect(lines).toContain(expected);
    expect(lines).toContain("72+20 property Socket-Type = 'PULL'");
  });

  test('says where a mechanism stops being one', () => {
    expect(dissectAlone(greeting({ mechanism: 'AB\0C' }))[3]).toMatch(
      / !15 37\/ZMTP, Formal Grammar$/,
    );
    expect(dissectAlone(greeting({ mechanism: 'Plain' }))[3]).toMatch(
      / !13 37\/ZMTP, Formal Grammar$/,
    );
  });

  test('of two peers with different mechanisms: said of the second', () => {
    const lines = dissect([
      ['connecting', greeting()],
      ['accepting', greeting({ mechanism: 'PLAIN' })],
    ]).map(line);
    expect(lines).toContain(
      '12+20 mechanism PLAIN, the other side has NULL !12 37/ZMTP, Authentication and Confidentiality',
    );
  });

  test('of PLAIN, both sides', () => {
    const lines = dissect([
      ['connecting', bytes(greeting({ mechanism: 'PLAIN' }))],
      ['accepting', bytes(greeting({ mechanism: 'PLAIN', asServer: 1 }))],
      ['connecting', command('HELLO', 5, 'admin', 6, 'secret')],
      ['accepting', command('WELCOME')],
      ['connecting', command('INITIATE', property('Socket-Type', 'PUSH'))],
      ['accepting', ready('PULL')],
      ['connecting', message('hi')],
    ]).map(line);
    expect(lines.slice(12)).toEqual([
      '64+2 command, 19 bytes',
      '66+6 HELLO',
      "72+6 user name 'admin'",
      "78+7 password 'secret'",
      '64+2 command, 8 bytes',
      '66+8 WELCOME',
      '85+2 command, 29 bytes',
      '87+9 INITIATE',
      "96+20 property Socket-Type = 'PUSH'",
      '74+2 command, 26 bytes',
      '76+6 READY',
      "82+20 property Socket-Type = 'PULL'",
      '116+2 message, 2 bytes',
      "118+2 'hi'",
    ]);
  });

  test.each([
    ['NULL', command('HELLO'), '2+6 HELLO, where READY is awaited !2 37/ZMTP, Formal Grammar'],
    ['NULL', ping(), '2+5 PING, where READY is awaited !2 37/ZMTP, Formal Grammar'],
    ['NULL', message('a'), '0+2 message, 1 byte !0 37/ZMTP, Formal Grammar'],
    [
      'PLAIN',
      ready('PULL'),
      '2+6 READY, where HELLO or WELCOME is awaited !2 37/ZMTP, Formal Grammar',
    ],
    [
      'PLAIN',
      command('HELLO', 1, 'a', 9, 'b'),
      '10+2 password that does not fit !10 24/ZMTP-PLAIN, Implementation',
    ],
    ['PLAIN', command('HELLO', 0, 0, 7), '10+1 1 byte !10 24/ZMTP-PLAIN, Implementation'],
    ['PLAIN', command('HELLO'), '2+6 HELLO !8 24/ZMTP-PLAIN, Implementation'],
    ['PLAIN', command('WELCOME', 'x'), '10+1 1 byte !10 24/ZMTP-PLAIN, Implementation'],
    [
      'PLAIN',
      frame(4, bytes('^RROR', 3, '400')),
      '2+5 ERROR, misspelled !2 24/ZMTP-PLAIN, Implementation',
    ],
    ['NULL', errorCommand('Invalid'), "8+8 reason 'Invalid'"],
    [
      'NULL',
      command('ERROR', 9, 'x'),
      '8+2 a reason that does not fit: 0978 !8 37/ZMTP, Formal Grammar',
    ],
    [
      'NULL',
      command('READY', 3, 'X-a', u32(5), 'ab'),
      '8+10 property X-a announces 5 bytes, 2 are there !8 37/ZMTP, Connection Metadata',
    ],
    [
      'NULL',
      command('READY', 3, 'X'),
      '8+2 the bytes end inside a property !8 37/ZMTP, Connection Metadata',
    ],
    [
      'NULL',
      command('READY', property('X a', '')),
      "8+8 property X a = '' !9 37/ZMTP, Connection Metadata",
    ],
    ['GSSAPI', command('INITIATE', 'token'), "11+5 data 'token'"],
  ])('%s: a wrong or odd command', (mechanism, said, expected) => {
    expect(handshake(mechanism, said)).toContain(expected);
  });

  test('of CURVE, as far as it is in clear', () => {
    const key = repeat(0xab, 32);
    const hello = (version: number, counter: number, padding = 0): Buffer =>
      command('HELLO', 1, version, repeat(padding, 72), key, u64(counter), repeat(1, 80));
    expect(handshake('CURVE', hello(0, 1))).toEqual([
      '0+2 command, 200 bytes',
      '2+6 HELLO',
      '8+2 version of CurveZMQ: 1.0',
      '10+72 padding',
      `82+32 the client's key of this connection: ${key.toString('hex')}`,
      '114+8 counter 1',
      "122+80 box: the proof that the server's key is known",
    ]);
    expect(handshake('CURVE', hello(1, 0, 7))).toEqual(
      expect.arrayContaining([
        '8+2 version of CurveZMQ: 1.1 !9 26/CURVEZMQ, The HELLO Command',
        '10+72 padding !10 26/CURVEZMQ, The HELLO Command',
        '114+8 counter 0 !114 26/CURVEZMQ, The HELLO Command',
      ]),
    );
    expect(handshake('CURVE', command('WELCOME', repeat(1, 160)))).toEqual([
      '0+2 command, 168 bytes',
      '2+8 WELCOME',
      '10+16 nonce',
      "26+144 box: the server's key of this connection and a cookie",
    ]);
    expect(handshake('CURVE', command('WELCOME', 1))).toContain(
      '10+1 1 byte !10 26/CURVEZMQ, The WELCOME Command',
    );
    const initiate = command('INITIATE', repeat(1, 96), u64(2), repeat(2, 144 + 35));
    const sealed = (counter: number): Buffer =>
      frame(0, bytes(7, 'MESSAGE', u64(counter), repeat(3, 16 + 1 + 5)));
    const lines = handshake('CURVE', hello(0, 1), initiate, sealed(3), sealed(3), message('clear'));
    expect(lines.slice(7)).toEqual([
      '202+9 command, 292 bytes, long form',
      '211+9 INITIATE',
      '220+96 the cookie that the server has sent',
      '316+8 counter 2',
      "324+179 box: the client's key, a vouch for it, and 35 bytes of properties",
      '503+2 sealed frame, 38 bytes',
      '505+8 MESSAGE',
      '513+8 counter 3',
      '521+22 box: the flags and 5 bytes of a frame',
      '543+2 sealed frame, 38 bytes',
      '545+8 MESSAGE',
      '553+8 counter 3 !553 26/CURVEZMQ, The HELLO Command',
      '561+22 box: the flags and 5 bytes of a frame',
      '583+2 sealed frame, 5 bytes',
      "585+5 a frame in clear: 'clear' !585 26/CURVEZMQ, The MESSAGE Command",
    ]);
  });
});

describe('traffic', () => {
  test('counters of CURVE beyond 32 bits', () => {
    const sealed = [0xffff_ffff, 2 ** 32, 5].map((counter) =>
      frame(0, bytes(7, 'MESSAGE', u64(counter), repeat(3, 17))),
    );
    const lines = dissectAlone(bytes(...sealed), { start: 'traffic', mechanism: 'CURVE' });
    expect(lines.filter((text) => text.includes('counter'))).toEqual([
      '10+8 counter 4294967295',
      '45+8 counter 4294967296',
      '80+8 counter 5 !80 26/CURVEZMQ, The HELLO Command',
    ]);
  });

  test('messages, with their frames counted', () => {
    expect(traffic(message('a', '', 'b'), message(''), frame(2, 'long'))).toEqual([
      '0+2 message, frame 1, more follow, 1 byte',
      "2+1 'a'",
      '3+2 message, frame 2, more follow, 0 bytes',
      '5+2 message, frame 3, the last, 1 byte',
      "7+1 'b'",
      '8+2 message, 0 bytes',
      '10+9 message, 4 bytes, long form',
      "19+4 'long'",
    ]);
  });

  test('commands with their fields', () => {
    const subscribe = command('SUBSCRIBE', 'a', 1);
    expect(
      traffic(ping(12, 'ctx'), pong(), subscribe, command('CANCEL'), command('FUTURE', 'x')),
    ).toEqual([
      '0+2 command, 10 bytes',
      '2+5 PING',
      '7+2 time to live 1.2 s',
      "9+3 context 'ctx'",
      '12+2 command, 5 bytes',
      '14+5 PONG',
      '19+2 command, 12 bytes',
      '21+10 SUBSCRIBE',
      '31+2 topic 6101',
      '33+2 command, 7 bytes',
      '35+7 CANCEL',
      '42+2 command, 8 bytes',
      '44+7 FUTURE',
      "51+1 data 'x'",
    ]);
  });

  test.each([
    [frame(0xf8, 'hi'), ['0+1 flags f8 !0 37/ZMTP, Framing', '1+3 026869']],
    [
      frame(5, bytes(4, 'PING', 0, 0)),
      ['0+2 command, 7 bytes !0 37/ZMTP, Framing', '2+5 PING', '7+2 time to live none'],
    ],
    [bytes(2, u64(2n ** 63n), 'x'), ['0+9 length 8000000000000000 !1 37/ZMTP, Framing', "9+1 'x'"]],
    [frame(4, ''), ['0+2 command, 0 bytes', '2+0 no command !2 37/ZMTP, Commands']],
    [frame(4, bytes(255, 'A')), ['0+2 command, 2 bytes', '2+2 no command !2 37/ZMTP, Commands']],
    [
      command('PING', 0),
      [
        '0+2 command, 6 bytes',
        '2+5 PING',
        '7+1 no time to live !7 37/ZMTP, Connection Heartbeating',
      ],
    ],
    [
      command('PONG', repeat(1, 17)),
      [
        '0+2 command, 22 bytes',
        '2+5 PONG',
        `7+17 context ${'01'.repeat(17)} !23 37/ZMTP, Connection Heartbeating`,
      ],
    ],
  ])('%# a rule that is broken', (said, expected) => {
    expect(traffic(said)).toEqual(expected);
  });

  test('a fault inside a frame does not hide the next', () => {
    expect(traffic(command('PING'), message('a')).slice(2)).toEqual([
      '7+2 message, 1 byte',
      "9+1 'a'",
    ]);
  });

  test('what is behind a fault of framing is raw, sixteen bytes a line', () => {
    expect(traffic(bytes(0x80, repeat(0x41, 20)))).toEqual([
      '0+1 flags 80 !0 37/ZMTP, Framing',
      "1+16 'AAAAAAAAAAAAAAAA'",
      "17+4 'AAAA'",
    ]);
  });

  test.each([
    [bytes(4), '0+1 the stream ends here: 1 of 2 bytes of the header of a frame'],
    [bytes(0, 5, 'ab'), '2+2 the stream ends here: 2 of 5 bytes of the body of a frame'],
    [bytes(0, 5), '2+0 the stream ends inside the body of a frame'],
    [message('a', 'b').subarray(0, 3), '3+0 the stream ends inside a message'],
  ])('%# an end too soon', (said, expected) => {
    expect(traffic(said).at(-1)).toBe(expected);
  });

  test('an end in the greeting', () => {
    expect(dissectAlone(greeting().subarray(0, 12)).at(-1)).toBe(
      '12+0 the stream ends inside the greeting',
    );
    expect(dissectAlone(greeting().subarray(0, 5))).toEqual([
      '0+5 the stream ends here: 5 of 10 bytes of the greeting',
    ]);
  });

  test('a message before the handshake of the other side', () => {
    const said: Said[] = [
      ['accepting', greeting()],
      ['connecting', bytes(greeting(), ready('PUSH'), message('early'))],
      ['accepting', ready('PULL')],
      ['connecting', message('in time')],
    ];
    const early = dissect(said)
      .map(line)
      .filter((text) => text.includes('message,'));
    expect(early).toEqual([
      '92+2 message, 5 bytes !92 37/ZMTP, The NULL Security Mechanism',
      '99+2 message, 7 bytes',
    ]);
  });

  test('subscriptions in both forms', () => {
    const subscriber = [
      ['accepting', bytes(greeting({ minor: 0 }), ready('PUB'))],
      [
        'connecting',
        bytes(greeting(), ready('SUB'), message(bytes(1, 'a')), message(bytes(0, 'a'))),
      ],
      ['connecting', command('SUBSCRIBE', 'b')],
    ] as const;
    expect(dissect(subscriber).map(line).slice(-6)).toEqual([
      "93+2 subscribes to 'a'",
      '95+2 message, 2 bytes',
      "97+2 cancels its subscription to 'a'",
      '99+2 command, 11 bytes',
      '101+10 SUBSCRIBE !101 23/ZMTP, The Publish-Subscribe Pattern',
      "111+1 topic 'b'",
    ]);
  });

  test('only the beginning of what is long comes with its item', () => {
    const [, body] = dissect([['connecting', message(repeat(65, 300))]], {
      start: 'traffic',
      keep: 8,
    });
    expect(body).toMatchObject({ offset: 9, length: 300, bytes: { length: 8 } });
  });
});

describe('older peers', () => {
  test('ZMTP 1.0 that tells no version', () => {
    expect(dissectAlone(bytes(1, 0, 6, 0, 'hello', 2, 1, 'a', 1, 0))).toEqual([
      '0+2 ZMTP 1.0: a frame with the routing id, 0 bytes',
      '2+2 message, 5 bytes',
      "4+5 'hello'",
      '9+2 message, frame 1, more follow, 1 byte',
      "11+1 'a'",
      '12+2 message, frame 2, the last, 0 bytes',
    ]);
    expect(dissectAlone(bytes(4, 0, 'abc', 0xff, u64(3), 1, 'xy', 0))).toEqual([
      '0+2 ZMTP 1.0: a frame with the routing id, 3 bytes',
      "2+3 routing id 'abc'",
      '5+10 message, frame 1, more follow, 2 bytes, long form',
      "15+2 'xy'",
      '17+1 length 0 !17 13/ZMTP, The Framing Layer',
    ]);
    expect(dissectAlone(bytes(0xff, u64(4), 0, 'abc', 1, 2))).toEqual([
      '0+10 ZMTP 1.0: a frame with the routing id, 3 bytes',
      "10+3 routing id 'abc'",
      '13+2 flags 02 !14 13/ZMTP, The Framing Layer',
    ]);
  });

  test('one of 3.1 that goes on as its peer of ZMTP 1.0 does', () => {
    const signature = bytes(0xff, u64(4), 0x7f);
    const items = dissect([
      ['connecting', signature],
      ['accepting', bytes(1, 0)],
      ['connecting', bytes('abc', 3, 0, 'hi')],
    ]).map(line);
    expect(items).toEqual([
      '0+10 signature: ZMTP 2.0 or later',
      '0+2 ZMTP 1.0: a frame with the routing id, 0 bytes',
      "10+3 routing id 'abc'",
      '13+2 message, 2 bytes',
      "15+2 'hi'",
    ]);
  });

  test('ZMTP 2.0, and one of 3.1 that goes on like it', () => {
    const lines = dissect([
      ['accepting', bytes(0xff, u64(1), 0x7f, 1, 8, 0, 0, 0, 2, 'hi')],
      ['connecting', bytes(0xff, u64(1), 0x7f, 3, 7, 0, 0, 4, 2, 'no')],
    ]).map(line);
    expect(lines).toEqual([
      '0+10 signature: ZMTP 2.0 or later',
      '10+1 major version 1: ZMTP 2.0',
      '11+1 socket type PUSH',
      '12+2 frame with the routing id, 0 bytes',
      '14+2 message, 2 bytes',
      "16+2 'hi'",
      '0+10 signature: ZMTP 2.0 or later',
      '10+1 major version 3',
      '11+1 socket type PULL',
      '12+2 frame with the routing id, 0 bytes',
      '14+1 flags 04 !14 15/ZMTP, Framing',
      '15+3 026e6f',
    ]);
  });

  test('ZMTP 1.0 that tells its version', () => {
    expect(dissectAlone(bytes(0xff, u64(1), 0x7f, 0, 1, 1, 0, 3, 0, 'hi'))).toEqual([
      '0+10 signature: ZMTP 2.0 or later',
      '10+1 major version 0: ZMTP 1.0',
      '11+1 socket type PUB',
      '12+2 frame with the routing id, 0 bytes',
      '14+2 message, 2 bytes',
      "16+2 'hi'",
    ]);
  });

  test('no ZMTP at all', () => {
    expect(dissectAlone(bytes('HTTP/1.1 400'))).toEqual([
      '0+2 no ZMTP !0 37/ZMTP, Detecting ZMTP 1.0 and 2.0 Peers',
      "2+10 'TP/1.1 400'",
    ]);
    expect(dissectAlone(bytes(0xff, repeat(0, 8), 0x7e))).toEqual([
      '0+10 no ZMTP !0 37/ZMTP, Detecting ZMTP 1.0 and 2.0 Peers',
    ]);
  });
});
