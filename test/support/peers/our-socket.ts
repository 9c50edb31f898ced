/**
 * A socket of ours with the methods of a socket in a peer process, for tests that are written once for both
 * directions.
 *
 * @module
 */

import * as ours from '../../../src/index.ts';
import { type EventLog, watch } from './events.ts';
import { digest, type FrameSpec, type MessageSpec, message } from './messages.ts';
import type {
  Exchanged,
  PeerSocketType,
  Received,
  ReceivedMany,
  ReceiveManyOptions,
  Served,
  TestSocket,
} from './peer.ts';

type SeenEvent = { readonly type: string; readonly error?: ours.EventError };

/** What some socket of ours can do; which of it, depends on the type and is the business of the test. */
interface AnySocket {
  readonly events: AsyncIterable<SeenEvent>;
  readonly closed: boolean;
  readonly lastEndpoint: string | null | undefined;
  bind(endpoint: string): Promise<void>;
  connect(endpoint: string, options?: { readonly routingId?: string }): void;
  send(frames: readonly Uint8Array[]): Promise<void>;
  receive(): Promise<Buffer[]>;
  subscribe(...topics: Buffer[]): void;
  unsubscribe(...topics: Buffer[]): void;
  close(): void;
}

const CLASSES: Readonly<Record<PeerSocketType, new (options: object) => unknown>> = {
  DEALER: ours.Dealer,
  PAIR: ours.Pair,
  PUB: ours.Publisher,
  PULL: ours.Pull,
  PUSH: ours.Push,
  REP: ours.Reply,
  REQ: ours.Request,
  ROUTER: ours.Router,
  STREAM: ours.Stream,
  SUB: ours.Subscriber,
  XPUB: ours.XPublisher,
  XSUB: ours.XSubscriber,
};

export class OurSocket implements TestSocket {
  readonly type: PeerSocketType;
  readonly #socket: AnySocket;
  /** What happens to its connections, from the first on. */
  readonly events: EventLog<SeenEvent>;

  /** The user ids of those whose messages it has received. */
  readonly userIds: Set<string | undefined> = new Set();

  /** @param options as for the class of ours; `linger` is 0 unless given */
  constructor(type: PeerSocketType, options: Readonly<Record<string, unknown>> = {}) {
    this.type = type;
    this.#socket = new CLASSES[type]({ linger: 0, ...options }) as AnySocket;
    this.events = watch(this.#socket);
  }

  async bind(endpoint: string): Promise<string> {
    await this.#socket.bind(endpoint);
    return this.#socket.lastEndpoint ?? '';
  }

  async connect(endpoint: string, options?: { readonly routingId?: string }): Promise<void> {
    if (options === undefined) this.#socket.connect(endpoint);
    else this.#socket.connect(endpoint, options);
  }

  async subscribe(...topics: FrameSpec[]): Promise<void> {
    if (this.type !== 'XSUB') return this.#socket.subscribe(...message(topics));
    for (const topic of message(topics)) {
      await this.#socket.send([Buffer.concat([Buffer.of(1), topic])]);
    }
  }

  async unsubscribe(...topics: FrameSpec[]): Promise<void> {
    if (this.type !== 'XSUB') return this.#socket.unsubscribe(...message(topics));
    for (const topic of message(topics)) {
      await this.#socket.send([Buffer.concat([Buffer.of(0), topic])]);
    }
  }

  async send(frames: MessageSpec): Promise<void> {
    await this.#socket.send(message(frames));
  }

  async sendMany(messages: readonly MessageSpec[], { to }: { to?: string } = {}): Promise<number> {
    const envelope = to === undefined ? [] : [Buffer.from(to, 'hex')];
    let sent = 0;
    try {
      for (const specs of messages) {
        await this.#socket.send([...envelope, ...message(specs)]);
        sent++;
      }
    } catch (error) {
      if ((error as { code?: string }).code !== 'EAGAIN' || this.#socket.closed) throw error;
    }
    return sent;
  }

  async receive(): Promise<Received> {
    const frames = await this.#receive();
    const hex = frames.map((part) => part.subarray(0, 256).toString('hex'));
    return { digest: digest(frames), hex };
  }

  async receiveMany(options: ReceiveManyOptions): Promise<ReceivedMany> {
    const { count = Number.POSITIVE_INFINITY, skip, until } = options;
    const isFirst = (spec: FrameSpec | undefined, frames: readonly Buffer[]): boolean =>
      spec !== undefined && (frames[0]?.equals(message([spec])[0] ?? Buffer.of()) ?? false);
    const messages: string[][] = [];
    const peers: string[] = [];
    while (messages.length < count) {
      const frames = await this.#receive();
      const isRouted = this.type === 'ROUTER' || this.type === 'STREAM';
      const envelope = isRouted ? frames.splice(0, 1) : [];
      if (isFirst(until, frames)) break;
      if (isFirst(skip, frames)) continue;
      messages.push(digest(frames));
      peers.push(...envelope.map((id) => id.toString('hex')));
    }
    return { messages, peers };
  }

  async serve(count = Number.POSITIVE_INFINITY): Promise<Served> {
    const messages: string[][] = [];
    const peers: string[] = [];
    try {
      while (messages.length < count) {
        const frames = await this.#receive();
        const isRouted = this.type === 'ROUTER';
        if (isRouted) peers.push(frames[0]?.toString('hex') ?? '');
        const delimiter = isRouted ? frames.findIndex((part) => part.length === 0) : -1;
        await this.#socket.send(frames);
        messages.push(digest(frames.slice(delimiter + 1)));
      }
    } catch (error) {
      if (!this.#socket.closed) throw error;
    }
    return { messages, peers };
  }

  async exchange(specs: readonly MessageSpec[]): Promise<Exchanged> {
    const messages: string[][] = [];
    if (this.type === 'DEALER') {
      await this.sendMany(specs.map((body) => [{ text: '' }, ...body]));
      for (const _ of specs) {
        const [delimiter, ...body] = await this.#receive();
        if (delimiter?.length !== 0) throw new Error(`reply without a delimiter: ${delimiter}`);
        messages.push(digest(body));
      }
    } else {
      for (const body of specs) {
        await this.#socket.send(message(body));
        messages.push(digest(await this.#receive()));
      }
    }
    return { messages };
  }

  async #receive(): Promise<Buffer[]> {
    const frames = await this.#socket.receive();
    this.userIds.add(ours.peerOf(frames)?.userId);
    return frames;
  }

  async close(): Promise<void> {
    this.#socket.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
