/**
 * Heartbeats: deadlines as arithmetic on a clock that is passed in, and the commands that are due. 37/ZMTP, "Connection
 * Heartbeating".
 *
 * Three deadlines: the next PING of ours; the end of our patience after a PING of ours (any byte from the peer is a sign
 * of life); and the time to live that the peer's last PING asked us to apply to it. While the application does not take
 * messages we do not read, so the peer cannot show life: then no deadline runs.
 *
 * @module
 */
import type { Command } from './command.ts';

const MS_PER_DECISECOND = 100;
/** libzmq counts a time to live in 16 bits of milliseconds: a longer one would come out as a much shorter one there. */
const MAX_ANNOUNCED_DECISECONDS = 655;

/**
 * PONGs that may wait while their peer takes none. When more PINGs come the last PONG stands for all that follow; those
 * of one input are all answered.
 */
const MAX_WAITING_PONGS = 16;

export type HeartbeatOptions = {
  /** Milliseconds from one PING to the next; 0 sends none. */
  readonly interval: number;
  /** Milliseconds that a peer may stay silent after a PING; 0 waits for ever. */
  readonly timeout: number;
  /** Milliseconds that the peer may go on without a byte from us, as our PING tells it: up to 65,500; 0 says nothing. */
  readonly timeToLive: number;
};

const NO_BYTES = new Uint8Array(0);

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #nextPing = Number.POSITIVE_INFINITY;
  #patience = Number.POSITIVE_INFINITY;
  #peerTtl = 0;
  #peerDeadline = Number.POSITIVE_INFINITY;
  #isPingDue = false;
  #pongs: Uint8Array[] = [];
  #pongLimit = Number.POSITIVE_INFINITY;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** Whether `takeCommands` has anything to answer with. */
  get hasCommands(): boolean {
    return this.#isPingDue || this.#pongs.length > 0;
  }

  /** The handshake is done. */
  start(now: number): void {
    if (this.#options.interval > 0) this.#nextPing = now + this.#options.interval;
  }

  /** Bytes came, or the wait in which none could come is over. */
  alive(now: number): void {
    this.#patience = Number.POSITIVE_INFINITY;
    const waiting = this.#pongs.length;
    this.#pongLimit =
      waiting === 0 ? Number.POSITIVE_INFINITY : Math.max(MAX_WAITING_PONGS, waiting);
    if (this.#peerTtl > 0) this.#peerDeadline = now + this.#peerTtl;
  }

  /** A PING came: its context is owed back, and its time to live counts, 0 ending an earlier one. */
  pinged(ttlDeciseconds: number, context: Uint8Array, now: number): void {
    this.#peerTtl = ttlDeciseconds * MS_PER_DECISECOND;
    this.#peerDeadline = this.#peerTtl > 0 ? now + this.#peerTtl : Number.POSITIVE_INFINITY;
    if (this.#pongs.length >= this.#pongLimit) this.#pongs.pop();
    this.#pongs.push(Uint8Array.prototype.slice.call(context));
  }

  /** The PONGs that are owed, and the PING that is due. */
  takeCommands(): Command[] {
    const commands: Command[] = this.#pongs.map((context) => ({ name: 'PONG', context }));
    if (this.#isPingDue) {
      const ttl = Math.floor(this.#options.timeToLive / MS_PER_DECISECOND);
      const ttlDeciseconds = Math.min(MAX_ANNOUNCED_DECISECONDS, ttl);
      commands.push({ name: 'PING', ttlDeciseconds, context: NO_BYTES });
    }
    this.#pongs = [];
    this.#isPingDue = false;
    return commands;
  }

  /** The earliest deadline, or Infinity. `canHear` is false while we do not read. */
  nextTimeout(canHear: boolean): number {
    return canHear ? Math.min(this.#nextPing, this.#patience, this.#peerDeadline) : this.#nextPing;
  }

  /** Time has passed: a PING may be due. Answers whether the peer has been silent for too long. */
  handleTimeout(now: number, canHear: boolean): boolean {
    if (canHear && now >= Math.min(this.#patience, this.#peerDeadline)) return true;
    if (now >= this.#nextPing) {
      this.#isPingDue = true;
      this.#nextPing = now + this.#options.interval;
      if (this.#options.timeout > 0 && this.#patience === Number.POSITIVE_INFINITY) {
        this.#patience = now + this.#options.timeout;
      }
    }
    return false;
  }
}
