/**
 * STREAM: bytes to and from peers that speak no ZMTP. A message is the routing id of the peer and one frame of bytes; an
 * empty frame received says that a connection has begun or ended, an empty frame sent ends it.
 *
 * @module
 */
import { type ErrorCode, ZmtpError } from '../../errors.ts';
import type { Frames, Pipe } from '../../pipe.ts';
import type { AllocateFrame } from '../routing/allocate.ts';
import { FairQueue } from '../routing/fair-queue.ts';
import { RoutingTable } from '../routing/routing-table.ts';
import type { Pattern } from './pattern.ts';

export class StreamPattern implements Pattern {
  readonly #table: RoutingTable;
  readonly #queue = new FairQueue();
  readonly isWritable = true;

  /** @param firstId, allocate - see `RoutingTable` */
  constructor(firstId: number, allocate: AllocateFrame) {
    this.#table = new RoutingTable(firstId, allocate);
  }

  get isReadable(): boolean {
    return this.#queue.hasMessage;
  }

  /** Whether a peer has this name. */
  hasRoute(routingId: Uint8Array): boolean {
    return this.#table.find(routingId) !== undefined;
  }

  attach(pipe: Pipe): void {
    this.#table.add(pipe);
    this.#queue.add(pipe);
  }

  detach(pipe: Pipe): void {
    this.#table.remove(pipe);
    this.#queue.remove(pipe);
  }

  pipeStatusChanged(): void {}

  pipeReadable(pipe: Pipe): void {
    this.#queue.add(pipe);
  }

  pipeWritable(): void {}

  send(frames: Frames): boolean {
    const [routingId, data] = frames;
    if (routingId === undefined || data === undefined || frames.length > 2) {
      throw new ZmtpError('EINVAL', { detail: 'a message is a routing id and one frame of bytes' });
    }
    const pipe = this.#table.find(routingId);
    if (pipe === undefined) {
      throw new ZmtpError('EHOSTUNREACH', { detail: 'no peer has this routing id' });
    }
    if (data.length === 0) pipe.finish();
    else if (!pipe.canWrite) return false;
    else pipe.write([data]);
    return true;
  }

  receive(): Frames | undefined {
    const frames = this.#queue.read();
    frames?.unshift(this.#table.copyId(this.#queue.lastPipe as Pipe));
    return frames;
  }

  blockedBy(): ErrorCode {
    return 'EAGAIN';
  }
}
