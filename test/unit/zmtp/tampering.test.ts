/**
 * Somebody between client and server who changes, cuts, repeats, replays and reorders the commands of their handshake,
 * frame headers and all. Nobody becomes ready by what has been tampered with but where a mechanism leaves it open: PLAIN
 * protects nothing, and the padding of CURVE's HELLO means nothing.
 *
 * @module
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { loadCurveBox } from '../../../src/curve-loader.ts';
import { Connection } from '../../../src/zmtp/connection.ts';
import type { CurveBox, KeyPair } from '../../../src/zmtp/mechanism/curve-box.ts';
import { CurveClient } from '../../../src/zmtp/mechanism/curve-client.ts';
import { CurveServer } from '../../../src/zmtp/mechanism/curve-server.ts';
import type { MechanismFactory } from '../../../src/zmtp/mechanism/mechanism.ts';
import { PlainClient, PlainServer } from '../../../src/zmtp/mechanism/plain.ts';
import { frame, tryParseFrame } from '../../../src/testing/raw-bytes.ts';

let box: CurveBox;
let serverKeys: KeyPair;
let clientKeys: KeyPair;
let strangerKeys: KeyPair;

beforeAll(async () => {
  box = await loadCurveBox();
  [serverKeys, clientKeys, strangerKeys] = [
    box.generateKeyPair(),
    box.generateKeyPair(),
    box.generateKeyPair(),
  ];
});

type Mechanism = 'PLAIN' | 'CURVE';
const MECHANISMS: readonly Mechanism[] = ['PLAIN', 'CURVE'];

const COMMANDS = ['HELLO', 'WELCOME', 'INITIATE', 'READY'] as const;
type Command = (typeof COMMANDS)[number];

const GREETING_SIZE = 64;
const PASSWORD = Buffer.from('secret');

/** What arrives in place of a frame, in pieces. */
type Tamper = (sent: Buffer, name: string) => readonly Uint8Array[];

function clientOf(mechanism: Mechanism, isStranger: boolean): MechanismFactory {
  if (mechanism === 'PLAIN') {
    const password = isStranger ? Buffer.from('wrong') : PASSWORD;
    return (metadata) => new PlainClient(metadata, { username: Buffer.from('admin'), password });
  }
  const keys = isStranger ? strangerKeys : clientKeys;
  return (metadata) => new CurveClient(metadata, { box, keys, serverKey: serverKeys.publicKey });
}

function serverOf(mechanism: Mechanism): MechanismFactory {
  if (mechanism === 'PLAIN') return (metadata) => new PlainServer(metadata, { asksVerdict: true });
  return (metadata) => new CurveServer(metadata, { box, keys: serverKeys, asksVerdict: true });
}

/** One side, and what has become of it. */
class Side {
  readonly connection: Connection;
  readonly mechanism: Mechanism;
  isReady = false;
  #greeted = 0;

  constructor(mechanism: Mechanism, connection: Connection) {
    this.mechanism = mechanism;
    this.connection = connection;
  }

  get isClosed(): boolean {
    return this.connection.state === 'closed';
  }

  /** Takes all events, and answers with what there is to write: the rest of the greeting, and frames. */
  pump(): { greeting: Buffer; frames: Buffer[] } {
    const { connection } = this;
    for (let event = connection.nextEvent(); event !== undefined; event = connection.nextEvent()) {
      if (event.type === 'handshake') this.isReady = true;
      if (event.type === 'authenticate') this.#decide(event.request.credentials);
    }
    let output = Buffer.concat(connection.takeOutput());
    connection.outputWritten(true);
    const greeting = output.subarray(0, GREETING_SIZE - this.#greeted);
    this.#greeted += greeting.length;
    output = output.subarray(greeting.length);
    const frames: Buffer[] = [];
    while (output.length > 0) {
      const wire = tryParseFrame(output)?.wire ?? output;
      frames.push(wire);
      output = output.subarray(wire.length);
    }
    return { greeting, frames };
  }

  #decide([first, second]: readonly Uint8Array[]): void {
    const isKnown =
      this.mechanism === 'PLAIN'
        ? String(first) === 'admin' && PASSWORD.equals(second ?? Buffer.of())
        : clientKeys.publicKey.every((byte, i) => byte === first?.[i]);
    this.connection.authenticated({ status: isKnown ? 200 : 400 }, 0);
  }
}

/** A handshake, through the hands of `tamper`, until nothing is under way any more. */
function handshake(
  mechanism: Mechanism,
  tamper: Tamper,
  isStranger = false,
): Record<'client' | 'server', Side> {
  const make = (socketType: 'DEALER' | 'ROUTER', factory: MechanismFactory): Side =>
    new Side(mechanism, new Connection({ socketType, mechanism: factory, sink: NO_MESSAGES }, 0));
  const client = make('DEALER', clientOf(mechanism, isStranger));
  const server = make('ROUTER', serverOf(mechanism));
  const names = new Map([
    [client, ['HELLO', 'INITIATE']],
    [server, ['WELCOME', 'READY']],
  ]);
  for (let isMoving = true; isMoving; ) {
    isMoving = false;
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      const { greeting, frames } = from.pump();
      const arrivals = frames.flatMap((sent) => {
        const isError = sent.includes('ERROR');
        return tamper(sent, isError ? 'ERROR' : (names.get(from)?.shift() ?? 'more'));
      });
      for (const bytes of [greeting, ...arrivals]) {
        if (bytes.length === 0) continue;
        isMoving = true;
        to.connection.handleInput(Buffer.from(bytes), 0);
      }
    }
  }
  return { client, server };
}

const NO_MESSAGES = {
  message: (): boolean => {
    throw new Error('nobody has sent a message');
  },
};

const RECEIVERS = {
  HELLO: 'server',
  WELCOME: 'client',
  INITIATE: 'server',
  READY: 'client',
  ERROR: 'client',
} as const;

/** Tampers with one command and leaves all others alone. */
function only(command: string, tamper: (sent: Buffer) => readonly Uint8Array[]): Tamper {
  return (sent, name) => (name === command ? tamper(sent) : [sent]);
}

/** The commands of a handshake in which all went well, as frames. */
function record(mechanism: Mechanism): Map<string, Buffer> {
  const recorded = new Map<string, Buffer>();
  const { client, server } = handshake(mechanism, (sent, name) => {
    recorded.set(name, Buffer.from(sent));
    return [sent];
  });
  expect([client.isReady, server.isReady]).toEqual([true, true]);
  expect([...recorded.keys()]).toEqual([...COMMANDS]);
  return recorded;
}

/** Offsets in a frame. */
const range = (start: number, size: number): number[] =>
  Array.from({ length: size }, (_, i) => start + i);

function bodyOf(sent: Buffer): Buffer {
  return tryParseFrame(sent)?.body ?? Buffer.of();
}

function flip(sent: Buffer, offset: number, mask: number): Buffer {
  const changed = Buffer.from(sent);
  changed[offset] = (changed[offset] ?? 0) ^ mask;
  return changed;
}

describe.each(MECHANISMS)('%s', (mechanism) => {
  /** Sizes to cut to: all, or some where each takes its time. */
  const cuts = (size: number): number[] =>
    range(0, size).filter((at) => mechanism === 'PLAIN' || at % 17 === 0 || at === size - 1);

  const sizeOf = (name: Command): number => record(mechanism).get(name)?.length ?? 0;

  /** Where a flipped bit of the frame is not noticed. */
  function unnoticed(name: Command): number[] {
    if (mechanism === 'CURVE') return name === 'HELLO' ? range(2 + 8, 72) : [];
    // The name of the property Identity can become another name: whoever is in between may as well.
    return name === 'INITIATE' || name === 'READY' ? range(sizeOf(name) - 12, 8) : [];
  }

  test.each(COMMANDS)('%s with any byte changed', (name) => {
    const offsets = new Set<number>();
    for (const offset of range(0, sizeOf(name))) {
      // The cryptography takes its time, and to it one bit is like another.
      for (const mask of mechanism === 'PLAIN' ? [0x01, 0x80] : [offset % 2 ? 0x01 : 0x80]) {
        const result = handshake(
          mechanism,
          only(name, (sent) => [flip(sent, offset, mask)]),
        );
        if (result[RECEIVERS[name]].isReady) offsets.add(offset);
      }
    }
    expect([...offsets]).toEqual(unnoticed(name));
  });

  test.each(COMMANDS)('%s cut short, as a frame or with the connection', (name) => {
    const sizes: number[] = [];
    const bodySize = bodyOf(record(mechanism).get(name) ?? Buffer.of()).length;
    for (const size of cuts(bodySize)) {
      const short = handshake(
        mechanism,
        only(name, (sent) => {
          const flags = size > 255 ? 0x06 : 0x04;
          return [frame(flags, bodyOf(sent).subarray(0, size))];
        }),
      )[RECEIVERS[name]];
      if (short.isReady) sizes.push(size);
      else expect(short.isClosed).toBe(true);
    }
    for (const size of cuts(sizeOf(name))) {
      const half = handshake(
        mechanism,
        only(name, (sent) => [sent.subarray(0, size)]),
      )[RECEIVERS[name]];
      expect([half.isReady, half.isClosed]).toEqual([false, false]);
      half.connection.handleEof();
      expect([half.pump().frames, half.isReady, half.isClosed]).toEqual([[], false, true]);
    }
    // Without Identity, which is the last property: 1 + 8 + 4 bytes.
    const isOpen = mechanism === 'PLAIN' && (name === 'INITIATE' || name === 'READY');
    expect(sizes).toEqual(isOpen ? [bodySize - 13] : []);
  });

  test.each(COMMANDS)('%s twice', (name) => {
    const result = handshake(
      mechanism,
      only(name, (sent) => [sent, sent]),
    );
    const receiver = result[RECEIVERS[name]];
    // With PLAIN the last ones are commands in traffic then that nobody knows, and do nothing.
    const isLast = name === 'INITIATE' || name === 'READY';
    if (mechanism === 'PLAIN' && isLast) expect(receiver.connection.state).toBe('traffic');
    else expect(receiver.isClosed).toBe(true);
  });

  test.each(COMMANDS)('any command of another connection in place of %s', (name) => {
    for (const [other, recorded] of record(mechanism)) {
      const result = handshake(
        mechanism,
        only(name, () => [recorded]),
      );
      const receiver = result[RECEIVERS[name]];
      const isSame = other === name;
      expect(receiver.isReady, other).toBe(mechanism === 'PLAIN' && isSame);
      // PLAIN can be replayed; of CURVE only HELLO, and the client can make nothing of the WELCOME for it.
      if (!isSame) expect(receiver.isClosed, other).toBe(true);
      else if (mechanism === 'CURVE')
        expect(result.client.isClosed || receiver.isClosed).toBe(true);
    }
  });

  test('what a client has sent, replayed by somebody else', () => {
    const recorded = record(mechanism);
    const { server } = handshake(mechanism, (sent, name) => [recorded.get(name) ?? sent], true);
    expect(server.isReady).toBe(mechanism === 'PLAIN');
  });

  test('ERROR with any byte changed: nobody is let in by it', () => {
    let size = 0;
    const denied = handshake(
      mechanism,
      only('ERROR', (sent) => {
        size = sent.length;
        return [sent];
      }),
      true,
    );
    expect([denied.client.isClosed, denied.server.isClosed]).toEqual([true, true]);
    for (const offset of range(0, size)) {
      const { client, server } = handshake(
        mechanism,
        only('ERROR', (sent) => [flip(sent, offset, 0x01)]),
        true,
      );
      expect([client.isReady, server.isReady]).toEqual([false, false]);
    }
  });
});
