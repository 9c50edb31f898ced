import { describe, expect, test } from 'vitest';
import { type Endpoint, formatIpc, formatTcp, parseEndpoint } from '../../src/endpoint.ts';

type Purpose = 'bind' | 'connect';
const BOTH: readonly Purpose[] = ['bind', 'connect'];

const GOOD: readonly (readonly [string, readonly Purpose[], Endpoint])[] = [
  ['tcp://127.0.0.1:5555', BOTH, { scheme: 'tcp', host: '127.0.0.1', port: 5555 }],
  ['tcp://localhost:1', BOTH, { scheme: 'tcp', host: 'localhost', port: 1 }],
  ['tcp://example.com:65535', BOTH, { scheme: 'tcp', host: 'example.com', port: 65_535 }],
  ['tcp://my-host_2.local:80', BOTH, { scheme: 'tcp', host: 'my-host_2.local', port: 80 }],
  ['tcp://[::1]:5555', BOTH, { scheme: 'tcp', host: '::1', port: 5555 }],
  ['tcp://[fe80::1%eth0]:80', BOTH, { scheme: 'tcp', host: 'fe80::1%eth0', port: 80 }],
  ['tcp://[::]:80', BOTH, { scheme: 'tcp', host: '::', port: 80 }],
  ['tcp://[::ffff:1.2.3.4]:80', BOTH, { scheme: 'tcp', host: '::ffff:1.2.3.4', port: 80 }],
  ['tcp://0.0.0.0:80', BOTH, { scheme: 'tcp', host: '0.0.0.0', port: 80 }],
  ['tcp://*:5555', ['bind'], { scheme: 'tcp', host: '*', port: 5555 }],
  ['tcp://*:*', ['bind'], { scheme: 'tcp', host: '*', port: 0 }],
  ['tcp://127.0.0.1:0', ['bind'], { scheme: 'tcp', host: '127.0.0.1', port: 0 }],
  ['tcp://127.0.0.1:*', ['bind'], { scheme: 'tcp', host: '127.0.0.1', port: 0 }],
  ['tcp://eth0:5555', BOTH, { scheme: 'tcp', host: 'eth0', port: 5555 }],
  ['tcp://eth0:*', ['bind'], { scheme: 'tcp', host: 'eth0', port: 0 }],
  [
    'tcp://192.168.1.17:5555;192.168.1.1:5556',
    ['connect'],
    {
      scheme: 'tcp',
      host: '192.168.1.1',
      port: 5556,
      source: { host: '192.168.1.17', port: 5555 },
    },
  ],
  [
    'tcp://*:*;host:1',
    ['connect'],
    { scheme: 'tcp', host: 'host', port: 1, source: { host: '*', port: 0 } },
  ],
  [
    'tcp://[::1]:0;[::2]:1',
    ['connect'],
    { scheme: 'tcp', host: '::2', port: 1, source: { host: '::1', port: 0 } },
  ],
  ['tls://127.0.0.1:5555', BOTH, { scheme: 'tls', host: '127.0.0.1', port: 5555 }],
  ['tls://[::1]:5555', BOTH, { scheme: 'tls', host: '::1', port: 5555 }],
  ['tls://*:*', ['bind'], { scheme: 'tls', host: '*', port: 0 }],
  [
    'tls://eth0:*;example.com:5556',
    ['connect'],
    { scheme: 'tls', host: 'example.com', port: 5556, source: { host: 'eth0', port: 0 } },
  ],
  ['ipc:///tmp/a.sock', BOTH, { scheme: 'ipc', path: '/tmp/a.sock' }],
  ['ipc://relative/path', BOTH, { scheme: 'ipc', path: 'relative/path' }],
  ['ipc://with space:and;more', BOTH, { scheme: 'ipc', path: 'with space:and;more' }],
  ['ipc://*', ['bind'], { scheme: 'ipc', path: '*' }],
  ['inproc://name', BOTH, { scheme: 'inproc', name: 'name' }],
  ['inproc://any: name/at all', BOTH, { scheme: 'inproc', name: 'any: name/at all' }],
  [`inproc://${'n'.repeat(256)}`, BOTH, { scheme: 'inproc', name: 'n'.repeat(256) }],
];

const BAD: readonly (readonly [string, readonly Purpose[], string])[] = [
  ['', BOTH, 'EINVAL'],
  ['foo-bar', BOTH, 'EINVAL'],
  ['tcp', BOTH, 'EINVAL'],
  ['tcp:', BOTH, 'EINVAL'],
  ['tcp://', BOTH, 'EINVAL'],
  ['tcp:/a:1', BOTH, 'EINVAL'],
  ['://a:1', BOTH, 'EINVAL'],
  ['127.0.0.1:5555', BOTH, 'EINVAL'],
  ['foo://bar', BOTH, 'EPROTONOSUPPORT'],
  ['TCP://127.0.0.1:1', BOTH, 'EPROTONOSUPPORT'],
  ['tls://', BOTH, 'EINVAL'],
  ['tls://127.0.0.1', BOTH, 'EINVAL'],
  ['tls://127.0.0.1:0', ['connect'], 'EINVAL'],
  ['tls://*:1', ['connect'], 'EINVAL'],
  ['udp://127.0.0.1:1', BOTH, 'ENOCOMPATPROTO'],
  ['wss://127.0.0.1:1', BOTH, 'EPROTONOSUPPORT'],
  ['tcp://127.0.0.1', BOTH, 'EINVAL'],
  ['tcp://127.0.0.1:', BOTH, 'EINVAL'],
  ['tcp://:5555', BOTH, 'EINVAL'],
  ['tcp://127.0.0.1:65536', BOTH, 'EINVAL'],
  ['tcp://127.0.0.1:99999999999999999999', BOTH, 'EINVAL'],
  ['tcp://127.0.0.1:-1', BOTH, 'EINVAL'],
  ['tcp://127.0.0.1:5555/path', BOTH, 'EINVAL'],
  ['tcp://127.0.0.1:55 55', BOTH, 'EINVAL'],
  ['tcp://127.0.0.1: 5555', BOTH, 'EINVAL'],
  ['tcp://127.0.0.1:0x50', BOTH, 'EINVAL'],
  ['tcp://127.0.0.1:1e3', BOTH, 'EINVAL'],
  ['tcp://127.0.0.1:5.5', BOTH, 'EINVAL'],
  ['tcp://127.0.0.1:http', BOTH, 'EINVAL'],
  ['tcp://a b:5555', BOTH, 'EINVAL'],
  ['tcp:// a:5555', BOTH, 'EINVAL'],
  ['tcp://a\0b:5555', BOTH, 'EINVAL'],
  ['tcp://user@host:5555', BOTH, 'EINVAL'],
  ['tcp://::1:5555', BOTH, 'EINVAL'],
  ['tcp://[::1:5555', BOTH, 'EINVAL'],
  ['tcp://[]:5555', BOTH, 'EINVAL'],
  ['tcp://*:5555', ['connect'], 'EINVAL'],
  ['tcp://127.0.0.1:*', ['connect'], 'EINVAL'],
  ['tcp://127.0.0.1:0', ['connect'], 'EINVAL'],
  ['tcp://127.0.0.1:1;127.0.0.1:2', ['bind'], 'EINVAL'],
  ['tcp://;127.0.0.1:2', BOTH, 'EINVAL'],
  ['tcp://127.0.0.1:1;', BOTH, 'EINVAL'],
  ['ipc://', BOTH, 'EINVAL'],
  ['ipc://a\0b', BOTH, 'EINVAL'],
  ['ipc://*', ['connect'], 'EINVAL'],
  ['ipc://@abstract', BOTH, 'ENOTSUP'],
  ['inproc://', BOTH, 'EINVAL'],
  [`inproc://${'n'.repeat(257)}`, BOTH, 'EINVAL'],
];

describe('parseEndpoint', () => {
  const goodCases = GOOD.flatMap(([address, purposes, endpoint]) =>
    purposes.map((purpose) => ({ address, purpose, endpoint })),
  );
  test.each(goodCases)('$purpose $address', ({ address, purpose, endpoint }) => {
    expect(parseEndpoint(address, purpose)).toEqual(endpoint);
  });

  const badCases = BAD.flatMap(([address, purposes, code]) =>
    purposes.map((purpose) => ({ address, purpose, code })),
  );
  test.each(badCases)('$purpose "$address" is $code', ({ address, purpose, code }) => {
    expect(() => parseEndpoint(address, purpose)).toThrow(
      expect.objectContaining({ name: 'ZmtpError', code, address, detail: expect.any(String) }),
    );
  });

  test.each([undefined, null, 5, {}, ['tcp://a:1'], Symbol('tcp://a:1')])(
    '%o is no text',
    (address) => {
      for (const purpose of BOTH) {
        expect(() => parseEndpoint(address, purpose)).toThrow(TypeError);
        expect(() => parseEndpoint(address, purpose)).toThrow(
          expect.objectContaining({ code: 'EINVAL', message: 'Address must be a string' }),
        );
      }
    },
  );
});

describe('formatTcp and formatIpc', () => {
  test('make text that is read back as it was', () => {
    expect(formatTcp({ host: '127.0.0.1', port: 80 })).toBe('tcp://127.0.0.1:80');
    expect(formatTcp({ host: '::1', port: 80 })).toBe('tcp://[::1]:80');
    expect(formatIpc('/tmp/a')).toBe('ipc:///tmp/a');
    for (const scheme of ['tcp', 'tls'] as const) {
      for (const host of ['127.0.0.1', '::1', 'name']) {
        const endpoint = { scheme, host, port: 80 };
        expect(parseEndpoint(formatTcp(endpoint, scheme), 'connect')).toEqual(endpoint);
      }
    }
  });
});
