/**
 * CURVE for the conformance suite: the commands of a client, with whatever is to be wrong about them, and the answers of a
 * server that does everything right. 26/CURVEZMQ.
 *
 * @module
 */
import type { CurveBox, FrameCipher, KeyPair } from '../../protocol.ts';
import { commandBody, frame, u64 } from '../raw-bytes.ts';
import type { HelloFields, InitiateFields, SealedFields } from './case.ts';
import { type Frame, parse, shortest } from './bytes.ts';
import type { Seal } from './wire.ts';

/** Behind the name MESSAGE and the counter: the tag, and the flags. */
const MESSAGE_NAME_SIZE = 8;
const COUNTER_END = 16;
const LEAST_MESSAGE = 33;

/** The client's side of one connection. */
export class CurveClientSide implements Seal {
  readonly #box: CurveBox;
  readonly #serverKey: Uint8Array;
  readonly #keys: KeyPair;
  readonly #transient: KeyPair;
  #key: Uint8Array = new Uint8Array(32);
  /** Of the last MESSAGE that was sealed. */
  #counter = 2;

  constructor(box: CurveBox, serverKey: Uint8Array, keys: KeyPair) {
    this.#box = box;
    this.#serverKey = serverKey;
    this.#keys = keys;
    this.#transient = box.generateKeyPair();
  }

  hello(fields: HelloFields = {}): Buffer {
    const box = this.#box;
    const serverKey =
      fields.serverKey === 'other' ? box.generateKeyPair().publicKey : this.#serverKey;
    const publicKey = fields.isLowOrder === true ? new Uint8Array(32) : this.#transient.publicKey;
    const key = this.#agree(serverKey, this.#transient);
    const proof = box.seal(key, nonce('CurveZMQHELLO---', 1), new Uint8Array(64));
    if (fields.isBroken === true) flip(proof, 40);
    const version = parse(fields.version ?? '01 00');
    const data = Buffer.concat([version, new Uint8Array(72), publicKey, u64(1), proof]);
    const body = commandBody('HELLO', data);
    const { size = body.length } = fields;
    return Buffer.concat([body, new Uint8Array(16)]).subarray(0, size);
  }

  /** INITIATE in answer to the body of a WELCOME. */
  initiate(welcome: Uint8Array, fields: InitiateFields, metadata: Uint8Array): Buffer {
    const box = this.#box;
    const opened = box.open(
      this.#agree(this.#serverKey, this.#transient),
      join('WELCOME-', welcome.subarray(8, 24)),
      welcome.subarray(24),
    );
    if (opened === undefined) throw new Error('the WELCOME does not open');
    const serverTransient = opened.subarray(0, 32);
    const cookie = Buffer.from(opened.subarray(32));
    if (fields.cookie === 'other') flip(cookie, 50);
    this.#key = this.#agree(serverTransient, this.#transient);
    const other = (): Uint8Array => box.generateKeyPair().publicKey;
    const vouched = join(
      fields.vouch === 'other key' ? other() : this.#transient.publicKey,
      fields.vouch === 'other server' ? other() : this.#serverKey,
    );
    const random = box.randomBytes(16);
    const vouch = box.seal(
      this.#agree(serverTransient, this.#keys),
      join('VOUCH---', random),
      vouched,
    );
    const clientKey = fields.clientKey === 'other' ? other() : this.#keys.publicKey;
    const { counter = 2 } = fields;
    const text = join(clientKey, random, vouch, metadata);
    const sealed = box.seal(this.#key, nonce('CurveZMQINITIATE', counter), text);
    return commandBody('INITIATE', join(cookie, u64(counter), sealed));
  }

  /** The properties in the body of a READY. */
  openReady(ready: Uint8Array): Uint8Array {
    const opened = this.#box.open(
      this.#key,
      join('CurveZMQREADY---', ready.subarray(6, 14)),
      ready.subarray(14),
    );
    if (opened === undefined) throw new Error('the READY does not open');
    return opened;
  }

  /** A frame with a MESSAGE in it, right or wrong. */
  sealed({ counter, body, inner = 0, outer = 0, isBroken, cut }: SealedFields): Buffer {
    this.#counter = counter ?? this.#counter + 1;
    const text = join(Buffer.of(inner), parse(body));
    const box = this.#box.seal(this.#key, nonce('CurveZMQMESSAGEC', this.#counter), text);
    if (isBroken === true) flip(box, box.length - 1);
    const message = commandBody('MESSAGE', join(u64(this.#counter), box));
    return frame(outer, message.subarray(0, cut ?? message.length));
  }

  seal(flags: number, body: Uint8Array): Buffer {
    this.#counter++;
    const text = join(Buffer.of(flags === 4 ? 2 : flags), body);
    const box = this.#box.seal(this.#key, nonce('CurveZMQMESSAGEC', this.#counter), text);
    return shortest(0, commandBody('MESSAGE', join(u64(this.#counter), box)));
  }

  open(body: Buffer): Frame {
    if (body.length < LEAST_MESSAGE) throw new Error(`a MESSAGE of ${body.length} bytes`);
    const opened = this.#box.open(
      this.#key,
      join('CurveZMQMESSAGES', body.subarray(MESSAGE_NAME_SIZE, COUNTER_END)),
      body.subarray(COUNTER_END),
    );
    if (opened === undefined) throw new Error('a MESSAGE that does not open');
    const [inner = 0] = opened;
    return { flags: inner === 2 ? 4 : inner, body: Buffer.from(opened.subarray(1)) };
  }

  #agree(publicKey: Uint8Array, { secretKey }: KeyPair): Uint8Array {
    const key = this.#box.sharedKey(publicKey, secretKey);
    if (key === undefined) throw new Error('a key of low order');
    return key;
  }
}

/** The server's side, or any other that has a cipher of the codec. */
export function sealOf(cipher: FrameCipher): Seal {
  return {
    seal(flags, body) {
      const sealed = Buffer.alloc(cipher.overhead + body.length);
      cipher.seal(flags, body, sealed, 0);
      return shortest(0, sealed);
    },
    open(body) {
      const bytes = Buffer.from(body);
      const flags = cipher.open(bytes, 0, bytes.length);
      return { flags, body: bytes.subarray(cipher.overhead) };
    },
  };
}

function nonce(prefix: string, counter: number): Buffer {
  return join(prefix, u64(counter));
}

function join(...parts: readonly (string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)),
  );
}

function flip(bytes: Uint8Array, offset: number): void {
  bytes[offset] = (bytes[offset] ?? 0) ^ 1;
}
