/**
 * Turns the contents of steps into bytes. For CURVE it keeps the client's side of the handshake, so that what is wrong
 * inside a sealed frame is really found inside, and not at the seal.
 *
 * @module
 */
import type { CurveBox, KeyPair } from '../../protocol.ts';
import { bytes, command, FLAG_COMMAND, frame } from '../raw-bytes.ts';
import { RawCurveClient } from '../raw-curve.ts';
import type { Content } from './session.ts';

/** What a client of CURVE needs to come in. */
export type CurveKeys = {
  readonly box: CurveBox;
  readonly serverKey: Uint8Array;
  readonly client: KeyPair;
};

/** What lets a peer in. What a mechanism needs that is not the target's may be absent. */
export type Credentials = {
  /** Each at most 255 bytes. */
  readonly plain?: { readonly username: string; readonly password: string };
  readonly curve?: CurveKeys;
};

/** The bytes of a step, and what they say once they are open. */
export type Wire = { readonly bytes: Buffer; readonly plain: Buffer };

const WELCOME_SIZE = 168;

export class WireEncoder {
  readonly #credentials: Credentials;
  #client: RawCurveClient | undefined;
  #counter = 2;
  #hasInitiated = false;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  /** Made when it is wanted: its keys take time. */
  get curve(): RawCurveClient {
    const { box, serverKey, client } = this.#keys;
    this.#client ??= new RawCurveClient(box, serverKey, client);
    return this.#client;
  }

  get #keys(): CurveKeys {
    const { curve } = this.#credentials;
    if (curve === undefined) throw new TypeError('a session of CURVE needs keys');
    return curve;
  }

  /** Whether what comes can be opened. */
  get hasKey(): boolean {
    return this.#hasInitiated;
  }

  /**
   * @param answers - the bodies of the commands that have come so far
   */
  encode(content: Content, answers: readonly Uint8Array[]): Wire {
    switch (content.kind) {
      case 'bytes': {
        const { hex, times = 1 } = content;
        const once = Buffer.from(hex, 'hex');
        const all = times === 1 ? once : Buffer.alloc(once.length * times, once);
        return { bytes: all, plain: all };
      }
      case 'login':
        return opaque(this.#login(content));
      case 'hello':
        return opaque(this.#hello(content));
      case 'initiate':
        return opaque(this.#initiate(content, answers));
      case 'sealed':
        return this.#sealed(content);
      default: {
        const unreachable: never = content;
        return unreachable;
      }
    }
  }

  #login({ hasNoPassword }: Extract<Content, { kind: 'login' }>): Buffer {
    const { username, password } = this.#credentials.plain ?? { username: '', password: '' };
    const parts = [username, hasNoPassword ? '' : password].map((part) => Buffer.from(part));
    return command('HELLO', ...parts.flatMap((part) => [part.length, part]));
  }

  #hello({ counter, hasWrongKey }: Extract<Content, { kind: 'hello' }>): Buffer {
    const key = hasWrongKey ? { key: new Uint8Array(32) } : {};
    return frame(FLAG_COMMAND, this.curve.hello({ counter, ...key }));
  }

  #initiate(
    content: Extract<Content, { kind: 'initiate' }>,
    answers: readonly Uint8Array[],
  ): Buffer {
    const { counter, flaw } = content;
    const [welcome] = answers;
    if (welcome?.length !== WELCOME_SIZE) return Buffer.alloc(0);
    const body = this.curve.initiate(welcome, {
      counter,
      metadata: Buffer.from(content.metadata, 'hex'),
      ...(flaw === 'cookie' && { cookie: new Uint8Array(96) }),
      ...(flaw === 'vouch' && { vouchKey: new Uint8Array(32) }),
      ...(flaw === 'vouched' && { vouched: new Uint8Array(64) }),
      ...(flaw === 'key' && { clientKey: new Uint8Array(32) }),
      ...(flaw === 'stranger' && { clientKey: this.#keys.box.generateKeyPair().publicKey }),
    });
    this.#hasInitiated = true;
    this.#counter = counter;
    return frame(FLAG_COMMAND | 2, body);
  }

  #sealed({ advance, outer, inner, hex, times = 1 }: Extract<Content, { kind: 'sealed' }>): Wire {
    const body = Buffer.from(hex, 'hex');
    if (!this.#hasInitiated) return { bytes: frame(0, 'MESSAGE'), plain: Buffer.alloc(0) };
    const frames = Array.from({ length: times }, () => {
      this.#counter = Math.max(0, this.#counter + advance);
      const sealed = this.curve.message(this.#counter, inner, body);
      return frame(sealed.length > 255 ? outer | 2 : outer, sealed);
    });
    return { bytes: bytes(...frames), plain: body };
  }
}

function opaque(all: Buffer): Wire {
  return { bytes: all, plain: all };
}
