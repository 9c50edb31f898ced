/**
 * Where patterns get the memory of frames that they make themselves: a socket gives them `Buffer`s, which they do not know.
 *
 * @module
 */

/** Makes the bytes of a frame. */
export type AllocateFrame = (size: number) => Uint8Array;

/** For those who do not care what kind of bytes they get. */
export const allocateBytes: AllocateFrame = (size) => new Uint8Array(size);
