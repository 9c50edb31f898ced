/**
 * A good peer of a subject: it connects, has one exchange, and leaves. Whatever hostile sessions do, it has to be served.
 *
 * @module
 */
import { connect } from 'node:net';
import type { Socket, Subscriber } from '../../src/index.ts';
import { addressOf } from '../../src/testing/dial.ts';
import { makePeer } from '../../src/testing/fuzz/good-peer.ts';
import { after } from '../../src/testing/patience.ts';
import type { Target } from '../../src/testing/hostile/session.ts';
import type { SubjectProcess } from './subject-process.ts';
import { TOKEN } from './subject/talk.ts';
import type { Credentials } from '../../src/testing/hostile/wire.ts';

type Receiving = Socket & { receive(): Promise<Buffer[]> };
type Sending = Socket & { send(message: readonly string[] | string): Promise<void> };

let exchanges = 0;

/** Resolves when the peer has been served; `false` when it has not in time. */
export async function exchange(
  subject: SubjectProcess,
  target: Target,
  credentials: Credentials,
  patience: number,
): Promise<boolean> {
  exchanges += 1;
  const token = `${TOKEN}${exchanges}`;
  if (target.type === 'STREAM') return echoOverTcp(subject.endpointOf(target), token, patience);
  const socket = makePeer(target, credentials);
  const giveUp = after(patience, () => socket.close());
  try {
    socket.connect(subject.endpointOf(target));
    return await converse(socket, subject, target, token, patience);
  } catch (error) {
    if (socket.closed) return false;
    throw error;
  } finally {
    giveUp();
    socket.close();
  }
}

async function converse(
  socket: Socket,
  subject: SubjectProcess,
  { type }: Target,
  token: string,
  patience: number,
): Promise<boolean> {
  const sender = socket as Sending;
  const receiver = socket as Receiving;
  switch (type) {
    case 'PUSH':
      await receiver.receive();
      return true;
    case 'PUB':
    case 'XPUB':
      (socket as Subscriber).subscribe();
      await receiver.receive();
      return true;
    case 'REQ':
      void replyAlways(receiver, sender, token);
      return subject.hasToken(token, patience);
    case 'SUB':
      await receiver.receive();
      await sender.send(token);
      return subject.hasToken(token, patience);
    case 'XSUB':
      // Nothing tells a PUB that it has a subscriber.
      for (let waited = 0; waited < patience; waited += 50) {
        await sender.send(token);
        if (await subject.hasToken(token, 50)) return true;
      }
      return false;
    case 'PULL':
    case 'DEALER':
      await sender.send(token);
      return subject.hasToken(token, patience);
    default:
      await sender.send(token);
      await receiver.receive();
      return subject.hasToken(token, patience);
  }
}

/** Replies until the socket is closed: a subject that was busy may have given up on a request before its reply came. */
async function replyAlways(receiver: Receiving, sender: Sending, token: string): Promise<void> {
  try {
    for (;;) {
      await receiver.receive();
      await sender.send(token);
    }
  } catch (error) {
    if (!receiver.closed) throw error;
  }
}

function echoOverTcp(endpoint: string, token: string, patience: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(addressOf(endpoint));
    const finish = (isServed: boolean): void => {
      stop();
      socket.destroy();
      resolve(isServed);
    };
    const stop = after(patience, () => finish(false));
    let received = '';
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      received += text;
      if (received === token) finish(true);
    });
    // It may be asked to wait by a reset or two: a STREAM has no other way to refuse.
    socket.on('error', () => finish(false));
    socket.on('close', () => finish(false));
    socket.write(token);
  });
}
