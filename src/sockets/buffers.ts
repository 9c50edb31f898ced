/**
 * Where the bytes of received frames lie: buffers of Node, made in the cheapest way.
 *
 * @module
 */

const SLAB_SIZE = 64 * 1024;
/** What is longer has a buffer of its own. */
const LONGEST_IN_SLAB = 16 * 1024;
/** Bytes copied one by one: below this, a loop is quicker than a call. */
const LOOP_LIMIT = 64;

/** The class that all buffers are of. Its constructor makes a view in 18 ns, `subarray` takes 43 (Node 20). */
const FastBuffer = (Buffer as unknown as { [Symbol.species]: Uint8ArrayConstructor })[
  Symbol.species
];

let slab: Uint8Array = Buffer.alloc(0);
let used = 0;

/** A buffer that is not part of another one. */
export function allocate(size: number): Uint8Array {
  return Buffer.allocUnsafeSlow(size);
}

/** A part of `chunk`, sharing its memory. */
export function view(chunk: Uint8Array, start: number, end: number): Uint8Array {
  return new FastBuffer(chunk.buffer, chunk.byteOffset + start, end - start);
}

/**
 * A copy of a part of `lent`. Short ones lie one behind the other in a slab, so that many small reads cost one allocation,
 * and whoever keeps a message keeps one slab with it at most.
 */
export function keep(lent: Uint8Array, start: number, end: number): Uint8Array {
  const length = end - start;
  if (length > LONGEST_IN_SLAB) {
    const own = allocate(length);
    own.set(view(lent, start, end));
    return own;
  }
  if (used + length > slab.length) {
    slab = allocate(SLAB_SIZE);
    used = 0;
  }
  const offset = used;
  used += length;
  if (length <= LOOP_LIMIT) {
    for (let i = 0; i < length; i++) slab[offset + i] = lent[start + i] as number;
  } else {
    slab.set(view(lent, start, end), offset);
  }
  return view(slab, offset, used);
}

/** A copy of a frame that has to wait: in a slab, as above. `Uint8Array.prototype.slice` takes three to ten times as long. */
export function copy(frame: Uint8Array): Uint8Array {
  return keep(frame, 0, frame.length);
}
