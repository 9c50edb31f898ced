/**
 * Runs a session: one connection to the endpoint, and its steps in order. No step waits for long, whatever the subject
 * does; what the subject owes, that it ends the connection, is waited for as long as `patience` says, where it is demanded.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { tryParseFrame } from '../raw-bytes.ts';
import { turn } from '../turn.ts';
import { mustClose } from '../fuzz/oracle/must-close.ts';
import { dial } from '../dial.ts';
import { after } from '../patience.ts';
import { change, cut, type Session, type Step, type Target } from './session.ts';
import { type Credentials, WireEncoder } from './wire.ts';

/** What a session has come to. */
export type Outcome = {
  readonly target: Target;
  readonly session: Session;
  /** All that came, up to `KEPT_BYTES`. */
  readonly received: Buffer;
  /** What was sent. */
  readonly sent: Buffer;
  /** What was said under the seals. */
  readonly plain: Buffer;
  /** For opening what came; `undefined` where nothing is sealed. */
  readonly wire: WireEncoder | undefined;
  readonly isClosedBySubject: boolean;
  /** The subject should have ended the connection, and has not: why it should. */
  readonly owed: string | undefined;
};

/** How sessions are run. */
export type SessionSetting = {
  /** `tcp://host:port` or `ipc://path`. */
  readonly endpoint: string;
  readonly credentials: Credentials;
  /** How long what the subject owes is waited for, in ms. */
  readonly patience: number;
  /** How long a step waits for an answer that may never come, in ms. */
  readonly answerLimit: number;
  /** Whether it is demanded that the subject ends the connection after a violation and after FIN. */
  readonly isStrict: boolean;
  /** Whether nothing matters any more, as the subject is gone. */
  readonly isDone: () => boolean;
};

/** How long bytes that the subject need not have read are waited for, in ms. */
const HELD_UP_LIMIT = 250;
/** How long a step waits for bytes to be taken, in ms. */
const WRITE_LIMIT = 400;
const KEPT_BYTES = 4 * 1024 * 1024;
const GREETING_SIZE = 64;

class SessionRun {
  readonly #target: Target;
  readonly #session: Session;
  readonly #socket: Socket;
  readonly #wire: WireEncoder;
  readonly #setting: SessionSetting;
  readonly #sent: Buffer[] = [];
  readonly #plain: Buffer[] = [];
  /** What goes out together with what is sent next. */
  readonly #held: Buffer[] = [];
  #chunks: Buffer[] = [];
  #receivedBytes = 0;
  #isClosed = false;
  #isOver = false;
  /** The subject need not have read all that was sent. */
  #mayBeHeldUp = false;
  #wake: () => void = () => {};

  private constructor(target: Target, session: Session, socket: Socket, setting: SessionSetting) {
    this.#target = target;
    this.#session = session;
    this.#socket = socket;
    this.#wire = new WireEncoder(setting.credentials);
    this.#setting = setting;
    socket.on('data', (chunk) => {
      if (this.#receivedBytes < KEPT_BYTES) this.#chunks.push(chunk);
      this.#receivedBytes += chunk.length;
      this.#wake();
    });
    const ended = (): void => {
      this.#isClosed = true;
      this.#wake();
    };
    // An error is an end as any other, and 'close' comes after it.
    socket.on('error', ended).on('end', ended).on('close', ended);
  }

  /** Runs a session and lets go of its connection. */
  static async run(target: Target, session: Session, setting: SessionSetting): Promise<Outcome> {
    const socket = await dial(setting.endpoint);
    const run = new SessionRun(target, session, socket, setting);
    try {
      return await run.#all();
    } finally {
      socket.destroy();
    }
  }

  async #all(): Promise<Outcome> {
    for (const step of this.#session.steps) {
      if (this.#isClosed || this.#isOver) break;
      await this.#step(step);
    }
    let owed: string | undefined;
    if (!this.#isOver) owed = await this.#leave();
    const isCurve = this.#target.mechanism === 'CURVE';
    return {
      target: this.#target,
      session: this.#session,
      received: this.#received(),
      sent: Buffer.concat(this.#sent),
      plain: Buffer.concat(this.#plain),
      wire: isCurve ? this.#wire : undefined,
      isClosedBySubject: this.#isClosed,
      owed,
    };
  }

  async #step(step: Step): Promise<void> {
    switch (step.do) {
      case 'send':
        return this.#send(step);
      case 'await':
        await this.#until(() => this.#hasAnswered(step.frames), this.#setting.answerLimit);
        return;
      case 'turns':
        for (let i = 0; i < step.count; i++) await turn();
        return;
      case 'stop-reading':
        this.#mayBeHeldUp = true;
        this.#socket.pause();
        return;
      case 'read-on':
        this.#socket.resume();
        return;
      case 'reset':
        this.#isOver = true;
        this.#reset();
        return;
      case 'vanish':
        this.#isOver = true;
        this.#socket.end();
        await turn();
        this.#reset();
        return;
      case 'end':
        // `#leave` does it.
        return;
      default: {
        const unreachable: never = step;
        return unreachable;
      }
    }
  }

  /** RST, which is known to TCP alone. */
  #reset(): void {
    if (this.#setting.endpoint.startsWith('tcp:')) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  async #send(step: Extract<Step, { do: 'send' }>): Promise<void> {
    const { content, changes = [], cuts = [], isHeld = false } = step;
    const { bytes, plain } = this.#wire.encode(content, this.#answers());
    const spoilt = change(bytes, changes);
    this.#plain.push(plain === bytes ? Buffer.from(spoilt) : plain);
    this.#held.push(Buffer.from(spoilt));
    if (isHeld) return;
    for (const piece of cut(Buffer.concat(this.#held.splice(0)), cuts)) {
      if (this.#isClosed) return;
      await this.#write(Buffer.from(piece));
      if (cuts.length > 0) await turn();
    }
  }

  async #write(bytes: Buffer): Promise<void> {
    let isTaken = false;
    this.#sent.push(bytes);
    this.#socket.write(bytes, () => {
      isTaken = true;
      this.#wake();
    });
    await this.#until(() => isTaken, WRITE_LIMIT);
    if (!isTaken) this.#mayBeHeldUp = true;
  }

  /** FIN; before it and after it, the subject may owe an end. */
  async #leave(): Promise<string | undefined> {
    if (this.#held.length > 0) await this.#write(Buffer.concat(this.#held.splice(0)));
    const { isStrict, patience } = this.#setting;
    const rule = isStrict ? mustClose(this.#target, Buffer.concat(this.#sent)) : undefined;
    if (rule !== undefined && !this.#mayBeHeldUp) {
      await this.#until(() => false, patience);
      if (!this.#isClosed && !this.#setting.isDone()) return rule;
    }
    if (this.#isClosed) return undefined;
    this.#socket.resume();
    this.#socket.end();
    const owesIt = isStrict && !this.#mayBeHeldUp;
    await this.#until(() => false, owesIt ? patience : HELD_UP_LIMIT);
    if (this.#isClosed || !owesIt || this.#setting.isDone()) return undefined;
    return 'the peer has sent FIN';
  }

  /** Waits for `test`, the end of the connection or that of the whole, at most so long. */
  #until(test: () => boolean, limit: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        stop();
        clearInterval(poll);
        this.#wake = () => {};
        resolve();
      };
      const stop = after(limit, finish);
      const check = (): void => {
        if (test() || this.#isClosed || this.#setting.isDone()) finish();
      };
      const poll = setInterval(check, 100);
      this.#wake = check;
      check();
    });
  }

  #received(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  #hasAnswered(frames: number): boolean {
    if (frames === 0) return this.#receivedBytes >= GREETING_SIZE;
    return this.#answers().length >= frames;
  }

  /** The bodies of the first frames behind the greeting. */
  #answers(): Buffer[] {
    const bodies: Buffer[] = [];
    let rest = this.#received().subarray(GREETING_SIZE);
    while (bodies.length < 2) {
      const frame = tryParseFrame(rest);
      if (frame === undefined) break;
      bodies.push(frame.body);
      rest = rest.subarray(frame.wire.length);
    }
    return bodies;
  }
}

/**
 * Runs a session against a bound socket, over a connection of its own.
 *
 * @param target - the type and the mechanism of the socket
 * @returns what came of it, when the connection has been let go
 * @throws what `node:net` has to say when nobody is there; ZmtpError EINVAL when the endpoint is neither tcp nor ipc;
 *   TypeError when a session of CURVE has no keys
 */
export function runSession(
  target: Target,
  session: Session,
  setting: SessionSetting,
): Promise<Outcome> {
  return SessionRun.run(target, session, setting);
}
