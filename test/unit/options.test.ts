import { describe, expect, test } from 'vitest';
import * as zmtp from '../../src/index.ts';
import type { OptionName } from '../../src/option-types.ts';
import { defaultOptions, OPTIONS, optionNames } from '../../src/options.ts';
import { numberOf } from '../../src/sockets/socket-kinds.ts';

type Expectation = {
  readonly default: unknown;
  readonly good: readonly unknown[];
  /** Of the wrong type. */
  readonly alien: readonly unknown[];
  /** Of the right type and out of range. */
  readonly bad: readonly unknown[];
  /** Which sockets have it; all when absent. */
  readonly on?: string;
};

const MAX = 0x7fff_ffff;
const KEY = zmtp.curveKeyPair().publicKey;
const ALIEN_NUMBER = ['1', true, null, undefined, {}, 1n, [1]];
const FRACTIONS = [0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, MAX + 1];
const ALIEN_TEXT = [1, true, undefined, {}, []];
const SENDING = 'PAIR PUB REQ REP DEALER ROUTER PUSH XPUB XSUB STREAM';
const RECEIVING = 'PAIR SUB REQ REP DEALER ROUTER PULL XPUB XSUB STREAM';

function number(value: number, minimum: number, maximum: number = MAX, on?: string): Expectation {
  return {
    default: value,
    good: [minimum, Math.min(maximum, minimum + 1), maximum],
    alien: ALIEN_NUMBER,
    bad: [minimum - 1, ...FRACTIONS.filter((each) => !(each <= maximum && Number.isInteger(each)))],
    ...(on !== undefined && { on }),
  };
}

/** A number of bytes that may be larger than any other. */
function size(minimum = 0): Expectation {
  const maximum = Number.MAX_SAFE_INTEGER;
  const bad = [minimum - 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, maximum + 1];
  return { ...number(minimum, minimum, maximum), bad };
}

function boolean(on?: string, initial = false): Expectation {
  return {
    default: initial,
    good: [true, false],
    alien: [0, 1, 'true', null, undefined, {}],
    bad: [],
    ...(on !== undefined && { on }),
  };
}

function securityText(): Expectation {
  return {
    default: null,
    good: ['a', 'x'.repeat(255), 'ä'.repeat(127), null],
    alien: ALIEN_TEXT,
    bad: ['', 'x'.repeat(256)],
  };
}

/** A key for CURVE. */
function key(): Expectation {
  return {
    default: null,
    good: [KEY, null],
    alien: ALIEN_TEXT,
    bad: [
      '',
      'too short',
      `${KEY}0`,
      `${KEY}00000`,
      'x'.repeat(32),
      `${'0'.repeat(35)}#####`,
      `~${KEY.slice(1)}`,
    ],
  };
}

const EXPECTED: Record<OptionName, Expectation> = {
  linger: number(-1, -1),
  reconnectInterval: number(100, -1),
  reconnectMaxInterval: number(0, 0),
  backlog: number(100, 0),
  maxMessageSize: size(-1),
  maxMessageFrames: number(65_536, 1),
  maxCommandSize: number(65_536, 64),
  maxHandshakeSize: number(65_536, 1024),
  handshakeInterval: number(30_000, 0),
  maxPendingHandshakes: number(1024, 1),
  maxConnections: number(10_000, 0),
  connectTimeout: number(0, 0),
  heartbeatInterval: number(0, 0),
  heartbeatTimeout: number(-1, -1),
  heartbeatTimeToLive: { ...number(0, 0, 6_553_599), good: [0, 100, 6_553_500] },
  tcpKeepalive: number(-1, -1, 1),
  tcpKeepaliveIdle: number(-1, -1),
  tcpKeepaliveCount: number(-1, -1),
  tcpKeepaliveInterval: number(-1, -1),
  tcpAcceptFilter: {
    default: null,
    good: ['127.0.0.1', '10.0.0.0/8', '::1/128'],
    alien: ALIEN_TEXT,
    bad: ['', 'nowhere', '10.0.0.0/33', '::/129', '10.0.0.0/x'],
  },
  affinity: { ...number(0, 0, 2 ** 64), bad: [-1, 0.5, Number.NaN] },
  immediate: boolean(),
  ipv6: boolean(),
  typeOfService: number(0, 0),
  tcpMaxRetransmitTimeout: number(0, 0),
  socksProxy: {
    default: null,
    good: ['127.0.0.1:1080', '[::1]:1', 'proxy.example.com:65535', null],
    alien: ALIEN_TEXT,
    bad: [
      '',
      'proxy',
      'proxy:',
      ':1080',
      'proxy:0',
      'proxy:65536',
      'proxy:*',
      '*:1080',
      '::1:1080',
      'socks5://proxy:1080',
      'user@proxy:1080',
      'pröxy:1080',
      'a:1;b:2',
    ],
  },
  interface: { default: null, good: [null], alien: ALIEN_TEXT, bad: [] },
  rate: number(100, 1),
  recoveryInterval: number(10_000, 0),
  multicastMaxTransportDataUnit: number(1500, 1),
  vmciBufferSize: size(),
  vmciBufferMinSize: size(),
  vmciBufferMaxSize: size(),
  vmciConnectTimeout: number(-1, -1),
  loopbackFastPath: boolean(),
  maxPendingOperations: number(10_000, 1),
  maxPendingPongs: number(16, 1),
  maxPendingEvents: number(1000, 1),
  maxBufferedBytes: number(2 ** 30, 0, Number.MAX_SAFE_INTEGER),
  plainServer: boolean(),
  plainUsername: securityText(),
  plainPassword: securityText(),
  curveServer: boolean(),
  curvePublicKey: key(),
  curveSecretKey: key(),
  curveServerKey: key(),
  zapDomain: securityText(),
  zapEnforceDomain: boolean(),
  authenticate: {
    default: null,
    good: [() => true, null],
    alien: [true, 'yes', {}, undefined],
    bad: [],
  },
  maxPendingAuthentications: number(100, 1),
  // An object is copied: see below.
  tls: {
    default: null,
    good: [null],
    alien: [true, 1, 'PEM', [], undefined, { certificate: 'PEM' }, { valueOf: 'PEM' }],
    bad: [
      ...['key', 'cert', 'pfx', 'ca', 'crl'].flatMap((name) =>
        ['', Buffer.alloc(0), 1, null, {}, [], ['']].map((value) => ({ [name]: value })),
      ),
      ...['requestCert', 'rejectUnauthorized'].flatMap((name) =>
        [0, 'true', null].map((value) => ({ [name]: value })),
      ),
      ...['servername', 'passphrase', 'ciphers'].flatMap((name) =>
        ['', 1, null].map((value) => ({ [name]: value })),
      ),
      ...['TLSv1', 'TLSv1.1', 1.3, null].map((minVersion) => ({ minVersion })),
      { maxVersion: 'SSLv3' },
      { ALPNProtocols: 'zmtp' },
      { ALPNProtocols: [''] },
      { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' },
    ],
  },
  sendHighWaterMark: number(1000, 0, MAX, SENDING),
  sendTimeout: number(-1, -1, MAX, SENDING),
  sendBufferSize: number(-1, -1, MAX, SENDING),
  multicastHops: number(1, 1, MAX, SENDING),
  receiveHighWaterMark: number(1000, 0, MAX, RECEIVING),
  receiveTimeout: number(-1, -1, MAX, RECEIVING),
  receiveBufferSize: number(-1, -1, MAX, RECEIVING),
  routingId: {
    default: null,
    good: ['a', 'x'.repeat(255), 'ä'.repeat(127), null],
    alien: ALIEN_TEXT,
    bad: ['', 'x'.repeat(256), '\0a'],
    on: 'REQ REP DEALER ROUTER',
  },
  correlate: boolean('REQ'),
  relaxed: boolean('REQ'),
  probeRouter: boolean('REQ DEALER ROUTER'),
  mandatory: boolean('ROUTER'),
  handover: boolean('ROUTER'),
  conflate: boolean('PULL PUSH SUB PUB DEALER'),
  invertMatching: boolean('PUB XPUB SUB'),
  noDrop: boolean('PUB XPUB'),
  maxSubscriptions: number(250_000, 0, MAX, 'PUB XPUB'),
  maxTopicSize: number(65_000, -1, MAX, 'PUB XPUB'),
  verbosity: {
    default: null,
    good: ['allSubs', 'allSubsUnsubs', null],
    alien: [],
    bad: ['all', 1, true, undefined],
    on: 'XPUB',
  },
  manual: boolean('XPUB'),
  welcomeMessage: { default: null, good: ['hello', null], alien: ALIEN_TEXT, bad: [], on: 'XPUB' },
  notify: boolean('STREAM', true),
};
const NAMES = Object.keys(EXPECTED) as OptionName[];

const CLASSES = {
  PAIR: zmtp.Pair,
  PUB: zmtp.Publisher,
  SUB: zmtp.Subscriber,
  REQ: zmtp.Request,
  REP: zmtp.Reply,
  DEALER: zmtp.Dealer,
  ROUTER: zmtp.Router,
  PULL: zmtp.Pull,
  PUSH: zmtp.Push,
  XPUB: zmtp.XPublisher,
  XSUB: zmtp.XSubscriber,
  STREAM: zmtp.Stream,
} as const;
type Kind = keyof typeof CLASSES;
const KINDS = Object.keys(CLASSES) as Kind[];
const context = new zmtp.Context({ maxSockets: 65_535 });

/** A socket as if its options were not typed. */
function make(kind: Kind, options?: Record<string, unknown>): Record<string, unknown> {
  const made: object = new CLASSES[kind]({ context, ...options });
  return made as Record<string, unknown>;
}

/** What an option of a socket is after something was assigned. */
function assigned(kind: Kind, name: OptionName, value: unknown): unknown {
  const socket = make(kind);
  socket[name] = value;
  return socket[name];
}

test('the table is the one that is tested here', () => {
  expect(Object.keys(OPTIONS).toSorted()).toEqual(NAMES.toSorted());
  const names = [...NAMES, 'securityRole'];
  expect(Object.keys(defaultOptions('REQ')).toSorted()).toEqual(names.toSorted());
});

test('no two options of a socket have the same number', () => {
  for (const kind of KINDS) {
    const ids = optionNames(kind).flatMap((name) => OPTIONS[name].id ?? []);
    expect(new Set(ids).size).toBe(ids.length);
  }
});

describe.each(KINDS)('%s', (kind) => {
  const own = NAMES.filter((name) => EXPECTED[name].on?.split(' ').includes(kind) ?? true);
  const others = NAMES.filter((name) => !own.includes(name));

  test('is the socket type that libzmq has the number of', () => {
    expect(make(kind)['type']).toBe(numberOf(kind));
    expect(KINDS.indexOf(kind)).toBe(numberOf(kind));
  });

  test('has its options and no others', () => {
    expect(optionNames(kind).toSorted()).toEqual(own.toSorted());
    const socket = make(kind);
    for (const name of own) expect(name in socket).toBe(true);
    for (const name of others) {
      expect(name in socket).toBe(false);
      expect(() => make(kind, { [name]: EXPECTED[name].good[0] })).toThrow(TypeError);
    }
  });

  test.each(own)('%s', (name) => {
    const { default: initial, good, alien, bad } = EXPECTED[name];
    const isLingering = name !== 'linger' || (kind !== 'SUB' && kind !== 'XSUB');
    const before = isLingering ? initial : 0;
    expect(make(kind)[name], 'its default').toBe(before);
    expect(make(kind, { [name]: undefined })[name], 'absent').toBe(before);
    for (const value of good) {
      expect(assigned(kind, name, value)).toBe(value);
      expect(make(kind, { [name]: value })[name]).toBe(value);
    }
    const wrong = [
      ...alien.map((value) => [value, TypeError] as const),
      ...bad.map((value) => [value, RangeError] as const),
    ];
    for (const [value, Type] of wrong) {
      const socket = make(kind);
      const attempts = [
        () => {
          socket[name] = value;
        },
        ...(value === undefined ? [] : [() => make(kind, { [name]: value })]),
      ];
      for (const attempt of attempts) {
        expect(attempt, String(value)).toThrow(Type);
        expect(attempt).toThrow(
          expect.objectContaining({ code: 'EINVAL', detail: expect.stringContaining(name) }),
        );
      }
      expect(socket[name], 'it stays as it was').toBe(before);
    }
  });

  test.each([
    [{ doesNotExist: 1 }, 'Cannot add property doesNotExist, object is not extensible'],
    [{ readable: true }, 'Cannot set property readable of #<Socket> which has only a getter'],
    [{ type: 5 }, 'Cannot set property type of #<Socket> which has only a getter'],
    [{ close: 1 }, /close/],
  ])('refuses %o', (options, text) => {
    expect(() => make(kind, options)).toThrow(TypeError);
    expect(() => make(kind, options)).toThrow(text);
  });

  test.each([{}, null])('refuses %o as its context', (context) => {
    expect(() => make(kind, { context })).toThrow(
      expect.objectContaining({ code: 'EINVAL', detail: expect.stringContaining('context') }),
    );
  });

  test.each([null, 5, 'text', true])('refuses %o in place of options', (options) => {
    const attempt = (): unknown => new CLASSES[kind](options as never);
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  test('does without options, and leaves the object of options as it was', () => {
    new CLASSES[kind]().close();
    const options = { linger: 0, context: undefined };
    new CLASSES[kind](options).close();
    expect(options).toEqual({ linger: 0, context: undefined });
  });

  test('is sealed', () => {
    const socket = make(kind);
    expect(() => {
      socket['lingr'] = 0;
    }).toThrow(TypeError);
  });
});

test('interface would be a promise that cannot be kept, and cannot be set at all', () => {
  expect(() => make('REQ', { interface: 'lo' })).toThrow(
    expect.objectContaining({ code: 'ENOTSUP', detail: expect.stringContaining('interface') }),
  );
});

describe('tls', () => {
  test('is a copy, which nobody can change', () => {
    const key = Buffer.from('key');
    const ca = ['one', Buffer.from('two')];
    const given = { key, ca, requestCert: true, passphrase: undefined };
    const { tls } = new zmtp.Pull({ context, tls: given });
    key.fill(0);
    ca.push('three');
    given.requestCert = false;
    const expected = {
      key: Buffer.from('key'),
      ca: ['one', Buffer.from('two')],
      requestCert: true,
    };
    expect(tls).toStrictEqual(expected);
    expect(Object.isFrozen(tls) && Object.isFrozen(tls?.ca)).toBe(true);
  });

  test('null takes it away', () => {
    const pull = new zmtp.Pull({ context, tls: { cert: 'PEM' } });
    pull.tls = null;
    expect(pull.tls).toBe(null);
  });

  test('what is wrong with it is said without what it holds', () => {
    const attempt = (): unknown => make('PULL', { tls: { key: 'SECRET', passphrase: ['SECRET'] } });
    expect(attempt).toThrow(
      expect.objectContaining({ detail: expect.not.stringContaining('SECRET') }),
    );
  });
});

describe('tcpAcceptFilter', () => {
  test('adds a block with each assignment, and null clears it', () => {
    const socket = new zmtp.Pull({ context, tcpAcceptFilter: '127.0.0.1' });
    socket.tcpAcceptFilter = '::1';
    expect(socket.tcpAcceptFilter).toBe('127.0.0.1,::1');
    socket.tcpAcceptFilter = null;
    expect(socket.tcpAcceptFilter).toBeNull();
  });
});

describe('securityMechanism', () => {
  type Step = readonly [name: string, value: unknown, mechanism: string | null];
  const on = (...steps: Step[]): readonly Step[] => steps;

  test.each([
    ['is none at first', on()],
    ['plainServer', on(['plainServer', true, 'plain'], ['plainServer', false, null])],
    ['plainUsername', on(['plainUsername', 'me', 'plain'], ['plainUsername', null, null])],
    ['plainPassword', on(['plainPassword', 'x', 'plain'], ['plainPassword', null, null])],
    ['curveServer', on(['curveServer', true, 'curve'], ['curveServer', false, null])],
    ['curveServerKey', on(['curveServerKey', KEY, 'curve'], ['curveServer', false, null])],
    ['curvePublicKey', on(['curvePublicKey', KEY, 'curve'], ['curvePublicKey', null, 'curve'])],
    ['curveSecretKey', on(['curveSecretKey', KEY, 'curve'], ['plainServer', true, 'plain'])],
    [
      'keys that are taken away',
      on(['curveServerKey', null, null], ['curvePublicKey', null, null]),
    ],
    [
      'neither domain nor function',
      on(['zapDomain', 'd', null], ['authenticate', () => true, null]),
    ],
    ['the last of several', on(['plainUsername', 'me', 'plain'], ['curveServerKey', KEY, 'curve'])],
  ])('%s', (_name, steps) => {
    const socket = make('REQ');
    expect(socket['securityMechanism']).toBeNull();
    for (const [name, value, mechanism] of steps) {
      socket[name] = value;
      expect(socket['securityMechanism'], name).toBe(mechanism);
    }
  });

  test('a server is one only with the mechanism that counts', () => {
    const socket = new zmtp.Reply({ context, plainServer: true });
    socket.curveSecretKey = KEY;
    expect([socket.plainServer, socket.curveServer]).toEqual([false, true]);
    socket.curveServerKey = KEY;
    expect([socket.plainServer, socket.curveServer]).toEqual([false, false]);
  });

  test('keys may be 32 bytes, are copied, and are read as Z85', () => {
    const bytes = Buffer.alloc(32, 7);
    const socket = new zmtp.Reply({ context, curvePublicKey: bytes });
    bytes.fill(8);
    expect(socket.curvePublicKey).toHaveLength(40);
    const other = new zmtp.Reply({ context, curvePublicKey: socket.curvePublicKey });
    expect(other.curvePublicKey).toBe(socket.curvePublicKey);
  });

  test('an error about a key does not show it', () => {
    expect(() => make('REQ', { curveSecretKey: `${KEY.slice(1)}~` })).toThrow(
      expect.objectContaining({ detail: expect.not.stringContaining(KEY.slice(1, 9)) }),
    );
  });

  const { publicKey, secretKey } = zmtp.curveKeyPair();
  test.each([
    [{ curveServer: true }, 'curveSecretKey'],
    [{ curveServer: true, curvePublicKey: publicKey }, 'curveSecretKey'],
    [{ curveServerKey: KEY }, 'curveSecretKey'],
    [{ curveSecretKey: secretKey }, 'curveServerKey'],
    [{ curveSecretKey: secretKey, curvePublicKey: publicKey }, 'curveServerKey'],
    [{ curveSecretKey: secretKey, curvePublicKey: KEY, curveServer: true }, 'does not belong'],
    [{ plainServer: true, zapEnforceDomain: true }, 'zapDomain'],
  ])('%o is refused by bind and connect', async (options, detail) => {
    const socket = new zmtp.Dealer({ context, linger: 0, ...options });
    const error = expect.objectContaining({
      code: 'EINVAL',
      detail: expect.stringContaining(detail),
      address: 'tcp://127.0.0.1:*',
    });
    await expect(socket.bind('tcp://127.0.0.1:*')).rejects.toThrow(error);
    expect(() => socket.bindSync('tcp://127.0.0.1:*')).toThrow(error);
    expect(() => socket.connect('tcp://127.0.0.1:1')).toThrow(
      expect.objectContaining({ code: 'EINVAL', detail: expect.stringContaining(detail) }),
    );
    socket.close();
  });

  test.each<[object, string]>([
    [{ plainUsername: 'me' }, 'PLAIN'],
    [{ authenticate: () => false }, 'authenticate'],
    [{ zapDomain: 'test' }, 'zapDomain'],
  ])('a STREAM socket has none, and asks nobody: %o', async (options, detail) => {
    const socket = new zmtp.Stream({ context, ...options });
    const error = expect.objectContaining({
      code: 'EINVAL',
      detail: expect.stringContaining(detail),
    });
    await expect(socket.bind('tcp://127.0.0.1:*')).rejects.toThrow(error);
    expect(() => socket.connect('tcp://127.0.0.1:1')).toThrow(error);
    socket.close();
  });
});

describe('routingId', () => {
  test('may be bytes, and is copied', () => {
    const bytes = Buffer.from('me');
    const socket = new zmtp.Request({ routingId: bytes });
    bytes.fill(0x78);
    expect(socket.routingId).toBe('me');
  });

  test('null takes it back', () => {
    const socket = new zmtp.Request({ routingId: 'me' });
    socket.routingId = null;
    expect(socket.routingId).toBeNull();
  });
});
