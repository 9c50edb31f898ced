/** What can be sent, and the bytes that arrive. */
import * as zmq from 'zeromq';
import { outcome, show, showAll } from '../transcript.ts';

const sender = new zmq.Pair();
const receiver = new zmq.Pair();
await sender.bind('inproc://messages');
receiver.connect('inproc://messages');

/** Sends as a program without types could. */
function send(...args: unknown[]): unknown {
  return (sender as { send(...args: unknown[]): unknown }).send(...args);
}

const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const shared = new Uint8Array(new SharedArrayBuffer(4)).fill(7);
const VALUES: Record<string, unknown> = {
  string: 'hello',
  'empty string': '',
  'UTF-8': 'zażółć 🦊',
  'half a surrogate': '\ud800',
  'string with NUL': 'a\0b',
  'long string': 'x'.repeat(1000),
  null: null,
  Buffer: Buffer.from([0, 1, 255]),
  'part of a Buffer': Buffer.from('abcdef').subarray(2, 4),
  'empty Buffer': Buffer.alloc(0),
  'big Buffer': Buffer.alloc(200_000, 1),
  Uint8Array: bytes,
  'part of a Uint8Array': bytes.subarray(1, 3),
  Uint16Array: Uint16Array.of(0x0102, 0x0304),
  Float64Array: Float64Array.of(1),
  BigInt64Array: BigInt64Array.of(1n),
  Uint8ClampedArray: Uint8ClampedArray.of(9),
  ArrayBuffer: bytes.buffer.slice(2, 5),
  'of shared memory': shared,
  number: 42,
  'another number': -0.5,
  NaN: Number.NaN,
  bigint: 2n ** 64n,
  boolean: true,
  object: { a: 1 },
  'object with toString': { toString: () => 'its text' },
  Date: new Date(0).toISOString(),
};
for (const [name, value] of Object.entries(VALUES)) {
  await send(value);
  const frames = await receiver.receive();
  console.log(
    `${name}: ${frames.length}:`,
    showAll(frames),
    frames.every((frame) => Buffer.isBuffer(frame)),
  );
}

console.log('arrays');
const ARRAYS: readonly (readonly unknown[])[] = [
  ['one'],
  ['one', 'two', 'three'],
  ['', null, Buffer.alloc(0), new ArrayBuffer(0)],
  [1, 2n, true, null, undefined],
  [['nested', 'array'], 'x'],
  [bytes, 'text', bytes.subarray(6)],
  Array.from({ length: 300 }, (_, index) => index),
];
for (const array of ARRAYS) {
  await send(array);
  const frames = await receiver.receive();
  console.log(frames.length, showAll(frames.slice(0, 5)));
}
await send([]);
await send('after an empty array');
console.log(showAll(await receiver.receive()));

console.log('refused');
function text(run: () => unknown): string {
  try {
    run();
    return 'ok';
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}
console.log(text(() => send()));
console.log(text(() => send(undefined)));
console.log(text(() => send(Symbol('s'))).split(':')[0]);
console.log(text(() => send([Symbol('s')])).split(':')[0]);
const broken = {
  toString() {
    throw new RangeError('from toString');
  },
};
console.log(text(() => send(broken)));
console.log(text(() => send(['first', broken])));
await send('nothing of those was sent');
console.log(showAll(await receiver.receive()));

console.log('memory');
const small = Buffer.alloc(100, 'a');
const array = [small, 'b'];
const sending = sender.send(array);
small.fill('c');
array.length = 0;
await sending;
const [copy, second] = await receiver.receive();
console.log(
  'sent as it was:',
  copy?.every((byte) => byte === 0x61),
  show(second ?? Buffer.alloc(0)),
);
copy?.fill('d');
console.log('and its own:', show(small.subarray(0, 3)));

console.log('many');
for (let index = 0; index < 500; index++) await sender.send([String(index), Buffer.alloc(index)]);
let inOrder = 0;
for (let index = 0; index < 500; index++) {
  const [number, body] = await receiver.receive();
  if (Number(number) === index && body?.length === index) inOrder++;
}
console.log('in order:', inOrder);

sender.close();
receiver.close();
console.log(await outcome(() => send('x')));
