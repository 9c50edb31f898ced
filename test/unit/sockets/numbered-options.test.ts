import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Context, Socket, XPublisher } from '../../../src/index.ts';
import { OPTIONS, optionNames } from '../../../src/options.ts';
import { kindOf } from '../../../src/sockets/socket-kinds.ts';
import { own, watchProcess } from '../../support/watch.ts';
import { errorOf } from './conversation.ts';

watchProcess();

/** A value of a type that the compiler would not let through. */
function alien(value: unknown): never {
  return value as never;
}

const TYPES = ['Bool', 'Int32', 'Uint32', 'Int64', 'Uint64', 'String'] as const;
const NUMBER_TYPES = ['Int32', 'Uint32', 'Int64', 'Uint64'] as const;
type Type = (typeof TYPES)[number];

/** A socket of any kind with its accessors open to all. */
class Numbered extends Socket {
  constructor(type: number, options: object = {}) {
    super(type, { linger: 0, ...options });
  }

  read(type: Type, id: unknown): unknown {
    return this[`get${type}Option`](id as number);
  }

  write(type: Type, id: unknown, value: unknown): void {
    const set: (id: never, value: never) => void = this[`set${type}Option`].bind(this);
    set(id as never, value as never);
  }
}

const PAIR = 0;
const SUB = 2;
const DEALER = 5;
const ROUTER = 6;
const KINDS = Array.from({ length: 12 }, (_, type) => type);
const LINGER = 17;
const SNDHWM = 23;
const ROUTING_ID = 5;
const MANDATORY = 33;
const IMMEDIATE = 39;
const AFFINITY = 4;

function make(type: number, options?: object): Numbered {
  return own(new Numbered(type, options));
}

describe('reading', () => {
  test.each(KINDS)('has each option of socket type %i by its number', (type) => {
    const socket = make(type, { context: new Context() });
    for (const name of optionNames(kindOf(type).kind)) {
      const { id, default: initial } = OPTIONS[name];
      if (id === undefined) continue;
      const value: unknown = (socket as unknown as Record<string, unknown>)[name] ?? null;
      if (name in socket) {
        if (typeof initial === 'boolean') expect(socket.read('Bool', id), name).toBe(value);
        if (typeof initial === 'number') expect(socket.read('Int32', id), name).toBe(value);
        if (initial instanceof Uint8Array) expect(socket.read('String', id), name).toBe(value);
      } else {
        // A bare socket has only the common ones as properties.
        expect(() => socket.read('String', id), name).not.toThrow();
      }
    }
  });

  test('a flag as a number and a number as a flag', () => {
    const socket = make(ROUTER, { immediate: true });
    expect([socket.read('Int32', IMMEDIATE), socket.read('Int32', MANDATORY)]).toEqual([1, 0]);
    expect([socket.read('Bool', LINGER), socket.read('Bool', SNDHWM)]).toEqual([false, true]);
  });

  test('what is no option but can be read', async () => {
    const socket = make(DEALER, { context: new Context() });
    expect(socket.read('Int32', 16), 'ZMQ_TYPE').toBe(DEALER);
    expect(socket.read('String', 32), 'ZMQ_LAST_ENDPOINT').toBeNull();
    expect(socket.read('Int32', 43), 'ZMQ_MECHANISM').toBe(0);
    expect(socket.read('Bool', 81), 'ZMQ_THREAD_SAFE').toBe(false);
    expect(socket.read('Int32', 15), 'ZMQ_EVENTS').toBe(0);
    await socket.bind('inproc://name');
    expect(socket.read('String', 32)).toBe('inproc://name');
    const peer = make(PAIR, { context: socket.context });
    expect(peer.read('Int32', 15)).toBe(0);
    peer.connect('inproc://late');
    expect(peer.read('Int32', 15), 'it can send').toBe(2);
    const other = make(PAIR, { context: socket.context });
    other.bindSync('inproc://late');
    await (peer as unknown as { send(text: string): Promise<void> }).send('x');
    expect(other.read('Int32', 15), 'it can send and receive').toBe(3);
  });

  test('goes on when the socket is closed', () => {
    const socket = make(DEALER);
    socket.close();
    expect(socket.read('Int32', SNDHWM)).toBe(1000);
    expect(socket.read('Int32', 15)).toBe(0);
  });
});

describe('writing', () => {
  test.each(NUMBER_TYPES)('a number as %s', (type) => {
    const socket = make(DEALER);
    socket.write(type, SNDHWM, 5);
    expect(socket.read(type, SNDHWM)).toBe(5);
    socket.write(type, LINGER, 10);
    expect(socket.linger).toBe(10);
    socket.linger = 0;
  });

  test('a flag', () => {
    const socket = make(ROUTER);
    socket.write('Bool', MANDATORY, true);
    expect(socket.read('Bool', MANDATORY)).toBe(true);
    socket.write('Int32', MANDATORY, 0);
    expect(socket.read('Bool', MANDATORY)).toBe(false);
    socket.write('Int32', IMMEDIATE, 5);
    expect(socket.immediate).toBe(true);
    socket.write('Bool', SNDHWM, true);
    expect(socket.read('Int32', SNDHWM)).toBe(1);
  });

  test('text, bytes and nothing', () => {
    const socket = make(DEALER);
    for (const value of ['me', Buffer.from('you'), 'ä']) {
      socket.write('String', ROUTING_ID, value);
      expect(socket.read('String', ROUTING_ID)).toBe(String(value));
    }
    socket.write('String', ROUTING_ID, null);
    expect(socket.read('String', ROUTING_ID)).toBeNull();
  });

  test('the verbosity of an XPUB, which is two options there', () => {
    class Verbose extends XPublisher {
      write(id: number, value: boolean | number): void {
        if (typeof value === 'boolean') this.setBoolOption(id, value);
        else this.setInt32Option(id, value);
      }
    }
    const socket = own(new Verbose({ linger: 0 }));
    for (const [id, value, verbosity] of [
      [40, true, 'allSubs'],
      [78, 1, 'allSubsUnsubs'],
      [40, 1, 'allSubs'],
      [40, false, null],
      [78, true, 'allSubsUnsubs'],
      [78, 0, null],
    ] as const) {
      socket.write(id, value);
      expect(socket.verbosity).toBe(verbosity);
    }
    for (const id of [40, 78]) {
      expect(() => make(DEALER).write('Bool', id, true)).toThrow(
        expect.objectContaining({ code: 'EINVAL' }),
      );
    }
  });

  test.each([
    ['Bool', 1, 'Option value must be a boolean'],
    ['Bool', 'true', 'Option value must be a boolean'],
    ['Bool', undefined, 'Option value must be a boolean'],
    ['Int32', true, 'Option value must be a number'],
    ['Uint32', '1', 'Option value must be a number'],
    ['Int64', null, 'Option value must be a number'],
    ['Uint64', 1n, 'Option value must be a number'],
    ['String', 1, 'Option value must be a string or buffer'],
    ['String', undefined, 'Option value must be a string or buffer'],
    ['String', [], 'Option value must be a string or buffer'],
  ] as const)('%s takes no %o', (type, value, text) => {
    const socket = make(DEALER);
    expect(() => socket.write(type, SNDHWM, value)).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'EINVAL', message: text }),
    );
    expect(socket.read('Int32', SNDHWM)).toBe(1000);
  });

  test.each([
    ['Int32', SNDHWM, -1],
    ['Int32', SNDHWM, 0.5],
    ['Int64', LINGER, -2],
    ['Uint32', SNDHWM, 2 ** 31],
    ['String', ROUTING_ID, ''],
    ['String', ROUTING_ID, '\0a'],
    ['String', ROUTING_ID, 'x'.repeat(256)],
    ['String', 38, 'no address'],
    ['Int32', LINGER, Number.NaN],
  ] as const)('%s option %i takes no %o', (type, id, value) => {
    const socket = make(DEALER);
    const before = socket.read('String', id);
    expect(() => socket.write(type, id, value)).toThrow(
      expect.objectContaining({ name: 'RangeError', code: 'EINVAL' }),
    );
    expect(socket.read('String', id)).toBe(before);
  });

  test('a value of another type than the option has', () => {
    const socket = make(DEALER);
    expect(() => socket.write('Int32', ROUTING_ID, 5)).toThrow(TypeError);
    expect(() => socket.write('String', SNDHWM, '5')).toThrow(TypeError);
    expect(() => socket.write('String', IMMEDIATE, 'true')).toThrow(TypeError);
  });

  test('of a closed socket is EBADF', async () => {
    const socket = make(DEALER);
    socket.close();
    for (const [type, value] of [
      ['Bool', true],
      ['Int32', 1],
      ['Uint64', 1],
      ['String', 'x'],
    ] as const) {
      expect(await errorOf(() => socket.write(type, ROUTING_ID, value))).toMatchObject({
        code: 'EBADF',
      });
    }
  });
});

describe('a number', () => {
  test('that no option has is EINVAL', () => {
    for (const id of [-1, 0, 999, 1.5, Number.NaN]) {
      for (const type of TYPES) {
        const expected = expect.objectContaining({ name: 'RangeError', code: 'EINVAL' }) as object;
        const socket = make(PAIR);
        expect(() => socket.read(type, id)).toThrow(expected);
        const value = type === 'Bool' ? true : type === 'String' ? 'x' : 1;
        expect(() => socket.write(type, id, value)).toThrow(expected);
      }
    }
  });

  test('of a filter for ipc, which there is none, is EINVAL and says why', () => {
    for (const id of [58, 59, 60]) {
      expect(() => make(PAIR).write('Int32', id, 1000)).toThrow(
        expect.objectContaining({
          code: 'EINVAL',
          detail:
            'there are no filters for ipc: Node does not say whose process is at the other end',
        }),
      );
    }
  });

  test('of an option that another kind of socket has is EINVAL', () => {
    expect(() => make(PAIR).read('Bool', MANDATORY)).toThrow(
      expect.objectContaining({ code: 'EINVAL' }),
    );
    expect(() => make(SUB).write('Int32', SNDHWM, 1)).toThrow(
      expect.objectContaining({ code: 'EINVAL' }),
    );
  });

  test('of what can only be read is EINVAL to write', () => {
    for (const id of [15, 16, 32, 43, 81]) {
      expect(() => make(DEALER).write('Int32', id, 1)).toThrow(
        expect.objectContaining({ code: 'EINVAL' }),
      );
    }
  });

  test.each(['17', null, undefined, {}, true])('%o is none', (id) => {
    for (const type of TYPES) {
      const expected = expect.objectContaining({
        name: 'TypeError',
        code: 'EINVAL',
        message: 'Identifier must be a number',
      }) as object;
      const socket = make(PAIR);
      expect(() => socket.read(type, alien(id))).toThrow(expected);
      const value = type === 'Bool' ? true : type === 'String' ? 'x' : 1;
      expect(() => socket.write(type, alien(id), value)).toThrow(expected);
    }
  });
});

describe('64 unsigned bits', () => {
  const warnings: string[] = [];

  beforeEach(() => {
    warnings.length = 0;
    vi.spyOn(process, 'emitWarning').mockImplementation((warning) => {
      warnings.push(String(warning));
    });
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  test.each([
    [0, 0],
    [-1, 0],
    [Number.NEGATIVE_INFINITY, 0],
    [2 ** 40, 2 ** 40],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ])('%d becomes %d', (value, stored) => {
    const socket = make(PAIR);
    socket.write('Uint64', AFFINITY, value);
    expect(socket.affinity).toBe(stored);
    expect(socket.read('Uint64', AFFINITY)).toBe(stored);
    expect(warnings).toEqual([]);
  });

  test.each([
    [2 ** 60, 2 ** 60],
    [2 ** 64, 2 ** 64],
    [2 ** 70, 2 ** 64],
    [Number.POSITIVE_INFINITY, 2 ** 64],
  ])('%d becomes %d, with a warning that it may be rounded', (value, stored) => {
    const socket = make(PAIR);
    socket.write('Uint64', AFFINITY, value);
    expect(socket.affinity).toBe(stored);
    expect(warnings).toEqual([
      'Value is larger than Number.MAX_SAFE_INTEGER and may have been rounded inaccurately.',
    ]);
  });
});
