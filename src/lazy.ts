/**
 * Something that takes a while to be loaded, once for the thread, and that most programs do without.
 *
 * @module
 */
export class Lazy<T> {
  readonly #load: () => Promise<T>;
  #loading: Promise<T> | undefined;
  #value: T | undefined;

  constructor(load: () => Promise<T>) {
    this.#load = load;
  }

  /** What has been loaded, if it has. */
  get value(): T | undefined {
    return this.#value;
  }

  /** Loads it, unless that has begun; resolves when it is there. */
  load(): Promise<T> {
    this.#loading ??= this.#begin();
    return this.#loading;
  }

  async #begin(): Promise<T> {
    const value = await this.#load();
    this.#value = value;
    return value;
  }
}
