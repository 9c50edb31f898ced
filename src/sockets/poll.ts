/**
 * `poll`: waits until one of several sockets can be received from.
 *
 * @module
 */
import { checkOptionsPlace } from '../arguments.ts';
import { invalidType, invalidValue, ZmtpError } from '../errors.ts';
import { checkOperationOptions, type OperationOptions, Operations } from './operations.ts';
import { Socket } from './socket.ts';
import { spendTurn } from './turn.ts';

/**
 * Waits until at least one of `sockets` is readable, and answers with those that are, in the order given; with an empty
 * array when `timeout` milliseconds have passed. Takes no message: `receive` does.
 *
 * @throws {ZmtpError} rejects with ENOTSUP when one of the sockets never receives, EBADF when one is closed or becomes so, or
 * with the reason of `signal`
 * @example
 * for (const socket of await poll([control, work], { timeout: 1000 })) console.log(await socket.receive());
 */
export async function poll<S extends Socket>(
  sockets: readonly S[],
  options: OperationOptions = {},
): Promise<S[]> {
  // oxlint-disable-next-line prefer-rest-params
  checkOptionsPlace(arguments.length, 2, options, 'poll takes an array of sockets, and options');
  checkOperationOptions(options);
  const { timeout = -1, signal } = options;
  if (!Array.isArray(sockets)) {
    throw invalidType('poll takes an array of sockets', `got ${typeof sockets}`);
  }
  if (sockets.length === 0 && timeout === -1 && signal === undefined) {
    throw invalidValue(
      'Invalid argument',
      'poll without sockets and without timeout would never end',
    );
  }
  for (const socket of sockets) {
    if (!(socket instanceof Socket))
      throw invalidType('poll takes an array of sockets', `got ${typeof socket}`);
  }
  const cores = sockets.map((socket) => Socket.coreOf(socket));
  for (const core of cores) core.checkReceives();
  const findReadable = (): S[] => {
    for (const core of cores) core.checkFree();
    return sockets.filter((socket) => socket.readable);
  };
  const turn = spendTurn();
  if (turn !== undefined) await turn;
  const readable = findReadable();
  if (readable.length > 0) return readable;

  const timedOut = new ZmtpError('EAGAIN');
  const waiting = new Operations<undefined, S[]>(
    'poll',
    () => timedOut,
    () => {},
  );
  const promise = waiting.add(undefined, timeout, 1, signal);
  const look = (): void => {
    try {
      const found = findReadable();
      if (found.length > 0) waiting.first?.resolve(found);
    } catch (error) {
      waiting.first?.reject(error);
    }
  };
  const stops = cores.map((core) => core.watch(look));
  try {
    return await promise;
  } catch (error) {
    if (error === timedOut) return [];
    throw error;
  } finally {
    for (const stop of stops) stop();
  }
}
