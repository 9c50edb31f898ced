/**
 * One peer: greeting → handshake → traffic → closed. Bytes in, decisions out; no socket, no clock, no timer, no callback
 * but the message sink. 37/ZMTP.
 *
 * For the world: `handleInput(chunk, now)`, `handleEof()`, `handleTimeout(now)`. For the application: `send(frames)`,
 * `sendCommand(command)`. For whoever decides about peers: `authenticated(verdict, now)` after an event `authenticate`.
 * After any of these calls, in this order:
 *
 * 1. `nextEvent()` until it answers `undefined`. Input behind an event is decoded only when the event has been taken,
 *    so nothing overtakes it: after the event `handshake` there is time to make ready for messages.
 * 2. `takeOutput()`, and write the pieces in order. Then `outputWritten(…)`, so that their memory can serve again.
 * 3. `nextTimeout()`, and see to it that `handleTimeout` is called then.
 *
 * Messages go to the sink given to the constructor, one call each; without a sink they are events. A sink that answers
 * `false` takes no more for now; `resume()` says that it does again. `now` is in milliseconds of a clock that does not go
 * back; `handleTimeout` may be told of a moment before the last input.
 *
 * @module
 */
import { ProtocolError } from '../errors.ts';
import { type Command, decodeCommand, encodeCommand } from './command.ts';
import type { CloseCause, ConnectionEvent } from './connection-event.ts';
import {
  type Allocate,
  Decoder,
  type DecoderLimits,
  type FrameSink,
  type Keep,
  type View,
} from './decoder.ts';
import { Encoder, SlabPool } from './encoder.ts';
import type { Greeting } from './greeting.ts';
import { GreetingExchange, OUR_MAJOR } from './greeting-exchange.ts';
import { Heartbeat, type HeartbeatOptions } from './heartbeat.ts';
import type {
  Acceptance,
  AuthenticationVerdict,
  Denial,
  FrameCipher,
  Mechanism,
  MechanismFactory,
  MechanismStep,
  NoVerdict,
} from './mechanism/mechanism.ts';
import { NullMechanism } from './mechanism/null.ts';
import type { Metadata } from './metadata.ts';
import { checkPeer, describePeer, describeSelf } from './peer.ts';
import { isPublisher, type SocketType } from './socket-type.ts';

/**
 * Takes the messages of a connection. Answers `false` when no other may follow before `resume()`. A publisher's sink takes
 * subscriptions too, in whatever form they came, as messages: a byte 1 or 0, and the topic.
 */
export interface MessageSink {
  message(frames: Uint8Array[]): boolean;
}

export type ConnectionOptions = {
  readonly socketType: SocketType;
  /** Announced as Identity by REQ, DEALER and ROUTER; 0 to 255 bytes. */
  readonly routingId?: Uint8Array;
  /** Makes the security mechanism; NULL when absent. */
  readonly mechanism?: MechanismFactory;
  readonly limits?: Partial<DecoderLimits>;
  readonly heartbeat?: HeartbeatOptions;
  /** Milliseconds that greeting and handshake may take together; 0 for ever. */
  readonly handshakeInterval?: number;
  /** Makes the buffers of received frames that did not come in one chunk. */
  readonly allocate?: Allocate;
  /** Makes the views of received chunks that all other frames are. */
  readonly view?: View;
  /** Copies what is kept of chunks that are lent. */
  readonly keep?: Keep;
  /** Where the buffers of outgoing bytes come from, shared by many connections. They share messages too: see `send`. */
  readonly slabs?: SlabPool;
  readonly sink?: MessageSink;
};

/** Limits when the options say nothing: those of a socket with default options. */
export const DEFAULT_LIMITS: DecoderLimits = {
  maxFrameSize: Number.MAX_SAFE_INTEGER,
  maxMessageFrames: 65_536,
  maxMessageBytes: 0x7fff_ffff,
  maxCommandSize: 65_536,
  maxHandshakeSize: 65_536,
};

type State = 'greeting' | 'handshake' | 'authentication' | 'traffic' | 'closed';
type Step = 'greeted' | 'asked' | 'answered' | 'ready' | 'ended';

/** Every transition of a connection. What is not here cannot happen. */
const TRANSITIONS: Readonly<Record<State, Readonly<Partial<Record<Step, State>>>>> = {
  greeting: { greeted: 'handshake', ended: 'closed' },
  handshake: { asked: 'authentication', ready: 'traffic', ended: 'closed' },
  authentication: { answered: 'handshake', ended: 'closed' },
  traffic: { ended: 'closed' },
  closed: {},
};

const MECHANISM_HINT = 'in the middle of its greeting: it may want another security mechanism';

const NO_BYTES = new Uint8Array(0);

const NO_HEARTBEAT: HeartbeatOptions = { interval: 0, timeout: 0, timeToLive: 0 };

export class Connection {
  readonly #socketType: SocketType;
  readonly #mechanism: Mechanism;
  readonly #sink: MessageSink | undefined;
  readonly #frameSink: FrameSink;
  readonly #allocate: Allocate;
  readonly #decoder: Decoder;
  readonly #encoder: Encoder;
  readonly #heartbeat: Heartbeat;
  #state: State = 'greeting';
  #handshakeDeadline: number;
  /** In the state `greeting` only. */
  #greetings: GreetingExchange | undefined;
  #peerGreeting: Greeting | undefined;
  /** What was said for the peer by whoever has been asked. */
  #acceptance: Acceptance | undefined;
  /** Set when all frames in traffic are sealed. */
  #cipher: FrameCipher | undefined;
  #events: ConnectionEvent[] = [];
  #isSuspended = false;
  #isProceeding = false;
  /** Set when the stream has ended before the sink had taken everything. */
  #eofReason: string | undefined;
  #now: number;

  /** @param now - the time at which the stream was established */
  constructor(options: ConnectionOptions, now: number) {
    this.#socketType = options.socketType;
    this.#sink = options.sink;
    const allocate = options.allocate ?? ((size: number) => new Uint8Array(size));
    this.#allocate = allocate;
    this.#decoder = new Decoder(
      { ...DEFAULT_LIMITS, ...options.limits },
      allocate,
      options.view,
      options.keep,
    );
    this.#encoder = new Encoder(
      options.slabs ?? new SlabPool(allocate, 4096, 1),
      isPublisher(options.socketType),
    );
    this.#heartbeat = new Heartbeat(options.heartbeat ?? NO_HEARTBEAT);
    const interval = options.handshakeInterval ?? 0;
    this.#handshakeDeadline = interval > 0 ? now + interval : Number.POSITIVE_INFINITY;
    this.#now = now;
    const makeMechanism =
      options.mechanism ?? ((metadata: Metadata) => new NullMechanism(metadata));
    this.#mechanism = makeMechanism(
      describeSelf(options.socketType, options.routingId ?? NO_BYTES),
    );
    this.#frameSink = {
      message: (frames) => this.#receiveMessage(frames),
      command: (body) => this.#receiveCommand(body),
    };
    this.#greetings = new GreetingExchange(this.#mechanism);
    this.#greet(this.#greetings);
  }

  get state(): State {
    return this.#state;
  }

  /** Whether the sink has been filled up and `resume()` is awaited. */
  get isSuspended(): boolean {
    return this.#isSuspended;
  }

  /** Bytes that have come of a message that is not complete, and of what has to come before it is. */
  get unfinishedBytes(): number {
    return this.#decoder.unfinishedBytes;
  }

  /** Whole frames of that message. */
  get unfinishedFrames(): number {
    return this.#decoder.unfinishedFrames;
  }

  /** Whether `takeOutput` has anything to answer with. */
  get hasOutput(): boolean {
    return this.#encoder.size > 0 || this.#heartbeat.hasCommands;
  }

  /** Bytes of messages that wait to be taken. */
  get outputSize(): number {
    return this.#encoder.size;
  }

  /**
   * Bytes from the peer, cut in whatever way. They become the connection's: the caller writes to them no more. When they
   * are only lent, they are the caller's again on return.
   */
  handleInput(chunk: Uint8Array, now: number, isLent = false): void {
    if (this.#state === 'closed') return;
    this.#now = now;
    this.#heartbeat.alive(now);
    let offset = 0;
    if (this.#greetings !== undefined) {
      try {
        offset = this.#greetings.read(chunk);
      } catch (error) {
        this.#fail(error);
        return;
      }
      this.#greet(this.#greetings);
    }
    this.#decoder.push(chunk, offset, isLent);
    this.#proceed();
    if (isLent) this.#decoder.adopt();
  }

  /**
   * Where the next bytes from the peer had better be put, to save a copy; then `handleInput` is given the part that was
   * filled. It holds until the next call of `handleInput`. `undefined` when it does not matter.
   */
  get inputPlace(): Uint8Array | undefined {
    return this.#state === 'traffic' ? this.#decoder.place : undefined;
  }

  /**
   * The peer will send no more, or the stream is lost; `reason` in words. Messages that came before and that the sink
   * has not taken yet come first.
   */
  handleEof(reason: string = 'the peer closed the connection'): void {
    if (this.#isSuspended) {
      this.#eofReason ??= reason;
      return;
    }
    const hint = this.#hint();
    this.#close('eof', hint === undefined ? reason : `${reason}, ${hint}`);
  }

  /** Time has passed: does what is due at `now`. */
  handleTimeout(now: number): void {
    if (this.#state === 'closed') return;
    if (this.#state !== 'traffic') {
      if (now >= this.#handshakeDeadline) {
        this.#close('handshake-timeout', `no handshake in time: ${this.#progress()}`);
      }
      return;
    }
    if (this.#heartbeat.handleTimeout(now, !this.#isSuspended)) {
      this.#close('heartbeat-timeout', 'the peer was silent for longer than the heartbeat allows');
    }
  }

  /** The time at which `handleTimeout` must be called, or Infinity. */
  nextTimeout(): number {
    if (this.#state === 'closed') return Number.POSITIVE_INFINITY;
    if (this.#state !== 'traffic') return this.#handshakeDeadline;
    // Nobody is there any more; only the sink has not taken all.
    if (this.#eofReason !== undefined) return Number.POSITIVE_INFINITY;
    return this.#heartbeat.nextTimeout(!this.#isSuspended);
  }

  /**
   * Encodes one message for the peer. Frames above `COPY_LIMIT` bytes are referenced until they are written. An array that
   * is sent on several connections with the same `slabs` is the same message on each, and encoded once: fill another array
   * for another message.
   *
   * @throws {Error} before the handshake is done, after the end, and for a message without frames
   */
  send(frames: readonly Uint8Array[]): void {
    if (this.#state !== 'traffic')
      throw new Error(`a connection in state ${this.#state} takes no messages`);
    if (frames.length === 0) throw new Error('a message has at least one frame');
    if (this.#cipher === undefined) this.#encoder.message(frames);
    else this.#sendSealed(frames, this.#cipher);
  }

  /**
   * Encodes a subscription or its end for the peer, in the form that its version wants: a command since 3.1, a message
   * before. Only in traffic.
   *
   * @param frame - the message form: a byte 1 or 0, and the topic
   */
  sendSubscription(frame: Uint8Array): void {
    const { major, minor } = this.#peerGreeting as Greeting;
    if (major === OUR_MAJOR && minor === 0) this.send([frame]);
    else
      this.sendCommand({ name: frame[0] === 1 ? 'SUBSCRIBE' : 'CANCEL', topic: frame.subarray(1) });
  }

  /** Encodes one command for the peer, such as SUBSCRIBE. Only in traffic. */
  sendCommand(command: Command): void {
    if (this.#state !== 'traffic')
      throw new Error(`a connection in state ${this.#state} takes no commands`);
    this.#encodeCommand(command);
  }

  /**
   * The answer to an event `authenticate`: the handshake goes on, or the connection is closed. After the end it is too
   * late for an answer, and nothing happens.
   *
   * @throws {Error} when nobody has been asked
   */
  authenticated(verdict: AuthenticationVerdict, now: number): void {
    if (this.#state === 'closed') return;
    if (this.#state !== 'authentication') throw new Error('nobody has been asked');
    this.#now = now;
    if (verdict.status !== 200) {
      this.#deny(verdict);
      return;
    }
    this.#acceptance = verdict;
    this.#move('answered');
    try {
      this.#follow(this.#mechanism.accept());
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The sink takes no message for now, as if it had answered `false` to one. */
  suspend(now: number): void {
    if (this.#isSuspended || this.#state !== 'traffic') return;
    this.#isSuspended = true;
    this.#heartbeat.suspend(now);
  }

  /** The sink takes messages again. */
  resume(now: number): void {
    if (!this.#isSuspended) return;
    this.#now = now;
    this.#isSuspended = false;
    this.#heartbeat.resume(now);
    this.#proceed();
  }

  /** The next decision, in order; `undefined` when there is none now. */
  nextEvent(): ConnectionEvent | undefined {
    const isBehind = this.#decoder.hasInput || this.#eofReason !== undefined;
    if (this.#events.length === 0 && isBehind) this.#proceed();
    return this.#events.shift();
  }

  /** Bytes for the peer, in pieces to be written in order. */
  takeOutput(): Uint8Array[] {
    if (this.#heartbeat.hasCommands) {
      for (const command of this.#heartbeat.takeCommands()) this.#encodeCommand(command);
    }
    return this.#encoder.take();
  }

  /**
   * What became of the pieces taken last: `true` when their bytes have left, so that their memory can serve again;
   * `false` when somebody still holds them.
   */
  outputWritten(hasLeft: boolean): void {
    if (hasLeft) this.#encoder.recycle();
    else this.#encoder.forsake();
  }

  /** Goes on with the input as far as it reaches, or to the next event. A sink that calls back changes nothing. */
  #proceed(): void {
    if (this.#isProceeding) return;
    this.#isProceeding = true;
    try {
      if (this.#greetings !== undefined) this.#proceedGreeting(this.#greetings);
      if (this.#state !== 'greeting' && this.#state !== 'closed') {
        if (this.#events.length === 0 && !this.#isSuspended) this.#decoder.decode(this.#frameSink);
      }
      if (this.#eofReason !== undefined && this.#events.length === 0 && !this.#isSuspended) {
        this.#close('eof', this.#eofReason);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isProceeding = false;
    }
  }

  /** Sends as much of our greeting as it is time for. */
  #greet(greetings: GreetingExchange): void {
    const bytes = greetings.takeOutput();
    if (bytes !== undefined) this.#encoder.raw(bytes);
  }

  #proceedGreeting(greetings: GreetingExchange): void {
    const greeting = greetings.tryTake();
    if (greeting === undefined) return;
    this.#greetings = undefined;
    this.#peerGreeting = greeting;
    this.#move('greeted');
    this.#follow(this.#mechanism.start());
  }

  #receiveMessage(frames: Uint8Array[]): boolean {
    if (this.#sink === undefined) {
      this.#events.push({ type: 'message', frames });
      return false;
    }
    if (this.#sink.message(frames)) return true;
    this.suspend(this.#now);
    return false;
  }

  #receiveCommand(body: Uint8Array): boolean {
    if (this.#state !== 'traffic') {
      this.#follow(this.#mechanism.receive(body));
      return this.#events.length === 0;
    }
    const command = decodeCommand(body);
    switch (command.name) {
      case 'PING':
        this.#heartbeat.pinged(command.ttlDeciseconds, command.context, this.#now);
        return true;
      case 'READY':
      case 'ERROR':
        return true;
      case 'SUBSCRIBE':
      case 'CANCEL':
        if (this.#sink === undefined || !isPublisher(this.#socketType)) {
          this.#events.push({ type: 'command', command });
          return false;
        }
        return this.#receiveMessage([this.#messageForm(command)]);
      case 'PONG':
      case 'unknown':
        this.#events.push({ type: 'command', command });
        return false;
      default: {
        const unreachable: never = command;
        return unreachable;
      }
    }
  }

  /** A subscription as it would have come from a peer of version 3.0: the same for whoever is behind the sink. */
  #messageForm({ name, topic }: Extract<Command, { topic: Uint8Array }>): Uint8Array {
    const frame = this.#allocate(1 + topic.length);
    frame[0] = name === 'SUBSCRIBE' ? 1 : 0;
    frame.set(topic, 1);
    return frame;
  }

  /** Does what the mechanism has decided. */
  #follow(step: MechanismStep): void {
    switch (step.type) {
      case 'continue':
        if (step.send !== undefined) this.#encoder.command(step.send);
        return;
      case 'authenticate':
        this.#move('asked');
        this.#events.push({ type: 'authenticate', request: step.request });
        return;
      case 'deny':
        this.#deny(step.verdict);
        return;
      case 'refused':
        this.#close('refused', step.reason);
        return;
      case 'done':
        this.#finishHandshake(step);
        return;
      default: {
        const unreachable: never = step;
        return unreachable;
      }
    }
  }

  #finishHandshake({ send, metadata, cipher }: Extract<MechanismStep, { type: 'done' }>): void {
    const peer = describePeer(this.#peerGreeting as Greeting, metadata, this.#acceptance);
    const refusal = checkPeer(this.#socketType, peer);
    if (refusal !== undefined) {
      this.#encoder.command(encodeCommand({ name: 'ERROR', reason: 'Invalid socket type' }));
      throw refusal;
    }
    if (send !== undefined) this.#encoder.command(send);
    this.#move('ready');
    this.#cipher = cipher;
    this.#decoder.endHandshake(cipher);
    this.#heartbeat.start(this.#now);
    this.#events.push({ type: 'handshake', peer });
  }

  /** The peer is told by ERROR, unless it may try again. 27/ZAP, "Status Codes". */
  #deny(verdict: Denial | NoVerdict): void {
    const { status, text } = verdict;

    if (status === 400 || status === 500) {
      this.#encoder.command(encodeCommand({ name: 'ERROR', reason: `${status}` }));
    }
    const reason =
      text || `the peer may not come in${status === undefined ? '' : `: status ${status}`}`;
    this.#close('denied', reason, verdict.status === undefined ? verdict.error : undefined, status);
  }

  #encodeCommand(command: Command): void {
    const body = encodeCommand(command);
    if (this.#cipher === undefined) {
      this.#encoder.command(body);
      return;
    }
    // Its keys are gone.
    if (this.#state === 'closed') return;
    try {
      this.#encoder.sealedCommand(body, this.#cipher);
    } catch (error) {
      this.#fail(error);
    }
  }

  #sendSealed(frames: readonly Uint8Array[], cipher: FrameCipher): void {
    try {
      this.#encoder.sealedMessage(frames, cipher);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Why the peer may have gone, if it goes now. */
  #hint(): string | undefined {
    if (this.#state === 'handshake') return this.#mechanism.hint;
    return this.#greetings?.hasBegun ? MECHANISM_HINT : undefined;
  }

  #progress(): string {
    if (this.#greetings !== undefined) return this.#greetings.progress;
    if (this.#state === 'authentication') return 'nobody has said whether the peer may come in';
    const { name, isServer } = this.#mechanism;
    const areServers = isServer && this.#peerGreeting?.asServer === true;
    return `the greeting came, the handshake was not finished${areServers ? `: both sides are servers of ${name}` : ''}`;
  }

  #fail(error: unknown): void {
    if (!(error instanceof ProtocolError)) throw error;
    this.#close('protocol', error.reason, error);
  }

  /** The one way to the end. */
  #close(
    cause: CloseCause,
    reason: string,
    error?: ProtocolError,
    status?: Denial['status'],
  ): void {
    if (this.#state === 'closed') return;
    const wasReady = this.#state === 'traffic';
    this.#move('ended');
    this.#greetings = undefined;
    this.#mechanism.wipe();
    // A PONG that was not taken cannot be sealed any more.
    if (this.#cipher !== undefined) this.#heartbeat.takeCommands();
    this.#events.push({
      type: 'closed',
      cause,
      wasReady,
      reason,
      ...(error && { error }),
      ...(status && { status }),
    });
  }

  #move(step: Step): void {
    const next = TRANSITIONS[this.#state][step];
    if (next === undefined) throw new Error(`no way from ${this.#state} by ${step}`);
    this.#state = next;
  }
}
