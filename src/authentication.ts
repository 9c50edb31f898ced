/**
 * How a program decides which peers may come in: the types of the socket option `authenticate`. `allow.ts` has ready-made
 * deciders, `sockets/admission.ts` asks them.
 *
 * @module
 */

/** Who wants to come in. */
export type AuthenticationRequest = {
  /** The option `zapDomain` of the socket; empty for none. */
  readonly domain: string;
  /** The peer's IP address, without the port; empty over ipc, where nothing is known of the peer. */
  readonly address: string;
} & (
  | { readonly mechanism: 'NULL' }
  | { readonly mechanism: 'PLAIN'; readonly username: string; readonly password: string }
  | {
      readonly mechanism: 'CURVE';
      /** 40 characters of Z85. The peer has proved that it has the secret key. */
      readonly publicKey: string;
      /** The same, 32 bytes. */
      readonly publicKeyBytes: Uint8Array;
    }
);

/** `true` and 200 let the peer in; `false` is 400. See 27/ZAP, "Status Codes". */
export type AuthenticationVerdict =
  | boolean
  | {
      readonly status: 200;
      /** Who the peer is, for `peer.userId` of the event `handshake` and `peerOf` of its messages. */
      readonly userId?: string;
      /** What else is to be known of it, for `metadata` in the same places. */
      readonly metadata?: Readonly<Record<string, string | Uint8Array>>;
    }
  | {
      /** 300: not now, and the peer is told nothing; 400: not with these credentials; 500: something is wrong here. */
      readonly status: 300 | 400 | 500;
      /** In words, for `reason` of the events of this side. */
      readonly text?: string;
    };

/**
 * Decides about one peer. What it throws, and anything that is no verdict, counts as 500; without an answer within 10
 * seconds, or `handshakeInterval` if that is less, the peer is sent away.
 */
export type Authenticator = (
  request: AuthenticationRequest,
) => AuthenticationVerdict | Promise<AuthenticationVerdict>;
