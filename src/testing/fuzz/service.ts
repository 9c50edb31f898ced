/**
 * What a good peer gets from a socket of which nothing is known but its endpoint: a handshake, and an answer where its kind
 * gives answers.
 *
 * @module
 */
import type { Socket, Subscriber } from '../../index.ts';
import type { SocketType } from '../../protocol.ts';
import type { Target } from '../hostile/session.ts';
import type { Credentials } from '../hostile/wire.ts';
import { after } from '../patience.ts';
import { makePeer } from './good-peer.ts';

/** How well a peer is served; each includes the one before. */
const SERVICES = ['nothing', 'a handshake', 'an answer'] as const;
export type Service = (typeof SERVICES)[number];

export function isAtLeast(service: Service, other: Service): boolean {
  return SERVICES.indexOf(service) >= SERVICES.indexOf(other);
}

/** A bound socket, and what lets peers in. */
export type Place = {
  readonly endpoint: string;
  readonly target: Target;
  readonly credentials: Credentials;
};

type Exchange = { readonly receive: () => Promise<unknown>; readonly send: () => Promise<void> };

/**
 * Connects a good peer, and lets go of it when it has got what is wanted.
 *
 * @param patience - how long it waits, in ms
 * @param signal - ends the wait
 * @returns what it has got by then
 */
export async function serviceOf(
  { endpoint, target, credentials }: Place,
  wanted: Service,
  patience: number,
  signal?: AbortSignal,
): Promise<Service> {
  const socket = makePeer(target, credentials);
  let service: Service = 'nothing';
  try {
    await new Promise<void>((resolve, reject) => {
      const reach = (reached: Service): void => {
        if (isAtLeast(reached, service)) service = reached;
        if (isAtLeast(service, wanted)) finish();
      };
      const stop = after(patience, () => finish());
      const finish = (): void => {
        stop();
        signal?.removeEventListener('abort', finish);
        resolve();
      };
      if (signal?.aborted === true) return finish();
      signal?.addEventListener('abort', finish, { once: true });
      socket.events.on('handshake', () => reach('a handshake'));
      socket.connect(endpoint);
      converse(socket, target).then(
        (hasAnswer) => hasAnswer && reach('an answer'),
        (error: unknown) => {
          // It is closed when the time is up.
          if (!socket.closed) reject(error);
        },
      );
    });
  } finally {
    socket.close();
  }
  return service;
}

/** @returns whether there was something to wait for */
async function converse(socket: Socket, { type }: Target): Promise<boolean> {
  const { send, receive } = exchangeOf(socket);
  switch (type) {
    case 'REP':
    case 'ROUTER':
    case 'DEALER':
    case 'PAIR':
      await send();
      await receive();
      return true;
    case 'PUB':
    case 'XPUB':
      (socket as Subscriber).subscribe();
      await receive();
      return true;
    case 'PUSH':
      await receive();
      return true;
    // They say nothing, and a REQ that has asked somebody else waits for that peer.
    case 'PULL':
    case 'SUB':
    case 'XSUB':
    case 'REQ':
    case 'STREAM':
      return false;
    default: {
      const unreachable: never = type;
      return unreachable;
    }
  }
}

function exchangeOf(socket: Socket): Exchange {
  const sender = socket as Socket & { send(message: readonly string[] | string): Promise<void> };
  const receiver = socket as Socket & { receive(): Promise<unknown> };
  return { send: () => sender.send('zmtp fuzz'), receive: () => receiver.receive() };
}

/** Types of which one peer can find out: its own fits all of a group. */
const PROBES: readonly SocketType[] = ['ROUTER', 'PUB', 'PULL', 'PUSH', 'SUB', 'REQ', 'PAIR'];

/** What came of looking for the type of a socket: the type, or in words why it was not found. */
export type Finding =
  | { readonly type: SocketType }
  | { readonly type?: undefined; readonly reason: string };

/**
 * Finds the type of a bound socket, by handshakes of peers of one type after the other.
 *
 * @param patience - how long each waits, in ms
 */
export async function findType(
  place: Omit<Place, 'target'>,
  mechanism: Target['mechanism'],
  patience: number,
): Promise<Finding> {
  let reason = 'nobody answers';
  for (const type of PROBES) {
    const finding = await probe({ ...place, target: { type, mechanism } }, patience);
    if (finding === undefined) continue;
    if (finding.type !== undefined) return finding;
    ({ reason } = finding);
  }
  return { reason };
}

async function probe(
  { endpoint, target, credentials }: Place,
  patience: number,
): Promise<Finding | undefined> {
  const socket = makePeer(target, credentials);
  try {
    return await new Promise((resolve) => {
      const finish = (finding?: Finding): void => {
        stop();
        resolve(finding);
      };
      const stop = after(patience, () => finish());
      socket.events.on('handshake', ({ peer }) => finish({ type: peer.socketType as SocketType }));
      socket.events.on('handshake:error:protocol', ({ reason }) => finish({ reason }));
      socket.events.on('handshake:error:auth', ({ reason }) => finish({ reason }));
      socket.events.on('handshake:error:other', ({ reason }) => finish({ reason }));
      socket.events.on('close', ({ reason }) => finish({ reason: String(reason) }));
      socket.connect(endpoint);
    });
  } finally {
    socket.close();
  }
}
