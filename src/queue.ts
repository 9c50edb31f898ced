/**
 * A first-in, first-out queue in a ring: no shifting, no allocation per item once it has grown.
 *
 * @module
 */

const FIRST_CAPACITY = 8;
/** A ring that has grown beyond this many slots is given up when it runs empty. */
const KEPT_CAPACITY = 2048;

export class Queue<T> {
  /** Always a power of two long, so that a mask does for a modulo. */
  #ring: (T | undefined)[] = new Array<T | undefined>(FIRST_CAPACITY).fill(undefined);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The item that `shift` would answer with. */
  get first(): T | undefined {
    return this.#length === 0 ? undefined : this.#ring[this.#head];
  }

  push(item: T): void {
    if (this.#length === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#length) & (this.#ring.length - 1)] = item;
    this.#length++;
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#length--;
    if (this.#length === 0 && this.#ring.length > KEPT_CAPACITY) this.clear();
    return item;
  }

  /** Takes `item` out of the middle; answers whether it was there. Costs a walk over the queue. */
  remove(item: T): boolean {
    let wasThere = false;
    for (let left = this.#length; left > 0; left--) {
      const other = this.shift() as T;
      if (other === item) wasThere = true;
      else this.push(other);
    }
    return wasThere;
  }

  clear(): void {
    this.#ring = new Array<T | undefined>(FIRST_CAPACITY).fill(undefined);
    this.#head = 0;
    this.#length = 0;
  }

  #grow(): void {
    const ring = this.#ring;
    const larger = new Array<T | undefined>(ring.length * 2).fill(undefined);
    for (let i = 0; i < this.#length; i++) larger[i] = ring[(this.#head + i) & (ring.length - 1)];
    this.#ring = larger;
    this.#head = 0;
  }
}
