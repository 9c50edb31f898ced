/**
 * What goes on at a socket: messages out, messages in, and what one has to do with the other.
 *
 * @module
 */
import { ZmtpError } from '../../index.ts';
import type { AnySocket } from './open.ts';
import type { Plan } from './plan.ts';

/** A socket, and what is to be done with it. */
export type Conversation = Plan & {
  readonly socket: AnySocket;
  readonly show: (frames: readonly Buffer[]) => Promise<void>;
  /** Milliseconds; -1 for ever. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** How many messages to receive; for ever without it. */
  readonly number: number | undefined;
};

/** Goes on until all is done that was asked for. Rejects with EAGAIN when the time is up, and when it is interrupted. */
export function converse(conversation: Conversation): Promise<void> {
  const { does, replyTo, signal } = conversation;
  switch (does) {
    case 'ask':
      return ask(conversation);
    case 'answer':
      return replyTo === undefined ? answer(conversation) : reply(conversation, replyTo);
    case 'send':
      return sendAll(conversation, signal);
    case 'receive':
      return receiveAll(conversation, signal);
    case 'both':
      return talk(conversation);
    default: {
      const unreachable: never = does;
      throw new Error(`unexpected ${String(unreachable)}`);
    }
  }
}

async function ask({ socket, messages, show, timeout, signal }: Conversation): Promise<void> {
  for await (const frames of messages(signal)) {
    await socket.send([...frames], { timeout, signal });
    await show(await socket.receive({ timeout, signal }));
  }
}

async function reply(
  { socket, show, timeout, signal, number = Infinity }: Conversation,
  replyTo: NonNullable<Plan['replyTo']>,
): Promise<void> {
  for (let i = 0; i < number; i++) {
    const frames = await socket.receive({ timeout, signal });
    await show(frames);
    await socket.send([...replyTo(frames)], { timeout, signal });
  }
}

/** Each reply is the next message that there is to be sent. */
async function answer(conversation: Conversation): Promise<void> {
  const { socket, messages, show, timeout, signal, number = Infinity } = conversation;
  const replies = messages(signal)[Symbol.asyncIterator]();
  try {
    for (let i = 0; i < number; i++) {
      await show(await socket.receive({ timeout, signal }));
      const next = await replies.next();
      signal.throwIfAborted();
      if (next.done === true) {
        const detail = 'standard input has no more replies; see --echo and --reply';
        throw new ZmtpError('EFSM', { message: 'A request has no reply', detail });
      }
      await socket.send([...next.value], { timeout, signal });
    }
  } finally {
    await replies.return?.();
  }
}

async function sendAll(
  { socket, messages, timeout }: Conversation,
  signal: AbortSignal,
): Promise<void> {
  for await (const frames of messages(signal)) await socket.send([...frames], { timeout, signal });
}

async function receiveAll(
  { socket, show, timeout, number = Infinity }: Conversation,
  signal: AbortSignal,
): Promise<void> {
  for (let i = 0; i < number; i++) await show(await socket.receive({ timeout, signal }));
}

/**
 * Both directions at once. Ends with the last message that was to be received; what is to be sent is sent before, unless
 * somebody is still typing.
 */
async function talk(conversation: Conversation): Promise<void> {
  const stopping = new AbortController();
  const signal = AbortSignal.any([conversation.signal, stopping.signal]);
  const sending = sendAll(conversation, signal);
  const receiving = receiveAll(conversation, signal);
  try {
    if (conversation.isOpenEnded && conversation.number !== 0) {
      // A failure of one is the failure of both, the end of the input is not the end.
      await Promise.race([receiving, sending.then(() => receiving)]);
    } else {
      await Promise.all([sending, receiving]);
    }
  } finally {
    stopping.abort();
    await Promise.allSettled([receiving]);
  }
}
