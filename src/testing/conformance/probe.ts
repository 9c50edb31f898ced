/**
 * Finds out who the peer is: its socket type, by trying who may talk to it; its version; and whether it answers a PING.
 *
 * @module
 */
import type { SocketType } from '../../protocol.ts';
import { parse } from './bytes.ts';
import { complete, greet, offer, socketTypeOf } from './handshake.ts';
import { Deviation, Line, partnerOf, type Security, type Subject } from './line.ts';
import type { Target } from './target.ts';

/** The peer speaks no ZMTP 3, or does not say what it is. */
export class Unknown extends Error {
  override readonly name = 'Unknown';
}

/** One of each pair of types that talk to each other: what is tried, in this order. */
const CANDIDATES: readonly SocketType[] = [
  'REP',
  'PULL',
  'XPUB',
  'SUB',
  'ROUTER',
  'DEALER',
  'PUSH',
  'PAIR',
  'REQ',
];

/** Up to the major version. */
const VERSION_END = 11;

const TYPES: readonly string[] = [...CANDIDATES, 'PUB', 'XSUB'];

/**
 * @param type - the peer's, when the user says it
 * @throws {Unknown} when no handshake comes about
 * @throws {Unreachable} when there is no connection
 */
export async function probe(
  target: Target,
  security: Security,
  time: number,
  type?: SocketType,
): Promise<Subject> {
  const minor = await readMinor(target, security, time);
  let reason = '';
  for (const candidate of type === undefined ? CANDIDATES : [type]) {
    const line = new Line(await target.open(time), security, {
      type: candidate,
      minor,
      answersPing: true,
    });
    try {
      await offer(line, {}, time);
      const said = socketTypeOf(await complete(line, time)) ?? type ?? candidate;
      // With NULL its READY says what it is before it has seen ours, and it may refuse what we are.
      if (!isType(said)) throw new Unknown(`the peer says that it is a "${said}"`);
      if (partnerOf(said) !== partnerOf(candidate)) {
        return await probe(target, security, time, said);
      }
      const answersPing = (await line.sync(time)) === true;
      if (!answersPing && line.wire.closed !== undefined) {
        throw new Unknown('the peer closes the connection when the handshake is done');
      }
      return { type: type ?? said, minor, answersPing };
    } catch (error) {
      if (!(error instanceof Deviation)) throw error;
      reason = error.message;
    } finally {
      line.wire.destroy();
    }
  }
  throw new Unknown(`no handshake comes about: ${reason}`);
}

async function readMinor(target: Target, security: Security, time: number): Promise<number> {
  const line = new Line(await target.open(time), security, {
    type: 'REP',
    minor: 1,
    answersPing: true,
  });
  try {
    const greeting = await greet(line, {}, time);
    const mechanism = greeting.toString('latin1', 12, 32).replace(/\0+$/, '');
    if (greeting[10] !== 3) {
      throw new Unknown(`the peer speaks version ${greeting[10]}.${greeting[11]} of ZMTP`);
    }
    if (mechanism !== security.mechanism) {
      throw new Unknown(
        `the peer's mechanism is "${mechanism}", and ${security.mechanism} is tried`,
      );
    }
    return greeting[11] ?? 0;
  } catch (error) {
    if (!(error instanceof Deviation)) throw error;
    throw new Unknown((await readOldVersion(target, time)) ?? error.message);
  } finally {
    line.wire.destroy();
  }
}

/** What an older peer is: one of ZMTP 2.0 ends the connection at the greeting of 3.x, and its own is lost with that. */
async function readOldVersion(target: Target, time: number): Promise<string | undefined> {
  const wire = await target.open(time);
  try {
    wire.write(parse('FF 00*7 01 7F'));
    const start = await wire.until(() => wire.tryRead(VERSION_END), time);
    const isOld = start?.[0] === 0xff && (start[VERSION_END - 1] ?? 3) < 3;
    return isOld ? `the peer speaks ZMTP ${start[VERSION_END - 1] === 0 ? '1' : '2'}.0` : undefined;
  } finally {
    wire.destroy();
  }
}

function isType(type: string): type is SocketType {
  return TYPES.includes(type);
}
