/**
 * A good peer of a subject: a socket of this package that has an exchange with it, whatever hostile sessions do meanwhile.
 *
 * @module
 */
import {
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  type Socket,
  Subscriber,
  XPublisher,
} from '../../index.ts';
import { encodeZ85 } from '../../protocol.ts';
import type { Target } from '../hostile/session.ts';
import type { Credentials } from '../hostile/wire.ts';

/**
 * A socket of a type that fits the target, with what lets it in.
 *
 * @param target - not of type STREAM, whose peers are no sockets
 */
export function makePeer({ type, mechanism }: Target, { plain, curve }: Credentials): Socket {
  const options = {
    linger: 0,
    reconnectInterval: 20,
    ...(mechanism === 'PLAIN' && {
      plainUsername: plain?.username ?? '',
      plainPassword: plain?.password ?? '',
    }),
    ...(mechanism === 'CURVE' &&
      curve !== undefined && {
        curveServerKey: encodeZ85(curve.serverKey),
        curveSecretKey: encodeZ85(curve.client.secretKey),
      }),
  };
  switch (type) {
    case 'REP':
      return new Request(options);
    case 'REQ':
      return new Reply(options);
    case 'ROUTER':
    case 'DEALER':
      return new Dealer(options);
    case 'PULL':
      return new Push(options);
    case 'PUSH':
      return new Pull(options);
    case 'PUB':
    case 'XPUB':
      return new Subscriber(options);
    case 'SUB':
      return new XPublisher(options);
    case 'XSUB':
      return new Publisher(options);
    case 'PAIR':
      return new Pair(options);
    case 'STREAM':
      throw new Error('the peer of a STREAM is no socket');
    default: {
      const unreachable: never = type;
      return unreachable;
    }
  }
}
