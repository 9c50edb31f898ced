/**
 * `tcp://` over `node:net`: names with every address they have, wildcards, interface names, source addresses.
 *
 * @module
 */
import { lookup } from 'node:dns/promises';
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
  WILDCARD,
} from '../endpoint.ts';
import { ZmtpError } from '../errors.ts';
import {
  connectToFirst,
  NetStream,
  serveStreams,
  startListening,
  startListeningSync,
  stopListening,
} from './net-stream.ts';
import type { SharedReads } from './shared-reads.ts';
import { askProxy } from './socks.ts';
import type {
  Attempt,
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
  const server = createServer({ noDelay: true, pauseOnConnect: true });
  const host = await resolveLocal(endpoint, options.ipv6);
  await startListening(server, { host, port: endpoint.port, backlog: options.backlog });
  return serve(server, options, handler);
}

function listenSync(
  endpoint: TcpEndpoint,
  options: TransportOptions,
  handler: ListenHandler,
): Listener {
  const server = createServer({ noDelay: true, pauseOnConnect: true });
  const { port } = endpoint;
  const host = findLocal(endpoint, options.ipv6) ?? LOCAL_NAMES[endpoint.host];
  if (host === undefined) throw noDevice(endpoint, 'a name takes time to look up: use bind');
  startListeningSync(server, { host, port }, options.backlog);
  return serve(server, options, handler);
}

/** Names that need no look-up. */
const LOCAL_NAMES: Readonly<Record<string, string>> = { localhost: '127.0.0.1' };

function serve(server: Server, options: TransportOptions, handler: ListenHandler): Listener {
  const filter = parseAcceptFilter(Buffer.from(options.tcpAcceptFilter).toString());
  serveStreams(
    server,
    handler,
    (socket) => {
      applyKeepalive(socket, options);
      return peerAddress(socket);
    },
    filter && ((socket) => filter(socket.remoteAddress ?? '')),
  );
  const { address, port } = server.address() as AddressInfo;
  return { address: formatTcp({ host: address, port }), close: () => stopListening(server) };
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
  const proxy = Buffer.from(options.socksProxy).toString();
  if (proxy !== '') return connectThrough(parseHostAndPort(proxy), endpoint, options, handler);
  return connectToFirst(
    () => findTargets(endpoint, endpoint.source, options.ipv6),
    options.connectTimeout,
    (socket, reads) => toStream(socket, peerAddress(socket), options, reads),
    handler,
  );
}

/** As `connect`, by way of a SOCKS5 proxy. What the endpoint's name stands for is for the proxy to find out. */
function connectThrough(
  proxy: TcpAddress,
  endpoint: TcpEndpoint,
  options: TransportOptions,
  handler: ConnectHandler,
): Attempt {
  return connectToFirst(
    () => findTargets(proxy, endpoint.source, options.ipv6),
    // The operating system has no limit for a proxy that is silent.
    options.connectTimeout || options.handshakeInterval,
    (socket, reads) => toStream(socket, formatTcp(endpoint), options, reads),
    handler,
    (socket) => askProxy(socket, endpoint),
  );
}

function toStream(
  socket: Socket,
  address: string,
  options: TransportOptions,
  reads: SharedReads | undefined,
): NetStream {
  socket.setNoDelay(true);
  applyKeepalive(socket, options);
  return new NetStream(socket, address, reads);
}

/** Every address of a host, in the resolver's order, with the source to connect from. */
async function findTargets(
  { host, port }: TcpAddress,
  source: TcpAddress | undefined,
  ipv6: boolean,
): Promise<NetConnectOpts[]> {
  const family = isIP(host);
  const addresses =
    family > 0
      ? [{ address: host, family }]
      : await lookup(host, { all: true, family: ipv6 ? 0 : 4 });
  const from = source === undefined ? {} : await sourceOptions(source, ipv6);
  return addresses.map(({ address, family }) => ({
    host: address,
    family,
    port,
    autoSelectFamily: false,
    ...from,
  }));
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
    return (await lookup(host, { family: ipv6 ? 0 : 4 })).address;
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

function peerAddress(socket: Socket): string {
  const { remoteAddress, remotePort } = socket;
  return remoteAddress === undefined
    ? 'tcp://?'
    : formatTcp({ host: remoteAddress, port: remotePort ?? 0 });
}
