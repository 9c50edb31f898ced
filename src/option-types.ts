/**
 * The options of sockets as programs see them: names, types, meanings. What libzmq calls them, their defaults and their
 * ranges stand in `options.ts`.
 *
 * Times are milliseconds and sizes are bytes where nothing else is said.
 *
 * @module
 */
import type { Authenticator } from './authentication.ts';
import type { TlsOptions } from './tls-options.ts';
import type { SocketType } from './zmtp/socket-type.ts';

/** Options of every socket. */
export interface CommonOptions {
  /** How long `close` goes on with messages that have not left: 0 drops them, -1 waits for ever. */
  linger: number;
  /** The shortest wait before an attempt to reconnect; up to as much again is added at random. -1 or 0: never reconnect. */
  reconnectInterval: number;
  /** The longest wait before an attempt to reconnect, reached by doubling; 0: no growth. */
  reconnectMaxInterval: number;
  /** How many connections may wait to be accepted. */
  backlog: number;
  /** Largest frame that is accepted; a peer that sends a larger one is disconnected. -1: no limit but that of a message, 2,147,483,647 bytes in all its frames. */
  maxMessageSize: number;
  /** Most frames in one message that is accepted. */
  maxMessageFrames: number;
  /** Largest command that is accepted after the handshake, and all of them together between two frames of one message. Subscriptions are commands, too. */
  maxCommandSize: number;
  /** Most bytes that are accepted in all commands of a handshake together. */
  maxHandshakeSize: number;
  /** How long greeting and handshake may take; 0: for ever. */
  handshakeInterval: number;
  /** Most accepted connections that are in their handshake; one more ends the oldest. */
  maxPendingHandshakes: number;
  /** Most connections that one `bind` has accepted and not ended; 0: no limit. For one more the oldest that is in its handshake is ended; without any, the new one is. */
  maxConnections: number;
  /** How long an attempt to connect to one address may take; 0: as long as the operating system says. */
  connectTimeout: number;
  /** Time from one PING to the next; 0: none are sent. */
  heartbeatInterval: number;
  /** How long a peer may be silent after a PING; 0: for ever, -1: as long as `heartbeatInterval`. */
  heartbeatTimeout: number;
  /** How long the peer should wait for a sign of ours, told in PINGs in tenths of a second, 65.5 s at most; 0: as long as it likes. */
  heartbeatTimeToLive: number;
  /** TCP keep-alive: 1 on, 0 off, -1 as the operating system does. */
  tcpKeepalive: number;
  /** Idle time before the first TCP keep-alive probe, in seconds; -1: as the operating system does. */
  tcpKeepaliveIdle: number;
  /** Number of TCP keep-alive probes; -1: as the operating system does. Node has no way to set it: another value is met with a warning. */
  tcpKeepaliveCount: number;
  /** Time between TCP keep-alive probes, in seconds; -1: as the operating system does. Node has no way to set it: another value is met with a warning. */
  tcpKeepaliveInterval: number;
  /** Queue messages for completed connections only; a peer that goes takes its queue with it. */
  immediate: boolean;
  /** Resolve names to IPv6 too, and bind `*` to it. */
  ipv6: boolean;
  /** Addresses that may connect over TCP, as CIDR blocks: each assignment adds one, `null` clears the list; an empty list lets everybody in. */
  get tcpAcceptFilter(): string | null;
  set tcpAcceptFilter(value: string | Uint8Array | null);
  /** Which I/O threads serve the socket, as a bit mask. There is one, and it serves all. */
  affinity: number;
  /** Type of service of IP packets. Node has no way to set it: another value than 0 is met with a warning. */
  typeOfService: number;
  /** How long TCP goes on with bytes that are not acknowledged; 0: as the operating system does. Node has no way to set it: another value is met with a warning. */
  tcpMaxRetransmitTimeout: number;
  /** A SOCKS5 proxy for TCP connections that are made, `host:port`; it resolves their host names. A silent one is given up after `connectTimeout`, or `handshakeInterval` where that is 0. `null`: none. */
  get socksProxy(): string | null;
  set socksProxy(value: string | Uint8Array | null);
  /** The network interface that connections are bound to. Node has no way to set it: only `null` is taken. */
  get interface(): string | null;
  set interface(value: string | Uint8Array | null);
  /** Kilobits per second of multicast transports, of which there is none here: another value than the default is met with a warning. */
  rate: number;
  /** Recovery time of multicast transports, of which there is none here: another value than the default is met with a warning. */
  recoveryInterval: number;
  /** Packet size of multicast transports, of which there is none here: another value than the default is met with a warning. */
  multicastMaxTransportDataUnit: number;
  /** Buffer of VMCI connections, a transport that is not here: another value than the default is met with a warning. */
  vmciBufferSize: number;
  /** Least buffer of VMCI connections, a transport that is not here: another value than the default is met with a warning. */
  vmciBufferMinSize: number;
  /** Largest buffer of VMCI connections, a transport that is not here: another value than the default is met with a warning. */
  vmciBufferMaxSize: number;
  /** How long VMCI tries to connect, a transport that is not here: another value than the default is met with a warning. */
  vmciConnectTimeout: number;
  /** A faster loopback on Windows. Node has no way to set it: `true` is met with a warning. */
  loopbackFastPath: boolean;
  /** Most bytes of received messages that the socket holds for all its peers together: whole ones that the program has not taken, and what has come of others, the largest of these excepted; a frame counts 192 bytes more than it has. Beyond that no peer is read on until the program has taken enough; where it is unfinished messages that are in the way, the peers with the largest are disconnected. 0: no limit. */
  maxBufferedBytes: number;
  /** Most calls of `send` and of `receive` that may wait their turn; one more fails with EBUSY. */
  maxPendingOperations: number;
  /** Most PONGs that wait for a peer which reads none; of the PINGs beyond only the last is answered. Those that one read has brought are always answered. */
  maxPendingPongs: number;
  /** Most events that wait to be read from `events`; one more takes the place of the oldest, and `events.dropped` counts it. */
  maxPendingEvents: number;
  /** Be the server of PLAIN: ask clients for user name and password. Who may come in is for `authenticate` or a ZAP handler to say; without them nobody may. `false`: no mechanism. */
  plainServer: boolean;
  /** Be a client of PLAIN, with this user name of 1 to 255 bytes. `null`: no mechanism. */
  get plainUsername(): string | null;
  set plainUsername(value: string | Uint8Array | null);
  /** Be a client of PLAIN, with this password of 1 to 255 bytes, sent in clear. `null`: no mechanism. */
  get plainPassword(): string | null;
  set plainPassword(value: string | Uint8Array | null);
  /** Be the server of CURVE; needs `curveSecretKey`. `false`: no mechanism. */
  curveServer: boolean;
  /** One's own public key for CURVE: 40 characters of Z85, as it is read, or 32 bytes. `null`: made from `curveSecretKey`. */
  get curvePublicKey(): string | null;
  set curvePublicKey(value: string | Uint8Array | null);
  /** One's own secret key for CURVE: 40 characters of Z85 or 32 bytes; see `curveKeyPair()`. `null`: none. */
  get curveSecretKey(): string | null;
  set curveSecretKey(value: string | Uint8Array | null);
  /** Be a client of CURVE, and talk to no server but the one with this public key: 40 characters of Z85 or 32 bytes. `null`: none is known. */
  get curveServerKey(): string | null;
  set curveServerKey(value: string | Uint8Array | null);
  /** What a ZAP handler is told that peers want to come into. With a domain peers are refused as long as no handler is there; with NULL nobody is asked without one. `null`: none. */
  get zapDomain(): string | null;
  set zapDomain(value: string | Uint8Array | null);
  /** Ask a ZAP handler about clients of CURVE only where `zapDomain` is set; a server of PLAIN must have one. */
  zapEnforceDomain: boolean;
  /** Decides which peers may come in, in place of a ZAP handler: a function, see `allowKeys`, `allowPasswords` and `allowAddresses`. Asked by a server of PLAIN or CURVE, and without mechanism about every peer; `Stream` refuses it. `null`: none. */
  authenticate: Authenticator | null;
  /** Most peers about whom `authenticate` or a ZAP handler is being asked; more wait in line, and are sent away when it takes longer than an answer may. */
  maxPendingAuthentications: number;
  /** Key, certificates and rules for `tls://`, by the names of `node:tls`, see `TlsOptions`. `null`: no certificate of one's own, and servers must have one from a CA that Node knows. */
  tls: TlsOptions | null;
}

/** Options of sockets that send. */
export interface WritableOptions {
  /** Most messages that wait for one peer; 0: no limit. */
  sendHighWaterMark: number;
  /** How long `send` waits until the message can be queued; 0: not at all, -1: for ever. */
  sendTimeout: number;
  /** Size of the operating system's buffer; -1: its choice. Node has no way to set it: another value is met with a warning. */
  sendBufferSize: number;
  /** Hops of multicast packets. There is no multicast transport here: another value than the default is met with a warning. */
  multicastHops: number;
}

/** Options of sockets that receive. */
export interface ReadableOptions {
  /** Most messages of one peer that wait to be received; 0: no limit. Then no more is read from that peer. */
  receiveHighWaterMark: number;
  /** How long `receive` waits for a message; 0: not at all, -1: for ever. */
  receiveTimeout: number;
  /** Size of the operating system's buffer; -1: its choice. Node has no way to set it: another value is met with a warning. */
  receiveBufferSize: number;
}

/** Options of sockets that can have a name. */
export interface RoutingIdOptions {
  /** The name by which a ROUTER knows this socket; 1 to 255 bytes, the first not 0. `null`: it makes one up. */
  get routingId(): string | null;
  set routingId(value: string | Uint8Array | null);
}

/** Options of sockets that a ROUTER may not know yet. */
export interface ProbeOptions {
  /** Send an empty message to each new peer, so that a ROUTER learns who is there. */
  probeRouter: boolean;
}

/** Options of Request. */
export interface RequestOptions extends ProbeOptions {
  /** Put an id before each request and take no reply with another one. */
  correlate: boolean;
  /** Let `send` replace a request that has no reply yet. */
  relaxed: boolean;
}

/** Options of Router. */
export interface RouterOptions extends ProbeOptions {
  /** Reject a message to a routing id that nobody has with EHOSTUNREACH, and wait when its peer takes no more; else it is dropped. */
  mandatory: boolean;
  /** Let a new peer take over the routing id of another; else the new one is sent away. */
  handover: boolean;
}

/** Options of sockets that can do with the last message. */
export interface ConflateOptions {
  /** Keep only the last message, in both directions and for each peer; there is no high-water mark then. */
  conflate: boolean;
}

/** Options of both ends of subscriptions. */
export interface MatchingOptions {
  /** Turn matching round: messages go to those who have not subscribed to them. To be set on publisher and subscriber. */
  invertMatching: boolean;
}

/** Options of sockets that publish. */
export interface PublisherOptions extends MatchingOptions {
  /** Let `send` wait when a subscriber takes no more, instead of dropping the message for that subscriber. */
  noDrop: boolean;
  /** Most topics that one peer may subscribe to; 0: no limit. Longer topics count as several, one for each 256 bytes. A peer that asks for more is disconnected. */
  maxSubscriptions: number;
  /** Longest topic that a peer may subscribe to; -1: no limit but that of a message, or of a command (`maxCommandSize`). A peer that asks for a longer one is disconnected. */
  maxTopicSize: number;
}

/** Options of XPublisher. */
export interface XPublisherOptions extends PublisherOptions {
  /** Which subscriptions are received: `null` the first of a topic and the end of the last, `allSubs` each one, `allSubsUnsubs` each one and each end. */
  verbosity: 'allSubs' | 'allSubsUnsubs' | null;
  /** Leave it to the program which topics a peer gets: see `subscribe`. */
  manual: boolean;
  /** Sent to each new subscriber before anything else; it sees it when it has subscribed to it. `null`: nothing. */
  get welcomeMessage(): string | null;
  set welcomeMessage(value: string | Uint8Array | null);
}

/** Options of Stream. */
export interface StreamOptions {
  /** Receive an empty message when a connection has begun and when it has ended. */
  notify: boolean;
}

/** The options that hold text or bytes. */
type ByteOptions = {
  routingId: Uint8Array;
  welcomeMessage: Uint8Array;
  tcpAcceptFilter: Uint8Array;
  socksProxy: Uint8Array;
  interface: Uint8Array;
  plainUsername: Uint8Array;
  plainPassword: Uint8Array;
  curvePublicKey: Uint8Array;
  curveSecretKey: Uint8Array;
  curveServerKey: Uint8Array;
  zapDomain: Uint8Array;
};

/** The names of options that hold text or bytes. */
export type ByteOptionName = keyof ByteOptions;

type OptionTable = Omit<
  CommonOptions &
    WritableOptions &
    ReadableOptions &
    RequestOptions &
    RouterOptions &
    ConflateOptions &
    XPublisherOptions &
    StreamOptions,
  keyof ByteOptions
> &
  ByteOptions;

export type OptionName = keyof OptionTable;

/** Which mechanism a socket has, and on which side of it: follows from the options that were set last. */
export type SecurityRole = {
  readonly mechanism: 'NULL' | 'PLAIN' | 'CURVE';
  /** Of no meaning with NULL. */
  readonly isServer: boolean;
};

/** The values of all options, as the sockets use them. */
export type OptionValues = OptionTable & { securityRole: SecurityRole };

/** A socket type, or STREAM, which is none on the wire. */
export type SocketKind = SocketType | 'STREAM';
