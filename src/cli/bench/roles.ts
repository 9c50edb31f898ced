/**
 * The four ends of a measurement. Each does what libzmq's tools `local_thr`, `remote_thr`, `local_lat` and `remote_lat` do at
 * the other end: PUSH to PULL, and REQ to a REP that sends back what it gets.
 *
 * @module
 */
import { ZmtpError } from '../../index.ts';
import type { AnySocket } from '../cat/open.ts';
import { type Figures, passageFigures, roundTripFigures } from './figures.ts';

type Run = {
  readonly socket: AnySocket;
  /** How many messages, or round trips; for ever without it. */
  readonly count: number;
  /** Bytes of a message. */
  readonly size: number;
};

export type Role = {
  readonly about: string;
  /** How many messages there are when nothing is said. */
  readonly count: number;
  /** Says how large messages are. */
  readonly hasSize?: true;
  /** Goes on until `count` is reached or something fails; `figures` says what has been measured until then. */
  start(run: Run): { readonly done: Promise<void>; readonly figures: () => Figures | undefined };
};

/** Counts what passes, from the first message on. */
class Meter {
  #messages = 0;
  #bytes = 0;
  #began = 0;
  #ended = 0;
  #cpu: NodeJS.CpuUsage | undefined;

  /** The clock starts. */
  begin(): void {
    this.#began = performance.now();
    this.#ended = this.#began;
    this.#cpu = process.cpuUsage();
  }

  /** One more has passed, just now. */
  count(bytes: number): void {
    this.#messages++;
    this.#bytes += bytes;
    this.#ended = performance.now();
  }

  figures(role: string): Figures | undefined {
    if (this.#messages === 0 || this.#cpu === undefined) return undefined;
    const { user, system } = process.cpuUsage(this.#cpu);
    return passageFigures(role, {
      messages: this.#messages,
      bytes: this.#bytes,
      milliseconds: this.#ended - this.#began,
      cpuMicroseconds: user + system,
    });
  }
}

/** Waits for the first message, with which the clock starts, and counts those behind it. */
async function pull({ socket, count }: Run, meter: Meter): Promise<void> {
  await socket.receive();
  meter.begin();
  for (let i = 1; i < count; i++) {
    const frames = await socket.receive();
    let bytes = 0;
    for (const frame of frames) bytes += frame.length;
    meter.count(bytes);
  }
}

async function push({ socket, count, size }: Run, meter: Meter): Promise<void> {
  const message = Buffer.alloc(size);
  meter.begin();
  for (let i = 0; i < count; i++) {
    await socket.send(message);
    meter.count(size);
  }
}

async function rep({ socket, count }: Run, meter: Meter): Promise<void> {
  for (let i = 0; i < count; i++) {
    const frames = await socket.receive();
    if (i === 0) meter.begin();
    await socket.send(frames);
    meter.count(frames.reduce((sum, frame) => sum + frame.length, 0));
  }
}

/** Round trips, in milliseconds. */
async function req({ socket, count, size }: Run, times: number[]): Promise<void> {
  const message = Buffer.alloc(size);
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    await socket.send(message);
    const frames = await socket.receive();
    times.push(performance.now() - began);
    if (frames.length !== 1 || frames[0]?.length !== size)
      throw new ZmtpError('EPROTO', { message: 'the peer does not send back what it is sent' });
  }
}

function metered(role: string, act: (run: Run, meter: Meter) => Promise<void>): Role['start'] {
  return (run) => {
    const meter = new Meter();
    return { done: act(run, meter), figures: () => meter.figures(role) };
  };
}

export const ROLES: Readonly<Record<'push' | 'pull' | 'req' | 'rep', Role>> = {
  push: {
    about: 'send messages as fast as they are taken',
    count: 100_000,
    hasSize: true,
    start: metered('push', push),
  },
  pull: {
    about: 'receive them, and say how many a second; the clock starts with the first',
    count: 100_000,
    start: metered('pull', pull),
  },
  req: {
    about: 'ask again and again, and say how long replies take; the first tenth does not count',
    count: 10_000,
    hasSize: true,
    start: (run) => {
      const times: number[] = [];
      return {
        done: req(run, times),
        figures: () => {
          const counted = times.slice(Math.floor(run.count / 10));
          return counted.length === 0
            ? undefined
            : roundTripFigures('req', Float64Array.from(counted), run.size);
        },
      };
    },
  },
  rep: {
    about: 'send back what comes, for ever without --count',
    count: Infinity,
    start: metered('rep', rep),
  },
};
