/**
 * A socket of any type, bound or connecting, among raw peers.
 *
 * `raw-subject.ts` hides which side of a request a socket is on; here the test knows its socket and
 * wants connections to it. `open()` gives one more of them, whoever of the two has to connect;
 * `join()` has it shake hands; the events are found by the connection that they are about.
 *
 * @module
 */

import {
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  type Socket,
  Subscriber,
  XPublisher,
  XSubscriber,
} from '../../src/index.ts';
import { ping, pong } from '../../src/testing/raw-bytes.ts';
import { type HandshakeOptions, RawListener, RawPeer } from './raw-peer.ts';
import { EventLog, type SeenEvent } from './raw-subject.ts';
import { own } from './watch.ts';

/** 37/ZMTP, The Socket-Type Property: "For each socket type, its legal peer types are as follows". */
export const LEGAL_PEERS = {
  REQ: ['REP', 'ROUTER'],
  REP: ['REQ', 'DEALER'],
  DEALER: ['REP', 'DEALER', 'ROUTER'],
  ROUTER: ['REQ', 'DEALER', 'ROUTER'],
  PUB: ['SUB', 'XSUB'],
  XPUB: ['SUB', 'XSUB'],
  SUB: ['PUB', 'XPUB'],
  XSUB: ['PUB', 'XPUB'],
  PUSH: ['PULL'],
  PULL: ['PUSH'],
  PAIR: ['PAIR'],
} as const satisfies Record<string, readonly string[]>;

export type TypeName = keyof typeof LEGAL_PEERS;

/** Options that every type has. */
export interface AnyOptions {
  readonly handshakeInterval?: number;
  readonly heartbeatInterval?: number;
  readonly heartbeatTimeout?: number;
  readonly heartbeatTimeToLive?: number;
  readonly maxMessageSize?: number;
  readonly reconnectInterval?: number;
  readonly reconnectMaxInterval?: number;
  readonly immediate?: boolean;
  readonly sendHighWaterMark?: number;
  readonly receiveHighWaterMark?: number;
}

const CLASSES: Record<TypeName, new (options: object) => Socket> = {
  REQ: Request,
  REP: Reply,
  DEALER: Dealer,
  ROUTER: Router,
  PUB: Publisher,
  XPUB: XPublisher,
  SUB: Subscriber,
  XSUB: XSubscriber,
  PUSH: Push,
  PULL: Pull,
  PAIR: Pair,
};

export const TYPE_NAMES = Object.keys(LEGAL_PEERS) as TypeName[];

/** The type a raw peer takes unless the test says otherwise. */
export function legalPeer(type: TypeName): string {
  return LEGAL_PEERS[type][0];
}

export class RawSide<S extends Socket = Socket> {
  readonly socket: S;
  readonly events: EventLog;
  readonly #isBound: boolean;
  /**
   * How the events name a connection: a bound socket tells peers apart, a connecting one endpoints. A port
   * may have been somebody else's before, so events older than the connection do not count.
   */
  readonly #names = new Map<RawPeer, { readonly name: string; readonly since: number }>();

  private constructor(socket: S, isBound: boolean) {
    this.socket = socket;
    this.events = new EventLog(socket.events);
    this.#isBound = isBound;
  }

  /** The socket listens, and raw peers connect to it. */
  static async bind<S extends Socket>(socket: S): Promise<RawSide<S>> {
    await own(socket).bind('tcp://127.0.0.1:*');
    return new RawSide(socket, true);
  }

  /** The socket connects to one raw listener for each peer. */
  static connecting<S extends Socket>(socket: S): RawSide<S> {
    return new RawSide(own(socket), false);
  }

  /** Where a bound socket listens. */
  get endpoint(): string {
    return this.socket.lastEndpoint ?? '';
  }

  async open(): Promise<RawPeer> {
    const since = this.events.seen.length;
    if (this.#isBound) {
      const peer = own(await RawPeer.connect(this.endpoint));
      this.#names.set(peer, { name: peer.localEndpoint, since });
      return peer;
    }
    const listener = own(await RawListener.listen());
    this.socket.connect(listener.endpoint);
    const peer = own(await listener.accept());
    this.#names.set(peer, { name: listener.endpoint, since });
    listener.close();
    return peer;
  }

  /** `open()` and the NULL handshake, done on both sides. */
  async join(as: string, options: Omit<HandshakeOptions, 'as'> = {}): Promise<RawPeer> {
    const peer = await this.open();
    await peer.handshake({ as, ...options });
    await this.handshakeOf(peer);
    return peer;
  }

  /** How events name this connection. */
  nameOf(peer: RawPeer): string {
    return this.#entryOf(peer).name;
  }

  reasonFor(peer: RawPeer): Promise<string> {
    const { name, since } = this.#entryOf(peer);
    return this.events.reasonFor(name, since);
  }

  /** The socket has done its part of the handshake as well. */
  handshakeOf(peer: RawPeer): Promise<SeenEvent> {
    return this.#eventOf(peer, 'handshake');
  }

  /** The socket has noticed that the connection is gone. */
  async lost(peer: RawPeer): Promise<void> {
    await this.#eventOf(peer, 'disconnect');
  }

  #eventOf(peer: RawPeer, wanted: string): Promise<SeenEvent> {
    const { name, since } = this.#entryOf(peer);
    const isIt = (event: SeenEvent): boolean =>
      event.type === wanted && event.peer?.address === name;
    return this.events.find(`${wanted} of ${name}`, isIt, since);
  }

  #entryOf(peer: RawPeer): { readonly name: string; readonly since: number } {
    const entry = this.#names.get(peer);
    if (entry === undefined) throw new Error('this peer was not opened here');
    return entry;
  }
}

/** For `describe.each`: a socket of a type that raw peers connect to, or that connects to them and does not try again. */
export const SIDES: ReadonlyArray<
  [name: string, create: (type: TypeName, options?: AnyOptions) => Promise<RawSide>]
> = [
  ['bound', (type, options) => RawSide.bind(new CLASSES[type]({ linger: 0, ...options }))],
  [
    'connecting',
    (type, options) => {
      const socket = new CLASSES[type]({ linger: 0, reconnectInterval: 0, ...options });
      return Promise.resolve(RawSide.connecting(socket));
    },
  ],
];

let rounds = 0;

/** A PING and its PONG: the socket has read all that the peer wrote before, and answers. */
export async function expectAlive(peer: RawPeer): Promise<void> {
  rounds += 1;
  const context = `alive ${rounds}`;
  await peer.write(ping(0, context));
  await peer.expect(pong(context));
}
