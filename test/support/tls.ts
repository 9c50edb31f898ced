/**
 * What tests of `tls://` have in common: certificates, and sockets that use them.
 *
 * @module
 */
import type { Socket, TlsOptions } from '../../src/index.ts';
import { type Identity, issue, makeAuthority } from './certificates.ts';

/** Who is who. The server is at 127.0.0.1, and has a certificate for it. */
export type Cast = {
  readonly authority: Identity;
  readonly server: Identity;
  readonly client: Identity;
  /** An authority that nobody trusts, and who is who by its word. */
  readonly stranger: { readonly server: Identity; readonly client: Identity };
};

export async function makeCast(): Promise<Cast> {
  const [authority, other] = await Promise.all([makeAuthority('ours'), makeAuthority('theirs')]);
  const [server, client, otherServer, otherClient] = await Promise.all([
    issue(authority, '127.0.0.1'),
    issue(authority, 'worker-7'),
    issue(other, '127.0.0.1'),
    issue(other, 'worker-7'),
  ]);
  return { authority, server, client, stranger: { server: otherServer, client: otherClient } };
}

/** For a side that trusts the authority, and asks clients for nothing. */
export function trusting({ authority }: Cast, own: TlsOptions = {}): TlsOptions {
  return { ca: authority.cert, ...own };
}

/** Where `socket` is bound. */
export function portOf({ lastEndpoint }: Socket): number {
  return Number(lastEndpoint?.split(':').pop());
}
