/**
 * Who takes part, and how the process of each is started.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { findPython } from '../test/support/peers/python.ts';
import { compile, libzmqVersion } from './native.ts';
import { Peer, type PeerOptions } from './peer.ts';

/** This package as built; libzmq behind npm `zeromq`; libzmq from C; pyzmq; and `node:net` without any protocol. */
export const CONTENDERS = ['zmtp', 'zeromq', 'libzmq', 'pyzmq', 'net'] as const;
export type Contender = (typeof CONTENDERS)[number];

export function isContender(name: string): name is Contender {
  return (CONTENDERS as readonly string[]).includes(name);
}

const PEERS = fileURLToPath(new URL('peers/', import.meta.url));
let python: string | undefined;

/** Why a contender cannot take part here, or undefined if it can. */
export function obstacle(contender: Contender): string | undefined {
  try {
    if (contender === 'libzmq') libzmqVersion();
    if (contender === 'pyzmq' && pythonCommand() === undefined) return 'no Python with pyzmq';
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export function pythonCommand(): string | undefined {
  python ??= findPython();
  return python;
}

function command(contender: Contender, job: string): string[] {
  switch (contender) {
    case 'zmtp':
    case 'zeromq':
      return [process.execPath, `${PEERS}main.js`, `./${job}/zmq.js`, contender];
    case 'net':
      return [process.execPath, `${PEERS}main.js`, `./${job}/net.js`];
    case 'libzmq':
      return [compile(job)];
    case 'pyzmq':
      return [pythonCommand() ?? 'python3', `${PEERS}main.py`, `${job}/pyzmq.py`];
    default: {
      const unreachable: never = contender;
      return unreachable;
    }
  }
}

/** Starts a contender's program for a job: the name of a folder of `peers/`. */
export function startPeer(
  contender: Contender,
  job: string,
  options: PeerOptions = {},
): Promise<Peer> {
  return Peer.start(`${contender} (${job})`, command(contender, job), options);
}

/** Starts the program that makes connections which say nothing. */
export function startIdlePeers(): Promise<Peer> {
  const file = './connections/idle.js';
  const commandLine = [process.execPath, `${PEERS}main.js`, file];
  return Peer.start('idle peers', commandLine, { hasManyFiles: true });
}
