/**
 * What the programs beside this file have in common: ways to print things so that two runs print the same, and to wait
 * for peers rather than for time.
 *
 * @module
 */
import type { Socket } from 'zeromq';

/** Frames for people: `hello`, `<empty>`, `<00 2a>`, `<70000 bytes>`. */
export function show(frame: Uint8Array): string {
  if (frame.length === 0) return '<empty>';
  if (frame.length > 64) return `<${frame.length} bytes>`;
  const isText = frame.every((byte) => byte >= 0x20 && byte !== 0x7f);
  return isText
    ? Buffer.from(frame).toString()
    : `<${[...frame].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}>`;
}

/** All frames of a message, `|` between them. */
export function showAll(frames: readonly Uint8Array[]): string {
  return frames.map(show).join(' | ');
}

/** What a program can know of an error: a TypeError, or any other one with code, errno and text. */
export function failure(error: unknown): string {
  if (error instanceof TypeError) return 'TypeError';
  if (!(error instanceof Error)) return `not an error: ${String(error)}`;
  const { code, errno, message } = error as NodeJS.ErrnoException;
  return `Error ${code} ${errno} "${message}"`;
}

/** Runs something that may throw or reject, and says what came of it. */
export async function outcome(run: () => unknown): Promise<string> {
  let promise: unknown;
  try {
    promise = run();
  } catch (error) {
    return `throws ${failure(error)}`;
  }
  try {
    const value = await promise;
    return value === undefined ? 'ok' : `ok: ${value as string}`;
  } catch (error) {
    return `rejects ${failure(error)}`;
  }
}

/** Binds to a free port and answers with the address. */
export async function listen(socket: Socket): Promise<string> {
  await socket.bind('tcp://127.0.0.1:*');
  return socket.lastEndpoint ?? '';
}

/** Waits until this many peers have shaken hands. Call it before the first of them can. */
export async function handshakes(socket: Socket, count = 1): Promise<void> {
  let missing = count;
  for await (const { type } of socket.events) {
    if (type === 'handshake' && --missing === 0) return;
  }
}
