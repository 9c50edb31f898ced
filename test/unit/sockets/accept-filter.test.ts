import { constants } from 'node:os';
import { describe, expect, test, vi } from 'vitest';
import { Pull, Push, type SocketOptions } from '../../../src/index.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import { own, watchProcess } from '../../support/watch.ts';
import { endpointOf, eventOf, open, stateOf, texts } from './conversation.ts';

watchProcess();

/** A value of a type that the compiler would not let through. */
function alien(value: unknown): never {
  return value as never;
}

/** A PULL that filters. */
async function bind(
  filters: readonly (string | Uint8Array | null)[],
  address = 'tcp://127.0.0.1:*',
  options: SocketOptions<Pull> = {},
): Promise<Pull> {
  const pull = open(Pull, options);
  for (const filter of filters) pull.tcpAcceptFilter = filter;
  await pull.bind(address);
  return pull;
}

async function expectWelcome(pull: Pull, endpoint = endpointOf(pull), ipv6 = false): Promise<void> {
  const push = open(Push, { ipv6 });
  push.connect(endpoint);
  await push.send('x');
  expect(texts(await pull.receive())).toEqual(['x']);
}

async function expectUnwelcome(pull: Pull, endpoint = endpointOf(pull)): Promise<void> {
  const { events } = pull;
  const peer = own(await RawPeer.connect(endpoint));
  expect(await eventOf(events, 'accept:error')).toMatchObject({
    address: endpointOf(pull),
    error: { code: 'EACCES', errno: constants.errno.EACCES },
    reason: expect.any(String),
  });
  await peer.expectClose();
  expect(peer.receivedBytes, 'not even a greeting').toBe(0);
}

describe('a peer', () => {
  test.each([
    [['127.0.0.1']],
    [['127.0.0.0/8']],
    [['0.0.0.0/0']],
    [['10.0.0.0/8', '127.0.0.1/32']],
    [['10.0.0.0/8,127.0.0.1']],
    [['::1', '127.0.0.0/31']],
    [[Buffer.from('127.0.0.1')]],
    [['10.0.0.0/8', null]],
    [['10.0.0.0/8', null, '127.0.0.1']],
    [[null]],
    [[]],
  ])('of one of the addresses in %o is let in', async (filters) => {
    await expectWelcome(await bind(filters));
  });

  test.each([
    [['10.0.0.0/8']],
    [['127.0.0.2']],
    [['127.0.0.2/31']],
    [['10.0.0.0/8', '192.168.0.0/16']],
    [['::1']],
    [['127.0.0.1', null, '10.0.0.1']],
  ])('of none of the addresses in %o is kept out', async (filters) => {
    await expectUnwelcome(await bind(filters));
  });

  test('that is kept out tries again, as with any connection that is lost', async () => {
    const pull = await bind(['10.0.0.0/8']);
    const push = open(Push);
    const { events } = push;
    push.connect(endpointOf(pull));
    await eventOf(events, 'connect:retry');
    await eventOf(events, 'connect:retry');
    expect(await stateOf(pull.receive())).toBe('pending');
  });

  test('that is kept out does not disturb the others', async () => {
    const pull = await bind(['127.0.0.1'], 'tcp://*:*', { ipv6: true });
    const port = endpointOf(pull).split(':').at(-1);
    const push = open(Push);
    push.connect(`tcp://127.0.0.1:${port}`);
    for (let i = 0; i < 3; i++) {
      await push.send(`${i}`);
      expect(texts(await pull.receive())).toEqual([`${i}`]);
      await expectUnwelcome(pull, `tcp://[::1]:${port}`);
    }
  });

  test('of IPv4 is known as one at a socket of IPv6', async () => {
    const pull = await bind(['127.0.0.1'], 'tcp://*:*', { ipv6: true });
    const port = endpointOf(pull).split(':').at(-1);
    await expectWelcome(pull, `tcp://127.0.0.1:${port}`);
    await expectUnwelcome(pull, `tcp://[::1]:${port}`);
  });

  test('of IPv6 is let in by its own addresses', async () => {
    const pull = await bind(['::1/128'], 'tcp://*:*', { ipv6: true });
    const port = endpointOf(pull).split(':').at(-1);
    await expectWelcome(pull, `tcp://[::1]:${port}`, true);
    await expectUnwelcome(pull, `tcp://127.0.0.1:${port}`);
  });

  test('over ipc has no address to be kept out for', async () => {
    await expectWelcome(await bind(['10.0.0.0/8'], 'ipc://*'));
  });
});

describe('the filter', () => {
  test('applies to endpoints that are bound later, and says so', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const pull = await bind([]);
    pull.tcpAcceptFilter = '10.0.0.0/8';
    expect(warn.mock.calls).toEqual([
      ['Socket option will not take effect until next connect/bind.'],
    ]);
    warn.mockRestore();
    await expectWelcome(pull);
    await pull.bind('tcp://127.0.0.1:*');
    await expectUnwelcome(pull);
  });

  test('applies to endpoints that are bound at once', async () => {
    const pull = open(Pull, { tcpAcceptFilter: '10.0.0.0/8' });
    pull.bindSync('tcp://127.0.0.1:*');
    await expectUnwelcome(pull);
  });

  test.each([
    '',
    ' ',
    'nowhere',
    'localhost',
    '10.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/1.5',
    '10.0.0.0/1e1',
    '10.0.0.0/0x8',
    '10.0.0.0/ 8',
    '10.0.0.0/x',
    '10.0.0.0/8/8',
    '/8',
    '::/129',
    '[::1]',
    '10.0.0.0/8,',
    '10.0.0.0/8, 127.0.0.1',
  ])('takes no "%s", and stays as it was', (text) => {
    const pull = open(Pull, { tcpAcceptFilter: '10.0.0.0/8' });
    for (const value of [text, Buffer.from(text)]) {
      expect(() => {
        pull.tcpAcceptFilter = value as string;
      }).toThrow(expect.objectContaining({ name: 'RangeError', code: 'EINVAL' }));
    }
    expect(pull.tcpAcceptFilter).toBe('10.0.0.0/8');
    expect(() => open(Pull, { tcpAcceptFilter: text })).toThrow(RangeError);
  });

  test.each([1, true, undefined, {}, ['10.0.0.0/8']])('takes no %o', (value) => {
    const pull = open(Pull);
    expect(() => {
      pull.tcpAcceptFilter = alien(value);
    }).toThrow(TypeError);
    expect(pull.tcpAcceptFilter).toBeNull();
  });
});
