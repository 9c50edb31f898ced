import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { Context, Pull, Push } from '../../../src/index.ts';
import { turn } from '../../../src/testing/turn.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import { own, watchProcess } from '../../support/watch.ts';
import { endpointOf, errorOf, eventOf, open, texts } from './conversation.ts';

watchProcess();

/** A value of a type that the compiler would not let through. */
function alien(value: unknown): never {
  return value as never;
}

const folders: string[] = [];

/** A path for a socket in a folder of its own. */
function makePath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'zmtp-test-'));
  folders.push(folder);
  return join(folder, 'socket');
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** What is bound in the tests of every transport; each time another one. */
const ADDRESSES: Readonly<Record<string, () => string>> = {
  tcp: () => 'tcp://127.0.0.1:*',
  ipc: () => `ipc://${makePath()}`,
  'ipc with a wildcard': () => 'ipc://*',
  inproc: () => 'inproc://name',
};

describe.each(Object.entries(ADDRESSES))('bindSync over %s', (name, makeAddress) => {
  const isInproc = name === 'inproc';
  /** It is a folder of its own, which goes with the endpoint. */
  const isWildcard = name === 'ipc with a wildcard';

  test('has bound the endpoint when it returns', async () => {
    const context = new Context();
    const [pull, push] = [open(Pull, { context }), open(Push, { context })];
    const { events } = pull;
    expect(pull.bindSync(makeAddress())).toBeUndefined();
    const endpoint = endpointOf(pull);
    expect(endpoint).not.toMatch(/\*$/);
    if (!isInproc) expect(await events.receive()).toEqual({ type: 'bind', address: endpoint });
    push.connect(endpoint);
    await push.send('x');
    expect(texts(await pull.receive())).toEqual(['x']);
  });

  test('says at once that the endpoint is taken', async () => {
    const context = new Context();
    const [pull, other] = [open(Pull, { context }), open(Pull, { context })];
    pull.bindSync(makeAddress());
    const address = endpointOf(pull);
    const { events } = other;
    for (const socket of [other, pull]) {
      expect(await errorOf(() => socket.bindSync(address))).toMatchObject({
        name: 'ZmtpError',
        code: 'EADDRINUSE',
        errno: constants.errno.EADDRINUSE,
        message: 'Address already in use',
        address,
      });
    }
    expect(other.lastEndpoint).toBeNull();
    if (!isInproc) {
      expect(await eventOf(events, 'bind:error')).toMatchObject({
        address,
        error: { code: 'EADDRINUSE' },
      });
    }
    // What Node says of it later is heard by nobody.
    await turn();
    await pull[Symbol.asyncDispose]();
    if (isWildcard) return;
    other.bindSync(address);
    expect(other.lastEndpoint).toBe(address);
  });

  test('and unbindSync take turns', async () => {
    const context = new Context();
    const pull = open(Pull, { context });
    pull.bindSync(makeAddress());
    const endpoint = endpointOf(pull);
    for (let i = 0; i < 3; i++) {
      expect(pull.unbindSync(endpoint)).toBeUndefined();
      if (isWildcard) return;
      pull.bindSync(endpoint);
    }
    const push = open(Push, { context });
    push.connect(endpoint);
    await push.send('x');
    expect(texts(await pull.receive())).toEqual(['x']);
  });
});

describe('bindSync', () => {
  test('fills wildcards in', () => {
    const pull = open(Pull);
    pull.bindSync('tcp://127.0.0.1:0');
    expect(pull.lastEndpoint).toMatch(/^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/);
    pull.bindSync('tcp://*:*');
    expect(pull.lastEndpoint).toMatch(/^tcp:\/\/0\.0\.0\.0:[1-9]\d*$/);
    pull.bindSync('tcp://localhost:*');
    expect(pull.lastEndpoint).toMatch(/^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/);
    pull.bindSync('ipc://*');
    expect(pull.lastEndpoint).toMatch(/^ipc:\/\/.+\/socket$/);
  });

  test('knows the interfaces of the machine', () => {
    const found = Object.entries(networkInterfaces()).find(([, addresses]) =>
      addresses?.some(({ family, internal }) => family === 'IPv4' && internal),
    );
    const pull = open(Pull);
    pull.bindSync(`tcp://${found?.[0]}:*`);
    expect(pull.lastEndpoint).toMatch(/^tcp:\/\/127\.\d+\.\d+\.\d+:[1-9]\d*$/);
  });

  test('with ipv6 takes peers of both families', async () => {
    const pull = open(Pull, { ipv6: true });
    pull.bindSync('tcp://*:*');
    const [, port] = /^tcp:\/\/\[::\]:(\d+)$/.exec(endpointOf(pull)) ?? [];
    const push = open(Push);
    push.connect(`tcp://127.0.0.1:${port}`);
    await push.send('over 4');
    expect(texts(await pull.receive())).toEqual(['over 4']);
    const other = open(Push, { ipv6: true });
    other.connect(`tcp://[::1]:${port}`);
    await other.send('over 6');
    expect(texts(await pull.receive())).toEqual(['over 6']);
  });

  test.each([
    ['foo-bar', 'EINVAL'],
    ['', 'EINVAL'],
    ['tcp://127.0.0.1', 'EINVAL'],
    ['tcp://127.0.0.1:99999', 'EINVAL'],
    ['foo://bar', 'EPROTONOSUPPORT'],
    ['ipc://@abstract', 'ENOTSUP'],
    ['tcp://a-name-to-look-up.example:*', 'ENODEV'],
    ['tcp://[::1]:*', 'ENODEV'],
    ['tcp://192.0.2.1:*', 'EADDRNOTAVAIL'],
    ['ipc:///no/such/folder/socket', 'ENOENT'],
    [`ipc://${'/tmp/'.padEnd(120, 'x')}`, 'ENAMETOOLONG'],
  ])('"%s" is %s', async (address, code) => {
    const pull = open(Pull);
    expect(await errorOf(() => pull.bindSync(address))).toMatchObject({ code, address });
    expect(pull.lastEndpoint).toBeNull();
    await turn();
  });

  test.each([undefined, null, 5, {}])('%o is no address', (address) => {
    const pull = open(Pull);
    for (const call of ['bindSync', 'unbindSync'] as const) {
      expect(() => pull[call](alien(address))).toThrow(
        expect.objectContaining({ name: 'TypeError', code: 'EINVAL' }),
      );
    }
  });

  test('of a file that is no socket, or that a dead process has left, is EADDRINUSE', async () => {
    const path = makePath();
    writeFileSync(path, 'precious');
    const pull = open(Pull);
    expect(await errorOf(() => pull.bindSync(`ipc://${path}`))).toMatchObject({
      code: 'EADDRINUSE',
      address: `ipc://${path}`,
    });
    const left = makePath();
    const program = `require('net').createServer().listen(${JSON.stringify(left)}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', program]);
    expect(existsSync(left)).toBe(true);
    expect(await errorOf(() => pull.bindSync(`ipc://${left}`))).toMatchObject({
      code: 'EADDRINUSE',
    });
    // `bind` can find out that nobody listens.
    await pull.bind(`ipc://${left}`);
    expect(pull.lastEndpoint).toBe(`ipc://${left}`);
  });

  test('of a closed socket is EBADF, as is unbindSync', () => {
    const pull = open(Pull);
    pull.bindSync('tcp://127.0.0.1:*');
    const endpoint = endpointOf(pull);
    pull.close();
    for (const call of ['bindSync', 'unbindSync'] as const) {
      expect(() => pull[call](endpoint)).toThrow(expect.objectContaining({ code: 'EBADF' }));
    }
  });

  test('can be done by many at once', () => {
    const sockets = Array.from({ length: 50 }, () => open(Pull));
    for (const socket of sockets) socket.bindSync('tcp://127.0.0.1:*');
    expect(new Set(sockets.map(({ lastEndpoint }) => lastEndpoint)).size).toBe(50);
  });
});

describe('unbindSync', () => {
  test('ends the connections, and lets nobody in', async () => {
    const pull = open(Pull);
    pull.bindSync('tcp://127.0.0.1:*');
    const endpoint = endpointOf(pull);
    const peer = own(await RawPeer.connect(endpoint));
    await peer.handshake({ as: 'PUSH' });
    pull.unbindSync(endpoint);
    await peer.expectClose();
    expect(await errorOf(RawPeer.connect(endpoint))).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('frees the endpoint for others at once', async () => {
    const [pull, other] = [open(Pull), open(Pull)];
    await pull.bind('tcp://127.0.0.1:*');
    const endpoint = endpointOf(pull);
    pull.unbindSync(endpoint);
    other.bindSync(endpoint);
    expect(other.lastEndpoint).toBe(endpoint);
  });

  test('takes the text of bind or what became of it, once', () => {
    const pull = open(Pull);
    pull.bindSync('tcp://127.0.0.1:*');
    const endpoint = endpointOf(pull);
    pull.unbindSync('tcp://127.0.0.1:*');
    pull.bindSync(endpoint);
    pull.unbindSync(endpoint);
    for (const address of [endpoint, 'tcp://127.0.0.1:*', 'tcp://127.0.0.1:1', 'inproc://x']) {
      expect(() => pull.unbindSync(address)).toThrow(
        expect.objectContaining({ code: 'ENOENT', message: 'No such endpoint', address }),
      );
    }
  });

  test.each([
    ['foo-bar', 'EINVAL'],
    ['foo://bar', 'EPROTONOSUPPORT'],
  ])('"%s" is %s', (address, code) => {
    expect(() => open(Pull).unbindSync(address)).toThrow(
      expect.objectContaining({ code, address }),
    );
  });

  test('removes the file of ipc', () => {
    const path = makePath();
    const pull = open(Pull);
    pull.bindSync(`ipc://${path}`);
    expect(existsSync(path)).toBe(true);
    pull.unbindSync(`ipc://${path}`);
    expect(existsSync(path)).toBe(false);
  });
});
