/**
 * How a program decides which peers may come in: the types of the socket option `authenticate`. `allow.ts` has ready-made
 * deciders, `sockets/admission.ts` asks them.
 *
 * @module
 */

/** A certificate that has been verified, up to a CA that is trusted. */
export type PeerCertificate = {
  /** Whom it is for, an attribute a line: `O=Example\nCN=worker-7`. */
  readonly subject: string;
  /** For which names, with commas between them: `DNS:worker-7.example, IP Address:10.0.0.7`. */
  readonly subjectAltName?: string;
  /** SHA-256 of all of it: 32 bytes, hexadecimal, with colons between them. */
  readonly fingerprint256: string;
  /** The certificate itself, DER. */
  readonly raw: Uint8Array;
};

/** Who wants to come in. */
export type AuthenticationRequest = {
  /** The option `zapDomain` of the socket; empty for none. */
  readonly domain: string;
  /** The peer's IP address, without the port; empty over ipc, where nothing is known of the peer. */
  readonly address: string;
  /** Over `tls://`: the peer's certificate. Absent when it has none, and when it is not one that this socket trusts. */
  readonly certificate?: PeerCertificate;
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
