/**
 * Finds out whether peers may come in: asks the function that the socket has for it, or the ZAP handler of its context. A
 * limited number of questions at a time, the others in line; each of them has an answer in bounded time.
 *
 * Who has nobody to ask is let in where nobody was to be asked, and else refused. That is libzmq's way with
 * `zapEnforceDomain` set, for everybody: a domain without a handler keeps peers out.
 *
 * @module
 */
import { isIP } from 'node:net';
import { plainAddress } from '../address-blocks.ts';
import type {
  AuthenticationRequest,
  AuthenticationVerdict as ProgramVerdict,
  Authenticator,
} from '../authentication.ts';
import type { OptionValues } from '../option-types.ts';
import type { InprocRegistry } from '../transport/inproc.ts';
import type { ByteStream } from '../transport/transport.ts';
import { encodeZ85 } from '../z85.ts';
import type {
  AuthenticationRequest as MechanismRequest,
  AuthenticationVerdict,
} from '../zmtp/mechanism/mechanism.ts';
import type { Metadata } from '../zmtp/metadata.ts';
import type { InprocPeer } from './inproc-link.ts';
import { ZAP_NAME, ZapQuestion } from './zap.ts';

/** However long a handshake may take. */
const LONGEST_ANSWER = 10_000;

/** The options that say whom to ask, and what. */
export type AdmissionTerms = Pick<
  OptionValues,
  | 'authenticate'
  | 'handshakeInterval'
  | 'maxPendingAuthentications'
  | 'routingId'
  | 'zapDomain'
  | 'zapEnforceDomain'
>;

/** What is known of a peer before it has said anything. */
export type Asker = Pick<ByteStream, 'peerAddress' | 'peerCertificate'>;

type Question = {
  readonly terms: AdmissionTerms;
  readonly request: MechanismRequest;
  readonly peer: Asker;
  /** `undefined` when nobody waits for the answer any more. */
  onVerdict: ((verdict: AuthenticationVerdict) => void) | undefined;
  /** Ends it, whoever has been asked. */
  timer: NodeJS.Timeout | undefined;
  isSettled: boolean;
  /** Lets go of who has been asked. */
  close: (() => void) | undefined;
};

export class Admission {
  readonly #inproc: InprocRegistry<InprocPeer>;
  readonly #line = new Set<Question>();
  readonly #asked = new Set<Question>();
  #lastRequestId = 0;
  #isServing = false;

  constructor(inproc: InprocRegistry<InprocPeer>) {
    this.#inproc = inproc;
  }

  /**
   * Asks about a peer.
   *
   * @param onVerdict - called once, perhaps before this returns
   * @returns a function to call when the answer is no longer wanted
   */
  ask(
    terms: AdmissionTerms,
    request: MechanismRequest,
    peer: Asker,
    onVerdict: (verdict: AuthenticationVerdict) => void,
  ): () => void {
    if (!this.#mustAsk(terms, request)) {
      onVerdict({ status: 200 });
      return () => {};
    }
    const { handshakeInterval } = terms;
    const patience =
      handshakeInterval > 0 ? Math.min(handshakeInterval, LONGEST_ANSWER) : LONGEST_ANSWER;
    const question: Question = {
      terms,
      request,
      peer,
      onVerdict,
      timer: undefined,
      isSettled: false,
      close: undefined,
    };
    question.timer = setTimeout(() => {
      const text = `nobody has said within ${patience} ms whether the peer may come in`;
      this.#settle(question, { status: undefined, text });
    }, patience).unref();
    this.#line.add(question);
    this.#serve(terms.maxPendingAuthentications);
    return () => this.#forget(question);
  }

  /** 27/ZAP leaves it to configuration; this is libzmq's table. */
  #mustAsk(terms: AdmissionTerms, { mechanism }: MechanismRequest): boolean {
    if (mechanism !== 'CURVE' || terms.authenticate !== null) return true;
    if (terms.zapDomain.length > 0) return true;
    return !terms.zapEnforceDomain && this.#inproc.isBound(ZAP_NAME);
  }

  /** As many of the line as may be asked. What that sets off may call this again from within: then the outer call goes on. */
  #serve(limit: number): void {
    if (this.#isServing) return;
    this.#isServing = true;
    for (const question of this.#line) {
      if (this.#asked.size >= limit) break;
      this.#line.delete(question);
      this.#asked.add(question);
      this.#pose(question);
    }
    this.#isServing = false;
  }

  #pose(question: Question): void {
    const { authenticate } = question.terms;
    if (authenticate === null) this.#askHandler(question);
    else void this.#askProgram(question, authenticate);
  }

  async #askProgram(question: Question, authenticate: Authenticator): Promise<void> {
    let verdict: AuthenticationVerdict;
    try {
      // Not from within the socket, which must not feel what a program does.
      await Promise.resolve();
      verdict = toVerdict(await authenticate(describe(question)));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      verdict = { status: 500, text: `authenticate has failed: ${reason}` };
    }
    this.#settle(question, verdict);
  }

  #askHandler(question: Question): void {
    const { terms, request, peer } = question;
    this.#lastRequestId++;
    const zap = new ZapQuestion(
      {
        requestId: String(this.#lastRequestId),
        domain: terms.zapDomain,
        address: addressOf(peer.peerAddress),
        identity: terms.routingId,
        ...request,
      },
      (verdict) => this.#settle(question, verdict),
    );
    if (this.#inproc.tryConnect(ZAP_NAME, zap)) {
      question.close = () => zap.close();
      return;
    }
    const text = `nobody is there to ask: the socket has no authenticate, and no Reply or Router has bound inproc://${ZAP_NAME} in this context`;
    this.#settle(question, { status: undefined, text });
  }

  /** There is an answer, or none will come. */
  #settle(question: Question, verdict: AuthenticationVerdict): void {
    if (question.isSettled) return;
    question.isSettled = true;
    clearTimeout(question.timer);
    this.#line.delete(question);
    this.#asked.delete(question);
    question.close?.();
    question.onVerdict?.(verdict);
    this.#serve(question.terms.maxPendingAuthentications);
  }

  /** Who has been asked goes on thinking, and counts until there is an answer. */
  #forget(question: Question): void {
    question.onVerdict = undefined;
    if (!this.#line.delete(question)) return;
    question.isSettled = true;
    clearTimeout(question.timer);
  }
}

function describe({ terms, request, peer }: Question): AuthenticationRequest {
  const { peerAddress, peerCertificate: certificate } = peer;
  const known = {
    domain: Buffer.from(terms.zapDomain).toString(),
    address: addressOf(peerAddress),
    ...(certificate && { certificate }),
  };
  const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = request.credentials;
  switch (request.mechanism) {
    case 'PLAIN':
      return {
        mechanism: 'PLAIN',
        ...known,
        username: Buffer.from(first).toString(),
        password: Buffer.from(second).toString(),
      };
    case 'CURVE':
      return {
        mechanism: 'CURVE',
        ...known,
        publicKey: encodeZ85(first),
        publicKeyBytes: Buffer.from(first),
      };
    default:
      return { mechanism: 'NULL', ...known };
  }
}

function toVerdict(verdict: ProgramVerdict): AuthenticationVerdict {
  if (verdict === true) return { status: 200 };
  if (verdict === false) return { status: 400 };
  // Programs without types say what they like.
  if (typeof verdict !== 'object' || verdict === null) {
    throw new TypeError(
      `it answered ${print(verdict)}, not true, false or an object with a status`,
    );
  }
  const { status } = verdict;
  switch (status) {
    case 200: {
      const { userId = '', metadata = {} } = verdict;
      return { status, userId: checkText('userId', userId), metadata: readMetadata(metadata) };
    }
    case 300:
    case 400:
    case 500:
      return { status, text: checkText('text', verdict.text ?? '') };
    default: {
      const other: unknown = status satisfies never;
      throw new TypeError(`its status is ${print(other)}, not the number 200, 300, 400 or 500`);
    }
  }
}

function checkText(name: string, text: unknown): string {
  if (typeof text === 'string') return text;
  throw new TypeError(`its ${name} is ${print(text)}, not a string`);
}

function readMetadata(metadata: Readonly<Record<string, unknown>>): Metadata {
  if (typeof metadata !== 'object' || metadata === null || Symbol.iterator in metadata) {
    throw new TypeError('its metadata is not an object with names and values');
  }
  return new Map(
    Object.entries(metadata).map(([name, value]) => {
      if (typeof value !== 'string' && !(value instanceof Uint8Array)) {
        throw new TypeError(`in its metadata ${name} is ${print(value)}, neither text nor bytes`);
      }
      return [name, Buffer.from(value)];
    }),
  );
}

/** What a program has answered. A text is not shown: it may be a password, of `known && password`. */
function print(value: unknown): string {
  if (typeof value === 'string') return 'a string';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/** `127.0.0.1` of `tcp://127.0.0.1:4711`; nothing of what is no endpoint of tcp or tls. */
function addressOf(endpoint: string): string {
  const [, bracketed, bare] = /^(?:tcp|tls):\/\/(?:\[(.+)\]|(.+)):\d+$/.exec(endpoint) ?? [];
  const address = plainAddress(bracketed ?? bare ?? '');
  return isIP(address) === 0 ? '' : address;
}
