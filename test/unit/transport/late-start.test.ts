/**
 * A stream may be started long after it was made: what has come by then is not lost, on either side of a connection.
 *
 * @module
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { parseEndpoint, type TcpEndpoint } from '../../../src/endpoint.ts';
import { defaultOptions } from '../../../src/options.ts';
import { tcp } from '../../../src/transport/tcp.ts';
import type { ByteStream } from '../../../src/transport/transport.ts';

const OPTIONS = defaultOptions('PULL');

function endpoint(address: string, purpose: 'bind' | 'connect'): TcpEndpoint {
  return parseEndpoint(address, purpose) as TcpEndpoint;
}

/** What `peer` sends while nobody reads, and its last word. */
async function sendEarly(peer: Socket): Promise<void> {
  await new Promise((resolve) => {
    peer.write('early', resolve);
  });
  // Long enough for a stream that reads too soon to have read it: both ends are in this process.
  for (let turn = 0; turn < 10; turn++) await nextTurn();
}

/** All that a stream brings until it ends. */
function readAll(stream: ByteStream): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    stream.start({
      inputPlace: undefined,
      received: (chunk) => {
        text += Buffer.from(chunk).toString();
      },
      drained: () => {},
      closed: () => resolve(text),
    });
  });
}

test('of a connection that was accepted', async () => {
  let accept: (stream: ByteStream) => void;
  const accepted = new Promise<ByteStream>((resolve) => {
    accept = resolve;
  });
  const listener = await tcp.listen(endpoint('tcp://127.0.0.1:*', 'bind'), OPTIONS, {
    accepted: (stream) => accept(stream),
    acceptFailed: () => {},
  });
  const peer = connect(Number(listener.address.split(':').pop()), '127.0.0.1');
  await once(peer, 'connect');
  const stream = await accepted;
  await sendEarly(peer);
  const text = readAll(stream);
  peer.end(' and late');
  expect(await text).toBe('early and late');
  await listener.close();
});

test('of a connection that was made', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const peers = once(server, 'connection') as Promise<[Socket]>;
  const stream = await new Promise<ByteStream>((connected, connectFailed) => {
    tcp.connect(endpoint(`tcp://127.0.0.1:${port}`, 'connect'), OPTIONS, {
      connected,
      connectFailed,
    });
  });
  const [peer] = await peers;
  await sendEarly(peer);
  const text = readAll(stream);
  peer.end(' and late');
  expect(await text).toBe('early and late');
  server.close();
});
