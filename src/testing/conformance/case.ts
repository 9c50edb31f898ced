/**
 * What a conformance case is: plain data, which `runner.ts` interprets.
 *
 * A case is a list of steps on connections with names. A step without one is on `a`, and a connection is made when it is
 * first spoken of. In what is sent, a text is bytes in the notation of `bytes.ts`; an object is written out for the peer
 * there is: with its mechanism, for its socket type, and sealed once the handshake of CURVE is done.
 *
 * @module
 */
import type { SocketType } from '../../protocol.ts';

/** How bad a deviation is: against a MUST of an RFC; against a SHOULD, or good sense; other than what libzmq does. */
type Severity = 'must' | 'should' | 'libzmq';

/** What cannot be seen from outside: the user says that it is so. */
export type Precondition =
  /** The application sends every message back that it receives. */
  | 'echo'
  /** The application sends messages of its own, all the time. */
  | 'sends'
  /** The application, a subscriber to `+`, subscribes to `T` at a message `+T`, and cancels that at `-T`. */
  | 'obeys'
  /** The peer sends PING of its own, and gives up a peer that does not answer. */
  | 'heartbeats'
  /** How long a handshake may take, ms. */
  | 'handshakeTime'
  /** The most that a frame may have, bytes. */
  | 'maxFrameSize'
  /** Credentials other than those that are given are refused. */
  | 'authenticates';

export type GreetingFields = {
  /** 8 bytes. */
  readonly padding?: string;
  readonly tail?: string;
  readonly major?: number;
  readonly minor?: number;
  /** In notation, without what fills it up to 20 bytes; the mechanism of the run when absent. */
  readonly mechanism?: string;
  readonly asServer?: number;
  /** 31 bytes. */
  readonly filler?: string;
  /** Only the first bytes of it. */
  readonly cut?: number;
};

/** The properties that we tell the peer. */
export type MetadataFields = {
  /** Instead of a type that suits the peer's. `mismatch` is one that never does, `lower` a suitable one in lower case. */
  readonly type?: SocketType | 'mismatch' | 'lower';
  /** How `Socket-Type` is spelled. */
  readonly name?: string;
  /** Properties, in notation, that stand in place of Socket-Type. */
  readonly only?: string;
  /** What stands behind it, in notation. */
  readonly extra?: string;
};

export type HelloFields = {
  /** So many bytes, instead of 200. */
  readonly size?: number;
  /** 2 bytes. */
  readonly version?: string;
  readonly serverKey?: 'other';
  /** 00 in place of C'. */
  readonly isLowOrder?: true;
  /** A bit of the box is flipped. */
  readonly isBroken?: true;
};

export type InitiateFields = MetadataFields & {
  readonly cookie?: 'other';
  readonly vouch?: 'other key' | 'other server';
  readonly clientKey?: 'other';
  readonly counter?: number;
};

export type SealedFields = {
  readonly counter?: number;
  /** In notation. */
  readonly body: string;
  /** What is sealed with it: 01 MORE, 02 COMMAND. */
  readonly inner?: number;
  /** Of the frame around it. */
  readonly outer?: number;
  /** A bit of it is flipped. */
  readonly isBroken?: true;
  /** Only so many bytes of it. */
  readonly cut?: number;
};

/** A piece of what is sent, or expected. */
export type Piece =
  | string
  | { readonly greeting: GreetingFields }
  /** READY in clear with these flags, or another command that has properties. */
  | { readonly ready: MetadataFields; readonly flags?: number; readonly name?: 'INITIATE' }
  | { readonly command: string; readonly data?: string }
  /** Frames, in notation. */
  | { readonly message: readonly string[] }
  /** The same behind the delimiter that REQ and REP put before it. */
  | { readonly payload: readonly string[] }
  /** `01 00` where the peer is a REP or a REQ, nothing elsewhere. */
  | { readonly delimiter: true }
  /** A payload of as many bytes as a precondition allows, and `plus`. */
  | { readonly largest: 'maxFrameSize'; readonly plus: number }
  /** To be subscribed or not, in the form of the connection's version. */
  | { readonly subscribe: string }
  | { readonly cancel: string }
  /** 24/ZMTP-PLAIN. */
  | { readonly plainHello: { readonly extra?: string; readonly password?: 'other' } }
  /** 26/CURVEZMQ. */
  | { readonly curveHello: HelloFields }
  | { readonly curveInitiate: InitiateFields }
  | { readonly sealed: SealedFields };

/** How a connection is brought to traffic. */
export type JoinFields = {
  readonly greeting?: GreetingFields;
  readonly metadata?: MetadataFields;
  /** Every byte is written on its own. */
  readonly isBytewise?: true;
};

/**
 * What must come.
 *
 * - `closes`: the peer closes, after at least `having` bytes; no MORE than it had sent before when `isSilent`
 * - `settles`: it has dealt with everything, and has answered it with one of `answers` (commands); `either` of closing or
 *   staying is right when `mayClose`
 */
export type Expected =
  /** These bytes, or the end: after other bytes too, or without a word. */
  | { readonly bytes: string; readonly orCloses?: 'in any way' | 'silently' }
  | { readonly greeting: 'structure' | 'as-server' }
  | { readonly handshake: 'done' }
  | {
      readonly closes: true;
      readonly having?: number;
      readonly withError?: string;
      readonly isSilent?: true;
      /** Not earlier, and not much later than so many ms; or what a precondition says. */
      readonly after?: number | 'handshakeTime';
    }
  | { readonly settles: 'stays' | 'either'; readonly answers?: readonly (readonly Piece[])[] }
  /** It closes, or deals with nothing any more. */
  | { readonly refuses: true }
  /** So many bytes at most have come in all. */
  | { readonly atMost: number }
  /** These messages come, in this order, and nothing in between. */
  | { readonly receives: readonly (readonly string[])[] }
  /** These payloads come back from an application that echoes; the connection stays where there is none. */
  | { readonly echo: readonly (readonly string[])[] }
  /** So many messages of the application's own come. */
  | { readonly messages: number }
  /** No frame has come that was not spoken of. */
  | { readonly frames: 'none' }
  /** It is told of a subscription, or of its end, in the form of the connection's version. */
  | { readonly told: 'subscribe' | 'cancel'; readonly topic?: string }
  /** It has not been told of the end of a subscription. */
  | { readonly untold: 'cancel' }
  /** All subscriptions that come are whole frames. */
  | { readonly told: 'whole' }
  /** The bytes of a request: an empty delimiter, and whatever the application asks. */
  | { readonly request: true }
  /** It connects again, so many times. */
  | { readonly reconnects: number }
  | { readonly ping: true };

export type Step =
  | { readonly on?: string; readonly send: readonly Piece[]; readonly isBytewise?: true }
  /** The same `times` over, until it is out or the peer has closed. */
  | { readonly on?: string; readonly flood: Piece; readonly times: number }
  /** Greetings are exchanged, both whole. */
  | { readonly on?: string; readonly greet: GreetingFields }
  /** A whole handshake, up to our own last word. */
  | { readonly on?: string; readonly offer: JoinFields }
  /** A whole handshake. */
  | { readonly on?: string; readonly join: JoinFields }
  | { readonly on?: string; readonly expect: Expected }
  /** Frames that have come are forgotten. */
  | { readonly on?: string; readonly forget: true }
  /** From here on no PING of the peer is answered. */
  | { readonly on?: string; readonly mute: true }
  /** For so many ms nothing is said. */
  | { readonly on?: string; readonly silence: number }
  | { readonly on?: string; readonly leave: true }
  /** So many connections that say nothing. */
  | { readonly crowd: number }
  /** One more connection is served. */
  | { readonly served: true };

/** To whom a case applies; everybody where nothing is said. */
type Scope = {
  readonly types?: readonly SocketType[];
  readonly mechanisms?: readonly string[];
  /** Whether the peer is bound, or connects. */
  readonly side?: 'bound' | 'connecting';
  /** Part in PLAIN or CURVE that the peer plays. */
  readonly role?: 'server' | 'client';
  readonly needs?: readonly Precondition[];
  /** It says nothing of a peer of which this holds. */
  readonly without?: Precondition;
};

export type Case = {
  /** `T17`: the number of a rule, and a letter where it is tested in several ways. */
  readonly id: string;
  readonly title: string;
  /** `37/ZMTP`. */
  readonly rfc: string;
  readonly heading: string;
  readonly severity: Severity;
  readonly scope?: Scope;
  /** No other case runs at the same time. */
  readonly isAlone?: true;
  readonly steps: readonly Step[];
};

/** The cases of one area. */
export type Area = {
  readonly name: string;
  readonly cases: readonly Case[];
};
