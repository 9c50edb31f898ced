/**
 * Endpoints: `scheme://address` as text and as parts. The grammar is libzmq's, without its port numbers that wrap.
 *
 * ```
 * tcp://host:port            host: name, IPv4, [IPv6], interface, or * on bind; port: 1 … 65535, or 0 or * on bind
 * tcp://source:port;host:port   connect only: from this address and port (0 or * for any) to that one
 * tls://…                    as tcp://
 * ipc://path                 a socket file, relative to the working directory or absolute; ipc://* on bind makes one up
 * inproc://name              within one context
 * ```
 *
 * @module
 */
import { invalidType, ZmtpError } from './errors.ts';

export type TcpAddress = { readonly host: string; readonly port: number };

/** TLS is spoken over tcp, and has its addresses. */
export type TcpScheme = 'tcp' | 'tls';
export type TcpEndpoint = TcpAddress & {
  readonly scheme: TcpScheme;
  /** Where to connect from. */
  readonly source?: TcpAddress;
};
export type IpcEndpoint = { readonly scheme: 'ipc'; readonly path: string };
type InprocEndpoint = { readonly scheme: 'inproc'; readonly name: string };
export type Endpoint = TcpEndpoint | IpcEndpoint | InprocEndpoint;

/** The host or path that stands for "any". */
export const WILDCARD = '*';
const MAX_PORT = 65_535;
const MAX_INPROC_NAME = 256;

/**
 * Reads an endpoint.
 *
 * @throws {TypeError} code EINVAL, when it is no string
 * @throws {ZmtpError} EINVAL for a malformed one, EPROTONOSUPPORT for an unknown scheme
 */
export function parseEndpoint(address: unknown, purpose: 'bind' | 'connect'): Endpoint {
  if (typeof address !== 'string')
    throw invalidType(
      'Address must be a string',
      `got ${address === null ? 'null' : typeof address}`,
    );
  const separator = address.indexOf('://');
  const scheme = address.slice(0, separator);
  const rest = address.slice(separator + 3);
  if (separator < 1 || rest === '') throw malformed(address, 'expected scheme://address');
  switch (scheme) {
    case 'tcp':
    case 'tls':
      return parseTcp(address, scheme, rest, purpose);
    case 'ipc':
      return parseIpc(address, rest, purpose);
    case 'inproc':
      if (rest.length > MAX_INPROC_NAME)
        throw malformed(address, `an inproc name has at most ${MAX_INPROC_NAME} characters`);
      return { scheme, name: rest };
    case 'udp':
      throw new ZmtpError('ENOCOMPATPROTO', { address, detail: 'no socket here speaks udp' });
    default:
      throw new ZmtpError('EPROTONOSUPPORT', {
        address,
        detail: `the scheme "${scheme}" is not known here: use tcp, tls, ipc or inproc`,
      });
  }
}

/**
 * Whether an address, of which nothing is known, could name anything: it has a scheme that is known, and something behind.
 *
 * @throws as `parseEndpoint`, when it could not
 */
export function checkScheme(address: unknown): asserts address is string {
  if (typeof address === 'string' && /^(tcp|tls|ipc|inproc):\/\/./.test(address)) return;
  parseEndpoint(address, 'bind');
}

/**
 * Reads `host:port` to connect to, without a scheme.
 *
 * @throws {ZmtpError} EINVAL
 */
export function parseHostAndPort(text: string): TcpAddress {
  return parseAddress(text, text, false);
}

/** `tcp://host:port` with brackets around IPv6, or the same with `tls`. */
export function formatTcp({ host, port }: TcpAddress, scheme: TcpScheme = 'tcp'): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The text of an ipc endpoint. */
export function formatIpc(path: string): string {
  return `ipc://${path}`;
}

function parseTcp(
  address: string,
  scheme: TcpScheme,
  rest: string,
  purpose: 'bind' | 'connect',
): TcpEndpoint {
  if (purpose === 'bind') return { scheme, ...parseAddress(address, rest, true) };
  const semicolon = rest.lastIndexOf(';');
  const target = parseAddress(address, rest.slice(semicolon + 1), false);
  if (semicolon === -1) return { scheme, ...target };
  return {
    scheme,
    ...target,
    source: parseAddress(address, rest.slice(0, semicolon), true),
  };
}

function parseAddress(address: string, text: string, isLocal: boolean): TcpAddress {
  const colon = text.lastIndexOf(':');
  if (colon === -1) throw malformed(address, 'expected host:port');
  const portText = text.slice(colon + 1);
  let host = text.slice(0, colon);
  if (host.startsWith('[') && host.endsWith(']')) host = host.slice(1, -1);
  else if (host.includes(':')) throw malformed(address, 'an IPv6 address stands in brackets');
  if (host === WILDCARD ? !isLocal : !/^[A-Za-z0-9:_][\w.:%-]*$/.test(host)) {
    throw malformed(address, `"${host}" is no host to ${isLocal ? 'bind to' : 'connect to'}`);
  }
  if (portText === WILDCARD && isLocal) return { host, port: 0 };
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : Number.NaN;
  if (!(port <= MAX_PORT) || (port === 0 && !isLocal)) {
    const range = isLocal ? `0 to ${MAX_PORT} or *` : `1 to ${MAX_PORT}`;
    throw malformed(address, `"${portText}" is no port: expected ${range}`);
  }
  return { host, port };
}

function parseIpc(address: string, path: string, purpose: 'bind' | 'connect'): IpcEndpoint {
  if (path === WILDCARD && purpose === 'connect')
    throw malformed(address, 'a wildcard is for bind only');
  if (path.includes('\0')) throw malformed(address, 'a path has no NUL');
  if (path.startsWith('@')) {
    throw new ZmtpError('ENOTSUP', {
      address,
      detail: 'Node pads abstract socket names, so no other peer could be reached: use a path',
    });
  }
  return { scheme: 'ipc', path };
}

function malformed(address: string, detail: string): ZmtpError {
  return new ZmtpError('EINVAL', { address, detail });
}
