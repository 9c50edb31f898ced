/**
 * One connection to one peer: a byte stream, the automaton that reads and writes it, and one end of a pipe. It moves
 * messages between the pipe and the stream, owns the connection's timer and tells the monitor how the connection fares.
 *
 * Outgoing: the first message after input is written at once; what follows is gathered until the tick ends, or `BATCH_SIZE`
 * bytes or a share of answers are there, and written together: see `answers.ts`. While the stream holds bytes back nothing is
 * taken from the pipe, so a slow peer costs one batch, and the message that made it full, beyond its high-water mark.
 *
 * Incoming: the automaton decodes no further when the pipe is full, and goes on when half of it has been read; how much is
 * read at a time, see `reading-pace.ts`. What has come of a message that is not complete counts towards the budget of the
 * socket, and may have to wait, too.
 *
 * @module
 */
import type { OptionValues, SocketKind } from '../option-types.ts';
import type { ProtocolError } from '../errors.ts';
import type { Frames, Pipe, PipeOwner } from '../pipe.ts';
import { FRAME_WEIGHT, type ReceiveBudget, type Spender } from '../receive-budget.ts';
import { noteSender } from '../sender.ts';
import type { ByteStream, StreamHandler } from '../transport/transport.ts';
import type { MessageSink } from '../zmtp/connection.ts';
import { SlabPool } from '../zmtp/encoder.ts';
import type { AuthenticationRequest } from '../zmtp/mechanism/mechanism.ts';
import type { PeerDescription } from '../zmtp/peer.ts';
import { answeredInput, inputCame, isShareDue, messageCame } from './answers.ts';
import { Deadline } from './deadline.ts';
import type { Engine } from './engine.ts';
import { makeEngine } from './make-engine.ts';
import { watchHeldUp } from './process-exit.ts';
import { ReadingPace } from './reading-pace.ts';
import type { Security } from './security.ts';
import {
  type ConnectionEnd,
  type EventPeer,
  eventPeer,
  isIdentified,
  type Monitor,
  reportEnd,
} from './monitor.ts';
import { renewTurn } from './turn.ts';

/** What a session needs of whoever made it. */
export interface SessionParent {
  readonly kind: SocketKind;
  readonly monitor: Monitor;
  readonly security: Security;
  /** The endpoint that was bound or connected. */
  readonly address: string;
  /** Most bytes in all frames of one message. */
  readonly maxMessageBytes: number;
  /** Where counts what peers of the socket have sent. */
  readonly budget: ReceiveBudget;
  /** Whether the socket is closed, so that the end of its connections is no news. */
  readonly isSocketClosed: boolean;
  /** The handshake is done: the end of the pipe that the session is to serve. */
  sessionReady(session: Session): Pipe;
  /** The connection is gone; called once. `end` says why, `undefined` when this side wanted it so. */
  sessionClosed(session: Session, end: ConnectionEnd | undefined): void;
}

const ENDED_HERE: ConnectionEnd = {
  type: 'closed',
  cause: 'eof',
  wasReady: true,
  reason: 'this side ended the connection',
};

/** Bytes that are gathered at most before they are written. */
const BATCH_SIZE = 64 * 1024;

/** With room for the small message that makes a batch full: a batch of such is one piece, and its slab serves again. */
const SLAB_SIZE = BATCH_SIZE + 16 * 1024;

/** Outgoing bytes of all connections of this thread are gathered in these. */
const slabs = new SlabPool((size) => Buffer.allocUnsafeSlow(size), SLAB_SIZE);

export class Session implements PipeOwner, StreamHandler, MessageSink, Spender {
  readonly #parent: SessionParent;
  readonly #stream: ByteStream;
  readonly #connection: Engine;
  readonly #reading: ReadingPace;
  /** Subscriptions that changed while the stream took nothing, by topic. */
  #subscriptions: Map<string, Uint8Array> | undefined;
  #pipe: Pipe | undefined;
  #peer: PeerDescription | undefined;
  /** Whom messages come from, when somebody has said who that is. */
  #sender: EventPeer | undefined;
  #deadline: Deadline | undefined;
  #deadlineAt = Number.POSITIVE_INFINITY;
  /** The stream holds bytes that have not left. */
  #isBlocked = false;
  /** Bytes are being gathered until the end of the tick. */
  #isGathering = false;
  /** The input that this connection last answered at once. */
  #answered = -1;
  /** What counts of a message that is not complete. */
  #unfinished = 0;
  /** The socket is done with the peer: what is in the pipe may still leave. */
  #isLingering = false;
  #lingerTimer: NodeJS.Timeout | undefined;
  /** When it is gone, messages that came before may still wait to be taken. */
  #streamState: 'opening' | 'open' | 'gone' = 'opening';
  /** What broke the stream, if anything did. */
  #streamError: Error | undefined;
  #isClosed = false;
  /** Set when somebody has been asked about the peer. */
  #forgetQuestion: (() => void) | undefined;

  constructor(parent: SessionParent, options: OptionValues, stream: ByteStream) {
    this.#parent = parent;
    this.#stream = stream;
    this.#connection = makeEngine(parent, options, slabs, this);
    this.#reading = new ReadingPace(stream, this.#connection);
  }

  /** Sends the greeting and begins to listen to the peer, as soon as the stream is open and what security needs is there. */
  start(): void {
    if (this.#stream.opening === undefined && this.#parent.security.loading === undefined) {
      this.#begin();
      return;
    }
    // Meanwhile the time for the handshake runs.
    this.#setTimer();
    void this.#prepare();
  }

  async #prepare(): Promise<void> {
    try {
      await this.#stream.opening;
    } catch (error) {
      this.#streamError = error as Error;
      this.#cannotBegin('eof', this.#streamError.message);
      return;
    }
    try {
      await this.#parent.security.loading;
    } catch (error) {
      this.#cannotBegin('denied', `what its security needs cannot be loaded: ${String(error)}`);
      return;
    }
    this.#begin();
  }

  #begin(): void {
    if (this.#isClosed) return;
    this.#streamState = 'open';
    this.#stream.start(this);
    this.#proceed();
  }

  #cannotBegin(cause: 'eof' | 'denied', reason: string): void {
    this.#finish({ type: 'closed', cause, wasReady: false, reason }, true);
  }

  get isReady(): boolean {
    return this.#pipe !== undefined;
  }

  /** Whether messages or bytes wait to leave. */
  get hasUnsent(): boolean {
    return (
      this.#streamState === 'open' &&
      (this.#isBlocked || this.#connection.hasOutput || (this.#pipe?.unread ?? 0) > 0)
    );
  }

  /** Whether bytes wait for the peer to take them. */
  get isHeldUp(): boolean {
    return this.#isBlocked && this.#streamState === 'open';
  }

  /** Drops a peer that takes no bytes. */
  letGo(): void {
    if (!this.isHeldUp) return;
    const reason = 'the process has nothing else to do, and the peer takes no bytes';
    this.#finish({ type: 'closed', cause: 'eof', wasReady: this.isReady, reason }, true);
  }

  get peerAddress(): string {
    return this.#stream.peerAddress;
  }

  /** Ends the connection when what is in the pipe has left, or after `linger` milliseconds; -1 for ever. */
  close(linger: number): void {
    if (!this.#isClosed) this.#flush();
    if (linger === 0 || !this.isReady) {
      this.#finish(undefined, this.hasUnsent);
      return;
    }
    this.closeWhenSent();
    if (linger > 0)
      this.#lingerTimer = setTimeout(() => this.#finish(undefined, true), linger).unref();
  }

  /** Ends the connection when the handshake is done and what is in the pipe has left. */
  closeWhenSent(): void {
    this.#isLingering = true;
    this.#checkLinger();
  }

  /** Ends the connection at once, because of what the peer did (`error`) or because a request was given up. */
  drop(error: ProtocolError | undefined): void {
    this.#finish(
      error === undefined
        ? {
            type: 'closed',
            cause: 'eof',
            wasReady: true,
            reason: 'a request was given up, and its reply with it',
          }
        : { type: 'closed', cause: 'protocol', wasReady: true, reason: error.reason, error },
      true,
    );
  }

  /** Ends a connection that is still in its handshake, to make room for a newer one, because of the option `limit`. */
  giveWay(limit: 'maxConnections' | 'maxPendingHandshakes'): void {
    const crowd = limit === 'maxConnections' ? 'there' : 'in their handshake';
    const reason = `too many connections are ${crowd}, and this is the oldest in its handshake (${limit})`;
    this.#finish({ type: 'closed', cause: 'handshake-timeout', wasReady: false, reason }, true);
  }

  // The stream.

  received(chunk: Uint8Array, isLent = false): void {
    if (this.#isClosed) return;
    inputCame();
    renewTurn();
    this.#reading.count(chunk.length);
    this.#connection.handleInput(chunk, performance.now(), isLent);
    this.#proceed();
  }

  get inputPlace(): Uint8Array | undefined {
    return this.#reading.place;
  }

  drained(): void {
    this.#isBlocked = false;
    if (this.#subscriptions !== undefined) {
      for (const frame of this.#subscriptions.values()) this.#connection.sendSubscription(frame);
      this.#subscriptions = undefined;
    }
    this.#flush();
    this.#pull();
    this.#flush();
    this.#checkLinger();
  }

  closed(error: Error | undefined): void {
    if (this.#isClosed) return;
    this.#streamError = error;
    this.#streamState = 'gone';
    this.#block();
    this.#connection.handleEof(error?.message);
    this.#proceed();
  }

  // The automaton's messages.

  message(frames: Frames): boolean {
    if (this.#isClosed) return false;
    // The socket has done with this peer, and only has to get rid of what it had sent.
    if (this.#isLingering) return true;
    messageCame();
    if (this.#unfinished > 0) this.#countUnfinished(0);
    if (this.#sender !== undefined) noteSender(frames, this.#sender);
    const pipe = this.#pipe as Pipe;
    pipe.write(frames);
    return pipe.canWrite;
  }

  // The pipe.

  pipeOffered(_pipe: Pipe, frames: Frames): boolean {
    this.#connection.send(frames);
    if (!this.#isGathering) this.#dispatch();
    else if (this.#connection.outputSize >= BATCH_SIZE || isShareDue()) this.#flush();
    return true;
  }

  pipeReadable(): void {
    this.#pull();
    this.#dispatch();
  }

  /** Writes what has been encoded at once, or lets it wait for more: see above. */
  #dispatch(): void {
    if (this.#connection.outputSize === 0 || this.#isGathering) return;
    const input = answeredInput();
    if (input === undefined || input === this.#answered) {
      this.#gather();
      return;
    }
    this.#answered = input;
    this.#flush();
  }

  pipeWritable(): void {
    if (!this.#connection.isSuspended) return;
    this.#connection.resume(performance.now());
    this.#proceed();
    this.#reading.goOn();
  }

  pipeStatusChanged(): void {}

  pipeSubscription(_pipe: Pipe, frame: Uint8Array): void {
    if (!this.isReady) return;
    if (this.#isBlocked) {
      this.#subscriptions ??= new Map();
      this.#subscriptions.set(topicOf(frame), frame);
      return;
    }
    this.#connection.sendSubscription(frame);
    this.#gather();
  }

  pipeFinished(): void {
    this.closeWhenSent();
  }

  pipeClosed(): void {
    // The socket says by `close` how long its messages may still take.
  }

  pipeHangUp(_pipe: Pipe, error: ProtocolError | undefined): void {
    this.drop(error);
  }

  /** Lets output wait for more, until the tick is over. */
  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    process.nextTick(endTick, this);
  }

  /** The tick is over: writes what was gathered. */
  endTick(): void {
    this.#isGathering = false;
    if (!this.#isClosed) this.#flush();
  }

  /** Moves messages from the pipe to the automaton while the stream takes them. */
  #pull(): void {
    const pipe = this.#pipe;
    if (pipe === undefined) return;
    const connection = this.#connection;
    while (!this.#isBlocked) {
      const frames = pipe.read();
      if (frames === undefined) return;
      connection.send(frames);
      if (connection.outputSize >= BATCH_SIZE) this.#flush();
    }
  }

  /** The stream takes nothing for now: what is written to the pipe has to wait there. */
  #block(): void {
    this.#isBlocked = true;
    watchHeldUp();
    this.#pipe?.stopWaiting();
  }

  #flush(): void {
    if (this.#isBlocked || this.#streamState === 'opening' || !this.#connection.hasOutput) return;
    const pieces = this.#connection.takeOutput();
    const hasLeft = this.#stream.write(pieces);
    this.#connection.outputWritten(hasLeft);
    if (!hasLeft) this.#block();
  }

  /** What has not been written never will be: its memory can serve others. Errors that tell of the end may hold us long. */
  #discardOutput(): void {
    this.#connection.takeOutput();
    this.#connection.outputWritten(true);
  }

  /** Does what the automaton has decided. */
  #proceed(): void {
    const connection = this.#connection;
    for (let event = connection.nextEvent(); event !== undefined; event = connection.nextEvent()) {
      if (event.type === 'handshake') this.#becomeReady(event.peer);
      else if (event.type === 'authenticate') this.#authenticate(event.request);
      else if (event.type === 'closed') this.#finish(event, false);
    }
    if (this.isReady) this.#reportUnfinished();
    if (this.#isClosed) return;
    this.#flush();
    this.#setTimer();
    this.#checkLinger();
  }

  /** Counts what has come of a message, and reads no further when there is no room for more. */
  #reportUnfinished(): void {
    if (this.#isClosed) return;
    const { unfinishedBytes, unfinishedFrames } = this.#connection;
    const size = unfinishedBytes + unfinishedFrames * FRAME_WEIGHT;
    if (size === this.#unfinished) return;
    this.#countUnfinished(size);
    if (size === 0 || this.#parent.budget.makeRoom() || this.#isClosed) return;
    this.#pipe?.holdBack(this.#parent.budget);
    this.#connection.suspend(performance.now());
    this.#reading.pause();
  }

  #countUnfinished(size: number): void {
    this.#unfinished = size;
    this.#parent.budget.setUnfinished(this, size);
  }

  #authenticate(request: AuthenticationRequest): void {
    const { security } = this.#parent;
    this.#forgetQuestion = security.ask(request, this.#stream, (verdict) => {
      if (this.#isClosed) return;
      this.#connection.authenticated(verdict, performance.now());
      this.#proceed();
    });
  }

  #becomeReady(peer: PeerDescription | undefined): void {
    this.#peer = peer;
    const { monitor, address } = this.#parent;
    if (peer !== undefined && isIdentified(peer)) {
      this.#sender = Object.freeze(eventPeer(this.peerAddress, peer));
    }
    if (peer !== undefined && monitor.isWatched) {
      monitor.emit({ type: 'handshake', address, peer: eventPeer(this.peerAddress, peer) });
    }
    this.#pipe = this.#parent.sessionReady(this);
    if (peer !== undefined) this.#pipe.introduce(Buffer.from(peer.routingId));
    this.#pipe.setConnected(true);
    this.#pull();
  }

  #setTimer(): void {
    const deadline = this.#connection.nextTimeout();
    if (deadline >= this.#deadlineAt) return;
    this.#deadline?.cancel();
    this.#deadlineAt = deadline;
    this.#deadline = new Deadline(deadline - performance.now(), (now) => this.#timeout(now));
  }

  #timeout(now: number): void {
    this.#deadlineAt = Number.POSITIVE_INFINITY;
    this.#connection.handleTimeout(now);
    this.#proceed();
  }

  #checkLinger(): void {
    if (this.#isLingering) this.#flush();
    if (this.#isLingering && this.isReady && !this.hasUnsent) this.#finish(undefined, false);
  }

  /** The one way to the end. `isAbrupt`: what has been written and not left is dropped. */
  #finish(end: ConnectionEnd | undefined, isAbrupt: boolean): void {
    if (this.#isClosed) return;
    if (!isAbrupt) this.#flush();
    this.#discardOutput();
    this.#isClosed = true;
    this.#forgetQuestion?.();
    this.#deadline?.cancel();
    clearTimeout(this.#lingerTimer);
    if (isAbrupt || this.#isBlocked || end?.cause === 'eof') this.#stream.destroy();
    else this.#stream.close();
    if (this.#unfinished > 0) this.#countUnfinished(0);
    this.#pipe?.stopWaiting();
    if (end !== undefined) this.#report(end);
    else if (this.isReady && !this.#parent.isSocketClosed) this.#report(ENDED_HERE);
    this.#parent.sessionClosed(this, end);
  }

  #report(end: ConnectionEnd): void {
    const { monitor, address } = this.#parent;
    if (!monitor.isWatched) return;
    const peer = eventPeer(this.peerAddress, this.#peer);
    reportEnd(monitor, { address, peer }, end, this.#streamError);
  }
}

/** The topic of a subscription, as a key. */
function topicOf(frame: Uint8Array): string {
  return Buffer.from(frame.buffer, frame.byteOffset + 1, frame.length - 1).toString('latin1');
}

/** One function for all sessions, so that a tick costs no closure. */
function endTick(session: Session): void {
  session.endTick();
}
