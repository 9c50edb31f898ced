/**
 * What tests of `tls://` have in common: certificates, and sockets that use them.
 *
 * @module
 */
import { expect } from 'vitest';
import {
  Reply,
  Request,
  type Socket,
  type SocketOptions,
  type TlsOptions,
} from '../../src/index.ts';
import { type Identity, issue, makeAuthority } from './certificates.ts';
import { watch } from './peers/events.ts';
import { own } from './watch.ts';

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

export async function boundReply(
  tls: TlsOptions,
  options: SocketOptions<Reply> = {},
): Promise<Reply> {
  const rep = own(new Reply({ ...options, tls }));
  await rep.bind('tls://127.0.0.1:*');
  return rep;
}

export function connectedRequest(to: Socket | string, tls: TlsOptions | null): Request {
  const req = own(new Request({ tls, reconnectInterval: 1, reconnectMaxInterval: 10_000 }));
  req.connect(typeof to === 'string' ? to : (to.lastEndpoint ?? ''));
  return req;
}

export async function converse(req: Request, rep: Reply): Promise<void> {
  const answer = req.request('question', { timeout: 5000 });
  expect(String(await rep.receive())).toBe('question');
  await rep.send('answer');
  expect(String(await answer)).toBe('answer');
}

/** A good client is served, whatever others have done. */
export async function servesOn(rep: Reply, tls: TlsOptions): Promise<void> {
  await converse(connectedRequest(rep, tls), rep);
}

/** The code of the error with which the next handshake fails; the same ends the connection. */
export async function failure(socket: Socket): Promise<string> {
  const events = watch(socket);
  const { error, reason } = await events.next('handshake:error:other');
  expect(reason).toBe(error.message);
  const { cause } = await events.next('disconnect');
  expect(cause?.code).toBe(error.code);
  return error.code;
}
