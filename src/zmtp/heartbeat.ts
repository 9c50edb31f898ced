/**
 * Heartbeats as arithmetic on a clock that is passed in. 37/ZMTP, "Connection Heartbeating".
 *
 * Three deadlines: the next PING of ours; the end of our patience after a PING of ours (any byte from the peer is a sign
 * of life); and the time to live that the peer's last PING asked us to apply to it. While the application does not take
 * messages we do not read, so the peer cannot show life: then no deadline runs.
 *
 * @module
 */
import { MAX_TTL_DECISECONDS } from './command.ts';

const MS_PER_DECISECOND = 100;

export type HeartbeatOptions = {
  /** Milliseconds from one PING to the next; 0 sends none. */
  readonly interval: number;
  /** Milliseconds that a peer may stay silent after a PING; 0 waits for ever. */
  readonly timeout: number;
  /** Milliseconds that the peer may go on without a byte from us, as our PING tells it; 0 says nothing. */
  readonly timeToLive: number;
};

/** What has become due. */
export type HeartbeatAction = 'ping' | 'expired' | 'none';

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #nextPing = Number.POSITIVE_INFINITY;
  #patience = Number.POSITIVE_INFINITY;
  #peerTtl = 0;
  #peerDeadline = Number.POSITIVE_INFINITY;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** The time to live that our PING announces, in tenths of a second. */
  get ttlDeciseconds(): number {
    return Math.min(MAX_TTL_DECISECONDS, Math.floor(this.#options.timeToLive / MS_PER_DECISECOND));
  }

  /** The handshake is done. */
  start(now: number): void {
    if (this.#options.interval > 0) this.#nextPing = now + this.#options.interval;
  }

  /** Bytes came, or the wait in which none could come is over. */
  alive(now: number): void {
    this.#patience = Number.POSITIVE_INFINITY;
    if (this.#peerTtl > 0) this.#peerDeadline = now + this.#peerTtl;
  }

  /** A PING came, with its time to live; 0 ends the obligation of an earlier one. */
  pinged(ttlDeciseconds: number, now: number): void {
    this.#peerTtl = ttlDeciseconds * MS_PER_DECISECOND;
    this.#peerDeadline = this.#peerTtl > 0 ? now + this.#peerTtl : Number.POSITIVE_INFINITY;
  }

  /** The earliest deadline, or Infinity. `canHear` is false while we do not read. */
  nextTimeout(canHear: boolean): number {
    return canHear ? Math.min(this.#nextPing, this.#patience, this.#peerDeadline) : this.#nextPing;
  }

  /** What is due at `now`. Call it again until it answers `none`. */
  handleTimeout(now: number, canHear: boolean): HeartbeatAction {
    if (canHear && now >= Math.min(this.#patience, this.#peerDeadline)) return 'expired';
    if (now < this.#nextPing) return 'none';
    this.#nextPing = now + this.#options.interval;
    if (this.#options.timeout > 0 && this.#patience === Number.POSITIVE_INFINITY) {
      this.#patience = now + this.#options.timeout;
    }
    return 'ping';
  }
}
