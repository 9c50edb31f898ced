/**
 * Writes out the pieces of a case for the connection they are sent on.
 *
 * @module
 */
import { FLAG_COMMAND, type SocketType } from '../../protocol.ts';
import { commandBody, frame, property } from '../raw-bytes.ts';
import type { GreetingFields, MetadataFields, Piece } from './case.ts';
import { messageFlags, parse, shortest } from './bytes.ts';
import { type Line, partnerOf, type Security, strangerTo } from './line.ts';

/** What a run knows beside the connection. */
export type Limits = { readonly handshakeTime?: number; readonly maxFrameSize?: number };

/** Longer than any content of a case; sent where a limit is tried. */
const FILLER = 0x78;

export function greetingBytes(fields: GreetingFields, security: Security): Buffer {
  const mechanism = parse(fields.mechanism ?? `'${security.mechanism}'`);
  const isServer = 'role' in security && security.role === 'server';
  return Buffer.concat([
    Buffer.of(0xff),
    parse(fields.padding ?? '00*7 01'),
    parse(fields.tail ?? '7F'),
    Buffer.of(fields.major ?? 3, fields.minor ?? 1),
    mechanism,
    Buffer.alloc(20 - mechanism.length),
    Buffer.of(fields.asServer ?? (isServer ? 1 : 0)),
    parse(fields.filler ?? '00*31'),
  ]).subarray(0, fields.cut ?? 64);
}

/** The properties that we tell a peer of type `peer`. */
export function metadataBytes(fields: MetadataFields, peer: SocketType): Buffer {
  const { name = 'Socket-Type', only, extra = '' } = fields;
  const type =
    only === undefined ? property(name, Buffer.from(typeName(fields, peer))) : parse(only);
  return Buffer.concat([type, parse(extra)]);
}

export function typeName({ type }: MetadataFields, peer: SocketType): string {
  if (type === 'mismatch') return strangerTo(peer);
  if (type === 'lower') return partnerOf(peer).toLowerCase();
  return type ?? partnerOf(peer);
}

export function plainHello(
  { username, password }: { username: string; password: string },
  fields: { extra?: string; password?: 'other' } = {},
): Buffer {
  const secret = fields.password === 'other' ? `${password}?` : password;
  const parts = [username, secret].map((text) => Buffer.from(text));
  return commandBody(
    'HELLO',
    Buffer.concat([
      ...parts.flatMap((part) => [Buffer.of(part.length), part]),
      parse(fields.extra ?? ''),
    ]),
  );
}

export function hasDelimiter(type: SocketType): boolean {
  return type === 'REP' || type === 'REQ';
}

function messageBytes(line: Line, frames: readonly Uint8Array[]): Buffer {
  const flags = messageFlags(frames);
  return Buffer.concat(frames.map((body, i) => line.wire.frameBytes(flags[i] ?? 0, body)));
}

function payload(line: Line, frames: readonly Uint8Array[]): Buffer {
  const delimiter = hasDelimiter(line.subject.type) ? [new Uint8Array(0)] : [];
  return messageBytes(line, [...delimiter, ...frames]);
}

function topicBytes(line: Line, isSubscribe: boolean, topic: Buffer): Buffer {
  if (line.hasCommands) {
    const body = commandBody(isSubscribe ? 'SUBSCRIBE' : 'CANCEL', topic);
    return line.wire.frameBytes(FLAG_COMMAND, body);
  }
  return messageBytes(line, [Buffer.concat([Buffer.of(isSubscribe ? 1 : 0), topic])]);
}

/**
 * The bytes of a piece.
 *
 * @throws {Error} for a piece that the mechanism of the run does not have
 */
export function pieceBytes(line: Line, piece: Piece, limits: Limits): Buffer {
  const { security, subject, wire } = line;
  if (typeof piece === 'string') return parse(piece);
  if ('greeting' in piece) return greetingBytes(piece.greeting, security);
  if ('ready' in piece) {
    const body = commandBody(piece.name ?? 'READY', metadataBytes(piece.ready, subject.type));
    return piece.flags === undefined ? shortest(FLAG_COMMAND, body) : frame(piece.flags, body);
  }
  if ('command' in piece) {
    return wire.frameBytes(FLAG_COMMAND, commandBody(piece.command, parse(piece.data ?? '')));
  }
  if ('message' in piece) return messageBytes(line, piece.message.map(parse));
  if ('payload' in piece) return payload(line, piece.payload.map(parse));
  if ('delimiter' in piece) return hasDelimiter(subject.type) ? parse('01 00') : Buffer.alloc(0);
  if ('largest' in piece) {
    const size = (limits[piece.largest] ?? 0) + piece.plus;
    return payload(line, [Buffer.alloc(size, FILLER)]);
  }
  if ('subscribe' in piece) return topicBytes(line, true, parse(piece.subscribe));
  if ('cancel' in piece) return topicBytes(line, false, parse(piece.cancel));
  if ('plainHello' in piece) {
    if (security.mechanism !== 'PLAIN' || security.role !== 'client') throw new Error('not PLAIN');
    return shortest(FLAG_COMMAND, plainHello(security, piece.plainHello));
  }
  const { curve } = line;
  if (curve === undefined) throw new Error('not CURVE');
  if ('curveHello' in piece) return shortest(FLAG_COMMAND, curve.hello(piece.curveHello));
  if ('sealed' in piece) return curve.sealed(piece.sealed);
  if ('curveInitiate' in piece) throw new Error('INITIATE needs a WELCOME');
  const unreachable: never = piece;
  return unreachable;
}
