import { describe, expect, test } from 'vitest';
import { Reply, Request } from '../../src/index.ts';
import { defaultOptions, OPTIONS, type OptionName, optionNames } from '../../src/options.ts';

type Expectation = {
  readonly default: unknown;
  readonly good: readonly unknown[];
  /** Of the wrong type. */
  readonly alien: readonly unknown[];
  /** Of the right type and out of range. */
  readonly bad: readonly unknown[];
  readonly onlyRequest?: true;
};

const MAX = 0x7fff_ffff;
const ALIEN_NUMBER = ['1', true, null, undefined, {}, 1n, [1]];
const FRACTIONS = [0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, MAX + 1];

function number(value: number, minimum: number, maximum = MAX): Expectation {
  return {
    default: value,
    good: [minimum, Math.min(maximum, minimum + 1), maximum],
    alien: ALIEN_NUMBER,
    bad: [minimum - 1, ...FRACTIONS.filter((each) => !(each <= maximum && Number.isInteger(each)))],
  };
}

function boolean(): Expectation {
  return {
    default: false,
    good: [true, false],
    alien: [0, 1, 'true', null, undefined, {}],
    bad: [],
  };
}

const EXPECTED: Record<OptionName, Expectation> = {
  linger: number(-1, -1),
  reconnectInterval: number(100, -1),
  reconnectMaxInterval: number(0, 0),
  backlog: number(100, 0),
  maxMessageSize: {
    ...number(-1, -1, Number.MAX_SAFE_INTEGER),
    bad: [-2, 0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER + 1],
  },
  maxMessageFrames: number(65_536, 1),
  handshakeInterval: number(30_000, 0),
  maxPendingHandshakes: number(1024, 1),
  connectTimeout: number(0, 0),
  heartbeatInterval: number(0, 0),
  heartbeatTimeout: number(-1, -1),
  heartbeatTimeToLive: number(0, 0, 6_553_599),
  tcpKeepalive: number(-1, -1, 1),
  tcpKeepaliveIdle: number(-1, -1),
  tcpKeepaliveCount: number(-1, -1, -1),
  tcpKeepaliveInterval: number(-1, -1, -1),
  immediate: boolean(),
  ipv6: boolean(),
  maxPendingOperations: number(10_000, 1),
  sendHighWaterMark: number(1000, 0),
  sendTimeout: number(-1, -1),
  receiveHighWaterMark: number(1000, 0),
  receiveTimeout: number(-1, -1),
  routingId: {
    default: null,
    good: ['me', 'x'.repeat(255), null, 'é'],
    alien: [5, true, undefined, {}, ['me'], new ArrayBuffer(2), new Uint16Array(2)],
    bad: ['', '\0x', 'x'.repeat(256), 'é'.repeat(128), new Uint8Array(0), Uint8Array.of(0, 1)],
    onlyRequest: true,
  },
  correlate: { ...boolean(), onlyRequest: true },
  relaxed: { ...boolean(), onlyRequest: true },
  probeRouter: { ...boolean(), onlyRequest: true },
};

const NAMES = Object.keys(EXPECTED) as OptionName[];
const CLASSES = { Request, Reply };

/** A socket as something that has options by name. */
function make(
  name: keyof typeof CLASSES,
  options?: Record<string, unknown>,
): Record<string, unknown> {
  const made: object = new CLASSES[name](options);
  return made as Record<string, unknown>;
}

test('the table is the one that is tested here', () => {
  expect(Object.keys(OPTIONS).toSorted()).toEqual(NAMES.toSorted());
  expect(Object.keys(defaultOptions()).toSorted()).toEqual(NAMES.toSorted());
});

describe.each(['Request', 'Reply'] as const)('%s', (kind) => {
  const own = NAMES.filter(
    (name) => kind === 'Request' || EXPECTED[name].onlyRequest === undefined,
  );
  const others = NAMES.filter((name) => !own.includes(name));

  test('has its options and no others', () => {
    expect(optionNames(kind === 'Request' ? 'REQ' : 'REP').toSorted()).toEqual(own.toSorted());
    const socket = make(kind);
    for (const name of own) expect(name in socket).toBe(true);
    for (const name of others) {
      expect(name in socket).toBe(false);
      expect(() => make(kind, { [name]: EXPECTED[name].good[0] })).toThrow(TypeError);
    }
  });

  describe.each(own)('%s', (name) => {
    const { default: initial, good, alien, bad } = EXPECTED[name];

    test('has its default', () => {
      expect(make(kind)[name]).toBe(initial);
    });

    test('takes what is legal, in the constructor and later', () => {
      for (const value of good) {
        const socket = make(kind);
        socket[name] = value;
        expect(socket[name]).toBe(value);
        expect(make(kind, { [name]: value })[name]).toBe(value);
      }
    });

    test.each([
      ['another type', alien, TypeError],
      ['a value out of range', bad, RangeError],
    ] as const)('refuses %s with EINVAL and stays as it was', (_what, values, Type) => {
      for (const value of values) {
        const socket = make(kind);
        const attempts = [
          () => {
            socket[name] = value;
          },
          () => make(kind, { [name]: value }),
        ];
        for (const attempt of attempts) {
          expect(attempt, String(value)).toThrow(Type);
          expect(attempt).toThrow(
            expect.objectContaining({ code: 'EINVAL', detail: expect.stringContaining(name) }),
          );
        }
        expect(socket[name]).toBe(initial);
      }
    });
  });

  test.each([
    [{ doesNotExist: 1 }, 'Cannot add property doesNotExist, object is not extensible'],
    [{ readable: true }, 'Cannot set property readable of #<Socket> which has only a getter'],
    [{ type: 5 }, 'Cannot set property type of #<Socket> which has only a getter'],
    [{ close: 1 }, /close/],
    [{ context: {} }, /context/],
    [{ context: null }, /context/],
  ])('refuses %o', (options, text) => {
    expect(() => make(kind, options)).toThrow(TypeError);
    expect(() => make(kind, options)).toThrow(text);
    expect(() => make(kind, options)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  test.each([null, 5, 'text', true])('refuses %o in place of options', (options) => {
    const attempt = (): unknown => make(kind, options as never);
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  test('does without options', () => {
    expect(make(kind, undefined)['linger']).toBe(-1);
    expect(make(kind, {})['linger']).toBe(-1);
  });

  test('leaves the object of options as it was', () => {
    const options = { linger: 0, context: undefined };
    make(kind, options);
    expect(options).toEqual({ linger: 0, context: undefined });
  });

  test('is sealed', () => {
    const socket = make(kind);
    expect(() => {
      socket['lingr'] = 0;
    }).toThrow(TypeError);
  });
});

describe('routingId', () => {
  test('may be bytes, and is copied', () => {
    const bytes = Buffer.from('me');
    const socket = new Request({ routingId: bytes });
    bytes.fill(0x78);
    expect(socket.routingId).toBe('me');
  });

  test('null takes it back', () => {
    const socket = new Request({ routingId: 'me' });
    socket.routingId = null;
    expect(socket.routingId).toBeNull();
  });
});
