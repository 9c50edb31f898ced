/**
 * A relay that changes nothing: what one side sends the other one gets, as it came, and with it the end of the stream, a
 * reset, and the wait when the other does not read. It looks on.
 *
 * @module
 */
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import {
  Dissector,
  type DissectorOptions,
  formatTcp,
  parseEndpoint,
  type Side,
} from '../../protocol.ts';
import { asUsage, UsageError } from '../command.ts';
import type { Printer } from './printer.ts';

/** Where to listen or to connect to. */
type Place = { readonly host: string; readonly port: number } | { readonly path: string };

/** Relays connections until `interrupted`. */
export async function relay(
  listen: string,
  to: string,
  options: DissectorOptions,
  printer: Printer,
  interrupted: AbortSignal,
): Promise<void> {
  const target = placeOf(to, 'connect');
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ ...target, allowHalfOpen: true, noDelay: true });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
    const number = ++count;
    printer.opened(number, peerOf(near), to);
    join(number, near, far, new Dissector(options), printer);
  });
  const place = placeOf(listen, 'bind');
  server.listen(place);
  await once(server, 'listening');
  process.stderr.write(`listening on ${addressOf(server)}, relaying to ${to}\n`);
  if (!interrupted.aborted) await once(interrupted, 'abort');
  server.close();
  for (const socket of sockets) socket.destroy();
  if ('path' in place) rmSync(place.path, { force: true });
}

function placeOf(endpoint: string, purpose: 'bind' | 'connect'): Place {
  const parsed = asUsage(() => parseEndpoint(endpoint, purpose));
  if (parsed.scheme === 'tcp') {
    const { host, port } = parsed;
    return { host: host === '*' ? '0.0.0.0' : host, port };
  }
  if (parsed.scheme === 'ipc' && parsed.path !== '*') return { path: parsed.path };
  throw new UsageError(`${endpoint}: a relay has tcp:// or ipc:// with a path at both ends`);
}

function addressOf(server: Server): string {
  const address = server.address() as AddressInfo | string;
  return typeof address === 'string'
    ? `ipc://${address}`
    : formatTcp({ host: address.address, port: address.port });
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return remoteAddress === undefined
    ? 'ipc'
    : formatTcp({ host: remoteAddress, port: remotePort ?? 0 });
}

/** Lets two sockets be one connection, and prints what passes. */
function join(
  number: number,
  near: Socket,
  far: Socket,
  dissector: Dissector,
  printer: Printer,
): void {
  const pass = (from: Socket, to: Socket, side: Side): void => {
    from.on('data', (chunk) => {
      // Before it is passed on, so that nothing stands before what it answers.
      printer.items(number, dissector.push(side, chunk), Date.now() / 1000);
      to.write(chunk);
      waitFor(from, to);
    });
    from.on('end', () => {
      printer.items(number, dissector.end(side), Date.now() / 1000);
      printer.note(number, `the ${side} side has ended its stream`);
      to.end();
    });
    from.on('error', (error: NodeJS.ErrnoException) => {
      const isOpen = to === far ? 'connection' : 'relayed connection';
      printer.note(number, `${isOpen}: ${error.message}`);
      reset(to, error.code);
    });
    from.on('close', () => {
      if (!from.readableEnded) reset(to);
    });
  };
  pass(near, far, 'connecting');
  pass(far, near, 'accepting');
}

/** Reads no more from a socket until what it leads to can be written to again: the other socket, and the output. */
function waitFor(from: Socket, to: Socket): void {
  const full = [to, process.stdout].filter((stream) => stream.writableNeedDrain);
  if (full.length === 0) return;
  from.pause();
  let left = full.length;
  for (const stream of full) {
    stream.once('drain', () => {
      if (--left === 0) from.resume();
    });
  }
}

/** The other side has gone, so this one has to; with a reset if it went with one. */
function reset(socket: Socket, code?: string): void {
  if (code === 'ECONNRESET' && socket.remoteAddress !== undefined) socket.resetAndDestroy();
  else socket.destroy();
}
