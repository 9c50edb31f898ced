/**
 * Faults that can be planted into the process of the subjects, to show that the fuzzer finds them. Each changes a method
 * of this package to something that a bug could make of it.
 *
 * @module
 */
import { Session } from '../../../src/sockets/session.ts';
import { Connection } from '../../../src/zmtp/connection.ts';
import { Decoder } from '../../../src/zmtp/decoder.ts';
import { Heartbeat } from '../../../src/zmtp/heartbeat.ts';
import { CurveServer } from '../../../src/zmtp/mechanism/curve-server.ts';
import { NullMechanism } from '../../../src/zmtp/mechanism/null.ts';
import { PlainServer } from '../../../src/zmtp/mechanism/plain.ts';
import { Socket } from '../../../src/index.ts';
import type { FaultName } from './fault-names.ts';

/** Puts `make(original)` in the place of a method. */
function replace<T extends object, K extends keyof T>(
  prototype: T,
  name: K,
  make: (original: T[K]) => T[K],
): void {
  prototype[name] = make(prototype[name]);
}

/** Keeps the processor busy for so many milliseconds of its own time. */
function compute(milliseconds: number): void {
  const end = 1000 * milliseconds + cpuTime();
  while (cpuTime() < end);
}

function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

type Receiving = { receive(): Promise<unknown[]> };

const leaked: unknown[] = [];
let isDeaf = false;

const FAULTS: Readonly<Record<FaultName, () => void>> = {
  'throws at an unknown command': () =>
    replace(
      Connection.prototype,
      'nextEvent',
      (original) =>
        function nextEvent(this: Connection) {
          const event = original.call(this);
          if (event?.type === 'command' && event.command.name === 'unknown') {
            throw new TypeError('cannot read properties of an unknown command');
          }
          return event;
        },
    ),

  'hangs at a READY without properties': () =>
    replace(
      NullMechanism.prototype,
      'receive',
      (original) =>
        function receive(this: NullMechanism, body) {
          if (body.length === 6 && body[1] === 0x52) compute(Number.POSITIVE_INFINITY);
          return original.call(this, body);
        },
    ),

  'keeps every body': () =>
    replace(
      Decoder.prototype,
      'decode',
      (original) =>
        function decode(this: Decoder, sink) {
          return original.call(this, {
            message: (frames) => {
              leaked.push(frames.map((frame) => Buffer.alloc(frame.length + 4096, 1)));
              return sink.message(frames);
            },
            command: (body) => sink.command(body),
          });
        },
    ),

  'does not close at illegal flags': () =>
    replace(
      Connection.prototype,
      'nextEvent',
      (original) =>
        function nextEvent(this: Connection) {
          const event = original.call(this);
          const isIt =
            event?.type === 'closed' &&
            event.cause === 'protocol' &&
            event.reason.includes('flags');
          return isIt ? undefined : event;
        },
    ),

  'answers PING with another context': () =>
    replace(
      Heartbeat.prototype,
      'takeCommands',
      (original) =>
        function takeCommands(this: Heartbeat) {
          return original
            .call(this)
            .map((command) =>
              command.name === 'PONG'
                ? { ...command, context: Buffer.from('stale memory') }
                : command,
            );
        },
    ),

  'dies at a property of 32,768 bytes': () =>
    replace(
      NullMechanism.prototype,
      'receive',
      (original) =>
        function receive(this: NullMechanism, body) {
          if (body.length > 32_768) process.kill(process.pid, 'SIGKILL');
          return original.call(this, body);
        },
    ),

  'forgets a rejection at a bad INITIATE of CURVE': () =>
    replace(
      CurveServer.prototype,
      'receive',
      (original) =>
        function receive(this: CurveServer, body) {
          try {
            return original.call(this, body);
          } catch (error) {
            if (body[0] === 8) void Promise.reject(error);
            throw error;
          }
        },
    ),

  'forgets connections that the peer has reset': () =>
    replace(
      Session.prototype,
      'closed',
      (original) =>
        function closed(this: Session, error) {
          if (error === undefined) original.call(this, error);
          else leaked.push(this);
        },
    ),

  'sends a stray byte behind a PONG': () =>
    replace(
      Connection.prototype,
      'takeOutput',
      (original) =>
        function takeOutput(this: Connection) {
          const pieces = original.call(this);
          const isPong = pieces.some((piece) => Buffer.from(piece).includes('PONG'));
          return isPong ? [...pieces, Uint8Array.of(0xff)] : pieces;
        },
    ),

  'serves nobody after a password of 255 bytes': () => {
    replace(
      PlainServer.prototype,
      'receive',
      (original) =>
        function receive(this: PlainServer, body) {
          if (body.length > 400) isDeaf = true;
          return original.call(this, body);
        },
    );
    replace(
      Session.prototype,
      'received',
      (original) =>
        function received(this: Session, chunk, isLent) {
          if (!isDeaf) original.call(this, chunk, isLent);
        },
    );
  },

  'computes long over a long topic': () =>
    replace(
      Connection.prototype,
      'handleInput',
      (original) =>
        function handleInput(this: Connection, chunk, now, isLent) {
          original.call(this, chunk, now, isLent);
          if (chunk.length > 200 && Buffer.from(chunk).includes('SUBSCRIBE')) compute(1000);
        },
    ),

  'lets a TypeError out of receive': () =>
    replace(
      Socket.prototype as unknown as Receiving,
      'receive',
      (original) =>
        async function receive(this: Receiving) {
          const frames = await original.call(this);
          if (frames.length > 2) throw new TypeError('frames is not iterable');
          return frames;
        },
    ),

  'never sees that a peer has gone': () =>
    replace(Connection.prototype, 'handleEof', () => () => {}),
};

export function plantFault(name: FaultName): void {
  FAULTS[name]();
}
