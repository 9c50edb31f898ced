/**
 * A context: sockets of one context share the names of `inproc://`.
 *
 * @module
 */
import { InprocRegistry } from '../transport/inproc.ts';
import type { InprocConnecter } from './inproc-link.ts';

const registries = new WeakMap<Context, InprocRegistry<InprocConnecter>>();

/** Sockets that share the names of `inproc://`. Most programs do with the default, `context`. */
export class Context {
  constructor() {
    registries.set(this, new InprocRegistry());
  }
}

/** The context of sockets that are not given one. */
export const context: Context = new Context();

/** The inproc names of `context`. */
export function inprocOf(context: Context): InprocRegistry<InprocConnecter> {
  return registries.get(context) as InprocRegistry<InprocConnecter>;
}
