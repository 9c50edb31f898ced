/**
 * SOCKS5 (RFC 1928): asks a proxy for a connection. CONNECT only, and without authentication.
 *
 * ```
 *   to the proxy                                       from the proxy
 *   05 number-of-methods methods...                    05 method            00: no authentication, FF: none will do
 *   05 command 00 type address port                    05 reply 00 type address port        command 01: CONNECT
 *
 *   type   01: 4 bytes of IPv4      03: a name, its length before it      04: 16 bytes of IPv6
 * ```
 *
 * From then on the connection is one to the peer: what stands behind the reply is the peer's.
 *
 * @module
 */
import { isIP, isIPv4, type Socket } from 'node:net';
import type { TcpAddress } from '../endpoint.ts';

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const CONNECT = 1;
const SUCCEEDED = 0;
const TYPE_IPV4 = 1;
const TYPE_NAME = 3;
const TYPE_IPV6 = 4;
const PORT_SIZE = 2;
const MAX_NAME_SIZE = 255;

/** RFC 1928, Replies: what the proxy says went wrong, with the code that a connection without it would fail with. */
const REPLIES: Readonly<Record<number, readonly [code: string, text: string]>> = {
  1: ['ECONNREFUSED', 'general failure'],
  2: ['EACCES', 'connection not allowed by ruleset'],
  3: ['ENETUNREACH', 'network unreachable'],
  4: ['EHOSTUNREACH', 'host unreachable'],
  5: ['ECONNREFUSED', 'connection refused'],
  6: ['ETIMEDOUT', 'TTL expired'],
  7: ['ENOTSUP', 'command not supported'],
  8: ['EAFNOSUPPORT', 'address type not supported'],
};

/**
 * Asks the proxy at the other end of `socket` for a connection to `target`. When it resolves there is one; it rejects
 * when the proxy refuses, says something else, or goes. Reads not one byte more than the proxy's answers.
 *
 * @param socket - connected, and not read from by anybody else
 */
export async function askProxy(socket: Socket, target: TcpAddress): Promise<void> {
  const request = encodeRequest(target);
  socket.write(Buffer.of(VERSION, 1, NO_AUTHENTICATION));
  const [version, method] = await read(socket, 2);
  if (version !== VERSION) throw garbled(`version ${version} in place of ${VERSION}`);
  if (method !== NO_AUTHENTICATION) throw failure('EACCES', 'it asks for authentication');

  socket.write(request);
  const [replyVersion, reply = SUCCEEDED, , type] = await read(socket, 4);
  if (replyVersion !== VERSION) throw garbled(`version ${replyVersion} in place of ${VERSION}`);
  if (reply !== SUCCEEDED) {
    const [code, text] = REPLIES[reply] ?? ['ECONNREFUSED', `reply ${reply}`];
    throw failure(code, text);
  }
  // From where it connects to the peer is of no interest, but has to be read.
  await read(socket, (await sizeOfAddress(socket, type)) + PORT_SIZE);
}

function encodeRequest({ host, port }: TcpAddress): Buffer {
  const head = Buffer.of(VERSION, CONNECT, 0);
  const tail = Buffer.alloc(PORT_SIZE);
  tail.writeUInt16BE(port);
  return Buffer.concat([head, encodeAddress(host), tail]);
}

function encodeAddress(host: string): Buffer {
  const family = isIP(host);
  if (family === 4) return Buffer.from([TYPE_IPV4, ...host.split('.').map(Number)]);
  if (family === 6) return Buffer.from([TYPE_IPV6, ...ipv6Bytes(host)]);
  const name = Buffer.from(host);
  if (name.length > MAX_NAME_SIZE) {
    throw failure('EINVAL', `a name has at most ${MAX_NAME_SIZE} bytes`);
  }
  return Buffer.from([TYPE_NAME, name.length, ...name]);
}

/** The 16 bytes of an address; its zone means something on this machine only. */
function ipv6Bytes(host: string): number[] {
  let [address = ''] = host.split('%');
  const last = address.slice(address.lastIndexOf(':') + 1);
  if (isIPv4(last)) {
    const hex = Buffer.from(last.split('.').map(Number)).toString('hex');
    address = `${address.slice(0, -last.length)}${hex.slice(0, 4)}:${hex.slice(4)}`;
  }
  const [head = [], tail = []] = address
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return [...head, ...zeros, ...tail].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

async function sizeOfAddress(socket: Socket, type: number | undefined): Promise<number> {
  if (type === TYPE_IPV4) return 4;
  if (type === TYPE_IPV6) return 16;
  if (type === TYPE_NAME) return (await read(socket, 1))[0] ?? 0;
  throw garbled(`an address of type ${type}`);
}

/** Exactly `size` bytes; what comes behind them stays in the socket. */
function read(socket: Socket, size: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const settle = (bytes: Uint8Array | undefined): void => {
      socket.off('readable', look).off('close', gone);
      if (bytes?.length === size) resolve(bytes);
      else reject(failure('ECONNRESET', 'it hung up'));
    };
    const look = (): void => {
      const bytes = socket.read(size) as Uint8Array | null;
      if (bytes !== null) settle(bytes);
    };
    const gone = (): void => settle(undefined);
    socket.on('readable', look).on('close', gone);
    look();
    // It may have gone since the last read.
    if (socket.destroyed) gone();
  });
}

function garbled(what: string): Error {
  return failure('EPROTO', `it does not speak SOCKS5: ${what}`);
}

function failure(code: string, text: string): Error {
  return Object.assign(new Error(`SOCKS proxy: ${text}`), { code });
}
