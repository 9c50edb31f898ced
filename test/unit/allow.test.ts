import { describe, expect, test } from 'vitest';
import {
  allowAddresses,
  allowKeys,
  allowPasswords,
  type AuthenticationRequest,
  type AuthenticationVerdict,
  type Authenticator,
  curveKeyPair,
  requireAll,
} from '../../src/index.ts';
import { decodeZ85 } from '../../src/z85.ts';

const KEY = curveKeyPair().publicKey;
const OTHER = curveKeyPair().publicKey;
const FROM = { domain: '', address: '127.0.0.1' };

function plain(username: string, password: string): AuthenticationRequest {
  return { ...FROM, mechanism: 'PLAIN', username, password };
}

function curve(publicKey: string): AuthenticationRequest {
  return { ...FROM, mechanism: 'CURVE', publicKey, publicKeyBytes: decodeZ85(publicKey) };
}

const NULL: AuthenticationRequest = { ...FROM, mechanism: 'NULL' };

/** What is thrown where a list is wanted, and something else is given. */
function noList(name: string): unknown {
  return expect.objectContaining({
    name: 'TypeError',
    code: 'EINVAL',
    detail: expect.stringContaining(`${name} takes an array`),
  });
}

describe('allowKeys', () => {
  test.each([
    ['text', [KEY]],
    ['bytes', [decodeZ85(KEY)]],
    ['a Set', new Set([OTHER, KEY])],
  ])('lets in who has a key: given as %s', (_how, keys) => {
    expect(allowKeys(keys)(curve(KEY))).toEqual({ status: 200, userId: KEY });
  });

  test('refuses everybody else', () => {
    const allow = allowKeys([KEY]);
    expect(allow(curve(OTHER))).toBe(false);
    expect(allow(plain(KEY, ''))).toBe(false);
    expect(allow(NULL)).toBe(false);
    expect(allowKeys([])(curve(KEY))).toBe(false);
  });

  test.each(['', 'short', `${KEY}00000`, new Uint8Array(31), 5, null])('%o is no key', (key) => {
    expect(() => allowKeys([key as string])).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  test.each([KEY, decodeZ85(KEY), undefined, null, 5, {}])('%o is no list of keys', (keys) => {
    expect(() => allowKeys(keys as string[])).toThrow(noList('allowKeys'));
  });
});

describe('allowPasswords', () => {
  const allow = allowPasswords({ admin: 'secret', jöe: 'pässword', empty: '' });

  test.each([
    ['admin', 'secret'],
    ['jöe', 'pässword'],
    ['empty', ''],
  ])('lets in %s', (username, password) => {
    expect(allow(plain(username, password))).toEqual({ status: 200, userId: username });
  });

  test.each([
    ['admin', ''],
    ['admin', 'secre'],
    ['admin', 'secret0'],
    ['admin', 'pässword'],
    ['nobody', 'secret'],
    ['nobody', ''],
    ['', ''],
    ['toString', ''],
    ['__proto__', ''],
    ['constructor', 'secret'],
  ])('refuses %s with "%s"', (username, password) => {
    expect(allow(plain(username, password))).toBe(false);
  });

  test('refuses everybody else', () => {
    expect(allow(curve(KEY))).toBe(false);
    expect(allow(NULL)).toBe(false);
  });

  test('later changes to the table do not matter', () => {
    const table: Record<string, string> = { admin: 'secret' };
    const fixed = allowPasswords(table);
    table['admin'] = 'other';
    expect(fixed(plain('admin', 'other'))).toBe(false);
  });

  test.each([undefined, null, 'admin', new Map([['admin', 'secret']]), [['admin', 'secret']]])(
    '%o is no table',
    (table) => {
      expect(() => allowPasswords(table as unknown as Record<string, string>)).toThrow(
        expect.objectContaining({ code: 'EINVAL', message: 'Passwords must be an object' }),
      );
    },
  );

  test('a password is text', () => {
    const table = { admin: 5 } as unknown as Record<string, string>;
    expect(() => allowPasswords(table)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });
});

describe('allowAddresses', () => {
  const allow = allowAddresses(['127.0.0.1', '10.0.0.0/8', '2001:db8::/32']);

  test.each(['127.0.0.1', '10.1.2.3', '2001:db8::5', '::ffff:10.0.0.1'])(
    'lets in %s',
    (address) => {
      expect(allow({ ...NULL, address })).toBe(true);
    },
  );

  test.each(['127.0.0.2', '11.0.0.0', '2001:db9::5', '::ffff:11.0.0.1', '', 'x', '10.0.0.0/8'])(
    'refuses "%s"',
    (address) => {
      expect(allow({ ...NULL, address })).toBe(false);
    },
  );

  test.each(['', 'localhost', '10.0.0.0/33', '::/129', '10.0.0.0/'])(
    '"%s" is no block',
    (block) => {
      expect(() => allowAddresses([block])).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    },
  );
});

test.each(['127.0.0.1', undefined, null, 5])('%o is no list of addresses', (blocks) => {
  expect(() => allowAddresses(blocks as unknown as string[])).toThrow(noList('allowAddresses'));
});

describe('requireAll', () => {
  const yes: Authenticator = () => true;
  const named: Authenticator = () => ({ status: 200, userId: 'joe' });
  const other: Authenticator = () => ({ status: 200, userId: 'jim', metadata: { a: 'b' } });
  const later: Authenticator = () => ({ status: 300 });

  test.each<[string, Authenticator[], AuthenticationVerdict]>([
    ['all agree', [yes, yes], true],
    ['the user id of the one that has any', [yes, named, yes], { status: 200, userId: 'joe' }],
    ['the first user id', [named, other], { status: 200, userId: 'joe', metadata: { a: 'b' } }],
    ['one refuses', [yes, () => false, named], false],
    ['the first refusal', [named, later, () => false], { status: 300 }],
    ['one has no verdict', [yes, () => undefined as never], undefined as never],
    ['one has an odd verdict', [() => 'yes' as never, yes], 'yes' as never],
    ['nobody is asked', [], false],
  ])('%s', async (_how, authenticators, verdict) => {
    expect(await requireAll(...authenticators)(NULL)).toEqual(verdict);
  });

  test('who comes after a refusal is not asked', async () => {
    const unasked: Authenticator = () => {
      throw new Error('asked');
    };
    expect(await requireAll(() => false, unasked)(NULL)).toBe(false);
  });

  test('asks in turn, and waits', async () => {
    const slow: Authenticator = async () => true;
    const allow = requireAll(slow, requireAll(allowKeys([KEY]), allowAddresses(['127.0.0.0/8'])));
    expect(await allow(curve(KEY))).toEqual({ status: 200, userId: KEY });
    expect(await allow(curve(OTHER))).toBe(false);
  });

  test('takes functions only', () => {
    expect(() => requireAll(true as never)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });
});
