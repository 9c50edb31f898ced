/**
 * `tcp://` over `node:net`: names with every address they have, wildcards, interface names, source addresses.
 *
 * @module
 */
import { lookup } from 'node:dns/promises';
import { type AddressInfo, createServer, isIP, type NetConnectOpts, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { formatTcp, type TcpAddress, type TcpEndpoint, WILDCARD } from '../endpoint.ts';
import { ZmtpError } from '../errors.ts';
import {
  connectToFirst,
  NetStream,
  serveStreams,
  startListening,
  stopListening,
} from './net-stream.ts';
import type {
  Attempt,
  ConnectHandler,
  Listener,
  ListenHandler,
  Transport,
  TransportOptions,
} from './transport.ts';

export const tcp: Transport<TcpEndpoint> = { listen, connect };

async function listen(
  endpoint: TcpEndpoint,
  options: TransportOptions,
  handler: ListenHandler,
): Promise<Listener> {
  const server = createServer({ noDelay: true });
  const host = await resolveLocal(endpoint, options.ipv6);
  await startListening(server, { host, port: endpoint.port, backlog: options.backlog });
  serveStreams(server, handler, (socket) => {
    applyKeepalive(socket, options);
    return peerAddress(socket);
  });
  const { address, port } = server.address() as AddressInfo;
  return { address: formatTcp({ host: address, port }), close: () => stopListening(server) };
}

function connect(
  endpoint: TcpEndpoint,
  options: TransportOptions,
  handler: ConnectHandler,
): Attempt {
  return connectToFirst(
    () => findTargets(endpoint, options.ipv6),
    options.connectTimeout,
    (socket) => {
      socket.setNoDelay(true);
      applyKeepalive(socket, options);
      return new NetStream(socket, peerAddress(socket));
    },
    handler,
  );
}

/** Every address of the endpoint's host, in the resolver's order, with the source to connect from. */
async function findTargets(endpoint: TcpEndpoint, ipv6: boolean): Promise<NetConnectOpts[]> {
  const { host, port, source } = endpoint;
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
