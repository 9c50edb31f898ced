/**
 * The client of the CURVE mechanism: `curve.ts` has the picture. Offsets are behind the name of the command.
 *
 * ```
 * HELLO     version(2) 01 00   zeros(72)   C'(32)   counter(8)   box(80) of 64 zeros
 * WELCOME   random(16)   box(144) of S'(32) cookie(96)
 * INITIATE  cookie(96)   counter(8)   box(144 …) of C(32) random(16) vouch(80) properties
 * vouch     box(80) of C'(32) S(32)
 * READY     counter(8)   box(16 …) of properties
 * ```
 *
 * @module
 */
import { joinCommand, type RawCommand, splitCommand } from '../command.ts';
import { decodeMetadata, encodeMetadata, type Metadata } from '../metadata.ts';
import { type CurveBox, KEY_SIZE, type KeyPair, TAG_SIZE } from './curve-box.ts';
import {
  agree,
  CLIENT_PREFIX,
  COUNTER_SIZE,
  Counter,
  cryptographic,
  CurveCipher,
  join,
  LONG_NONCE_SIZE,
  longNonce,
  SERVER_PREFIX,
  shortNonce,
  WELCOME_BOX_SIZE,
  wrongSize,
} from './curve.ts';
import { type Mechanism, type MechanismStep, refused, unexpected } from './mechanism.ts';

/** CurveZMQ 1.0. */
const VERSION = Uint8Array.of(1, 0);
/** Makes HELLO longer than the answer to it, so that a server multiplies nobody's bytes. */
const PADDING = new Uint8Array(72);
const PROOF = new Uint8Array(64);

export type CurveClientOptions = {
  readonly box: CurveBox;
  /** The client's own keys, C and c. */
  readonly keys: KeyPair;
  /** S, 32 bytes. */
  readonly serverKey: Uint8Array;
};

type State =
  | { readonly type: 'start' }
  /** `transient`: C' and c'. `key`: between c' and S. */
  | { readonly type: 'expectWelcome'; readonly transient: KeyPair; readonly key: Uint8Array }
  /** `key`: between c' and S'. */
  | { readonly type: 'expectReady'; readonly key: Uint8Array }
  | { readonly type: 'done'; readonly cipher: CurveCipher }
  | { readonly type: 'wiped' };

export class CurveClient implements Mechanism {
  readonly name = 'CURVE';
  readonly isServer = false;
  readonly #metadata: Metadata;
  readonly #options: CurveClientOptions;
  readonly #sent = new Counter();
  #state: State = { type: 'start' };

  constructor(metadata: Metadata, options: CurveClientOptions) {
    this.#metadata = metadata;
    this.#options = options;
  }

  get hint(): string | undefined {
    if (this.#state.type !== 'expectWelcome') return undefined;
    return 'in answer to HELLO: it may not be the server whose key is expected';
  }

  start(): MechanismStep {
    const { box, serverKey } = this.#options;
    const transient = box.generateKeyPair();
    const key = agree(box, serverKey, transient.secretKey, 'the server');
    this.#state = { type: 'expectWelcome', transient, key };
    const nonce = this.#nextNonce('CurveZMQHELLO---');
    const hello = join(
      VERSION,
      PADDING,
      transient.publicKey,
      counterBytes(this.#sent),
      box.seal(key, nonce, PROOF),
    );
    return { type: 'continue', send: joinCommand('HELLO', hello) };
  }

  receive(body: Uint8Array): MechanismStep {
    const state = this.#state;
    const command = splitCommand(body);
    switch (state.type) {
      case 'expectWelcome':
        if (command.name === 'ERROR') return refused(command.data);
        return this.#welcome(command, state.transient, state.key);
      case 'expectReady':
        if (command.name === 'ERROR') return refused(command.data);
        return this.#ready(command, state.key);
      case 'start':
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
    throw new Error('no verdict is awaited');
  }

  wipe(): void {
    const state = this.#state;
    if (state.type === 'expectWelcome') state.transient.secretKey.fill(0);
    if (state.type === 'done') state.cipher.wipe();
    else if ('key' in state) state.key.fill(0);
    this.#state = { type: 'wiped' };
  }

  #welcome(command: RawCommand, transient: KeyPair, helloKey: Uint8Array): MechanismStep {
    const { name, data } = command;
    if (name !== 'WELCOME') throw unexpected('WELCOME', command);
    if (data.length !== LONG_NONCE_SIZE + WELCOME_BOX_SIZE) {
      throw wrongSize(name, data.length, 'ERR_ZMTP_MALFORMED_COMMAND_WELCOME');
    }
    const { box, keys, serverKey } = this.#options;
    const nonce = longNonce('WELCOME-', data.subarray(0, LONG_NONCE_SIZE));
    const opened = box.open(helloKey, nonce, data.subarray(LONG_NONCE_SIZE));
    if (opened === undefined) throw cryptographic('a WELCOME that cannot be decrypted');
    const serverTransientKey = opened.subarray(0, KEY_SIZE);
    const cookie = opened.subarray(KEY_SIZE);

    const vouchKey = agree(box, serverTransientKey, keys.secretKey, 'the server');
    const random = box.randomBytes(LONG_NONCE_SIZE);
    const vouched = join(transient.publicKey, serverKey);
    const vouch = box.seal(vouchKey, longNonce('VOUCH---', random), vouched);
    vouchKey.fill(0);

    const key = agree(box, serverTransientKey, transient.secretKey, 'the server');
    transient.secretKey.fill(0);
    helloKey.fill(0);
    this.#state = { type: 'expectReady', key };
    const initiateNonce = this.#nextNonce('CurveZMQINITIATE');
    const text = join(keys.publicKey, random, vouch, encodeMetadata(this.#metadata));
    const initiate = join(cookie, counterBytes(this.#sent), box.seal(key, initiateNonce, text));
    return { type: 'continue', send: joinCommand('INITIATE', initiate) };
  }

  #ready(command: RawCommand, key: Uint8Array): MechanismStep {
    const { name, data } = command;
    if (name !== 'READY') throw unexpected('READY', command);
    if (data.length < COUNTER_SIZE + TAG_SIZE) {
      throw wrongSize(name, data.length, 'ERR_ZMTP_MALFORMED_COMMAND_READY');
    }
    const { box } = this.#options;
    const counter = Counter.read(data, 0);
    const text = box.open(
      key,
      shortNonce('CurveZMQREADY---', counter),
      data.subarray(COUNTER_SIZE),
    );
    if (text === undefined) throw cryptographic('a READY that cannot be decrypted');
    const metadata = decodeMetadata(text);
    const cipher = new CurveCipher(
      box.cipher(key, CLIENT_PREFIX),
      box.cipher(key, SERVER_PREFIX),
      this.#sent,
      counter,
    );
    key.fill(0);
    this.#state = { type: 'done', cipher };
    return { type: 'done', metadata, cipher };
  }

  #nextNonce(prefix: string): Uint8Array {
    this.#sent.advance();
    return shortNonce(prefix, this.#sent);
  }
}

function counterBytes(counter: Counter): Uint8Array {
  const bytes = new Uint8Array(COUNTER_SIZE);
  counter.writeTo(bytes, 0);
  return bytes;
}
