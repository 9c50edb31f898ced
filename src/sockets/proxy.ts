/**
 * `Proxy`: hands on what comes in at one socket to another, in both directions: the queue between clients and workers,
 * the forwarder between publishers and subscribers, the streamer of a pipeline.
 *
 * ```
 * frontEnd ──► capture ──► backEnd
 *          ◄── capture ◄──
 * ```
 *
 * A message is taken from one side only when the one before has gone to the other, so the high-water marks of both sides
 * hold through the proxy. After some thousand messages the event loop has its turn: sockets whose messages come back to
 * the proxy would else be all there is.
 *
 * @module
 */
import { ZmtpError } from '../errors.ts';
import type { Frames } from '../pipe.ts';
import { checkCount } from '../arguments.ts';
import { forgetSender } from '../sender.ts';
import { coreOf } from './core-of.ts';
import { hold, release } from './process-exit.ts';
import type { Socket } from './socket.ts';
import type { Job, SocketCore } from './socket-core.ts';
import { spendTurn } from './turn.ts';

/** One direction, with the message that is on its way and where it has been. */
class Lane {
  readonly #from: SocketCore;
  readonly #to: SocketCore;
  readonly #capture: SocketCore | undefined;
  #frames: Frames | undefined;
  #isCaptured = false;

  constructor(from: SocketCore, to: SocketCore, capture: SocketCore | undefined) {
    this.#from = from;
    this.#to = to;
    this.#capture = capture;
  }

  /** Hands on one message, if there is one and it goes; answers whether it did. */
  advance(): boolean {
    if (this.#frames === undefined) {
      this.#frames = this.#from.pattern.receive();
      if (this.#frames === undefined) return false;
      // Over inproc the same array arrives, and who receives it has the proxy for a peer.
      forgetSender(this.#frames);
    }
    if (!this.#isCaptured && !this.#hasRoom(this.#capture, [...this.#frames])) return false;
    this.#isCaptured = true;
    if (!this.#hasRoom(this.#to, this.#frames)) return false;
    this.#frames = undefined;
    this.#isCaptured = false;
    return true;
  }

  /** The end: what is under way goes if it can, captured or not. */
  finish(): void {
    if (this.#frames === undefined) return;
    if (!this.#isCaptured) this.#hasRoom(this.#capture, [...this.#frames]);
    this.#hasRoom(this.#to, this.#frames);
    this.#frames = undefined;
  }

  /** Sends; answers `false` when the message has to wait. One that can never be sent is dropped. */
  #hasRoom(core: SocketCore | undefined, frames: Frames): boolean {
    if (core === undefined) return true;
    try {
      return core.pattern.send(frames);
    } catch (error) {
      if (error instanceof ZmtpError) return true;
      throw error;
    }
  }
}

/** Forwards messages between two sockets; see `run`. */
export class Proxy<F extends Socket = Socket, B extends Socket = Socket> {
  readonly frontEnd: F;
  readonly backEnd: B;
  /** Is sent a copy of each message, in both directions; it must be a socket that sends. */
  readonly capture: Socket | undefined;
  readonly #cores: readonly SocketCore[];
  readonly #job: Job = {
    // For those that have waited for their turn.
    begin: () => {},
    advance: () => this.#advance(),
    abort: () => this.#end(),
  };
  #lanes: readonly Lane[] = [];
  #isPaused = false;
  #isAdvancing = false;
  /** The event loop has its turn. */
  #isResting = false;
  #resolve: (() => void) | undefined;

  /** @throws {TypeError} code EINVAL for what are no sockets */
  constructor(frontEnd: F, backEnd: B, capture?: Socket) {
    // oxlint-disable-next-line prefer-rest-params
    checkCount(arguments.length, 3);
    this.#cores = [coreOf(frontEnd, 'Front-end'), coreOf(backEnd, 'Back-end')];
    if (capture !== undefined) this.#cores = [...this.#cores, coreOf(capture, 'Capture')];
    this.frontEnd = frontEnd;
    this.backEnd = backEnd;
    this.capture = capture;
  }

  /**
   * Forwards until `terminate` is called or one of the sockets is closed; then all are closed, and the promise resolves.
   * Meanwhile calls of the sockets throw EBUSY.
   *
   * @throws {ZmtpError} at once: EINVAL when one of the sockets is neither bound nor connected, or is there twice; ENOTSUP
   * when nothing can go either way, or the capture socket does not send; EBUSY when one has calls that wait
   */
  run(): Promise<void> {
    const [front, back, capture] = this.#cores as [SocketCore, SocketCore, SocketCore | undefined];
    checkEndpoint(front, 'Front-end');
    checkEndpoint(back, 'Back-end');
    if (capture !== undefined) checkEndpoint(capture, 'Capture');
    for (const core of this.#cores) core.checkFree();
    checkRoles(front, back, capture);
    this.#occupy();
    this.#lanes = [new Lane(front, back, capture), new Lane(back, front, capture)];
    hold();
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#advance();
    });
  }

  /**
   * Forwards nothing until `resume`.
   *
   * @throws {ZmtpError} EBADF when it does not run
   */
  pause(): void {
    this.#checkRunning();
    this.#isPaused = true;
  }

  /**
   * Goes on after `pause`.
   *
   * @throws {ZmtpError} EBADF when it does not run
   */
  resume(): void {
    this.#checkRunning();
    this.#isPaused = false;
    this.#advance();
  }

  /**
   * Ends it, and closes the sockets.
   *
   * @throws {ZmtpError} EBADF when it does not run
   */
  terminate(): void {
    this.#checkRunning();
    this.#end();
  }

  /** Takes all sockets, or none. */
  #occupy(): void {
    const taken: SocketCore[] = [];
    try {
      for (const core of this.#cores) {
        core.occupy(this.#job);
        taken.push(core);
      }
    } catch (error) {
      for (const core of taken) core.leave(this.#job);
      throw error;
    }
  }

  #checkRunning(): void {
    if (this.#resolve === undefined) throw new ZmtpError('EBADF', { detail: 'it does not run' });
  }

  /** What one lane does can concern the other, and itself again: so it is done until nothing moves. */
  #advance(): void {
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    try {
      for (let hasMoved = true; hasMoved; ) {
        hasMoved = false;
        for (const lane of this.#lanes)
          while (this.#canAdvance && this.#advanceBy(lane)) hasMoved = true;
      }
    } finally {
      this.#isAdvancing = false;
    }
  }

  get #canAdvance(): boolean {
    return !this.#isPaused && !this.#isResting && this.#resolve !== undefined;
  }

  /** One message of a lane, which may have been the last for this turn. */
  #advanceBy(lane: Lane): boolean {
    if (!lane.advance()) return false;
    const nextTurn = spendTurn();
    if (nextTurn !== undefined) void this.#rest(nextTurn);
    return true;
  }

  async #rest(nextTurn: Promise<void>): Promise<void> {
    this.#isResting = true;
    await nextTurn;
    this.#isResting = false;
    this.#advance();
  }

  /** The one way to the end. */
  #end(): void {
    const resolve = this.#resolve;
    if (resolve === undefined) return;
    this.#resolve = undefined;
    release();
    for (const lane of this.#lanes) lane.finish();
    for (const core of this.#cores) {
      core.leave(this.#job);
      void core.close();
    }
    resolve();
  }
}

function checkEndpoint(core: SocketCore, what: string): void {
  if (core.endpoints.hasAny) return;
  throw new ZmtpError('EINVAL', {
    message: `${what} socket must be bound or connected`,
    detail: 'a proxy between sockets without endpoints has nothing to do',
  });
}

/** Whether messages can go from one socket to another. */
function canForward(from: SocketCore, to: SocketCore): boolean {
  return canDo(from, 'receive') && canDo(to, 'send');
}

function canDo(core: SocketCore, operation: 'send' | 'receive'): boolean {
  return core.pattern.blockedBy(operation) !== 'ENOTSUP';
}

function checkRoles(front: SocketCore, back: SocketCore, capture: SocketCore | undefined): void {
  if (front === back || front === capture || back === capture) {
    throw new ZmtpError('EINVAL', { detail: 'a socket of a proxy has one place in it, not two' });
  }
  if (!canForward(front, back) && !canForward(back, front)) {
    const detail = `nothing can go between a ${front.kind} and a ${back.kind} socket, either way`;
    throw new ZmtpError('ENOTSUP', { detail });
  }
  if (capture !== undefined && !canDo(capture, 'send')) {
    const detail = `a ${capture.kind} socket cannot be sent a copy of each message`;
    throw new ZmtpError('ENOTSUP', { detail });
  }
}
