/**
 * Whether a subject has to end a connection because of what it was sent. Written for itself, and careful: it names only
 * what is certainly a violation, and says nothing of what is behind a seal. 37/ZMTP.
 *
 * @module
 */
import { FLAG_COMMAND, FLAG_MORE } from '../../raw-bytes.ts';
import type { Target } from '../../hostile/session.ts';

const GREETING_SIZE = 64;
const LONG = 0x02;
const RESERVED = 0xf8;
const MAX_CONTEXT = 16;

/** The rule that was broken; `undefined` when none certainly was. */
export function mustClose({ type, mechanism }: Target, sent: Buffer): string | undefined {
  // Its peers speak any protocol.
  if (type === 'STREAM') return undefined;
  const broken = greetingFault(mechanism, sent);
  if (broken !== undefined || sent.length < GREETING_SIZE) return broken;
  return framesFault(mechanism, sent.subarray(GREETING_SIZE));
}

function greetingFault(mechanism: string, sent: Buffer): string | undefined {
  if (sent.length > 0 && sent[0] !== 0xff) return 'the first byte is not FF';
  if (sent.length > 9 && ((sent[9] ?? 0) & 1) === 0) return 'byte 9 has bit 0 clear';
  if (sent.length > 10 && (sent[10] ?? 0) < 3) return 'an older version of ZMTP';
  if (sent.length < GREETING_SIZE) return undefined;
  const expected = Buffer.alloc(20);
  expected.write(mechanism);
  return sent.subarray(12, 32).equals(expected) ? undefined : 'another mechanism';
}

function framesFault(mechanism: string, bytes: Buffer): string | undefined {
  let isHandshake = true;
  for (let position = 0; position < bytes.length; ) {
    const flags = bytes[position] as number;
    if ((flags & RESERVED) !== 0) return `reserved flags: ${flags}`;
    if ((flags & FLAG_COMMAND) !== 0 && (flags & FLAG_MORE) !== 0) return 'a command with MORE';
    if (isHandshake && (flags & FLAG_COMMAND) === 0) return 'a message in the handshake';
    const isLong = (flags & LONG) !== 0;
    const start = position + (isLong ? 9 : 2);
    if (start > bytes.length) return undefined;
    const size = isLong ? bytes.readBigUInt64BE(position + 1) : BigInt(bytes[position + 1] ?? 0);
    if (size >= 2n ** 63n) return `a length of ${size}`;
    const end = start + Number(size);
    if (end > bytes.length) return undefined;
    const body = bytes.subarray(start, end);
    if ((flags & FLAG_COMMAND) !== 0) {
      const fault = commandFault(body, isHandshake);
      if (fault !== undefined) return fault;
    }
    // Who comes in under the others is not told by these bytes alone.
    if (isHandshake && mechanism !== 'NULL') return undefined;
    isHandshake = false;
    position = end;
  }
  return undefined;
}

function commandFault(body: Buffer, isHandshake: boolean): string | undefined {
  const nameSize = body[0] ?? 0;
  if (nameSize === 0 || nameSize >= body.length) return 'a command without a proper name';
  // Their data tells, which is not looked at here.
  if (isHandshake) return undefined;
  const name = body.toString('latin1', 1, 1 + nameSize);
  const size = body.length - 1 - nameSize;
  if (name === 'PING' && (size < 2 || size > 2 + MAX_CONTEXT)) return `a PING of ${size} bytes`;
  if (name === 'PONG' && size > MAX_CONTEXT) return `a PONG of ${size} bytes`;
  return undefined;
}
