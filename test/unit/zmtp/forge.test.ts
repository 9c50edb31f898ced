import { expect, test } from 'vitest';
import {
  encodeFrame,
  encodeGreeting,
  encodeMetadata,
  forgeCommand,
  forgeFrame,
  forgeGreeting,
  forgeProperty,
  joinBytes,
  joinCommand,
} from '../../../src/protocol.ts';
import { bytes, frame, greeting, repeat, u64 } from '../../../src/testing/raw-bytes.ts';

const BODY = Uint8Array.of(1, 2, 3);

test('says nothing wrong unless it is told to', () => {
  const fields = { major: 3, minor: 1, mechanism: 'NULL', asServer: false };
  expect(forgeGreeting()).toEqual(encodeGreeting(fields));
  expect(forgeFrame(1, BODY)).toEqual(encodeFrame(1, BODY));
  expect(forgeFrame(2, new Uint8Array(256))).toEqual(encodeFrame(0, new Uint8Array(256)));
  expect(forgeCommand('PING', BODY)).toEqual(joinCommand('PING', BODY));
  const metadata = new Map([
    ['Socket-Type', BODY],
    ['X', new Uint8Array(0)],
  ]);
  const properties = [...metadata].map(([name, value]) => forgeProperty(name, value));
  expect(joinBytes(...properties)).toEqual(encodeMetadata(metadata));
});

test('writes any field of a greeting', () => {
  const fields = {
    major: 2,
    minor: 7,
    asServer: 9,
    mechanism: 'null\0x',
    filler: repeat(5, 31),
    padding: repeat(6, 8),
  };
  const forged = forgeGreeting({ ...fields, signatureHead: 0xfe, signatureTail: 0x7e });
  expect(Buffer.from(forged)).toEqual(
    bytes(0xfe, greeting({ ...fields, signatureEnd: 0x7e }).subarray(1)),
  );
});

test('writes any flags and any length', () => {
  expect(Buffer.from(forgeFrame(0xfd, 'ab', 200))).toEqual(bytes(0xfd, 200, 'ab'));
  expect(Buffer.from(forgeFrame(0xff, 'ab', 2n ** 64n - 1n))).toEqual(
    bytes(0xff, repeat(255, 8), 'ab'),
  );
  expect(Buffer.from(forgeFrame(2, 'ab'))).toEqual(frame(2, 'ab'));
  expect(Buffer.from(forgeFrame(2, '', 2 ** 40))).toEqual(bytes(2, u64(2 ** 40)));
});

test('writes lengths that lie', () => {
  expect(Buffer.from(forgeCommand('PING', '', 255))).toEqual(bytes(255, 'PING'));
  expect(Buffer.from(forgeProperty('X', 'y', { name: 0, value: 0xffff_ffff }))).toEqual(
    bytes(0, 'X', repeat(255, 4), 'y'),
  );
});

test.each([
  [() => forgeFrame(256, ''), 'flags must be 0 to 255, got 256'],
  [() => forgeFrame(0, '', 256), 'length must be 0 to 255, got 256'],
  [
    () => forgeFrame(2, '', 2n ** 64n),
    'length must be 0 to 18446744073709551615, got 18446744073709551616',
  ],
  [() => forgeFrame(2, '', 1.5), 'length must be 0 to 18446744073709551615, got 1.5'],
  [() => forgeFrame(0, '', -1), 'length must be 0 to 255, got -1'],
  [() => forgeGreeting({ mechanism: 'A'.repeat(21) }), 'mechanism has at most 20 bytes, got 21'],
  [
    () => forgeProperty('', '', { value: 2 ** 32 }),
    'value length must be 0 to 4294967295, got 4294967296',
  ],
])('%#: what has no room is no byte', (forge, detail) => {
  expect(forge).toThrow(expect.objectContaining({ name: 'RangeError', code: 'EINVAL', detail }));
});
