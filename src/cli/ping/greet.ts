/**
 * The greeting of a peer, whatever it is: another mechanism, an older version, or no ZMTP at all.
 *
 * @module
 */
import {
  Dissector,
  encodeGreeting,
  type Greeting,
  GreetingReader,
  ProtocolError,
} from '../../protocol.ts';
import { PingFailure } from './failure.ts';
import type { Link } from './link.ts';

/** Signature and version: libzmq closes when it reads a mechanism that is not its own, without telling its own. */
const HEAD_SIZE = 11;
/** How long a peer may take to tell its mechanism before it is told ours, as it may wait for that. */
const PATIENCE = 300;
const SHOWN = 64;

export type Greeted = {
  readonly greeting: Greeting;
  /** All that the peer has said so far: its greeting, and what is behind it. */
  readonly heard: Buffer;
};

/**
 * Exchanges greetings.
 *
 * @param mechanism - ours
 * @throws {PingFailure} when the peer has none of ZMTP 3
 */
export async function greet(link: Link, mechanism: string, timeout: number): Promise<Greeted> {
  const own = encodeGreeting({ major: 3, minor: 1, mechanism, asServer: false });
  const reader = new GreetingReader();
  const deadline = performance.now() + timeout;
  let heard = Buffer.alloc(0);
  let told = HEAD_SIZE;
  link.write(own.subarray(0, told));
  for (;;) {
    const left = deadline - performance.now();
    const isWaiting = heard.length >= HEAD_SIZE && told < own.length;
    const chunk = await link.read(isWaiting ? Math.min(left, PATIENCE) : left);
    if (chunk === 'end') throw endedEarly(link, heard);
    if (chunk === 'silence') {
      if (performance.now() >= deadline) throw silent(heard, timeout);
      link.write(own.subarray(told));
      told = own.length;
      continue;
    }
    heard = Buffer.concat([heard, chunk]);
    try {
      reader.read(chunk, 0);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      throw await notZmtp3(link, heard, error);
    }
    const greeting = reader.tryTake();
    if (greeting === undefined) continue;
    link.write(own.subarray(told));
    return { greeting, heard };
  }
}

function endedEarly(link: Link, heard: Buffer): PingFailure {
  const so = link.ending ?? 'the end';
  if (heard.length === 0) return PingFailure.refused(`${so}, without a byte`);
  return PingFailure.refused(`${so} in the middle of its greeting: ${sample(heard)}`);
}

function silent(heard: Buffer, timeout: number): PingFailure {
  return PingFailure.silent(
    heard.length === 0
      ? `connected, but the peer has said nothing within ${timeout} ms`
      : `the peer has said ${heard.length} bytes of a greeting within ${timeout} ms: ${sample(heard)}`,
  );
}

/** Its first byte is wrong already: a few more say what it is. */
async function notZmtp3(link: Link, heard: Buffer, error: ProtocolError): Promise<PingFailure> {
  while (heard.length < SHOWN) {
    const chunk = await link.read(PATIENCE);
    if (typeof chunk === 'string') break;
    heard = Buffer.concat([heard, chunk]);
  }
  const dissector = new Dissector({ isOneSided: true });
  dissector.push('accepting', heard);
  const version = dissector.versionOf('accepting');
  if (version !== undefined && Number.parseInt(version, 10) < 3) {
    return PingFailure.refused(
      `the peer speaks ZMTP ${version}, which is too old: ${sample(heard)}`,
    );
  }
  const what = version === undefined ? 'the peer does not speak ZMTP' : error.reason;
  return PingFailure.refused(`${what}: its first bytes are ${sample(heard)}`);
}

/** The first bytes, as text where they are text. */
function sample(bytes: Buffer): string {
  const first = bytes.subarray(0, SHOWN);
  const rest = bytes.length > first.length ? '…' : '';
  const isText = first.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 10 || byte === 13);
  return isText ? JSON.stringify(first.toString('latin1')) + rest : first.toString('hex') + rest;
}
