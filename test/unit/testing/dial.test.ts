import { expect, test } from 'vitest';
import { addressOf } from '../../../src/testing/dial.ts';

test.each([
  ['tcp://127.0.0.1:5555', { host: '127.0.0.1', port: 5555 }],
  ['tcp://[::1]:1', { host: '::1', port: 1 }],
  ['tcp://some.host:65535', { host: 'some.host', port: 65_535 }],
  ['ipc:///tmp/a socket', { path: '/tmp/a socket' }],
  ['ipc://@name', { path: '\0name' }],
])('%s', (endpoint, address) => {
  expect(addressOf(endpoint)).toEqual(address);
});

test.each(['tcp://127.0.0.1', 'tcp://x:65536', 'tcp://::1:5', 'ipc://', 'ws://x:1', ''])(
  '%j is refused',
  (endpoint) => {
    expect(() => addressOf(endpoint)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  },
);
