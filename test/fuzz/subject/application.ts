/**
 * The program behind each subject: it reads what comes, gives back what can be given back, and sends now and then. Whatever
 * a call rejects with is looked at: errors of this package, with the codes that the calls may have, and nothing else.
 *
 * @module
 */
import {
  allowKeys,
  allowPasswords,
  type Authenticator,
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  type Socket,
  Stream,
  Subscriber,
  XPublisher,
  XSubscriber,
  ZmtpError,
} from '../../../src/index.ts';
import type { SocketKind } from '../../../src/option-types.ts';
import { encodeZ85 } from '../../../src/z85.ts';
import type { Target } from '../../../src/testing/hostile/session.ts';
import { type Answer, type SubjectPlan, TOKEN } from './talk.ts';

const CLASSES: Record<SocketKind, new (options: object) => Socket> = {
  REQ: Request,
  REP: Reply,
  DEALER: Dealer,
  ROUTER: Router,
  PUB: Publisher,
  XPUB: XPublisher,
  SUB: Subscriber,
  XSUB: XSubscriber,
  PUSH: Push,
  PULL: Pull,
  PAIR: Pair,
  STREAM: Stream,
};

const SENDING: readonly SocketKind[] = ['PUSH', 'PUB', 'XPUB', 'DEALER'];
const ECHOING: readonly SocketKind[] = ['REP', 'ROUTER', 'PAIR', 'STREAM'];
/** Types that ask whether a peer may come in though they have no mechanism. */
const ASKING: readonly SocketKind[] = ['PULL', 'ROUTER', 'XPUB'];
const SEND_INTERVAL = 20;
/** How long it takes to say whether a peer may come in, in ms. */
const VERDICT_DELAY = 5;
const HARMLESS = ['EAGAIN', 'EHOSTUNREACH', 'EBADF'];

type Receiving = { receive(): Promise<Buffer[]> };
type Sending = { send(message: readonly (Buffer | string)[] | string): Promise<void> };

export class Application {
  readonly socket: Socket;
  readonly events: Record<string, number> = {};
  messages = 0;
  /** Connections of whose end nothing was told. */
  sessions = 0;
  readonly #target: Target;
  readonly #tell: (answer: Answer) => void;

  constructor(target: Target, plan: SubjectPlan, tell: (answer: Answer) => void) {
    this.#target = target;
    this.#tell = tell;
    this.socket = new CLASSES[target.type]({
      linger: 0,
      ...securityOf(target, plan),
      ...limitsOf(target),
      ...(target.type === 'REQ' && { relaxed: true, correlate: true, receiveTimeout: 100 }),
      ...(canWait(target.type) && { sendTimeout: 0 }),
    });
  }

  /** @returns the port */
  async start(): Promise<number> {
    const { socket } = this;
    const { type } = this.#target;
    await socket.bind('tcp://127.0.0.1:*');
    void this.#watch();
    if (socket instanceof Subscriber) socket.subscribe();
    if (socket instanceof XSubscriber) await socket.send(Buffer.of(1));
    if (type === 'REQ') void this.#ask();
    else if (type !== 'PUSH' && type !== 'PUB') void this.#read();
    if (SENDING.includes(type)) {
      setInterval(() => void this.#send([`${TOKEN}tick`]), SEND_INTERVAL);
    }
    return Number(new URL(socket.lastEndpoint ?? '').port);
  }

  async #watch(): Promise<void> {
    try {
      for await (const { type } of this.socket.events) {
        this.events[type] = (this.events[type] ?? 0) + 1;
        if (type === 'accept') this.sessions++;
        else if (type === 'disconnect') this.sessions--;
      }
    } catch (error) {
      this.#complain('events', error);
    }
  }

  async #read(): Promise<void> {
    const socket = this.socket as unknown as Receiving;
    for (;;) {
      try {
        const frames = await socket.receive();
        this.#note(frames);
        if (ECHOING.includes(this.#target.type)) await this.#echo(frames);
      } catch (error) {
        this.#complain('receive', error);
      }
    }
  }

  /** Requests one after the other, to whoever has come; the next one does not wait for a reply for long. */
  async #ask(): Promise<void> {
    const socket = this.socket as Request;
    for (;;) {
      try {
        await socket.send('request');
        this.#note(await socket.receive());
      } catch (error) {
        this.#complain('request', error);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  }

  #note(frames: readonly Buffer[]): void {
    this.messages++;
    const last = frames.at(-1);
    if (last?.toString('latin1', 0, TOKEN.length) === TOKEN && last.length < 100) {
      this.#tell({ type: 'token', token: last.toString('latin1') });
    }
  }

  async #echo(frames: Buffer[]): Promise<void> {
    // An empty frame of STREAM tells of a connection, and one that is sent ends it.
    if (this.#target.type === 'STREAM' && frames.at(-1)?.length === 0) return;
    await this.#send(frames);
  }

  async #send(frames: readonly (Buffer | string)[]): Promise<void> {
    try {
      await (this.socket as unknown as Sending).send(frames);
    } catch (error) {
      this.#complain('send', error);
    }
  }

  #complain(call: string, error: unknown): void {
    if (error instanceof ZmtpError && HARMLESS.includes(error.code)) return;
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const { type, mechanism } = this.#target;
    this.#tell({ type: 'find', what: `${call} of ${type}, ${mechanism}: ${what}` });
  }
}

function canWait(type: SocketKind): boolean {
  return type !== 'SUB' && type !== 'PULL';
}

/** Servers of PLAIN have limits that are soon met, so that these are tried as well as the default ones. */
function limitsOf({ type, mechanism }: Target): object {
  if (mechanism !== 'PLAIN') return {};
  return {
    maxMessageSize: 4096,
    maxMessageFrames: 4,
    ...(canWait(type) && { sendHighWaterMark: 5 }),
    ...(type !== 'PUB' && type !== 'PUSH' && { receiveHighWaterMark: 5 }),
  };
}

/** The answer of `authenticator`, a while later: peers may have gone by then. */
function late(authenticator: Authenticator): Authenticator {
  return async (request) => {
    await new Promise((resolve) => setTimeout(resolve, VERDICT_DELAY));
    return authenticator(request);
  };
}

function securityOf({ type, mechanism }: Target, plan: SubjectPlan): object {
  switch (mechanism) {
    case 'NULL':
      return ASKING.includes(type) ? { authenticate: late(() => true) } : {};
    case 'PLAIN':
      return {
        plainServer: true,
        authenticate: late(allowPasswords({ [plan.username]: plan.password })),
      };
    case 'CURVE':
      return {
        curveServer: true,
        curveSecretKey: encodeZ85(Buffer.from(plan.serverSecretKey, 'hex')),
        authenticate: allowKeys([Buffer.from(plan.clientPublicKey, 'hex')]),
      };
    default: {
      const unreachable: never = mechanism;
      return unreachable;
    }
  }
}
