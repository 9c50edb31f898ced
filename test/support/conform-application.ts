/**
 * The applications that `zmtp conform` supposes behind a peer: one that echoes, one that sends, one that obeys, one that
 * only reads. For our sockets and for those of npm `zeromq`, which look the same.
 *
 * @module
 */
import type { Precondition } from '../../src/testing/conformance/case.ts';

/** What the applications need of a socket. */
export type ApplicationSocket = {
  send(message: unknown): Promise<void>;
  receive(): Promise<Buffer[]>;
  subscribe?(...topics: string[]): void;
  unsubscribe?(...topics: string[]): void;
  readonly closed: boolean;
};

export type ApplicationType =
  | 'REP'
  | 'ROUTER'
  | 'DEALER'
  | 'PAIR'
  | 'XPUB'
  | 'PUSH'
  | 'PUB'
  | 'REQ'
  | 'PULL'
  | 'SUB';

/** With these a REQ asks again when nobody answers. */
export const REQ_OPTIONS = { relaxed: true, receiveTimeout: 500 };

/** The precondition that holds for the application of each type. */
export const HOLDS: Readonly<Record<ApplicationType, readonly Precondition[]>> = {
  REP: ['echo'],
  ROUTER: ['echo'],
  DEALER: ['echo'],
  PAIR: ['echo'],
  XPUB: ['echo'],
  PUSH: ['sends'],
  PUB: ['sends'],
  REQ: ['sends'],
  PULL: [],
  SUB: ['obeys'],
};

/** What makes a turn of each application. */
const TURNS = {
  echo: async (socket: ApplicationSocket) => socket.send(await socket.receive()),
  sends: async (socket: ApplicationSocket) => {
    await socket.send('of its own');
    await new Promise((resolve) => setTimeout(resolve, 1));
  },
  asks: async (socket: ApplicationSocket) => {
    await socket.send('question');
    await socket.receive();
  },
  obeys: async (socket: ApplicationSocket) => {
    const text = String((await socket.receive())[0]);
    if (text.startsWith('+')) socket.subscribe?.(text.slice(1));
    else if (text.startsWith('-')) socket.unsubscribe?.(text.slice(1));
  },
  reads: async (socket: ApplicationSocket) => {
    await socket.receive();
  },
} as const;

const APPLICATIONS: Readonly<Record<ApplicationType, keyof typeof TURNS>> = {
  REP: 'echo',
  ROUTER: 'echo',
  DEALER: 'echo',
  PAIR: 'echo',
  XPUB: 'echo',
  PUSH: 'sends',
  PUB: 'sends',
  REQ: 'asks',
  PULL: 'reads',
  SUB: 'obeys',
};

/** Runs the application of a socket until the socket is closed. */
export async function runApplication(
  type: ApplicationType,
  socket: ApplicationSocket,
): Promise<void> {
  if (type === 'SUB') socket.subscribe?.('+');
  const turn = TURNS[APPLICATIONS[type]];
  while (!socket.closed) {
    try {
      await turn(socket);
    } catch (error) {
      const { code } = error as { code?: string };
      // Whose peer has gone asks the next; one that was closed is at its end.
      if (code === 'EHOSTUNREACH' || (code === 'EAGAIN' && !socket.closed)) continue;
      if (socket.closed || code === 'EBADF') return;
      throw error;
    }
  }
}
