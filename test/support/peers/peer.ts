/**
 * libzmq peers as separate processes: pyzmq (Debian's libzmq) and the npm package zeromq (its own libzmq).
 *
 * One process serves many sockets, one after another or side by side, so a matrix of hundreds of cases costs one
 * start per file. Commands and answers are lines of JSON on the standard streams:
 *
 *     → {"id":1,"op":"open","socket":1,"type":"REP","options":{"linger":0},"monitor":true}
 *     ← {"id":1,"result":{}}
 *     → {"id":2,"op":"bind","socket":1,"endpoint":"tcp://127.0.0.1:*"}
 *     ← {"event":"bind","socket":1,"address":"tcp://127.0.0.1:40123","value":9}
 *     ← {"id":2,"result":{"endpoint":"tcp://127.0.0.1:40123"}}
 *     → {"id":3,"op":"serve","socket":1,"count":2}
 *     ← {"id":3,"result":{"messages":[["5:2cf24dba…"],["0:e3b0c442…"]],"peers":[]}}
 *
 * The first line of a peer is `{"ready":true,"libzmq":"4.3.4"}`. An answer comes when the work is done, so `serve`
 * is answered after its last message; commands to other sockets go on meanwhile. A failure is `{"id":3,"error":"…"}`.
 * Options have the names of the npm package zeromq. The operations are the methods of {@link TestSocket}.
 *
 * @module
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { EventLog, within } from './events.ts';
import type { FrameSpec, MessageSpec } from './messages.ts';
import { findPython, PYTHON_HINT } from './python.ts';

export type PeerKind = 'pyzmq' | 'zeromq';

/** Both kinds, for `describe.each`. */
export const PEER_KINDS: readonly PeerKind[] = ['pyzmq', 'zeromq'];

export type PeerSocketType =
  | 'DEALER'
  | 'PAIR'
  | 'PUB'
  | 'PULL'
  | 'PUSH'
  | 'REP'
  | 'REQ'
  | 'ROUTER'
  | 'STREAM'
  | 'SUB'
  | 'XPUB'
  | 'XSUB';

/** Socket options by their names in the npm package zeromq; `linger` is 0 unless given. */
export type PeerOptions = Readonly<Record<string, string | number | boolean>>;

/** A monitor event of libzmq. */
export interface PeerEvent {
  readonly type: string;
  /** The endpoint libzmq names: the one bound or connected to. */
  readonly address: string;
  /** What libzmq adds: milliseconds, an error number or an error code. */
  readonly value?: number | string;
}

export interface Served {
  /** {@link digest | Digests} of the requests in order of arrival, without their envelopes. */
  readonly messages: string[][];
  /** For a ROUTER: the routing id in front of each request, in hexadecimal digits. */
  readonly peers: string[];
}

export interface Exchanged {
  /** {@link digest | Digests} of the replies in order of arrival. */
  readonly messages: string[][];
}

export interface Received {
  /** {@link digest | Digests} of all frames, envelope and all. */
  readonly digest: string[];
  /** The first 256 bytes of each frame in hexadecimal digits. */
  readonly hex: string[];
}

export interface ReceivedMany {
  /** {@link digest | Digests} of the messages in order of arrival, without the routing id of a ROUTER. */
  readonly messages: string[][];
  /** For a ROUTER: the routing id in front of each message, in hexadecimal digits. */
  readonly peers: string[];
}

/** When {@link TestSocket.receiveMany} has enough: after `count` messages or with the first that is `until`. */
export interface ReceiveManyOptions {
  readonly count?: number;
  /** Messages whose first frame is this are passed over. */
  readonly skip?: FrameSpec;
  /** The first message whose first frame is this ends it, and is not in the result. */
  readonly until?: FrameSpec;
}

/**
 * What a test does with a socket, whichever side it is on: in a peer process ({@link PeerSocket}) or here
 * (`OurSocket`), so that a test of two sockets is written once for both directions.
 */
export interface TestSocket extends AsyncDisposable {
  readonly type: PeerSocketType;
  /** Binds and returns the endpoint with wildcards replaced. */
  bind(endpoint: string): Promise<string>;
  /** @param options `routingId`, for a ROUTER: the name of the peer for this connection, whatever it calls itself */
  connect(endpoint: string, options?: { readonly routingId?: string }): Promise<void>;
  /** SUB and XSUB: adds prefixes. XPUB with `manual`: adds them for the peer whose message was received last. */
  subscribe(...topics: FrameSpec[]): Promise<void>;
  unsubscribe(...topics: FrameSpec[]): Promise<void>;
  /** Sends these frames and nothing else. */
  send(frames: MessageSpec): Promise<void>;
  /**
   * Sends these messages in order, and stops when one has waited for the option `sendTimeout`.
   *
   * @param options `to`, for a ROUTER: the routing id that goes in front of each, in hexadecimal digits
   * @returns how many were sent
   */
  sendMany(messages: readonly MessageSpec[], options?: { readonly to?: string }): Promise<number>;
  /** The next message with all its frames. */
  receive(): Promise<Received>;
  receiveMany(options: ReceiveManyOptions): Promise<ReceivedMany>;
  /**
   * REP and ROUTER: answers each request with its own frames.
   *
   * @param count how many requests; without it, until the socket is closed
   */
  serve(count?: number): Promise<Served>;
  /**
   * REQ: sends each message and waits for its reply before the next one. DEALER: sends all messages, with a
   * delimiter in front, then collects as many replies.
   */
  exchange(messages: readonly MessageSpec[]): Promise<Exchanged>;
  /** Closes the socket and ends what it was asked to do. Idempotent. */
  close(): Promise<void>;
}

interface Pending {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

function commandLine(kind: PeerKind): [string, ...string[]] {
  if (kind === 'zeromq') {
    return [process.execPath, fileURLToPath(new URL('zeromq_peer.mjs', import.meta.url))];
  }
  const python = findPython();
  if (python === undefined) {
    throw new Error(
      'The interop tests need pyzmq, and no Python here can import zmq and msgpack. ' +
        `Run \`npx tsx scripts/setup.ts\`, or ${PYTHON_HINT}.`,
    );
  }
  return [python, fileURLToPath(new URL('pyzmq_peer.py', import.meta.url))];
}

/**
 * Starts a peer process and waits until it takes commands.
 *
 * @throws Error with a sentence that says what to install, when the peer cannot run here
 */
export async function startPeer(kind: PeerKind): Promise<Peer> {
  const [command, ...args] = commandLine(kind);
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  children.add(child);
  const peer = new Peer(kind, child);
  await within(20_000, `the ${kind} peer to start`, peer.ready);
  return peer;
}

/** A process with libzmq sockets in it. */
export class Peer implements AsyncDisposable {
  readonly kind: PeerKind;
  /** Settles when the process takes commands, or has failed to. */
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #sockets = new Map<number, PeerSocket>();
  readonly #pending = new Map<number, Pending>();
  #stderr = '';
  #libzmq = '';
  #failure: Error | undefined;
  #nextId = 1;

  /** @internal use {@link startPeer} */
  constructor(kind: PeerKind, child: ChildProcess) {
    this.kind = kind;
    this.#child = child;
    this.#exited = once(child, 'exit');
    const { stdin, stdout, stderr } = child;
    if (stdin === null || stdout === null || stderr === null) throw new Error('a peer needs pipes');
    // Writing to a peer that was killed fails; what was asked of it is rejected by #fail.
    stdin.on('error', () => {});
    stderr.setEncoding('utf8').on('data', (chunk: string) => {
      this.#stderr = (this.#stderr + chunk).slice(-4000);
    });
    this.ready = new Promise((resolve, reject) => this.#pending.set(0, { resolve, reject }));
    createInterface({ input: stdout }).on('line', (line) => this.#handleLine(line));
    child.on('error', (error) => this.#fail(error.message));
    // 'close' comes after the last output, so the error can quote all of stderr.
    child.on('close', (code, signal) => this.#fail(`it ended with ${signal ?? `code ${code}`}`));
  }

  /** Version of its libzmq, for example 4.3.4. */
  get libzmq(): string {
    return this.#libzmq;
  }

  /** Opens a socket. Its monitor is started only on request: `monitor: true`. */
  async open(
    type: PeerSocketType,
    options: PeerOptions = {},
    { monitor = false }: { monitor?: boolean } = {},
  ): Promise<PeerSocket> {
    const number = this.#nextId++;
    const socket = new PeerSocket(this, number, type);
    this.#sockets.set(number, socket);
    await this.command({ op: 'open', socket: number, type, options, monitor });
    return socket;
  }

  /** Sends a command; settles with its result or error, rejects too when the process ends. */
  command<T>(command: { readonly op: string; readonly [argument: string]: unknown }): Promise<T> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#nextId++;
    const result = new Promise<T>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    // When a test fails for another reason, what it no longer waits for shall not drown that reason.
    result.catch(() => {});
    this.#child.stdin?.write(`${JSON.stringify({ id, ...command })}\n`);
    return result;
  }

  /**
   * Sends a signal to the process.
   *
   * @returns when the signal is sent and, if it is one that ends the process, when the process is gone
   */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#child.kill(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await this.#exited;
  }

  /** Ends the process without ceremony: nobody is interested in what its sockets still hold. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.kill();
  }

  #handleLine(line: string): void {
    const { id, event, socket, ready, libzmq, error, result, ...rest } = JSON.parse(line);
    if (event !== undefined) {
      this.#sockets.get(socket)?.events.push({ type: event, ...rest });
      return;
    }
    if (ready) this.#libzmq = libzmq;
    const number = ready ? 0 : id;
    const pending = this.#pending.get(number);
    this.#pending.delete(number);
    if (error === undefined) pending?.resolve(result as never);
    else pending?.reject(new Error(`${this.kind} peer: ${error}`));
  }

  #fail(reason: string): void {
    children.delete(this.#child);
    this.#failure ??= new Error(`The ${this.kind} peer is gone: ${reason}. ${this.#stderr}`);
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
  }
}

/** A socket in a peer process. */
export class PeerSocket implements TestSocket {
  readonly type: PeerSocketType;
  /** Monitor events, if asked for at {@link Peer.open}. */
  readonly events: EventLog<PeerEvent> = new EventLog();
  readonly #peer: Peer;
  readonly #number: number;
  #endpoint = '';
  #isClosed = false;

  /** @internal use {@link Peer.open} */
  constructor(peer: Peer, number: number, type: PeerSocketType) {
    this.#peer = peer;
    this.#number = number;
    this.type = type;
  }

  /** The endpoint bound or connected to last, with wildcards replaced. */
  get endpoint(): string {
    return this.#endpoint;
  }

  async bind(endpoint: string): Promise<string> {
    this.#endpoint = (await this.#command<{ endpoint: string }>('bind', { endpoint })).endpoint;
    return this.#endpoint;
  }

  async connect(endpoint: string, options: { readonly routingId?: string } = {}): Promise<void> {
    const answer = await this.#command<{ endpoint: string }>('connect', { endpoint, ...options });
    this.#endpoint = answer.endpoint;
  }

  async unbind(endpoint: string): Promise<void> {
    await this.#command('unbind', { endpoint });
  }

  async disconnect(endpoint: string): Promise<void> {
    await this.#command('disconnect', { endpoint });
  }

  async subscribe(...topics: FrameSpec[]): Promise<void> {
    await this.#command('subscribe', { topics });
  }

  async unsubscribe(...topics: FrameSpec[]): Promise<void> {
    await this.#command('unsubscribe', { topics });
  }

  serve(count?: number): Promise<Served> {
    return this.#command('serve', count === undefined ? {} : { count });
  }

  exchange(messages: readonly MessageSpec[]): Promise<Exchanged> {
    return this.#command('exchange', { messages });
  }

  async send(frames: MessageSpec): Promise<void> {
    await this.#command('send', { frames });
  }

  async sendMany(
    messages: readonly MessageSpec[],
    options: { readonly to?: string } = {},
  ): Promise<number> {
    return (await this.#command<{ sent: number }>('sendMany', { messages, ...options })).sent;
  }

  receive(): Promise<Received> {
    return this.#command('receive', {});
  }

  receiveMany(options: ReceiveManyOptions): Promise<ReceivedMany> {
    return this.#command('receiveMany', { ...options });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#command('close', {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #command<T>(op: string, args: Record<string, unknown>): Promise<T> {
    return this.#peer.command<T>({ op, socket: this.#number, ...args });
  }
}
