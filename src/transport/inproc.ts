/**
 * `inproc://`: names within one context. No bytes and no handshake: two sockets get the two ends of one pipe. Who
 * connects before anybody has bound the name waits, and is joined when it is bound.
 *
 * @module
 */
import { ZmtpError } from '../errors.ts';

/** A socket that has bound a name. */
export interface InprocBinder<C> {
  /** A socket connects, or had been waiting. Answers whether the two fit. */
  join(connecter: C): boolean;
}

/** The names of one context, and who waits for one. `C` is what binders need to know of who connects. */
export class InprocRegistry<C> {
  readonly #binders = new Map<string, InprocBinder<C>>();
  readonly #waiting = new Map<string, Set<C>>();

  /** @throws {ZmtpError} EADDRINUSE when the name is taken */
  bind(name: string, binder: InprocBinder<C>): void {
    if (this.#binders.has(name)) throw new ZmtpError('EADDRINUSE', { address: `inproc://${name}` });
    this.#binders.set(name, binder);
    for (const connecter of [...(this.#waiting.get(name) ?? [])]) {
      if (binder.join(connecter)) this.disconnect(name, connecter);
    }
  }

  unbind(name: string, binder: InprocBinder<C>): void {
    if (this.#binders.get(name) === binder) this.#binders.delete(name);
  }

  connect(name: string, connecter: C): void {
    if (this.#binders.get(name)?.join(connecter)) return;
    const waiting = this.#waiting.get(name) ?? new Set();
    waiting.add(connecter);
    this.#waiting.set(name, waiting);
  }

  /** Whether somebody has bound a name. */
  isBound(name: string): boolean {
    return this.#binders.has(name);
  }

  /** As `connect`, for who does not want to wait: answers whether there was somebody to join. */
  tryConnect(name: string, connecter: C): boolean {
    return this.#binders.get(name)?.join(connecter) ?? false;
  }

  /** Waits no more. */
  disconnect(name: string, connecter: C): void {
    const waiting = this.#waiting.get(name);
    waiting?.delete(connecter);
    if (waiting?.size === 0) this.#waiting.delete(name);
  }
}
