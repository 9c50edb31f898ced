/**
 * Heartbeats: deadlines as arithmetic on a clock that is passed in, and the commands that are due. 37/ZMTP, "Connection
 * Heartbeating".
 *
 * Three deadlines: the next PING of ours; the end of our patience after a PING of ours (any byte from the peer is a sign
 * of life); and the time to live that the peer's last PING asked us to apply to it. While the application does not take
 * messages we do not read, so the peer cannot show life: then no deadline runs.
 *
 * Nor can we answer its PINGs then, and it would take us for dead. So while we do not read we give a sign of life of our
 * own from time to time: a PONG, which any peer takes for traffic. How long the peer is patient it does not say. But who
 * leaves `heartbeatTimeout` alone waits for one interval, and its interval shows: in the time between two of its PINGs, or
 * in how long we have read without one. Two signs come in each of these. A peer that has sent no PING gets no sign: it may
 * have said its last word and be gone, and bytes for it would make its system take back what we have not read yet.
 *
 * @module
 */
import type { Command } from './command.ts';

const MS_PER_DECISECOND = 100;
/** libzmq counts a time to live in 16 bits of milliseconds: a longer one would come out as a much shorter one there. */
const MAX_ANNOUNCED_DECISECONDS = 655;

/**
 * PONGs that may wait while their peer takes none, when the options say nothing. When more PINGs come the last PONG stands
 * for all that follow; those of one input are all answered.
 */
const MAX_PENDING_PONGS = 16;

/** Milliseconds between two signs of life at least. */
const MIN_SIGN_INTERVAL = 50;

export type HeartbeatOptions = {
  /** Milliseconds from one PING to the next; 0 sends none. */
  readonly interval: number;
  /** Milliseconds that a peer may stay silent after a PING; 0 waits for ever. */
  readonly timeout: number;
  /** Milliseconds that the peer may go on without a byte from us, as our PING tells it: up to 65,500; 0 says nothing. */
  readonly timeToLive: number;
  /** PONGs that may wait while the peer takes none; `MAX_PENDING_PONGS` when absent. */
  readonly maxPendingPongs?: number;
};

const NO_BYTES = new Uint8Array(0);
const NEVER = Number.POSITIVE_INFINITY;

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #maxPendingPongs: number;
  #nextPing = NEVER;
  #patience = NEVER;
  #peerTtl = 0;
  #peerDeadline = NEVER;
  #isPingDue = false;
  #pongs: Uint8Array[] = [];
  #pongLimit = NEVER;
  /** Whether the peer has ever sent a PING. */
  #isPinger = false;
  /** Since when we have read without a pause and without a PING. */
  #quietSince = 0;
  /** The longest such time so far, until the peer has shown its interval. */
  #longestQuiet = 0;
  /** The shortest time between two PINGs of the peer. */
  #peerInterval = NEVER;
  /** Whether the last PING came since we last began to read. */
  #hasPinged = false;
  #nextSign = NEVER;
  #isSignDue = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#maxPendingPongs = options.maxPendingPongs ?? MAX_PENDING_PONGS;
  }

  /** Whether `takeCommands` has anything to answer with. */
  get hasCommands(): boolean {
    return this.#isPingDue || this.#isSignDue || this.#pongs.length > 0;
  }

  /** The handshake is done. */
  start(now: number): void {
    this.#quietSince = now;
    if (this.#options.interval > 0) this.#nextPing = now + this.#options.interval;
  }

  /** No more is read for now. */
  suspend(now: number): void {
    this.#longestQuiet = Math.max(this.#longestQuiet, now - this.#quietSince);
    // Many short waits are, for the peer, a long one: so an earlier sign stays due.
    if (this.#isPinger) this.#nextSign = Math.min(this.#nextSign, now + this.#signInterval);
  }

  /** Reading goes on. */
  resume(now: number): void {
    this.#quietSince = now;
    this.#hasPinged = false;
    this.alive(now);
  }

  /** Bytes came, or the wait in which none could come is over. */
  alive(now: number): void {
    this.#patience = NEVER;
    const waiting = this.#pongs.length;
    this.#pongLimit = waiting === 0 ? NEVER : Math.max(this.#maxPendingPongs, waiting);
    if (this.#peerTtl > 0) this.#peerDeadline = now + this.#peerTtl;
  }

  /** A PING came: its context is owed back, and its time to live counts, 0 ending an earlier one. */
  pinged(ttlDeciseconds: number, context: Uint8Array, now: number): void {
    this.#peerTtl = ttlDeciseconds * MS_PER_DECISECOND;
    this.#peerDeadline = this.#peerTtl > 0 ? now + this.#peerTtl : NEVER;
    if (this.#hasPinged) {
      this.#peerInterval = Math.min(this.#peerInterval, now - this.#quietSince);
    }
    this.#isPinger = true;
    this.#hasPinged = true;
    this.#longestQuiet = Math.max(this.#longestQuiet, now - this.#quietSince);
    this.#quietSince = now;
    if (this.#pongs.length >= this.#pongLimit) this.#pongs.pop();
    this.#pongs.push(Uint8Array.prototype.slice.call(context));
  }

  /** The PONGs that are owed, and the PING that is due; or else the sign of life that is. */
  takeCommands(): Command[] {
    const commands: Command[] = this.#pongs.map((context) => ({ name: 'PONG', context }));
    if (this.#isPingDue) {
      const ttl = Math.floor(this.#options.timeToLive / MS_PER_DECISECOND);
      const ttlDeciseconds = Math.min(MAX_ANNOUNCED_DECISECONDS, ttl);
      commands.push({ name: 'PING', ttlDeciseconds, context: NO_BYTES });
    }
    if (this.#isSignDue && commands.length === 0)
      commands.push({ name: 'PONG', context: NO_BYTES });
    this.#pongs = [];
    this.#isPingDue = false;
    this.#isSignDue = false;
    return commands;
  }

  /** The earliest deadline, or Infinity. `canHear` is false while we do not read. */
  nextTimeout(canHear: boolean): number {
    if (canHear) return Math.min(this.#nextPing, this.#patience, this.#peerDeadline);
    return Math.min(this.#nextPing, this.#nextSign);
  }

  /** Time has passed: a PING may be due. Answers whether the peer has been silent for too long. */
  handleTimeout(now: number, canHear: boolean): boolean {
    if (canHear && now >= Math.min(this.#patience, this.#peerDeadline)) return true;
    if (!canHear && now >= this.#nextSign) {
      this.#isSignDue = true;
      this.#nextSign = now + this.#signInterval;
    }
    if (now >= this.#nextPing) {
      this.#isPingDue = true;
      this.#nextPing = now + this.#options.interval;
      if (this.#options.timeout > 0 && this.#patience === NEVER) {
        this.#patience = now + this.#options.timeout;
      }
    }
    return false;
  }

  get #signInterval(): number {
    const interval = this.#peerInterval === NEVER ? this.#longestQuiet : this.#peerInterval;
    return Math.max(MIN_SIGN_INTERVAL, interval / 2);
  }
}
