/**
 * From a socket class to the type of its constructor's options: all its properties that can be assigned, and the context.
 *
 * @module
 */
import type { ByteOptionName } from '../option-types.ts';
import type { Context } from './context.ts';
import type { Socket } from './socket.ts';

// oxlint-disable typescript/no-unnecessary-type-parameters -- This is how two types are compared, `readonly` included.
type IfEquals<X, Y, A, B = never> =
  (<T>() => T extends X ? 1 : 2) extends <T>() => T extends Y ? 1 : 2 ? A : B;
// oxlint-enable typescript/no-unnecessary-type-parameters

type WritableKeys<T> = {
  // The one option that is a function, and not a method.
  [P in keyof T]-?: P extends 'authenticate'
    ? P
    : T[P] extends (...args: never[]) => unknown
      ? never
      : IfEquals<{ [Q in P]: T[P] }, { -readonly [Q in P]: T[P] }, P>;
}[keyof T];

type Expand<T> = T extends infer O ? { [K in keyof O]: O[K] } : never;

/** The options of the constructor of a class. */
export type SocketOptions<S extends Socket> = Expand<
  {
    [K in WritableKeys<S>]?: (K extends ByteOptionName ? S[K] | Uint8Array : S[K]) | undefined;
  } & {
    /** Whose inproc names and defaults the socket shares; the default context when absent. */
    context?: Context | undefined;
  }
>;
