/**
 * `ipc://` over `node:net`: Unix domain sockets, and named pipes on Windows. A socket file that a dead process has left
 * behind is replaced; one that somebody listens on is not, and neither is a file that is no socket.
 *
 * @module
 */
import { existsSync, lstatSync, mkdtempSync, rmSync, unlinkSync } from 'node:fs';
import { connect as connectSocket, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { formatIpc, type IpcEndpoint, WILDCARD } from '../endpoint.ts';
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
import type {
  Attempt,
  ConnectHandler,
  Listener,
  ListenHandler,
  Transport,
  TransportOptions,
} from './transport.ts';

export const ipc: Transport<IpcEndpoint> = { listen, listenSync, connect };

const isWindows = process.platform === 'win32';
/** Bytes of `sun_path`, with its terminating NUL. */
const MAX_PATH_SIZE = process.platform === 'linux' ? 108 : 104;

async function listen(
  endpoint: IpcEndpoint,
  options: TransportOptions,
  handler: ListenHandler,
): Promise<Listener> {
  const place = findPlace(endpoint);
  const { path } = place;
  const server = createServer({ pauseOnConnect: true });
  const listenOptions = { path: systemPath(path), backlog: options.backlog };
  try {
    await startListening(server, listenOptions);
  } catch (error) {
    checkFolder(path);
    if (!(await isStale(path, error))) throw error;
    unlinkSync(path);
    // Binds in the same turn, so that nobody comes between.
    await startListening(server, listenOptions);
  }
  return serve(server, place, handler);
}

/** A file that is there already is not replaced: to find out whether anybody listens on it takes time. */
function listenSync(
  endpoint: IpcEndpoint,
  options: TransportOptions,
  handler: ListenHandler,
): Listener {
  const place = findPlace(endpoint);
  const server = createServer({ pauseOnConnect: true });
  checkFolder(place.path);
  startListeningSync(server, { path: systemPath(place.path) }, options.backlog);
  return serve(server, place, handler);
}

/** Where to listen; a wildcard has a folder of its own. */
type Place = { readonly path: string; readonly directory: string | undefined };

function findPlace(endpoint: IpcEndpoint): Place {
  if (endpoint.path !== WILDCARD || isWindows) {
    return { path: wildcardPipe(endpoint.path), directory: undefined };
  }
  const directory = makeDirectory();
  return { path: join(directory, 'socket'), directory };
}

function serve(server: Server, { path, directory }: Place, handler: ListenHandler): Listener {
  serveStreams(server, handler, (socket) => overAccepted(socket, formatIpc(path)));
  return {
    address: formatIpc(path),
    close: async () => {
      await stopListening(server);
      if (directory !== undefined) removeDirectory(directory);
    },
  };
}

function connect(
  endpoint: IpcEndpoint,
  options: TransportOptions,
  handler: ConnectHandler,
): Attempt {
  const path = systemPath(endpoint.path);
  return connectToFirst(
    {
      targets: async () => [{ path }],
      timeout: options.connectTimeout,
      toStream: (socket, reads) => new NetStream(socket, formatIpc(endpoint.path), reads),
      readsDirectly: true,
    },
    handler,
  );
}

/** The folders of wildcards, which go with the process at the latest. */
const directories = new Set<string>();

function makeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'zmtp-'));
  if (directories.size === 0) process.on('exit', removeDirectories);
  directories.add(directory);
  return directory;
}

function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  directories.delete(directory);
  if (directories.size === 0) process.off('exit', removeDirectories);
}

function removeDirectories(): void {
  for (const directory of [...directories]) removeDirectory(directory);
}

/** On Windows a wildcard is a name that nobody else has. */
function wildcardPipe(path: string): string {
  return path === WILDCARD ? `zmtp-${process.pid}-${Math.random().toString(36).slice(2)}` : path;
}

/** What the operating system is given for `path`. */
function systemPath(path: string): string {
  if (isWindows) return `\\\\.\\pipe\\${path.replaceAll('/', '\\')}`;
  const size = Buffer.byteLength(path);
  if (size >= MAX_PATH_SIZE) {
    throw new ZmtpError('ENAMETOOLONG', {
      address: formatIpc(path),
      detail: `a socket path has at most ${MAX_PATH_SIZE - 1} bytes, this one has ${size}`,
    });
  }
  // Node takes a path that is a number for a port.
  return Number(path) >= 0 ? `./${path}` : path;
}

/** The operating system's interface reports a missing folder as EACCES. */
function checkFolder(path: string): void {
  const folder = dirname(path);
  if (isWindows || existsSync(folder)) return;
  throw new ZmtpError('ENOENT', {
    address: formatIpc(path),
    detail: `the folder ${folder} does not exist`,
  });
}

/** Whether `error` says that the path is taken, and it is only by a socket that nobody listens on. */
async function isStale(path: string, error: unknown): Promise<boolean> {
  if (isWindows || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return false;
  const before = lstatSync(path);
  if (!before.isSocket() || !(await isRefused(path))) return false;
  // Another binder may have put its own file there meanwhile.
  const after = lstatSync(path, { throwIfNoEntry: false });
  return after?.ino === before.ino && after.ctimeMs === before.ctimeMs;
}

function isRefused(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connectSocket(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', (refusal: NodeJS.ErrnoException) =>
      resolve(refusal.code === 'ECONNREFUSED'),
    );
  });
}
