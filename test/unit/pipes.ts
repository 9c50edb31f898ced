/**
 * Peers at the far ends of pipes, for tests of patterns and of what routes between them. A message is written as text
 * with `|` between its frames: `|Hello` is the empty delimiter and one frame behind it.
 *
 * @module
 */
import type { ProtocolError } from '../../src/errors.ts';
import { type Frames, Pipe, type PipeOwner } from '../../src/pipe.ts';
import type { Pattern } from '../../src/sockets/patterns/pattern.ts';

/** Frames from text. */
export function parse(text: string): Frames {
  return text.split('|').map((frame) => Buffer.from(frame, 'latin1'));
}

/** Text from frames. */
export function format(frames: Frames | undefined): string | undefined {
  return frames?.map((frame) => Buffer.from(frame).toString('latin1')).join('|');
}

/** Hands on to a pattern what its pipes report, as a socket does. */
class PatternOwner implements PipeOwner {
  readonly #pattern: Pattern;

  constructor(pattern: Pattern) {
    this.#pattern = pattern;
  }

  pipeReadable(pipe: Pipe): void {
    this.#pattern.pipeReadable(pipe);
  }

  pipeWritable(pipe: Pipe): void {
    this.#pattern.pipeWritable(pipe);
  }

  pipeStatusChanged(pipe: Pipe): void {
    this.#pattern.pipeStatusChanged(pipe);
  }

  pipeClosed(pipe: Pipe): void {
    this.#pattern.detach(pipe);
  }

  pipeSubscription(): void {}

  pipeFinished(): void {}

  pipeHangUp(): void {}
}

export type PeerOptions = {
  /** For what the peer writes; 0, no limit, when absent. */
  readonly writeMark?: number;
  /** For what is written to the peer; 0, no limit, when absent. */
  readonly readMark?: number;
  /** Whether the near end has a connection from the beginning; it has when absent. */
  readonly isConnected?: boolean;
  /** Whether the peer reads whatever comes, at once. */
  readonly isReading?: boolean;
  /** What the peer calls itself, as text; it has no name when absent. */
  readonly routingId?: string;
  /** What we have called it when we connected, as text. */
  readonly givenId?: string;
  /** Whether the peer has connected to us. */
  readonly isAccepted?: boolean;
  /** Whether the peer is another socket of the process, as over inproc. */
  readonly isSocket?: boolean;
  /** What becomes of it when the connection is to be dropped, as a session does that; nothing when absent. */
  readonly whenHungUp?: 'leave' | 'disconnect';
};

/** The far end of a pipe. */
export class Peer implements PipeOwner {
  readonly near: Pipe;
  readonly far: Pipe;
  /** What has been reported to this end, and what it read when it reads by itself. */
  readonly log: string[] = [];
  /** The subscriptions that came past the high-water mark. */
  readonly subscriptions: string[] = [];
  hangUpError: ProtocolError | undefined;
  readonly #isReading: boolean;
  readonly #whenHungUp: 'leave' | 'disconnect' | undefined;

  constructor(owner: PipeOwner, options: PeerOptions = {}) {
    const { writeMark = 0, readMark = 0, isConnected = true, isReading = false } = options;
    const { givenId = '', isAccepted = false, isSocket = false, whenHungUp } = options;
    this.#isReading = isReading;
    this.#whenHungUp = whenHungUp;
    const [near, far] = Pipe.pair(
      { owner, highWaterMark: readMark, isShared: true },
      { owner: this, highWaterMark: writeMark, isShared: isSocket },
    );
    this.near = near;
    this.far = far;
    near.isAccepted = isAccepted;
    near.routingId = Buffer.from(givenId, 'latin1');
    if (isConnected) far.setConnected(true);
    if (isReading) this.takeAll();
  }

  /** A new peer of `pattern`, which learns of it in the order of a connection: there, named, connected. */
  static of(pattern: Pattern, options: PeerOptions = {}): Peer {
    const { routingId = '', isConnected = true } = options;
    const peer = new Peer(new PatternOwner(pattern), { ...options, isConnected: false });
    pattern.attach(peer.near);
    peer.far.introduce(Buffer.from(routingId, 'latin1'));
    if (isConnected) peer.far.setConnected(true);
    return peer;
  }

  send(text: string): void {
    this.far.write(parse(text));
  }

  /** The next message for this peer. */
  take(): string | undefined {
    return format(this.far.read());
  }

  takeAll(): string[] {
    const messages: string[] = [];
    for (let next = this.take(); next !== undefined; next = this.take()) messages.push(next);
    return messages;
  }

  /** The peer goes for good. */
  leave(): void {
    this.far.setConnected(false);
    this.far.close();
  }

  pipeReadable(): void {
    this.log.push('readable');
    if (this.#isReading) this.log.push(...this.takeAll());
  }

  pipeWritable(): void {
    this.log.push('writable');
  }

  pipeStatusChanged(): void {
    this.log.push(this.far.isConnected ? 'connected' : 'disconnected');
  }

  pipeClosed(): void {
    this.log.push('closed');
  }

  pipeFinished(): void {
    this.log.push('finish');
  }

  pipeHangUp(_pipe: Pipe, error: ProtocolError | undefined): void {
    this.log.push('hang up');
    this.hangUpError = error;
    if (this.#whenHungUp === 'leave') this.leave();
    if (this.#whenHungUp === 'disconnect') this.far.setConnected(false);
  }

  pipeSubscription(_pipe: Pipe, frame: Uint8Array): void {
    this.subscriptions.push(format([frame]) ?? '');
  }
}
