/**
 * `tcp://` over `node:net`, and `tls://` as far as it is the same: names with every address they have, wildcards, interface
 * names, source addresses.
 *
 * @module
 */
import type { LookupAddress } from 'node:dns';
import {
  type AddressInfo,
  createServer,
  isIP,
  type NetConnectOpts,
  type Server,
  type Socket,
} from 'node:net';
import { networkInterfaces } from 'node:os';
import { readAddressBlocks } from '../address-blocks.ts';
import {
  formatTcp,
  parseHostAndPort,
  type TcpAddress,
  type TcpEndpoint,
  type TcpScheme,
  WILDCARD,
} from '../endpoint.ts';
import { ZmtpError } from '../errors.ts';
import {
  connectToFirst,
  NetStream,
  overAccepted,
  serveStreams,
  startListening,
  startListeningSync,
  stopListening,
} from './net-stream.ts';
import { acceptTls, connectTls } from './tls.ts';
import type {
  Attempt,
  ByteStream,
  ConnectHandler,
  Listener,
  ListenHandler,
  Transport,
  TransportOptions,
} from './transport.ts';

export const tcp: Transport<TcpEndpoint> = { listen, listenSync, connect };

async function listen(
  endpoint: TcpEndpoint,
  options: TransportOptions,
  handler: ListenHandler,
): Promise<Listener> {
  const toStream = accepter(endpoint, options);
  const server = createServer({ noDelay: true, pauseOnConnect: true });
  const host = await resolveLocal(endpoint, options.ipv6);
  await startListening(server, { host, port: endpoint.port, backlog: options.backlog });
  return serve(server, endpoint.scheme, options, handler, toStream);
}

function listenSync(
  endpoint: TcpEndpoint,
  options: TransportOptions,
  handler: ListenHandler,
): Listener {
  const toStream = accepter(endpoint, options);
  const server = createServer({ noDelay: true, pauseOnConnect: true });
  const { port } = endpoint;
  const host = findLocal(endpoint, options.ipv6) ?? LOCAL_NAMES[endpoint.host];
  if (host === undefined) throw noDevice(endpoint, 'a name takes time to look up: use bind');
  startListeningSync(server, { host, port }, options.backlog);
  return serve(server, endpoint.scheme, options, handler, toStream);
}

/** Names that need no look-up. */
const LOCAL_NAMES: Readonly<Record<string, string>> = { localhost: '127.0.0.1' };

/** From a socket that is accepted, and the address of its peer, to the stream. */
type Accepter = (socket: Socket, peerAddress: string) => ByteStream;

function accepter({ scheme }: TcpEndpoint, options: TransportOptions): Accepter {
  return scheme === 'tls' ? acceptTls(options) : overAccepted;
}

function serve(
  server: Server,
  scheme: TcpScheme,
  options: TransportOptions,
  handler: ListenHandler,
  toStream: Accepter,
): Listener {
  const isWelcome = parseAcceptFilter(Buffer.from(options.tcpAcceptFilter).toString());
  serveStreams(
    server,
    handler,
    (socket) => {
      applyKeepalive(socket, options);
      return toStream(socket, peerAddress(socket, scheme));
    },
    (socket) => {
      if (isWelcome === undefined || isWelcome(socket.remoteAddress ?? '')) return undefined;
      const detail = `${peerAddress(socket, scheme)} is not in the accept filter`;
      return new ZmtpError('EACCES', { detail });
    },
  );
  const { address, port } = server.address() as AddressInfo;
  return {
    address: formatTcp({ host: address, port }, scheme),
    close: () => stopListening(server),
  };
}

/**
 * Reads CIDR blocks with commas between them, and answers with whether an address is in one; `undefined` for none.
 *
 * @throws {RangeError} code EINVAL for what is no address or no prefix
 */
export function parseAcceptFilter(text: string): ((address: string) => boolean) | undefined {
  return text === '' ? undefined : readAddressBlocks(text.split(','), 'tcpAcceptFilter');
}

function connect(
  endpoint: TcpEndpoint,
  options: TransportOptions,
  handler: ConnectHandler,
): Attempt {
  const { scheme, source } = endpoint;
  const overTls = scheme === 'tls' ? connectTls(endpoint, options) : undefined;
  const proxy = Buffer.from(options.socksProxy).toString();
  const isDirect = proxy === '';
  // What the endpoint's name stands for is for the proxy to find out.
  const target = isDirect ? endpoint : parseHostAndPort(proxy);
  const { connectTimeout, handshakeInterval } = options;
  return connectToFirst(
    {
      targets: () => findTargets(target, source, options.ipv6),
      // The operating system has no limit for a proxy that is silent.
      timeout: isDirect ? connectTimeout : connectTimeout || handshakeInterval,
      toStream: (socket, reads) => {
        socket.setNoDelay(true);
        applyKeepalive(socket, options);
        const address = isDirect ? peerAddress(socket, scheme) : formatTcp(endpoint, scheme);
        return overTls?.(socket, address) ?? new NetStream(socket, address, reads);
      },
      readsDirectly: isDirect && overTls === undefined,
      introduce: isDirect ? undefined : (socket) => askTheWay(socket, endpoint),
    },
    handler,
  );
}

/** Asks the proxy at the other end of `socket` for the way to the endpoint. */
async function askTheWay(socket: Socket, endpoint: TcpEndpoint): Promise<void> {
  const { askProxy } = await import('./socks.ts');
  await askProxy(socket, endpoint);
}

/** Every address of a host, in the resolver's order, with the source to connect from. */
async function findTargets(
  { host, port }: TcpAddress,
  source: TcpAddress | undefined,
  ipv6: boolean,
): Promise<NetConnectOpts[]> {
  const family = isIP(host);
  const addresses = family > 0 ? [{ address: host, family }] : await lookUp(host, ipv6);
  const from = source === undefined ? {} : await sourceOptions(source, ipv6);
  return addresses.map(({ address, family }) => ({
    host: address,
    family,
    port,
    autoSelectFamily: false,
    ...from,
  }));
}

/** Every address of a name. Names are rare enough for the resolver to be loaded with the first. */
async function lookUp(host: string, ipv6: boolean): Promise<LookupAddress[]> {
  const { lookup } = await import('node:dns/promises');
  return lookup(host, { all: true, family: ipv6 ? 0 : 4 });
}

async function sourceOptions(
  source: TcpAddress,
  ipv6: boolean,
): Promise<{ localAddress?: string; localPort?: number }> {
  return {
    ...(source.host !== WILDCARD && { localAddress: await resolveLocal(source, ipv6) }),
    ...(source.port !== 0 && { localPort: source.port }),
  };
}

/** The address of this machine that a host of a bind or a source stands for. */
async function resolveLocal({ host, port }: TcpAddress, ipv6: boolean): Promise<string> {
  const found = findLocal({ host, port }, ipv6);
  if (found !== undefined) return found;
  try {
    const [first] = await lookUp(host, ipv6);
    return (first as LookupAddress).address; // a look-up without a result has failed
  } catch (cause) {
    throw noDevice(
      { host, port },
      `"${host}" is neither an interface nor a name with an address`,
      cause,
    );
  }
}

/** As `resolveLocal`, for what needs no look-up: wildcards, addresses and interfaces. */
function findLocal({ host, port }: TcpAddress, ipv6: boolean): string | undefined {
  if (host === WILDCARD) return ipv6 ? '::' : '0.0.0.0';
  const family = isIP(host);
  if (family === 6 && !ipv6)
    throw noDevice({ host, port }, 'an IPv6 address needs the option ipv6');
  if (family > 0) return host;
  const ofInterface = networkInterfaces()[host];
  if (ofInterface !== undefined) {
    const wanted =
      ofInterface.find((address) => address.family === (ipv6 ? 'IPv6' : 'IPv4')) ?? ofInterface[0];
    if (wanted !== undefined) return wanted.address;
  }
  return undefined;
}

function noDevice(address: TcpAddress, detail: string, cause?: unknown): ZmtpError {
  return new ZmtpError('ENODEV', { address: formatTcp(address), detail, cause });
}

function applyKeepalive(
  socket: Socket,
  { tcpKeepalive, tcpKeepaliveIdle }: TransportOptions,
): void {
  if (tcpKeepalive === -1) return;
  socket.setKeepAlive(tcpKeepalive === 1, tcpKeepaliveIdle === -1 ? 0 : tcpKeepaliveIdle * 1000);
}

function peerAddress(socket: Socket, scheme: TcpScheme): string {
  const { remoteAddress, remotePort } = socket;
  return remoteAddress === undefined
    ? `${scheme}://?`
    : formatTcp({ host: remoteAddress, port: remotePort ?? 0 }, scheme);
}
