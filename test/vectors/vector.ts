/**
 * Reads the vectors in the `.md` files of this folder. Each section with a code block `bytes` is one vector:
 *
 * ````
 * ## Name
 *
 * - Origin: a capture (program, version, what it was asked) or the grammar or rule of an RFC
 * - Own: the socket type of the connection under test
 * - After: socket type of the peer, when the bytes follow its greeting and READY; absent: they are the first of all
 * - Limits: maxFrameSize 100, …
 * - Ends: inside a frame
 * - Both ways: yes, when our encoder must make the same bytes of the same messages and commands
 *
 * ```bytes
 * 04 07 04 'PING' 0000   # hex, text in quotes, `00*8` for a repetition, comments
 * ```
 *
 * ```events
 * message 'a' ''
 * ```
 *
 * ```sent
 * 04 05 04 'PONG'
 * ```
 * ````
 *
 * A `!` in `bytes` stands behind the byte at which the connection must close, not sooner and not later. `sent` is what
 * we answer, without our own greeting and, with `After`, without our READY; absent: nothing.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, decodeCommand } from '../../src/zmtp/command.ts';
import type { ConnectionEvent } from '../../src/zmtp/connection-event.ts';
import type { ConnectionOptions } from '../../src/zmtp/connection.ts';
import { COMPATIBLE_TYPES, type SocketType } from '../../src/zmtp/socket-type.ts';

export type Vector = {
  readonly name: string;
  readonly origin: string;
  readonly own: SocketType;
  readonly after: string | undefined;
  readonly limits: NonNullable<ConnectionOptions['limits']>;
  readonly isOpenEnded: boolean;
  readonly isBothWays: boolean;
  readonly bytes: Uint8Array;
  /** How many of `bytes` are read before the connection closes. */
  readonly closesAt: number | undefined;
  readonly events: readonly string[];
  readonly sent: Uint8Array;
};

const KEYS = ['Origin', 'Own', 'After', 'Limits', 'Ends', 'Both ways'];

/** The vectors of this folder, by file. */
export function readVectors(): Map<string, Vector[]> {
  const folder = import.meta.dirname;
  const files = readdirSync(folder).filter((file) => file.endsWith('.md'));
  return new Map(
    files
      .toSorted()
      .map((file) => [file, parseFile(file, readFileSync(join(folder, file), 'utf8'))]),
  );
}

function parseFile(file: string, text: string): Vector[] {
  const [, ...sections] = text.split(/^## /m);
  return sections.map((section) => parseSection(file, section));
}

function parseSection(file: string, section: string): Vector {
  const name = section.slice(0, section.indexOf('\n'));
  const fail = (what: string): Error => new Error(`${file}, ${name}: ${what}`);
  const entries = new Map(
    Array.from(section.matchAll(/^- ([A-Z][\w ]*): (.*)$/gm), ([, key = '', value = '']) => [
      key,
      value,
    ]),
  );
  const unknown = [...entries.keys()].find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw fail(`what is "${unknown}"?`);
  const block = (kind: string): string =>
    new RegExp(`^\`\`\`${kind}\\n([^]*?)^\`\`\``, 'm').exec(section)?.[1] ?? '';
  const own = entries.get('Own') ?? '';
  const origin = entries.get('Origin');
  if (origin === undefined) throw fail('no Origin');
  if (!isSocketType(own)) throw fail(`"${own}" is no socket type`);
  const [before = '', ...behind] = block('bytes')
    .replaceAll(/ *#.*$/gm, '')
    .split('!');
  return {
    name,
    origin,
    own,
    after: entries.get('After'),
    limits: parseLimits(entries.get('Limits')),
    isOpenEnded: entries.has('Ends'),
    isBothWays: entries.get('Both ways') === 'yes',
    bytes: parseBytes(`${before} ${behind.join(' ')}`),
    closesAt: behind.length === 0 ? undefined : parseBytes(before).length,
    events: block('events')
      .split('\n')
      .filter((line) => line !== ''),
    sent: parseBytes(block('sent').replaceAll(/ *#.*$/gm, '')),
  };
}

function isSocketType(name: string): name is SocketType {
  return Object.hasOwn(COMPATIBLE_TYPES, name);
}

function parseLimits(text: string | undefined): Vector['limits'] {
  const limits = text?.split(', ').map((limit) => limit.split(' ')) ?? [];
  return Object.fromEntries(limits.map(([name, value]) => [name, Number(value)]));
}

/** Bytes from hex, quoted text and repetitions: `ff 00*8 7f 'NULL'`. */
export function parseBytes(text: string): Uint8Array {
  const tokens = text.match(/'[^']*'(\*\d+)?|\S+/g) ?? [];
  return Buffer.concat(
    tokens.map((token) => {
      const [, content = token, count = '1'] = /^([^*]*)\*(\d+)$/.exec(token) ?? [];
      const unit = content.startsWith("'")
        ? Buffer.from(content.slice(1, -1), 'latin1')
        : Buffer.from(content, 'hex');
      if (!content.startsWith("'") && unit.length * 2 !== content.length) {
        throw new Error(`"${token}" is no hex`);
      }
      return Buffer.concat(new Array<Buffer>(Number(count)).fill(unit));
    }),
  );
}

/** Bytes in the notation of the vectors, always in the same way. */
function formatBytes(bytes: Uint8Array): string {
  const [first = 0] = bytes;
  const isText = bytes.every((byte) => byte >= 0x20 && byte < 0x7f && byte !== 0x27);
  if (bytes.length >= 16 && bytes.every((byte) => byte === first)) {
    const unit = isText ? `'${String.fromCharCode(first)}'` : Buffer.of(first).toString('hex');
    return `${unit}*${bytes.length}`;
  }
  const buffer = Buffer.from(bytes);
  return isText ? `'${buffer.toString('latin1')}'` : buffer.toString('hex');
}

/** A message as it stands in the block `events`. */
export function formatMessage(frames: readonly Uint8Array[]): string {
  return ['message', ...frames.map(formatBytes)].join(' ');
}

/** An event as it stands in the block `events`. */
export function formatEvent(event: ConnectionEvent): string {
  switch (event.type) {
    case 'message':
      return formatMessage(event.frames);
    case 'command':
      return `command ${formatCommand(event.command)}`;
    case 'handshake': {
      const { greeting, socketType, routingId, metadata } = event.peer;
      const others = [...metadata]
        .filter(([name]) => !/^(socket-type|identity)$/i.test(name))
        .map(([name, value]) => `${name}=${formatBytes(value)}`);
      const id = routingId.length > 0 ? [`id=${formatBytes(routingId)}`] : [];
      const version = `${greeting.major}.${greeting.minor}`;
      return ['handshake', socketType, version, greeting.mechanism, ...id, ...others].join(' ');
    }
    case 'authenticate':
      return `authenticate ${event.request.mechanism}`;
    case 'closed':
      return event.cause === 'refused'
        ? `closed refused '${event.reason}'`
        : `closed ${[event.cause, event.error?.protocolCode].join(' ')}`.trimEnd();
    default: {
      const unreachable: never = event;
      return unreachable;
    }
  }
}

function formatCommand(command: Command): string {
  switch (command.name) {
    case 'READY':
      return 'READY';
    case 'ERROR':
      return `ERROR '${command.reason}'`;
    case 'PING':
      return `PING ${command.ttlDeciseconds} ${formatBytes(command.context)}`;
    case 'PONG':
      return `PONG ${formatBytes(command.context)}`;
    case 'SUBSCRIBE':
    case 'CANCEL':
      return `${command.name} ${formatBytes(command.topic)}`;
    case 'unknown':
      return `${command.unknownName} ${formatBytes(command.data)}`;
    default: {
      const unreachable: never = command;
      return unreachable;
    }
  }
}

/** What a line of `events` says was sent, for vectors that go both ways. */
export function parseEvent(line: string): Uint8Array[] | Command {
  const [kind = '', name = '', ...rest] = line.match(/'[^']*'(\*\d+)?|\S+/g) ?? [];
  if (kind === 'message') return [name, ...rest].filter(Boolean).map(parseBytes);
  // The body of a command is its name and its data: reading it back gives the command.
  const data = rest.map(parseBytes);
  return decodeCommand(Buffer.concat([Buffer.of(name.length), Buffer.from(name), ...data]));
}
