/**
 * The server of the CURVE mechanism: `curve.ts` has the picture, `curve-client.ts` the commands.
 *
 * The server keeps its share of a connection in memory, so the cookie need not hold it. It is made all the same, because
 * the client has to find one, and its key is forgotten at once: what comes back has to be the cookie that was sent, byte
 * for byte.
 *
 * @module
 */
import { ProtocolError } from '../../errors.ts';
import { joinCommand, type RawCommand, splitCommand } from '../command.ts';
import { decodeMetadata, encodeMetadata, type Metadata } from '../metadata.ts';
import { type CurveBox, KEY_SIZE, type KeyPair, TAG_SIZE } from './curve-box.ts';
import {
  agree,
  CLIENT_PREFIX,
  COOKIE_SIZE,
  COUNTER_SIZE,
  Counter,
  cryptographic,
  CurveCipher,
  HELLO_BOX_SIZE,
  join,
  LONG_NONCE_SIZE,
  longNonce,
  replayed,
  SERVER_PREFIX,
  shortNonce,
  VOUCH_SIZE,
  wrongSize,
} from './curve.ts';
import { type Mechanism, type MechanismStep, unexpected } from './mechanism.ts';

const HELLO_KEY_OFFSET = 2 + 72;
const HELLO_COUNTER_OFFSET = HELLO_KEY_OFFSET + KEY_SIZE;
const HELLO_BOX_OFFSET = HELLO_COUNTER_OFFSET + COUNTER_SIZE;
const HELLO_SIZE = HELLO_BOX_OFFSET + HELLO_BOX_SIZE;

const INITIATE_BOX_OFFSET = COOKIE_SIZE + COUNTER_SIZE;
const VOUCH_OFFSET = KEY_SIZE + LONG_NONCE_SIZE;
const METADATA_OFFSET = VOUCH_OFFSET + VOUCH_SIZE;
const MIN_INITIATE_SIZE = INITIATE_BOX_OFFSET + TAG_SIZE + METADATA_OFFSET;

export type CurveServerOptions = {
  readonly box: CurveBox;
  /** The server's own keys, S and s. */
  readonly keys: KeyPair;
  /** Whether somebody decides about the peer's key; any key may come in when absent. */
  readonly asksVerdict?: boolean;
};

/** What the server has of the connection once the client has shown its key. `key`: between s' and C'. */
type Agreement = {
  readonly key: Uint8Array;
  readonly received: Counter;
  readonly metadata: Metadata;
};

type State =
  | { readonly type: 'expectHello' }
  | {
      readonly type: 'expectInitiate';
      /** C'. */
      readonly clientTransientKey: Uint8Array;
      /** s'. */
      readonly transientSecret: Uint8Array;
      readonly cookie: Uint8Array;
      readonly received: Counter;
    }
  | { readonly type: 'expectVerdict'; readonly agreement: Agreement }
  | { readonly type: 'done'; readonly cipher: CurveCipher }
  | { readonly type: 'wiped' };

export class CurveServer implements Mechanism {
  readonly name = 'CURVE';
  readonly isServer = true;
  readonly #metadata: Metadata;
  readonly #options: CurveServerOptions;
  #state: State = { type: 'expectHello' };

  constructor(metadata: Metadata, options: CurveServerOptions) {
    this.#metadata = metadata;
    this.#options = options;
  }

  start(): MechanismStep {
    return { type: 'continue' };
  }

  receive(body: Uint8Array): MechanismStep {
    const state = this.#state;
    const command = splitCommand(body);
    switch (state.type) {
      case 'expectHello':
        return this.#hello(command);
      case 'expectInitiate':
        return this.#initiate(command, state);
      case 'expectVerdict':
      case 'done':
      case 'wiped':
        throw unexpected('nothing', command);
      default: {
        const unreachable: never = state;
        return unreachable;
      }
    }
  }

  accept(): MechanismStep {
    const state = this.#state;
    if (state.type !== 'expectVerdict') throw new Error('no verdict is awaited');
    return this.#finish(state.agreement);
  }

  wipe(): void {
    const state = this.#state;
    if (state.type === 'expectInitiate') state.transientSecret.fill(0);
    if (state.type === 'expectVerdict') state.agreement.key.fill(0);
    if (state.type === 'done') state.cipher.wipe();
    this.#state = { type: 'wiped' };
  }

  #hello(command: RawCommand): MechanismStep {
    const { name, data } = command;
    if (name !== 'HELLO') throw unexpected('HELLO', command);
    if (data.length !== HELLO_SIZE) {
      throw wrongSize(name, data.length, 'ERR_ZMTP_MALFORMED_COMMAND_HELLO');
    }
    if (data[0] !== 1 || data[1] !== 0) {
      throw new ProtocolError(
        `the peer speaks CurveZMQ ${data[0]}.${data[1]}, and only 1.0 is spoken here`,
        'ERR_ZMTP_MALFORMED_COMMAND_HELLO',
      );
    }
    const { box, keys } = this.#options;
    const clientTransientKey = copy(data, HELLO_KEY_OFFSET, HELLO_COUNTER_OFFSET);
    const received = Counter.read(data, HELLO_COUNTER_OFFSET);
    const key = agree(box, clientTransientKey, keys.secretKey, 'the client');
    const nonce = shortNonce('CurveZMQHELLO---', received);
    if (box.open(key, nonce, data.subarray(HELLO_BOX_OFFSET)) === undefined) {
      throw cryptographic('a HELLO that cannot be decrypted: is it for another server?');
    }

    const transient = box.generateKeyPair();
    const cookie = makeCookie(box, clientTransientKey, transient.secretKey);
    const random = box.randomBytes(LONG_NONCE_SIZE);
    const text = join(transient.publicKey, cookie);
    const welcome = join(random, box.seal(key, longNonce('WELCOME-', random), text));
    key.fill(0);
    this.#state = {
      type: 'expectInitiate',
      clientTransientKey,
      transientSecret: transient.secretKey,
      cookie,
      received,
    };
    return { type: 'continue', send: joinCommand('WELCOME', welcome) };
  }

  #initiate(command: RawCommand, state: Extract<State, { type: 'expectInitiate' }>): MechanismStep {
    const { name, data } = command;
    if (name !== 'INITIATE') throw unexpected('INITIATE', command);
    if (data.length < MIN_INITIATE_SIZE) {
      throw wrongSize(name, data.length, 'ERR_ZMTP_MALFORMED_COMMAND_INITIATE');
    }
    const { box, keys, asksVerdict = false } = this.#options;
    const { clientTransientKey, transientSecret } = state;
    if (!box.areEqual(data.subarray(0, COOKIE_SIZE), state.cookie)) {
      throw cryptographic('the cookie in INITIATE is not the one of this connection');
    }
    const received = Counter.read(data, COOKIE_SIZE);
    if (!state.received.isBefore(received.high, received.low)) throw replayed(name);
    const key = agree(box, clientTransientKey, transientSecret, 'the client');
    const nonce = shortNonce('CurveZMQINITIATE', received);
    const text = box.open(key, nonce, data.subarray(INITIATE_BOX_OFFSET));
    if (text === undefined) throw cryptographic('an INITIATE that cannot be decrypted');

    const clientKey = text.subarray(0, KEY_SIZE);
    const random = text.subarray(KEY_SIZE, VOUCH_OFFSET);
    const vouchKey = agree(box, clientKey, transientSecret, 'the client');
    const vouchNonce = longNonce('VOUCH---', random);
    const vouched = box.open(vouchKey, vouchNonce, text.subarray(VOUCH_OFFSET, METADATA_OFFSET));
    vouchKey.fill(0);
    if (vouched === undefined) throw cryptographic('a vouch that cannot be decrypted');
    // libzmq does not look at the second half: without it a vouch that was made for another server would do here.
    if (!box.areEqual(vouched, join(clientTransientKey, keys.publicKey))) {
      throw new ProtocolError(
        'the vouch is for another connection or another server',
        'ERR_ZMTP_KEY_EXCHANGE',
      );
    }
    const metadata = decodeMetadata(text.subarray(METADATA_OFFSET));
    transientSecret.fill(0);
    const agreement = { key, received, metadata };
    if (!asksVerdict) return this.#finish(agreement);
    this.#state = { type: 'expectVerdict', agreement };
    const credentials = [copy(clientKey, 0, KEY_SIZE)];
    return { type: 'authenticate', request: { mechanism: this.name, credentials } };
  }

  #finish({ key, received, metadata }: Agreement): MechanismStep {
    const { box } = this.#options;
    const sent = new Counter();
    sent.advance();
    const nonce = shortNonce('CurveZMQREADY---', sent);
    const counter = new Uint8Array(COUNTER_SIZE);
    sent.writeTo(counter, 0);
    const ready = join(counter, box.seal(key, nonce, encodeMetadata(this.#metadata)));
    const cipher = new CurveCipher(
      box.cipher(key, SERVER_PREFIX),
      box.cipher(key, CLIENT_PREFIX),
      sent,
      received,
    );
    key.fill(0);
    this.#state = { type: 'done', cipher };
    return { type: 'done', send: joinCommand('READY', ready), metadata, cipher };
  }
}

/** C' and s' under a key that nobody keeps. */
function makeCookie(
  box: CurveBox,
  clientTransientKey: Uint8Array,
  transientSecret: Uint8Array,
): Uint8Array {
  const cookieKey = box.randomBytes(KEY_SIZE);
  const random = box.randomBytes(LONG_NONCE_SIZE);
  const text = join(clientTransientKey, transientSecret);
  const cookie = join(random, box.seal(cookieKey, longNonce('COOKIE--', random), text));
  cookieKey.fill(0);
  text.fill(0);
  return cookie;
}

function copy(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes, start, end);
}
