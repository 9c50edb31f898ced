import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadCurveBox } from '../../../../src/curve-loader.ts';
import { ProtocolError } from '../../../../src/errors.ts';
import { publicKeyOf } from '../../../../src/x25519.ts';
import { FLAG_COMMAND, FLAG_MORE } from '../../../../src/zmtp/frame.ts';
import type { CurveBox, KeyPair } from '../../../../src/zmtp/mechanism/curve-box.ts';
import { CurveClient } from '../../../../src/zmtp/mechanism/curve-client.ts';
import { CurveServer } from '../../../../src/zmtp/mechanism/curve-server.ts';
import { Counter, CurveCipher } from '../../../../src/zmtp/mechanism/curve.ts';
import type { FrameCipher, MechanismStep } from '../../../../src/zmtp/mechanism/mechanism.ts';
import { bytes, commandBody, property, u64 } from '../../../../src/testing/raw-bytes.ts';
import { RawCurveClient } from '../../../../src/testing/raw-curve.ts';
import { ascending, LOW_ORDER_POINTS, scripted } from '../../../support/curve-fixtures.ts';
import '../../compare-bytes.ts';

const UNEXPECTED = 'ERR_ZMTP_UNEXPECTED_COMMAND';
const CRYPTOGRAPHIC = 'ERR_ZMTP_CRYPTOGRAPHIC';
const SEQUENCE = 'ERR_ZMTP_INVALID_SEQUENCE';

const DEALER = new Map([
  ['Socket-Type', Buffer.from('DEALER')],
  ['Identity', Buffer.alloc(0)],
]);
const ROUTER = new Map([
  ['Socket-Type', Buffer.from('ROUTER')],
  ['Identity', Buffer.alloc(0)],
]);

let box: CurveBox;
let serverKeys: KeyPair;
let clientKeys: KeyPair;

beforeAll(async () => {
  box = await loadCurveBox();
  serverKeys = box.generateKeyPair();
  clientKeys = box.generateKeyPair();
});

function newClient(using: CurveBox = box): CurveClient {
  const options = { box: using, keys: clientKeys, serverKey: serverKeys.publicKey };
  return new CurveClient(DEALER, options);
}

function newServer({ asksVerdict = false } = {}): CurveServer {
  const server = new CurveServer(ROUTER, { box, keys: serverKeys, asksVerdict });
  expect(server.start()).toEqual({ type: 'continue' });
  return server;
}

/** What a step sends, as a copy. */
function sent(step: MechanismStep): Buffer {
  if (!('send' in step) || step.send === undefined) throw new Error(`${step.type} sends nothing`);
  return Buffer.from(step.send);
}

function cipherOf(step: MechanismStep): FrameCipher {
  if (step.type !== 'done' || step.cipher === undefined) throw new Error('no cipher');
  return step.cipher;
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return error instanceof ProtocolError ? error.protocolCode : String(error);
  }
  return 'no fault';
}

function seal(cipher: FrameCipher, flags: number, body: Uint8Array): Buffer {
  const sealed = Buffer.alloc(cipher.overhead + body.length);
  cipher.seal(flags, body, sealed, 0);
  return sealed;
}

function open(cipher: FrameCipher, sealed: Uint8Array): [flags: number, body: string] {
  const opened = Buffer.from(sealed);
  const flags = cipher.open(opened, 0, opened.length);
  return [flags, opened.toString('latin1', cipher.overhead)];
}

/** Client and server after a handshake, with all that was said. */
function handshake() {
  const client = newClient();
  const server = newServer();
  const hello = sent(client.start());
  const welcome = sent(server.receive(hello));
  const initiate = sent(client.receive(welcome));
  const serverStep = server.receive(initiate);
  const ready = sent(serverStep);
  const clientStep = client.receive(ready);
  return {
    client,
    server,
    serverStep,
    clientStep,
    ours: cipherOf(clientStep),
    theirs: cipherOf(serverStep),
  };
}

describe('known answers, made with libsodium', () => {
  const pair = (first: number): KeyPair => {
    const secretKey = ascending(first, 32);
    return { publicKey: publicKeyOf(secretKey), secretKey };
  };
  const sha256 = (body: Uint8Array): string => createHash('sha256').update(body).digest('hex');
  const hex = (body: Uint8Array): string => Buffer.from(body).toString('hex');

  test('each command, byte for byte', () => {
    const server = new CurveServer(ROUTER, {
      box: scripted(box, {
        secrets: [pair(0x60)],
        // K, r2 and r1.
        randoms: [ascending(0x80, 32), ascending(0xa0, 16), ascending(0xb0, 16)],
      }),
      keys: pair(0),
    });
    const client = new CurveClient(DEALER, {
      box: scripted(box, { secrets: [pair(0x40)], randoms: [ascending(0xc0, 16)] }),
      keys: pair(0x20),
      serverKey: Buffer.from(
        '8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f',
        'hex',
      ),
    });

    const hello = sent(client.start());
    expect(hello).toHaveLength(200);
    expect(hex(hello.subarray(80, 112))).toBe(
      '79a631eede1bf9c98f12032cdeadd0e7a079398fc786b88cc846ec89af85a51a',
    );
    expect(hex(hello.subarray(120))).toBe(
      'd1d67784f5291724189b624b9555d30cdaef6b15397079019768fa9dc86328e98fd94fb60c03d5cae4af94769c0d785a3e353c66e8e956f9f2ca7441984fb01b24106fe25b62cfa3ddcfa6f693d8025a',
    );
    expect(sha256(hello)).toBe('7b90dee22ed4ed47baa36a1e7ed3da47c0cae32b89c6ef2dddb4e7313a969328');

    server.start();
    const welcome = sent(server.receive(hello));
    expect(welcome).toHaveLength(168);
    expect(hex(welcome.subarray(24))).toBe(
      'bca695163ca436b7c8f7076e072dbb9267597f48071d82e897093ecb86d47e68df3d5357cf1228e837edf2a8562e825c068f6b1406a892fbeacb8d742bc5a4a64f9de3b5383059c9845c5aa6de4dd5c64897912b9131efdf6e468670b670be236c5d8cdcf8d22b099ebb1f8ea6f2c98003b66818cb8b2aaef26b84b1961903d5a06b26f34b8e5c8268e2e3d9479d7198',
    );
    expect(sha256(welcome)).toBe(
      'eb022edd41a915a0743d23827e7f6ff9fd163473ea25287fb8c3db5cf918831b',
    );

    const initiate = sent(client.receive(welcome));
    expect(initiate).toHaveLength(292);
    expect(hex(initiate.subarray(9, 105))).toBe(
      'a0a1a2a3a4a5a6a7a8a9aaabacadaeaf4a0877b4bfc597cc46a7b1577bb4ebce85e4453069f0b0201ddb97d415e6ccdda49a70f8017604fd52f8333adcbdd5032e836572438d3c7cbd2f53e7c7cac7893434b732ce81d8657dfeeda91340dc53',
    );
    expect(hex(initiate.subarray(113))).toBe(
      'af1876bce403a7b130c8416e4f6e4da3de705b3fe050388c066cb0116492640e6b1acdee30cd7efc9186238b0e4ef335ec999468652afaede59ff09e6ae914a9df4ebed3ff15181381bc6a289c1387b2f08d78527b1f48ddc9a928487e2316e6d7cbfb6385d5ef3d5e7722ab70b150565ef5164361dd1f53e0f6589a234112d02d058b7772e385bb776f0c349d51155b5754b26440a38e00fda82e52a83c628f69e3f7ba73c063d1795e3572c9d4a5e9d1d3f9',
    );
    expect(sha256(initiate)).toBe(
      '5ad4445b4433a6512b633c5aef44fe1f0e3b0f62f1045654bd621e4ee807e711',
    );

    const serverStep = server.receive(initiate);
    expect(serverStep).toMatchObject({ type: 'done', metadata: DEALER });
    const ready = sent(serverStep);
    expect(ready).toHaveLength(65);
    expect(hex(ready.subarray(14))).toBe(
      '9ffdf514f234e8d5d1deb3c73459fd89ba2f1141bbd8e0b66ef5b53406390a5e2783d0fdf50ea343000c89136bf79e0b7f2c63',
    );
    expect(sha256(ready)).toBe('88f85dc739304253848be99bccc89d38dbfa2d20901e29cc78f6b7c3b2e9b71e');

    const clientStep = client.receive(ready);
    expect(clientStep).toMatchObject({ type: 'done', metadata: ROUTER });
    const question = seal(cipherOf(clientStep), FLAG_MORE, Buffer.from('hello'));
    expect(hex(question)).toBe(
      '074d45535341474500000000000000037cfee7994194be02e9e1fe5dc7e64488206b6caf3955',
    );
    const answer = seal(cipherOf(serverStep), 0, Buffer.from('world'));
    expect(hex(answer)).toBe(
      '074d4553534147450000000000000002dfa8a8865e8e0999233baecac252ed5ac25f5cf2ad60',
    );
    expect(open(cipherOf(serverStep), question)).toEqual([FLAG_MORE, 'hello']);
    expect(open(cipherOf(clientStep), answer)).toEqual([0, 'world']);
  });

  test('a vouch is what it should be', () => {
    // It is inside the box of INITIATE: opened here with the key between c' and S'.
    const key = box.sharedKey(pair(0x60).publicKey, pair(0x20).secretKey) as Uint8Array;
    const vouched = bytes(pair(0x40).publicKey, pair(0).publicKey);
    const vouch = box.seal(key, bytes('VOUCH---', ascending(0xc0, 16)), vouched);
    expect(hex(vouch)).toBe(
      'd330cfdc0ae3669c07268ca85dbe29770b7f96f916707a242c7c28501947f8d3bccc5d11470b61ba8f14e56391300589a514066e9268bd7ae18738f498d4f08e4fc3929073de23a9d38f92e831ad6a75',
    );
  });
});

describe('every byte of the handshake counts', () => {
  const flips = [0x01, 0x80];

  /** Runs `receive` with every byte of `body` changed, and says at which offsets nobody noticed. */
  function unnoticed(body: Uint8Array, receive: (changed: Buffer) => unknown): number[] {
    const offsets: number[] = [];
    for (let offset = 0; offset < body.length; offset++) {
      const changed = Buffer.from(body);
      changed[offset] = (changed[offset] ?? 0) ^ (flips[offset % 2] ?? 1);
      const code = codeOf(() => receive(changed));
      if (code === 'no fault') offsets.push(offset);
      else expect(code).toMatch(/^ERR_ZMTP_/);
    }
    return offsets;
  }

  test('HELLO: all but the padding, which libzmq does not look at, and a bit that X25519 does not', () => {
    const hello = sent(newClient().start());
    const padding = Array.from({ length: 72 }, (_, i) => 8 + i);
    const receive = (changed: Buffer): unknown => newServer().receive(changed);
    expect(unnoticed(hello, receive)).toEqual([...padding, 111]);
  });

  test('HELLO: the last bit of C’, which X25519 does not look at, is noticed in INITIATE', () => {
    const client = newClient();
    const server = newServer();
    const hello = sent(client.start());
    hello[111] = (hello[111] ?? 0) ^ 0x80;
    const initiate = sent(client.receive(sent(server.receive(hello))));
    expect(codeOf(() => server.receive(initiate))).toBe('ERR_ZMTP_KEY_EXCHANGE');
  });

  test('WELCOME', () => {
    const transient = box.generateKeyPair();
    const client = (): CurveClient => newClient(scripted(box, { secrets: [transient] }));
    const hello = sent(client().start());
    const welcome = sent(newServer().receive(hello));
    const receive = (changed: Buffer): unknown => {
      const each = client();
      each.start();
      return each.receive(changed);
    };
    expect(unnoticed(welcome, receive)).toEqual([]);
  });

  test('INITIATE, and nothing is lost by a wrong one', () => {
    const client = newClient();
    const server = newServer();
    const welcome = sent(server.receive(sent(client.start())));
    const initiate = sent(client.receive(welcome));
    expect(unnoticed(initiate, (changed) => server.receive(changed))).toEqual([]);
    expect(server.receive(initiate)).toMatchObject({ type: 'done' });
  });

  test('READY', () => {
    const client = newClient();
    const server = newServer();
    const welcome = sent(server.receive(sent(client.start())));
    const ready = sent(server.receive(sent(client.receive(welcome))));
    expect(unnoticed(ready, (changed) => client.receive(changed))).toEqual([]);
    expect(client.receive(ready)).toMatchObject({ type: 'done' });
  });

  test('MESSAGE', () => {
    const { ours, theirs } = handshake();
    const sealed = seal(ours, FLAG_MORE, Buffer.from('every byte counts'));
    expect(unnoticed(sealed, (changed) => open(theirs, changed))).toEqual([]);
    expect(open(theirs, sealed)).toEqual([FLAG_MORE, 'every byte counts']);
  });
});

describe('every length of the handshake counts', () => {
  test('HELLO, WELCOME, INITIATE, READY and MESSAGE that were cut or have a byte too many', () => {
    const client = newClient();
    const server = newServer();
    const cuts = (body: Buffer): Buffer[] => [
      ...Array.from({ length: Math.ceil(body.length / 7) }, (_, i) => body.subarray(0, i * 7)),
      body.subarray(0, -1),
      bytes(body, 0),
    ];
    const check = (body: Buffer, receive: (cut: Buffer) => unknown): void => {
      for (const cut of cuts(body)) expect(codeOf(() => receive(cut))).toMatch(/^ERR_ZMTP_/);
    };

    const hello = sent(client.start());
    check(hello, (cut) => newServer().receive(cut));
    const welcome = sent(server.receive(hello));
    check(welcome, (cut) => client.receive(cut));
    const initiate = sent(client.receive(welcome));
    check(initiate, (cut) => server.receive(cut));
    const serverStep = server.receive(initiate);
    const ready = sent(serverStep);
    check(ready, (cut) => client.receive(cut));
    const theirs = cipherOf(serverStep);
    const sealed = seal(cipherOf(client.receive(ready)), 0, Buffer.from('cut me'));
    check(sealed, (cut) => open(theirs, cut));
    expect(open(theirs, sealed)).toEqual([0, 'cut me']);
  });

  test.each([
    ['HELLO', 199, 'ERR_ZMTP_MALFORMED_COMMAND_HELLO'],
    ['HELLO', 201, 'ERR_ZMTP_MALFORMED_COMMAND_HELLO'],
  ])('T74: %s of %i bytes', (name, size, code) => {
    const body = commandBody(name, new Uint8Array(size - 1 - name.length));
    expect(codeOf(() => newServer().receive(body))).toBe(code);
  });

  test('INITIATE below 257, READY below 30 and WELCOME but 168 bytes', () => {
    const client = newClient();
    const server = newServer();
    const welcome = sent(server.receive(sent(client.start())));
    const short = commandBody('INITIATE', new Uint8Array(247));
    expect(codeOf(() => server.receive(short))).toBe('ERR_ZMTP_MALFORMED_COMMAND_INITIATE');
    expect(codeOf(() => client.receive(bytes(welcome, 0)))).toBe(
      'ERR_ZMTP_MALFORMED_COMMAND_WELCOME',
    );
    client.receive(welcome);
    const ready = commandBody('READY', new Uint8Array(23));
    expect(codeOf(() => client.receive(ready))).toBe('ERR_ZMTP_MALFORMED_COMMAND_READY');
  });
});

describe('the order of the handshake', () => {
  const ERROR = commandBody('ERROR', 3, '400');
  const others = ['HELLO', 'WELCOME', 'INITIATE', 'READY', 'MESSAGE', 'PING', 'SUBSCRIBE'];

  function codes(receive: (body: Buffer) => unknown, but?: string): string[] {
    return others
      .filter((name) => name !== but)
      .map((name) => codeOf(() => receive(commandBody(name, 0))));
  }
  const allUnexpected = (list: string[]): void => expect(list).toEqual(list.map(() => UNEXPECTED));

  test('the client: every state and every command that is not expected', () => {
    const client = newClient();
    const server = newServer();
    const receive = (body: Buffer): unknown => client.receive(body);
    allUnexpected(codes(receive));
    const welcome = sent(server.receive(sent(client.start())));
    allUnexpected(codes(receive, 'WELCOME'));
    const initiate = sent(client.receive(welcome));
    allUnexpected(codes(receive, 'READY'));
    expect(codeOf(() => client.receive(welcome))).toBe(UNEXPECTED);
    const ready = sent(server.receive(initiate));
    client.receive(ready);
    allUnexpected(codes(receive));
    expect(codeOf(() => client.receive(ready))).toBe(UNEXPECTED);
    client.wipe();
    allUnexpected(codes(receive));
    expect(() => client.accept()).toThrow('no verdict');
  });

  test('the server: every state and every command that is not expected', () => {
    const client = newClient();
    const server = newServer({ asksVerdict: true });
    const receive = (body: Buffer): unknown => server.receive(body);
    allUnexpected(codes(receive, 'HELLO'));
    expect(codeOf(() => server.receive(ERROR))).toBe(UNEXPECTED);
    expect(() => server.accept()).toThrow('no verdict');
    const hello = sent(client.start());
    const welcome = sent(server.receive(hello));
    allUnexpected(codes(receive, 'INITIATE'));
    expect(codeOf(() => server.receive(hello))).toBe(UNEXPECTED);
    expect(codeOf(() => server.receive(ERROR))).toBe(UNEXPECTED);
    const initiate = sent(client.receive(welcome));
    expect(server.receive(initiate)).toEqual({
      type: 'authenticate',
      request: { mechanism: 'CURVE', credentials: [clientKeys.publicKey] },
    });
    allUnexpected(codes(receive));
    expect(codeOf(() => server.receive(initiate))).toBe(UNEXPECTED);
    const step = server.accept();
    expect(step).toMatchObject({ type: 'done', metadata: DEALER });
    expect(client.receive(sent(step))).toMatchObject({ type: 'done', metadata: ROUTER });
    allUnexpected(codes(receive));
    expect(() => server.accept()).toThrow('no verdict');
    server.wipe();
    allUnexpected(codes(receive));
    expect(() => server.accept()).toThrow('no verdict');
  });

  test('ERROR is an answer to HELLO and to INITIATE', () => {
    const client = newClient();
    const welcome = sent(newServer().receive(sent(client.start())));
    expect(client.receive(ERROR)).toEqual({ type: 'refused', reason: '400' });
    client.receive(welcome);
    expect(client.receive(ERROR)).toEqual({ type: 'refused', reason: '400' });
  });

  test('roles', () => {
    expect(newClient()).toMatchObject({ name: 'CURVE', isServer: false });
    expect(newServer()).toMatchObject({ name: 'CURVE', isServer: true });
  });
});

describe('what a client may try', () => {
  test('T74: another version', () => {
    for (const version of [bytes(1, 1), bytes(0, 0), bytes(2, 0)]) {
      const hello = new RawCurveClient(box, serverKeys.publicKey).hello({ version });
      expect(codeOf(() => newServer().receive(hello))).toBe('ERR_ZMTP_MALFORMED_COMMAND_HELLO');
    }
  });

  test('T74: HELLO for another server', () => {
    const other = new RawCurveClient(box, box.generateKeyPair().publicKey);
    expect(codeOf(() => newServer().receive(other.hello()))).toBe(CRYPTOGRAPHIC);
  });

  test('a C’ of low order, with a box that would open', () => {
    // What the server would come to, were it not to look: HSalsa20 of 0.
    const key = Buffer.from(
      '351f86faa3b988468a850122b65b0acece9c4826806aeee63de9c0da2bd7f91e',
      'hex',
    );
    for (const transientKey of LOW_ORDER_POINTS) {
      const hello = new RawCurveClient(box, serverKeys.publicKey).hello({ transientKey, key });
      expect(codeOf(() => newServer().receive(hello))).toBe(CRYPTOGRAPHIC);
    }
  });

  test('the cookie of another connection', () => {
    const server = newServer();
    const raw = new RawCurveClient(box, serverKeys.publicKey);
    const other = newServer().receive(raw.hello());
    const initiate = raw.initiate(sent(other));
    const own = raw.initiate(sent(server.receive(raw.hello())));
    const mixed = Buffer.from(own);
    mixed.set(initiate.subarray(9, 105), 9);
    expect(codeOf(() => server.receive(mixed))).toBe(CRYPTOGRAPHIC);
    // A whole INITIATE, of the same client to the same server.
    expect(codeOf(() => server.receive(initiate))).toBe(CRYPTOGRAPHIC);
    expect(server.receive(own)).toMatchObject({ type: 'done' });
  });

  test('a vouch for another server, or for another connection', () => {
    const elsewhere = box.generateKeyPair().publicKey;
    const vouches = (raw: RawCurveClient): Uint8Array[] => [
      bytes(raw.transient.publicKey, elsewhere),
      bytes(elsewhere, serverKeys.publicKey),
      bytes(serverKeys.publicKey, raw.transient.publicKey),
    ];
    for (let i = 0; i < 3; i++) {
      const raw = new RawCurveClient(box, serverKeys.publicKey);
      const server = newServer();
      const welcome = sent(server.receive(raw.hello()));
      const vouched = vouches(raw)[i] as Uint8Array;
      expect(codeOf(() => server.receive(raw.initiate(welcome, { vouched })))).toBe(
        'ERR_ZMTP_KEY_EXCHANGE',
      );
    }
  });

  test('somebody else’s key, without the secret that belongs to it', () => {
    const raw = new RawCurveClient(box, serverKeys.publicKey);
    const server = newServer();
    const welcome = sent(server.receive(raw.hello()));
    const initiate = raw.initiate(welcome, { clientKey: clientKeys.publicKey });
    expect(codeOf(() => server.receive(initiate))).toBe(CRYPTOGRAPHIC);
  });

  test('a key of its own of low order', () => {
    const key = Buffer.from(
      '351f86faa3b988468a850122b65b0acece9c4826806aeee63de9c0da2bd7f91e',
      'hex',
    );
    for (const clientKey of LOW_ORDER_POINTS) {
      const raw = new RawCurveClient(box, serverKeys.publicKey);
      const server = newServer();
      const welcome = sent(server.receive(raw.hello()));
      const initiate = raw.initiate(welcome, { clientKey, vouchKey: key });
      expect(codeOf(() => server.receive(initiate))).toBe(CRYPTOGRAPHIC);
    }
  });

  test.each([
    [1, 2, 'no fault'],
    [0, 1, 'no fault'],
    [1, 2n ** 64n - 1n, 'no fault'],
    [2n ** 32n - 1n, 2n ** 32n, 'no fault'],
    [1, 1, SEQUENCE],
    [10, 5, SEQUENCE],
    [1, 0, SEQUENCE],
    [2n ** 32n, 2n ** 32n - 1n, SEQUENCE],
    [2n ** 64n - 1n, 2n ** 64n - 1n, SEQUENCE],
    [2n ** 64n - 1n, 0, SEQUENCE],
  ])('counters: HELLO %s, INITIATE %s: %s', (first, second, code) => {
    const raw = new RawCurveClient(box, serverKeys.publicKey);
    const server = newServer();
    const welcome = sent(server.receive(raw.hello({ counter: first })));
    expect(codeOf(() => server.receive(raw.initiate(welcome, { counter: second })))).toBe(code);
  });

  test('metadata that is none, or that is large', () => {
    const metadata = property('X-large', new Uint8Array(60_000));
    const receive = (fields: { metadata: Uint8Array }): unknown => {
      const raw = new RawCurveClient(box, serverKeys.publicKey);
      const server = newServer();
      return server.receive(raw.initiate(sent(server.receive(raw.hello())), fields));
    };
    expect(receive({ metadata })).toMatchObject({ type: 'done' });
    expect(codeOf(() => receive({ metadata: metadata.subarray(0, -1) }))).toBe(
      'ERR_ZMTP_INVALID_METADATA',
    );
  });

  test('a proof of other bytes than zeros is as good to libzmq, and here', () => {
    const raw = new RawCurveClient(box, serverKeys.publicKey);
    const hello = raw.hello({ proof: Buffer.alloc(64, 1) });
    expect(newServer().receive(hello)).toMatchObject({ type: 'continue' });
  });
});

describe('what a server may try', () => {
  test('a key of low order, its own or one for the connection', () => {
    for (const publicKey of LOW_ORDER_POINTS) {
      const options = { box, keys: clientKeys, serverKey: publicKey };
      expect(codeOf(() => new CurveClient(DEALER, options).start())).toBe(CRYPTOGRAPHIC);

      const client = newClient();
      const transient = { publicKey, secretKey: ascending(0, 32) };
      const randoms = [ascending(0, 32), ascending(0, 16), ascending(0, 16)];
      const server = new CurveServer(ROUTER, {
        box: scripted(box, { secrets: [transient], randoms }),
        keys: serverKeys,
      });
      const welcome = sent(server.receive(sent(client.start())));
      expect(codeOf(() => client.receive(welcome))).toBe(CRYPTOGRAPHIC);
    }
  });

  test('READY in clear', () => {
    const client = newClient();
    client.receive(sent(newServer().receive(sent(client.start()))));
    const ready = commandBody('READY', property('Socket-Type', 'ROUTER'), property('X', ''));
    expect(codeOf(() => client.receive(ready))).toBe(CRYPTOGRAPHIC);
  });
});

describe('traffic', () => {
  test('any body with any flags goes through, in both directions', () => {
    const { ours, theirs } = handshake();
    for (const size of [0, 1, 31, 32, 33, 64, 255, 1000, 70_000, 140_000, 300_000]) {
      const body = ascending(size, size);
      for (const flags of [0, FLAG_MORE, FLAG_COMMAND]) {
        const expected = [flags, body.toString('latin1')];
        expect(open(theirs, seal(ours, flags, body))).toEqual(expected);
        expect(open(ours, seal(theirs, flags, body))).toEqual(expected);
      }
    }
  });

  test('the first counters are 3 of the client and 2 of the server', () => {
    const { ours, theirs } = handshake();
    expect(seal(ours, 0, bytes('a')).subarray(0, 16)).toEqual(bytes(7, 'MESSAGE', u64(3)));
    expect(seal(theirs, 0, bytes('a')).subarray(0, 16)).toEqual(bytes(7, 'MESSAGE', u64(2)));
    expect(seal(theirs, 0, bytes('a')).subarray(0, 16)).toEqual(bytes(7, 'MESSAGE', u64(3)));
  });

  test('T75, T76: counters may leave gaps, and never go back', () => {
    const { ours, theirs } = handshake();
    const [first, second, third] = ['1', '2', '3'].map((text) => seal(ours, 0, bytes(text)));
    expect(open(theirs, first as Buffer)).toEqual([0, '1']);
    expect(open(theirs, third as Buffer)).toEqual([0, '3']);
    for (const replay of [first, second, third]) {
      expect(codeOf(() => open(theirs, replay as Buffer))).toBe(SEQUENCE);
    }
    expect(open(theirs, seal(ours, 0, bytes('4')))).toEqual([0, '4']);
  });

  test('T76: the counter of INITIATE counts', () => {
    const raw = new RawCurveClient(box, serverKeys.publicKey);
    const server = newServer();
    const step = server.receive(raw.initiate(sent(server.receive(raw.hello()))));
    const cipher = cipherOf(step);
    for (const counter of [0, 1, 2]) {
      expect(codeOf(() => open(cipher, raw.message(counter, 0, 'x')))).toBe(SEQUENCE);
    }
    expect(open(cipher, raw.message(3, 0, 'x'))).toEqual([0, 'x']);
    expect(open(cipher, raw.message(2n ** 64n - 1n, 0, 'x'))).toEqual([0, 'x']);
    expect(codeOf(() => open(cipher, raw.message(2n ** 64n - 1n, 0, 'x')))).toBe(SEQUENCE);
  });

  test('a counter counts only when the tag is right', () => {
    const { ours, theirs } = handshake();
    const sealed = seal(ours, 0, bytes('real'));
    const forged = Buffer.from(sealed);
    forged.set(u64(2n ** 64n - 1n), 8);
    expect(codeOf(() => open(theirs, forged))).toBe(CRYPTOGRAPHIC);
    expect(open(theirs, sealed)).toEqual([0, 'real']);
  });

  test('what was sent does not come back as what was received', () => {
    const { ours } = handshake();
    seal(ours, 0, bytes('one'));
    expect(codeOf(() => open(ours, seal(ours, 0, bytes('two'))))).toBe(CRYPTOGRAPHIC);
  });

  test('T80: a frame in clear, and one that is too short', () => {
    const { theirs } = handshake();
    const clear = bytes('a message in clear that is long enough for MESSAGE');
    expect(codeOf(() => open(theirs, clear))).toBe(UNEXPECTED);
    const short = commandBody('MESSAGE', new Uint8Array(24));
    expect(codeOf(() => open(theirs, short))).toBe('ERR_ZMTP_MALFORMED_COMMAND_MESSAGE');
    expect(codeOf(() => open(theirs, bytes()))).toBe('ERR_ZMTP_MALFORMED_COMMAND_MESSAGE');
  });

  test('flags inside that nobody knows, or that do not go together', () => {
    const raw = new RawCurveClient(box, serverKeys.publicKey);
    const server = newServer();
    const cipher = cipherOf(server.receive(raw.initiate(sent(server.receive(raw.hello())))));
    let counter = 3;
    for (const flags of [3, 4, 5, 8, 0x10, 0x80, 0xfc, 0xff]) {
      expect(codeOf(() => open(cipher, raw.message(counter++, flags, 'x')))).toBe(
        'ERR_ZMTP_MALFORMED_COMMAND_MESSAGE',
      );
    }
    expect(open(cipher, raw.message(counter++, 0, ''))).toEqual([0, '']);
    expect(open(cipher, raw.message(counter++, 1, ''))).toEqual([FLAG_MORE, '']);
    expect(open(cipher, raw.message(counter++, 2, ''))).toEqual([FLAG_COMMAND, '']);
  });

  test('no counter is used twice: the last one ends it', () => {
    const key = box.randomBytes(32);
    const prefix = bytes('CurveZMQMESSAGEC');
    const sender = new CurveCipher(
      box.cipher(key, prefix),
      box.cipher(key, prefix),
      new Counter(0xffff_ffff, 0xffff_fffe),
      new Counter(0xffff_ffff, 0xffff_fffe),
    );
    const sealed = seal(sender, 0, bytes('the last'));
    expect(sealed.subarray(8, 16)).toEqual(u64(2n ** 64n - 1n));
    expect(codeOf(() => seal(sender, 0, bytes('one more')))).toBe('ERR_ZMTP_UNSPECIFIED');
    expect(codeOf(() => seal(sender, 0, bytes('one more')))).toBe('ERR_ZMTP_UNSPECIFIED');
    expect(open(sender, sealed)).toEqual([0, 'the last']);
  });

  test('the counter carries from one word into the other', () => {
    const counter = new Counter(0, 0xffff_fffe);
    const words = [1, 2, 3].map(() => {
      counter.advance();
      return [counter.high, counter.low];
    });
    expect(words).toEqual([
      [0, 0xffff_ffff],
      [1, 0],
      [1, 1],
    ]);
    expect(counter.isBefore(1, 1)).toBe(false);
    expect(counter.isBefore(1, 2)).toBe(true);
    expect(counter.isBefore(2, 0)).toBe(true);
    expect(counter.isBefore(0, 0xffff_ffff)).toBe(false);
  });

  test('after the end nothing is sealed or opened', () => {
    const { client, server, ours, theirs } = handshake();
    const sealed = seal(ours, 0, bytes('late'));
    client.wipe();
    server.wipe();
    expect(() => seal(ours, 0, bytes('x'))).toThrow('wiped');
    expect(() => open(theirs, sealed)).toThrow('wiped');
    client.wipe();
    server.wipe();
  });
});

test('secrets of a connection are wiped as soon as they have served', () => {
  const pairs: KeyPair[] = [];
  const watching: CurveBox = {
    ...scripted(box, {}),
    randomBytes: (size) => box.randomBytes(size),
    generateKeyPair: () => {
      const pair = box.generateKeyPair();
      pairs.push(pair);
      return pair;
    },
  };
  const isWiped = (pair: KeyPair | undefined): boolean | undefined =>
    pair?.secretKey.every((byte) => byte === 0);
  const client = newClient(watching);
  const server = new CurveServer(ROUTER, { box: watching, keys: serverKeys });
  const welcome = sent(server.receive(sent(client.start())));
  expect(pairs.map(isWiped)).toEqual([false, false]);
  const initiate = sent(client.receive(welcome));
  expect(pairs.map(isWiped)).toEqual([true, false]);
  server.receive(initiate);
  expect(pairs.map(isWiped)).toEqual([true, true]);

  const given = newClient(watching);
  const halfway = new CurveServer(ROUTER, { box: watching, keys: serverKeys });
  halfway.receive(sent(given.start()));
  given.wipe();
  halfway.wipe();
  expect(pairs.map(isWiped)).toEqual([true, true, true, true]);
});
