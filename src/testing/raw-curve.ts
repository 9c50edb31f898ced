/**
 * CURVE written by hand for raw peers: the bytes of every command of a client, with whatever is to be wrong about them.
 * It shares the cryptography with `src`, and nothing of the mechanism.
 *
 * @module
 */
import type { CurveBox, KeyPair } from '../protocol.ts';
import { bytes, commandBody, type Part, u64 } from './raw-bytes.ts';

/** A nonce of 16 characters and a counter. */
function counterNonce(prefix: string, counter: number | bigint): Buffer {
  return bytes(prefix, u64(counter));
}

export type HelloFields = {
  readonly version?: Part;
  readonly padding?: Part;
  readonly counter?: number | bigint;
  /** What is in the box. */
  readonly proof?: Uint8Array;
  readonly transientKey?: Uint8Array;
  /** The key of the box. */
  readonly key?: Uint8Array;
};

export type InitiateFields = {
  readonly cookie?: Uint8Array;
  readonly counter?: number | bigint;
  readonly clientKey?: Uint8Array;
  /** The C' and the S that are vouched for. */
  readonly vouched?: Uint8Array;
  /** The key of the vouch's box. */
  readonly vouchKey?: Uint8Array;
  readonly metadata?: Part;
};

export class RawCurveClient {
  readonly box: CurveBox;
  readonly keys: KeyPair;
  readonly transient: KeyPair;
  readonly serverKey: Uint8Array;
  #serverTransientKey: Uint8Array = new Uint8Array(32);
  #key: Uint8Array | undefined;

  constructor(box: CurveBox, serverKey: Uint8Array, keys: KeyPair = box.generateKeyPair()) {
    this.box = box;
    this.keys = keys;
    this.transient = box.generateKeyPair();
    this.serverKey = serverKey;
  }

  /** The body of HELLO. */
  hello(fields: HelloFields = {}): Buffer {
    const { counter = 1, proof = new Uint8Array(64) } = fields;
    const key = fields.key ?? this.#agree(this.serverKey, this.transient);
    return commandBody(
      'HELLO',
      fields.version ?? bytes(1, 0),
      fields.padding ?? new Uint8Array(72),
      fields.transientKey ?? this.transient.publicKey,
      u64(counter),
      this.box.seal(key, counterNonce('CurveZMQHELLO---', counter), proof),
    );
  }

  /** The body of INITIATE in answer to the body of WELCOME. */
  initiate(welcome: Uint8Array, fields: InitiateFields = {}): Buffer {
    const { box, keys, transient, serverKey } = this;
    const { counter = 2 } = fields;
    const nonce = bytes('WELCOME-', welcome.subarray(8, 24));
    const opened = box.open(this.#agree(serverKey, transient), nonce, welcome.subarray(24));
    if (opened === undefined) throw new Error('WELCOME does not open');
    this.#serverTransientKey = opened.subarray(0, 32);
    this.#key = undefined;
    const random = box.randomBytes(16);
    const vouch = box.seal(
      fields.vouchKey ?? this.#agree(this.#serverTransientKey, keys),
      bytes('VOUCH---', random),
      fields.vouched ?? bytes(transient.publicKey, serverKey),
    );
    return commandBody(
      'INITIATE',
      fields.cookie ?? opened.subarray(32),
      u64(counter),
      box.seal(
        this.key,
        counterNonce('CurveZMQINITIATE', counter),
        bytes(fields.clientKey ?? keys.publicKey, random, vouch, fields.metadata ?? ''),
      ),
    );
  }

  /** The key between this connection's keys, once INITIATE has been made. */
  get key(): Uint8Array {
    this.#key ??= this.#agree(this.#serverTransientKey, this.transient);
    return this.#key;
  }

  /** What is in the body of READY. */
  openReady(ready: Uint8Array): Uint8Array | undefined {
    const nonce = bytes('CurveZMQREADY---', ready.subarray(6, 14));
    return this.box.open(this.key, nonce, ready.subarray(14));
  }

  /** The body of a MESSAGE. */
  message(counter: number | bigint, flags: number, body: Part): Buffer {
    const nonce = counterNonce('CurveZMQMESSAGEC', counter);
    const sealed = this.box.seal(this.key, nonce, bytes(flags, body));
    return commandBody('MESSAGE', u64(counter), sealed);
  }

  /** What is in the body of a MESSAGE of the server: flags, and body. */
  openMessage(message: Uint8Array): Uint8Array | undefined {
    const nonce = bytes('CurveZMQMESSAGES', message.subarray(8, 16));
    return this.box.open(this.key, nonce, message.subarray(16));
  }

  #agree(publicKey: Uint8Array, { secretKey }: KeyPair): Uint8Array {
    const key = this.box.sharedKey(publicKey, secretKey);
    if (key === undefined) throw new Error('a key of low order');
    return key;
  }
}
