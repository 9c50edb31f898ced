import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../../src/errors.ts';
import type { Mechanism } from '../../../../src/zmtp/mechanism/mechanism.ts';
import { PlainClient, PlainServer } from '../../../../src/zmtp/mechanism/plain.ts';
import { bytes, commandBody, property, repeat } from '../../../../src/testing/raw-bytes.ts';
import '../../compare-bytes.ts';

const METADATA = new Map([['Socket-Type', Buffer.from('REQ')]]);
const PROPERTIES = property('Socket-Type', 'REQ');
const CREDENTIALS = { username: Buffer.from('admin'), password: Buffer.from('secret') };

const HELLO = commandBody('HELLO', 5, 'admin', 6, 'secret');
const WELCOME = commandBody('WELCOME');
const INITIATE = commandBody('INITIATE', PROPERTIES);
const READY = commandBody('READY', PROPERTIES);
const ERROR = commandBody('ERROR', 3, '400');
/** As libzmq 4.3.5 sends it. */
const CORRUPT_ERROR = Buffer.from('5e52524f5203343030', 'hex');

const INPUTS: Readonly<Record<string, Uint8Array>> = {
  HELLO,
  WELCOME,
  INITIATE,
  READY,
  ERROR,
  CORRUPT_ERROR,
  PING: commandBody('PING', 0, 0),
  'READY without properties': commandBody('READY'),
  'INITIATE without properties': commandBody('INITIATE'),
  'WELCOME with a byte behind it': commandBody('WELCOME', 0),
  'READY with half a property': commandBody('READY', PROPERTIES.subarray(0, -1)),
  'INITIATE with half a property': commandBody('INITIATE', PROPERTIES.subarray(0, -1)),
  'ERROR that ends too soon': commandBody('ERROR', 4, '400'),
  'ERROR without a reason': commandBody('ERROR', 0),
  'corrupt ERROR that ends too soon': CORRUPT_ERROR.subarray(0, -1),
  'no name': Buffer.alloc(1),
  'a name that does not fit': bytes(9, 'HELLO'),
  nothing: new Uint8Array(0),
};

/** What a step is, in a word; a fault by its code. */
function outcome(act: () => ReturnType<Mechanism['receive']>): string {
  try {
    const step = act();
    if (step.type === 'refused') return `refused: ${step.reason}`;
    const send = 'send' in step && step.send !== undefined;
    return send
      ? `${step.type}, sends ${Buffer.from(step.send).toString('latin1', 1, 6)}`
      : step.type;
  } catch (error) {
    return error instanceof ProtocolError ? error.protocolCode : String(error);
  }
}

const UNEXPECTED = 'ERR_ZMTP_UNEXPECTED_COMMAND';
const UNSPECIFIED = 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED';
const BAD_ERROR = 'ERR_ZMTP_MALFORMED_COMMAND_ERROR';
const BAD_METADATA = 'ERR_ZMTP_INVALID_METADATA';

type Table = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Whatever a table does not name is a fault: an unexpected command, or one that is none. */
function expected(table: Table, state: string, input: string): string {
  const special = table[state]?.[input] ?? table['every state']?.[input];
  return special ?? UNEXPECTED;
}

const NO_COMMAND = {
  'no name': UNSPECIFIED,
  'a name that does not fit': UNSPECIFIED,
  nothing: UNSPECIFIED,
};

describe('the client', () => {
  const states: Readonly<Record<string, () => PlainClient>> = {
    'before the start': () => new PlainClient(METADATA, CREDENTIALS),
    'expects WELCOME': () => {
      const client = new PlainClient(METADATA, CREDENTIALS);
      expect(client.start()).toEqual({ type: 'continue', send: HELLO });
      return client;
    },
    'expects READY': () => {
      const client = states['expects WELCOME']?.() as PlainClient;
      expect(client.receive(WELCOME)).toEqual({ type: 'continue', send: INITIATE });
      return client;
    },
    'is done': () => {
      const client = states['expects READY']?.() as PlainClient;
      expect(client.receive(READY)).toEqual({ type: 'done', metadata: METADATA });
      return client;
    },
  };
  const errors = {
    ERROR: 'refused: 400',
    CORRUPT_ERROR: 'refused: 400',
    'ERROR without a reason': 'refused: no reason given',
    'ERROR that ends too soon': BAD_ERROR,
    'corrupt ERROR that ends too soon': BAD_ERROR,
  };
  const table: Table = {
    'every state': NO_COMMAND,
    'expects WELCOME': {
      ...errors,
      WELCOME: 'continue, sends INITI',
      'WELCOME with a byte behind it': 'ERR_ZMTP_MALFORMED_COMMAND_WELCOME',
    },
    'expects READY': {
      ...errors,
      READY: 'done',
      'READY without properties': 'done',
      'READY with half a property': BAD_METADATA,
    },
  };

  describe.each(Object.entries(states))('%s', (state, make) => {
    test.each(Object.entries(INPUTS))('and gets %s', (name, input) => {
      const client = make();
      expect(outcome(() => client.receive(input))).toBe(expected(table, state, name));
    });

    test('and awaits no verdict', () => {
      expect(() => make().accept()).toThrow('no verdict');
    });
  });

  test('says what it is', () => {
    expect(new PlainClient(METADATA, CREDENTIALS)).toMatchObject({
      name: 'PLAIN',
      isServer: false,
    });
  });

  test('has user name and password of 0 to 255 bytes', () => {
    const hello = (username: Uint8Array, password: Uint8Array): unknown =>
      new PlainClient(METADATA, { username, password }).start();
    const none = repeat(0, 0);
    const longest = repeat(0x61, 255);
    const tooLong = repeat(0x61, 256);
    expect(hello(none, none)).toMatchObject({ send: commandBody('HELLO', 0, 0) });
    expect(hello(longest, longest)).toMatchObject({
      send: commandBody('HELLO', 255, longest, 255, longest),
    });
    expect(() => hello(tooLong, none)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    expect(() => hello(none, tooLong)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });
});

describe('the server', () => {
  const REQUEST = {
    type: 'authenticate',
    request: {
      mechanism: 'PLAIN',
      credentials: [CREDENTIALS.username, CREDENTIALS.password],
    },
  };
  const states: Readonly<Record<string, () => PlainServer>> = {
    'expects HELLO': () => {
      const server = new PlainServer(METADATA, { asksVerdict: true });
      expect(server.start()).toEqual({ type: 'continue' });
      return server;
    },
    'expects a verdict': () => {
      const server = states['expects HELLO']?.() as PlainServer;
      expect(server.receive(HELLO)).toEqual(REQUEST);
      return server;
    },
    'expects INITIATE': () => {
      const server = states['expects a verdict']?.() as PlainServer;
      expect(server.accept()).toEqual({ type: 'continue', send: WELCOME });
      return server;
    },
    'is done': () => {
      const server = states['expects INITIATE']?.() as PlainServer;
      expect(server.receive(INITIATE)).toEqual({ type: 'done', send: READY, metadata: METADATA });
      return server;
    },
  };
  const table: Table = {
    'every state': {
      ...NO_COMMAND,
      CORRUPT_ERROR: UNSPECIFIED,
      'corrupt ERROR that ends too soon': UNSPECIFIED,
    },
    'expects HELLO': { HELLO: 'authenticate' },
    'expects INITIATE': {
      INITIATE: 'done, sends READY',
      'INITIATE without properties': 'done, sends READY',
      'INITIATE with half a property': BAD_METADATA,
    },
  };

  describe.each(Object.entries(states))('%s', (state, make) => {
    test.each(Object.entries(INPUTS))('and gets %s', (name, input) => {
      const server = make();
      expect(outcome(() => server.receive(input))).toBe(expected(table, state, name));
    });

    test('and is told that the peer may come in', () => {
      const accept = (): unknown => make().accept();
      if (state === 'expects a verdict') expect(accept()).toMatchObject({ type: 'continue' });
      else expect(accept).toThrow('no verdict');
    });
  });

  test('says what it is', () => {
    expect(new PlainServer(METADATA)).toMatchObject({ name: 'PLAIN', isServer: true });
  });

  test('lets nobody in where nobody decides', () => {
    const server = new PlainServer(METADATA);
    server.start();
    expect(server.receive(HELLO)).toMatchObject({ type: 'deny', verdict: { status: undefined } });
    expect(() => server.receive(INITIATE)).toThrow(ProtocolError);
    expect(() => server.accept()).toThrow('no verdict');
  });

  test.each([
    ['T71: a byte behind the password', bytes(1, 'u', 1, 'p', 0)],
    ['H16: a user name that is announced and does not come', bytes(255)],
    ['a user name that ends too soon', bytes(3, 'us')],
    ['no password', bytes(1, 'u')],
    ['a password that ends too soon', bytes(1, 'u', 2, 'p')],
    ['nothing', bytes()],
  ])('refuses a HELLO with %s', (_how, data) => {
    const server = new PlainServer(METADATA, { asksVerdict: true });
    expect(outcome(() => server.receive(commandBody('HELLO', data)))).toMatch(
      /ERR_ZMTP_MALFORMED_COMMAND_HELLO/,
    );
  });

  test('H16: takes any bytes for user name and password, and copies them', () => {
    const hello = commandBody('HELLO', 3, 'a', 0, 'b', 0);
    const server = new PlainServer(METADATA, { asksVerdict: true });
    const step = server.receive(hello);
    hello.fill(0xff);
    expect(step).toMatchObject({ request: { credentials: [bytes('a', 0, 'b'), bytes()] } });
  });
});
