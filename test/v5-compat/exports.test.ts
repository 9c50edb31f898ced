/**
 * `zmtp/v5-compat` has what `zeromq/v5-compat` has: the same names, numbers and types.
 *
 * @module
 */
import { describe, expect, expectTypeOf, it } from 'vitest';
import * as zeromq from 'zeromq/v5-compat.js';
import * as zmtp from '../../src/v5-compat.ts';

/** Without the signature that lets a socket have any property. */
type KnownKeys<T> = keyof {
  [K in keyof T as string extends K ? never : number extends K ? never : K]: T[K];
};

describe('exports', () => {
  it('has the same names', () => {
    // What an ES module gets by default depends on who loads the CommonJS module.
    const namesOf = (module: object): string[] =>
      Object.keys(module).filter((name) => name !== 'default' && name !== 'module.exports');
    expect(namesOf(zmtp).toSorted()).toEqual(namesOf(zeromq).toSorted());
  });

  it('has all of them by default, too', () => {
    expect(zmtp.default).toBe(zmtp);
  });

  it('has the same numbers', () => {
    const numbersOf = (module: object): object =>
      Object.fromEntries(
        Object.entries(module).filter(([, value]: [string, unknown]) => typeof value === 'number'),
      );
    expect(numbersOf(zmtp)).toEqual(numbersOf(zeromq));
    expect(Object.keys(numbersOf(zmtp)).length).toBeGreaterThan(70);
  });

  it('has the same options', () => {
    expect(zmtp.options).toEqual(zeromq.options);
  });

  it('reports a version of libzmq', () => {
    expect(zmtp.version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('has the same methods and properties', () => {
    const namesOf = (prototype: object): string[] =>
      Object.getOwnPropertyNames(prototype).filter((name) => name !== '_recv' && name !== '_send');
    expect(namesOf(zmtp.Socket.prototype).toSorted()).toEqual(
      namesOf(zeromq.Socket.prototype).toSorted(),
    );
    expect(Object.getOwnPropertyNames(zmtp.Context).toSorted()).toEqual(
      Object.getOwnPropertyNames(zeromq.Context).toSorted(),
    );
  });
});

describe('types', () => {
  it('take and give what those of npm zeromq do', () => {
    expectTypeOf<keyof typeof zmtp>().toEqualTypeOf<keyof typeof zeromq>();
    expectTypeOf(zmtp.default.createSocket).toEqualTypeOf(zmtp.createSocket);
    expectTypeOf<zmtp.SocketType>().toEqualTypeOf<zeromq.SocketType>();
    expectTypeOf(zmtp.options).toEqualTypeOf<typeof zeromq.options>();
    expectTypeOf<Parameters<typeof zmtp.createSocket>>().toEqualTypeOf<
      Parameters<typeof zeromq.createSocket>
    >();
    expectTypeOf(zmtp.curveKeypair).toEqualTypeOf<typeof zeromq.curveKeypair>();
    expectTypeOf<keyof typeof zmtp.Context>().toEqualTypeOf<keyof typeof zeromq.Context>();

    type Ours = zmtp.Socket;
    type Theirs = zeromq.Socket;
    expectTypeOf<Exclude<KnownKeys<Theirs>, '_recv' | '_send'>>().toExtend<KnownKeys<Ours>>();
    expectTypeOf<Ours['anything']>().toBeAny();
    expectTypeOf<Parameters<Ours['bind']>>().toEqualTypeOf<Parameters<Theirs['bind']>>();
    expectTypeOf<Parameters<Theirs['send']>>().toExtend<Parameters<Ours['send']>>();
    expectTypeOf<Parameters<Theirs['subscribe']>>().toExtend<Parameters<Ours['subscribe']>>();
    expectTypeOf<Parameters<Theirs['setsockopt']>>().toExtend<Parameters<Ours['setsockopt']>>();
    expectTypeOf<Parameters<Theirs['getsockopt']>>().toExtend<Parameters<Ours['getsockopt']>>();
    expectTypeOf<ReturnType<Ours['getsockopt']>>().toExtend<ReturnType<Theirs['getsockopt']>>();
    expectTypeOf<Parameters<Ours['monitor']>>().toEqualTypeOf<Parameters<Theirs['monitor']>>();
    expectTypeOf(zmtp.proxy).returns.toBeVoid();
  });
});
